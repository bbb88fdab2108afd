internal import Kernel

// Answers to the INVITE of an outgoing leg.
extension Negotiator {
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
    guard pins.count < Self.mostBranches, case .calling(let asking) = self.sessions[index].phase else { return }
    let text = self.sessions[caller].writer().answer(offer, from: early, asking.order)
    self.sessions[caller].pins.append(
      Session.Pin(callee: self.sessions[index].leg, branch: branch, source: early, sent: text))
    orders.append(.progress(leg, shown, text, dialog: UInt8(truncatingIfNeeded: pins.count)))
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
    guard let sdp, self.isAcceptable(sdp, to: asking) else {
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
    }
    self.settle(index, at: now, into: &orders)
  }

  /// One phone less rings for the caller.
  mutating func endCalling(_ index: Int) {
    guard case .calling = self.sessions[index].phase, let caller = self.index(of: self.sessions[index].caller) else { return }
    self.sessions[caller].ringing -= min(1, self.sessions[caller].ringing)
  }

  static var mostBranches: Int { 16 }
  /// A 200 with an offer is ACKed within this time whatever the other side does (rule 5).
  static var longestOwing: Interval { .seconds(4) }
}
