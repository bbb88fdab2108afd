/// Calls that a machine orders for a party in conversation (transfer), and calls that go on after a machine has looked at them.
extension Kernel {
  /// Calls `number` for `leg`, which leaves whom it talks to.
  mutating func dial(_ number: Digits, for leg: LegID, payer: Digits, by sponsor: MachineID) {
    guard let found = self.world.legs[leg], found.phase == .active else {
      return self.told.append((sponsor, .dialFailed(leg, .noSuchCall)))
    }
    var call = Call(caller: found.party, dialled: number, origin: leg, at: self.now)
    call.payer = payer
    call.purpose = .transfer
    call.sponsor = sponsor
    call.transferredBy = payer
    call.answeredAt = self.now
    let id = self.world.calls.insert(call)
    self.world.legs.update(leg) { $0.owner = .none }
    self.tellWatchers(of: leg, .taken(leg))
    self.thinned.append(found.call)
    self.touch(found.call)
    self.world.move(leg, to: id)
    self.hear(leg, .tone(.ringback))
    self.analyse(id, number)
  }

  /// `new`, which is in conversation, goes on with what `old` has dialled: whoever is called keeps ringing (XFER-7).
  mutating func takeOver(_ new: LegID, from old: LegID) {
    guard let incoming = self.world.legs[new], let leaving = self.world.legs[old], incoming.phase == .active,
      self.world.calls[leaving.call]?.origin == old, incoming.call != leaving.call
    else { return }
    let id = leaving.call
    self.tellWatchers(of: new, .taken(new))
    self.thinned.append(incoming.call)
    self.touch(incoming.call)
    self.world.move(new, to: id)
    self.world.legs.update(new) { $0.owner = leaving.owner }
    self.world.calls.update(id) {
      $0.origin = new
      $0.sponsor = self.stepping
      $0.purpose = .transfer
      $0.transferredBy = leaving.party.station?.digits ?? Digits()
      if $0.answeredAt == nil { $0.answeredAt = self.now }
    }
    var called: [LegID] = []
    self.world.forEachLeg(of: id) { leg, found in
      if found.goal == .with(old) { called.append(leg) }
    }
    for leg in called.reversed() {
      self.world.legs.update(leg) { $0.goal = .with(new) }
      self.emit(.media(leg, .with(new)))
    }
    for machine in self.watchers.removeValue(forKey: old) ?? [] where machine != self.stepping {
      self.told.append((machine, .replaced(old, by: new)))
    }
    _ = self.remove(old)
    if old != self.departing { self.emit(.finish(old, .requestTerminated, Note("transferred"))) }
    self.hear(new, .tone(.ringback))
    if !leaving.owner.isNone, leaving.owner != self.stepping { self.told.append((leaving.owner, .replaced(old, by: new))) }
  }

  /// Somebody rings for `peer`: one who has dialled is told, for another the machine that dialled.
  mutating func rings(for peer: LegID) {
    guard let found = self.world.legs[peer] else { return }
    if found.phase == .dialling { return self.emit(.progress(peer, .ringing)) }
    guard let call = self.world.calls[found.call], call.origin == peer, !call.sponsor.isNone else { return }
    self.told.append((call.sponsor, .dialAlerting(peer)))
  }

  /// What a machine has dialled was answered: it is an ordinary call from now on.
  mutating func dialAnswered(_ id: CallID) {
    guard let call = self.world.calls[id], !call.sponsor.isNone else { return }
    self.world.calls.update(id) { $0.sponsor = .none }
    self.told.append((call.sponsor, .dialAnswered(call.origin)))
  }

  /// A module that has taken the call of a party in conversation lets it hear something: that is the answer.
  mutating func taken(_ leg: LegID, by id: MachineID) {
    guard let found = self.world.legs[leg], found.owner == id, let call = self.world.calls[found.call], call.origin == leg,
      !call.sponsor.isNone, call.sponsor != id
    else { return }
    self.world.calls.update(found.call) { $0.point = .active }
    self.dialAnswered(found.call)
  }

  /// What a machine has dialled came to nothing. The party stays, and whoever ordered it decides what becomes of it.
  mutating func dialFailed(_ id: CallID, _ status: Status, _ cause: Cause) {
    guard let call = self.world.calls[id] else { return }
    self.withdraw(id, cause)
    self.disarmAttempt(id)
    var looking: [LegID] = []
    self.world.forEachLeg(of: id) { leg, found in
      if leg != call.origin { looking.append(leg) }
    }
    for leg in looking.reversed() { self.drop(leg, cause) }
    self.world.legs.update(call.origin) { $0.owner = .none }
    self.world.calls.update(id) {
      $0.sponsor = .none
      $0.point = .active
      $0.outcome = (cause, status)
    }
    if self.mortalMachines > 0 { self.forgetMachines(.call(id)) }
    self.thinned.append(id)
    self.touch(id)
    self.told.append((call.sponsor, .dialFailed(call.origin, status)))
  }

  mutating func stopDialling(_ leg: LegID, by sponsor: MachineID) {
    guard let id = self.world.legs[leg]?.call, self.world.calls[id]?.sponsor == sponsor else { return }
    self.finish(id, .temporarilyUnavailable, Note("% does not answer", self.world.calls[id]?.target ?? Digits()), .noAnswer)
  }

  /// The host says whose authorisation code it was. It counts for the call of `leg`, and its machine goes on (TRK-4).
  mutating func verified(_ leg: LegID, _ authorization: Authorization?) {
    guard let found = self.world.legs[leg], !found.owner.isNone else { return }
    if let authorization { self.world.calls.update(found.call) { $0.authorization = authorization } }
    self.tell(found.owner, .verified(leg, isValid: authorization != nil))
  }

  /// An owned leg that has dialled goes on as if it had dialled `number`.
  mutating func proceed(_ leg: LegID, as number: Digits, dialled: Digits) {
    guard let found = self.world.legs[leg], found.phase == .dialling, self.world.calls[found.call]?.origin == leg else { return }
    self.world.legs.update(leg) { $0.owner = .none }
    self.world.calls.update(found.call) { $0.dialled = dialled }
    self.analyse(found.call, number, isTranslated: true)
  }

  /// Sends a leg that waits for an answer elsewhere, as a module's *reroute* does.
  mutating func forward(_ leg: LegID, to number: Digits, _ reason: Diversion.Reason, _ purpose: Purpose) {
    guard let found = self.world.legs[leg], let call = self.world.calls[found.call], call.origin == leg,
      found.phase == .dialling || !call.sponsor.isNone
    else { return }
    self.world.legs.update(leg) { $0.owner = .none }
    self.world.calls.update(found.call) { $0.purpose = purpose }
    self.reroute(found.call, to: number, reason, maximumHops: Self.hopLimit)
  }

  /// The party of `leg` wants its peer connected elsewhere (REFER): to a code that acts on held parties, or as a module allows.
  mutating func transferRequested(_ leg: LegID, _ number: Digits, _ replacing: LegID) {
    guard let found = self.world.legs[leg] else { return }
    guard found.phase == .active else {
      return self.emit(.transfer(leg, .refused(.noSuchCall, Note("there is no call to transfer"))))
    }
    if replacing.isNone, case .code(let code) = self.world.dispatch.match(number), self.actsOnHeld(code) {
      return self.transferToCode(leg, found, code)
    }
    let verdict = self.ask(.transferRequested(leg, to: number, replacing: replacing), about: found.call)
    switch verdict {
    case .own: break
    case .refuse(let status, let note): self.emit(.transfer(leg, .refused(status, note)))
    case .proceed, .reroute, .translate, .fail, .done, .handOver:
      self.emit(.transfer(leg, .refused(.forbidden, Note("nobody may be transferred here"))))
    }
  }

  private func actsOnHeld(_ match: CodeMatch) -> Bool {
    guard self.placements.indices.contains(match.placement), self.placements[match.placement] >= 0 else { return false }
    let actions = self.modules[self.placements[match.placement]].descriptor.actions
    let action = self.world.plan.modules[match.placement].codes[match.code].action
    return actions.indices.contains(action) && actions[action].actsOnHeld
  }

  /// The usual way to park from a transfer key (XFER-7): the code acts on the transferred party.
  private mutating func transferToCode(_ leg: LegID, _ found: Leg, _ match: CodeMatch) {
    let placement = self.world.plan.modules[match.placement]
    let module = self.placements[match.placement]
    guard let station = found.party.station, self.world.may(station, useModule: placement.module) else {
      let note = Note("class of service bars code %", placement.codes[match.code].digits)
      self.act(found.call, module, note)
      return self.emit(.transfer(leg, .refused(.forbidden, note)))
    }
    let consult = Consult.code(
      DialledCode(
        leg: .none, by: station, action: placement.codes[match.code].action, argument: match.argument, isBad: false, subject: leg)
    )
    guard let key = self.modules[module].machine(consult, self.world) else {
      return self.emit(.transfer(leg, .refused(.temporarilyUnavailable, Note("the code does nothing here"))))
    }
    // Told before what the module orders: it may release the leg.
    let position = self.outbox.directives.count
    switch self.step(MachineID(module: module, key: key), consult, call: found.call) {
    case .done(let note):
      self.outbox.directives.insert(contentsOf: [.transfer(leg, .accepted), .transfer(leg, .done)], at: position)
      self.act(found.call, module, note)
    case .refuse(let status, let note):
      self.act(found.call, module, note)
      self.emit(.transfer(leg, .refused(status, note)))
    case .proceed, .reroute, .translate, .fail, .own, .handOver:
      self.emit(.transfer(leg, .refused(.temporarilyUnavailable, Note("the code changed nothing"))))
    }
  }
}
