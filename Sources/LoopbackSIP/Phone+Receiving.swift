public import Kernel
import SIP
import Sessions

/// What arrives at the telephone, and its timers.
extension Phone {
  public mutating func receive(_ bytes: [UInt8], at now: Instant) {
    self.now = now
    guard !self.isDeaf else { return }
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else {
      // The answer to half a request has half its header fields.
      if !bytes.starts(with: Array("SIP/2.0 4".utf8)) {
        self.complaints.append("not a message: \(String(decoding: bytes, as: UTF8.self))")
      }
      return
    }
    switch self.transactions.receive(message, from: self.flow, at: now) {
    case .request(let transaction): self.request(message, transaction)
    case .cancel(let transaction, let invite): self.cancelled(message, transaction, invite)
    case .ack: self.acknowledged(message)
    case .response(let transaction, let owner, let isRepeat): self.response(message, transaction, owner, isRepeat: isRepeat)
    case .absorbed, .stray: break
    case .overload: self.complaints.append("overload")
    }
  }

  public mutating func fire(at now: Instant) {
    self.now = now
    self.transactions.fire(at: now)
    let events = self.transactions.outbox.events
    self.drain()
    for event in events {
      switch event {
      case .timeout(let transaction, let owner), .transportFailed(let transaction, let owner): self.timedOut(transaction, owner)
      case .ackMissing(_, let owner):
        guard self.calls.indices.contains(Int(owner)) else { continue }
        self.sendBye(Int(owner))
      case .unanswered: break
      }
    }
    for id in self.calls.indices {
      guard let retryAt = self.calls[id].retryAt, retryAt <= now else { continue }
      self.calls[id].retryAt = nil
      guard self.mayReinvite(self.calls[id]) else { continue }
      self.calls[id].sdpVersion += 1
      // What the other side asked for meanwhile counts.
      self.sendReinvite(id, offer: self.calls[id].isOfferless ? [] : self.offer(of: self.calls[id]))
    }
  }

  private mutating func timedOut(_ transaction: ClientTransactionID, _ owner: UInt64) {
    if owner == Self.registerOwner {
      self.registerStatus = 408
      return
    }
    if owner >= Self.subscriptionOwner { return self.subscribeTimedOut(Int(owner - Self.subscriptionOwner)) }
    let id = Int(truncatingIfNeeded: owner)
    guard self.calls.indices.contains(id) else { return }
    if self.calls[id].inviteClient == transaction, self.calls[id].finalStatus == nil {
      self.calls[id].finalStatus = 408
      self.calls[id].state = .ended
    } else if self.calls[id].update == transaction {
      self.calls[id].update = nil
      self.calls[id].requestStatus = 408
      self.sendBye(id)
    } else if self.calls[id].reinvite == transaction {
      self.calls[id].reinvite = nil
      self.calls[id].reinviteStatus = 408
      self.sendBye(id)
    }
  }

  // MARK: Requests

  private mutating func request(_ message: SIPMessage, _ transaction: ServerTransactionID) {
    if self.notified(message, transaction) { return }
    guard let tag = message.to.tag else {
      if message.method == .notify {
        self.notifications.append(message)
        return self.answer(message, transaction, self.notifyStatus, nil)
      }
      return message.method == .invite ? self.offered(message, transaction) : self.answer(message, transaction, 405, nil)
    }
    let callID = message.array(message.callID)
    let (ours, theirs) = (message.array(tag), message.from.tag.map { message.array($0) } ?? [])
    guard let id = self.calls.lastIndex(where: { $0.callID == callID && $0.localTag == ours && $0.remoteTag == theirs }) else {
      // BYE may end a dialog whose 2xx never came.
      if message.method != .bye || !self.calls.contains(where: { $0.callID == callID && $0.localTag == ours }) {
        self.complaints.append(
          "\(message.string(message.methodBytes)) in a dialog that never was: \(message.string(message.callID))")
      }
      return self.answer(message, transaction, 481, nil)
    }
    let call = self.calls[id]
    guard call.state != .ended || message.method == .bye else { return self.answer(message, transaction, 481, call) }
    guard message.cseq.number > call.remoteCSeq else { return self.answer(message, transaction, 500, call) }
    self.calls[id].remoteCSeq = message.cseq.number
    switch message.method {
    case .invite: self.reinvited(message, transaction, id)
    case .bye:
      self.end(id)
      self.answer(message, transaction, 200, call)
    case .info:
      self.calls[id].infos.append(message.array(message.body))
      self.answer(message, transaction, 200, call)
    case .notify: self.notified(message, transaction, id)
    case .update:
      let isKnown = self.methods.contains("UPDATE")
      self.answer(message, transaction, isKnown ? 200 : 405, call)
    case .options, .prack: self.answer(message, transaction, 200, call)
    default: self.answer(message, transaction, 405, call)
    }
  }

  private mutating func offered(_ message: SIPMessage, _ transaction: ServerTransactionID) {
    self.invites.append(message)
    var call = Call(
      id: self.calls.count, state: .offered, isOutgoing: false, callID: message.array(message.callID), localTag: self.token(),
      remote: message.array(Slice(Int(message.from.whole.start), Int(message.from.parameters.start))),
      target: message.contact.map { message.array($0.uri.whole) } ?? [], cseq: 0)
    call.remoteTag = message.from.tag.map { message.array($0) } ?? []
    call.remoteCSeq = message.cseq.number
    call.invite = message
    call.inviteServer = transaction
    self.equip(&call)
    self.calls.append(call)
    self.heard(message, call.id)
    self.transactions.setOwner(transaction, UInt64(call.id))
    if message.contact == nil { self.complaints.append("INVITE without Contact") }
    self.answer(message, transaction, 100, self.calls[call.id])
  }

  private mutating func reinvited(_ message: SIPMessage, _ transaction: ServerTransactionID, _ id: Int) {
    if self.calls[id].reinvite != nil || self.calls[id].update != nil {
      return self.answer(message, transaction, 491, self.calls[id])
    }
    self.calls[id].reinvites += 1
    self.transactions.setOwner(transaction, UInt64(id))
    // Whoever sends a new INVITE has had our last 2xx.
    self.calls[id].isAcknowledged = true
    guard self.canAnswer(message.array(message.body)) else { return self.answer(message, transaction, 488, self.calls[id]) }
    if self.stubbornness > 0, self.draw(1000) < self.stubbornness {
      return self.answer(message, transaction, [488, 491, 500][Int(self.draw(3))], self.calls[id])
    }
    self.heard(message, id)
    self.calls[id].sdpVersion += 1
    let call = self.calls[id]
    self.calls[id].answeredReinvite = transaction
    let body = message.hasSDP ? self.answer(to: message.array(message.body), of: call) : self.offer(of: call)
    self.calls[id].awaitsAnswer = !message.hasSDP
    self.answered(id, body, isAnswer: message.hasSDP)
    self.answer(message, transaction, 200, call, body: body)
  }

  private mutating func cancelled(_ message: SIPMessage, _ transaction: ServerTransactionID, _ invite: ServerTransactionID?) {
    self.answer(message, transaction, self.transactions.cancelStatus(of: transaction), nil)
    guard let invite, let owner = self.transactions.owner(of: invite), self.calls.indices.contains(Int(owner)) else { return }
    self.refuse(Int(owner), 487, at: self.now)
  }

  private mutating func acknowledged(_ message: SIPMessage) {
    let callID = message.array(message.callID)
    guard let id = self.calls.lastIndex(where: { $0.callID == callID }) else { return }
    let first = self.calls[id].invite?.cseq.number
    if let transaction = self.calls[id].inviteServer, message.cseq.number == first { self.transactions.acknowledged(transaction) }
    if let transaction = self.calls[id].answeredReinvite, message.cseq.number != first {
      self.transactions.acknowledged(transaction)
    }
    // A late copy of an earlier ACK says nothing new.
    if message.cseq.number == self.calls[id].remoteCSeq, self.calls[id].awaitsAnswer {
      if message.hasSDP {
        self.heard(message, id)
        self.agree(id, own: self.calls[id].answeredOffer, theirs: message.array(message.body))
        self.calls[id].awaitsAnswer = false
      }
    }
    guard !self.calls[id].isAcknowledged else { return }
    self.calls[id].isAcknowledged = true
    if self.calls[id].wantsEnd { self.sendBye(id) }
  }

  // MARK: Responses

  private mutating func response(_ message: SIPMessage, _ transaction: ClientTransactionID, _ owner: UInt64, isRepeat: Bool) {
    guard let status = message.statusCode else { return }
    if owner == Self.registerOwner { return self.registerAnswered(message, status) }
    if owner >= Self.subscriptionOwner { return self.subscribeAnswered(message, status, Int(owner - Self.subscriptionOwner)) }
    let id = Int(truncatingIfNeeded: owner)
    guard self.calls.indices.contains(id) else { return }
    guard message.cseq.method == .invite else { return self.answered(message, status, id) }
    if isRepeat {
      if !self.calls[id].ack.isEmpty { self.extra.append(Send(flow: self.flow, bytes: self.calls[id].ack)) }
    } else if self.calls[id].reinvite == transaction {
      self.reinviteAnswered(message, status, id)
    } else if self.calls[id].inviteClient == transaction {
      self.inviteAnswered(message, status, id)
    }
  }

  private mutating func answered(_ message: SIPMessage, _ status: UInt16, _ id: Int) {
    guard status >= 200, message.cseq.method != .bye, message.cseq.method != .cancel else { return }
    self.calls[id].requestStatus = status
    if let warning = message.header(.warning) { self.calls[id].requestWarning = message.string(warning) }
    if message.cseq.method == .update { self.calls[id].update = nil }
    guard message.cseq.method == .update else { return }
    if message.hasSDP {
      self.heard(message, id)
      if status < 300 { self.agree(id, own: self.calls[id].sentOffer, theirs: message.array(message.body)) }
    }
    if status >= 300 { self.goBack(id) }
  }

  private mutating func inviteAnswered(_ message: SIPMessage, _ status: UInt16, _ id: Int) {
    if status < 200 {
      self.calls[id].provisionals.append(status)
      if let tag = message.to.tag { self.calls[id].earlyTag = message.array(tag) }
      if self.calls[id].state == .calling { self.calls[id].state = .ringing }
      if message.hasSDP { self.calls[id].remoteSDP = message.array(message.body) }
      if self.calls[id].wantsEnd { self.cancel(id) }
      return
    }
    if status == 407, !self.calls[id].hasAnsweredChallenge, let challenge = self.challenge(in: message, .proxyAuthenticate) {
      self.calls[id].hasAnsweredChallenge = true
      self.calls[id].state = .calling
      return self.sendFirstInvite(id, challenge: challenge)
    }
    self.calls[id].finalStatus = status
    if let warning = message.header(.warning) { self.calls[id].warning = message.string(warning) }
    guard status < 300 else {
      self.calls[id].state = .ended
      return
    }
    self.calls[id].state = .connected
    self.accepted(message, id)
    if self.calls[id].wantsEnd { self.sendBye(id) }
  }

  private mutating func reinviteAnswered(_ message: SIPMessage, _ status: UInt16, _ id: Int) {
    guard status >= 200 else { return }
    self.calls[id].reinvite = nil
    self.calls[id].reinviteStatus = status
    if status < 300 { return self.accepted(message, id) }
    if status != 491 { self.goBack(id) }
    switch status {
    case 491:
      // RFC 3261 §14.1: the one who made the Call-ID waits longer.
      let wait = Int64(self.token().last ?? 0) * 10
      self.calls[id].retryAt = self.now + .milliseconds(self.calls[id].isOutgoing ? 2100 + wait % 1900 : wait % 2000)
    case 481: self.end(id)
    case 408: self.sendBye(id)
    default: break
    }
  }

  /// A 2xx to an INVITE of ours: ACK, with an answer where it holds an offer.
  private mutating func accepted(_ message: SIPMessage, _ id: Int) {
    if let tag = message.to.tag { self.calls[id].remoteTag = message.array(tag) }
    if let contact = message.contact { self.calls[id].target = message.array(contact.uri.whole) }
    if !message.hasSDP { self.complaints.append("2xx to INVITE without a description") }
    let lines = Self.mediaLines(of: message.array(message.body)).count
    if !self.calls[id].isOfferless, lines != self.calls[id].offered {
      self.complaints.append("\(self.calls[id].offered) media lines offered, \(lines) answered")
    }
    self.heard(message, id)
    let body = self.calls[id].isOfferless ? self.answer(to: message.array(message.body), of: self.calls[id]) : []
    self.sendACK(id, cseq: message.cseq.number, body: body)
    self.agree(id, own: self.calls[id].isOfferless ? body : self.calls[id].sentOffer, theirs: message.array(message.body))
  }

  /// Takes note of the other side's description; within a dialog a new one needs a new version (RFC 3264 §8).
  private mutating func heard(_ message: SIPMessage, _ id: Int) {
    let body = message.array(message.body)
    guard !body.isEmpty else { return }
    let former = self.calls[id].remoteSDP
    self.calls[id].remoteSDP = body
    guard !former.isEmpty, former != body, let old = Self.origin(of: former), let new = Self.origin(of: body) else { return }
    if old.id == new.id, new.version <= old.version {
      self.complaints.append("a new description with version \(new.version) after \(old.version)")
    }
    if old.id == new.id, Self.mediaLines(of: body).count < Self.mediaLines(of: former).count {
      self.complaints.append("fewer media lines than before")
    }
  }

  private static func origin(of body: [UInt8]) -> (id: Substring, version: UInt64)? {
    for line in String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline) where line.hasPrefix("o=") {
      let words = line.split(separator: " ")
      guard words.count > 2, let version = UInt64(words[2]) else { return nil }
      return (words[1], version)
    }
    return nil
  }
}
