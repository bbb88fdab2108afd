public import Kernel

/// A plan for people: `plan show`.
public enum PlanText {
  /// The whole plan in sections of aligned columns; empty sections are left out. `modules` are the descriptors of all modules.
  public static func show(_ plan: Plan, modules: [Descriptor]) -> String {
    let words = PlanWords(plan, modules: modules)
    var text = (plan.name.isEmpty ? "plan" : plan.name) + ": "
    text += plural(plan.codeCount, "code") + ", " + plural(plan.numberCount, "number") + "\n"
    self.add("codes", words.codes, to: &text)
    self.add("modules, in the order in which they act", words.modules, to: &text)
    self.add("stations", words.stations, to: &text)
    self.add("groups", words.groups, to: &text)
    self.add("trunks", words.trunks, to: &text)
    self.add("trunk codes", words.waysOut, to: &text)
    self.add("classes of service", words.classes, to: &text)
    self.add("emergency numbers", words.emergency, to: &text)
    return text
  }

  private static func add(_ title: String, _ table: Table?, to text: inout String) {
    guard let table else { return }
    text += "\n" + title + "\n" + table.text()
  }

  /// Backwards: everything that can end at `number`, one line each with the plan's line it stands in.
  public static func reaching(_ number: Digits, in plan: Plan, modules: [Descriptor]) -> String {
    var table = Table()
    for entry in plan.emergency where entry.digits == number {
      table.add(["dialled \(number)", "emergency number, by trunk group \(entry.trunkGroup)", line(entry.position)])
    }
    for placement in plan.modules where placement.options.numbers.contains(number) {
      table.add(["dialled \(number)", placement.module, line(placement.position)])
    }
    if !plan.modules.contains(where: { $0.options.numbers.contains(number) }), let station = plan.station(number) {
      let range = station.from == station.to ? "a station" : "a station of \(station.from) to \(station.to)"
      table.add(["dialled \(number)", range, line(station.position)])
    }
    for group in plan.groups {
      if group.number == number { table.add(["dialled \(number)", "group", line(group.position)]) }
      if group.members.contains(where: { $0.digits == number }) {
        table.add(["group \(group.number)", "member", line(group.position)])
      }
      if group.overflow == number {
        table.add(["group \(group.number)", "overflow after \(group.overflowTime) s", line(group.position)])
      }
    }
    for trunk in plan.trunks {
      for inward in trunk.inward where inward.number == number {
        table.add(["\(inward.digits) from outside", "by trunk \(trunk.name)", line(trunk.position)])
      }
    }
    let words = PlanWords(plan, modules: modules)
    for placement in plan.modules {
      for code in placement.codes {
        guard let action = words.action(placement, code), action.argument.takesNumbers, action.argument.accepts(number),
          let dialled = code.digits.appending(number)
        else { continue }
        let name = action.name.isEmpty ? placement.module : "\(placement.module), \(action.name)"
        table.add(["dialled \(dialled)", name, line(code.position)])
      }
    }
    return table.isEmpty ? "nothing leads to \(number)\n" : table.text()
  }
}

func line(_ position: Plan.Position) -> String { position.line > 0 ? "line \(position.line)" : "" }

extension Plan {
  /// The entry that `number` belongs to; a single station beats a range.
  fileprivate func station(_ number: Digits) -> StationEntry? {
    self.stations.first { $0.from == $0.to && $0.from.digits == number }
      ?? self.stations.first {
        $0.from.digits.count == number.count && number.isNumeric && !(number < $0.from.digits) && !($0.to.digits < number)
      }
  }
}

extension ArgumentGrammar {
  fileprivate var takesNumbers: Bool {
    switch self {
    case .number, .optionalNumber: true
    case .none, .oneOf: false
    }
  }

  /// What is dialled behind the code: `0 or 1`, `number`, `[number]`.
  var text: String {
    switch self {
    case .none: "-"
    case .oneOf(let choices): choices.map { "\($0)" }.joined(separator: " or ")
    case .number(let lengths): "number" + Self.text(lengths)
    case .optionalNumber(let lengths): "[number" + Self.text(lengths) + "]"
    }
  }

  private static func text(_ lengths: ClosedRange<Int>) -> String {
    if lengths.upperBound >= 24 { return lengths.lowerBound <= 1 ? "" : " of \(lengths.lowerBound) digits or more" }
    return lengths.count == 1 ? " of \(lengths.lowerBound) digits" : " of \(lengths.lowerBound) to \(lengths.upperBound) digits"
  }
}
