import Features
import Kernel
import TestKit
import Testing

@Suite("Random explorer")
struct ExplorerTests {
  /// Three hundred thousand steps in all; a million more in release (make explore).
  @Test("Many stations do random things for many steps and nothing that must hold is violated", arguments: 1...10)
  func explore(seed: Int) {
    let report = Explorer.run(seed: UInt64(seed), steps: 30_000, modules: BuiltIn.modules, plan: .town(BuiltIn.modules))
    #expect(report.violations.isEmpty, "\(report)")
    #expect(report.comparisons >= 150)
    #expect(report.restarts > 0)
    #expect(report.diverted > 300)
    #expect(report.answers > 300)
    // In a hundred thousand steps more than thirty.
    #expect(report.messages > 10)
    #expect(report.outside > 100)
    #expect(report.transfers > 10)
    for state in [
      "Hold held", "Hold recalling", "VoiceMail recording", "VoiceMail playing", "VoiceMail deciding", "VoiceMail moving",
      "CallPark parked", "Conference running", "RingGroup hunting", "Transfer dialling", "AuthorizationCode checking",
    ] {
      #expect(report.visitedStates.contains { $0.state == state && $0.count > 0 }, "never in \(state)")
    }
    print(report)
  }

  @Test("The order of the modules changes what happens, not what must hold")
  func otherOrder() {
    let modules: [Module] = BuiltIn.modules.reversed()
    var plan = Plan.office(modules)
    plan.set("treatAs", .integer(1), of: Module(DoNotDisturb.self))
    let report = Explorer.run(seed: 11, steps: 20_000, modules: modules, plan: plan)
    #expect(report.violations.isEmpty, "\(report)")
  }

  @Test("The same seed gives the same directives")
  func sameSeed() {
    func run() -> Explorer.Report {
      Explorer.run(seed: 7, steps: 5_000, modules: BuiltIn.modules, plan: .office(BuiltIn.modules))
    }
    let first = run()
    #expect(first.trace == run().trace)
    #expect(first.calls > 100)
    #expect(first.trace != Explorer.run(seed: 8, steps: 5_000, modules: BuiltIn.modules, plan: .office(BuiltIn.modules)).trace)
  }
}
