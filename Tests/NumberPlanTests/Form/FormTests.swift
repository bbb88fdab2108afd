import Kernel
import NumberPlan
import Testing

/// What the schema refuses, in our words and at its place.
struct FormTests {
  @Test("PLAN-2: all that is wrong with the form is told at once, each at its place")
  func tellsAll() {
    let result = check(
      """
      <stations><range from="2000" to="2999" klass="x"/><station number="12a"/><station/><foo/>
        <station number="1" pickupGroup="x">hi</station></stations>
      <features><module name="CallPark"><code digits="12" action="retrieve" outcome="300"/></module>
      <code digits="1"/></features><features/>
      <trunks><trunk name="a" address="http:x"
        register="1"/></trunks>
      """)
    #expect(
      lines(result) == [
        "2:40 error: range has no attribute klass",
        "2:60 error: \"12a\" is no number of a station",
        "2:74 error: station needs the attribute number",
        "2:84 error: foo does not belong into stations",
        "3:3 error: station holds text",
        "3:23 error: \"x\" is no pickupGroup of a station",
        "4:71 error: \"300\" is no outcome of a code",
        "5:1 error: code does not belong into features",
        "5:30 error: features stands here twice, first in line 4",
        "6:9 warning: trunk a is in no trunk group: nobody can call out through it",
        "6:25 error: \"http:x\" is no address of a trunk",
        "7:3 error: \"1\" is no register of a trunk",
      ])
    #expect(result.findings.allSatisfy { $0.mend != nil })
  }

  @Test("PLAN-2: columns count characters, not octets")
  func countsCharacters() {
    #expect(
      lines(check("<!-- äöü --><stations><station number=\"x\"/></stations>"))
        == ["2:32 error: \"x\" is no number of a station"])
  }

  @Test("PLAN-2: places are right far down one long line")
  func longLine() {
    let many = (0..<3000).map { "<station number=\"\(100_000 + $0)\"/>" }.joined()
    let result = check("<stations>\(many)<station number=\"x\"/></stations>")
    #expect(lines(result) == ["2:\(10 + many.utf8.count + 10) error: \"x\" is no number of a station"])
  }

  @Test("PLAN-2: of thousands of mistakes a thousand are told, and how many are not")
  func boundsFindings() {
    let result = check("<stations>" + String(repeating: "<foo/>", count: 5000) + "</stations>")
    #expect(result.findings.count == 1001)
    #expect(result.findings.last?.message == "4000 more findings are left out")
  }

  @Test("PLAN-1: numbers too long for their type are refused, not cut")
  func refusesLongNumbers() {
    let long = String(repeating: "1", count: 25)
    let result = check(
      """
      <stations><station number="\(long)"/><station number="1" pickupGroup="9999999"/></stations>
      <groups><ringGroup number="50" overflowTime="9999999999"><member number="1"/></ringGroup></groups>
      """)
    #expect(
      lines(result) == [
        "2:20 error: \"\(long)\" is no number of a station", "2:76 error: \"9999999\" is no pickupGroup of a station",
        "3:32 error: \"9999999999\" is no time",
      ])
  }

  @Test("PLAN-1: the schema at the top of the repository is the one compiled in")
  func schemaIsTheSame() {
    #expect(contents(repository + "NumberPlan.xsd") == PlanFile.schema)
  }
}
