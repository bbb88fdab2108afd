/// How calls end, and what happens between answer and end.
extension Kernel {
  mutating func released(_ leg: LegID, _ cause: Cause) {
    guard let found = self.world.legs[leg] else { return }
    guard self.world.calls.contains(found.call) else {
      self.world.legs.remove(leg)  // reserved, never dialled
      return
    }
    guard found.owner.isNone else {
      _ = self.world.remove(leg)
      self.tell(found.owner, .legReleased(leg, cause))
      return self.endIfEmpty(found.call, cause)
    }
    if found.direction == .terminating, found.phase != .active { return self.failed(leg, .temporarilyUnavailable) }
    _ = self.ask(.disconnect(leg, cause), about: found.call)
    _ = self.world.remove(leg)
    let isCaller = found.direction == .originating && found.phase == .dialling
    self.end(found.call, isCaller ? .cancelled : cause, isCaller ? .requestTerminated : .ok)
  }

  /// Answers the caller with a refusal and ends the call.
  mutating func finish(_ id: CallID, _ status: Status, _ note: Note, _ cause: Cause) {
    guard let call = self.world.calls[id] else { return }
    self.withdraw(id, cause)
    if self.world.legs[call.origin]?.phase == .dialling {
      _ = self.world.remove(call.origin)
      self.emit(.finish(call.origin, status, note))
    }
    if self.isTracing { self.emit(.note(id, module: -1, note)) }
    self.end(id, cause, status)
  }

  /// Releases what is left of a call and writes its record (CALL-8, CALL-10).
  mutating func end(_ id: CallID, _ cause: Cause, _ status: Status) {
    guard let call = self.world.calls[id] else { return }
    var left: [(LegID, Leg)] = []
    self.world.forEachLeg(of: id) { left.append(($0, $1)) }
    for (leg, found) in left.reversed() {
      if found.direction == .originating, found.phase == .dialling {
        _ = self.world.remove(leg)
        self.emit(.finish(leg, .temporarilyUnavailable, Note("the call has ended")))
      } else {
        self.drop(leg, cause)
      }
    }
    self.timers.cancel(call.timer)
    self.world.calls.remove(id)
    self.forgetMachines(of: id)
    if call.isKept { self.outbox.facts.append(.call(id, nil)) }
    self.emit(
      .record(
        CallRecord(
          call: id, caller: call.caller.number, dialled: call.dialled, answeredBy: call.answeredBy, acts: call.acts,
          start: call.startedAt, answer: call.answeredAt, end: self.now, cause: cause, status: status)))
  }

  private mutating func endIfEmpty(_ id: CallID, _ cause: Cause) {
    guard let call = self.world.calls[id], call.firstLeg.isNone else { return }
    self.end(id, cause, .ok)
  }

  mutating func hold(_ leg: LegID, _ isHolding: Bool) {
    guard let found = self.world.legs[leg], found.phase == .active, found.isHolding != isHolding else { return }
    self.world.legs.update(leg) { $0.isHolding = isHolding }
    self.touch(found.call)
    self.midCall(leg, isHolding ? .held(leg) : .resumed(leg))
  }

  mutating func midCall(_ leg: LegID, _ consult: Consult) {
    guard let found = self.world.legs[leg] else { return }
    if !found.owner.isNone { self.tell(found.owner, consult) }
    _ = self.ask(consult, about: found.call)
  }

  mutating func joinFailed(_ leg: LegID, _ cause: Cause) {
    guard let found = self.world.legs[leg] else { return }
    guard found.owner.isNone else { return self.tell(found.owner, .joinFailed(leg, cause)) }
    // Nobody looks after this conversation: the party is told rather than left in silence.
    self.end(found.call, .mediaFailed, .notAcceptableHere)
  }

  mutating func tellOwner(of leg: LegID, _ consult: Consult) {
    guard let owner = self.world.legs[leg]?.owner, !owner.isNone else { return }
    self.tell(owner, consult)
  }

  /// Puts `new` in the place of `old` (pickup, retrieve, Replaces, an answered recall).
  mutating func substitute(_ new: LegID, for old: LegID) {
    guard let incoming = self.world.legs[new], let leaving = self.world.legs[old], new != old else { return }
    let former = incoming.call
    let call = leaving.call
    guard former != call else { return }
    self.world.move(new, to: call)
    self.world.legs.update(new) {
      $0.owner = leaving.owner
      $0.purpose = leaving.purpose
    }
    if leaving.direction == .terminating, leaving.phase != .active {
      let origin = self.world.calls[call]?.origin ?? .none
      self.world.legs.update(new) { $0.goal = .with(origin) }
      self.emit(.media(new, .with(origin)))
      if incoming.phase == .dialling { self.emit(.answer(new)) }
      if let number = self.world.legs[origin]?.party.number { self.emit(.present(new, number)) }
      self.connectAnswered(new, in: call)
      self.emit(.present(origin, incoming.party.number))
    } else {
      let peer = self.world.peer(of: old)
      _ = self.world.remove(old)
      self.emit(.release(old, .answeredElsewhere))
      if let peer { self.connect(new, peer) }
    }
    if !leaving.owner.isNone { self.told.append((leaving.owner, .replaced(old, by: new))) }
    self.end(former, .normal, .ok)
  }

  /// Makes one call of both legs and lets them talk.
  mutating func connect(_ a: LegID, _ b: LegID) {
    guard let first = self.world.legs[a], let second = self.world.legs[b], a != b else { return }
    let former = first.call
    if former != second.call { self.world.move(a, to: second.call) }
    for (leg, other, found) in [(a, b, first), (b, a, second)] {
      self.world.legs.update(leg) {
        $0.goal = .with(other)
        $0.phase = .active
      }
      self.emit(.media(leg, .with(other)))
      if found.direction == .originating, found.phase == .dialling { self.emit(.answer(leg)) }
    }
    self.world.calls.update(second.call) {
      $0.point = .active
      if $0.answeredAt == nil { $0.answeredAt = self.now }
    }
    self.touch(second.call)
    if former != second.call { self.endIfEmpty(former, .normal) }
  }
}
