public import Kernel

// Answers to the INVITE of an outgoing leg.
extension Negotiator {
  /// Sends the first INVITE, as soon as both ends have the ports that it needs.
  mutating func call(_ index: Int, at now: Instant, into orders: inout [Order]) {
    let leg = self.sessions[index].leg
    switch self.sessions[index].phase {
    case .idle, .waiting: break
    case .invited, .calling, .accepted, .owing, .stable, .asked, .asking, .over: return
    }
    guard let source = self.index(of: self.sessions[index].caller), self.sessions[source].remote != nil else {
      self.sessions[index].phase = .calling(Session.Asking(sent: nil, fact: .unknown))
      orders.append(.invite(leg, nil))
      return
    }
    let path = self.path(index, source)
    if path != .direct {
      let ours =
        path == .mixed ? self.readyToServe(index, into: &orders) : self.ready(index, from: source, into: &orders)
      let theirs = self.readyToAnswer(source, into: &orders)
      self.sessions[index].phase = .waiting
      if ours == .unavailable || theirs == .unavailable { return self.cannotCall(index, into: &orders) }
      if theirs == .waiting, !self.sessions[source].waiters.contains(leg) { self.sessions[source].waiters.append(leg) }
      if ours == .waiting || theirs == .waiting { return }
    }
    let asking =
      (path == .mixed ? self.servedOffer(to: index) : self.offer(to: index, from: source))
      ?? Session.Asking(sent: nil, fact: .unknown)
    self.sessions[index].phase = .calling(asking)
    orders.append(.invite(leg, asking.sent))
    self.steer(index, into: &orders)
  }

  /// Ports for the answer to a caller's offer.
  mutating func readyToAnswer(_ index: Int, into orders: inout [Order]) -> Readiness {
    guard let offer = self.sessions[index].openOffer?.sdp else { return .ready }
    let places = offer.media.indices.filter { !offer.media[$0].isRefused }.prefix(Self.mostLines)
    return self.prepare(index, Array(places), into: &orders)
  }

  /// 101–199: the caller hears that it rings, and hears early media where CALL-1 lets it.
  mutating func ringing(
    _ index: Int, _ status: Status, _ sdp: [UInt8]?, branch: UInt32, into orders: inout [Order]
  ) {
    guard status.rawValue > 100, status.rawValue < 200 else { return }
    var early: SDP?
    if let sdp, case .calling(let asking) = self.sessions[index].phase, asking.sent != nil {
      early = try? Self.read(sdp, self.sessions[index].traits)
      if let early { self.keep(early, index, branch) }
    }
    guard let caller = self.index(of: self.sessions[index].caller), case .invited(var invited) = self.sessions[caller].phase
    else { return }
    let leg = self.sessions[caller].leg
    if let early, invited.hasOffer, self.mayHear(caller, early: index) {
      self.progress(caller, index, early, branch, status, into: &orders)
    } else if !invited.hasRung, status.rawValue >= 180 {
      invited.hasRung = true
      self.sessions[caller].phase = .invited(invited)
      let dialog = UInt8(truncatingIfNeeded: max(self.sessions[caller].pins.count, 1) - 1)
      orders.append(.progress(leg, Status(rawValue: 180), nil, dialog: dialog))
    }
  }

  private mutating func keep(_ early: SDP, _ index: Int, _ branch: UInt32) {
    if let known = self.sessions[index].early.firstIndex(where: { $0.branch == branch }) {
      self.sessions[index].early[known].sdp = early
    } else if self.sessions[index].early.count < Self.mostBranches {
      self.sessions[index].early.append(Session.Early(branch: branch, sdp: early))
    }
  }

  /// From a trunk or by the caller's option, and only while one leg rings for it (INTEROP 17).
  private func mayHear(_ caller: Int, early index: Int) -> Bool {
    guard self.sessions[index].traits.isTrunk || self.sessions[caller].traits.earlyMedia else { return false }
    return self.sessions[caller].ringing <= 1
  }

  /// 183 with the callee's description: the caller takes the first one of an early dialog as its answer.
  private mutating func progress(
    _ caller: Int, _ index: Int, _ early: SDP, _ branch: UInt32, _ status: Status, into orders: inout [Order]
  ) {
    guard let offer = self.sessions[caller].remote else { return }
    let leg = self.sessions[caller].leg
    let shown = Status(rawValue: status.rawValue == 180 ? 180 : 183)
    let pins = self.sessions[caller].pins
    for (number, pin) in pins.enumerated() where pin.callee == self.sessions[index].leg && pin.branch == branch {
      if pin.source.hasSameMedia(as: early) {
        return orders.append(.progress(leg, shown, pin.sent, dialog: UInt8(truncatingIfNeeded: number)))
      }
    }
    guard pins.count < Self.mostBranches, case .calling(let asking) = self.sessions[index].phase,
      self.ready(caller, from: index, into: &orders) == .ready
    else { return }
    var writer = self.sessions[caller].writer()
    writer.anchors = self.anchors(caller, from: index, early) { asking.order.place(of: $0) }
    let text = writer.answer(offer, from: early, asking.order)
    self.sessions[caller].pins.append(
      Session.Pin(callee: self.sessions[index].leg, branch: branch, source: early, sent: text))
    orders.append(.progress(leg, shown, text, dialog: UInt8(truncatingIfNeeded: pins.count)))
    self.shareKey(index, with: caller)
    self.steer(caller, into: &orders)
    self.steer(index, into: &orders)
  }

  /// 2xx: an answer is ACKed at once, an offer within 4 s.
  mutating func callAccepted(
    _ index: Int, _ asking: Session.Asking, _ body: [UInt8]?, branch: UInt32, at now: Instant, into orders: inout [Order]
  ) {
    let leg = self.sessions[index].leg
    self.sessions[index].branch = branch
    self.endCalling(index)
    var sdp: SDP?
    if let body {
      sdp = try? Self.read(body, self.sessions[index].traits)
    } else if asking.sent != nil {
      // The answer may have come in a provisional response only (RFC 3262, and gateways that forget to repeat it).
      sdp = self.sessions[index].early.first { $0.branch == branch }?.sdp
    }
    self.sessions[index].early.removeAll()
    if let sdp, self.answersPlain(index, asking, sdp) {
      orders.append(.ack(leg, nil))
      self.conclude(index, asking, answer: sdp)
      self.sessions[index].fact = .unknown
      self.enter(index, .stable)
      return self.settle(index, at: now, into: &orders)
    }
    guard let sdp, self.isAcceptable(sdp, to: asking, allowing: self.sessions[index].traits.srtp) else {
      orders.append(.ack(leg, nil))
      self.enter(index, .over)
      self.sessions[index].report = .failed
      orders.append(.joinFailed(leg, .mediaFailed))
      return
    }
    if asking.sent == nil {
      self.sessions[index].remote = sdp
      self.sessions[index].latest = sdp
      self.sessions[index].remoteNumber = self.sessions[index].nextNumber()
      self.sessions[index].places = sdp.media.count
      self.enter(index, .owing)
      self.arm(index, at: now + Self.longestOwing)
    } else {
      orders.append(.ack(leg, nil))
      self.conclude(index, asking, answer: sdp)
      self.enter(index, .stable)
      if let caller = self.index(of: self.sessions[index].caller), let offered = asking.offered, asking.fact != .served,
        !offered.shares(sdp), !self.bridge(index, caller)
      {
        self.enter(index, .over)
        self.sessions[index].report = .failed
        return orders.append(.joinFailed(leg, .mediaFailed))
      }
    }
    self.settle(index, at: now, into: &orders)
  }

  /// A phone that may do without SRTP answers an encrypted offer in the clear: it is told again, in the clear, and the caller's encryption
  /// ends at the media server (MED-3). Without one such an answer is none (RELIABILITY 44).
  private mutating func answersPlain(_ index: Int, _ asking: Session.Asking, _ answer: SDP) -> Bool {
    guard self.media.channels > 0, self.sessions[index].traits.srtp == .optional, asking.offered?.audio?.profile == .keyed,
      answer.audio?.profile == .plain
    else { return false }
    self.sessions[index].traits.srtp = .off
    return true
  }

  /// One phone less rings for the caller.
  mutating func endCalling(_ index: Int) {
    guard self.isRinging(index), let caller = self.index(of: self.sessions[index].caller) else { return }
    self.sessions[caller].ringing -= min(1, self.sessions[caller].ringing)
    let leg = self.sessions[index].leg
    self.sessions[caller].waiters.removeAll { $0 == leg }
  }

  /// It has been called, or is to be as soon as there are ports.
  private func isRinging(_ index: Int) -> Bool {
    switch self.sessions[index].phase {
    case .waiting, .calling: true
    case .idle, .invited, .accepted, .owing, .stable, .asked, .asking, .over: false
    }
  }

  /// Another leg goes on with what the caller has begun (XFER-7): the phone rings for that one now. It may have been told the
  /// caller's description; it is told the other's when it answers.
  mutating func callFor(_ leg: LegID, _ index: Int, at now: Instant, into orders: inout [Order]) {
    guard self.isRinging(index), self.sessions[index].caller != leg, let other = self.index(of: leg) else { return }
    self.endCalling(index)
    self.sessions[index].caller = leg
    self.sessions[other].ringing += 1
    if case .waiting = self.sessions[index].phase { self.call(index, at: now, into: &orders) }
  }

  static var mostBranches: Int { 16 }
  /// A 200 with an offer is ACKed within this time whatever the other side does (rule 5).
  static var longestOwing: Interval { .seconds(4) }
}

// CALL-11: what a phone does not take directly it may take from the media server.
extension Negotiator {
  /// 488 to the first INVITE: an INVITE with the media server's description follows, unless that was tried or is of no use. First plain
  /// where the phone was offered SRTP and may do without (MED-3), then with the server's codecs.
  public mutating func triesAgain(_ leg: LegID, at now: Instant, into orders: inout [Order]) -> Bool {
    guard let index = self.index(of: leg), case .calling(let asking) = self.sessions[index].phase, asking.sent != nil,
      let caller = self.index(of: self.sessions[index].caller), self.media.channels > 0
    else { return false }
    if self.sessions[index].traits.srtp == .optional, self.profile(of: index, facing: caller) == .keyed {
      self.sessions[index].traits.srtp = .off
    } else if !self.bridge(index, caller) {
      return false
    }
    self.sessions[index].early.removeAll()
    self.sessions[index].phase = .waiting
    self.call(index, at: now, into: &orders)
    return true
  }
}
