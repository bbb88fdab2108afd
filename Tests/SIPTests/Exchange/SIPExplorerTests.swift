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
    // The walk must go everywhere, or it proves nothing.
    for status: UInt16 in [200, 403, 480, 486, 487] where Self.seeds.count > 100 {
      #expect(outcomes[status] ?? 0 > 10, "\(status)")
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
