import Kernel
import Sessions

/// UPDATE in both directions (RFC 3311; CALL-1). Ours never carry a description: they refresh the session and show another number.
extension Exchange {
  mutating func updateReceived(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog
  ) {
    if self.refusesInterval(message, transaction) { return }
    guard message.hasSDP else {
      guard message.body.isEmpty else {
        return self.answerIn(id, transaction, message, 415) { $0.header(.accept, "application/sdp") }
      }
      return self.acceptUpdate(message, transaction, id, nil)
    }
    // The peer's own offer that is still open comes first (RFC 3311 §5.2).
    let isAsking = dialog.update != nil || dialog.requestTransaction.map { self.transactions.isPending($0) } ?? false
    guard !isAsking else {
      return self.answerIn(id, transaction, message, 500) { $0.header(.retryAfter, 2) }
    }
    // Our offer has no answer yet; what rings is told what it wants to tell once it has answered.
    guard dialog.isConfirmed else { return self.answerIn(id, transaction, message, 491) }
    self.dialogs.update(id) { $0.update = (message, transaction) }
    self.session(dialog.leg, .update(sdp: message.array(message.body)))
  }

  /// 200 to an UPDATE.
  mutating func acceptUpdate(_ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id] else { return }
    // Before the answer to the INVITE there is no session to be timed (RFC 4028 §9).
    let agreement = dialog.isConfirmed ? self.agreement(answering: message) : nil
    self.writer.response(to: message, 200, toTag: dialog.localTag, source: dialog.flow.remote)
    self.writer.header(.contact, self.contact(dialog))
    self.writer.header(.allow, Self.allowed)
    self.writer.header(.supported, Self.supported)
    self.writeInterval(agreement)
    if dialog.isConfirmed { self.writeLine(id, isAnswer: true) }
    self.writer.finish(body: sdp ?? [], type: "application/sdp")
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.transactions.respond(transaction, bytes, status: 200, at: self.now)
    if dialog.isConfirmed { self.sessionTimer(id, .agreed(agreement)) }
  }

  /// UPDATE without a description.
  mutating func sendUpdate(_ id: DialogID) {
    guard let dialog = self.dialogs[id], case .confirmed = dialog.phase else { return }
    let branch = self.beginRequest(id, .update)
    self.writer.header(.contact, self.contact(dialog))
    self.writer.header(.allow, Self.allowed)
    self.writer.header(.supported, Self.supported)
    self.writeInterval(dialog)
    self.writeLine(id, isAnswer: false)
    self.writer.finish()
    let transaction = self.send(id, .update, branch)
    self.dialogs.update(id) { $0.refresh = transaction }
  }

  mutating func updateResponse(_ message: SIPMessage, _ status: UInt16, _ transaction: ClientTransactionID, _ id: DialogID) {
    guard status >= 200, let dialog = self.dialogs[id], dialog.refresh == transaction else { return }
    self.dialogs.update(id) { $0.refresh = nil }
    self.lineAnswered(id, status)
    switch status {
    case 200...299:
      let contact = message.contact.map { message.array($0.uri.whole) }
      self.dialogs.update(id) { if let contact { $0.refreshTarget(contact) } }
      self.sessionTimer(id, .agreed(SessionTimer.Agreement(answeredBy: message)))
    case 422 where self.learnsShortest(message, id): self.sendUpdate(id)
    case 405, 501:
      // It said otherwise, but does not know UPDATE: a re-INVITE does the same.
      self.dialogs.update(id) { $0.allows &= ~(1 << UInt32(Method.update.rawValue)) }
      self.noteLine(id)
      self.sessionTimer(id, .refused)
    default: self.updateFailed(id, status)
    }
  }

  /// 481, 408 and silence: the peer does not know the call any more (RFC 4028 §10, RFC 5057 §5.1). All others say nothing about it.
  mutating func updateFailed(_ id: DialogID, _ status: UInt16) {
    guard status == 481 || status == 408, let dialog = self.dialogs[id], case .confirmed = dialog.phase else { return }
    self.sendBye(id, reason: "SIP;cause=408;text=\"Session expired\"")
    self.tell(.released(dialog.leg, .lost))
  }
}
