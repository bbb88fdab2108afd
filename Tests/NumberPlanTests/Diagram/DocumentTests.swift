import Features
import Glibc
import Kernel
import NumberPlan
import Testing

/// The machines in the documents are those of the program. With STROWGER_DOCUMENTS=write they are written instead of compared.
@Suite("Documents")
struct DocumentTests {
  private static let begin = "<!-- the machine, from its table: do not edit, write it anew (CONTRIBUTING.md) -->\n"
  private static let end = "<!-- end of the machine -->\n"
  private static let isWriting = getenv("STROWGER_DOCUMENTS").map { String(cString: $0) } == "write"

  @Test("MOD-1: each module's page shows its machine as the program has it", arguments: BuiltIn.modules.map(\.descriptor.name))
  func pages(name: String) throws {
    let module = try #require(BuiltIn.modules.first { $0.descriptor.name == name })
    let path = repository + "Docs/Features/\(name).md"
    let page = contents(path)
    try #require(page.hasPrefix("# "), "each module has a page: \(path)")
    let machine =
      Self.begin + "```mermaid\n" + StateDiagram(of: module).mermaid
      + "```\n\n[The same as a picture](../Pictures/\(name).svg).\n"
      + Self.end
    if Self.isWriting {
      try Self.write(Self.replacing(in: page, with: machine), to: path)
    } else {
      #expect(
        Self.contains(page, machine), "\(path) shows another machine: STROWGER_DOCUMENTS=write swift test --filter Documents")
    }
  }

  @Test("MOD-1: each module's picture is its machine's", arguments: BuiltIn.modules.map(\.descriptor.name))
  func pictures(name: String) throws {
    let module = try #require(BuiltIn.modules.first { $0.descriptor.name == name })
    let path = repository + "Docs/Pictures/\(name).svg"
    if Self.isWriting { try Self.write(StateDiagram(of: module).svg, to: path) }
    #expect(
      contents(path) == StateDiagram(of: module).svg, "\(path) is stale: STROWGER_DOCUMENTS=write swift test --filter Documents")
  }

  /// What stands between the marks, else the first state diagram of the page, else a section at its end.
  private static func replacing(in page: String, with machine: String) -> String {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let first = lines.firstIndex(of: String(self.begin.dropLast()))
    let last = lines.firstIndex(of: String(self.end.dropLast()))
    let drawn = lines.firstIndex(of: "stateDiagram-v2")
    let range: Range<Int>
    if let first, let last, first < last {
      range = first..<(last + 1)
    } else if let drawn, drawn > 0, let close = lines[drawn...].firstIndex(of: "```") {
      range = (drawn - 1)..<(close + 1)
    } else {
      return page + "\n## The machine\n\n" + machine
    }
    return (lines[..<range.lowerBound] + [String(machine.dropLast())] + lines[range.upperBound...]).joined(separator: "\n")
  }

  private static func contains(_ page: String, _ machine: String) -> Bool {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let wanted = machine.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    guard wanted.count <= lines.count else { return false }
    return (0...(lines.count - wanted.count)).contains { lines[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }

  private static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"), "cannot write \(path)")
    defer { fclose(file) }
    #expect(fputs(text, file) >= 0)
  }
}
