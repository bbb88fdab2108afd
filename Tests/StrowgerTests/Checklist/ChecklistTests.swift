import Testing

@testable import Strowger

@Suite("Checklist")
struct ChecklistTests {
  /// A call of 2001 to 2002, held and taken back.
  private let held = lines(
    """
    2001 > INVITE 2002 SDP
    2002 < INVITE u2002 SDP
    2002 > 200 SDP
    2001 < 200 SDP
    2001 > INVITE SDP sendonly *
    - Hold: 2002 held
    2001 < 200 SDP inactive
    2002 < INVITE SDP *
    2002 > 200 SDP
    2001 > INVITE SDP *
    2001 < 200 SDP
    2001 > BYE *
    """)

  /// `>`: to the exchange; `<`: from it; `-`: a note; `*`: within a dialog.
  private static func lines(_ text: String) -> [LadderLine] {
    text.split(separator: "\n").map { line in
      let words = line.split(separator: " ", maxSplits: line.hasPrefix("-") ? 1 : 2)
      guard words.count == 3 else { return LadderLine(seconds: 0, party: "", isSent: true, isNote: true, text: String(words[1])) }
      let isWithin = words[2].hasSuffix(" *")
      return LadderLine(
        seconds: 0, party: String(words[0]), isSent: words[1] == "<", text: String(isWithin ? words[2].dropLast(2) : words[2]),
        message: "X sip:x SIP/2.0\nTo: <sip:2002@h>\(isWithin ? ";tag=1" : "")\n")
    }
  }

  private func sheet(without module: String = "") -> ChecklistSheet {
    ChecklistSheet(phone: "2001", one: "2002", two: "2003") { name, action in
      let codes = [
        "all": "601", "busy": "602", "noAnswer": "603", "clear": "600", "park": "11", "retrieve": "12", "directed": "65",
      ]
      guard name != module else { return nil }
      return codes[action] ?? (name == "Conference" ? "46" : "40")
    }
  }

  private func signs(_ title: String) throws -> [Sign] {
    let row = try #require(self.sheet().rows.first { $0.title == title })
    guard case .signs(let signs) = row.expectation else { throw Failure("\(title) is not seen in a ladder") }
    return signs
  }

  @Test("CHK-1: the manual's chart has these lines, each says what to do, and those on the wire what to see")
  func rows() {
    #expect(
      self.sheet().rows.map(\.title) == [
        "Registration", "Basic call", "Basic call, called", "Calling name and number display", "Hold/resume", "Hold recall",
        "Music on hold", "Consultation call, return", "Consultation call, toggle", "Consultation transfer, complete",
        "Consultation transfer, cancel", "Blind transfer, answered", "Blind transfer, unanswered recall", "Call pickup",
        "Call forward all", "Call forward busy", "Call forward no answer", "Call forward clear", "Conference",
        "Call park (system hold)", "Do not disturb", "Voice mail indication", "Voice mail retrieve",
      ])
    for row in self.sheet().rows {
      #expect(!row.instruction.isEmpty, "\(row.title)")
      if case .signs(let signs) = row.expectation { #expect(signs.count > 1, "\(row.title)") }
    }
  }

  @Test("CHK-1: what the plan has no code for is not tested, and the rest is")
  func noCode() throws {
    let rows = self.sheet(without: "CallPark").rows
    #expect(rows.count == self.sheet().rows.count)
    let missing = rows.filter { if case .noCode = $0.expectation { true } else { false } }
    #expect(missing.map(\.title) == ["Call park (system hold)"])
  }

  @Test("CHK-1: signs are seen one after the other, in the calls of that telephone only")
  func signs() throws {
    #expect(try self.signs("Hold/resume").find(in: self.held).missing == nil)
    #expect(
      try self.signs("Hold/resume").find(in: self.held).seen.map(\.sighting) == [
        "2001 INVITE SDP sendonly", "2001 gets 200 SDP inactive", "2001 INVITE SDP", "2001 gets 200 SDP",
      ])
    #expect(try self.signs("Music on hold").find(in: self.held).missing == nil)
    #expect(try self.signs("Basic call").find(in: self.held).missing == nil)
    // A call that is never taken back.
    let left = Array(self.held.prefix(9))
    #expect(try self.signs("Hold/resume").find(in: left).missing?.words == "2001 takes the call back")
    // Another's hold, and the held one's change, are not the telephone's.
    let other = self.held.map { line in
      var line = line
      if !line.isNote { line.party = line.party == "2001" ? "2002" : "2001" }
      return line
    }
    #expect(try self.signs("Hold/resume").find(in: other).missing?.words == "2001 holds")
    #expect(try self.signs("Hold recall").find(in: self.held).missing?.words == "2001 is called")
    #expect(try self.signs("Blind transfer, answered").find(in: []).missing?.words == "2001 sends REFER 2003")
  }

  @Test("CHK-1: old ways of holding count", arguments: ["sendonly", "inactive", "0.0.0.0"])
  func ways(direction: String) {
    #expect([Sign.holds("2001")].find(in: Self.lines("2001 > INVITE SDP \(direction) *")).missing == nil)
    #expect([Sign.holds("2001")].find(in: Self.lines("2001 < INVITE SDP \(direction) *")).missing != nil)
  }

  @Test("CHK-1: a number that only begins like the one dialled is another")
  func prefixes() {
    #expect([Sign.from("2001", "INVITE 6012002")].find(in: Self.lines("2001 > INVITE 60120022 SDP")).missing != nil)
    #expect([Sign.to("2001", "480", "200")].find(in: Self.lines("2001 < 486")).missing != nil)
  }

  @Test("CHK-1: the chart names telephone and exchange, and no telephone's name breaks its table")
  func chart() {
    let chart = ChecklistChart(
      phone: "2001", model: "Evil | phone\u{1B}[2J 1.0",
      notes: [
        ChecklistNote(row: "Registration", result: .pass, notes: "over udp"),
        ChecklistNote(row: "Hold recall", result: .notSupported, notes: "a | b"),
      ])
    #expect(chart.markdown.contains("| Registration | pass | over udp |\n| Hold recall | not supported | a \\| b |\n"))
    #expect(chart.markdown.contains("Evil \\| phone"))
    #expect(chart.markdown.contains("Strowger \(Strowger.release)"))
    #expect(!chart.markdown.contains("\u{1B}") && !chart.text.contains("\u{1B}"))
    #expect(chart.text.hasSuffix("1 pass, 1 not supported"))
  }
}
