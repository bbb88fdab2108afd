import ArgumentParser
import Kernel
import SIP
import Store

/// `strowger trunk …`: the ways to the outside (TRK-1).
struct TrunkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trunk", abstract: "Trunks: the ways to carriers and other exchanges.",
    discussion: """
      Trunks stand in the number plan; their secrets do not.
        strowger trunk status
        strowger trunk secret carrier --user-id 61398722900 < secret.txt
      """, subcommands: [Status.self, Secret.self])

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every trunk: up or down, where it leads, its registration, its calls.",
      discussion: """
        up            it takes calls
        down          it answers no OPTIONS, or its name cannot be looked up
        unregistered  it answers, but the carrier has not taken our registration
        stopped       no exchange runs on this database
        """)

    @OptionGroup var location: DatabaseLocation
    @OptionGroup var plan: PlanLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      let rows = try self.location.ask(.trunks)?.elements ?? self.plan.load().trunks.map(\.stopped)
      let shown =
        self.presentation.json
        ? rows
        : rows.map { row in
          row.replacing("registeredUntil", .string(WallTime.until(row["registeredUntil"].cell)))
            .replacing("channels", .string(row["channels"] == 0 ? "" : row["channels"].cell))
        }
      self.presentation.show(
        shown,
        [
          ("name", "trunk"), ("state", "state"), ("address", "address"), ("target", "leads to"),
          ("registeredUntil", "registered for"), ("calls", "calls"), ("channels", "of"), ("lastError", "last error"),
        ], nothing: "the plan has no trunks")
    }
  }

  struct Secret: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Set a trunk's secret, read from standard input.",
      discussion: """
        It is sealed with the database's key file and holds at once; a trunk that registers does so anew.
          strowger trunk secret carrier --user-id 61398722900 < secret.txt
        """)

    @Argument(help: "The trunk's name in the plan.") var name: String
    @Option(help: ArgumentHelp("The user that the carrier knows us by (else as before, or the trunk's name).", valueName: "id"))
    var userID: String?
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var plan: PlanLocation

    func run() throws {
      let names = try self.location.ask(.trunks)?.elements.compactMap { $0["name"].text } ?? self.plan.load().trunks.map(\.name)
      guard names.contains(self.name) else {
        throw Failure(
          "no trunk is called \(self.name); "
            + (names.isEmpty ? "the plan has none" : "there \(names.count == 1 ? "is" : "are") \(names.joined(separator: ", "))"))
      }
      guard let line = readLine(), !line.isEmpty else {
        throw Failure("no secret on standard input; for instance: strowger trunk secret \(self.name) < secret.txt")
      }
      let administration = try self.location.open(create: true)
      let former = try administration.database.load().trunkSecrets.first { $0.trunk == self.name }
      try administration.setTrunkSecret(
        self.name, userID: self.userID ?? former?.userID ?? self.name, password: Password(line))
      try self.location.refresh()
    }
  }
}

extension TrunkStatus {
  var json: JSON {
    [
      "name": .string(self.name), "address": .string(self.address), "target": JSON(self.target.map { "\($0)" }),
      "state": .string(self.state.rawValue), "registeredUntil": JSON(time: self.registeredUntil), "calls": JSON(self.calls),
      "channels": JSON(self.channels), "lastError": .string(self.lastError),
    ]
  }
}

extension Plan.TrunkEntry {
  /// As `trunk status` shows it while no exchange runs.
  fileprivate var stopped: JSON {
    [
      "name": .string(self.name), "address": .string(self.address), "target": .null, "state": "stopped",
      "registeredUntil": .null, "calls": 0, "channels": JSON(self.channels), "lastError": "",
    ]
  }
}
