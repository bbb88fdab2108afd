/// The terminating half: one attempt after another to reach somebody, with the detection points between.
extension Kernel {
  /// Tries `station`: modules first, then what it is doing, then its devices.
  mutating func attempt(_ id: CallID, _ station: StationNumber) {
    self.world.calls.update(id) {
      $0.ringTime = nil
      $0.failure = nil
      $0.shown = nil
      $0.outward = nil
    }
    switch self.ask(.attemptAuthorised(id, station), about: id) {
    case .reroute(let number, let reason, let hops): return self.reroute(id, to: number, reason, maximumHops: hops)
    case .refuse(let status, let note): return self.finish(id, status, note, .refused)
    case .fail(let failure): return self.raise(failure, id, station)
    case .own: return
    case .proceed, .translate, .done, .handOver: break
    }
    guard let target = self.world.station(station), target.isRegistered else { return self.raise(.notReachable, id, station) }
    if target.isBusy, self.world.calls[id]?.purpose != .recall { return self.raise(.busy, id, station) }
    self.ring(id, target)
  }

  private mutating func ring(_ id: CallID, _ target: World.Station) {
    guard let call = self.world.calls[id] else { return }
    self.world.calls.update(id) {
      $0.point = .alerting
      $0.ringDeadline = self.now + min(self.ringTime, call.ringTime ?? self.ringTime)
    }
    for device in target.devices {
      self.seize(
        .station(target.number, device), in: id, hearing: .with(call.origin),
        calling: call.shown ?? self.world.legs[call.origin]?.party.number ?? call.caller.number,
        purpose: call.purpose, by: .none)
    }
    self.armAttempt(id, at: self.now + self.provisionalTime)
  }

  /// Calls one device or trunk, to hear `goal`: whoever waits for it, or a sound of the exchange's.
  mutating func seize(
    _ party: Party, in call: CallID, hearing goal: Goal, calling: Digits, purpose: Purpose, by machine: MachineID,
    payer: StationNumber? = nil
  ) {
    var leg = Leg(call: call, party: party, direction: .terminating, phase: .seized, purpose: purpose)
    leg.payer = payer
    leg.alertedBy = machine
    leg.owner = machine
    leg.goal = goal
    let peer: LegID = if case .with(let other) = goal { other } else { .none }
    let id = self.world.legs.insert(leg)
    self.world.add(id)
    if !machine.isNone { self.withMachine(machine) { $0.alerted.append(id) } }
    self.emit(.media(id, goal))
    self.emit(
      .alert(
        id,
        Alert(
          party: party, calling: calling, peer: peer, purpose: purpose,
          diversions: purpose == .recall ? [] : self.world.calls[call]?.diversions ?? [],
          transferredBy: self.world.calls[call]?.transferredBy ?? Digits())))
  }

  mutating func armAttempt(_ id: CallID, at deadline: Instant) {
    guard let call = self.world.calls[id] else { return }
    self.timers.cancel(call.timer)
    let handle = self.timers.arm(.attempt(id), at: min(deadline, call.ringDeadline))
    self.world.calls.update(id) { $0.timer = handle }
  }

  mutating func disarmAttempt(_ id: CallID) {
    guard let call = self.world.calls[id] else { return }
    self.timers.cancel(call.timer)
    self.world.calls.update(id) { $0.timer = .none }
  }

  mutating func attemptTimerFired(_ id: CallID) {
    guard let call = self.world.calls[id], call.point == .alerting else { return }
    self.world.calls.update(id) { $0.timer = .none }
    if call.outward != nil {
      if self.now < call.ringDeadline, self.calledLegs(of: id).contains(where: { self.world.legs[$0]?.phase != .seized }) {
        return self.armAttempt(id, at: call.ringDeadline)
      }
      return self.wayOutTimedOut(id)
    }
    let silent = self.calledLegs(of: id).filter { self.world.legs[$0]?.phase == .seized }
    if self.now >= call.ringDeadline {
      self.withdraw(id, .noAnswer)
      // Nobody who never showed life can be said not to have answered.
      let failure: Failure = silent.isEmpty || call.ringTime != nil ? .noAnswer : .notReachable
      return self.conclude(id, .point(failure))
    }
    for leg in silent { self.drop(leg, .notReachable) }
    if self.calledLegs(of: id).isEmpty {
      self.conclude(id, .point(.notReachable))
    } else {
      self.armAttempt(id, at: call.ringDeadline)
    }
  }

  mutating func proceeding(_ leg: LegID) {
    guard let found = self.world.legs[leg], found.phase == .seized else { return }
    self.world.legs.update(leg) { $0.phase = .proceeding }
    self.showedLife(found)
  }

  mutating func alerting(_ leg: LegID) {
    guard let found = self.world.legs[leg], found.direction == .terminating, found.phase == .seized || found.phase == .proceeding
    else { return }
    self.world.legs.update(leg) { $0.phase = .alerting }
    if case .with(let peer) = found.goal { self.rings(for: peer) }
    guard found.owner.isNone else { return self.tell(found.owner, .legAlerting(leg)) }
    if found.phase == .seized { self.showedLife(found) }
  }

  /// The provisional time is met once no device is left that has said nothing.
  private mutating func showedLife(_ leg: Leg) {
    guard leg.owner.isNone, let call = self.world.calls[leg.call], call.point == .alerting else { return }
    for other in self.calledLegs(of: leg.call) where self.world.legs[other]?.phase == .seized { return }
    self.armAttempt(leg.call, at: call.ringDeadline)
  }

  mutating func answered(_ leg: LegID) {
    guard let found = self.world.legs[leg], found.direction == .terminating, found.phase != .active else { return }
    self.world.legs.update(leg) { $0.phase = .active }
    self.summonsAnswered(leg, found)
    guard found.owner.isNone else { return self.tell(found.owner, .legAnswered(leg)) }
    self.connectAnswered(leg, in: found.call)
  }

  /// `leg` has won the call: the others are withdrawn, caller and winner talk.
  mutating func connectAnswered(_ leg: LegID, in id: CallID) {
    guard let call = self.world.calls[id], call.point == .alerting, let winner = self.world.legs[leg] else { return }
    self.disarmAttempt(id)
    for other in self.calledLegs(of: id) where other != leg { self.drop(other, .answeredElsewhere) }
    let wasDialling = self.world.legs[call.origin]?.phase == .dialling
    self.world.calls.update(id) {
      $0.point = .active
      $0.answeredAt = self.now
      $0.answeredBy = winner.party.number
    }
    self.world.legs.update(leg) {
      $0.phase = .active
      $0.goal = .with(call.origin)
    }
    self.world.legs.update(call.origin) {
      $0.phase = .active
      $0.goal = .with(leg)
    }
    self.emit(.media(call.origin, .with(leg)))
    if self.world.legs[call.origin]?.isHolding ?? false { self.rejoined.append(call.origin) }
    if wasDialling { self.emit(.answer(call.origin)) } else { self.present(call.origin, leg) }
    self.dialAnswered(id)
    self.noteActivity(leg)
    self.noteActivity(call.origin)
    self.touch(id)
    _ = self.ask(.answer(id, leg), about: id)
  }

  mutating func failed(_ leg: LegID, _ status: Status) {
    guard let found = self.world.legs[leg] else { return }
    guard found.direction == .terminating, found.phase != .active else { return self.released(leg, .lost) }
    _ = self.remove(leg)
    self.tellWatchers(of: leg, .legFailed(leg, status))
    guard found.owner.isNone else { return self.tell(found.owner, .legFailed(leg, status)) }
    if found.party.trunk != nil { return self.wayOutFailed(found, status) }
    let failure = LegFailure(status, phase: found.phase)
    guard self.calledLegs(of: found.call).isEmpty else {
      self.world.calls.update(found.call) {
        if failure.weight >= $0.failure?.weight ?? 0 { $0.failure = failure }
      }
      if found.phase == .seized { self.showedLife(found) }
      return
    }
    self.conclude(found.call, failure)
  }

  /// No device is left to try: what the last one said, or an earlier one that said more about the person.
  private mutating func conclude(_ id: CallID, _ last: LegFailure) {
    guard let call = self.world.calls[id] else { return }
    self.disarmAttempt(id)
    let failure = call.failure.map { $0.weight > last.weight ? $0 : last } ?? last
    switch failure {
    case .point(let point): self.raise(point, id, StationNumber(call.target))
    case .final(let status): self.finish(id, status, Note("% refused", call.target), .refused)
    }
  }

  /// The telephone forwards by itself (CALL-11): user part only, never for group members or recalls.
  mutating func redirected(_ leg: LegID, _ number: Digits) {
    guard let found = self.world.legs[leg], found.owner.isNone, found.direction == .terminating, found.phase != .active,
      found.party.station != nil, found.purpose != .groupMember, found.purpose != .recall
    else { return self.failed(leg, .temporarilyUnavailable) }
    self.withdraw(found.call, .refused, except: leg)
    _ = self.remove(leg)
    self.tellWatchers(of: leg, .legReleased(leg, .refused))
    self.disarmAttempt(found.call)
    self.reroute(found.call, to: number, .deflection, maximumHops: Self.hopLimit)
  }

  /// A detection point after a failed attempt; nobody there: the caller is told.
  private mutating func raise(_ failure: Failure, _ id: CallID, _ station: StationNumber?) {
    guard let call = self.world.calls[id] else { return }
    self.disarmAttempt(id)
    if let station {
      let consult: Consult =
        switch failure {
        case .busy: .busy(id, station)
        case .noAnswer: .noAnswer(id, station)
        case .notReachable: .notReachable(id, station)
        }
      switch self.ask(consult, about: id) {
      case .reroute(let number, let reason, let hops): return self.reroute(id, to: number, reason, maximumHops: hops)
      case .refuse(let status, let note): return self.finish(id, status, note, .refused)
      case .own: return
      case .proceed, .fail, .translate, .done, .handOver: break
      }
    }
    switch failure {
    case .busy: self.finish(id, .busyHere, Note("% is busy", call.target), .busy)
    case .noAnswer: self.finish(id, .temporarilyUnavailable, Note("% does not answer", call.target), .noAnswer)
    case .notReachable: self.finish(id, .temporarilyUnavailable, Note("% is not reachable", call.target), .notReachable)
    }
  }

  /// Sends the call elsewhere: hops and visited numbers are counted here, so that no module can forget them (FWD-4).
  mutating func reroute(_ id: CallID, to number: Digits, _ reason: Diversion.Reason, maximumHops: Int) {
    guard let call = self.world.calls[id] else { return }
    guard call.diversions.count < min(maximumHops, Self.hopLimit) else {
      return self.finish(id, .busyHere, Note("forwarded too often, % would be one more", number), .loop)
    }
    guard number != call.target, !call.diversions.contains(where: { $0.from == number }) else {
      return self.finish(id, .busyHere, Note("forward loop: % has been visited", number), .loop)
    }
    let match = self.world.dispatch.match(number)
    // A group or a module's number has no class of service: whoever paid for the way to it goes on paying.
    let diverter = StationNumber(call.target).flatMap { self.world.isStation($0.digits) ? $0 : nil }
    var obstacle = diverter.flatMap { self.world.obstacle($0, number, by: nil) }
    // TRK-5: whoever is helped there must be the one who has called.
    if case .emergency = match { obstacle = .barred }
    self.world.calls.update(id) {
      $0.diversions.append(Diversion(from: call.target, reason: reason))
      if let diverter {
        $0.payer = diverter.digits
        $0.authorization = nil
      }
      $0.target = number
    }
    self.touch(id)
    if let obstacle {
      let isLate = obstacle == .outOfHours
      return self.finish(
        id, .forbidden,
        isLate ? Note("forward to % is not allowed at this hour", number) : Note("forward to % is not allowed", number), obstacle)
    }
    if self.world.legs[call.origin]?.phase == .dialling { self.emit(.progress(call.origin, .forwarded)) }
    self.select(id, match)
  }

  /// The legs of `call` that the kernel itself has called and that have not answered, in the order in which they were called.
  func calledLegs(of call: CallID) -> [LegID] {
    var called: [LegID] = []
    self.world.forEachLeg(of: call) { id, leg in
      if leg.direction == .terminating, leg.phase != .active, leg.owner.isNone { called.append(id) }
    }
    return called.reversed()
  }

  /// Stops every device that still rings for the call.
  mutating func withdraw(_ call: CallID, _ cause: Cause, except kept: LegID = .none) {
    for leg in self.calledLegs(of: call) where leg != kept { self.drop(leg, cause) }
  }

  /// Releases one leg, or refuses it if it still waits for an answer, and forgets it.
  mutating func drop(_ leg: LegID, _ cause: Cause) {
    guard let found = self.remove(leg) else { return }
    if found.direction == .originating, found.phase == .dialling {
      self.emit(.finish(leg, .temporarilyUnavailable, Note("the call has ended")))
    } else {
      self.emit(.release(leg, cause))
    }
    self.tellWatchers(of: leg, .legReleased(leg, cause))
  }
}
