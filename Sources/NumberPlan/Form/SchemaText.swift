/// NumberPlan.xsd, compiled in: nothing is looked for at run time, so nothing else can be found. A test keeps both equal.
enum SchemaText {
  static let text: StaticString = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <!-- The form of a number plan, for editors and for `strowger plan check`, which checks its meaning as well.
         The sections, and what stands inside them, may be written in any order; only the order of the modules counts. -->
    <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:strowger:number-plan:1"
      targetNamespace="urn:strowger:number-plan:1" elementFormDefault="qualified" version="1">

      <xs:element name="numberPlan">
        <xs:complexType>
          <xs:all>
            <xs:element name="stations" type="stations" minOccurs="0"/>
            <xs:element name="features" type="features" minOccurs="0"/>
            <xs:element name="groups" type="groups" minOccurs="0"/>
            <xs:element name="trunks" type="trunks" minOccurs="0"/>
            <xs:element name="classesOfService" type="classesOfService" minOccurs="0"/>
            <xs:element name="emergency" type="emergency" minOccurs="0"/>
          </xs:all>
          <xs:attribute name="name" type="text"/>
        </xs:complexType>
      </xs:element>

      <!-- Numbers of telephones. A single station beats a range that contains it. -->
      <xs:complexType name="stations">
        <xs:choice minOccurs="0" maxOccurs="unbounded">
          <xs:element name="range">
            <xs:complexType>
              <xs:attribute name="from" type="stationNumber" use="required"/>
              <xs:attribute name="to" type="stationNumber" use="required"/>
              <xs:attribute name="class" type="name"/>
              <xs:attribute name="pickupGroup" type="count"/>
            </xs:complexType>
          </xs:element>
          <xs:element name="station">
            <xs:complexType>
              <xs:attribute name="number" type="stationNumber" use="required"/>
              <xs:attribute name="class" type="name"/>
              <xs:attribute name="pickupGroup" type="count"/>
            </xs:complexType>
          </xs:element>
        </xs:choice>
      </xs:complexType>

      <!-- Modules in the order in which they act on a call. A module left out is not there. -->
      <xs:complexType name="features">
        <xs:sequence>
          <xs:element name="module" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="code" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:attribute name="digits" type="digits" use="required"/>
                    <xs:attribute name="action" type="name"/>
                    <!-- 480: refused with the reason in a Warning, as phones know it. 200: answered with a tone. -->
                    <xs:attribute name="outcome" type="outcome"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
              <xs:attribute name="name" type="name" use="required"/>
              <xs:attribute name="library" type="text"/>
              <!-- The module's own options: `strowger module describe NAME` lists them. -->
              <xs:anyAttribute namespace="##local" processContents="skip"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <xs:complexType name="groups">
        <xs:sequence>
          <xs:element name="ringGroup" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="member" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:attribute name="number" type="stationNumber" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
              <xs:attribute name="number" type="digits" use="required"/>
              <xs:attribute name="ring" type="ring"/>
              <xs:attribute name="overflow" type="digits"/>
              <xs:attribute name="overflowTime" type="seconds"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <!-- Ways out. A trunk's secret is not in the plan: `strowger trunk secret NAME` reads it. -->
      <xs:complexType name="trunks">
        <xs:choice minOccurs="0" maxOccurs="unbounded">
          <xs:element name="trunk">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="did" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <xs:attribute name="digits" type="digits" use="required"/>
                    <xs:attribute name="number" type="digits" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
              <xs:attribute name="name" type="name" use="required"/>
              <xs:attribute name="address" type="address" use="required"/>
              <xs:attribute name="sources" type="text"/>
              <xs:attribute name="channels" type="count"/>
              <xs:attribute name="register" type="truth"/>
            </xs:complexType>
          </xs:element>
          <xs:element name="trunkGroup">
            <xs:complexType>
              <xs:attribute name="code" type="digits" use="required"/>
              <xs:attribute name="trunks" type="text" use="required"/>
            </xs:complexType>
          </xs:element>
          <xs:element name="leastCostRouting">
            <xs:complexType>
              <xs:sequence>
                <xs:element name="route" minOccurs="0" maxOccurs="unbounded">
                  <xs:complexType>
                    <!-- The longest prefix that fits wins; an empty one fits always. -->
                    <xs:attribute name="prefix" type="digitsOrNone" use="required"/>
                    <xs:attribute name="trunkGroup" type="digits" use="required"/>
                  </xs:complexType>
                </xs:element>
              </xs:sequence>
              <xs:attribute name="code" type="digits" use="required"/>
            </xs:complexType>
          </xs:element>
        </xs:choice>
      </xs:complexType>

      <!-- What stations may do: access codes they may dial ("none" or a list), when ("Mo-Fr 07:00-19:00, Sa 09:00-12:00"),
           how many such calls one station may have at once (10) and begin within a minute (30; 0: no limit), modules they may
           not use. -->
      <xs:complexType name="classesOfService">
        <xs:sequence>
          <xs:element name="class" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:attribute name="name" type="name" use="required"/>
              <xs:attribute name="trunks" type="text"/>
              <xs:attribute name="hours" type="text"/>
              <xs:attribute name="trunkCalls" type="count"/>
              <xs:attribute name="trunkCallsPerMinute" type="count"/>
              <xs:attribute name="bars" type="text"/>
              <xs:attribute name="trunkToTrunk" type="truth"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <!-- Matched before anything else, never barred, forwarded or held up. -->
      <xs:complexType name="emergency">
        <xs:sequence>
          <xs:element name="number" minOccurs="0" maxOccurs="unbounded">
            <xs:complexType>
              <xs:attribute name="digits" type="digits" use="required"/>
              <xs:attribute name="trunkGroup" type="digits" use="required"/>
            </xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:complexType>

      <xs:simpleType name="stationNumber">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9]+"/>
          <xs:maxLength value="24"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="digits">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9*#+A-Ca-c]+"/>
          <xs:maxLength value="32"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="digitsOrNone">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9*#+A-Ca-c]*"/>
          <xs:maxLength value="32"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="name">
        <xs:restriction base="xs:string">
          <xs:pattern value="[A-Za-z0-9._\-]+"/>
          <xs:maxLength value="64"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="text">
        <xs:restriction base="xs:string">
          <xs:maxLength value="256"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="count">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9]+"/>
          <xs:maxLength value="6"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="seconds">
        <xs:restriction base="xs:string">
          <xs:pattern value="[0-9]+(\.[0-9]+)?"/>
          <xs:maxLength value="16"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="truth">
        <xs:restriction base="xs:string">
          <xs:enumeration value="true"/>
          <xs:enumeration value="false"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="outcome">
        <xs:restriction base="xs:string">
          <xs:enumeration value="480"/>
          <xs:enumeration value="200"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="ring">
        <xs:restriction base="xs:string">
          <xs:enumeration value="unconditional"/>
          <xs:enumeration value="sequential"/>
          <xs:enumeration value="distributed"/>
        </xs:restriction>
      </xs:simpleType>
      <xs:simpleType name="address">
        <xs:restriction base="xs:string">
          <xs:pattern value="sips?:[A-Za-z0-9.\-\[\]:]+(;transport=(udp|tcp|tls))?"/>
          <xs:maxLength value="256"/>
        </xs:restriction>
      </xs:simpleType>
    </xs:schema>

    """#
}
