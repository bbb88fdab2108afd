/// Facts out and in: what of the kernel survives a restart.
extension Kernel {
  /// An answered call with its legs, canonically.
  func encode(_ call: Call, _ id: CallID) -> [UInt8] {
    var fact = FactWriter()
    fact.put(UInt8(3))
    self.put(call.caller, into: &fact)
    fact.put(call.dialled)
    fact.put(call.target)
    fact.put(call.answeredBy)
    fact.put(call.payer)
    fact.put(call.startedAt)
    fact.put(call.answeredAt ?? call.startedAt)
    fact.put(call.origin)
    fact.put(call.authorization?.label ?? "")
    fact.put(call.authorization?.className ?? "")
    fact.put(UInt64(call.diversions.count))
    for diversion in call.diversions {
      fact.put(diversion.from)
      fact.put(diversion.reason.rawValue)
    }
    self.world.forEachLeg(of: id) { leg, found in
      guard found.phase == .active else { return }
      fact.put(leg)
      self.put(found.party, into: &fact)
      fact.put(found.direction.rawValue)
      fact.put(found.purpose.rawValue)
      fact.put(found.isHolding)
      fact.put(found.payer?.digits ?? Digits())
      fact.put(found.goal)
      // What is being dialled for it is gone after a restart, and so is whatever had taken that call.
      self.put(call.sponsor.isNone || leg != call.origin ? found.owner : .none, into: &fact)
      let watching = self.watchers[leg] ?? []
      fact.put(UInt64(watching.count))
      for machine in watching { self.put(machine, into: &fact) }
    }
    return fact.octets
  }

  /// A trunk by its name: indices differ between processes, and with the plan.
  private func put(_ party: Party, into fact: inout FactWriter) {
    fact.put(party)
    if let trunk = party.trunk { fact.put(self.world.trunks.indices.contains(trunk) ? self.world.trunks[trunk].name : "") }
  }

  private mutating func party(_ fact: inout FactReader, version: UInt8) -> Party? {
    guard let party = fact.party() else { return nil }
    guard version > 1, case .trunk(_, let number) = party else { return party }
    guard let name = fact.text(), !name.isEmpty else { return nil }
    self.world.withTrunk(name) { _ in }
    return self.world.trunk(named: name).map { .trunk(Int32(truncatingIfNeeded: $0), number) }
  }

  /// A machine by its module's name: indices differ between processes.
  private func put(_ id: MachineID, into fact: inout FactWriter) {
    fact.put(id.isNone ? "" : self.modules[Int(id.module)].descriptor.name)
    if !id.isNone { fact.put(id.key) }
  }

  private func machineID(_ fact: inout FactReader) -> MachineID? {
    guard let name = fact.text() else { return nil }
    guard !name.isEmpty else { return MachineID.none }
    guard let key = fact.machineKey() else { return nil }
    return self.modules.firstIndex { $0.descriptor.name == name }.map { MachineID(module: $0, key: key) } ?? MachineID.none
  }

  /// A machine's timers, which are the kernel's, and its state, which is the module's.
  func encode(_ machine: Machine, _ id: MachineID) -> [UInt8] {
    var fact = FactWriter()
    fact.put(UInt8(1))
    fact.put(UInt64(machine.timers.count))
    for timer in machine.timers {
      fact.put(timer.number)
      fact.put(timer.idle)
      fact.put(timer.handle.isNone)
      fact.put(timer.handle.isNone ? .zero + timer.remaining : self.timers.deadline(of: timer.handle) ?? .never)
    }
    fact.put(self.modules[Int(id.module)].encode(machine.storage))
    return fact.octets
  }

  private mutating func restore(_ id: MachineID, _ octets: [UInt8]) -> Bool {
    var fact = FactReader(octets)
    guard fact.octet() == 1, let count = fact.integer(), count <= 256 else { return false }
    var timers: [(number: UInt8, idle: LegID, stands: Bool, time: Instant)] = []
    for _ in 0..<count {
      guard let number = fact.octet(), let idle = fact.handle(Leg.self), let stands = fact.boolean(), let time = fact.instant()
      else {
        return false
      }
      timers.append((number, idle, stands, time))
    }
    guard let storage = self.modules[Int(id.module)].decode(fact.rest()) else { return false }
    self.withMachine(id) { $0.storage = storage }
    for timer in timers {
      if !timer.idle.isNone { self.idleTimers[timer.idle, default: []].append((id, timer.number)) }
      if timer.stands {
        self.withMachine(id) {
          $0.timers.append(MachineTimer(number: timer.number, handle: .none, idle: timer.idle, remaining: timer.time - .zero))
        }
      } else {
        self.start(timer.number, at: timer.time, idle: timer.idle, of: id)
      }
    }
    self.withMachine(id) { $0.isStale = false }
    return true
  }

  /// Puts facts back that an earlier process left, before the first event. Facts that do not fit are counted and left out.
  /// - Returns: how many could not be read.
  public mutating func restore(_ facts: [Fact]) -> Int {
    var rejected = 0
    for case .call(let id, let octets) in facts {
      if let octets, !self.restore(id, octets) { rejected += 1 }
    }
    for case .machine(let name, let key, let state) in facts {
      guard let state, let index = self.modules.firstIndex(where: { $0.descriptor.name == name }) else {
        rejected += 1
        continue
      }
      guard self.isAlive(key) else {
        // It ended with its call, which was never answered.
        self.outbox.facts.append(.machine(module: name, key: key, state: nil))
        continue
      }
      guard self.restore(MachineID(module: index, key: key), state) else {
        rejected += 1
        continue
      }
      self.told.append((MachineID(module: index, key: key), .restarted))
    }
    var restored: [CallID] = []
    self.world.forEachCall { call, _ in restored.append(call) }
    self.thinned += restored
    return rejected
  }

  private mutating func restore(_ id: CallID, _ octets: [UInt8]) -> Bool {
    var fact = FactReader(octets)
    guard let version = fact.octet(), (1...3).contains(version), let caller = self.party(&fact, version: version),
      let dialled = fact.digits(),
      let target = fact.digits(),
      let answeredBy = fact.digits(), let payer = fact.digits(), let started = fact.instant(), let answered = fact.instant(),
      let origin = fact.handle(Leg.self), let label = version == 1 ? "" : fact.text(),
      let className = version == 1 ? "" : fact.text(), let hops = fact.integer(), hops <= UInt64(Self.hopLimit)
    else { return false }
    var call = Call(caller: caller, dialled: dialled, origin: origin, at: started)
    call.target = target
    call.answeredBy = answeredBy
    call.payer = payer
    call.answeredAt = answered
    call.point = .active
    if !label.isEmpty { call.authorization = Authorization(label: label, className: className.isEmpty ? nil : className) }
    call.isKept = true
    for _ in 0..<hops {
      guard let from = fact.digits(), let reason = fact.octet().flatMap(Diversion.Reason.init) else { return false }
      call.diversions.append(Diversion(from: from, reason: reason))
    }
    var legs: [(LegID, Leg)] = []
    while !fact.isAtEnd {
      guard let leg = fact.handle(Leg.self), let party = self.party(&fact, version: version),
        let direction = fact.octet().flatMap(Leg.Direction.init), let purpose = fact.octet().flatMap(Purpose.init),
        let isHolding = fact.boolean(), let payer = version < 3 ? Digits() : fact.digits(), let goal = fact.goal(),
        let owner = self.machineID(&fact),
        let watching = fact.integer(), watching <= 256
      else { return false }
      var found = Leg(call: id, party: party, direction: direction, phase: .active, purpose: purpose)
      found.isHolding = isHolding
      found.payer = StationNumber(payer)
      found.goal = goal
      found.owner = owner
      if case .recording(let number) = goal { self.world.kept.note(number) }
      legs.append((leg, found))
      for _ in 0..<watching {
        guard let machine = self.machineID(&fact) else { return false }
        if !machine.isNone { self.watchers[leg, default: []].append(machine) }
      }
    }
    guard self.world.calls.restore(call, at: id) else { return false }
    for (leg, found) in legs.reversed() {
      guard self.world.legs.restore(found, at: leg) else { return false }
      self.world.add(leg)
    }
    return true
  }

  /// Everything that must be the same in another process that was told the same: for replay and recovery tests. With
  /// `durable` only what survives a restart: not the calls that are being set up, nor machines that end with them.
  public func canonicalState(durable: Bool = false) -> [UInt8] {
    var fact = FactWriter()
    self.world.forEachCall { id, call in
      if durable, !call.hasConversation { return }
      fact.put(id)
      if !durable { fact.put(call.point.rawValue) }
      for octet in self.encode(call, id) { fact.put(octet) }
    }
    var machines: [[UInt8]] = []
    for (id, machine) in self.machines {  // order does not matter: sorted below
      if durable, !self.isDurable(id.key) || self.modules[Int(id.module)].isInitial(machine.storage) && machine.timers.isEmpty {
        continue
      }
      var entry = FactWriter()
      entry.put(UInt64(UInt32(bitPattern: id.module)))
      entry.put(id.key)
      entry.put(self.encode(machine, id))
      machines.append(entry.octets)
    }
    machines.sort { $0.lexicographicallyPrecedes($1) }
    for machine in machines { for octet in machine { fact.put(octet) } }
    return fact.octets
  }

  private func isDurable(_ key: MachineKey) -> Bool {
    switch key {
    case .call(let call): self.world.calls[call]?.hasConversation ?? false
    case .leg(let leg):
      self.world.legs[leg]?.phase == .active
        && self.world.calls[self.world.legs[leg]?.call ?? .none]?.hasConversation ?? false
    case .number, .exchange: true
    }
  }

  /// Timers that are armed: none may be left when all have hung up, but those of machines that wait for something.
  public var armedTimers: Int { self.timers.count }
  public var machineCount: Int { self.machines.count }

  /// The state of a module's machine, by its name in the diagram; for status and tests.
  public func state(of module: String, _ key: MachineKey) -> String? {
    guard let index = self.modules.firstIndex(where: { $0.descriptor.name == module }) else { return nil }
    let storage = self.machines[MachineID(module: index, key: key)]?.storage ?? self.modules[index].initial
    return "\(self.modules[index].stateName(storage))"
  }

  /// The state of the machine that looks after a leg, by its name in the diagram: "parked". Nil where nobody does.
  public func state(ofOwnerOf leg: LegID) -> StaticString? {
    guard let owner = self.world.leg(leg)?.owner, let machine = self.machines[owner],
      self.modules.indices.contains(Int(owner.module))
    else { return nil }
    return self.modules[Int(owner.module)].stateName(machine.storage)
  }

  /// What the status shows of a module's machine; nil while it is in its initial state.
  public func summary(of module: Int, _ key: MachineKey) -> Note? {
    guard self.modules.indices.contains(module), let machine = self.machines[MachineID(module: module, key: key)],
      !self.modules[module].isInitial(machine.storage)
    else { return nil }
    return self.modules[module].summary(machine.storage)
  }

  /// The state itself, for those who know the feature's type.
  public func state<F: Feature>(of _: F.Type, _ key: MachineKey) -> F.State {
    guard let index = self.modules.firstIndex(where: { $0.descriptor.name == F.descriptor.name }),
      let machine = self.machines[MachineID(module: index, key: key)]
    else { return F.initial }
    return machine.storage.load(as: F.State.self)
  }
}
