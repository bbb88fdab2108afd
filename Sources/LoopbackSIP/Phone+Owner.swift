public import Kernel
public import SIP
import Sessions

/// What its owner does.
extension Phone {
  public mutating func register(expires: UInt32 = 600, at now: Instant) {
    self.now = now
    if self.registerCallID.isEmpty { self.registerCallID = self.token() }
    self.registerStatus = 0
    self.registerExpires = expires
    self.registerTries = 0
    self.sendRegister(challenge: nil)
  }

  /// Dials; the call's number is returned. With an empty offer the exchange has to make one.
  @discardableResult
  public mutating func dial(_ digits: String, offer: [UInt8]? = nil, at now: Instant) -> Int {
    self.now = now
    var call = Call(
      id: self.calls.count, state: .calling, isOutgoing: true, callID: self.token(), localTag: self.token(),
      remote: Array("<sip:\(digits)@\(self.exchange.address)>".utf8), target: Array("sip:\(digits)@\(self.exchange)".utf8),
      cseq: 0)
    call.offer = offer
    self.equip(&call)
    self.calls.append(call)
    self.sendFirstInvite(call.id, challenge: nil)
    return call.id
  }

  public mutating func ring(_ id: Int, at now: Instant) { self.respond(id, 180, at: now) }

  /// 183, with a description if `hasSDP`.
  public mutating func progress(_ id: Int, hasSDP: Bool, at now: Instant) { self.respond(id, 183, hasSDP: hasSDP, at: now) }

  public mutating func answer(_ id: Int, at now: Instant) {
    guard self.calls.indices.contains(id), self.calls[id].state == .offered else { return }
    guard self.canAnswer(self.calls[id].remoteSDP) else { return self.refuse(id, 488, at: now) }
    self.calls[id].isAcknowledged = false
    self.calls[id].state = .connected
    self.respond(id, 200, hasSDP: true, at: now)
  }

  public mutating func refuse(_ id: Int, _ status: UInt16, contact: String? = nil, at now: Instant) {
    guard self.calls.indices.contains(id), self.calls[id].state == .offered else { return }
    self.calls[id].state = .ended
    self.respond(id, status, contact: contact, at: now)
  }

  /// 302: the telephone forwards by itself.
  public mutating func redirect(_ id: Int, to digits: String, at now: Instant) {
    self.refuse(id, 302, contact: "<sip:\(digits)@\(self.exchange.address)>", at: now)
  }

  /// Hangs up in whatever state the call is; where SIP forbids it now, as soon as it is allowed.
  public mutating func hangUp(_ id: Int, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id) else { return }
    switch self.calls[id].state {
    case .calling: self.calls[id].wantsEnd = true  // no provisional answer yet: CANCEL may not be sent (RFC 3261 §9.1)
    case .ringing: self.cancel(id)
    case .offered: self.refuse(id, 486, at: now)
    case .connected:
      self.calls[id].wantsEnd = true
      // The one who was called waits for the ACK (RFC 3261 §15).
      if self.calls[id].isAcknowledged { self.sendBye(id) }
    case .ended: break
    }
  }

  public mutating func hold(_ id: Int, _ isHeld: Bool, form: HoldForm = .sendonly, at now: Instant) {
    self.change(id, at: now) {
      $0.isHeldByUs = isHeld
      $0.holdForm = form
    }
  }

  /// Listens on another port from now on, and says so.
  public mutating func move(_ id: Int, at now: Instant) { self.change(id, at: now) { $0.mediaPort += 1000 } }

  private mutating func change(_ id: Int, at now: Instant, _ body: (inout Call) -> Void) {
    self.now = now
    guard self.calls.indices.contains(id), self.mayReinvite(self.calls[id]) else { return }
    self.calls[id].before = self.calls[id].wish
    body(&self.calls[id])
    self.calls[id].sdpVersion += 1
    self.sendReinvite(id, offer: self.offer(of: self.calls[id]))
  }

  /// A repeated INVITE without an offer.
  public mutating func reinviteWithoutOffer(_ id: Int, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), self.mayReinvite(self.calls[id]) else { return }
    self.sendReinvite(id, offer: [])
  }

  /// A repeated INVITE with a body of the owner's making.
  public mutating func reinvite(_ id: Int, body: [UInt8], at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), self.mayReinvite(self.calls[id]) else { return }
    self.sendReinvite(id, offer: body)
  }

  /// A request within the call: UPDATE with a new description, INFO, OPTIONS, MESSAGE, REFER …
  public mutating func request(
    _ method: Method, _ id: Int, body: [UInt8] = [], type: StaticString = "application/dtmf-relay", at now: Instant
  ) {
    self.now = now
    guard self.calls.indices.contains(id) else { return }
    self.calls[id].requestStatus = nil
    let branch = self.beginRequest(method, id)
    self.writer.finish(body: body, type: type)
    let transaction = self.send(method, branch, owner: UInt64(id))
    if method == .update { self.calls[id].sentOffer = body }
    if method == .update, !body.isEmpty { self.calls[id].update = transaction }
  }

  public mutating func update(_ id: Int, isHeld: Bool, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), self.mayReinvite(self.calls[id]) else { return }
    self.calls[id].before = self.calls[id].wish
    self.calls[id].sdpVersion += 1
    self.calls[id].isHeldByUs = isHeld
    self.request(.update, id, body: self.offer(of: self.calls[id]), type: "application/sdp", at: now)
  }

  func mayReinvite(_ call: Call) -> Bool {
    call.state == .connected && call.isAcknowledged && !call.wantsEnd && call.reinvite == nil
      && call.update == nil && call.retryAt == nil
  }

  mutating func cancel(_ id: Int) {
    guard !self.calls[id].isCancelled else { return }
    self.calls[id].isCancelled = true
    self.calls[id].wantsEnd = true
    let call = self.calls[id]
    self.begin(.cancel, call, cseq: call.inviteCSeq, branch: call.inviteBranch)
    self.writer.finish()
    _ = self.send(.cancel, call.inviteBranch, owner: UInt64(id))
  }

  mutating func sendBye(_ id: Int) {
    guard self.calls[id].state == .connected else { return }
    self.end(id)
    let branch = self.beginRequest(.bye, id)
    self.writer.finish()
    _ = self.send(.bye, branch, owner: UInt64(id))
  }

  /// The dialog is over; a repeated INVITE of ours that has only been heard of so far is not waited for.
  mutating func end(_ id: Int) {
    self.calls[id].state = .ended
    self.calls[id].retryAt = nil
    self.calls[id].agreement = nil
    if let reinvite = self.calls[id].reinvite { self.transactions.stop(reinvite) }
    self.calls[id].reinvite = nil
  }
}
