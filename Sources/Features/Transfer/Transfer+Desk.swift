import Kernel

extension Transfer {
  /// What the machine orders, in telephone terms.
  struct Desk {
    let party: LegID
    let back: Recall
    let world: World
  }
}

extension Transfer.Desk {
  /// The party leaves the transferor and hears the target ring (XFER-1).
  func dial(_ number: Digits, _ transferor: Transfer.Transferor, _ orders: inout Orders) -> Step<Transfer.State> {
    orders.explain(Note("transferred to %", number))
    self.keep(transferor, &orders)
    orders.dial(number, for: self.party, payer: transferor.station.digits)
    orders.arm(Transfer.Timer.answer, after: self.back.time)
    return .go(.dialling(transferor))
  }

  /// The party goes on with what the transferor has dialled (XFER-7).
  func takeOver(_ second: LegID, _ transferor: Transfer.Transferor, _ orders: inout Orders) -> Step<Transfer.State> {
    orders.explain(Note("transferred to %", self.world.leg(second).flatMap { self.world.call($0.call) }?.target ?? Digits()))
    if transferor.isTold { self.keep(transferor, &orders) }
    orders.substitute(self.party, for: second)
    if transferor.isTold {
      orders.report(transferor.leg, .ringing)
    } else {
      orders.release(transferor.leg, .normal)
    }
    orders.arm(Transfer.Timer.answer, after: self.back.time)
    return .go(.dialling(transferor.isTold ? transferor : transferor.gone))
  }

  private func keep(_ transferor: Transfer.Transferor, _ orders: inout Orders) {
    orders.report(transferor.leg, .accepted)
    orders.own(transferor.leg)
    orders.hear(transferor.leg, .nothing)
  }

  func succeed(_ transferor: Transfer.Transferor, _ orders: inout Orders) -> Step<Transfer.State> {
    if !transferor.leg.isNone {
      if transferor.isTold { orders.report(transferor.leg, .done) }
      orders.release(transferor.leg, .normal)
    }
    return .go(.none)
  }

  /// Nobody is registered yet: the transferor is rung in its time.
  func restart(_ transferor: Transfer.Transferor, _ orders: inout Orders) -> Step<Transfer.State> {
    guard transferor.leg.isNone else { return self.fail(transferor, .temporarilyUnavailable, &orders) }
    orders.own(self.party)
    return self.wait(Transfer.Waiting(transferor: transferor.station, recalls: 0), &orders)
  }

  /// The target cannot be had: the transferor gets its party back, or is rung for it (XFER-5).
  func fail(_ transferor: Transfer.Transferor, _ status: Status, _ orders: inout Orders) -> Step<Transfer.State> {
    guard !transferor.leg.isNone else {
      orders.own(self.party)
      return self.recall(Transfer.Waiting(transferor: transferor.station, recalls: 0), &orders)
    }
    orders.explain(Note("transfer failed, back to %", transferor.station.digits))
    if transferor.isTold { orders.report(transferor.leg, .failed(status)) }
    orders.connect(self.party, transferor.leg)
    orders.giveBack(transferor.leg)
    return .go(.none)
  }

  // MARK: After a consultation

  func join(_ consultation: Transfer.Consultation, _ orders: inout Orders) -> Step<Transfer.State> {
    let target = consultation.target
    orders.explain(Note("transferred to %", self.world.leg(target)?.party.number ?? Digits()))
    if consultation.transferor.isTold { orders.report(consultation.transferor.leg, .accepted) }
    for leg in [self.party, consultation.transferor.leg, consultation.second, target] where !leg.isNone { orders.own(leg) }
    orders.connect(self.party, target)
    return .go(.joining(consultation))
  }

  func finish(_ consultation: Transfer.Consultation, _ orders: inout Orders) -> Step<Transfer.State> {
    if !consultation.transferor.leg.isNone, consultation.transferor.isTold { orders.report(consultation.transferor.leg, .done) }
    for leg in [consultation.transferor.leg, consultation.second] where !leg.isNone { orders.release(leg, .normal) }
    orders.giveBack(self.party)
    orders.giveBack(consultation.target)
    return .go(.none)
  }

  /// Both calls as they were; the other end of one that has been hung up goes.
  func separate(_ consultation: Transfer.Consultation, _ orders: inout Orders) -> Step<Transfer.State> {
    let transferor = consultation.transferor
    if !transferor.leg.isNone {
      if transferor.isTold { orders.report(transferor.leg, .failed(.temporarilyUnavailable)) }
      orders.connect(self.party, transferor.leg)
      orders.giveBack(transferor.leg)
    }
    self.pair(consultation.target, consultation.second, &orders)
    guard !transferor.leg.isNone else {
      orders.hear(self.party, .music)
      return self.recall(Transfer.Waiting(transferor: transferor.station, recalls: 0), &orders)
    }
    orders.giveBack(self.party)
    return .go(.none)
  }

  /// The party itself has hung up: the target talks to the transferor again.
  func handBack(_ consultation: Transfer.Consultation, _ orders: inout Orders) -> Step<Transfer.State> {
    let transferor = consultation.transferor
    if !transferor.leg.isNone {
      if transferor.isTold { orders.report(transferor.leg, .failed(.temporarilyUnavailable)) }
      orders.release(transferor.leg, .normal)
    }
    self.pair(consultation.target, consultation.second, &orders)
    return .go(.none)
  }

  private func pair(_ target: LegID, _ second: LegID, _ orders: inout Orders) {
    guard !target.isNone, !second.isNone else {
      for leg in [target, second] where !leg.isNone { orders.release(leg, .normal) }
      return
    }
    orders.connect(target, second)
    orders.giveBack(target)
    orders.giveBack(second)
  }

  // MARK: The transferor has left (XFER-5)

  func recall(_ waiting: Transfer.Waiting, _ orders: inout Orders) -> Step<Transfer.State> {
    guard !self.back.isOver(after: waiting.recalls) else {
      orders.explain(Note("nobody has taken the transferred call"))
      orders.release(self.party, .noAnswer)
      return .go(.none)
    }
    orders.hear(self.party, .music)
    self.back.alert(waiting.transferor, for: self.party, in: self.world, &orders)
    orders.arm(Transfer.Timer.ring, after: self.back.ring)
    return .go(.recalling(Transfer.Waiting(transferor: waiting.transferor, recalls: waiting.recalls &+ 1)))
  }

  func wait(_ waiting: Transfer.Waiting, _ orders: inout Orders) -> Step<Transfer.State> {
    orders.hear(self.party, .music)
    orders.arm(Transfer.Timer.recall, after: self.back.time > .zero ? self.back.time : self.back.ring)
    return .go(.waiting(waiting))
  }

  // MARK: Another telephone in the place of one (XFER-2)

  func move(to new: LegID, from old: LegID, _ orders: inout Orders) -> Step<Transfer.State> {
    orders.explain(Note("% takes the call over", self.world.leg(new)?.party.number ?? Digits()))
    orders.own(self.party)
    orders.own(old)
    orders.own(new)
    orders.connect(new, self.party)
    orders.own()
    return .go(.moving(to: new, from: old))
  }

  func stayWith(_ old: LegID, _ orders: inout Orders) -> Step<Transfer.State> {
    if !old.isNone {
      orders.connect(self.party, old)
      orders.giveBack(old)
    }
    orders.giveBack(self.party)
    return .go(.none)
  }
}

extension Transfer.Transferor {
  var gone: Self { Self(leg: .none, station: self.station, isTold: self.isTold) }
}

extension Transfer.Consultation {
  func with(_ new: LegID, for old: LegID) -> Self {
    var changed = self
    if changed.transferor.leg == old { changed.transferor.leg = new }
    if changed.second == old { changed.second = new }
    if changed.target == old { changed.target = new }
    return changed
  }

  func without(_ leg: LegID) -> Self { self.with(.none, for: leg) }
}
