internal import Kernel

/// The entries of a plan in words, section by section; nil for a section that is empty.
struct PlanWords {
  private let plan: Plan
  private let descriptors: [String: Descriptor]

  init(_ plan: Plan, modules: [Descriptor]) {
    self.plan = plan
    self.descriptors = Dictionary(modules.map { ($0.name, $0) }) { first, _ in first }
  }

  func action(_ placement: Plan.Placement, _ code: Plan.Code) -> Descriptor.Action? {
    guard let actions = self.descriptors[placement.module]?.actions, actions.indices.contains(code.action) else { return nil }
    return actions[code.action]
  }

  /// `noAnswerTime=15 maximumHops=10`.
  func options(_ placement: Plan.Placement) -> [(name: String, value: String)] {
    guard let descriptor = self.descriptors[placement.module] else { return [] }
    return descriptor.options.enumerated().compactMap { index, option in
      placement.options[index].flatMap { $0 == .number(nil) ? nil : (option.name, option.kind.text($0)) }
    }
  }

  var codes: Table? {
    var table = Table(["code", "module", "action", "argument", "answer", ""])
    for placement in self.plan.modules {
      for code in placement.codes {
        let action = self.action(placement, code)
        let name = action.map { $0.name.isEmpty ? "-" : $0.name } ?? "-"
        table.add([
          "\(code.digits)", placement.module, name, action?.argument.text ?? "-", "\(code.outcome)", line(code.position),
        ])
      }
    }
    return self.plan.codeCount == 0 ? nil : table
  }

  var modules: Table? {
    var table = Table()
    for (index, placement) in self.plan.modules.enumerated() {
      let options = self.options(placement).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      let library = placement.library.map { "from \($0) " } ?? ""
      table.add(["\(index + 1)", placement.module, library + options])
    }
    return table.isEmpty ? nil : table
  }

  var stations: Table? {
    var table = Table(["numbers", "class", "pickup group", ""])
    for station in self.plan.stations {
      table.add([Self.numbers(station), station.className ?? "-", "\(station.pickupGroup)", line(station.position)])
    }
    return self.plan.stations.isEmpty ? nil : table
  }

  static func numbers(_ station: Plan.StationEntry) -> String {
    station.from == station.to ? "\(station.from)" : "\(station.from)-\(station.to)"
  }

  var groups: Table? {
    var table = Table(["group", "ring", "members", "overflow", ""])
    for group in self.plan.groups {
      let members = group.members.map { "\($0)" }.joined(separator: " ")
      let overflow = group.overflow.map { "\($0) after \(group.overflowTime) s" } ?? "-"
      table.add(["\(group.number)", "\(group.ring)", members.isEmpty ? "-" : members, overflow, line(group.position)])
    }
    return self.plan.groups.isEmpty ? nil : table
  }

  var trunks: Table? {
    var table = Table(["trunk", "address", "sources", "channels", "registers", "inward", ""])
    for trunk in self.plan.trunks {
      let inward = trunk.inward.map { "\($0.digits)=\($0.number)" }.joined(separator: " ")
      table.add([
        trunk.name, trunk.address, trunk.sources.isEmpty ? "-" : trunk.sources.joined(separator: " "),
        trunk.channels == 0 ? "-" : "\(trunk.channels)", trunk.registers ? "yes" : "no", inward.isEmpty ? "-" : inward,
        line(trunk.position),
      ])
    }
    return self.plan.trunks.isEmpty ? nil : table
  }

  var waysOut: Table? {
    var table = Table()
    for group in self.plan.trunkGroups {
      table.add(["\(group.code)", "trunks " + group.trunks.joined(separator: ", then "), line(group.position)])
    }
    for route in self.plan.routes {
      let numbers = route.prefix.isEmpty ? "other numbers" : "numbers that begin with \(route.prefix)"
      table.add(["\(route.code)", "\(numbers) by trunk group \(route.trunkGroup)", line(route.position)])
    }
    return table.isEmpty ? nil : table
  }

  var classes: Table? {
    var table = Table(["class", "trunk codes", "hours", "at once", "a minute", "barred modules", "trunk to trunk", ""])
    for entry in self.plan.classes {
      table.add([
        entry.name, entry.trunkCodes.isEmpty ? "none" : entry.trunkCodes.map { "\($0)" }.joined(separator: " "),
        "\(entry.hours)", entry.trunkCalls == 0 ? "-" : "\(entry.trunkCalls)",
        entry.trunkCallsPerMinute == 0 ? "-" : "\(entry.trunkCallsPerMinute)",
        entry.barredModules.isEmpty ? "-" : entry.barredModules.joined(separator: " "), entry.trunkToTrunk ? "yes" : "no",
        line(entry.position),
      ])
    }
    return self.plan.classes.isEmpty ? nil : table
  }

  var emergency: Table? {
    var table = Table()
    for entry in self.plan.emergency {
      table.add(["\(entry.digits)", "by trunk group \(entry.trunkGroup)", line(entry.position)])
    }
    return table.isEmpty ? nil : table
  }
}
