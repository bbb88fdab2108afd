import Features
import Glibc
import Kernel
import TestKit
import Testing

/// The page about how features meet is what happens. With STROWGER_DOCUMENTS=write it is written instead of compared.
@Suite("Documents")
struct MeetingTests {
  private static let repository = String(#filePath.dropLast("Tests/FeaturesTests/MeetingTests.swift".count))

  /// The modules of the shipped plan, in its order.
  private static var modules: [Module] {
    var plan = Self.contents(repository + "NumberPlan.xml")[...]
    var text = ""
    while let start = plan.firstRange(of: "<!--"), let end = plan[start.upperBound...].firstRange(of: "-->") {
      text += plan[..<start.lowerBound]
      plan = plan[end.upperBound...]
    }
    text += plan
    let names = text.split(separator: "<module name=\"").dropFirst().compactMap {
      $0.split(separator: "\"").first.map(String.init)
    }
    return names.compactMap { name in BuiltIn.modules.first { $0.descriptor.name == name } }
  }

  @Test("MOD-1: how each pair of features meets is what the page says")
  func page() throws {
    let meeting = Meeting(of: Self.modules)
    #expect(meeting.modules.count > 3)
    #expect(meeting.unknown.isEmpty, "say in TestKit/Meeting/Part.swift what \(meeting.unknown) does")
    let path = Self.repository + "Docs/Features/Meeting.md"
    if getenv("STROWGER_DOCUMENTS").map({ String(cString: $0) }) == "write" {
      let file = try #require(fopen(path, "w"), "cannot write \(path)")
      defer { fclose(file) }
      #expect(fputs(meeting.page, file) >= 0)
    } else {
      #expect(Self.contents(path) == meeting.page, "\(path) is stale: STROWGER_DOCUMENTS=write swift test --filter Documents")
    }
  }

  private static func contents(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }
}
