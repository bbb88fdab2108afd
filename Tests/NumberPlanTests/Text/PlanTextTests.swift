import Kernel
import NumberPlan
import Testing

struct PlanTextTests {
  @Test("PLAN-4: a plan is shown in aligned sections")
  func shows() throws {
    let plan = try #require(checkText(Plans.complete).plan)
    let text = PlanText.show(plan, modules: Modules.all)
    #expect(
      text == """
        Complete: 11 codes, 1001 numbers

        codes
          code  module        action          argument                 answer
          40    DoNotDisturb  -               0 or 1                   480     line 9
          600   CallForward   clear           -                        480     line 11
          601   CallForward   all             number                   200     line 12
          602   CallForward   busy            number                   480     line 13
          603   CallForward   noAnswer        number                   480     line 14
          604   CallForward   busyOrNoAnswer  number                   480     line 15
          11    CallPark      park            [number]                 480     line 18
          12    CallPark      retrieve        number                   480     line 19
          65    CallPickup    directed        number                   480     line 22
          66    CallPickup    group           number of 1 to 3 digits  480     line 23
          *0    SpeedDial     dial            number of 1 to 3 digits  480     line 25

        modules, in the order in which they act
          1  DoNotDisturb  treatAs=busy
          2  CallForward   noAnswerTime=1.5 maximumHops=10
          3  CallPark      recallTime=60 stationCalls=false
          4  CallPickup
          5  SpeedDial     from libSpeedDial.so
          6  Hold

        stations
          numbers    class     pickup group
          2000-2999  national  1             line 4
          2005       internal  2             line 5
          31         -         1             line 6

        groups
          group  ring           members    overflow
          500    distributed    2001 2002  2003 after 0.5 s        line 29
          501    unconditional  2003       90398722900 after 30 s  line 32

        trunks
          trunk    address              sources                channels  registers  inward
          carrier  sip:192.0.2.10:5060  192.0.2.10 192.0.2.11  30        yes        0398722900=2001  line 35

        trunk codes
          9  trunks carrier                               line 38
          0  numbers that begin with 04 by trunk group 9  line 39
          0  other numbers by trunk group 9               line 39

        classes of service
          class     trunk codes  hours   at once  a minute  barred modules        trunk to trunk
          internal  none         always  10       30        CallForward CallPark  no              line 42
          national  9 0          always  10       30        -                     yes             line 43

        emergency numbers
          112  by trunk group 9  line 45

        """)
  }

  @Test("PLAN-4: backwards: everything that can end at a number")
  func reaches() throws {
    let plan = try #require(checkText(Plans.complete).plan)
    #expect(
      PlanText.reaching("2001", in: plan, modules: Modules.all) == """
          dialled 2001             a station of 2000 to 2999    line 4
          group 500                member                       line 29
          0398722900 from outside  by trunk carrier             line 35
          dialled 6012001          CallForward, all             line 12
          dialled 6022001          CallForward, busy            line 13
          dialled 6032001          CallForward, noAnswer        line 14
          dialled 6042001          CallForward, busyOrNoAnswer  line 15
          dialled 112001           CallPark, park               line 18
          dialled 122001           CallPark, retrieve           line 19
          dialled 652001           CallPickup, directed         line 22

        """)
    #expect(PlanText.reaching("777", in: plan, modules: []) == "nothing leads to 777\n")
  }

  @Test("PLAN-3: the difference of two plans names what is new, gone and otherwise")
  func differs() throws {
    let old = try #require(checkText(Plans.complete).plan)
    let changed = Plans.complete
      .replacing("<module name=\"Hold\"/>", with: "")
      .replacing("noAnswerTime=\"1.5\"", with: "noAnswerTime=\"20\"")
      .replacing("<code digits=\"602\" action=\"busy\"/>", with: "<code digits=\"605\" action=\"busy\"/>\n")
    let new = try #require(checkText(changed).plan)
    let changes = PlanDifference.between(old, new, modules: Modules.all)
    #expect(
      changes.map(\.text) == [
        "~ order of modules: DoNotDisturb, CallForward, CallPark, CallPickup, SpeedDial, Hold -> "
          + "DoNotDisturb, CallForward, CallPark, CallPickup, SpeedDial",
        "~ module CallForward, noAnswerTime: 1.5 -> 20", "+ code 605: CallForward, busy", "- code 602: CallForward, busy",
        "- module Hold: built in",
      ])
    #expect(
      changes[2].json == #"{"kind": "added", "what": "code 605", "before": "", "after": "CallForward, busy"}"#)
    #expect(PlanDifference.between(old, old, modules: Modules.all) == [])
    #expect(PlanDifference.json([]) == "[]")
  }
}

extension String {
  /// The first `old` replaced; the standard library has no such thing for strings.
  fileprivate func replacing(_ old: String, with new: String) -> String {
    var rest = self[...]
    var before = ""
    while !rest.isEmpty {
      if rest.hasPrefix(old) { return before + new + rest.dropFirst(old.count) }
      before.append(rest.removeFirst())
    }
    return before
  }
}
