import Kernel
import Sessions

/// Reliable provisional answers (RFC 3262; CALL-1) in both directions: ours to a caller that requires them, and those of a
/// telephone that we call. We never require them.
extension Exchange {
  // MARK: Ours

  /// A provisional answer to a caller that wants it acknowledged.
  mutating func progressReliably(_ id: DialogID, _ status: UInt16, _ sdp: [UInt8]?) {
    guard let dialog = self.dialogs[id], let request = dialog.request else { return }
    // The first one would have to carry our offer, which there is not before the answer (RFC 3261 §13.2.1): 100 has to do.
    guard request.hasSDP else { return }
    switch self.reliableAnswers[id] {
    case nil: self.sendReliably(id, status, sdp, number: UInt32(truncatingIfNeeded: self.generator.next() & 0xFFFF) + 1)
    case .quiet(let last)?: self.sendReliably(id, status, sdp, number: last &+ 1)
    case .sent(let sent, var next)?:
      next.add(status, sdp)
      self.reliableAnswers[id] = .sent(sent, next: next)
    case .over?: return
    }
  }

  private mutating func sendReliably(_ id: DialogID, _ status: UInt16, _ sdp: [UInt8]?, number: UInt32) {
    guard let dialog = self.dialogs[id], case .invited(let transaction) = dialog.phase, let request = dialog.request else {
      return
    }
    self.writeProgress(dialog, request, status, sdp, number: number)
    let bytes = self.written()
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.transactions.respond(transaction, bytes, status: status, at: self.now)
    let sent = ReliableAnswer.Sent(
      number: number, status: status, bytes: bytes, hasDescription: sdp != nil, pause: ReliableAnswer.firstPause,
      end: self.now + ReliableAnswer.patience, timer: self.timers.arm(.provisional(id), at: self.now + ReliableAnswer.firstPause))
    self.reliableAnswers[id] = .sent(sent, next: .nothing)
  }

  /// No PRACK yet: once more, or never again.
  mutating func repeatProvisional(_ id: DialogID) {
    guard case .sent(var sent, let next)? = self.reliableAnswers[id], let dialog = self.dialogs[id],
      case .invited(let transaction) = dialog.phase
    else { return }
    guard self.now < sent.end else {
      // The caller does not hear us: 5xx, and nobody rings any more (RFC 3262 §3).
      self.reliableAnswers[id] = .over(last: sent.number)
      self.refuse(id, Status(rawValue: 504), Note("no PRACK came"))
      return self.tell(.released(dialog.leg, .lost))
    }
    self.transactions.respond(transaction, sent.bytes, status: sent.status, at: self.now)
    sent.pause = Interval(nanoseconds: sent.pause.nanoseconds * 2)
    sent.timer = self.timers.arm(.provisional(id), at: min(self.now + sent.pause, sent.end))
    self.reliableAnswers[id] = .sent(sent, next: next)
  }

  /// The 2xx is decided.
  /// - Returns: whether it has to wait for a PRACK (RFC 3262 §3).
  mutating func waitsForPRACK(_ id: DialogID, _ sdp: [UInt8]?) -> Bool {
    guard case .sent(let sent, _)? = self.reliableAnswers[id] else { return false }
    guard !sent.hasDescription else {
      self.reliableAnswers[id] = .sent(sent, next: .accept(sdp))
      return true
    }
    self.timers.cancel(sent.timer)
    self.reliableAnswers[id] = .over(last: sent.number)
    return false
  }

  mutating func pracked(_ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog) {
    guard let acknowledged = AcknowledgedAnswer(message), let answers = self.reliableAnswers[id],
      acknowledged == AcknowledgedAnswer(number: answers.last, cseq: dialog.request?.cseq.number ?? 0)
    else { return self.answerIn(id, transaction, message, 481) }
    // An offer here would have to reach a telephone that has not answered; the provisional answer has arrived all the same.
    self.answerIn(id, transaction, message, message.body.isEmpty ? 200 : 488)
    guard case .sent(let sent, let next) = answers else { return }
    self.timers.cancel(sent.timer)
    self.reliableAnswers[id] = .quiet(last: sent.number)
    switch next {
    case .nothing: break
    case .provisional(let status, let sdp): self.sendReliably(id, status, sdp, number: sent.number &+ 1)
    case .accept(let sdp): self.accept(id, sdp)
    }
  }

  /// The INVITE is over.
  mutating func forgetProvisionals(_ id: DialogID) {
    if !self.earlyDialogs.isEmpty { self.earlyDialogs[id] = nil }
    guard !self.reliableAnswers.isEmpty, let answers = self.reliableAnswers.removeValue(forKey: id) else { return }
    if case .sent(let sent, _) = answers { self.timers.cancel(sent.timer) }
  }

  // MARK: Theirs

  /// PRACK for a reliable provisional answer.
  /// - Returns: false for one that has been heard before, or comes before its time: it says nothing.
  mutating func acknowledgeProvisional(_ message: SIPMessage, _ id: DialogID, _ dialog: Dialog) -> Bool {
    guard let number = message.number(.rseq), number > 0, let tag = message.to.tag.map({ message.array($0) }) else {
      return false
    }
    var known = self.earlyDialogs[id] ?? []
    let place: Int
    if let index = known.firstIndex(where: { $0.names.remoteTag == tag }) {
      guard number == known[index].last &+ 1 else { return false }
      known[index].last = number
      place = index
    } else {
      guard known.count < EarlyDialog.most else { return false }
      let names = DialogNames(
        dialog.names, remoteTag: tag, target: message.contact.map { message.array($0.uri.whole) },
        routes: message.routeSet.reversed().map { message.array($0) })
      known.append(EarlyDialog(names: names, last: number))
      place = known.count - 1
    }
    self.earlyDialogs[id] = known
    let branch = self.beginRequest(id, .prack, as: known[place].names)
    self.writer.begin(.rack)
    self.writer.number(UInt64(number))
    self.writer.text(" ")
    self.writer.number(UInt64(dialog.inviteCSeq))
    self.writer.text(" INVITE")
    self.writer.endLine()
    self.writer.finish()
    self.send(id, .prack, branch)
    return true
  }
}
