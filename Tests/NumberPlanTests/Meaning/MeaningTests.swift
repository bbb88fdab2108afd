import Kernel
import NumberPlan
import Testing

/// Each rule of meaning: the finding, at its line and column. Bodies begin in line 2.
struct MeaningTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var body: String
    var expected: [String]

    init(_ name: String, _ body: String, _ expected: String...) {
      self.name = name
      self.body = body
      self.expected = expected
    }

    var testDescription: String { self.name }
  }

  @Test("PLAN-2: what a plan means is checked", arguments: modules + numbers + shadows + groups + ways)
  func finds(_ test: Case) {
    let result = check(test.body)
    #expect(lines(result) == test.expected)
    #expect(result.findings.allSatisfy { $0.mend?.isEmpty == false })
    #expect((result.plan == nil) == test.expected.contains { $0.contains(" error: ") })
  }

  static let modules = [
    Case(
      "unknown module", "<features><module name=\"CallPrak\"><code digits=\"1\"/></module></features>",
      "2:19 error: there is no module CallPrak"),
    Case(
      "library without the module", "<features><module library=\"libX.so\" name=\"X\"/></features>",
      "2:37 error: libX.so has brought no module X"),
    Case(
      "unknown option", "<features><module name=\"Hold\"\n  recallTime=\"1\"/></features>",
      "3:3 error: module Hold has no option recallTime"),
    Case(
      "time out of range",
      "<features><module name=\"CallForward\" noAnswerTime=\"181\"><code digits=\"6\" action=\"all\"/></module></features>",
      "2:38 error: \"181\" is no noAnswerTime of module CallForward"),
    Case(
      "integer out of range, boolean and choice of another kind",
      """
      <features><module name="CallForward" maximumHops="0"><code digits="6" action="all"/></module>
      <module name="CallPark" stationCalls="yes"><code digits="7" action="park"/></module>
      <module name="DoNotDisturb" treatAs="bussy"><code digits="4"/></module></features>
      """,
      "2:38 error: \"0\" is no maximumHops of module CallForward", "3:25 error: \"yes\" is no stationCalls of module CallPark",
      "4:29 error: \"bussy\" is no treatAs of module DoNotDisturb"),
    Case(
      "unknown, missing and needless actions",
      """
      <features><module name="CallPark">
        <code digits="11" action="fetch"/>
        <code digits="12"/>
      </module>
      <module name="DoNotDisturb"><code digits="40" action="on"/></module>
      <module name="Hold"><code digits="13"/></module></features>
      """,
      "3:21 error: module CallPark has no action fetch", "4:3 error: code 12 does not say which action of CallPark it is",
      "6:47 error: module DoNotDisturb has no action on", "7:21 error: code 13: module Hold serves no codes"),
    Case(
      "module twice", "<features><module name=\"Hold\"/>\n<module name=\"Hold\"/></features>",
      "3:1 error: module Hold stands here twice, first in line 2"),
    Case(
      "module without codes", "<features><module name=\"CallPark\"/></features>",
      "2:11 warning: module CallPark has no codes: nobody can dial it"),
  ]

  static let numbers = [
    Case(
      "code twice",
      "<features><module name=\"CallPark\"><code digits=\"11\" action=\"park\"/>\n"
        + "<code digits=\"11\" action=\"retrieve\"/></module></features>",
      "3:1 error: code 11 (CallPark, retrieve) is code 11 (CallPark, park) already, in line 2"),
    Case(
      "station twice", "<stations><station number=\"1\"/>\n<station number=\"1\"/></stations>",
      "3:1 error: station 1 stands here twice, first in line 2"),
    Case(
      "ranges that overlap, run backwards and differ in length",
      """
      <stations><range from="100" to="199"/>
      <range from="150" to="160"/>
      <range from="199" to="250"/>
      <range from="400" to="300"/>
      <range from="50" to="100"/></stations>
      """,
      "3:1 error: range 150 to 160 overlaps the range 100 to 199 in line 2",
      "4:1 error: range 199 to 250 overlaps the range 100 to 199 in line 2", "5:1 error: range 400 to 300 runs backwards",
      "6:1 error: range 50 to 100: the ends have different lengths"),
    Case(
      "numbers that are two things",
      """
      <stations><range from="500" to="599"/><station number="40"/></stations>
      <groups><ringGroup number="40"><member number="500"/></ringGroup>
      <ringGroup number="510"><member number="500"/></ringGroup></groups>
      <features><module name="DoNotDisturb"><code digits="40"/></module></features>
      """,
      "3:9 error: group 40 is station 40 already, in line 2",
      "4:1 error: group 510 is a station already, of the range 500 to 599 in line 2",
      "5:39 error: code 40 (DoNotDisturb) is station 40 already, in line 2"),
    Case("a range whose ends are one number", "<stations><range from=\"5\" to=\"5\"/></stations>"),
    Case("a single station within a range", "<stations><range from=\"10\" to=\"19\"/><station number=\"15\"/></stations>"),
    Case(
      "a range that is never used",
      "<stations><range from=\"10\" to=\"12\"/>"
        + "<station number=\"10\"/><station number=\"11\"/><station number=\"12\"/></stations>",
      "2:11 warning: range 10 to 12 is never used: each of its numbers is a station of its own"),
    Case(
      "unknown class",
      "<classesOfService><class name=\"national\"/></classesOfService>\n"
        + "<stations><station number=\"1\" class=\"nationl\"/></stations>",
      "3:11 error: there is no class of service nationl"),
    Case(
      "class twice", "<classesOfService><class name=\"a\"/>\n<class name=\"a\"/></classesOfService>",
      "3:1 error: class a stands here twice, first in line 2"),
    Case(
      "class that names what is not there",
      "<classesOfService><class name=\"a\" trunks=\"9 x\" bars=\"CallFork Hold\"/></classesOfService>",
      "2:19 error: class a allows trunk code 9, which does not exist", "2:19 error: class a bars CallFork, which is no module",
      "2:35 error: x is no access code"),
    Case(
      "hours that are none", "<classesOfService><class name=\"a\" hours=\"Mo-Fr 7-19\"/></classesOfService>",
      "2:35 error: \"Mo-Fr 7-19\" are no hours"),
  ]

  static let shadows = [
    Case(
      "station over code and argument",
      park("<stations><station number=\"2001\"/>\n<station number=\"122001\"/></stations>"),
      "3:1 error: station 122001 takes the place of code 12 (CallPark, retrieve) with 2001"),
    Case("station that no argument fits", park("<stations><station number=\"122001\"/></stations>")),
    Case(
      "range over code and argument",
      park("<stations><range from=\"20\" to=\"29\"/>\n<range from=\"1200\" to=\"1224\"/></stations>"),
      "3:1 error: stations 1200 to 1224 take the place of code 12 (CallPark, retrieve) with 20"),
    Case(
      "a range that holds a code",
      park("<stations><range from=\"50\" to=\"59\"/>\n<range from=\"1000\" to=\"1999\"/></stations>"),
      "3:1 error: stations 1000 to 1999 take the place of code 11 (CallPark, park) with 50",
      "3:1 error: stations 1000 to 1999 take the place of code 12 (CallPark, retrieve) with 50"),
    Case(
      "station over a code with a choice",
      "<stations><station number=\"401\"/></stations>\n"
        + "<features><module name=\"DoNotDisturb\"><code digits=\"40\"/></module></features>",
      "2:11 error: station 401 takes the place of code 40 (DoNotDisturb) with 1"),
    Case(
      "group over code and argument",
      park(
        "<stations><station number=\"5\"/></stations><groups>\n"
          + "<ringGroup number=\"125\"><member number=\"5\"/></ringGroup></groups>"
      ),
      "3:1 error: group 125 takes the place of code 12 (CallPark, retrieve) with 5"),
    Case(
      "longer code over shorter with argument",
      """
      <stations><range from="100" to="199"/></stations>
      <features><module name="CallForward"><code digits="60" action="all"/></module>
      <module name="CallPark"><code digits="601" action="retrieve"/></module></features>
      """, "4:25 error: code 601 (CallPark, retrieve) takes the place of code 60 (CallForward, all) with 100"),
    Case(
      "longer code without argument over a choice",
      """
      <features><module name="DoNotDisturb"><code digits="40"/></module>
      <module name="CallForward"><code digits="401" action="clear"/></module></features>
      """, "3:28 error: code 401 (CallForward, clear) takes the place of code 40 (DoNotDisturb) with 1"),
    Case(
      "code, station, range, group and code with argument that are emergency numbers",
      """
      <emergency><number digits="112" trunkGroup="9"/><number digits="401" trunkGroup="9"/><number digits="110" trunkGroup="9"/>
        <number digits="999" trunkGroup="9"/></emergency>
      <stations><station number="112"/><range from="900" to="999"/></stations>
      <features><module name="DoNotDisturb"><code digits="40"/></module>
      <module name="CallForward"><code digits="110" action="clear"/></module></features>
      <trunks><trunk name="c" address="sip:c"/><trunkGroup code="9" trunks="c"/></trunks>
      <classesOfService><class name="a" trunks="9"/></classesOfService>
      """,
      "4:11 error: station 112 is the emergency number 112",
      "4:34 error: stations 900 to 999 hold the emergency number 999",
      "5:39 error: code 40 (DoNotDisturb) with 1 is the emergency number 401",
      "6:28 error: code 110 (CallForward, clear) is the emergency number 110"),
    Case(
      "code behind a trunk code",
      out("<features><module name=\"CallForward\">\n<code digits=\"95\" action=\"all\"/></module></features>"),
      "3:1 warning: code 95 (CallForward, all) takes the place of outside numbers that begin with 5 behind trunk code 9"),
    Case("trunk code that begins an emergency number", out("<emergency><number digits=\"911\" trunkGroup=\"9\"/></emergency>")),
  ]

  /// CallPark's usual codes in the same line.
  static func park(_ body: String) -> String {
    "<features><module name=\"CallPark\"><code digits=\"11\" action=\"park\"/>"
      + "<code digits=\"12\" action=\"retrieve\"/></module></features>"
      + body
  }

  /// A way out by 9 in the same line.
  static func out(_ body: String) -> String {
    "<trunks><trunk name=\"c\" address=\"sip:c\"/><trunkGroup code=\"9\" trunks=\"c\"/></trunks>"
      + "<classesOfService><class name=\"a\" trunks=\"9\"/></classesOfService>" + body
  }
}
