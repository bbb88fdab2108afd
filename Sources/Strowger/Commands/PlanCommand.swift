import ArgumentParser
import Features
import Foundation
import Kernel
import NumberPlan
import SIP
import Sessions
import Transport

/// `strowger plan …`: the number plan.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "The number plan: check it, ask it, compare it.",
    discussion: """
        strowger plan check NumberPlan.xml
        strowger plan explain 6012002 --from 2001
        strowger plan diff NumberPlan.xml new.xml && cp new.xml NumberPlan.xml && strowger reload
      """,
    subcommands: [Check.self, Explain.self, Show.self, Diff.self, PlanDiagram.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a plan and print every finding with its line and how to mend it.",
      discussion: "Exit status 1 when it has errors; warnings alone are fine.")

    @Argument(help: ArgumentHelp("The plan.", valueName: "file")) var file = "NumberPlan.xml"
    @OptionGroup var directory: ModuleDirectory
    @OptionGroup var presentation: Presentation

    func run() throws {
      let result = InstalledModules.loadPlan(self.file)
      Terminal.say(self.presentation.json ? result.json : result.text)
      if result.plan == nil { throw ExitCode.failure }
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what dialling a number would do, step by step, without doing it.",
      discussion: """
        Asks the running exchange; with --plan, or when none runs, what the database says under that plan.
          strowger plan explain 6012002 --from 2001        (what the code would set)
          strowger plan explain 2001 --from 2003           (whom a call would reach)
          strowger plan explain 401 --plan draft.xml       (in a plan that is not in force)
        """)

    @Argument(help: "What is dialled.") var digits: String
    @Option(help: ArgumentHelp("The station that dials (else the plan's first).", valueName: "station")) var from: String?
    @OptionGroup var plan: PlanLocation
    @OptionGroup var location: DatabaseLocation
    @OptionGroup var presentation: Presentation

    func validate() throws {
      guard Digits(self.digits).map({ !$0.isEmpty }) ?? false else {
        throw ValidationError("\(self.digits) cannot be dialled: up to \(Digits.longest) of 0-9 * # + A B C")
      }
      if let from, StationNumber(from) == nil { throw ValidationError("\(from) is no station's number") }
    }

    func run() throws {
      let live = self.plan.given == nil ? try self.location.ask(.explain(self.digits, from: self.from ?? "")) : nil
      let answer = try live ?? self.atRest()
      Terminal.say(self.presentation.json ? answer.document : Explanation.text(answer))
    }

    private func atRest() throws -> JSON {
      let plan = try self.plan.load()
      let exchange = try self.location.exists ? self.location.resting(plan: plan) : Exchange.empty(plan)
      return try Explanation.answer(
        self.digits, from: self.from ?? "", on: exchange.kernelSnapshot(), registrations: exchange.registrations(),
        planFile: self.plan.path, at: WallClock().now)
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the plan for people, or everything that leads to a number.",
      discussion: """
          strowger plan show
          strowger plan show --reaching 2001
        """)

    @Argument(help: ArgumentHelp("The plan.", valueName: "file")) var file: String?
    @Option(help: "Only what can end at this number.") var reaching: String?
    @OptionGroup var plan: PlanLocation

    func run() throws {
      let plan = try PlanLocation.load(self.file ?? self.plan.path)
      let modules = InstalledModules.all.map(\.descriptor)
      guard let reaching else { return print(PlanText.show(plan, modules: modules), terminator: "") }
      guard let number = Digits(reaching) else { throw ValidationError("\(reaching) is no number") }
      print(PlanText.reaching(number, in: plan, modules: modules), terminator: "")
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what changes from one plan to another, whatever the files look like.")

    @Argument(help: ArgumentHelp("The plan as it was.", valueName: "old")) var old: String
    @Argument(help: ArgumentHelp("The plan as it will be.", valueName: "new")) var new: String
    @OptionGroup var directory: ModuleDirectory
    @OptionGroup var presentation: Presentation

    func run() throws {
      let changes = PlanDifference.between(
        try PlanLocation.load(self.old), try PlanLocation.load(self.new), modules: InstalledModules.all.map(\.descriptor))
      if self.presentation.json { return Terminal.say(PlanDifference.json(changes)) }
      Terminal.say(changes.isEmpty ? "no difference" : changes.map(\.text).joined(separator: "\n"))
    }
  }
}

extension Exchange {
  /// An exchange without a database: nobody is registered, nothing is set.
  static func empty(_ plan: Plan) -> Exchange {
    var exchange = Exchange(
      options: ExchangeOptions(), listeners: [], modules: InstalledModules.all, digests: .crypto, seed: (1, 2, 3, 4), secret: [],
      at: WallClock().now)
    exchange.install(localOffset: LocalTime.offset(from: WallClock().now))
    exchange.install(plan)
    return exchange
  }
}

extension Explanation {
  /// Checks what is asked and answers it as JSON.
  /// - Parameter from: A station's number; empty for the plan's first.
  static func answer(
    _ digits: String, from: String, on kernel: Kernel, registrations: [Binding], planFile: String, at now: Instant
  ) throws -> JSON {
    guard let dialled = Digits(digits) else { throw Failure("\(digits) cannot be dialled") }
    guard let station = from.isEmpty ? kernel.world.plan.stations.first?.from : StationNumber(from) else {
      throw Failure("the plan has no station to dial from")
    }
    guard kernel.world.isStation(station.digits) else {
      throw Failure("\(station) is no station of the plan; `strowger plan show` lists them")
    }
    var addresses: [StationNumber: String] = [:]
    for binding in registrations {
      let address = binding.flow.remote.description
      addresses[binding.station] = addresses[binding.station].map { $0 + " and " + address } ?? address
    }
    return Explanation(dialled, from: station, on: kernel, planName: planFile, addresses: addresses, at: now).json
  }
}
