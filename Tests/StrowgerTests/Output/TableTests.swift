import Testing

@testable import Strowger

@Suite("Tables for people")
struct TableTests {
  @Test("columns are aligned, nothing stands at a line's end, an empty column is left out")
  func alignment() {
    let rows: [JSON] = [["number": "2001", "name": "", "phone": "Yealink"], ["number": "20012", "name": "", "phone": nil]]
    let table = Table([("number", "number"), ("name", "name"), ("phone", "phone")], of: rows)
    #expect(table.text == "number  phone\n2001    Yealink\n20012")
  }

  @Test("SEC-2: control characters and direction marks of a phone's name do not reach the terminal")
  func control() {
    var table = Table()
    table.add(["a\u{1B}[31mb\n\u{202E}c"])
    #expect(table.text == "a·[31mb··c")
  }

  @Test("a time of today is a time of day, another has its date")
  func times() {
    let now = 1_800_000_000
    #expect(WallTime.local("2027-01-15T08:00:00.000Z", now: now).count == 8)
    #expect(WallTime.local("2026-12-15T08:00:00.000Z", now: now).count == 19)
    #expect(WallTime.local("nonsense", now: now) == "nonsense")
    #expect(WallTime.until("2027-01-15T08:00:10.000Z", now: now) == "10 s")
    #expect(WallTime.until("2027-01-15T07:00:10.000Z", now: now) == "0 s")
  }
}
