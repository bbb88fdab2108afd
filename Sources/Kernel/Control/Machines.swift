/// What the kernel keeps of the machines: states, the legs they made ring, watches, facts.
extension Kernel {
  /// Whether what a machine belongs to is still there.
  func isAlive(_ key: MachineKey) -> Bool {
    switch key {
    case .call(let call): self.world.calls.contains(call)
    case .leg(let leg): self.world.legs.contains(leg)
    case .number, .exchange: true
    }
  }

  /// Changes a machine, which is made if there is none; nothing happens when what it belongs to is gone.
  mutating func withMachine(_ id: MachineID, _ body: (inout Machine) -> Void) {
    if self.machines[id] == nil {
      guard self.isAlive(id.key) else { return }
      if id.key.isMortal { self.mortalMachines += 1 }
    }
    body(&self.machines[id, default: Machine(storage: self.modules[Int(id.module)].initial)])
  }

  /// Changes a machine that is there.
  mutating func withMachineIfAny(_ id: MachineID, _ body: (inout Machine) -> Void) {
    if self.machines[id] != nil { self.withMachine(id, body) }
  }

  mutating func forget(_ id: MachineID) {
    guard let machine = self.machines.removeValue(forKey: id) else { return }
    if id.key.isMortal { self.mortalMachines -= 1 }
    for timer in machine.timers { self.cancel(timer, of: id) }
  }

  /// Puts a machine into its next state; leaving one drops its timers and the legs that ring for it.
  /// - Returns: what it takes to go back, when the state has changed.
  mutating func store(_ storage: MachineStorage, former: MachineStorage, in id: MachineID, leaves: Bool) -> Former? {
    let module = self.modules[Int(id.module)]
    let isChanged = !storage.isIdentical(to: former) && module.encode(storage) != module.encode(former)
    guard isChanged || leaves else { return nil }
    let timers = (self.machines[id]?.timers ?? []).map { ($0.number, self.timers.deadline(of: $0.handle) ?? .never) }
    if leaves {
      for timer in self.machines[id]?.timers ?? [] { self.disarm(timer.number, of: id) }
      self.dropAlerting(by: id)
    }
    guard isChanged else { return nil }
    self.withMachine(id) { $0.storage = storage }
    return Former(storage: former, timers: timers)
  }

  /// After a machine's orders have been carried out: its fact, if anything of it has changed.
  mutating func keep(_ id: MachineID, _ change: Former?, isSetting: Bool = false) {
    guard let machine = self.machines[id], change != nil || machine.isStale else { return }
    if let change, isSetting { self.note(.setting(id, change)) } else { self.note(.machine(id)) }
    let module = self.modules[Int(id.module)]
    if module.isInitial(machine.storage), machine.timers.isEmpty {
      if machine.alerted.isEmpty { self.forget(id) } else { self.withMachine(id) { $0.isStale = false } }
      self.outbox.facts.append(.machine(module: module.descriptor.name, key: id.key, state: nil))
    } else {
      self.withMachine(id) { $0.isStale = false }
      self.outbox.facts.append(.machine(module: module.descriptor.name, key: id.key, state: self.encode(machine, id)))
    }
  }

  /// The legs that rang for the state just left, but those that were answered.
  private mutating func dropAlerting(by id: MachineID) {
    guard let alerted = self.machines[id]?.alerted, !alerted.isEmpty else { return }
    self.withMachine(id) { $0.alerted = [] }
    let isAnswered = alerted.contains { self.world.legs[$0]?.phase == .active }
    for leg in alerted {
      guard let found = self.world.legs[leg], found.alertedBy == id, found.phase != .active else { continue }
      self.drop(leg, isAnswered ? .answeredElsewhere : .cancelled)
    }
  }

  /// A machine is no more: nobody looks after its legs.
  mutating func releaseOwned(by id: MachineID, _ cause: Cause) {
    self.dropAlerting(by: id)
    var owned: [LegID] = []
    self.world.forEachLeg { leg, found in
      if found.owner == id { owned.append(leg) }
    }
    for leg in owned { self.drop(leg, cause) }
  }

  /// Ends the machines that belong to a call or leg that is gone.
  mutating func forgetMachines(_ key: MachineKey) {
    for index in self.modules.indices {
      let id = MachineID(module: index, key: key)
      guard self.machines[id] != nil else { continue }
      self.releaseOwned(by: id, .normal)
      self.forget(id)
      self.giveOut(.machine(module: self.modules[index].descriptor.name, key: key, state: nil), .machine(id))
    }
  }

  // MARK: Watching

  mutating func watch(_ leg: LegID, by id: MachineID) {
    guard let call = self.world.legs[leg]?.call, !(self.watchers[leg]?.contains(id) ?? false) else { return }
    self.watchers[leg, default: []].append(id)
    self.touch(call)
  }

  mutating func unwatch(_ leg: LegID, by id: MachineID) {
    guard let call = self.world.legs[leg]?.call, self.watchers[leg] != nil else { return }
    self.watchers[leg]?.removeAll { $0 == id }
    if self.watchers[leg]?.isEmpty ?? false { self.watchers[leg] = nil }
    self.touch(call)
  }

  /// Those who watch `leg` hear of it once the step under way is through; whoever did it knows.
  mutating func tellWatchers(of leg: LegID, _ consult: Consult) {
    guard !self.watchers.isEmpty, let watching = self.watchers[leg] else { return }
    let owner = self.world.legs[leg]?.owner
    for machine in watching where machine != self.stepping && machine != owner { self.told.append((machine, consult)) }
    if !self.world.legs.contains(leg) { self.watchers[leg] = nil }
  }
}
