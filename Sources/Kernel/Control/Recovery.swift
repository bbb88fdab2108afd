/// Facts out and in: what of the kernel survives a restart.
extension Kernel {
  /// An answered call with its legs, canonically.
  func encode(_ call: Call, _ id: CallID) -> [UInt8] {
    var fact = FactWriter()
    fact.put(UInt8(1))
    fact.put(call.caller)
    fact.put(call.dialled)
    fact.put(call.target)
    fact.put(call.answeredBy)
    fact.put(call.payer)
    fact.put(call.startedAt)
    fact.put(call.answeredAt ?? call.startedAt)
    fact.put(call.origin)
    fact.put(UInt64(call.diversions.count))
    for diversion in call.diversions {
      fact.put(diversion.from)
      fact.put(diversion.reason.rawValue)
    }
    self.world.forEachLeg(of: id) { leg, found in
      guard found.phase == .active else { return }
      fact.put(leg)
      fact.put(found.party)
      fact.put(found.direction.rawValue)
      fact.put(found.purpose.rawValue)
      fact.put(found.isHolding)
      fact.put(found.goal)
    }
    return fact.octets
  }

  /// Puts facts back that an earlier process left, before the first event. Facts that do not fit are counted and left out.
  /// - Returns: how many could not be read.
  public mutating func restore(_ facts: [Fact]) -> Int {
    var rejected = 0
    for fact in facts {
      switch fact {
      case .machine(let name, let key, let state):
        guard let state, let index = self.modules.firstIndex(where: { $0.descriptor.name == name }),
          let storage = self.modules[index].decode(state)
        else {
          rejected += 1
          continue
        }
        self.machines[MachineID(module: index, key: key)] = Machine(storage: storage)
      case .call(let id, let octets):
        if let octets, !self.restore(id, octets) { rejected += 1 }
      }
    }
    return rejected
  }

  private mutating func restore(_ id: CallID, _ octets: [UInt8]) -> Bool {
    var fact = FactReader(octets)
    guard fact.octet() == 1, let caller = fact.party(), let dialled = fact.digits(), let target = fact.digits(),
      let answeredBy = fact.digits(), let payer = fact.digits(), let started = fact.instant(), let answered = fact.instant(),
      let origin = fact.handle(Leg.self), let hops = fact.integer(), hops <= UInt64(Self.hopLimit)
    else { return false }
    var call = Call(caller: caller, dialled: dialled, origin: origin, at: started)
    call.target = target
    call.answeredBy = answeredBy
    call.payer = payer
    call.answeredAt = answered
    call.point = .active
    call.isKept = true
    for _ in 0..<hops {
      guard let from = fact.digits(), let reason = fact.octet().flatMap(Diversion.Reason.init) else { return false }
      call.diversions.append(Diversion(from: from, reason: reason))
    }
    var legs: [(LegID, Leg)] = []
    while !fact.isAtEnd {
      guard let leg = fact.handle(Leg.self), let party = fact.party(),
        let direction = fact.octet().flatMap(Leg.Direction.init), let purpose = fact.octet().flatMap(Purpose.init),
        let isHolding = fact.boolean(), let goal = fact.goal()
      else { return false }
      var found = Leg(call: id, party: party, direction: direction, phase: .active, purpose: purpose)
      found.isHolding = isHolding
      found.goal = goal
      legs.append((leg, found))
    }
    guard self.world.calls.restore(call, at: id) else { return false }
    for (leg, found) in legs.reversed() {
      guard self.world.legs.restore(found, at: leg) else { return false }
      self.world.add(leg)
    }
    return true
  }

  /// Everything that must be the same in another process that was told the same: for replay and recovery tests.
  public func canonicalState() -> [UInt8] {
    var fact = FactWriter()
    self.world.forEachCall { id, call in
      fact.put(id)
      fact.put(call.point.rawValue)
      for octet in self.encode(call, id) { fact.put(octet) }
    }
    var machines: [[UInt8]] = []
    for (id, machine) in self.machines {  // order does not matter: sorted below
      var entry = FactWriter()
      entry.put(UInt64(UInt32(bitPattern: id.module)))
      entry.put(id.key)
      for octet in self.modules[Int(id.module)].encode(machine.storage) { entry.put(octet) }
      for timer in machine.timers {
        entry.put(timer.number)
        entry.put(self.timers.deadline(of: timer.handle) ?? .never)
      }
      machines.append(entry.octets)
    }
    machines.sort { $0.lexicographicallyPrecedes($1) }
    for machine in machines { for octet in machine { fact.put(octet) } }
    return fact.octets
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

  /// The state itself, for those who know the feature's type.
  public func state<F: Feature>(of _: F.Type, _ key: MachineKey) -> F.State {
    guard let index = self.modules.firstIndex(where: { $0.descriptor.name == F.descriptor.name }),
      let machine = self.machines[MachineID(module: index, key: key)]
    else { return F.initial }
    return machine.storage.load(as: F.State.self)
  }
}

extension FactWriter {
  mutating func put(_ party: Party) {
    switch party {
    case .station(let number, let device):
      self.put(UInt8(0))
      self.put(number.digits)
      self.put(device.rawValue)
    case .trunk(let index, let digits):
      self.put(UInt8(1))
      self.put(digits)
      self.put(UInt64(UInt32(bitPattern: index)))
    case .stranger(let digits):
      self.put(UInt8(2))
      self.put(digits)
      self.put(UInt64(0))
    }
  }

  mutating func put(_ goal: Goal) {
    let (kind, value): (UInt8, UInt64) =
      switch goal {
      case .nothing: (0, 0)
      case .with(let leg): (1, leg.raw)
      case .music: (2, 0)
      case .tone(let tone): (3, UInt64(tone.rawValue))
      case .room(let number): (4, UInt64(number))
      case .announcement(let number): (5, UInt64(number))
      case .recording(let number): (6, UInt64(number))
      }
    self.put(kind)
    self.put(value)
  }

  public mutating func put(_ key: MachineKey) {
    switch key {
    case .call(let call):
      self.put(UInt8(0))
      self.put(call)
    case .number(let digits):
      self.put(UInt8(1))
      self.put(digits)
    case .exchange: self.put(UInt8(2))
    }
  }
}

extension FactReader {
  mutating func party() -> Party? {
    guard let kind = self.octet(), let digits = self.digits(), let value = self.integer() else { return nil }
    switch kind {
    case 0: return StationNumber(digits).map { .station($0, DeviceID(value)) }
    case 1: return UInt32(exactly: value).map { .trunk(Int32(bitPattern: $0), digits) }
    case 2: return .stranger(digits)
    default: return nil
    }
  }

  mutating func goal() -> Goal? {
    guard let kind = self.octet(), let value = self.integer() else { return nil }
    switch kind {
    case 0: return .nothing
    case 1: return .with(Handle(raw: value))
    case 2: return .music
    case 3: return UInt8(exactly: value).flatMap(Tone.init).map { .tone($0) }
    case 4: return UInt32(exactly: value).map { .room($0) }
    case 5: return UInt32(exactly: value).map { .announcement($0) }
    case 6: return UInt32(exactly: value).map { .recording($0) }
    default: return nil
    }
  }

  public mutating func machineKey() -> MachineKey? {
    switch self.octet() {
    case 0: self.handle(Call.self).map { .call($0) }
    case 1: self.digits().map { .number($0) }
    case 2: .exchange
    default: nil
    }
  }
}
