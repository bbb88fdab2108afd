import ArgumentParser
import Features
import Kernel

/// `strowger module …`: the feature modules that exist.
struct ModuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "module", abstract: "Feature modules: which there are, and what they take in the plan.",
    discussion: """
        strowger module list
        strowger module describe CallForward
        strowger module list --plan office.xml     with those of its libraries
        strowger module new Lunch                  a package to write one's own
      """,
    subcommands: [List.self, Describe.self, New.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the modules.")

    @OptionGroup var plan: PlanLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      try self.plan.lookForLibraries()
      self.presentation.show(
        InstalledModules.all.map { module in
          [
            "name": .string(module.descriptor.name), "version": .string(module.descriptor.version),
            "summary": .string(module.descriptor.summary),
            "origin": .string(InstalledModules.origin(of: module.descriptor.name) ?? "built in"),
          ]
        }, [("name", "module"), ("version", "version"), ("origin", "origin"), ("summary", "does")], nothing: "no modules")
    }
  }

  struct Describe: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say what a module's actions, options and states are.")

    @Argument(help: "The module's name.") var name: String
    @OptionGroup var plan: PlanLocation
    @OptionGroup var presentation: Presentation

    func run() throws {
      try self.plan.lookForLibraries()
      let module = try InstalledModules.named(self.name)
      if self.presentation.json { return Terminal.say(Self.json(module).document) }
      let descriptor = module.descriptor
      let origin = InstalledModules.origin(of: descriptor.name).map { "   from \($0)" } ?? ""
      Terminal.say("\(descriptor.name) \(descriptor.version)   \(descriptor.summary)\(origin)")
      Self.section(
        "actions of its codes", descriptor.actions.map { [$0.name.isEmpty ? "-" : $0.name, $0.argument.words, $0.meaning] })
      Self.section("options", descriptor.options.map { [$0.name, $0.kind.words, $0.meaning] })
      Self.section("what its machine does", Self.transitions(module))
    }

    private static func section(_ title: String, _ rows: [[String]]) {
      guard !rows.isEmpty else { return }
      var table = Table()
      for row in rows { table.add(row) }
      Terminal.say("\n\(title)\n" + table.text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
    }

    /// Only what leads somewhere: from, event, to.
    private static func transitions(_ module: Module) -> [[String]] {
      module.transitions().compactMap { row in
        guard case .goes(let to) = row.result, to != row.from else { return nil }
        return [row.from, "── \(row.event) ──▶", to]
      }
    }

    private static func json(_ module: Module) -> JSON {
      let descriptor = module.descriptor
      return [
        "name": .string(descriptor.name), "version": .string(descriptor.version), "summary": .string(descriptor.summary),
        "origin": .string(InstalledModules.origin(of: descriptor.name) ?? "built in"),
        "actions": .array(
          descriptor.actions.map {
            ["name": .string($0.name), "argument": .string($0.argument.words), "meaning": .string($0.meaning)]
          }),
        "options": .array(
          descriptor.options.map { ["name": .string($0.name), "kind": .string($0.kind.words), "meaning": .string($0.meaning)] }),
        "transitions": .array(
          module.transitions().map { ["from": .string($0.from), "event": .string($0.event), "result": .string("\($0.result)")] }),
      ]
    }
  }
}

extension ArgumentGrammar {
  /// What is dialled behind the code.
  var words: String {
    switch self {
    case .none: "nothing"
    case .oneOf(let choices): choices.map(\.description).joined(separator: " or ")
    case .number(let lengths): "a number of \(lengths.lowerBound) to \(lengths.upperBound) digits"
    case .optionalNumber(let lengths): "nothing, or a number of \(lengths.lowerBound) to \(lengths.upperBound) digits"
    }
  }
}

extension OptionKind {
  /// What may be written, and what holds if nothing is.
  fileprivate var words: String {
    switch self {
    case .time(let value, let range): "seconds \(range.lowerBound) to \(range.upperBound), else \(value)"
    case .integer(let value, let range): "\(range.lowerBound) to \(range.upperBound), else \(value)"
    case .boolean(let value): "true or false, else \(value)"
    case .number: "a number of its own, else none"
    case .choice(let index, let words):
      "\(words.joined(separator: " or ")), else \(words.indices.contains(index) ? words[index] : "")"
    }
  }
}
