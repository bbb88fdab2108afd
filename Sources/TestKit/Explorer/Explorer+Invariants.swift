import Kernel

/// When it is looked at what must hold.
extension Explorer {
  /// After each step: what the telephones just got.
  mutating func checkSigns() {
    for entry in self.exchange.signs {
      if entry.sign == .answer { self.report.answers += 1 }
      if entry.sign == .transfer(.done) { self.report.transfers += 1 }
      guard entry.sign == .alert, let alert = self.exchange.telephones[entry.leg]?.alert else { continue }
      self.report.alerts += 1
      if alert.party.trunk != nil { self.report.outside += 1 }
      if !alert.diversions.isEmpty { self.report.diverted += 1 }
    }
    for finding in self.invariants.ofSigns(self.exchange) { self.violate(finding) }
  }

  mutating func checkEverything() {
    for finding in self.invariants.ofState(self.exchange) { self.violate(finding) }
    for owner in self.exchange.recorder.owners
    where self.exchange.recorder.recordings(of: owner) != self.exchange.kernel.world.recordings(of: owner) {
      self.violate("the recordings of \(owner) are not what the exchange thinks")
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

  /// The same without touching anything.
  mutating func compareCopy() {
    var copy = self
    copy.compare(restarting: false)
    self.report.violations = copy.report.violations
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
    // Some wait for a time that has nothing to do with calls, as whoever is barred for wrong codes: none does so without end.
    if self.exchange.kernel.armedTimers > 0 { self.exchange.advance(to: self.exchange.now + self.patience) }
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
