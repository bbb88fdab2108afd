/// How modules are asked and told, and how their orders are carried out.
extension Kernel {
  /// Asks the modules that care, in plan order, until one does more than let it pass.
  mutating func ask(_ consult: Consult, about call: CallID) -> Orders.Verdict {
    let bit = consult.point.rawValue.trailingZeroBitCount
    guard bit < self.careful.count else { return .proceed }
    for position in 0..<self.careful[bit].count {
      let module = self.careful[bit][position]
      guard let key = self.modules[module].machine(consult, self.world) else { continue }
      let verdict = self.step(MachineID(module: module, key: key), consult, call: call)
      if verdict != .proceed { return verdict }
    }
    return .proceed
  }

  mutating func tell(_ machine: MachineID, _ consult: Consult) {
    guard machine.module >= 0, Int(machine.module) < self.modules.count else { return }
    _ = self.step(machine, consult)
  }

  /// Steps one machine: state, timers, fact, then its orders.
  mutating func step(_ id: MachineID, _ consult: Consult, call: CallID = .none) -> Orders.Verdict {
    let index = Int(id.module)
    let module = self.modules[index]
    let known = self.machines[id]
    var storage = known?.storage ?? module.initial
    let former = storage
    self.orders.reset()
    let context = Context(machine: id.key, options: self.options[index], now: self.now)
    guard let outcome = module.step(&storage, consult, context, self.world, &self.orders) else { return .proceed }
    switch outcome {
    case .go, .stay:
      self.store(storage, former: former, in: id, leaves: outcome == .go)
    case .refuse(let status, let note):
      return .refuse(status, note)
    case .ignore: return .proceed
    case .unreachable(let why):
      self.emit(.fault(module: index, why))
      self.store(storage, former: former, in: id, leaves: true)
      self.releaseOwned(by: id)
      return .proceed
    }
    var orders = self.orders
    self.orders = Orders()
    self.carryOut(&orders, id, consult, call)
    let verdict = orders.verdict
    orders.reset()
    self.orders = orders
    return verdict
  }

  private mutating func carryOut(_ orders: inout Orders, _ id: MachineID, _ consult: Consult, _ call: CallID) {
    let module = Int(id.module)
    if let time = orders.ringTime {
      self.world.calls.update(call) { $0.ringTime = min(time, $0.ringTime ?? time) }
    }
    if let note = orders.note {
      self.act(call, module, note)
    } else if self.isTracing, !call.isNone {
      self.emit(.note(call, module: module, Note(self.modules[module].stateName(self.machines[id]?.storage ?? self.modules[module].initial))))
    }
    for position in 0..<orders.list.count { self.carryOut(orders.list[position], id) }
  }

  private mutating func carryOut(_ order: Orders.Order, _ id: MachineID) {
    switch order {
    case .finish(let leg, let status, let note):
      guard self.isFree(leg, for: id), let call = self.world.legs[leg]?.call else { return }
      self.finish(call, status, note, .normal)
    case .release(let leg, let cause):
      guard self.isFree(leg, for: id), let call = self.world.legs[leg]?.call else { return }
      self.drop(leg, cause)
      if self.world.calls[call]?.firstLeg.isNone == true { self.end(call, cause, .ok) }
    case .hear(let leg, let goal):
      guard self.isFree(leg, for: id) else { return }
      self.world.legs.update(leg) { $0.goal = goal }
      self.emit(.media(leg, goal))
      if let call = self.world.legs[leg]?.call { self.touch(call) }
    case .arm(let number, let time): self.arm(number, time, of: id)
    case .disarm(let number): self.disarm(number, of: id)
    case .alert(let station, let peer, let calling, let purpose): self.alert(station, peer, calling, purpose, by: id)
    case .substitute(let new, let old):
      guard self.isFree(new, for: id) else { return }
      self.substitute(new, for: old)
    case .connect(let a, let b):
      guard self.isFree(a, for: id), self.isFree(b, for: id) else { return }
      self.connect(a, b)
    case .own(let leg):
      guard self.isFree(leg, for: id) else { return }
      self.world.legs.update(leg) { $0.owner = id }
    case .giveBack(let leg):
      guard self.world.legs[leg]?.owner == id else { return }
      self.world.legs.update(leg) { $0.owner = .none }
    case .present(let leg, let number):
      guard self.isFree(leg, for: id) else { return }
      self.emit(.present(leg, number))
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
    guard let call = self.world.legs[peer]?.call, let target = self.world.station(station), target.isRegistered else {
      return self.told.append((id, .legFailed(.none, .temporarilyUnavailable)))
    }
    if target.isBusy, purpose != .recall { return self.told.append((id, .legFailed(.none, .busyHere))) }
    for device in target.devices {
      self.seize(device, of: station, in: call, for: peer, calling: calling, purpose: purpose, by: id)
    }
  }

  // MARK: State, timers, facts

  private mutating func store(_ storage: MachineStorage, former: MachineStorage, in id: MachineID, leaves: Bool) {
    let module = self.modules[Int(id.module)]
    let isChanged = module.encode(storage) != module.encode(former)
    guard isChanged || leaves else { return }
    if leaves {
      for timer in self.machines[id]?.timers ?? [] { self.timers.cancel(timer.handle) }
      self.machines[id]?.timers = []
      self.dropAlerting(by: id)
    }
    if module.isInitial(storage), self.machines[id]?.timers.isEmpty ?? true {
      self.machines[id] = nil
    } else {
      self.machines[id, default: Machine(storage: storage)].storage = storage
    }
    guard isChanged else { return }
    self.unconfirmed.append(Unconfirmed(turn: self.outbox.turn, machine: id, former: former))
    self.outbox.facts.append(
      .machine(module: module.descriptor.name, key: id.key, state: module.isInitial(storage) ? nil : module.encode(storage)))
  }

  /// The legs that rang for the state just left, but the one that was answered.
  private mutating func dropAlerting(by id: MachineID) {
    var ringing: [LegID] = []
    self.world.forEachLeg { leg, found in
      if found.alertedBy == id, found.phase != .active { ringing.append(leg) }
    }
    for leg in ringing { self.drop(leg, .cancelled) }
  }

  private mutating func releaseOwned(by id: MachineID) {
    var owned: [LegID] = []
    self.world.forEachLeg { leg, found in
      if found.owner == id { owned.append(leg) }
    }
    for leg in owned {
      let call = self.world.legs[leg]?.call ?? .none
      self.drop(leg, .fault)
      if self.world.calls[call]?.firstLeg.isNone == true { self.end(call, .fault, .serverError) }
    }
  }

  private mutating func arm(_ number: UInt8, _ time: Interval, of id: MachineID) {
    guard time > .zero else { return }
    self.disarm(number, of: id)
    let handle = self.timers.arm(.machine(id, number), at: self.now + time)
    self.machines[id, default: Machine(storage: self.modules[Int(id.module)].initial)].timers.append((number, handle))
  }

  private mutating func disarm(_ number: UInt8, of id: MachineID) {
    guard let found = self.machines[id]?.timers.first(where: { $0.number == number }) else { return }
    self.timers.cancel(found.handle)
    self.machines[id]?.timers.removeAll { $0.number == number }
  }

  mutating func forgetMachines(of call: CallID) {
    guard !self.machines.isEmpty else { return }
    for index in self.modules.indices {
      let id = MachineID(module: index, key: .call(call))
      guard let machine = self.machines.removeValue(forKey: id) else { continue }
      for timer in machine.timers { self.timers.cancel(timer.handle) }
      self.outbox.facts.append(.machine(module: self.modules[index].descriptor.name, key: id.key, state: nil))
    }
  }

  mutating func takeBack(_ turn: UInt64) {
    let lost = self.unconfirmed.filter { $0.turn == turn }
    self.unconfirmed.removeAll { $0.turn == turn }
    for change in lost.reversed() {
      let module = self.modules[Int(change.machine.module)]
      self.machines[change.machine] = module.isInitial(change.former) ? nil : Machine(storage: change.former)
      self.told.append((change.machine, .notKept))
    }
  }

  mutating func act(_ call: CallID, _ module: Int, _ note: Note) {
    guard !call.isNone else { return }
    self.world.calls.update(call) { $0.acts.append(Act(module: module, note: note)) }
    self.emit(.note(call, module: module, note))
  }

  /// The call has changed in a way that must survive a restart.
  mutating func touch(_ call: CallID) {
    guard let found = self.world.calls[call], !found.isDirty, found.point == .active else { return }
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
      self.outbox.facts.append(.call(id, self.encode(call, id)))
    }
    self.dirtyCalls.removeAll(keepingCapacity: true)
  }
}
