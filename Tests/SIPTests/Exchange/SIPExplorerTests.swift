import Features
import Foundation
import Kernel
import LoopbackSIP
import SIP
import Testing

@Suite("Telephones that do anything, by seed")
struct SIPExplorerTests {
  static func run(_ seed: UInt64) -> SIPExplorer.Report {
    SIPExplorer.run(seed: seed, modules: BuiltIn.modules, plan: Office.plan())
  }

  /// `STROWGER_SIP_SEEDS=5000` explores more, `STROWGER_SIP_SEED=17` one.
  static var seeds: [UInt64] {
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["STROWGER_SIP_SEED"].flatMap(UInt64.init) { return [one] }
    return Array(1...(environment["STROWGER_SIP_SEEDS"].flatMap(UInt64.init) ?? 300))
  }

  @Test("CALL-8: whatever telephones do in a storm, every call ends and nothing is left")
  func explore() {
    var outcomes: [UInt16: Int] = [:]
    var failed: [SIPExplorer.Report] = []
    for seed in Self.seeds {
      let report = Self.run(seed)
      for outcome in report.outcomes { outcomes[outcome.status, default: 0] += outcome.count }
      if !report.failures.isEmpty { failed.append(report) }
    }
    if let first = failed.first {
      let others = failed.dropFirst().map { "seed \($0.seed): \($0.failures.joined(separator: "; "))" }
      Issue.record(Comment(rawValue: ([first.story, "also:"] + others).joined(separator: "\n")))
    }
    print("outcomes", outcomes.sorted { $0.key < $1.key })
  }
}
