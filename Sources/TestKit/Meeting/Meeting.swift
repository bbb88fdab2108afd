public import Kernel

/// How features meet: what each does to a station (it has do not disturb on, it is in a conference) is tried with what each other
/// does to it (a group rings it, a recall comes back to it), and what happened is written down. Whatever stands in the text has
/// been seen to happen.
public struct Meeting {
  /// What one of the pairs came to.
  public struct Encounter: Sendable {
    /// The module that stands at 2002, and the one that acts on it.
    public let standing: String
    public let acting: String
    /// What was set up and done, in words.
    public let situation: String
    /// What happened, and what happens without the first module.
    public let outcome: [String]
    public let alone: [String]
    /// What the modules said, in order.
    public let acts: [(module: String, note: String)]

    /// The first module makes no difference to what the second does.
    public var isIndifferent: Bool { self.outcome == self.alone }
  }

  public let modules: [Module]
  /// In plan order of the standing module, then of the acting one.
  public private(set) var encounters: [Encounter] = []
  /// Modules of the plan that nobody has written a part for.
  public let unknown: [String]

  /// Lets each meet each.
  /// - Parameter modules: in the order of the plan.
  public init(of modules: [Module]) {
    self.modules = modules
    let names = modules.map(\.descriptor.name)
    self.unknown = names.filter { name in !Part.all.contains { $0.module == name } }
    let parts = names.compactMap { name in Part.all.first { $0.module == name } }
    for first in parts {
      for second in parts where first.module != second.module {
        guard let standing = first.standing, second.act != nil || second.standing != nil else { continue }
        // Two that only stand there meet once.
        if second.act == nil, let a = names.firstIndex(of: first.module), let b = names.firstIndex(of: second.module), a > b {
          continue
        }
        if let encounter = self.encounter(first.module, standing, second) { self.encounters.append(encounter) }
      }
    }
  }

  /// Nil when 2002 cannot be in both situations at once.
  private func encounter(_ name: String, _ standing: Part.Standing, _ second: Part) -> Encounter? {
    let act = second.act ?? Part.call(after: second.standing)
    let found =
      self.play(act, standing, standsFirst: standing.isFirst) ?? self.play(act, standing, standsFirst: !standing.isFirst)
    guard let (outcome, acts) = found, let (alone, _) = self.play(act, nil, standsFirst: true) else { return nil }
    return Encounter(
      standing: name, acting: second.module, situation: standing.words + "; " + act.words, outcome: outcome, alone: alone,
      acts: acts)
  }

  private func play(
    _ act: Part.Act, _ standing: Part.Standing?, standsFirst: Bool
  ) -> (outcome: [String], acts: [(module: String, note: String)])? {
    let scene = Scenario(plan: Self.plan(self.modules), modules: self.modules)
    scene.exchange.authorizations = Explorer.authorizations
    for station: StationNumber in ["2001", "2002", "2003", "2004", "2005"] { scene.register(station) }
    if standsFirst { standing?.setUp(scene) }
    act.before(scene)
    if !standsFirst { standing?.setUp(scene) }
    guard scene.failures.isEmpty else { return nil }
    let before = Outcome.facts(scene.exchange)
    let said = scene.exchange.ladder?.entries.count ?? 0
    var finals: [String] = []
    act.then(scene) { finals += Outcome.answers(scene.exchange) }
    finals += Outcome.answers(scene.exchange)
    let after = Outcome.facts(scene.exchange)
    let news = after.filter { !before.contains($0) }
    let isOver = news.isEmpty && finals.isEmpty && before.contains { $0.hasPrefix("2001 ") && !after.contains($0) }
    return (Outcome.unique(finals) + news + (isOver ? ["the call ends"] : []), self.acts(of: scene, from: said))
  }

  private func acts(of scene: Scenario, from start: Int) -> [(module: String, note: String)] {
    (scene.exchange.ladder?.entries.dropFirst(start) ?? []).compactMap { entry in
      guard case .remark(let text) = entry.what, text.firstRange(of: " -> ") == nil,
        let module = self.modules.first(where: { text.hasPrefix($0.descriptor.name + ": ") })
      else { return nil }
      return (module.descriptor.name, String(text.dropFirst(module.descriptor.name.count + 2)))
    }
  }

  private static func plan(_ modules: [Module]) -> Plan {
    var plan = Plan.office(modules)
    plan.stations = []
    plan.addStations(from: "2001", to: "2099", className: "national")
    plan.classes = [Plan.ClassEntry(name: "national", trunkCodes: ["9"]), Plan.ClassEntry(name: "all", trunkCodes: ["9"])]
    plan.trunks = [Plan.TrunkEntry(name: "carrier", address: "sip:192.0.2.10")]
    plan.trunkGroups = [Plan.TrunkGroupEntry(code: "9", trunks: ["carrier"])]
    plan.groups = [Plan.GroupEntry(number: "500", ring: .sequential, members: ["2002", "2003"])]
    return plan
  }
}
