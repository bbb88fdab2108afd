import ArgumentParser
import Features
import Foundation
import Kernel
import NumberPlan
import SIP
import Sessions
import Store
import Transport

extension DatabaseLocation {
  /// The exchange as the database has it while none runs: registrations, features and settings, no calls.
  /// - Parameter plan: nil where what is asked needs none.
  func resting(plan: Plan?) throws -> Exchange {
    let administration = try self.open()
    let snapshot = try administration.database.load()
    let settings = Settings(snapshot, networks: Networks(), hasTLS: true)
    let listeners = TransportKind.allCases.map { Listener(kind: $0, address: SocketAddress(.unspecified, port: 0)) }
    let now = WallClock().now
    var exchange = Exchange(
      snapshot, settings: settings, plan: plan, modules: InstalledModules.all, listeners: listeners, at: now)
    exchange.install(localOffset: LocalTime.offset(from: now))
    _ = exchange.restore(snapshot, secrets: administration.database.secrets, lastRecord: 0, at: now)
    return exchange
  }

  var exists: Bool { FileManager.default.fileExists(atPath: self.path) }
}

/// Which number plan a command is about.
struct PlanLocation: ParsableArguments {
  @Option(name: .customLong("plan"), help: ArgumentHelp("The number plan (else NumberPlan.xml here).", valueName: "file"))
  var given: String?
  @OptionGroup var directory: ModuleDirectory

  var path: String { self.given ?? "NumberPlan.xml" }

  /// Loads the libraries that the plan names, where there is one; a plan that was named must be right.
  func lookForLibraries() throws {
    if self.given != nil {
      _ = try self.load()
    } else if FileManager.default.fileExists(atPath: self.path) {
      _ = InstalledModules.loadPlan(self.path)
    }
  }

  /// The plan; its findings as a ``Failure`` where it has errors.
  func load() throws -> Plan { try Self.load(self.path) }

  static func load(_ path: String) throws -> Plan {
    guard path == "-" || FileManager.default.fileExists(atPath: path) else {
      throw Failure("\(path): there is no such file; name the number plan with --plan")
    }
    let result = InstalledModules.loadPlan(path)
    guard let plan = result.plan else { throw Failure(result.text) }
    return plan
  }
}
