import Kernel

/// What must hold. Impossible directives, among them a second final answer, are objected to by the telephones themselves.
extension Explorer {
  /// After each step: what the telephones just got.
  mutating func checkSigns() {
    for entry in self.exchange.signs {
      if entry.sign == .answer { self.report.answers += 1 }
      guard entry.sign == .alert, let alert = self.exchange.telephones[entry.leg]?.alert else { continue }
      self.report.alerts += 1
      if !alert.diversions.isEmpty { self.report.diverted += 1 }
      if alert.purpose != .recall, self.exchange.kernel.state(of: "DoNotDisturb", .number(alert.party.number)) == "on" {
        self.violate("\(alert.party.number) wants its peace and is called")
      }
      if alert.diversions.count > Kernel.hopLimit {
        self.violate("\(alert.party.number) is called after \(alert.diversions.count) hops")
      }
      for (index, diversion) in alert.diversions.enumerated() {
        let visitedAgain = alert.diversions[(index + 1)...].contains { $0.from == diversion.from }
        if visitedAgain || diversion.from == alert.party.number { self.violate("a call visits \(diversion.from) twice") }
      }
    }
  }

  mutating func checkEverything() {
    for finding in self.exchange.kernel.audit() { self.violate(finding) }
    let lines = self.exchange.telephones.lines
    if self.exchange.kernel.world.legCount != lines.count {
      self.violate("the telephones have \(lines.count) lines, the exchange \(self.exchange.kernel.world.legCount) legs")
    }
    for line in lines { self.check(line) }
    if self.holds { for line in lines { self.checkHearing(line) } }
    for owner in self.exchange.recorder.owners
    where self.exchange.recorder.recordings(of: owner) != self.exchange.kernel.world.recordings(of: owner) {
      self.violate("the recordings of \(owner) are not what the exchange thinks")
    }
  }

  /// HOLD-2 as a model: of two who talk, each hears the other, or what it is to hear while the other holds.
  private mutating func checkHearing(_ line: Line) {
    let world = self.exchange.kernel.world
    guard line.phase == .talking, let leg = world.leg(line.leg), leg.owner.isNone, let station = line.station else { return }
    var others: [(LegID, Leg)] = []
    world.forEachLeg(of: leg.call) { other, found in
      if other != line.leg, found.phase == .active { others.append((other, found)) }
    }
    guard others.count == 1, others[0].1.owner.isNone else { return }
    let (other, far) = others[0]
    let hearsSystem = far.isHolding && world.station(station)?.settings.toneSource == .system
    let expected: Goal = hearsSystem ? .music : .with(other)
    if line.goal != expected {
      self.violate("\(self.exchange.name(of: line.party)) hears \(line.goal) and should hear \(expected)")
    }
  }

  private mutating func check(_ line: Line) {
    guard let leg = self.exchange.kernel.world.leg(line.leg) else {
      return self.violate("\(self.exchange.name(of: line.party)) has a line that the exchange does not know")
    }
    if (leg.phase == .active) != (line.phase == .talking) {
      self.violate("leg \(line.leg) is \(leg.phase) for the exchange, \(line.phase) for the telephone")
    }
    if leg.isHolding != line.isHolding { self.violate("leg \(line.leg): who holds is not agreed") }
    guard line.phase == .talking, case .with(let other) = line.goal, let far = self.exchange.telephones[other] else { return }
    if case .with(let third) = far.goal, far.phase == .talking, third != line.leg {
      self.violate("\(self.exchange.name(of: far.party)) is in two conversations")
    }
  }

  /// A kernel made from what the store has must be the live one, and may take its place.
  mutating func compare(restarting: Bool) {
    self.writeWhatIsOwed()
    let (fresh, rejected) = self.exchange.rebuiltKernel()
    self.report.comparisons += 1
    if rejected > 0 { self.violate("\(rejected) facts cannot be read") }
    if fresh.canonicalState(durable: true) != self.exchange.kernel.canonicalState(durable: true) {
      self.violate("a kernel rebuilt from its facts is not the live one")
    }
    guard restarting, self.report.violations.isEmpty else { return }
    self.report.restarts += 1
    for line in self.exchange.restart(with: fresh) {
      self.violate("a conversation of \(self.exchange.name(of: line.party)) is lost in a restart")
    }
  }

  /// What could not be kept before is written with the next turn: here is one that says nothing else.
  private mutating func writeWhatIsOwed() {
    self.exchange.failsNextCommit = false
    self.exchange.receive(.kept(turn: 0))
  }

  mutating func hangUpAll() {
    while let line = self.exchange.telephones.lines.last {
      self.leave(line)
      if !self.exchange.telephones.objections.isEmpty { return }
    }
    self.writeWhatIsOwed()
    self.checkEverything()
    let kernel = self.exchange.kernel
    if kernel.world.callCount + kernel.world.legCount > 0 {
      self.violate("all have hung up, \(kernel.world.callCount) calls and \(kernel.world.legCount) legs are left")
    }
    if kernel.armedTimers > 0 { self.violate("all have hung up, \(kernel.armedTimers) timers are left") }
    if self.exchange.kept.callCount > 0 {
      self.violate("all have hung up, \(self.exchange.kept.callCount) calls are left in the store")
    }
    self.report.quiet += 1
  }
}
