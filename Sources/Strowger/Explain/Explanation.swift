import Kernel

/// What a number would do, found out by dialling it on a copy of the call kernel (PLAN-4).
struct Explanation {
  /// One line: what was looked at, what came of it, and where in the plan that stands.
  struct Step: Equatable {
    var title: String
    var detail = ""
    var place = ""
    var code: String?
    var module: String?
    var action: String?
    var argument: String?
    var outcome: String?
    var changes: [Change] = []
  }

  /// A setting that would be another afterwards.
  struct Change: Equatable {
    var module: String
    var station: String
    var before: String
    var after: String
  }

  let dialled: Digits
  let from: StationNumber
  private(set) var steps: [Step] = []
  /// In a few words: `480 forward all to 2002 set`, `rings 2002`.
  private(set) var result = ""

  let planName: String
  /// Where stations are registered, in words.
  private let addresses: [StationNumber: String]
  private let before: Kernel
  private var kernel: Kernel

  /// - Parameters:
  ///   - kernel: A copy, with plan, registrations and settings in it.
  ///   - planName: The plan's file, for the places.
  init(
    _ dialled: Digits, from: StationNumber, on kernel: Kernel, planName: String, addresses: [StationNumber: String],
    at now: Instant
  ) {
    self.dialled = dialled
    self.from = from
    self.planName = String(planName.split(separator: "/").last ?? "")
    self.addresses = addresses
    self.before = kernel
    self.kernel = kernel
    self.kernel.isTracing = true
    self.kernel.clearOutbox()
    let leg = self.kernel.reserveLeg()
    let device = kernel.world.station(from)?.devices.first ?? DeviceID(0)
    self.kernel.receive(.dialled(Origination(leg: leg, caller: .station(from, device), dialled: dialled)), at: now)
    self.tell(self.kernel.world.dispatch.match(dialled), asked: true)
    self.tellOutcome(of: leg)
  }

  // MARK: What the number is

  private mutating func tell(_ match: Match, asked: Bool) {
    let plan = self.kernel.world.plan
    switch match {
    case .code(let code): self.tell(code, isBad: false)
    case .badArgument(let code), .surplusArgument(let code): self.tell(code, isBad: true)
    case .station(let number): self.tell(number)
    case .group(let index):
      self.steps.append(Step(title: "group \(plan.groups[index].number)", place: self.place(plan.groups[index].position)))
    case .module(let index):
      let placement = plan.modules[index]
      self.steps.append(
        Step(
          title: "number \(self.dialled)", detail: placement.module, place: self.place(placement.position),
          module: placement.module))
    case .emergency(let index):
      let entry = plan.emergency[index]
      self.steps.append(
        Step(title: "emergency \(entry.digits)", detail: "by trunk group \(entry.trunkGroup)", place: self.place(entry.position)))
    case .trunk(let index, let outgoing):
      let group = plan.trunkGroups[index]
      self.steps.append(
        Step(
          title: "trunk code \(group.code)", detail: "\(outgoing) by \(group.trunks.joined(separator: ", then "))",
          place: self.place(group.position), code: group.code.description, argument: outgoing.description))
      self.tellHours()
    case .route(let index, let outgoing):
      let route = plan.routes[index]
      self.steps.append(
        Step(
          title: "route \(route.code)", detail: "\(outgoing) begins with \(route.prefix): trunk group \(route.trunkGroup)",
          place: self.place(route.position), code: route.code.description, argument: outgoing.description))
      self.tellHours()
    case .incomplete:
      self.steps.append(Step(title: "number \(self.dialled)", detail: "the beginning of valid numbers, nothing itself"))
    case .unknown: self.steps.append(Step(title: "number \(self.dialled)", detail: "not in the number plan"))
    }
  }

  /// When the caller's class may call outside, where it may not always.
  private mutating func tellHours() {
    let world = self.kernel.world
    guard let entry = world.classOfService(of: self.from), entry.hours.isLimited else { return }
    let now = entry.hours.contains(world.localTime) ? "now is such a time" : "now is another time"
    self.steps.append(
      Step(
        title: "class of service", detail: "class \(entry.name) may call outside \(entry.hours): \(now)",
        place: self.place(entry.position)))
  }

  private mutating func tell(_ match: CodeMatch, isBad: Bool) {
    let placement = self.kernel.world.plan.modules[match.placement]
    let code = placement.codes[match.code]
    let descriptor = self.kernel.modules.first { $0.descriptor.name == placement.module }?.descriptor
    let action = descriptor.flatMap { $0.actions.indices.contains(code.action) ? $0.actions[code.action] : nil }
    let name = action?.name ?? ""
    self.steps.append(
      Step(
        title: "code \(code.digits)", detail: name.isEmpty ? placement.module : "\(placement.module), \(name)",
        place: self.place(code.position), code: code.digits.description, module: placement.module, action: name,
        argument: match.argument.description))
    if !self.kernel.world.may(self.from, useModule: placement.module) {
      let name = self.kernel.world.classOfService(of: self.from)?.name ?? "none"
      self.steps.append(Step(title: "class of service", detail: "class \(name) bars \(placement.module)"))
    }
    guard !match.argument.isEmpty || isBad else { return }
    self.steps.append(
      Step(
        title: match.argument.isEmpty ? "no argument" : "argument \(match.argument)",
        detail: isBad ? "this code wants \(action?.argument.words ?? "nothing") behind it" : self.words(match.argument, action),
        argument: match.argument.description))
  }

  /// What an argument that fits is.
  private func words(_ argument: Digits, _ action: Descriptor.Action?) -> String {
    switch action?.argument {
    case .number, .optionalNumber:
      let allowed = self.kernel.world.may(self.from, call: argument)
      let name = self.kernel.world.classOfService(of: self.from)?.name ?? "none"
      return "\(self.kind(of: argument)), \(allowed ? "may" : "may not") be called by class \(name)"
    case .oneOf, .some(.none), nil: return action?.meaning ?? ""
    }
  }

  private func kind(of number: Digits) -> String {
    switch self.kernel.world.dispatch.match(number) {
    case .station: "a station"
    case .group: "a group"
    case .module: "a number of a module"
    case .code, .badArgument, .surplusArgument: "a code"
    case .emergency: "an emergency number"
    case .trunk, .route: "a number outside"
    case .incomplete: "the beginning of a number"
    case .unknown: "no number of the plan"
    }
  }

  private mutating func tell(_ number: StationNumber) {
    let entry = self.kernel.world.entry(of: number)
    self.steps.append(
      Step(
        title: "station \(number)", detail: self.whereabouts(of: number),
        place: entry.map { self.place($0.position) } ?? "", argument: number.description))
  }

  private func whereabouts(of number: StationNumber) -> String {
    guard let address = self.addresses[number] else { return "not registered" }
    return "registered at \(address)" + (self.before.world.station(number)?.isBusy ?? false ? ", in a call" : "")
  }

  private func place(_ position: Plan.Position) -> String { position.line > 0 ? "\(self.planName):\(position.line)" : "" }
}

// MARK: What comes of it

extension Explanation {
  private mutating func tellOutcome(of leg: LegID) {
    var lastPlace = -1
    var pointed = Digits()
    var rung: [String] = []
    for directive in self.kernel.outbox.directives {
      switch directive {
      case .note(_, let module, let note) where module >= 0:
        let name = self.kernel.modules[module].descriptor.name
        if self.kernel.world.plan.modules.firstIndex(where: { $0.module == name }).map({ $0 <= lastPlace }) ?? false {
          if let next = StationNumber(pointed) { self.tell(next) }
          pointed = Digits()
        }
        lastPlace = self.kernel.world.plan.modules.firstIndex { $0.module == name } ?? lastPlace
        if !note.digits.isEmpty { pointed = note.digits }
        // A code's own note is its answer, which follows.
        let step = Step(title: name, detail: "\(note)", module: name, outcome: "\(note)")
        if self.steps.first?.module != name, self.steps.last != step { self.steps.append(step) }
      case .alert(_, let alert):
        let called = alert.party.number.description
        if let station = alert.station,
          self.steps.last(where: { $0.title.hasPrefix("station ") })?.argument != station.description
        {
          self.tell(station)
        }
        guard !rung.contains(called) else { continue }
        rung.append(called)
        self.tell(alert)
      case .finish(leg, let status, let note):
        self.result = note.description.isEmpty ? "\(status)" : "\(status) \(note)"
        let detail = note.description.isEmpty ? "\(status)" : "\(status), \"\(note)\""
        self.steps.append(Step(title: "answer", detail: detail, outcome: self.result))
      case .answer(leg):
        self.result = "200"
        self.steps.append(Step(title: "answer", detail: "200", outcome: "200"))
      case .fault(let module, let why):
        let name = self.kernel.modules.indices.contains(module) ? self.kernel.modules[module].descriptor.name : "kernel"
        self.steps.append(Step(title: "fault", detail: "\(name): \(why)", module: name, outcome: "fault"))
      default: break
      }
    }
    if !rung.isEmpty { self.result = "rings " + rung.joined(separator: ", ") }
    self.tellChanges()
  }

  private mutating func tell(_ alert: Alert) {
    let devices = self.kernel.outbox.directives.count { directive in
      if case .alert(_, let other) = directive { other.party.number == alert.party.number } else { false }
    }
    let seen = alert.diversions.map { "Diversion \($0.from), \($0.reason.text)" }
    let trunk = alert.party.trunk.map { self.kernel.world.trunks[$0].name }
    let title = trunk.map { "call \(alert.party.number) by trunk \($0)" } ?? "ring \(alert.party.number)"
    let detail =
      [trunk == nil ? "registered, idle: ring" + (devices > 1 ? " \(devices) devices" : "") : "in service, a channel is free"]
      + (seen.isEmpty ? [] : ["sees " + seen.joined(separator: "; ")])
    self.steps.append(
      Step(
        title: title, detail: detail.joined(separator: "; "), argument: alert.party.number.description,
        outcome: "rings"))
  }

  private mutating func tellChanges() {
    var changes: [Change] = []
    for case .machine(let module, let key, _) in self.kernel.outbox.facts {
      guard let index = self.kernel.modules.firstIndex(where: { $0.descriptor.name == module }) else { continue }
      func words(_ kernel: Kernel) -> String {
        kernel.summary(of: index, key).map { "\($0)" } ?? kernel.state(of: module, key) ?? ""
      }
      let change = Change(
        module: module, station: key.digits.description, before: words(self.before), after: words(self.kernel))
      if change.before != change.after, !changes.contains(change) { changes.append(change) }
    }
    // What a code does belongs to the code's step, for programs; people read it below.
    if self.steps.first?.module != nil {
      self.steps[0].outcome = self.result
      self.steps[0].changes = changes
    }
    for change in changes {
      let of = change.station.isEmpty ? "" : " of \(change.station)"
      self.steps.append(
        Step(title: "then", detail: "\(change.module)\(of): \(change.before) → \(change.after)", module: change.module))
    }
    if changes.isEmpty, self.steps.first?.code != nil, self.steps.first?.module != nil {
      self.steps.append(Step(title: "then", detail: "nothing has changed"))
    }
  }
}
