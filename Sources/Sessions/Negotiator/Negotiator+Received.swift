public import Kernel

// What the phones send.
extension Negotiator {
  /// Something happened in the leg's INVITE usage. What it leads to is appended to `orders`.
  public mutating func received(_ leg: LegID, _ event: Received, at now: Instant, into orders: inout [Order]) {
    guard let index = self.index(of: leg) else { return }
    switch event {
    case .provisional(let status, let sdp, let branch, _):
      guard case .calling = self.sessions[index].phase else { return }
      self.ringing(index, status, sdp, branch: branch, into: &orders)
    case .accepted(let sdp, let branch):
      switch self.sessions[index].phase {
      case .calling(let asking): self.callAccepted(index, asking, sdp, branch: branch, at: now, into: &orders)
      case .asking(let asking): self.reinviteAccepted(index, asking, sdp, at: now, into: &orders)
      case .idle, .waiting, .invited, .accepted, .owing, .stable, .asked, .over: return
      }
    case .refused(let status, let retryAfter):
      switch self.sessions[index].phase {
      case .calling:
        self.endCalling(index)
        self.enter(index, .over)
      case .asking(let asking): self.reinviteRefused(index, asking, status, retryAfter, at: now, into: &orders)
      case .idle, .waiting, .invited, .accepted, .owing, .stable, .asked, .over: return
      }
    case .reinvite(let sdp):
      self.requested(index, sdp, isUpdate: false, at: now, into: &orders)
      if self.sessions[index].isStable { self.settle(index, at: now, into: &orders) }
    case .update(let sdp):
      self.requested(index, sdp, isUpdate: true, at: now, into: &orders)
      if self.sessions[index].isStable { self.settle(index, at: now, into: &orders) }
    case .ack(let sdp): self.acknowledged(index, sdp, at: now, into: &orders)
    case .cancelledReinvite: self.refuse(index, .requestTerminated, nil, at: now, into: &orders)
    }
  }

  /// A re-INVITE or UPDATE: refused where another offer is open (RFC 3261 §14.2, RFC 3311 §5.2), else taken in hand.
  private mutating func requested(
    _ index: Int, _ body: [UInt8]?, isUpdate: Bool, at now: Instant, into orders: inout [Order]
  ) {
    let leg = self.sessions[index].leg
    if isUpdate, body == nil {
      if !self.sessions[index].isOver { orders.append(.accept(leg, nil, dialog: 0)) }
      return
    }
    switch self.sessions[index].phase {
    case .stable: break
    case .accepted(nil):
      // The ACK was lost or overtaken; the phone has our 2xx, or it would not go on (RFC 5407 §3.1.4). Who waited for
      // that ACK goes on once this request has its answer.
      self.enter(index, .stable)
    case .calling, .accepted, .owing, .asking:
      return orders.append(.refuse(leg, .requestPending, retryAfter: nil))
    case .invited, .asked:
      return orders.append(.refuse(leg, .serverError, retryAfter: .seconds(self.random.below(11))))
    case .idle, .waiting, .over:
      return orders.append(.refuse(leg, .noSuchCall, retryAfter: nil))
    }
    guard let body else {
      if let peer = self.peer(of: index), case .asked = self.sessions[peer].phase {
        return orders.append(.refuse(leg, .requestPending, retryAfter: nil))
      }
      return self.offerTo(index, at: now, into: &orders)
    }
    let sdp: SDP
    do { sdp = try Self.read(body, self.sessions[index].traits) } catch {
      return orders.append(.refuse(leg, error.status, retryAfter: nil))
    }
    if let old = self.sessions[index].latest?.audio, old.profile.isSecure, let new = sdp.audio, new.profile != old.profile {
      return orders.append(.refuse(leg, .notAcceptableHere, retryAfter: nil))
    }
    if let old = self.sessions[index].latest, sdp.hasSameVersion(as: old), sdp.hasSameMedia(as: old),
      let told = self.told(index)
    {
      // A refresh: nothing has changed, so neither does our version (rule 5).
      if !isUpdate { self.enter(index, .accepted(nil)) }
      return orders.append(.accept(leg, told.bytes, dialog: 0))
    }
    if let peer = self.peer(of: index), case .asked = self.sessions[peer].phase {
      return orders.append(.refuse(leg, .requestPending, retryAfter: nil))
    }
    self.take(index, sdp, isUpdate: isUpdate, at: now, into: &orders)
  }

  private mutating func take(_ index: Int, _ sdp: SDP, isUpdate: Bool, at now: Instant, into orders: inout [Order]) {
    let leg = self.sessions[index].leg
    let wasHeld = self.sessions[index].isHeld
    let isHeld = sdp.isHold
    self.tryAgain(index)
    self.enter(
      index,
      .asked(
        Session.Asked(
          offer: sdp, number: self.sessions[index].nextNumber(), isUpdate: isUpdate, isUndecided: isHeld != wasHeld,
          wasHeld: wasHeld)))
    if isHeld != wasHeld {
      self.sessions[index].isHeld = isHeld
      orders.append(isHeld ? .held(leg) : .resumed(leg))
      self.arm(index, at: now)
    }
    self.settle(index, at: now, into: &orders)
  }

  /// The phone wants something else than before: what failed may work now.
  private mutating func tryAgain(_ index: Int) {
    for leg in [index, self.peer(of: index) ?? index] {
      self.sessions[leg].rounds = 0
      self.sessions[leg].refused = .unknown
      if case .with? = self.sessions[leg].goal, self.sessions[leg].report == .failed { self.sessions[leg].report = .open }
    }
  }

  /// A re-INVITE without an offer gets a full one, as if nobody held (RFC 6337 §5.1).
  private mutating func offerTo(_ index: Int, at now: Instant, into orders: inout [Order]) {
    self.tryAgain(index)
    var asking: Session.Asking?
    if self.isServed(index) {
      if self.readyToServe(index, into: &orders) == .ready { asking = self.servedOffer(to: index) }
    } else if let peer = self.peer(of: index), self.ready(index, from: peer, into: &orders) == .ready {
      asking = self.offer(to: index, from: peer, ignoringHold: true)
    }
    guard let asking = asking ?? self.silentOffer(to: index) else { return }
    self.enter(index, .accepted(asking))
    orders.append(.accept(self.sessions[index].leg, asking.sent, dialog: 0))
    self.steer(index, into: &orders)
  }

  /// The ACK to a 2xx of ours: with the answer where the 2xx was an offer.
  private mutating func acknowledged(_ index: Int, _ body: [UInt8]?, at now: Instant, into orders: inout [Order]) {
    guard case .accepted(let asking) = self.sessions[index].phase else { return }
    self.enter(index, .stable)
    guard let asking else { return self.settle(index, at: now, into: &orders) }
    guard let body, let answer = try? Self.read(body, self.sessions[index].traits),
      self.isAcceptable(answer, to: asking, allowing: self.sessions[index].traits.srtp)
    else {
      self.fail(index, .mediaFailed, at: now, into: &orders)
      return self.settle(index, at: now, into: &orders)
    }
    self.conclude(index, asking, answer: answer)
    if !asking.isRestricted, answer.isHold != self.sessions[index].isHeld {
      self.sessions[index].isHeld = answer.isHold
      orders.append(answer.isHold ? .held(self.sessions[index].leg) : .resumed(self.sessions[index].leg))
    }
    self.settle(index, at: now, into: &orders)
  }

  /// Reads a description and checks what only this leg can know of it.
  static func read(_ bytes: [UInt8], _ traits: LegTraits) throws(SDPError) -> SDP {
    let sdp = try SDP(parsing: bytes)
    if let refused = traits.refusedAddress {
      for line in sdp.media where !line.isRefused && line.address == refused { throw .unusableAddress }
    }
    return sdp
  }
}

extension Status {
  /// 491 Request Pending (RFC 3261 §21.4.27).
  static var requestPending: Status { Status(rawValue: 491) }
}
