/// The kernel looks at itself: what must hold after every turn, whatever the modules are. For explorers and the status.
extension Kernel {
  /// Everything that is not as it must be; empty as long as all is well. Takes time in proportion to what there is.
  public func audit() -> [String] {
    var findings: [String] = []
    self.auditCalls(&findings)
    self.auditLegs(&findings)
    self.auditMachines(&findings)
    return findings
  }

  /// Whether something will come of it when `leg` hears no partner: a machine owns it, or watches it and has a timer or a telephone
  /// that rings; or somebody is called for it, or its call is about to end.
  public func isLookedAfter(_ leg: LegID) -> Bool {
    guard let found = self.world.legs[leg], let call = self.world.calls[found.call] else { return false }
    if self.timers.deadline(of: call.timer) != nil { return true }
    if !call.sponsor.isNone, call.origin == leg { return true }
    return ([found.owner] + (self.watchers[leg] ?? [])).contains { id in
      guard let machine = self.machines[id] else { return false }
      return id == found.owner || !machine.timers.isEmpty || !machine.alerted.isEmpty
    }
  }

  private func auditCalls(_ findings: inout [String]) {
    self.world.forEachCall { id, call in
      var waits = false
      var legs = 0
      self.world.forEachLeg(of: id) { leg, found in
        legs += 1
        if found.call != id { findings.append("leg \(leg) is filed under call \(id) and belongs to \(found.call)") }
        if found.phase != .active, found.owner.isNone { waits = true }
      }
      if legs == 0 { findings.append("call \(id) has no leg") }
      let isTimed = self.timers.deadline(of: call.timer) != nil
      if isTimed, !self.mayBeTimed(call) { findings.append("call \(id) has a timer in point \(call.point)") }
      if waits, call.point == .alerting, !isTimed { findings.append("call \(id) rings and nothing ends that") }
    }
  }

  /// While it rings, or hears how its code came out.
  private func mayBeTimed(_ call: Call) -> Bool {
    if call.point == .alerting { return true }
    if case .tone = self.world.legs[call.origin]?.goal { return call.point == .active }
    return false
  }

  private func auditLegs(_ findings: inout [String]) {
    var ofStations = 0
    self.world.forEachLeg { leg, found in
      if !found.call.isNone, !self.world.calls.contains(found.call) {
        findings.append("leg \(leg) belongs to call \(found.call), which is over")
      }
      if !found.call.isNone, found.party.station != nil { ofStations += 1 }
      if case .with(let other) = found.goal, !self.world.legs.contains(other) {
        findings.append("leg \(leg) shall talk to leg \(other), which is gone")
      }
      if found.direction == .originating, found.phase == .dialling, !found.call.isNone, found.owner.isNone {
        var connects = false
        if case .with(let other) = found.goal { connects = self.world.legs.contains(other) }
        if !connects, self.world.calls[found.call]?.point != .alerting {
          findings.append("leg \(leg) has dialled, and nothing will answer it")
        }
      }
      guard !found.owner.isNone else {
        switch found.goal {
        case .announcement, .playback, .recording: findings.append("leg \(leg) hears a sound, and nobody looks after it")
        case .nothing, .with, .music, .tone, .room: break
        }
        return
      }
      if found.phase == .dialling, self.machines[found.owner]?.timers.isEmpty ?? true {
        var connects = false
        if case .with(let other) = found.goal { connects = self.world.legs.contains(other) }
        if !connects { findings.append("leg \(leg) has dialled, and its machine has no timer to end that") }
      }
      if !self.isAlive(found.owner.key) { findings.append("leg \(leg) is owned by a machine that has ended") }
      if found.phase != .active, found.direction == .terminating, self.machines[found.owner]?.timers.isEmpty ?? true {
        findings.append("leg \(leg) rings for a machine that has no timer to end that")
      }
    }
    var paid: [StationNumber: Int] = [:]
    self.world.forEachLeg { _, found in if let payer = found.payer { paid[payer, default: 0] += 1 } }
    var filed = 0
    self.world.forEachStation { station in
      if station.trunkCalls != paid[station.number] ?? 0 {
        findings.append(
          "station \(station.number) pays for \(paid[station.number] ?? 0) calls outside, \(station.trunkCalls) are counted")
      }
      var count = 0
      self.world.forEachLeg(of: station.number) { _, _ in count += 1 }
      if count != station.legCount {
        findings.append("station \(station.number) counts \(station.legCount) legs and has \(count)")
      }
      filed += count
    }
    if filed != ofStations { findings.append("\(ofStations) legs belong to stations, \(filed) are filed there") }
  }

  private func auditMachines(_ findings: inout [String]) {
    var timers = 0
    var mortal = 0
    for (id, machine) in self.machines {  // order does not matter: findings are sorted below
      if id.key.isMortal { mortal += 1 }
      if !self.isAlive(id.key) { findings.append("a machine of module \(id.module) has outlived its call or leg") }
      for timer in machine.timers where !timer.handle.isNone {
        timers += 1
        if self.timers.deadline(of: timer.handle) == nil {
          findings.append("a machine of module \(id.module) waits for a timer that is gone")
        }
      }
    }
    self.world.forEachCall { _, call in
      if self.timers.deadline(of: call.timer) != nil { timers += 1 }
    }
    if timers != self.timers.count { findings.append("\(self.timers.count) timers are armed, \(timers) belong to somebody") }
    if mortal != self.mortalMachines {
      findings.append("\(mortal) machines end with a call or leg, \(self.mortalMachines) are counted")
    }
    // order does not matter: findings are sorted below
    for (leg, _) in self.watchers where !self.world.legs.contains(leg) { findings.append("a leg that is gone is watched") }
    // order does not matter: findings are sorted below
    for (leg, _) in self.idleTimers where !self.world.legs.contains(leg) {
      findings.append("a timer waits for a leg that is gone")
    }
    findings.sort()
  }
}
