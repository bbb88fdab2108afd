import Features
import Kernel
import TestKit
import Testing

@Suite("Exhaustive search")
struct SearchTests {
  @Test("Two features and three telephones: whatever happens, what must hold holds", arguments: 0..<Search.pairs(of: BuiltIn.modules).count)
  func pairs(index: Int) {
    let report = Search.run(Search.pairs(of: BuiltIn.modules)[index], depth: 8, states: 400)
    #expect(report.violations.isEmpty, "\(report)")
    #expect(report.states > 100)
    print(report)
  }
}
