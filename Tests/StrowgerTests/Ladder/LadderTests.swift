import Testing

@testable import Strowger

@Suite("Ladders")
struct LadderTests {
  private let steps = [
    LadderLine(
      seconds: 0, party: "2001", isSent: false, text: "INVITE 2002",
      message: "INVITE sip:2002@192.0.2.1 SIP/2.0\nTo: <sip:2002@h>\n"),
    LadderLine(seconds: 0, party: "2001", isSent: true, text: "100"),
    LadderLine(seconds: 0, party: "", isSent: true, isNote: true, text: "DoNotDisturb: off"),
    LadderLine(seconds: 0.001, party: "2003", isSent: true, text: "INVITE 2003"),
    LadderLine(seconds: 0.038, party: "2002", isSent: false, text: "180"),
    LadderLine(seconds: 0.0381, party: "2001", isSent: true, text: "180"),
    LadderLine(
      seconds: 3, party: "2001", isSent: false, text: "BYE",
      message: "BYE sip:x SIP/2.0\nTo: <sip:2002@h>;tag=1\nAuthorization: (left out)"),
  ]

  @Test("parties are columns, the caller at the left; what passes through stands on one line; notes at the right")
  func drawing() {
    let lines = LadderDrawing(steps).text.split(separator: "\n").map(String.init)
    #expect(lines[0] == "  t/s     2001               exchange           2003               2002")
    #expect(lines[1] == "  0.000   |---INVITE 2002--->|                  |                  |")
    #expect(lines[2] == "  0.000   |<--100------------|                  |                  |   DoNotDisturb: off")
    #expect(lines[3] == "  0.001   |                  |---INVITE 2003--->|                  |")
    #expect(lines[4] == "  0.038   |<--180------------|<-----------------|---180------------|")
    #expect(lines.count == 6)
  }

  @Test("a party with two dialogs has them told apart")
  func dialogs() {
    let steps = LadderLine.numbered([
      LadderLine(seconds: 0, party: "2001", isSent: false, text: "INVITE 2002", message: "INVITE x\nCall-ID: a"),
      LadderLine(seconds: 0, party: "2002", isSent: true, text: "INVITE 2002", message: "INVITE x\nCall-ID: b"),
      LadderLine(seconds: 1, party: "2001", isSent: false, text: "INVITE 11", message: "INVITE x\ni:c"),
      LadderLine(seconds: 1, party: "", isSent: true, isNote: true, text: "CallPark: parked"),
      LadderLine(seconds: 1, party: "2001", isSent: true, text: "BYE", message: "BYE x\nCall-ID: a"),
    ])
    #expect(steps.map(\.label) == ["INVITE 2002 [1]", "INVITE 2002", "INVITE 11 [2]", "CallPark: parked", "BYE [1]"])
    #expect(LadderDrawing(steps).text.contains("|---INVITE 2002 [1]--->|---INVITE 2002------->|"))
  }

  @Test("Mermaid gets every message and note")
  func mermaid() {
    let text = LadderMermaid.text(steps)
    #expect(text.hasPrefix("sequenceDiagram\n  participant p0 as 2001\n  participant p1 as exchange"))
    #expect(text.contains("p0->>p1: INVITE 2002") && text.contains("Note over p1: DoNotDisturb: off"))
  }

  @Test("SIPp gets one party's part with its own keywords, credentials left out")
  func scenario() {
    let text = LadderScenario.text(steps, of: "2001")
    #expect(text.contains("INVITE sip:2002@[remote_ip]:[remote_port] SIP/2.0"))
    #expect(text.contains("BYE [next_url] SIP/2.0"))
    #expect(text.contains(#"<recv response="180" optional="true"/>"#))
    #expect(text.contains("To: <sip:2002@h>[peer_tag_param]"))
    #expect(!text.contains("Authorization"))
  }
}
