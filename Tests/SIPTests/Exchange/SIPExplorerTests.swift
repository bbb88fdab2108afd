import Features
import Foundation
import Kernel
import LoopbackSIP
import SIP
import Testing

@Suite("Telephones that do anything, by seed")
struct SIPExplorerTests {
  static func run(_ seed: UInt64) -> SIPExplorer.Report {
    SIPExplorer.run(seed: seed, modules: BuiltIn.modules, plan: self.plan)
  }

  /// With Hold between the others (HOLD-1).
  static let plan: Plan = {
    var plan = Office.plan()
    plan.modules.insert(Plan.Placement(module: "Hold", options: OptionValues(defaultsOf: Hold.descriptor), codes: []), at: 2)
    return plan
  }()

  /// `STROWGER_SIP_SEEDS=5000` explores more, `STROWGER_SIP_FIRST=5001` begins there, `STROWGER_SIP_SEED=17` explores one.
  static var seeds: [UInt64] {
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["STROWGER_SIP_SEED"].flatMap(UInt64.init) { return [one] }
    let first = environment["STROWGER_SIP_FIRST"].flatMap(UInt64.init) ?? 1
    return Array(first..<first + (environment["STROWGER_SIP_SEEDS"].flatMap(UInt64.init) ?? 300))
  }

  @Test(
    "CALL-8, CALL-9, MED-3, HOLD-1: whatever telephones do, each hears whom it shall, every call ends, nothing is left"
  )
  func explore() {
    var outcomes: [UInt16: Int] = [:]
    var failed: [SIPExplorer.Report] = []
    var heard = SIPExplorer.Report.Heard()
    var sends = 0
    for seed in Self.seeds {
      let report = Self.run(seed)
      for outcome in report.outcomes { outcomes[outcome.status, default: 0] += outcome.count }
      heard.add(report.heard)
      sends += report.sends
      if !report.failures.isEmpty { failed.append(report) }
    }
    if Self.seeds.count > 300 { print("\(Self.seeds.count) seeds, \(sends) messages sent, \(heard), \(failed.count) failed") }
    if let first = failed.first {
      let others = failed.dropFirst().map { "seed \($0.seed): \($0.failures.joined(separator: "; "))" }
      Issue.record(Comment(rawValue: ([first.story, "also:"] + others).joined(separator: "\n")))
    }
    // The walk must go everywhere, or it proves nothing.
    for status: UInt16 in [200, 403, 480, 486, 487] where Self.seeds.count > 100 {
      #expect(outcomes[status] ?? 0 > 10, "\(status)")
    }
    for count in [heard.directly, heard.relayed, heard.mixed, heard.encrypted, heard.music, heard.others]
    where Self.seeds.count > 100 {
      #expect(count > 10, "\(heard)")
    }
  }

  @Test("ARCHITECTURE rule 2: another process sends the same octets for the same seeds")
  func sameInAnotherProcess() throws {
    let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]
    let trace = seeds.map { Self.run($0).text }.joined(separator: "\n")
    let environment = ProcessInfo.processInfo.environment
    if let path = environment[Self.traceFile] {
      // We are the other process.
      return try trace.write(toFile: path, atomically: true, encoding: .utf8)
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(
      "strowger-trace-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: file) }
    let other = Process()
    other.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    other.arguments =
      Array(CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--filter") }) + ["--filter", "sameInAnotherProcess"]
    other.environment = environment.merging([Self.traceFile: file.path]) { $1 }
    other.standardOutput = FileHandle.nullDevice
    other.standardError = FileHandle.nullDevice
    try other.run()
    other.waitUntilExit()
    #expect(try String(contentsOf: file, encoding: .utf8) == trace)
  }

  private static let traceFile = "STROWGER_SIP_TRACE"
}
