public import Kernel

extension Plan {
  /// An office for tests: stations 2001 to 2099, and every module of `modules` in that order with its default options and
  /// the codes and numbers of the shipped plan, where that has some.
  public static func office(_ modules: [Module]) -> Plan {
    var plan = Plan(name: "office")
    plan.addStations(from: "2001", to: "2099")
    for module in modules {
      plan.add(module, codes: self.shippedCodes.filter { $0.module == module.descriptor.name }.map { ($0.digits, $0.action) })
    }
    for module in modules where module.descriptor.name == "VoiceMail" { plan.set("number", .number("2999"), of: module) }
    return plan
  }

  /// Numbers that are not valid add nothing.
  public mutating func addStations(from: Digits, to: Digits, className: String? = nil) {
    guard let from = StationNumber(from), let to = StationNumber(to) else { return }
    self.stations.append(StationEntry(from: from, to: to, className: className))
  }

  /// Places `module` behind those that are there, with `codes` named by action and `options` by name.
  public mutating func add(
    _ module: Module, codes: [(digits: Digits, action: String)] = [], options: [(name: String, value: OptionValue)] = []
  ) {
    let descriptor = module.descriptor
    var placement = Placement(module: descriptor.name, options: OptionValues(defaultsOf: descriptor))
    for (digits, action) in codes {
      guard let index = descriptor.actions.firstIndex(where: { $0.name == action }) else { continue }
      placement.codes.append(Code(digits: digits, action: index))
    }
    for (name, value) in options {
      guard let index = descriptor.options.firstIndex(where: { $0.name == name }) else { continue }
      placement.options[index] = value
    }
    self.modules.append(placement)
  }

  /// Sets options of a module that is there already.
  public mutating func set(_ option: String, _ value: OptionValue, of module: Module) {
    guard let place = self.modules.firstIndex(where: { $0.module == module.descriptor.name }),
      let index = module.descriptor.options.firstIndex(where: { $0.name == option })
    else { return }
    self.modules[place].options[index] = value
  }

  static let shippedCodes: [(module: String, digits: Digits, action: String)] = [
    ("DoNotDisturb", "40", ""),
    ("CallForward", "600", "clear"), ("CallForward", "601", "all"), ("CallForward", "602", "busy"),
    ("CallForward", "603", "noAnswer"), ("CallForward", "604", "busyOrNoAnswer"),
    ("CallPark", "11", "park"), ("CallPark", "12", "retrieve"),
    ("CallPickup", "65", "directed"), ("CallPickup", "66", "group"),
    ("Conference", "46", ""),
    ("AuthorizationCode", "*85", ""),
    ("VoiceMail", "*98", "retrieve"),
  ]
}

extension StationNumber: ExpressibleByStringLiteral {
  /// For literals in tests; what is no station number becomes `0`, which nobody has.
  public init(stringLiteral text: String) {
    self = StationNumber(text) ?? StationNumber.nobody
  }

  private static let nobody: StationNumber = {
    var digits = Digits()
    digits.append(symbol: 0)
    return StationNumber(digits)!  // one decimal digit is a station number
  }()
}
