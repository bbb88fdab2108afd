public import Kernel

/// What every feature module has to stand, whoever wrote it: its table can be walked, its codes fit, and many stations that do random
/// things with it and all other features are never left hanging, also when the exchange starts anew in between (MOD-1, MOD-2).
///
///     #expect(Conformance.complaints(of: Module(Lunch.self), codes: [("*7", "")], among: BuiltIn.modules) == [])
public enum Conformance {
  /// - `codes`: What the plan lets dial for it, by action.
  /// - `others`: The modules it will work with, in the plan's order; it acts behind them.
  /// - `seeds`: Each gives another walk; a complaint names its seed.
  /// - `steps`: How long each walk is.
  /// - `patience`: How long one of its timers may run when all have hung up.
  /// - Returns: What is wrong, for people; empty when nothing is.
  public static func complaints(
    of module: Module, codes: [(digits: Digits, action: String)], among others: [Module], seeds: ClosedRange<UInt64> = 1...3,
    steps: Int = 5_000, patience: Interval = .seconds(100_000)
  ) -> [String] {
    var complaints = self.complaints(ofTableOf: module) + self.complaints(ofCodes: codes, of: module)
    let modules = others + [module]
    var plan = Plan.town(others)
    plan.add(module, codes: codes)
    for seed in seeds {
      let report = Explorer.run(seed: seed, steps: steps, modules: modules, plan: plan, patience: patience)
      if !report.violations.isEmpty { complaints.append("a random walk went wrong:\n\(report)") }
      if seed == seeds.lowerBound,
        report.trace != Explorer.run(seed: seed, steps: steps, modules: modules, plan: plan, patience: patience).trace
      {
        complaints.append("seed \(seed) gives two different walks: something in it is not decided by state and event alone")
      }
    }
    return complaints
  }

  /// Every state is in the table, and a way leads to it.
  private static func complaints(ofTableOf module: Module) -> [String] {
    let rows = module.transitions()
    guard !rows.isEmpty else { return ["its samples are empty: there is no table to walk or draw"] }
    let first = "\(module.stateName(module.initial))"
    var reached = [first]
    var place = 0
    while place < reached.count {
      for row in rows where row.from == reached[place] {
        if case .goes(let next) = row.result, !reached.contains(next) { reached.append(next) }
      }
      place += 1
    }
    var complaints: [String] = []
    for row in rows where !reached.contains(row.from) && row.from != first {
      let complaint = "no way leads from \(first) to \(row.from)"
      if !complaints.contains(complaint) { complaints.append(complaint) }
    }
    return complaints
  }

  private static func complaints(ofCodes codes: [(digits: Digits, action: String)], of module: Module) -> [String] {
    let actions = module.descriptor.actions.map(\.name)
    return codes.filter { !actions.contains($0.action) }.map {
      "code \($0.digits) names the action \($0.action), which it does not have"
    }
      + actions.filter { action in !codes.contains { $0.action == action } }.map { "no code is given for its action \($0)" }
  }
}
