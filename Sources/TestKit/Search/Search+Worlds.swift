public import Kernel

extension Search {
  /// For each pair of modules a world of three stations in which both act, made from what the modules say of themselves; for each
  /// module with groups, transfers or trunks those are there too.
  public static func pairs(of modules: [Module]) -> [World] {
    var worlds: [World] = []
    for (index, first) in modules.enumerated() {
      for second in modules[(index + 1)...] { worlds.append(self.world(of: [first, second], stations: 3)) }
    }
    return worlds
  }

  /// All of `modules` in one world.
  public static func world(of modules: [Module], stations count: Int) -> World {
    let stations = (0..<count).compactMap { StationNumber("\(2001 + $0)") }
    var plan = Plan.office(modules)
    let points = modules.reduce(DetectionPoints()) { $0.union($1.descriptor.points) }
    var numbers = stations.map(\.digits)
    if points.contains(.groupCalled) {
      plan.groups = [Plan.GroupEntry(number: "500", ring: .unconditional, members: Array(stations.dropFirst()))]
      numbers.append("500")
    }
    for placement in plan.modules {
      guard let module = modules.first(where: { $0.descriptor.name == placement.module }) else { continue }
      numbers += placement.options.numbers
      for code in placement.codes where module.descriptor.actions.indices.contains(code.action) {
        numbers += self.dialled(code, module.descriptor.actions[code.action].argument, stations)
      }
    }
    var world = World(
      name: modules.map(\.descriptor.name).joined(separator: " + "), modules: modules, plan: plan, stations: stations,
      numbers: numbers)
    world.transfers = points.contains(.replaceRequested) || modules.contains { $0.descriptor.name == "Transfer" }
    return world
  }

  /// A code with each argument that means something in a world of these stations.
  private static func dialled(_ code: Plan.Code, _ argument: ArgumentGrammar, _ stations: [StationNumber]) -> [Digits] {
    let first = stations.prefix(2).map(\.digits)
    let arguments: [Digits] =
      switch argument {
      case .none: [Digits()]
      case .oneOf(let choices): choices
      case .number(let lengths): lengths.contains(4) ? first : lengths.contains(1) ? ["1"] : []
      case .optionalNumber(let lengths): [Digits()] + (lengths.contains(4) ? first.prefix(1) : [])
      }
    return arguments.compactMap { code.digits.appending($0) }
  }
}
