public import Kernel
import Sessions

/// The trunks' own life: whether they answer, and our registrations with carriers (TRK-1).
extension Exchange {
  /// Puts trunks in force, after the plan that names them. Calls go on; what has changed of a trunk holds for the next one.
  public mutating func install(_ accounts: [TrunkAccount], at now: Instant) {
    self.begin(now)
    let former = self.trunks.all
    var trunks: [Trunk] = []
    for account in accounts {
      guard let index = self.kernel.world.trunk(named: account.name), !trunks.contains(where: { $0.index == index }) else {
        continue
      }
      trunks.append(former.first { $0.index == index } ?? self.newTrunk(account, index))
    }
    let gone = former.filter { known in !trunks.contains { $0.index == known.index } }
    self.trunks.replace(with: trunks + gone)
    self.trunks.leaving = gone.map(\.account.name)
    for trunk in gone { self.dismiss(trunk.index) }
    // A trunk that cannot be used leads nowhere.
    for entry in self.kernel.world.plan.trunks where !accounts.contains(where: { $0.name == entry.name }) {
      self.tell(.trunk(entry.name, isUp: false))
    }
    for account in accounts {
      if let index = self.kernel.world.trunk(named: account.name) { self.change(index, to: account) }
    }
    self.endTurn()
  }

  /// Ends all registrations with carriers, before the exchange stops.
  public mutating func leaveCarriers(at now: Instant) {
    self.begin(now)
    for trunk in self.trunks.all { self.register(trunk.index, .stopped) }
    self.endTurn()
  }

  /// A carrier has not yet confirmed the end of a registration.
  public var isLeavingCarriers: Bool {
    self.trunks.all.contains { $0.registration == .leaving }
  }

  private mutating func newTrunk(_ account: TrunkAccount, _ index: Int) -> Trunk {
    var trunk = Trunk(account: account, index: index)
    trunk.callID = self.generator.token()
    trunk.tag = self.generator.token()
    for callID in [trunk.callID, trunk.questionCallID] {
      self.trunks.conversations[self.dialogKey(callID, trunk.tag)] = index
    }
    return trunk
  }

  /// The plan no longer has it. It stays for as long as its registrar wants to be told.
  private mutating func dismiss(_ index: Int) {
    self.trunks.update(index) { $0.account.sources = [] }
    self.reach(index, .stopped)
    self.register(index, .stopped)
    self.forgetDismissed(index)
  }

  private mutating func forgetDismissed(_ index: Int) {
    guard let trunk = self.trunks.trunk(index), self.trunks.leaving.contains(trunk.account.name), trunk.registration == .idle
    else { return }
    self.trunks.leaving.removeAll { $0 == trunk.account.name }
    for callID in [trunk.callID, trunk.questionCallID] { self.trunks.conversations[self.dialogKey(callID, trunk.tag)] = nil }
    self.trunks.replace(with: self.trunks.all.filter { $0.index != index })
  }

  private mutating func change(_ index: Int, to account: TrunkAccount) {
    guard let known = self.trunks.trunk(index) else { return }
    let isOther = known.account.address != account.address
    let mustRegisterAnew =
      isOther || known.account.userID != account.userID || known.account.password != account.password
      || known.account.registers != account.registers
    if mustRegisterAnew { self.register(index, .stopped) }
    if isOther || account.addresses.isEmpty { self.reach(index, .stopped) }
    self.trunks.update(index) {
      $0.account = account
      $0.target = known.account.addresses.first.map { account.addresses.firstIndex(of: $0) ?? 0 } ?? 0
      guard mustRegisterAnew else { return }
      $0.realm = nil
      $0.challenge = nil
      $0.lastError = ""
    }
    guard !account.addresses.isEmpty else {
      self.trunks.update(index) { $0.lastError = "\(account.address.host) could not be looked up" }
      return self.judge(index)
    }
    self.reach(index, .started)
    if account.registers { self.startRegistering(index, account) }
    self.judge(index)
  }

  private mutating func startRegistering(_ index: Int, _ account: TrunkAccount) {
    guard account.hasSecret else {
      return self.trunks.update(index) { $0.lastError = "no secret; strowger trunk secret \(account.name) --user-id ID" }
    }
    self.register(index, .started)
  }

  // MARK: Machines

  mutating func reach(_ index: Int, _ event: TrunkReach.Event) {
    guard let trunk = self.trunks.trunk(index) else { return }
    switch TrunkReach.step(trunk.reach, event) {
    case .go(let next, let actions, let wake):
      self.timers.cancel(trunk.reachTimer)
      let timer = wake.map { self.timers.arm(.trunkReach(index), at: self.now + self.spread($0)) } ?? .none
      let missed = if case .asking = trunk.reach { event == .missed || event == .timer } else { false }
      self.trunks.update(index) {
        $0.reach = next
        $0.reachTimer = timer
        // The next of its addresses may be alive.
        if missed, !$0.account.addresses.isEmpty { $0.target = ($0.target + 1) % $0.account.addresses.count }
      }
      for action in actions {
        switch action {
        case .ask: self.ask(index)
        case .giveUp: self.stopAsking(index)
        }
      }
      self.judge(index)
    case .ignore: break
    case .unreachable(let why): self.trunkFault(why)
    }
  }

  mutating func register(_ index: Int, _ event: TrunkRegistration.Event) {
    guard let trunk = self.trunks.trunk(index) else { return }
    switch TrunkRegistration.step(trunk.registration, event, at: self.now) {
    case .go(let next, let asks, let wake):
      self.timers.cancel(trunk.registrationTimer)
      // A lapse is a lapse; everything else is spread, so that carriers are not asked by all exchanges at once.
      let isExact = if case .refreshing = next { true } else { false }
      let timer =
        wake.map { self.timers.arm(.trunkRegistration(index), at: self.now + (isExact ? $0 : self.spread($0))) } ?? .none
      self.trunks.update(index) {
        $0.registration = next
        $0.registrationTimer = timer
      }
      if let asks { self.sendRegister(index, asks) }
      self.judge(index)
      self.forgetDismissed(index)
    case .ignore: break
    case .unreachable(let why): self.trunkFault(why)
    }
  }

  mutating func trunkTimerFired(reach index: Int) {
    self.trunks.update(index) {
      $0.reachTimer = .none
      if case .asking = $0.reach { $0.lastError = "no answer to OPTIONS" }
    }
    self.reach(index, .timer)
  }

  mutating func trunkTimerFired(registration index: Int) {
    self.trunks.update(index) { $0.registrationTimer = .none }
    self.register(index, .timer)
  }

  private mutating func trunkFault(_ why: StaticString) {
    self.counters.faults &+= 1
    self.outbox.notices.append(.warning("trunk: \(why)"))
  }

  /// Up to a tenth less.
  private mutating func spread(_ wait: Interval) -> Interval {
    let tenth = UInt64(max(wait.nanoseconds / 10, 1))
    return Interval(nanoseconds: wait.nanoseconds - Int64(self.generator.next() % tenth))
  }

  /// Tells the kernel and the log when a trunk has come up or gone down.
  mutating func judge(_ index: Int) {
    guard let trunk = self.trunks.trunk(index), trunk.isUp != trunk.isUsable else { return }
    self.trunks.update(index) { $0.isUp = trunk.isUsable }
    self.tell(.trunk(trunk.account.name, isUp: trunk.isUsable))
    // That it begins without a registration is nothing to report.
    guard trunk.isUp != nil || !trunk.lastError.isEmpty else { return }
    guard !self.trunks.leaving.contains(trunk.account.name), trunk.registration != .leaving else { return }
    self.outbox.notices.append(.trunk(trunk.account.name, isUp: trunk.isUsable, why: trunk.isUsable ? "" : trunk.lastError))
  }

  // MARK: What people read

  /// Every trunk of the plan, in its order.
  public func trunkStatus() -> [TrunkStatus] {
    self.trunks.all.compactMap { trunk in
      guard !self.trunks.leaving.contains(trunk.account.name), self.kernel.world.trunks.indices.contains(trunk.index) else {
        return nil
      }
      let known = self.kernel.world.trunks[trunk.index]
      let address = trunk.account.address
      return TrunkStatus(
        name: trunk.account.name,
        address: "sip:\(String(decoding: address.authority, as: UTF8.self))\(address.parameters)",
        target: self.flow(to: trunk)?.remote,
        state: !TrunkReach.isReachable(trunk.reach) ? .down : trunk.isUsable ? .up : .unregistered,
        registeredUntil: TrunkRegistration.until(trunk.registration), calls: known.legCount, channels: known.channels,
        lastError: trunk.lastError)
    }
  }

  /// Whose number it is, as people read it: `2001`, `trunk carrier 0398722900`.
  func label(_ party: Party) -> String { self.label(party.number, party.trunk) }

  func label(_ number: Digits, _ trunk: Int?) -> String {
    guard let trunk, self.kernel.world.trunks.indices.contains(trunk) else { return number.description }
    let name = self.kernel.world.trunks[trunk].name
    return number.isEmpty ? "trunk \(name)" : "trunk \(name) \(number)"
  }

  /// Who has answered the call of `leg`.
  func answerer(_ leg: LegID, _ call: Call) -> String {
    self.kernel.world.peer(of: leg).flatMap { self.kernel.world.leg($0) }.map { self.label($0.party) } ?? "\(call.answeredBy)"
  }
}
