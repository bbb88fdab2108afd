import Kernel
import Sessions
import Testing

@testable import DigitalPhones

@Suite("Scripts")
struct ScriptTests {
  static let folder = "\(#filePath)".split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  static let names = [
    "call", "conference", "dnd", "forward", "hold", "park", "pickup", "recall", "restart", "sip-park", "sip-pickup",
    "sip-transfer",
    "transfer",
  ]

  static func office() throws -> Office {
    Office(
      plan: try Office.plan(at: self.folder + "/Office.xml"), digitalPhones: ["2101", "2102", "2103", "2104"],
      telephones: (2001...2009).map { ("\($0)", "secret-\($0)") }, listener: SocketAddress(IPAddress(127, 0, 0, 1), port: 5060),
      seed: (1, 2, 3, 4))
  }

  private func play(_ script: String) throws -> (stage: Stage, lines: [String]) {
    var stage = Stage(try Self.office())
    var lines: [String] = []
    stage.play(script) { lines.append($0) }
    return (stage, lines)
  }

  @Test(
    "XFER-4, PARK-1 to PARK-3, PICK-1, PICK-2, HOLD-1, HOLD-3, FWD-1, DND-1, CONF-1: the ladder is the one that was kept",
    arguments: names)
  func ladder(name: String) throws {
    let script = try #require(TextFile.read(Self.folder + "/Scripts/\(name).txt"))
    let kept = try #require(TextFile.read(Self.folder + "/Scripts/\(name).ladder"))
    let (stage, lines) = try self.play(script)
    #expect(stage.failures == [])
    let expected = kept.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    // A failure shows the first line that differs, not three pages.
    let first = zip(lines, expected).first { $0 != $1 }
    #expect(first == nil && lines.count == expected.count, "\(lines.count) lines, \(expected.count) kept")
  }

  @Test("CALL-8: when all handsets rest again, nothing is left and nothing is wrong", arguments: names)
  func nothingLeft(name: String) throws {
    let script = try #require(TextFile.read(Self.folder + "/Scripts/\(name).txt"))
    let (stage, lines) = try self.play(script + "\nwait 120\n")
    #expect(stage.leftovers == [], "\(lines.joined(separator: "\n"))")
    #expect(stage.audit == [])
  }

  @Test("Every ladder in the documentation is a part of one that a script prints")
  func documented() throws {
    let page = try #require(TextFile.read(Self.folder + "/../../Docs/SwiftHost.md"))
    let ladders = Self.names.compactMap { TextFile.read(Self.folder + "/Scripts/\($0).ladder") }
    let shown = page.split(separator: "```\n").filter { $0.hasPrefix("   ") }
    #expect(shown.count == 4)
    for block in shown { #expect(ladders.contains { Self.contains($0, String(block)) }, "\(block.prefix(80))") }
  }

  private static func contains(_ ladder: String, _ part: String) -> Bool {
    let (lines, wanted) = (ladder.split(separator: "\n"), part.split(separator: "\n"))
    guard lines.count >= wanted.count else { return false }
    return (0...(lines.count - wanted.count)).contains { lines[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }

  @Test("A script that expects what does not happen fails, and says where")
  func failing() throws {
    let (stage, lines) = try self.play("2101 off\nexpect 2101 TALK\n2199 off\nnonsense\nwait x\n")
    #expect(
      stage.failures.map { String($0.prefix(7)) } == ["line 2:", "line 3:", "line 4:", "line 5:"]
        && lines.contains { $0.hasPrefix("FAILED") })
  }

  @Test("What the console takes, and what it does not")
  func commands() throws {
    #expect(try Command("2101 dial *98#") == .phone("2101", .dial("*98#")))
    #expect(try Command("2101 key #") == .phone("2101", .key("#")))
    #expect(try Command("  2101 transfer  # a remark") == .phone("2101", .transfer("")))
    #expect(try Command("expect 2101 TALK 2102") == .expect("2101", "TALK 2102"))
    #expect(try Command("wait 0.5") == .wait(.milliseconds(500)))
    #expect(try Command("") == .nothing && Command("# only a remark") == .nothing)
    for line in ["2101", "2101 fly", "2101 dial", "2101 dial x", "2101 key 12", "wait", "media -1", "2101 key"] {
      #expect(throws: Command.Problem.self, "\(line)") { try Command(line) }
    }
  }
}
