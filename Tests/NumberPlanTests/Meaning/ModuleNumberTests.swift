import Kernel
import NumberPlan
import Testing

/// Numbers that belong to modules (MWI-2): `number="2999"`.
struct ModuleNumberTests {
  private static let modules =
    Modules.all + [
      Descriptor(
        name: "VoiceMail", summary: "takes messages",
        actions: [Descriptor.Action("retrieve", argument: .none, meaning: "messages are heard")],
        options: [Descriptor.Option("number", .number, meaning: "its number")]),
      Descriptor(
        name: "Clock", summary: "tells the time", options: [Descriptor.Option("number", .number, meaning: "its number")]),
    ]

  private func plan(_ number: String, _ more: String = "") -> LoadResult {
    check(
      """
      <stations><range from="2000" to="2999"/><station number="2998"/></stations>
      <features><module name="VoiceMail" number="\(number)"><code digits="*98"/></module></features>
      \(more)
      """, modules: Self.modules)
  }

  @Test("PLAN-2: a module's number may stand in a range of stations, or anywhere; it may be left out")
  func fine() throws {
    for number in ["2999", "2000", "77"] {
      let result = self.plan(number)
      #expect(lines(result) == [])
      #expect(result.plan?.modules.first?.options.number(0) == Digits(number))
    }
    let without = check("<features><module name=\"VoiceMail\"><code digits=\"*98\"/></module></features>", modules: Self.modules)
    #expect(lines(without) == [] && without.plan?.modules.first?.options.number(0) == nil)
  }

  @Test(
    "PLAN-2: a number that something else of the plan is already is an error, with its place and how to mend it",
    arguments: [
      ("2998", "", "3:36 error: number 2998 (VoiceMail) is station 2998 already, in line 2"),
      (
        "500", "<groups><ringGroup number=\"500\"><member number=\"2001\"/></ringGroup></groups>",
        "4:9 error: group 500 is number 500 (VoiceMail) already, in line 3"
      ),
      ("*98", "", "3:36 error: \"*98\" is no number of module VoiceMail"),
      ("", "", "3:36 error: \"\" is no number of module VoiceMail"),
      ("2999999999999999999999999", "", "3:36 error: \"2999999999999999999999999\" is no number of module VoiceMail"),
    ])
  func taken(number: String, more: String, finding: String) {
    let result = self.plan(number, more)
    #expect(lines(result) == [finding])
    #expect(result.plan == nil && result.findings.allSatisfy { $0.mend?.isEmpty == false })
  }

  @Test("PLAN-2: nor may it be an emergency number, a code, a trunk code, or another module's number")
  func takenElsewhere() {
    let emergency = self.plan(
      "112",
      """
      <trunks><trunk name="a" address="sip:192.0.2.1"/><trunkGroup code="9" trunks="a"/></trunks>
      <classesOfService><class name="n" trunks="9"/></classesOfService>
      <emergency><number digits="112" trunkGroup="9"/></emergency>
      """)
    #expect(lines(emergency).contains("3:36 error: number 112 (VoiceMail) is the emergency number 112"))
    let code = check(
      "<features><module name=\"DoNotDisturb\"><code digits=\"40\"/></module>\n"
        + "<module name=\"VoiceMail\" number=\"40\"><code digits=\"*98\"/></module></features>", modules: Self.modules)
    #expect(lines(code) == ["2:39 error: code 40 (DoNotDisturb) is number 40 (VoiceMail) already, in line 3"])
    let trunk = self.plan(
      "9",
      """
      <trunks><trunk name="a" address="sip:192.0.2.1"/><trunkGroup code="9" trunks="a"/></trunks>
      <classesOfService><class name="n" trunks="9"/></classesOfService>
      """)
    #expect(lines(trunk).contains("4:50 error: trunk code 9 is number 9 (VoiceMail) already, in line 3"))
    let twice = check(
      "<features><module name=\"Clock\" number=\"88\"/>\n"
        + "<module name=\"VoiceMail\" number=\"88\"><code digits=\"*98\"/></module></features>", modules: Self.modules)
    #expect(lines(twice) == ["3:26 error: number 88 (VoiceMail) is number 88 (Clock) already, in line 2"])
  }

  @Test("PLAN-2: one that is a code with its argument takes that argument's place")
  func shadows() {
    let result = check(
      "<stations><range from=\"2000\" to=\"2999\"/></stations>\n"
        + "<features><module name=\"CallForward\"><code digits=\"6\" action=\"all\"/></module>\n"
        + "<module name=\"VoiceMail\" number=\"62001\"><code digits=\"*98\"/></module></features>", modules: Self.modules)
    #expect(lines(result) == ["4:26 error: number 62001 (VoiceMail) takes the place of code 6 (CallForward, all) with 2001"])
    #expect(result.findings.first?.mend?.contains("reaches the module") == true)
  }

  @Test("PLAN-2: groups may overflow to it, inward dialling may lead to it, but it is no member")
  func reached() {
    let group = self.plan(
      "2999", "<groups><ringGroup number=\"500\" overflow=\"2999\"><member number=\"2001\"/></ringGroup></groups>")
    #expect(lines(group) == [])
    let member = self.plan("2999", "<groups><ringGroup number=\"500\"><member number=\"2999\"/></ringGroup></groups>")
    #expect(lines(member) == ["4:33 error: member 2999 of group 500 is no station"])
  }

  @Test("plan show, plan show NUMBER: the number is told")
  func shown() throws {
    let plan = try #require(self.plan("2999").plan)
    let text = PlanText.show(plan, modules: Self.modules)
    #expect(text.contains("VoiceMail  number=2999"))
    #expect(PlanText.reaching("2999", in: plan, modules: Self.modules).contains("VoiceMail"))
    #expect(!PlanText.reaching("2999", in: plan, modules: Self.modules).contains("a station"))
  }
}
