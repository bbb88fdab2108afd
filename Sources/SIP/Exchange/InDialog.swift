import Kernel
import Sessions

/// An INFO that was passed on: whose answer goes back where.
struct Relay: Sendable {
  var transaction: ServerTransactionID
  var request: SIPMessage
}

/// Requests of phones within a dialog.
extension Exchange {
  mutating func request(
    _ message: SIPMessage, _ transaction: ServerTransactionID, in id: DialogID, from flow: Flow
  ) {
    guard let dialog = self.dialogs[id] else { return self.answer(transaction, message, 481) }
    self.ladder.received(message.bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    // Requests in order (RFC 3261 §12.2.2); a BYE is heard whatever its number, a call must be able to end.
    if dialog.remoteCSeq != 0, message.cseq.number <= dialog.remoteCSeq, message.method != .bye {
      return self.answerIn(id, transaction, message, 500)
    }
    let contact = message.contact.map { message.array($0.uri.whole) }
    // What rings is cancelled where its INVITE went, whatever Contact it names (RFC 3261 §9.1).
    let isTargetRefresh = (message.method == .invite || message.method == .update) && (dialog.isCaller || dialog.isConfirmed)
    self.dialogs.update(id) {
      $0.remoteCSeq = max($0.remoteCSeq, message.cseq.number)
      if isTargetRefresh, let contact { $0.refreshTarget(contact) }
      // The phone may have moved to another connection or port of the same address.
      if flow.kind == dialog.flow.kind, flow.kind.isReliable { $0.flow = flow }
    }
    switch message.method {
    case .bye: self.byeReceived(message, transaction, id, dialog)
    case .invite: self.reinvite(message, transaction, id, dialog)
    case .update: self.updateReceived(message, transaction, id, dialog)
    case .info:
      if let pressed = DTMFInfo(message), self.pressedByInfo(dialog.leg, key: pressed.key, duration: pressed.duration) {
        self.answerIn(id, transaction, message, 200)
      } else {
        self.relay(message, transaction, id, dialog)
      }
    case .options:
      self.answerIn(id, transaction, message, 200) { writer in
        writer.header(.allow, Self.allowed)
        writer.header(.supported, Self.supported)
        writer.header(.accept, "application/sdp")
      }
    case .prack: self.pracked(message, transaction, id, dialog)
    case .refer: self.referReceived(message, transaction, id, dialog)
    case .notify: self.strayNotify(message, transaction, id)
    case .message, .subscribe, .publish, .register, .cancel, .ack, .other:
      self.answerIn(id, transaction, message, 405) { $0.header(.allow, Self.allowed) }
    }
  }

  mutating func answerIn(
    _ id: DialogID, _ transaction: ServerTransactionID, _ message: SIPMessage, _ status: UInt16,
    headers: (inout MessageWriter) -> Void = { _ in }
  ) {
    self.write(transaction, message, status, headers: headers)
    let bytes = self.written()
    if let dialog = self.dialogs[id] {
      self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    }
    self.transactions.respond(transaction, bytes, status: status, at: self.now)
  }

  /// We have subscribed to nothing (RFC 6665 §4.1.3).
  private mutating func strayNotify(_ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID) {
    guard let event = message.header(.event) else { return self.answerIn(id, transaction, message, 400) }
    let package = message.string(event).prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    self.answerIn(id, transaction, message, package == "refer" ? 481 : 489)
  }

  private mutating func byeReceived(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog
  ) {
    self.answerIn(id, transaction, message, 200)
    switch dialog.phase {
    case .invited:
      // BYE in an early dialog: the INVITE is over too (RFC 3261 §15.1.2).
      self.refuse(id, .requestTerminated, Note(""))
      self.tell(.released(dialog.leg, .cancelled))
    case .answered, .answeredLeaving, .confirmed:
      self.end(id)
      self.tell(.released(dialog.leg, .normal))
    case .calling, .ringing, .cancelWanted, .cancelling, .preparing: break
    }
  }

  private mutating func reinvite(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog
  ) {
    if !message.body.isEmpty, !message.hasSDP {
      return self.answerIn(id, transaction, message, 415) { $0.header(.accept, "application/sdp") }
    }
    if self.refusesInterval(message, transaction) { return }
    // A call cannot take its own place (RFC 3891 §3).
    if message.header(.replaces) != nil { return self.answerIn(id, transaction, message, 488) }
    if let pending = dialog.requestTransaction, self.transactions.isPending(pending) {
      return self.answerIn(id, transaction, message, 500) { $0.header(.retryAfter, 2) }
    }
    guard dialog.isConfirmed, dialog.update == nil, !self.negotiator.awaitsAnswer(dialog.leg) else {
      return self.answerIn(id, transaction, message, 491)
    }
    if let former = dialog.requestTransaction {
      // The phone has our 2xx, or it would not go on; its ACK is lost or late (RFC 5407 §3.1.4).
      self.transactions.acknowledged(former)
      self.dialogs.update(id) { $0.phase = .confirmed }
    }
    self.write(transaction, message, 100)
    self.transactions.respond(transaction, self.written(), status: 100, at: self.now)
    self.transactions.setOwner(transaction, id.raw)
    self.dialogs.update(id) {
      $0.request = message
      $0.requestTransaction = transaction
    }
    self.session(dialog.leg, .reinvite(sdp: message.hasSDP ? message.array(message.body) : nil))
  }

  /// The negotiator's answer to a pending re-INVITE or UPDATE.
  mutating func acceptSession(_ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id] else { return }
    guard let (message, transaction) = dialog.update else { return self.accept(id, sdp) }
    self.dialogs.update(id) { $0.update = nil }
    self.acceptUpdate(message, transaction, id, sdp)
  }

  mutating func refuseSession(_ id: DialogID, _ status: Status, _ retryAfter: Interval?) {
    guard let dialog = self.dialogs[id] else { return }
    if case .invited = dialog.phase { return self.refuse(id, status, Note("")) }
    let pending: (SIPMessage, ServerTransactionID)
    if let update = dialog.update {
      pending = (update.message, update.transaction)
      self.dialogs.update(id) { $0.update = nil }
    } else if let request = dialog.request, let transaction = dialog.requestTransaction {
      pending = (request, transaction)
      self.dialogs.update(id) {
        $0.request = nil
        $0.requestTransaction = nil
      }
    } else {
      return
    }
    self.noteLine(id)
    self.answerIn(id, pending.1, pending.0, status.rawValue) { writer in
      if let retryAfter { writer.header(.retryAfter, UInt64(max(0, (retryAfter.milliseconds + 999) / 1000))) }
    }
  }

  // MARK: INFO

  /// INFO goes to the other party as it is, and its answer comes back (door codes, flash, fast update).
  private mutating func relay(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog
  ) {
    guard let peer = self.kernel.world.peer(of: dialog.leg), let other = self.dialogID(of: peer),
      let target = self.dialogs[other], self.relays.count < 10_000
    else { return self.answerIn(id, transaction, message, 480) }
    // Before its ACK the phone need not have our 2xx, and would not know the dialog.
    guard case .confirmed = target.phase else {
      return self.answerIn(id, transaction, message, 500) { $0.header(.retryAfter, 1) }
    }
    let branch = self.beginRequest(other, .info)
    if let package = message.header(HeaderName.event) { self.writer.header(.event, package, of: message) }
    self.writer.finish(bodyOf: message)
    let sent = self.send(other, .info, branch)
    self.relays[sent] = Relay(transaction: transaction, request: message)
  }

  mutating func relayed(_ message: SIPMessage, _ status: UInt16, _ transaction: ClientTransactionID) {
    guard status >= 200, let relay = self.relays.removeValue(forKey: transaction) else { return }
    // 481 and 408 would end the asker's own dialog (RFC 5057 §5.1), a challenge is not his to answer.
    let passed: UInt16 =
      switch status {
      case 401, 407: 403
      case 408, 481: 500
      default: status
      }
    self.answer(relay.transaction, relay.request, passed)
  }
}
