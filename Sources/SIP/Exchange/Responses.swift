import Kernel
import Sessions

/// What answers our requests.
extension Exchange {
  mutating func response(
    _ message: SIPMessage, _ transaction: ClientTransactionID, owner id: DialogID, isRepeat: Bool, from flow: Flow
  ) {
    guard let status = message.statusCode else { return }
    if let dialog = self.dialogs[id] {
      self.ladder.received(message.bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    } else if status >= 200, let farewell = self.farewells[transaction] {
      self.ladder.received(message.bytes, call: farewell.call, party: farewell.party, at: self.now)
    }
    if self.trunkAnswered(message, status, transaction) { return }
    if status >= 200, !self.farewells.isEmpty { self.farewells[transaction] = nil }
    switch message.cseq.method {
    case .invite: self.inviteResponse(message, status, transaction, id, isRepeat: isRepeat, from: flow)
    case .info: self.relayed(message, status, transaction)
    case .update: self.updateResponse(message, status, transaction, id)
    case .notify:
      if !self.notified(transaction, status), !self.referrerTold(id, transaction, status) {
        _ = self.told(transaction, status, retryAfter: self.retryAfter(message))
      }
    case .options:
      if status >= 200 {
        self.probing.remove(transaction)
        self.probed(id, status)
      }
    case .bye, .cancel, .ack, .register, .prack, .refer, .subscribe, .message, .publish, .other: break
    }
  }

  private mutating func inviteResponse(
    _ message: SIPMessage, _ status: UInt16, _ transaction: ClientTransactionID, _ id: DialogID, isRepeat: Bool,
    from flow: Flow
  ) {
    guard let dialog = self.dialogs[id] else {
      // A 2xx for a leg that is long gone: acknowledged and ended, so that nobody talks to nobody.
      if status >= 200, status < 300 { self.endStray(message, from: flow) }
      return
    }
    if dialog.reinvite == transaction {
      // Its ACK may still wait for the other side's description.
      return isRepeat ? () : self.reinviteResponse(message, status, id)
    }
    switch status {
    case 100: self.provisional(message, status, id, dialog)
    case 101...199: self.provisional(message, status, id, dialog)
    case 200...299: self.accepted(message, transaction, id, dialog, isRepeat: isRepeat, from: flow)
    default: self.refused(message, status, id, dialog)
    }
  }

  private mutating func provisional(_ message: SIPMessage, _ status: UInt16, _ id: DialogID, _ dialog: Dialog) {
    switch dialog.phase {
    case .calling(let transaction): self.dialogs.update(id) { $0.phase = .ringing(transaction) }
    case .cancelWanted(let transaction):
      self.dialogs.update(id) { $0.phase = .cancelling(transaction) }
      return self.sendCancel(id, .cancelled)
    case .ringing: break
    case .invited, .answered, .answeredLeaving, .cancelling, .confirmed, .preparing: return
    }
    guard status > 100 else { return self.tell(.proceeding(dialog.leg)) }
    let isReliable = message.requires("100rel")
    if isReliable, !self.acknowledgeProvisional(message, id, dialog) { return }
    if let tag = message.to.tag, !tag.equals(dialog.earlyTag, in: message.bytes) {
      self.dialogs.update(id) { $0.earlyTag = message.array(tag) }
    }
    let before = self.sessions.count
    self.session(
      dialog.leg,
      .provisional(
        Status(rawValue: status), sdp: message.hasSDP ? message.array(message.body) : nil, branch: self.branch(of: message),
        reliable: isReliable))
    // What a trunk has to say is heard instead of the telephone's own ringing tone (CALL-1).
    let isHeard = dialog.trunk != nil && status == 183 && self.sessions.dropFirst(before).contains(where: \.hasEarlyMedia)
    self.tell(status == 181 || status == 182 || isHeard ? .proceeding(dialog.leg) : .alerting(dialog.leg))
  }

  /// A number for the To-tag of a response.
  private func branch(of message: SIPMessage) -> UInt32 {
    guard let tag = message.to.tag else { return 0 }
    return UInt32(truncatingIfNeeded: message.key(tag, seed: self.seed).first)
  }

  private mutating func accepted(
    _ message: SIPMessage, _ transaction: ClientTransactionID, _ id: DialogID, _ dialog: Dialog, isRepeat: Bool, from flow: Flow
  ) {
    let tag = message.to.tag.map { message.array($0) } ?? []
    if isRepeat || dialog.isConfirmed {
      if tag == dialog.remoteTag {
        if !dialog.ack.isEmpty { self.outbox.sends.append(Send(flow: dialog.flow, bytes: dialog.ack)) }
      } else {
        self.endStray(message, from: flow)
      }
      return
    }
    self.forgetEarly(id)
    if !self.earlyDialogs.isEmpty { self.earlyDialogs[id] = nil }
    let contact = message.contact.map { message.array($0.uri.whole) }
    let routes = message.routeSet.reversed().map { message.array($0) }
    let allows = message.allowedMethods
    self.dialogs.update(id) {
      $0.names = DialogNames($0.names, remoteTag: tag, target: contact, routes: routes)
      $0.owesACK = true
      if allows != 0 { $0.allows = allows }
    }
    switch dialog.phase {
    case .calling, .ringing:
      self.dialogs.update(id) { $0.phase = .confirmed }
      self.sessionTimer(id, .agreed(SessionTimer.Agreement(answeredBy: message)))
      self.session(
        dialog.leg, .accepted(sdp: message.hasSDP ? message.array(message.body) : nil, branch: self.branch(of: message)))
      self.tell(.answered(dialog.leg))
    case .cancelWanted, .cancelling:
      // The answer crossed our CANCEL (INTEROP 12).
      self.dialogs.update(id) { $0.phase = .confirmed }
      self.sendACK(id, nil)
      self.sendBye(id)
    case .invited, .answered, .answeredLeaving, .confirmed, .preparing: break
    }
  }

  private mutating func refused(_ message: SIPMessage, _ status: UInt16, _ id: DialogID, _ dialog: Dialog) {
    let leg = dialog.leg
    if status == Status.notAcceptableHere.rawValue, dialog.isCalling, self.triesAgain(id, leg) { return }
    if status == 422, dialog.isCalling, self.repeatsLonger(message, id) { return }
    self.end(id)
    switch dialog.phase {
    case .calling, .ringing: break
    case .invited, .answered, .answeredLeaving, .cancelWanted, .cancelling, .confirmed, .preparing: return
    }
    if status == 301 || status == 302, let contact = message.contact,
      let number = Digits(ascii: message.user(of: contact.uri)), !number.isEmpty
    {
      return self.tell(.redirected(leg, number))
    }
    self.tell(.failed(leg, status < 400 ? .temporarilyUnavailable : Status(rawValue: status)))
  }

  private mutating func reinviteResponse(_ message: SIPMessage, _ status: UInt16, _ id: DialogID) {
    guard let dialog = self.dialogs[id], status >= 200 else { return }
    self.lineAnswered(id, status)
    if status < 300 {
      let contact = message.contact.map { message.array($0.uri.whole) }
      self.dialogs.update(id) {
        if let contact { $0.refreshTarget(contact) }
        $0.owesACK = true
      }
      self.sessionTimer(id, .agreed(SessionTimer.Agreement(answeredBy: message)))
      self.session(
        dialog.leg, .accepted(sdp: message.hasSDP ? message.array(message.body) : nil, branch: self.branch(of: message)))
    } else if status == 422, self.repeatsLonger(message, id) {
      return
    } else {
      self.dialogs.update(id) { $0.reinvite = nil }
      self.session(dialog.leg, .refused(Status(rawValue: status), retryAfter: self.retryAfter(message)))
    }
  }

  private func retryAfter(_ message: SIPMessage) -> Interval? {
    message.number(.retryAfter).map { .seconds(Int64(min($0, 3600))) }
  }

  /// ACK and BYE for a 2xx nobody waits for: a second branch of a forked INVITE, or an answer after all was over.
  /// It goes back to where the 2xx came from, not to whatever its Contact names.
  private mutating func endStray(_ message: SIPMessage, from flow: Flow) {
    guard let contact = message.contact, let tag = message.to.tag else { return }
    var dialog = Dialog(
      leg: .none, phase: .confirmed, isCaller: false, station: nil, device: 0, call: 0, flow: flow,
      names: DialogNames(
        callID: message.array(message.callID), localTag: message.from.tag.map { message.array($0) } ?? [],
        remoteTag: message.array(tag),
        local: message.array(Slice(Int(message.from.whole.start), Int(message.from.parameters.start))),
        remote: message.array(Slice(Int(message.to.whole.start), Int(message.to.parameters.start))),
        target: message.array(contact.uri.whole), routes: message.routeSet.reversed().map { message.array($0) }),
      localCSeq: message.cseq.number)
    dialog.inviteCSeq = message.cseq.number
    dialog.owesACK = true
    let id = self.dialogs.insert(dialog)
    self.sendBye(id)
  }

  // MARK: Transactions that ended without an answer

  mutating func takeTransactionEvents() {
    guard !self.transactions.outbox.events.isEmpty else { return }
    let events = self.transactions.outbox.events
    self.transactions.outbox.events.removeAll(keepingCapacity: true)
    for event in events {
      switch event {
      case .timeout(let transaction, let owner), .transportFailed(let transaction, let owner):
        self.unanswered(transaction, DialogID(raw: owner))
      case .ackMissing(_, let owner): self.ackMissing(DialogID(raw: owner))
      case .unanswered: break  // refused in silence (REG-7), or its relay timed out
      }
    }
  }

  private mutating func unanswered(_ transaction: ClientTransactionID, _ id: DialogID) {
    self.farewells[transaction] = nil
    if self.trunkUnanswered(transaction) { return }
    if self.notified(transaction, 408) || self.referrerTold(id, transaction, 408) { return }
    if self.told(transaction, 408, retryAfter: nil) { return }
    if let relay = self.relays.removeValue(forKey: transaction) {
      return self.answer(relay.transaction, relay.request, 500)
    }
    guard let dialog = self.dialogs[id] else { return }
    if self.probing.remove(transaction) != nil { return self.probed(id, 408) }
    switch dialog.phase {
    case .calling(transaction), .ringing(transaction):
      self.end(id)
      self.tell(.failed(dialog.leg, Status(rawValue: 408)))
    case .cancelWanted(transaction), .cancelling(transaction): self.end(id)
    case .confirmed, .answered:
      if dialog.reinvite == transaction {
        self.dialogs.update(id) { $0.reinvite = nil }
        self.session(dialog.leg, .refused(Status(rawValue: 408), retryAfter: nil))
      } else if dialog.refresh == transaction {
        self.dialogs.update(id) { $0.refresh = nil }
        self.updateFailed(id, 408)
      }
    case .invited, .answeredLeaving, .calling, .ringing, .cancelWanted, .cancelling, .preparing: break
    }
  }

  /// No ACK to our 2xx within 64·T1: the phone is not there (RFC 3261 §13.3.1.4).
  private mutating func ackMissing(_ id: DialogID) {
    guard let dialog = self.dialogs[id] else { return }
    guard dialog.isConfirmed || dialog.isLeaving else { return }
    self.dialogs.update(id) { $0.phase = .confirmed }
    self.sendBye(id)
    // The other party must not be left alone, be it the first INVITE or a repeated one whose ACK is missing.
    if !dialog.isLeaving { self.tell(.released(dialog.leg, .lost)) }
  }
}
