extension MeaningTests {
  static let groups = [
    Case(
      "group twice, without members, with strangers",
      """
      <stations><range from="10" to="19"/></stations>
      <groups><ringGroup number="5"/>
        <ringGroup number="5"><member number="10"/>
          <member number="10"/><member number="20"/></ringGroup>
        <ringGroup number="6" overflow="77"><member number="11"/></ringGroup></groups>
      """,
      "3:9 warning: group 5 has no members: whoever calls it hears busy", "4:3 error: group 5 stands here twice, first in line 3",
      "5:5 error: station 10 is a member of group 5 already", "5:26 error: member 20 of group 5 is no station",
      "6:3 error: group 6 overflows to 77, which is no station or group"),
    Case(
      "overflow in circles",
      """
      <stations><station number="10"/></stations>
      <groups><ringGroup number="1" overflow="2"><member number="10"/></ringGroup>
      <ringGroup number="2" overflow="3"><member number="10"/></ringGroup>
      <ringGroup number="3" overflow="2"><member number="10"/></ringGroup>
      <ringGroup number="4" overflow="4"><member number="10"/></ringGroup>
      <ringGroup number="5" overflow="10"><member number="10"/></ringGroup></groups>
      """,
      "4:1 error: groups overflow in a circle: 2 to 3 to 2", "6:1 error: group 4 overflows to itself"),
    Case(
      "overflow to the outside",
      out(
        "<stations><station number=\"1\"/></stations>"
          + "<groups><ringGroup number=\"5\" overflow=\"9112\"><member number=\"1\"/></ringGroup></groups>"
      )
    ),
  ]

  static let ways = [
    Case(
      "trunks that are not there, twice or in no group",
      """
      <trunks><trunk name="a" address="sip:a"/>
      <trunk name="a" address="sip:b"/>
      <trunk name="spare" address="sips:[2001:db8::1]:5061"/>
      <trunkGroup code="9" trunks="a b"/>
      <trunkGroup code="8" trunks=""/></trunks>
      <classesOfService><class name="all" trunks="9 8"/></classesOfService>
      """,
      "3:1 error: trunk a stands here twice, first in line 2",
      "4:1 warning: trunk spare is in no trunk group: nobody can call out through it",
      "5:1 error: trunk group 9 names trunk b, which does not exist", "6:1 error: trunk group 8 has no trunks"),
    Case(
      "inward numbers",
      """
      <stations><station number="1"/></stations>
      <trunks><trunk name="a" address="sip:a"><did digits="0391" number="1"/>
        <did digits="0391" number="2"/></trunk><trunkGroup code="9" trunks="a"/></trunks>
      <classesOfService><class name="all" trunks="9"/></classesOfService>
      """,
      "4:3 error: 0391 leads somewhere already on trunk a", "4:3 error: 0391 leads to 2, which is no station or group"),
    Case(
      "routes",
      """
      <trunks><trunk name="a" address="sip:a"/><trunkGroup code="9" trunks="a"/>
        <leastCostRouting code="0"><route prefix="04" trunkGroup="9"/>
          <route prefix="04" trunkGroup="9"/><route prefix="" trunkGroup="7"/></leastCostRouting>
        <leastCostRouting code="*1"/></trunks>
      <classesOfService><class name="all" trunks="0 *1"/></classesOfService>
      """,
      "4:5 error: route 04 behind 0 stands here twice",
      "4:40 error: the route for all numbers leads to trunk group 7, which does not exist",
      "5:3 warning: least-cost code *1 has no routes: no number leaves by it"),
    Case(
      "ways out that no class allows",
      """
      <trunks><trunk name="a" address="sip:a"/><trunkGroup code="9" trunks="a"/>
        <trunkGroup code="8" trunks="a"/>
        <trunkGroup code="7" trunks="a"/>
        <leastCostRouting code="0"><route prefix="04" trunkGroup="9"/></leastCostRouting>
        <leastCostRouting code="*1"><route prefix="04" trunkGroup="8"/></leastCostRouting></trunks>
      <classesOfService><class name="all" trunks="0"/></classesOfService>
      <emergency><number digits="112" trunkGroup="7"/></emergency>
      """,
      "3:3 warning: no station can reach trunk code 8: no class of service allows it",
      "6:3 warning: no station can reach trunk code *1: no class of service allows it"),
    Case(
      "emergency number without a way, and twice",
      out("<emergency><number digits=\"112\" trunkGroup=\"5\"/>\n<number digits=\"112\" trunkGroup=\"9\"/></emergency>"),
      "2:160 error: emergency number 112 leads to trunk group 5, which does not exist",
      "3:1 error: emergency number 112 stands here twice, first in line 2"),
    Case(
      "access code that is a station",
      out("<stations><station number=\"9\"/></stations>"), "2:42 error: trunk code 9 is station 9 already, in line 2"),
  ]
}
