/// How calls end, and what happens between answer and end.
extension Kernel {
  mutating func released(_ leg: LegID, _ cause: Cause) {
    guard let found = self.world.legs[leg] else { return }
    guard self.world.calls.contains(found.call) else {
      self.world.legs.remove(leg)  // reserved, never dialled
      return
    }
    if found.direction == .terminating, found.phase != .active { return self.failed(leg, .temporarilyUnavailable) }
    if found.owner.isNone {
      self.departing = leg
      _ = self.ask(.disconnect(leg, cause), about: found.call)
      self.departing = .none
    } else if found.owner.key == .leg(leg) {
      self.tell(found.owner, .legReleased(leg, cause))  // the machine goes with the leg: this is its last word
    }
    guard self.remove(leg) != nil else { return }
    if found.owner.key == .leg(leg) { self.releaseOwned(by: found.owner, .normal) }
    self.tellWatchers(of: leg, .legReleased(leg, cause))
    let isCaller = found.direction == .originating && found.phase == .dialling
    let why: Cause = isCaller ? .cancelled : cause
    let status: Status = isCaller ? .requestTerminated : .ok
    guard found.owner.isNone else {
      self.tell(found.owner, .legReleased(leg, cause))
      return self.endIfEmpty(found.call, why, status)
    }
    // Legs that a machine looks after stay: their owner has been told, or will notice when it asks.
    var left: [LegID] = []
    self.world.forEachLeg(of: found.call) { id, other in
      if other.owner.isNone { left.append(id) }
    }
    for other in left.reversed() { self.drop(other, why) }
    self.endIfEmpty(found.call, why, status)
  }

  /// Answers the caller with a refusal and ends the call.
  mutating func finish(_ id: CallID, _ status: Status, _ note: Note, _ cause: Cause) {
    guard let call = self.world.calls[id] else { return }
    if !call.sponsor.isNone, self.world.legs[call.origin]?.phase == .active, self.isAlive(call.sponsor.key) {
      if self.isTracing { self.emit(.note(id, module: -1, note)) }
      return self.dialFailed(id, status, cause)
    }
    self.withdraw(id, cause)
    if let origin = self.world.legs[call.origin], origin.call == id, origin.phase == .dialling {
      _ = self.remove(call.origin)
      self.emit(.finish(call.origin, status, note))
      self.tellWatchers(of: call.origin, .legReleased(call.origin, cause))
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
      self.drop(leg, cause)
      if !found.owner.isNone, found.owner != self.stepping { self.told.append((found.owner, .legReleased(leg, cause))) }
    }
    self.timers.cancel(call.timer)
    self.world.calls.remove(id)
    if self.mortalMachines > 0 { self.forgetMachines(.call(id)) }
    if call.isKept { self.giveOut(.call(id, nil), .call(id)) }
    self.emit(
      .record(
        CallRecord(
          call: id, caller: call.caller.number, callerTrunk: call.caller.trunk, dialled: call.dialled,
          answeredBy: call.answeredBy, answeredTrunk: call.answeredAt == nil ? nil : self.trunk(of: call), acts: call.acts,
          authorization: call.authorization?.label,
          start: call.startedAt, answer: call.answeredAt, end: self.now, cause: call.outcome?.cause ?? cause,
          status: call.outcome?.status ?? status)))
  }

  mutating func endIfEmpty(_ id: CallID, _ cause: Cause, _ status: Status = .ok) {
    guard let call = self.world.calls[id], call.firstLeg.isNone else { return }
    self.end(id, cause, status)
  }

  /// Takes a leg out of everything and forgets whatever belonged to it.
  mutating func remove(_ leg: LegID) -> Leg? {
    guard let found = self.world.remove(leg) else { return nil }
    self.thinned.append(found.call)
    if found.phase == .active { self.touch(found.call) }
    if case .with(let other) = found.goal, let call = self.world.legs[other]?.call, call != found.call {
      self.thinned.append(call)
    }
    self.noteActivity(of: found.party)
    self.startIdleTimers(of: leg)
    if self.mortalMachines > 0 { self.forgetMachines(.leg(leg)) }
    return found
  }

  /// After a turn in which `id` has lost a leg: nobody rings for one who is gone, nobody whom no machine looks after is left
  /// alone, and a call without legs is over.
  mutating func settle(_ id: CallID) {
    guard self.world.calls.contains(id) else { return }
    var ringing: [LegID] = []
    var alone: [LegID] = []
    self.world.forEachLeg(of: id) { leg, found in
      if found.direction == .terminating, found.phase != .active {
        if case .with(let other) = found.goal {
          if self.world.legs[other] == nil { ringing.append(leg) }
        } else if found.owner.isNone {
          ringing.append(leg)
        }
      } else if found.phase == .active, found.owner.isNone, !self.isCalling(leg, of: id), !self.hasCompany(leg, found) {
        alone.append(leg)
      }
    }
    for leg in ringing.reversed() {
      let owner = self.world.legs[leg]?.owner ?? .none
      self.drop(leg, .cancelled)
      if !owner.isNone { self.told.append((owner, .legFailed(leg, .requestTerminated))) }
    }
    for leg in alone.reversed() { self.drop(leg, .normal) }
    self.endIfEmpty(id, .normal)
  }

  /// Whether somebody else is being called for a party that is in conversation already.
  private func isCalling(_ leg: LegID, of id: CallID) -> Bool {
    guard let call = self.world.calls[id], call.origin == leg, !call.sponsor.isNone else { return false }
    return self.isAlive(call.sponsor.key)
  }

  /// Whether `leg` talks to somebody who is there, or, while it hears something else, somebody of its call means to talk to it
  /// or, when both hold, hears something else as well.
  private func hasCompany(_ leg: LegID, _ found: Leg) -> Bool {
    if case .with(let other) = found.goal { return self.world.legs.contains(other) }
    var hasCompany = false
    self.world.forEachLeg(of: found.call) { id, other in
      guard id != leg, other.phase == .active else { return }
      if case .with(let third) = other.goal {
        hasCompany = hasCompany || third == leg
      } else if other.owner.isNone {
        hasCompany = true
      }
    }
    return hasCompany
  }

  mutating func hold(_ leg: LegID, _ isHolding: Bool) {
    guard let found = self.world.legs[leg], found.phase == .active, found.isHolding != isHolding else { return }
    self.world.legs.update(leg) { $0.isHolding = isHolding }
    self.noteActivity(of: found.party)
    self.touch(found.call)
    self.midCall(leg, isHolding ? .held(leg) : .resumed(leg))
  }

  mutating func midCall(_ leg: LegID, _ consult: Consult) {
    guard let found = self.world.legs[leg] else { return }
    if !found.owner.isNone { self.tell(found.owner, consult) }
    self.tellWatchers(of: leg, consult)
    _ = self.ask(consult, about: found.call, except: leg)
  }

  /// Puts `new` in the place of `old` (pickup, retrieve, Replaces, an answered recall).
  mutating func substitute(_ new: LegID, for old: LegID) {
    guard let incoming = self.world.legs[new], let leaving = self.world.legs[old], new != old else { return }
    if leaving.direction == .originating, leaving.phase == .dialling { return self.takeOver(new, from: old) }
    let former = incoming.call
    let call = leaving.call
    // Nobody waits for one who was summoned: there is nobody to talk to in its place.
    if leaving.phase != .active, self.world.calls[call]?.origin.isNone ?? false { return }
    if former != call { self.world.move(new, to: call) }
    let peer = self.world.peer(of: old, besides: new)
    let watching = self.watchers.removeValue(forKey: old) ?? []
    let isRinging = leaving.direction == .terminating && leaving.phase != .active
    self.world.legs.update(new) {
      $0.owner = leaving.owner
      $0.alertedBy = leaving.alertedBy
      $0.purpose = leaving.purpose
      if isRinging { $0.phase = .active }
    }
    if isRinging {
      // The others that ring for that machine hear that it was answered.
      if !leaving.alertedBy.isNone { self.withMachineIfAny(leaving.alertedBy) { $0.alerted.append(new) } }
      if let peer { self.face(new, peer, wasDialling: incoming.phase == .dialling) }
      if leaving.owner.isNone { self.connectAnswered(new, in: call) }
      self.drop(old, .answeredElsewhere)
    } else {
      _ = self.remove(old)
      self.emit(.release(old, .answeredElsewhere))
      if let peer { self.connect(new, peer) }
    }
    for machine in watching { self.told.append((machine, .replaced(old, by: new))) }
    if !leaving.owner.isNone, leaving.owner != self.stepping || isRinging {
      self.told.append((leaving.owner, .replaced(old, by: new)))
    }
    self.endIfEmpty(former, .normal)
  }

  /// `new` takes a ringing leg's place and talks to the one it rang for.
  private mutating func face(_ new: LegID, _ peer: LegID, wasDialling: Bool) {
    self.world.legs.update(new) { $0.goal = .with(peer) }
    self.emit(.media(new, .with(peer)))
    if wasDialling { self.emit(.answer(new)) }
    self.present(new, peer)
  }

  /// Lets both legs talk and makes one call of them; when one has dialled and the other has answered, once that is reached.
  mutating func connect(_ a: LegID, _ b: LegID) {
    guard let first = self.world.legs[a], let second = self.world.legs[b], a != b else { return }
    for (leg, other) in [(a, b), (b, a)] {
      self.world.legs.update(leg) { $0.goal = .with(other) }
      self.emit(.media(leg, .with(other)))
    }
    if first.call == second.call, self.isOriginating(a) || self.isOriginating(b) {
      self.world.calls.update(first.call) { $0.point = .alerting }
      return self.connectAnswered(self.isOriginating(a) ? b : a, in: first.call)
    }
    if first.phase == .dialling, second.phase == .active { return }
    if first.phase == .active, second.phase == .dialling { return }
    self.complete(a, b)
  }

  /// Whether `leg` still waits for somebody to answer what it, or a machine for it, has dialled.
  func isOriginating(_ leg: LegID) -> Bool {
    guard let found = self.world.legs[leg], let call = self.world.calls[found.call], call.origin == leg else { return false }
    return found.phase == .dialling || !call.sponsor.isNone
  }

  /// Both can talk: who has dialled is answered, `a` moves into the call of `b`.
  mutating func complete(_ a: LegID, _ b: LegID) {
    guard let first = self.world.legs[a], let second = self.world.legs[b] else { return }
    let former = first.call
    if former != second.call {
      self.world.move(a, to: second.call)
      self.thinned.append(former)
    }
    for (leg, found) in [(a, first), (b, second)] {
      self.world.legs.update(leg) { $0.phase = .active }
      if found.direction == .originating, found.phase == .dialling { self.emit(.answer(leg)) }
      self.noteActivity(leg)
    }
    self.present(a, b)
    self.world.calls.update(second.call) {
      $0.point = .active
      $0.outcome = nil
      if $0.answeredAt == nil { $0.answeredAt = self.now }
      if $0.answeredBy.isEmpty { $0.answeredBy = first.direction == .terminating ? first.party.number : second.party.number }
    }
    self.dialAnswered(second.call)
    if first.isHolding { self.rejoined.append(a) }
    if second.isHolding { self.rejoined.append(b) }
    self.touch(second.call)
    self.endIfEmpty(former, .normal)
  }

  /// Each is shown the other's number (CALL-6).
  mutating func present(_ a: LegID, _ b: LegID) {
    guard let first = self.world.legs[a], let second = self.world.legs[b] else { return }
    self.emit(.present(a, second.party.number))
    self.emit(.present(b, first.party.number))
  }
}
