/// Plans that several tests read.
enum Plans {
  /// With the mistakes of a first attempt.
  static let office = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <numberPlan xmlns="urn:strowger:number-plan:1" name="Office">
      <!-- Both floors. -->
      <stations>
        <range from="2000" to="2999" class="national"/>
        <station number="2005" class="internal"/>

          <!-- The door. -->
          <station number="122001"/>
      </stations>
      <features>
        <module name="CallForward">
          <code digits="600" action="clear"/>
          <code digits="601" action="all"/>
        </module>
        <module name="CallPark">
          <code digits="11" action="park"/>
          <code digits="12" action="retrieve"/>
        </module>
        <module name="SpeedDial">
        <code digits="112"/>
        </module>
      </features>
      <classesOfService>
        <class name="internal" trunks="none"/>
        <class name="national" trunks="9"/>
      </classesOfService>
      <emergency><number digits="112" trunkGroup="9"/></emergency>
      <trunks><trunk name="carrier" address="sip:192.0.2.10"/><trunkGroup code="9" trunks="carrier"/>
        <!----><trunkGroup code="8" trunks="carrier"/>
      </trunks>
    </numberPlan>
    """#

  /// Something in every section, and nothing wrong.
  static let complete = #"""
    <?xml version="1.0" encoding="UTF-8"?>
    <numberPlan xmlns="urn:strowger:number-plan:1" name="Complete">
      <stations>
        <range from="2000" to="2999" class="national" pickupGroup="1"/>
        <station number="2005" class="internal" pickupGroup="2"/>
        <station number="31"/>
      </stations>
      <features>
        <module name="DoNotDisturb" treatAs="busy"><code digits="40"/></module>
        <module name="CallForward" noAnswerTime="1.5">
          <code digits="600" action="clear"/>
          <code digits="601" action="all" outcome="200"/>
          <code digits="602" action="busy"/>
          <code digits="603" action="noAnswer"/>
          <code digits="604" action="busyOrNoAnswer"/>
        </module>
        <module name="CallPark" stationCalls="false">
          <code digits="11" action="park"/>
          <code digits="12" action="retrieve"/>
        </module>
        <module name="CallPickup">
          <code digits="65" action="directed"/>
          <code digits="66" action="group"/>
        </module>
        <module name="SpeedDial" library="libSpeedDial.so"><code digits="*0"/></module>
        <module name="Hold"/>
      </features>
      <groups>
        <ringGroup number="500" ring="distributed" overflow="2003" overflowTime="0.5">
          <member number="2001"/><member number="2002"/>
        </ringGroup>
        <ringGroup number="501" overflow="90398722900"><member number="2003"/></ringGroup>
      </groups>
      <trunks>
        <trunk name="carrier" address="sip:192.0.2.10:5060" sources="192.0.2.10 192.0.2.11" channels="30" register="true">
          <did digits="0398722900" number="2001"/>
        </trunk>
        <trunkGroup code="9" trunks="carrier"/>
        <leastCostRouting code="0"><route prefix="04" trunkGroup="9"/><route prefix="" trunkGroup="9"/></leastCostRouting>
      </trunks>
      <classesOfService>
        <class name="internal" trunks="none" bars="CallForward CallPark"/>
        <class name="national" trunks="9 0" trunkToTrunk="true"/>
      </classesOfService>
      <emergency><number digits="112" trunkGroup="9"/></emergency>
    </numberPlan>
    """#
}
