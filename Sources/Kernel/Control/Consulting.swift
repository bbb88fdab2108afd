/// How modules are asked and told, and how their orders are carried out.
extension Kernel {
  /// Asks the modules that care, in plan order, until one does more than let it pass.
  /// Machines that own or watch `leg` have been told already.
  mutating func ask(_ consult: Consult, about call: CallID, except leg: LegID = .none) -> Orders.Verdict {
    let bit = consult.point.rawValue.trailingZeroBitCount
    guard bit < self.careful.count else { return .proceed }
    for position in 0..<self.careful[bit].count {
      let module = self.careful[bit][position]
      guard let key = self.modules[module].machine(consult, self.world) else { continue }
      let id = MachineID(module: module, key: key)
      if !leg.isNone, self.world.legs[leg]?.owner == id || self.watchers[leg]?.contains(id) ?? false { continue }
      let verdict = self.step(id, consult, call: call)
      if case .refuse(_, let note) = verdict { self.act(call, module, note) }
      if verdict != .proceed { return verdict }
    }
    return .proceed
  }

  mutating func tell(_ machine: MachineID, _ consult: Consult) {
    guard machine.module >= 0, Int(machine.module) < self.modules.count, self.isAlive(machine.key) else { return }
    _ = self.step(machine, consult, call: self.call(of: machine.key))
  }

  /// The call a machine belongs to, if it belongs to one.
  private func call(of key: MachineKey) -> CallID {
    switch key {
    case .call(let call): call
    case .leg(let leg): self.world.legs[leg]?.call ?? .none
    case .number, .exchange: .none
    }
  }

  /// Steps one machine: state, timers, fact, then its orders.
  mutating func step(_ id: MachineID, _ consult: Consult, call: CallID = .none) -> Orders.Verdict {
    let index = Int(id.module)
    let module = self.modules[index]
    var storage = self.machines[id]?.storage ?? module.initial
    let former = storage
    self.orders.reset()
    let outer = self.stepping
    self.stepping = id
    defer { self.stepping = outer }
    let context = Context(machine: id.key, options: self.options[index], now: self.now)
    guard let outcome = module.step(&storage, consult, context, self.world, &self.orders) else { return .proceed }
    let change: Former?
    switch outcome {
    case .go, .stay:
      change = self.store(storage, former: former, in: id, leaves: outcome == .go)
    case .refuse(let status, let note):
      return .refuse(status, note)
    case .ignore: return .proceed
    case .unreachable(let why):
      self.emit(.fault(module: index, why))
      change = self.store(storage, former: former, in: id, leaves: true)
      self.releaseOwned(by: id, .fault)
      self.keep(id, change)
      return .proceed
    }
    var orders = self.orders
    self.orders = Orders()
    self.carryOut(&orders, id, consult, call)
    self.keep(id, change, isSetting: consult.isCode && !orders.movesLegs)
    let verdict = orders.verdict
    orders.reset()
    self.orders = orders
    if case .handOver(let key, let value) = verdict {
      // Handed over once: a machine that was handed a call answers for itself.
      if case .handedOver = consult { return .proceed }
      return self.step(MachineID(module: index, key: key), .handedOver(call, value), call: call)
    }
    return verdict
  }

  private mutating func carryOut(_ orders: inout Orders, _ id: MachineID, _ consult: Consult, _ call: CallID) {
    let module = Int(id.module)
    if let time = orders.ringTime {
      self.world.calls.update(call) { $0.ringTime = min(time, $0.ringTime ?? time) }
    }
    if let shown = orders.shown { self.world.calls.update(call) { $0.shown = shown } }
    // Who waits for an answer is the machine's from now on; in the middle of a call it says itself whom it takes.
    if orders.verdict == .own, let found = self.world.calls[call], self.isOriginating(found.origin) {
      self.world.legs.update(found.origin) { if $0.owner.isNone { $0.owner = id } }
    }
    if let note = orders.note {
      self.act(call, module, note)
    } else if self.isTracing, !call.isNone {
      self.emit(
        .note(
          call, module: module, Note(self.modules[module].stateName(self.machines[id]?.storage ?? self.modules[module].initial))))
    }
    for position in 0..<orders.list.count { self.carryOut(orders.list[position], id) }
  }

  private mutating func carryOut(_ order: Orders.Order, _ id: MachineID) {
    switch order {
    case .finish(let leg, let status, let note, let cause):
      guard self.isFree(leg, for: id), let call = self.world.legs[leg]?.call else { return }
      if status != .ok, self.world.calls[call]?.acts.last?.note != note { self.act(call, Int(id.module), note) }
      self.finish(call, status, note, cause)
    case .release(let leg, let cause):
      guard self.isFree(leg, for: id), let call = self.world.legs[leg]?.call else { return }
      self.drop(leg, cause)
      self.endIfEmpty(call, cause)
    case .hear(let leg, let goal):
      guard self.isFree(leg, for: id) else { return }
      self.hear(leg, goal)
      self.taken(leg, by: id)
    case .arm(let number, let time, let idle): self.arm(number, time, whileIdle: idle, of: id)
    case .disarm(let number): self.disarm(number, of: id)
    case .alert(let station, let peer, let calling, let purpose): self.alert(station, peer, calling, purpose, by: id)
    case .summon(let station, let calling, let goal): self.summon(station, calling, goal, by: id)
    case .substitute(let new, let old):
      guard self.isFree(new, for: id) else { return }
      self.substitute(new, for: old)
    case .connect(let a, let b):
      guard self.isFree(a, for: id), self.isFree(b, for: id) else { return }
      self.connect(a, b)
    case .own(let leg):
      guard self.isFree(leg, for: id), let found = self.world.legs[leg] else { return }
      if found.owner.isNone { self.tellWatchers(of: leg, .taken(leg)) }
      self.world.legs.update(leg) { $0.owner = id }
      self.touch(found.call)
    case .giveBack(let leg):
      guard let found = self.world.legs[leg], found.owner == id else { return }
      self.world.legs.update(leg) { $0.owner = .none }
      // Nobody could look after it while it was owned: those who hold are asked about anew.
      if found.isHolding { self.rejoined.append(leg) }
      if let peer = self.world.peer(of: leg), self.world.legs[peer]?.isHolding ?? false { self.rejoined.append(peer) }
      self.thinned.append(found.call)
      self.touch(found.call)
    case .present(let leg, let number):
      guard self.isFree(leg, for: id) else { return }
      self.emit(.present(leg, number))
    case .watch(let leg): self.watch(leg, by: id)
    case .unwatch(let leg): self.unwatch(leg, by: id)
    case .record(let leg, let owner):
      guard self.isFree(leg, for: id), let caller = self.world.legs[leg]?.party.number else { return }
      let number = self.world.kept.newNumber()
      self.emit(.recording(.begin(number, leg, owner: owner, caller: caller)))
      self.hear(leg, .recording(number))
      self.taken(leg, by: id)
    case .heard(let number, let owner):
      if self.world.kept.markHeard(number, of: owner) { self.emit(.recording(.heard(number))) }
    case .discard(let number, let owner):
      if self.world.kept.remove(number, of: owner) { self.emit(.recording(.discard(number))) }
    case .report(let leg, let report): if self.world.legs.contains(leg) { self.emit(.transfer(leg, report)) }
    case .dial(let number, let leg, let payer):
      guard self.isFree(leg, for: id) else { return }
      self.dial(number, for: leg, payer: payer, by: id)
    case .stopDialling(let leg): self.stopDialling(leg, by: id)
    case .verify(let code, let leg):
      if self.isFree(leg, for: id) { self.emit(.verify(leg, code)) }
    case .proceed(let leg, let number, let dialled):
      guard self.isFree(leg, for: id) else { return }
      self.proceed(leg, as: number, dialled: dialled)
    case .forward(let leg, let number, let reason, let purpose):
      guard self.isFree(leg, for: id) else { return }
      self.forward(leg, to: number, reason, purpose)
    }
  }

  /// A machine may move legs that are its own or nobody's; anything else is its fault and does not happen.
  private mutating func isFree(_ leg: LegID, for id: MachineID) -> Bool {
    guard let found = self.world.legs[leg] else { return false }
    guard found.owner.isNone || found.owner == id else {
      self.emit(.fault(module: Int(id.module), "ordered something for a leg that another module owns"))
      return false
    }
    return true
  }

  private mutating func alert(_ station: StationNumber, _ peer: LegID, _ calling: Digits, _ purpose: Purpose, by id: MachineID) {
    guard let call = self.world.legs[peer]?.call, let former = self.world.calls[call]?.purpose else {
      return self.told.append((id, .legFailed(.none, .noSuchCall)))
    }
    // Who has sent the call on is not rung for it again, as the member of a group may be (FWD-4).
    if purpose != .recall, self.world.calls[call]?.diversions.contains(where: { $0.from == station.digits }) ?? false {
      return self.told.append((id, .legFailed(.none, .loopDetected)))
    }
    self.world.calls.update(call) {
      $0.purpose = purpose
      $0.shown = nil
    }
    let obstacle = self.obstacle(to: station, in: call, isCalledBusy: purpose == .recall)
    self.world.calls.update(call) { $0.purpose = former }
    if let obstacle { return self.told.append((id, .legFailed(.none, obstacle.status))) }
    self.seizeAll(station, in: call, hearing: .with(peer), calling: calling, purpose: purpose, by: id)
  }

  /// Why `station` cannot be called for a machine now; nil where it can.
  mutating func obstacle(to station: StationNumber, in call: CallID, isCalledBusy: Bool) -> (cause: Cause, status: Status)? {
    switch self.ask(.attemptAuthorised(call, station), about: call) {
    case .refuse(let status, _): return (.refused, status)
    case .fail, .reroute, .own, .handOver: return (.busy, .busyHere)
    case .proceed, .translate, .done: break
    }
    guard let target = self.world.station(station), target.isRegistered else { return (.notReachable, .temporarilyUnavailable) }
    return target.isBusy && !isCalledBusy ? (.busy, .busyHere) : nil
  }

  /// Calls every telephone of `station`, to hear `goal`, for a machine.
  mutating func seizeAll(
    _ station: StationNumber, in call: CallID, hearing goal: Goal, calling: Digits, purpose: Purpose, by id: MachineID
  ) {
    let shown = self.world.calls[call]?.shown ?? calling
    for device in self.world.station(station)?.devices ?? [] {
      self.seize(.station(station, device), in: call, hearing: goal, calling: shown, purpose: purpose, by: id)
    }
  }

  mutating func act(_ call: CallID, _ module: Int, _ note: Note) {
    guard !call.isNone, self.world.calls[call]?.acts.count ?? 0 < Self.mostActs else { return }
    let act = Act(module: module, note: self.world.withoutSecrets(note))
    self.world.calls.update(call) { $0.acts.append(act) }
    self.emit(.note(call, module: module, note))
  }

  /// The call has changed in a way that must survive a restart.
  mutating func touch(_ call: CallID) {
    guard let found = self.world.calls[call], !found.isDirty, found.hasConversation else { return }
    self.world.calls.update(call) { $0.isDirty = true }
    self.dirtyCalls.append(call)
  }

  mutating func keepDirtyCalls() {
    for index in 0..<self.dirtyCalls.count {
      let id = self.dirtyCalls[index]
      guard let call = self.world.calls[id] else { continue }
      self.world.calls.update(id) {
        $0.isDirty = false
        $0.isKept = true
      }
      self.giveOut(.call(id, self.encode(call, id)), .call(id))
    }
    self.dirtyCalls.removeAll(keepingCapacity: true)
  }
}
