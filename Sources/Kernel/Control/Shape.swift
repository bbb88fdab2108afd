/// What can happen from here on, without the past: for searches that must know a situation again when it comes about another way.
extension Kernel {
  /// The same octets for situations that differ only in when they came about, in the handles of their legs and calls and in what
  /// records will say. Times are those still to go.
  public func shape() -> [UInt8] {
    var fact = FactWriter()
    let names = ShapeNames(self.world, now: self.now)
    fact.names = names
    self.world.forEachStation { station in
      fact.put(station.number.digits)
      fact.put(UInt64(station.devices.count))
      for device in station.devices { fact.put(device.rawValue) }
    }
    for trunk in self.world.trunks { fact.put(trunk.isUp) }
    for leg in names.legs { self.putShape(of: leg, into: &fact) }
    for call in names.calls { self.putShape(of: call, into: &fact) }
    var machines: [[UInt8]] = []
    for (id, machine) in self.machines {  // order does not matter: sorted below
      var entry = FactWriter()
      entry.names = names
      entry.put(UInt64(UInt32(bitPattern: id.module)))
      entry.put(id.key)
      for timer in machine.timers {
        entry.put(timer.number)
        entry.put(timer.idle)
        entry.put(timer.handle.isNone)
        entry.put(timer.handle.isNone ? self.now + timer.remaining : self.timers.deadline(of: timer.handle) ?? .never)
      }
      self.modules[Int(id.module)].write(machine.storage, &entry)
      machines.append(entry.octets)
    }
    machines.sort { $0.lexicographicallyPrecedes($1) }
    for machine in machines {
      fact.put(UInt64(machine.count))
      fact.put(machine)
    }
    return fact.octets
  }

  private func putShape(of id: LegID, into fact: inout FactWriter) {
    guard let leg = self.world.legs[id] else { return }
    fact.put(id)
    fact.put(leg.call)
    fact.put(leg.party)
    fact.put(leg.direction.rawValue)
    fact.put(leg.phase.rawValue)
    fact.put(leg.purpose.rawValue)
    fact.put(leg.isHolding)
    fact.put(leg.goal)
    self.put(leg.owner, into: &fact)
    self.put(leg.alertedBy, into: &fact)
    for machine in self.watchers[id] ?? [] { self.put(machine, into: &fact) }
  }

  private func putShape(of id: CallID, into fact: inout FactWriter) {
    guard let call = self.world.calls[id] else { return }
    fact.put(id)
    fact.put(call.point.rawValue)
    fact.put(call.caller)
    fact.put(call.origin)
    fact.put(call.target)
    fact.put(call.payer)
    fact.put(call.authorization?.className ?? "")
    fact.put(call.purpose.rawValue)
    self.put(call.sponsor, into: &fact)
    fact.put(call.transferredBy)
    fact.put(call.shown ?? Digits())
    fact.put(UInt64(call.outward.map { $0.tried + 1 } ?? 0))
    fact.put(call.outward?.outgoing ?? Digits())
    fact.put(call.ringDeadline == .zero || call.point != .alerting ? .never : call.ringDeadline)
    fact.put(self.timers.deadline(of: call.timer) ?? .never)
    fact.put(UInt64(call.failure.map { $0.weight + 1 } ?? 0))
    fact.put(UInt64(call.diversions.count))
    for diversion in call.diversions {
      fact.put(diversion.from)
      fact.put(diversion.reason.rawValue)
    }
    // In the order in which the kernel goes through them.
    self.world.forEachLeg(of: id) { leg, _ in fact.put(leg) }
  }

  private func put(_ id: MachineID, into fact: inout FactWriter) {
    fact.put(UInt64(UInt32(bitPattern: id.module)))
    if !id.isNone { fact.put(id.key) }
  }

  /// The name that ``shape()`` gives a leg: its station, or what it is, and its place there. For hosts that add what they know.
  public func shapeNames() -> ShapeNames { ShapeNames(self.world, now: self.now) }
}

/// Names for legs and calls that do not depend on what has been before.
public struct ShapeNames: Sendable {
  /// In the order of their names.
  public private(set) var legs: [LegID] = []
  public private(set) var calls: [CallID] = []
  let now: Instant

  init(_ world: World, now: Instant) {
    self.now = now
    var legs: [LegID] = []
    world.forEachStation { station in
      world.forEachLeg(of: station.number) { leg, _ in legs.append(leg) }
    }
    world.forEachLeg { leg, found in
      if found.party.station == nil { legs.append(leg) }
    }
    self.legs = legs
    for leg in legs {
      if let call = world.leg(leg)?.call, !call.isNone, !self.calls.contains(call) { self.calls.append(call) }
    }
  }

  func name<Kind>(of handle: Handle<Kind>) -> UInt64 {
    guard !handle.isNone else { return 0 }
    let index =
      Kind.self == Leg.self
      ? self.legs.firstIndex { $0.raw == handle.raw } : self.calls.firstIndex { $0.raw == handle.raw }
    return UInt64(index.map { $0 + 2 } ?? 1)
  }
}
