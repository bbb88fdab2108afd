internal import CStrowger
internal import Features
internal import Kernel
internal import NumberPlan
internal import ModuleBridge

/// A kernel with its features for a host: what it has produced waits here until the host has read it.
struct HostedExchange {
  var kernel: Kernel
  /// Directives and facts of the kernel's outbox that belong to one turn end before these places.
  private var turns: [(turn: UInt64, directives: Int, facts: Int)] = []
  private var nextDirective = (place: 0, turn: 0)
  private var nextFact = (place: 0, turn: 0)
  /// What legs hear that are there again after a restart.
  private var restored: [Directive] = []
  private var findings: [Finding] = []
  private var nextFinding = 0
  private var hasPlan = false
  /// Calls may be under way: too late for facts of an earlier process.
  private var hasStarted = false
  /// Offers and answers for hosts with a SIP stack of their own.
  var descriptions: Descriptions
  let memory = OutgoingMemory()

  init(_ options: strowger_options?) throws(Refusal) {
    self.kernel = Kernel(modules: BuiltIn.modules)
    self.descriptions = Descriptions(seed: options?.seed ?? 0, channels: options?.channels ?? 0)
    guard let options else { return }
    self.kernel.isTracing = try Bool(given: options.is_tracing)
    self.kernel.ringTime = try Interval(given: options.ring_time, otherwise: self.kernel.ringTime)
    self.kernel.provisionalTime = try Interval(given: options.provisional_time, otherwise: self.kernel.provisionalTime)
  }

  // MARK: The plan

  mutating func use(_ result: LoadResult) throws(Refusal) {
    self.findings = result.findings
    self.nextFinding = 0
    guard let plan = result.plan else { throw .plan }
    self.kernel.install(plan)
    self.hasPlan = true
  }

  mutating func takeFinding() -> Finding? {
    guard self.nextFinding < self.findings.count else { return nil }
    defer { self.nextFinding += 1 }
    return self.findings[self.nextFinding]
  }

  // MARK: Turns

  mutating func reserveLeg() throws(Refusal) -> LegID {
    guard self.hasPlan else { throw .noPlan }
    self.hasStarted = true
    return self.kernel.reserveLeg()
  }

  /// - Returns: false when the event is about a leg that has ended, and was ignored.
  mutating func receive(_ event: Event, at now: Instant) throws(Refusal) -> Bool {
    try self.makeRoom()
    switch event {
    case .registered, .settings, .trunk, .recordings, .kept, .notKept: break
    case .dialled(let origination):
      self.hasStarted = true
      guard let leg = self.kernel.world.leg(origination.leg), leg.call.isNone else { throw .leg }
    case .proceeding, .alerting, .answered, .failed, .redirected, .held, .resumed, .transferRequested, .verified, .joined,
      .joinFailed, .played, .pressed:
      self.hasStarted = true
      guard let leg = event.watched.flatMap({ self.kernel.world.leg($0) }) else { return false }
      guard !leg.call.isNone else { throw .leg }
    case .released(let leg, _):
      self.hasStarted = true
      guard self.kernel.world.leg(leg) != nil else { return false }
    }
    self.kernel.receive(event, at: now)
    self.endTurn()
    return true
  }

  mutating func fire(at now: Instant) throws(Refusal) {
    try self.makeRoom()
    try self.descriptions.makeRoom()
    self.hasStarted = true
    self.kernel.fire(at: now)
    self.descriptions.fire(at: now)
    self.endTurn()
  }

  /// Everything read: the outbox begins anew. Too much unread: no further turn.
  private mutating func makeRoom() throws(Refusal) {
    guard self.hasPlan else { throw .noPlan }
    let waiting = self.kernel.outbox.directives.count - self.nextDirective.place
    let facts = self.kernel.outbox.facts.count - self.nextFact.place
    if waiting == 0, facts == 0 {
      self.kernel.clearOutbox()
      self.turns.removeAll(keepingCapacity: true)
      self.nextDirective = (0, 0)
      self.nextFact = (0, 0)
    } else if waiting >= Int(STROWGER_UNREAD) || facts >= Int(STROWGER_UNREAD) {
      throw .unreadFull
    }
  }

  private mutating func endTurn() {
    let outbox = self.kernel.outbox.directives.count
    let facts = self.kernel.outbox.facts.count
    if outbox == self.turns.last?.directives ?? 0, facts == self.turns.last?.facts ?? 0 { return }
    self.turns.append((self.kernel.outbox.turn, outbox, facts))
  }

  // MARK: What came of it

  /// The next directive as the host reads it, into a struct of zeros; false when there is none. Nothing is copied that is not handed
  /// out: hosts read two or three with every event.
  mutating func takeDirective(into out: inout strowger_directive) -> Bool {
    let place = self.nextDirective.place
    if !self.restored.isEmpty {
      self.memory.forget()
      self.fill(&out, self.restored.removeLast())
      return true
    }
    guard place < self.kernel.outbox.directives.count else { return false }
    while self.turns[self.nextDirective.turn].directives <= place { self.nextDirective.turn += 1 }
    self.nextDirective.place = place + 1
    out.turn = self.turns[self.nextDirective.turn].turn
    self.memory.forget()
    self.fill(&out, self.kernel.outbox.directives[place])
    return true
  }

  mutating func takeFact() -> (Fact, turn: UInt64)? {
    let place = self.nextFact.place
    guard place < self.kernel.outbox.facts.count else { return nil }
    while self.turns[self.nextFact.turn].facts <= place { self.nextFact.turn += 1 }
    self.nextFact.place += 1
    return (self.kernel.outbox.facts[place], self.turns[self.nextFact.turn].turn)
  }

  /// - Returns: how many facts do not fit.
  mutating func restore(_ facts: [Fact]) throws(Refusal) -> Int {
    guard self.hasPlan else { throw .noPlan }
    guard !self.hasStarted else { throw .tooLate }
    self.hasStarted = true
    try self.makeRoom()
    let rejected = self.kernel.restore(facts)
    self.endTurn()
    self.kernel.world.forEachLeg { leg, found in self.restored.append(.media(leg, found.goal)) }
    self.restored.reverse()
    return rejected
  }

  /// The name of a module, for as long as the exchange lives; empty for the kernel itself.
  func name(ofModule index: Int) -> UnsafePointer<CChar> {
    self.memory.lastingText(self.kernel.modules.indices.contains(index) ? self.kernel.modules[index].descriptor.name : "")
  }
}

extension Event {
  /// The leg this happened to; nil for what is about no leg, or about one that is only being dialled with.
  fileprivate var watched: LegID? {
    switch self {
    case .proceeding(let leg), .alerting(let leg), .answered(let leg), .failed(let leg, _), .redirected(let leg, _),
      .released(let leg, _), .held(let leg), .resumed(let leg), .transferRequested(let leg, _, _), .verified(let leg, _),
      .joined(let leg), .joinFailed(let leg, _), .played(let leg), .pressed(let leg, _):
      leg
    case .dialled, .trunk, .recordings, .registered, .settings, .kept, .notKept: nil
    }
  }
}
