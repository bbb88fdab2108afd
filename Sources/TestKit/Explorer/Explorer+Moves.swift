import Kernel

/// The random things that happen.
extension Explorer {
  mutating func move() {
    switch self.random.below(100) {
    case 0..<22: self.dial()
    case 22..<85: self.touchALine()
    case 85..<88: self.register(self.random.below(self.stations.count), telephones: self.random.below(4))
    case 88..<91: self.comeLate()
    case 91: self.exchange.failsNextCommit = true
    case 92: self.administer()
    case 93: self.breakMedia()
    case 94: self.random.once(in: 3) ? self.changeTrunk() : self.callIn()
    case 95: self.takePlace()
    default: self.passTime()
    }
  }

  private mutating func dial() {
    guard self.exchange.telephones.lines.count < 4 * self.stations.count else { return }
    if self.random.once(in: 4), let line = self.random.pick(self.exchange.telephones.lines.filter(\.isHolding)),
      case .station(let station, let device) = line.party, self.exchange.telephones.devices(of: station).contains(device)
    {
      return self.dial(self.random.once(in: 2) ? self.code() : self.number(), line.party)
    }
    guard let station = self.random.pick(self.stations) else { return }
    let devices = self.exchange.telephones.devices(of: station)
    guard let device = self.random.pick(devices) else { return }
    self.dial(self.number(), .station(station, device))
  }

  private mutating func dial(_ number: Digits, _ party: Party) {
    // Codes are dialled with numbers that matter: of those who did something with a code just now.
    if number.count < 3 { self.recent[self.random.below(self.recent.count)] = party.number }
    self.exchange.dial(number, from: party)
  }

  /// Mostly stations, many codes with right and wrong arguments, some nonsense.
  mutating func number() -> Digits {
    let kind = self.random.below(100)
    if kind < 4, let number = self.wayOut() { return number }
    if kind < 76 { return self.random.pick(self.stations)?.digits ?? Digits() }
    if kind < 95 { return self.code() }
    if kind < 97, let group = self.random.pick(self.plan.groups) { return group.number }
    if kind < 99, let number = self.numbersOfModules() { return number }
    return self.nonsense()
  }

  /// A code of the plan, mostly with an argument that makes sense.
  mutating func code() -> Digits {
    let placements = self.plan.modules.filter { !$0.codes.isEmpty }
    guard let placement = self.random.pick(placements), let code = self.random.pick(placement.codes) else {
      return self.nonsense()
    }
    if let option = self.action(of: code, placement)?.secretLength, !self.random.once(in: 6) {
      return code.digits.appending(self.authorized(placement.options.integer(option))) ?? code.digits
    }
    let grammar = self.action(of: code, placement)?.argument ?? .none
    var argument = Digits()
    switch grammar {
    case .oneOf(let choices): argument = self.random.pick(choices) ?? argument
    case .number, .optionalNumber:
      switch self.random.below(8) {
      case 0..<3: argument = self.random.pick(self.stations)?.digits ?? argument
      case 3..<6: argument = self.random.pick(self.recent) ?? argument
      case 6: argument = self.numbersOfModules() ?? self.wayOut() ?? argument
      default: argument.append(symbol: UInt8(1 + self.random.below(2)))
      }
    case .none: break
    }
    if case .optionalNumber = grammar, self.random.once(in: 3) { argument = Digits() }
    if self.random.once(in: 8) { argument = self.random.once(in: 2) ? Digits() : self.nonsense() }
    return code.digits.appending(argument) ?? code.digits
  }

  private func action(of code: Plan.Code, _ placement: Plan.Placement) -> Descriptor.Action? {
    let actions = self.exchange.kernel.modules.first { $0.descriptor.name == placement.module }?.descriptor.actions ?? []
    return actions.indices.contains(code.action) ? actions[code.action] : nil
  }

  private mutating func numbersOfModules() -> Digits? {
    self.random.pick(self.plan.modules.flatMap(\.options.numbers))
  }

  private mutating func nonsense() -> Digits {
    var digits = Digits()
    for _ in 0..<(1 + self.random.below(6)) { digits.append(symbol: UInt8(self.random.below(12))) }
    return digits
  }

  private mutating func touchALine() {
    let lines = self.exchange.telephones.lines
    guard let picked = self.random.pick(lines) else { return self.dial() }
    var line = picked
    // Who waits for an answer mostly goes on waiting: somebody else does something.
    if line.phase == .dialling, !self.random.once(in: 6) {
      let start = self.random.below(lines.count)
      line = (lines[start...] + lines[..<start]).first { $0.phase != .dialling } ?? line
    }
    switch line.phase {
    case .dialling: self.leave(line)
    case .called: self.react(line)
    case .talking:
      if self.random.once(in: 5) {
        self.leave(line)
      } else if line.isHearingTheExchange ? !self.random.once(in: 4) : self.random.once(in: 20) {
        self.press(line)
      } else if self.random.once(in: 5) {
        self.transfer(line)
      } else {
        self.exchange.hold(line)
      }
    }
  }

  private mutating func press(_ line: Line) {
    if self.random.once(in: 3), self.exchange.endSound(of: line.leg) { return }
    let keys: [UInt8] = [5, 6, 7, 9, 11, UInt8(self.random.below(20))]
    let key = self.random.pick(keys) ?? 0
    self.exchange.draw(line.party, .in, "key \(key)")
    self.exchange.receive(.pressed(line.leg, key: key))
  }

  private static let refusals: [UInt16] = [400, 404, 408, 415, 480, 481, 482, 483, 486, 487, 488, 500, 503, 600, 603, 606]

  private mutating func react(_ line: Line) {
    switch self.random.below(100) {
    case 0..<45:
      self.exchange.ring(line)
    case 45..<50: self.exchange.receive(.proceeding(line.leg))
    case 50..<75:
      self.exchange.answer(line)
    case 75..<85:
      let number = self.number()
      self.exchange.draw(line.party, .in, "302", number.description)
      self.forget(line)
      self.exchange.receive(.redirected(line.leg, number))
    default:
      let status = Status(rawValue: self.random.pick(Self.refusals) ?? 486)
      self.exchange.draw(line.party, .in, status.description)
      self.forget(line)
      self.exchange.receive(.failed(line.leg, status))
    }
  }

  mutating func leave(_ line: Line) {
    let before = self.invariants.conversations(of: self.exchange)
    self.bury(line.leg)
    self.exchange.leave(line, self.random.once(in: 10) ? .lost : .normal)
    for finding in self.invariants.ofLeaving(line, before, self.exchange) { self.violate(finding) }
  }

  private mutating func forget(_ line: Line) {
    self.exchange.telephones.leave(line.leg)
    self.bury(line.leg)
  }

  private mutating func bury(_ leg: LegID) {
    if self.dead.count < 64 { self.dead.append(leg) } else { self.dead[self.random.below(64)] = leg }
  }

  /// Something for a leg that is gone, as a network that delays and repeats brings it.
  private mutating func comeLate() {
    guard let leg = self.random.pick(self.dead), self.exchange.telephones[leg] == nil else { return }
    let event: Event =
      switch self.random.below(13) {
      case 0: .alerting(leg)
      case 1: .answered(leg)
      case 2: .failed(leg, .busyHere)
      case 3: .redirected(leg, self.number())
      case 4: .released(leg, .normal)
      case 5: .held(leg)
      case 6: .resumed(leg)
      case 7: .joined(leg)
      case 8: .played(leg)
      case 9: .pressed(leg, key: 7)
      case 10: .transferRequested(leg, to: self.number(), replacing: .none)
      case 11: .verified(leg, nil)
      default: .joinFailed(leg, .mediaFailed)
      }
    self.exchange.receive(event)
  }

  private mutating func administer() {
    guard let station = self.random.pick(self.stations) else { return }
    var destination = self.random.once(in: 3) ? nil : self.random.pick(self.stations)?.digits
    if destination != nil, self.random.once(in: 3) { destination = self.numbersOfModules() ?? destination }
    if destination != nil, self.random.once(in: 5) { destination = self.wayOut() ?? destination }
    var settings = self.settings(of: station, changed: true)
    settings.forwardUnreachable = destination
    self.exchange.administer(station, settings)
  }

  /// What is set for a station from the beginning: some telephones make the tone of those they hold.
  static func settings(of station: StationNumber) -> StationSettings {
    let last = station.digits[station.digits.count - 1]
    return StationSettings(toneSource: last % 4 == 3 ? .phone : .system, mailbox: last % 2 == 0, onHookTransfer: last % 3 == 1)
  }

  private mutating func breakMedia() {
    // Media take their time: whatever happens meanwhile crosses what is being connected.
    if self.random.once(in: 2) { return self.exchange.delayMedia(!self.exchange.joinsByItself) }
    guard let station = self.random.pick(self.stations) else { return }
    self.exchange.deaf = [(station, self.random.once(in: 2) ? .noChannel : .mediaFailed)]
  }

  private mutating func passTime() {
    let time: Interval =
      switch self.random.below(20) {
      case 0: .seconds(Int64(60 + self.random.below(200)))
      case 1..<6: .seconds(Int64(1 + self.random.below(20)))
      default: .milliseconds(Int64(1 + self.random.below(900)))
      }
    self.exchange.advance(to: self.exchange.now + time)
  }
}

extension Line {
  /// A sound, or its own voice being recorded: keys mean something.
  fileprivate var isHearingTheExchange: Bool {
    switch self.goal {
    case .announcement, .playback, .recording: true
    case .nothing, .with, .music, .tone, .room: false
    }
  }
}
