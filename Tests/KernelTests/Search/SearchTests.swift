import Features
import Kernel
import TestKit
import Testing

@Suite("Exhaustive search")
struct SearchTests {
  private static let worlds = Search.pairs(of: BuiltIn.modules)

  @Test("Two features and three telephones: whatever happens, what must hold holds", arguments: Self.worlds.indices)
  func pairs(index: Int) {
    let report = Search.run(Self.worlds[index], depth: 8, states: 4000 / Self.worlds.count)
    #expect(report.violations.isEmpty, "\(report)")
    #expect(report.states > 50)
    print(report)
  }
}
