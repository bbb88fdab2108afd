internal import Kernel

// Offers of the phones: each gets one answer or refusal.
extension Negotiator {
  /// Answers the leg's open offer as its goal says, or brings it to the peer whose answer will be the answer.
  mutating func answerOpenOffer(_ index: Int, mayAnswer: Bool, at now: Instant, into orders: inout [Order]) {
    guard let open = self.sessions[index].openOffer else { return }
    guard let goal = self.sessions[index].goal else { return self.answerAlone(index, at: now, into: &orders) }
    guard case .with = goal, self.sessions[index].report != .failed else {
      // A caller that was to be joined and could not be is the kernel's to refuse.
      if case .with = goal, case .invited = self.sessions[index].phase { return }
      guard mayAnswer, !self.isUndecided(index) || self.sessions[index].isHeld else { return }
      if self.isServed(index) {
        self.answerServed(index, at: now, into: &orders)
      } else {
        self.answerSilently(index, at: now, into: &orders)
      }
      return
    }
    guard let peer = self.peer(of: index) else { return self.answerAlone(index, at: now, into: &orders) }
    if self.path(index, peer) == .mixed {
      if mayAnswer { self.answerServed(index, at: now, into: &orders) }
      return
    }
    let isTold = self.sessions[peer].fact == .with(self.sessions[index].leg, open.number)
    switch self.sessions[peer].phase {
    case .stable where isTold:
      if mayAnswer { self.answer(index, from: peer, at: now, into: &orders) }
    case .accepted(nil) where isTold:
      if mayAnswer { self.answer(index, from: peer, at: now, into: &orders) }
    case .stable:
      if self.isUndecided(index), self.sessions[index].isHeld { return }
      let isHold = self.isAsked(index) && self.sessions[index].isHeld
      if self.sessions[peer].isHeld || (isHold && self.sessions[peer].retryAt > now) {
        if mayAnswer { self.answerSilently(index, at: now, into: &orders) }
      } else if self.sessions[peer].retryAt <= now {
        self.ask(peer, from: index, at: now, into: &orders)
      }
    case .invited(let other):
      if self.isAsked(index) { return self.answerSilently(index, at: now, into: &orders) }
      guard mayAnswer, other.hasOffer, let theirs = self.sessions[peer].remote else { return }
      if open.sdp.fits(theirs) {
        self.answer(index, from: peer, at: now, into: &orders)
      } else {
        self.answerSilently(index, at: now, into: &orders)
      }
    case .idle, .waiting, .calling, .over:
      if self.isAsked(index) { self.answerSilently(index, at: now, into: &orders) }
    case .asked:
      // Both decided in one instant: neither waits for the other.
      if mayAnswer, !self.isUndecided(index) { self.answerSilently(index, at: now, into: &orders) }
    case .accepted, .owing, .asking: return
    }
  }

  /// The peer is gone or shall hear something else. A caller and a 2xx wait for the kernel; a phone in a call must not.
  private mutating func answerAlone(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard self.isAsked(index), !self.isUndecided(index) || self.sessions[index].isHeld else { return }
    self.answerSilently(index, at: now, into: &orders)
  }

  private func isUndecided(_ index: Int) -> Bool {
    if case .asked(let asked) = self.sessions[index].phase { asked.isUndecided } else { false }
  }

  private func isAsked(_ index: Int) -> Bool {
    if case .asked = self.sessions[index].phase { true } else { false }
  }

  /// The peer's description is the answer: it was made for this offer, or both callers' offers fit each other.
  private mutating func answer(_ index: Int, from peer: Int, at now: Instant, into orders: inout [Order]) {
    guard let offer = self.sessions[index].openOffer?.sdp, let source = self.sessions[peer].latest else { return }
    switch self.ready(index, from: peer, into: &orders) {
    case .waiting: return
    case .unavailable: return self.withoutPorts(index, at: now, into: &orders)
    case .ready: break
    }
    self.shareKey(peer, with: index)
    let dialog = self.earlyDialog(index, peer, source)
    let fact = Session.Fact.with(self.sessions[peer].leg, self.sessions[peer].remoteNumber)
    if let pinned = dialog.pinned {
      return self.deliver(index, pinned, fact, dialog: dialog.number, at: now, into: &orders)
    }
    var writer = self.sessions[index].writer()
    let order = self.sessions[peer].order
    if order == .same {
      for (line, offered) in zip(source.media, offer.media) where !line.payloads.isSubset(of: offered.payloads) {
        writer.keeping = source.commonPayloads(with: offer)
      }
    }
    writer.anchors = self.anchors(index, from: peer, source) { order.place(of: $0) }
    let text = writer.answer(offer, from: source, order)
    self.deliver(index, text, fact, dialog: dialog.number, at: now, into: &orders)
  }

  /// Which early dialog of a caller the answer belongs to: one that has been given this very description, else a new one.
  private func earlyDialog(_ index: Int, _ peer: Int, _ source: SDP) -> (number: UInt8, pinned: [UInt8]?) {
    let pins = self.sessions[index].pins
    guard !pins.isEmpty, case .invited = self.sessions[index].phase else { return (0, nil) }
    for (number, pin) in pins.enumerated()
    where pin.callee == self.sessions[peer].leg && pin.branch == self.sessions[peer].branch
      && pin.source.hasSameMedia(as: source)
    {
      return (UInt8(truncatingIfNeeded: number), pin.sent)
    }
    return (UInt8(truncatingIfNeeded: pins.count), nil)
  }

  /// The phone's offer is accepted and nothing flows: its last description where that still fits, else its own formats.
  mutating func answerSilently(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard let offer = self.sessions[index].openOffer?.sdp else { return }
    var writer = self.sessions[index].writer()
    writer.directions = .force(.inactive)
    let text: [UInt8]
    if let told = try? SDP(parsing: self.sessions[index].local), told.isUsable, Self.mayAnswer(told, offer) {
      text = writer.write(told, dialog: offer, places: offer.media.count)
    } else {
      text = writer.silence(answering: offer, key: self.idleKey())
    }
    self.deliver(index, text, .silent, dialog: self.nextDialog(index), at: now, into: &orders)
  }

  /// A caller that was given somebody else's description in a provisional answer gets this one under a new To-tag.
  func nextDialog(_ index: Int) -> UInt8 {
    if case .invited = self.sessions[index].phase { UInt8(truncatingIfNeeded: self.sessions[index].pins.count) } else { 0 }
  }

  /// What the phone was told before names nothing that the offer does not.
  private static func mayAnswer(_ told: SDP, _ offer: SDP) -> Bool {
    guard told.media.count == offer.media.count else { return false }
    for (line, offered) in zip(told.media, offer.media) {
      guard line.kind == offered.kind, line.profile == offered.profile, line.profile == .plain || line.isRefused
      else { return false }
      guard offered.isRefused ? line.isRefused : line.payloads.isSubset(of: offered.payloads) else { return false }
    }
    return true
  }

  private mutating func idleKey() -> [UInt8] {
    (0..<30).map { _ in UInt8(truncatingIfNeeded: self.random.next()) }
  }

  /// Sends the answer in whatever message this offer calls for.
  mutating func deliver(
    _ index: Int, _ text: [UInt8], _ fact: Session.Fact, dialog: UInt8, at now: Instant, into orders: inout [Order]
  ) {
    let leg = self.sessions[index].leg
    self.sessions[index].local = text
    self.sessions[index].fact = fact
    self.sessions[index].order = .same
    switch self.sessions[index].phase {
    case .invited:
      self.sessions[index].pins.removeAll()
      self.enter(index, .accepted(nil))
      orders.append(.accept(leg, text, dialog: dialog))
    case .asked(let asked):
      self.sessions[index].places = max(self.sessions[index].places, asked.offer.media.count)
      self.sessions[index].remote = asked.offer
      self.sessions[index].latest = asked.offer
      self.sessions[index].remoteNumber = asked.number
      self.sessions[index].isRestricted = false
      self.enter(index, asked.isUpdate ? .stable : .accepted(nil))
      orders.append(.accept(leg, text, dialog: 0))
    case .owing:
      self.enter(index, .stable)
      orders.append(.ack(leg, text))
    case .idle, .waiting, .calling, .accepted, .stable, .asking, .over: return
    }
    if self.sessions[index].isStable { self.settle(index, at: now, into: &orders) } else { self.steer(index, into: &orders) }
  }

  /// A caller without an offer gets one in its 200: the callee's, or silence.
  mutating func answerWithOffer(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard let goal = self.sessions[index].goal else { return }
    // A caller that was to be joined and could not be is the kernel's to refuse.
    if case .with = goal, self.sessions[index].report == .failed { return }
    var asking: Session.Asking?
    if self.isServed(index) {
      switch self.readyToServe(index, into: &orders) {
      case .waiting: return
      case .unavailable:
        self.withoutPorts(index, at: now, into: &orders)
        if self.sessions[index].report == .failed { return }
      case .ready: asking = self.servedOffer(to: index)
      }
    } else if case .with = goal {
      guard let peer = self.peer(of: index) else { return }
      switch self.ready(index, from: peer, into: &orders) {
      case .waiting: return
      case .unavailable: return self.withoutPorts(index, at: now, into: &orders)
      case .ready: break
      }
      switch self.sessions[peer].phase {
      case .owing, .stable, .accepted(nil): asking = self.offer(to: index, from: peer, ignoringHold: true)
      case .invited(let invited) where invited.hasOffer: asking = self.offer(to: index, from: peer)
      case .invited(let invited) where invited.mayAnswer: asking = nil
      case .idle, .waiting, .invited, .calling, .accepted, .asked, .asking, .over: return
      }
    }
    guard case .invited = self.sessions[index].phase else { return }
    guard let asking = asking ?? self.silentOffer(to: index) else { return }
    self.enter(index, .accepted(asking))
    orders.append(.accept(self.sessions[index].leg, asking.sent, dialog: 0))
    self.steer(index, into: &orders)
  }

  /// The phone's own re-INVITE or UPDATE does not come about; it is as it was before.
  mutating func refuse(_ index: Int, _ status: Status, _ retryAfter: Interval?, at now: Instant, into orders: inout [Order]) {
    guard case .asked(let asked) = self.sessions[index].phase else { return }
    let leg = self.sessions[index].leg
    orders.append(.refuse(leg, status, retryAfter: retryAfter))
    if self.sessions[index].isHeld != asked.wasHeld {
      self.sessions[index].isHeld = asked.wasHeld
      orders.append(asked.wasHeld ? .held(leg) : .resumed(leg))
    }
    self.enter(index, .stable)
    self.settle(index, at: now, into: &orders)
  }
}
