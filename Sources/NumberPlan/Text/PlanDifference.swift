public import Kernel

/// What changed between two plans: `plan diff`.
public enum PlanDifference {
  /// One thing that is there, gone, or otherwise than it was.
  public struct Change: Sendable, Equatable {
    public enum Kind: String, Sendable { case added, removed, changed }

    public var kind: Kind
    /// What it is about: `code 601`, `module CallForward, noAnswerTime`.
    public var what: String
    /// How it was; empty if it was not there.
    public var before: String
    /// How it is; empty if it is gone.
    public var after: String

    /// `+ code 601: CallForward, all`, `- …`, `~ what: before -> after`.
    public var text: String {
      switch self.kind {
      case .added: "+ \(self.what): \(self.after)"
      case .removed: "- \(self.what): \(self.before)"
      case .changed: "~ \(self.what): \(self.before) -> \(self.after)"
      }
    }

    /// An object with `kind what before after`.
    public var json: String {
      JSON.object([
        ("kind", JSON.string(self.kind.rawValue)), ("what", JSON.string(self.what)), ("before", JSON.string(self.before)),
        ("after", JSON.string(self.after)),
      ])
    }
  }

  /// Changes in the order of the new plan, then what is gone in the order of the old. Where an entry stands in its file, and
  /// in which order entries that are not modules stand, does not count.
  public static func between(_ old: Plan, _ new: Plan, modules: [Descriptor]) -> [Change] {
    let before = self.facts(old, modules)
    let after = self.facts(new, modules)
    let known = Dictionary(before.map { ($0.what, $0.how) }) { first, _ in first }
    var changes: [Change] = []
    for fact in after {
      guard let former = known[fact.what] else {
        changes.append(Change(kind: .added, what: fact.what, before: "", after: fact.how))
        continue
      }
      if former != fact.how { changes.append(Change(kind: .changed, what: fact.what, before: former, after: fact.how)) }
    }
    let kept = Set(after.map(\.what))
    for fact in before where !kept.contains(fact.what) {
      changes.append(Change(kind: .removed, what: fact.what, before: fact.how, after: ""))
    }
    return changes
  }

  /// An array of changes; empty when there are none.
  public static func json(_ changes: [Change]) -> String { JSON.array(changes.map(\.json)) }

  private typealias Fact = (what: String, how: String)

  private static func facts(_ plan: Plan, _ modules: [Descriptor]) -> [Fact] {
    let words = PlanWords(plan, modules: modules)
    var facts: [Fact] = [("name", plan.name), ("order of modules", plan.modules.map(\.module).joined(separator: ", "))]
    for placement in plan.modules {
      facts.append(("module \(placement.module)", placement.library.map { "from \($0)" } ?? "built in"))
      for option in words.options(placement) { facts.append(("module \(placement.module), \(option.name)", option.value)) }
      for code in placement.codes {
        let name = words.action(placement, code)?.name ?? ""
        let answer = code.outcome == .ok ? ", answered with a tone" : ""
        facts.append(("code \(code.digits)", placement.module + (name.isEmpty ? "" : ", " + name) + answer))
      }
    }
    for station in plan.stations {
      let noun = station.from == station.to ? "station" : "stations"
      facts.append(
        ("\(noun) \(PlanWords.numbers(station))", "class \(station.className ?? "none"), pickup group \(station.pickupGroup)"))
    }
    for group in plan.groups {
      let overflow = group.overflow.map { ", overflow to \($0) after \(group.overflowTime) s" } ?? ""
      let members = group.members.map { "\($0)" }.joined(separator: " ")
      facts.append(("group \(group.number)", "\(group.ring), members \(members.isEmpty ? "none" : members)\(overflow)"))
    }
    return facts + self.outwardFacts(plan)
  }

  private static func outwardFacts(_ plan: Plan) -> [Fact] {
    var facts: [Fact] = []
    for trunk in plan.trunks {
      let sources = trunk.sources.isEmpty ? "" : ", from \(trunk.sources.joined(separator: " "))"
      let channels = trunk.channels == 0 ? "" : ", \(plural(trunk.channels, "channel"))"
      facts.append(("trunk \(trunk.name)", trunk.address + sources + channels + (trunk.registers ? ", registers" : "")))
      for inward in trunk.inward { facts.append(("trunk \(trunk.name), \(inward.digits)", "to \(inward.number)")) }
    }
    for group in plan.trunkGroups { facts.append(("trunk group \(group.code)", "trunks \(group.trunks.joined(separator: " "))")) }
    for route in plan.routes {
      facts.append(("route \(route.prefix) behind \(route.code)", "trunk group \(route.trunkGroup)"))
    }
    for entry in plan.classes {
      let trunks = entry.trunkCodes.isEmpty ? "none" : entry.trunkCodes.map { "\($0)" }.joined(separator: " ")
      let bars = entry.barredModules.isEmpty ? "" : ", bars \(entry.barredModules.joined(separator: " "))"
      let hours = entry.hours.isLimited ? ", \(entry.hours)" : ""
      let limits = "\(self.limit(entry.trunkCalls)) calls at once, \(self.limit(entry.trunkCallsPerMinute)) a minute"
      facts.append(
        ("class \(entry.name)", "trunk codes \(trunks)\(hours), \(limits)\(bars)\(entry.trunkToTrunk ? ", trunk to trunk" : "")"))
    }
    for entry in plan.emergency { facts.append(("emergency number \(entry.digits)", "trunk group \(entry.trunkGroup)")) }
    return facts
  }

  private static func limit(_ count: Int) -> String { count == 0 ? "any" : "\(count)" }
}
