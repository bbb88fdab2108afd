import Kernel
import Sessions

/// REFER within a dialog: what a phone asks for, what becomes of it, and what it is told (XFER-1, XFER-2; RFC 3515, RFC 4488, RFC 5589).
extension Exchange {
  mutating func referReceived(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ id: DialogID, _ dialog: Dialog
  ) {
    switch dialog.phase {
    case .confirmed: break
    // Its ACK may be on the way.
    case .answered: return self.answerIn(id, transaction, message, 491)
    case .invited, .preparing, .calling, .ringing, .answeredLeaving, .cancelWanted, .cancelling:
      return self.refuseRefer(id, transaction, message, 403, "there is no call to transfer")
    }
    // One after the other: nobody can be sent to two places.
    guard self.transfers.referrals[id] == nil else { return self.answerIn(id, transaction, message, 491) }
    let target: ReferTarget
    do { target = try ReferTarget(message) } catch {
      return self.refuseRefer(id, transaction, message, error.status, error.reason)
    }
    var replacing = LegID.none
    if let replaces = target.replaces {
      guard let leg = self.leg(named: replaces, besides: id, dialog) else {
        self.noteForeign(replaces, message, dialog)
        // 481 would be read as the end of the call in which it comes (RFC 5057 §5.1).
        return self.refuseRefer(id, transaction, message, 400, "Replaces names no other call of this telephone")
      }
      replacing = leg
    }
    self.transfers.referrals[id] = Referral(
      state: .asked(message, transaction), number: message.cseq.number, needsNumber: dialog.hasReferred,
      wantsNotifications: !self.declinesNotifications(message))
    if let party = self.kernel.world.peer(of: dialog.leg) {
      self.transfers.referrers[party] = self.referrer(message, dialog)
    }
    self.tell(.transferRequested(dialog.leg, to: target.number, replacing: replacing))
  }

  /// Another call of the same party.
  private func leg(named replaces: Replaces, besides id: DialogID, _ dialog: Dialog) -> LegID? {
    guard let other = self.dialog(named: replaces), other != id, let found = self.dialogs[other] else { return nil }
    let isSame =
      dialog.station != nil ? found.station == dialog.station : found.flow.remote.address == dialog.flow.remote.address
    guard isSame, found.station == dialog.station else { return nil }
    if replaces.isEarlyOnly, self.kernel.world.leg(found.leg)?.phase == .active { return nil }
    return found.leg
  }

  /// A telephone names its own calls. Whoever names another's is kept in the access log, as others who try what is not theirs.
  private mutating func noteForeign(_ replaces: Replaces, _ message: SIPMessage, _ dialog: Dialog) {
    guard let other = self.dialog(named: replaces), let found = self.dialogs[other], found.station != dialog.station else {
      return
    }
    let number = self.party(of: dialog).description
    self.access(number, message, dialog.flow, "refused", "transfer: Replaces names a call of another telephone")
  }

  private func declinesNotifications(_ message: SIPMessage) -> Bool {
    guard let value = message.header(.referSub) else { return false }
    return message.string(value).prefix { $0 != ";" }.filter { $0 != " " }.lowercased() == "false"
  }

  /// Referred-By as the transferor wrote it where it names the transferor, else as we know it (RFC 3892 §3).
  private func referrer(_ message: SIPMessage, _ dialog: Dialog) -> (number: Digits, value: [UInt8]) {
    let number = self.party(of: dialog)
    guard let address = message.address(.referredBy), address.uri.scheme == .sip || address.uri.scheme == .sips,
      address.whole.count <= 256, Digits(ascii: message.user(of: address.uri)) == number, address.uri.headers.isEmpty
    else { return (number, []) }
    var value = message.array(Slice(Int(address.whole.start), Int(address.parameters.start)))
    if value.last != 0x3e { value = [0x3c] + value + [0x3e] }
    return (number, value)
  }

  /// Referred-By of the INVITE to whom the party of `alert.peer` has been transferred to.
  mutating func writeReferrer(_ alert: Alert, _ dialog: Dialog) {
    guard !alert.transferredBy.isEmpty else { return }
    if let known = self.transfers.referrers[alert.peer], known.number == alert.transferredBy, !known.value.isEmpty {
      return self.writer.header(.referredBy, known.value)
    }
    self.writer.header(.referredBy, self.address(alert.transferredBy, Presentation(), host: self.advertised(dialog.flow)))
  }

  // MARK: Answers

  private mutating func refuseRefer(
    _ id: DialogID, _ transaction: ServerTransactionID, _ message: SIPMessage, _ status: UInt16, _ why: StaticString
  ) {
    self.answerIn(id, transaction, message, status) { $0.warning(Array("\(why)".utf8)) }
  }

  /// What the kernel says of a transfer (``Directive/transfer(_:_:)``).
  mutating func report(_ leg: LegID, _ report: TransferReport) {
    guard let id = self.dialogID(of: leg), let referral = self.transfers.referrals[id] else { return }
    switch (referral.state, report) {
    case (.asked(let message, let transaction), .refused(let status, let note)):
      self.refuse(id, message, transaction, status, note)
    case (.asked(let message, let transaction), .failed(let status)):
      self.refuse(id, message, transaction, status, Note("the transfer has failed"))
    case (.asked(let message, let transaction), .accepted): self.acceptRefer(id, referral, message, transaction)
    case (.asked(let message, let transaction), .ringing), (.asked(let message, let transaction), .done):
      self.acceptRefer(id, referral, message, transaction)
      self.report(leg, report)
    case (.following, .accepted), (.telling, .accepted), (.parting, _): break
    case (.following, .ringing), (.telling, .ringing): self.tellReferrer(id, .ringing)
    case (.following, .done), (.telling, .done): self.tellReferrer(id, .done)
    case (.following, .failed(let status)), (.telling, .failed(let status)): self.tellReferrer(id, .failed(status))
    // Accepted, and nobody wants it after all.
    case (.following, .refused(let status, _)), (.telling, .refused(let status, _)): self.tellReferrer(id, .failed(status))
    }
  }

  private mutating func refuse(
    _ id: DialogID, _ message: SIPMessage, _ transaction: ServerTransactionID, _ status: Status, _ note: Note
  ) {
    self.transfers.referrals[id] = nil
    if let party = (self.dialogs[id]?.leg).flatMap({ self.kernel.world.peer(of: $0) }) { self.transfers.referrers[party] = nil }
    // 408 and 481 would end the transferor's own call (RFC 5057 §5.1), a challenge is not its to answer.
    let passed: UInt16 =
      switch status.rawValue {
      case 401, 407: 403
      case 408, 481: 400
      case 400...699: status.rawValue
      default: 603
      }
    let text = Array(note.description.utf8)
    self.answerIn(id, transaction, message, passed) { if !text.isEmpty { $0.warning(text) } }
  }

  private mutating func acceptRefer(
    _ id: DialogID, _ referral: Referral, _ message: SIPMessage, _ transaction: ServerTransactionID
  ) {
    guard let dialog = self.dialogs[id] else { return }
    let contact = self.contact(dialog)
    self.answerIn(id, transaction, message, 202) { writer in
      writer.header(.contact, contact)
      if !referral.wantsNotifications { writer.header(.referSub, "false") }
    }
    guard referral.wantsNotifications else { return self.transfers.referrals[id] = nil }
    self.dialogs.update(id) { $0.hasReferred = true }
    self.transfers.referrals[id]?.state = .following
    self.tellReferrer(id, .trying)
  }

  // MARK: NOTIFY

  private mutating func tellReferrer(_ id: DialogID, _ step: Referral.Step) {
    switch self.transfers.referrals[id]?.state {
    case .following: self.begin(id, Referral.Word(step: step), waiting: [])
    case .telling(let transaction, let current, let waiting):
      self.transfers.referrals[id]?.state = .telling(
        transaction, current, waiting: Referral.queue(step, behind: current.step, waiting))
    case .asked, .parting, nil: break
    }
  }

  /// Sends one NOTIFY; `waiting` follow it. With a timer the BYE follows them.
  private mutating func begin(
    _ id: DialogID, _ word: Referral.Word, waiting: [Referral.Step], parting timer: TimerHandle? = nil
  ) {
    let transaction = self.sendNotify(id, word.step)
    self.transfers.referrals[id]?.state =
      timer.map { .parting(transaction, word, waiting: waiting, $0) } ?? .telling(transaction, word, waiting: waiting)
  }

  private mutating func sendNotify(_ id: DialogID, _ step: Referral.Step) -> ClientTransactionID {
    guard let dialog = self.dialogs[id], let referral = self.transfers.referrals[id] else { return ClientTransactionID(raw: 0) }
    let branch = self.beginRequest(id, .notify)
    self.writer.header(.contact, self.contact(dialog))
    self.writer.begin(.event)
    self.writer.text("refer")
    if referral.needsNumber {
      self.writer.text(";id=")
      self.writer.number(UInt64(referral.number))
    }
    self.writer.endLine()
    self.writer.header(.subscriptionState, step.isFinal ? "terminated;reason=noresource" : "active;expires=60")
    let body = Array("SIP/2.0 \(step.status) \(SIPStatus.phrase(step.status))\r\n".utf8)
    self.writer.finish(body: body, type: "message/sipfrag;version=2.0")
    return self.send(id, .notify, branch)
  }

  /// The answer to a NOTIFY about a transfer; 408 when there was none. What is no 2xx ends the subscription, and nothing else.
  /// - Returns: whether the transaction was one.
  mutating func referrerTold(_ id: DialogID, _ transaction: ClientTransactionID, _ status: UInt16) -> Bool {
    guard !self.transfers.referrals.isEmpty else { return false }
    switch self.transfers.referrals[id]?.state {
    case .telling(transaction, let current, let waiting):
      guard status >= 200 else { return true }
      if let again = current.again(after: status) {
        self.begin(id, again, waiting: waiting)
        return true
      }
      guard status < 300, !current.step.isFinal else {
        self.transfers.referrals[id] = nil
        return true
      }
      self.transfers.referrals[id]?.state = .following
      guard let next = waiting.first else { return true }
      self.begin(id, Referral.Word(step: next), waiting: Array(waiting.dropFirst()))
    case .parting(transaction, let current, let waiting, let timer):
      guard status >= 200 else { return true }
      if let again = current.again(after: status) {
        self.begin(id, again, waiting: waiting, parting: timer)
        return true
      }
      guard status < 300, !current.step.isFinal, let next = waiting.first else {
        self.part(id)
        return true
      }
      self.begin(id, Referral.Word(step: next), waiting: Array(waiting.dropFirst()), parting: timer)
    case .asked, .following, .telling, .parting, nil: return false
    }
    return true
  }

  // MARK: The end of the transferor's leg

  /// The kernel has released a leg. A transferor is told how its transfer came out before its BYE.
  /// - Returns: whether the BYE has to wait.
  mutating func mustTellFirst(_ id: DialogID) -> Bool {
    switch self.transfers.referrals[id]?.state {
    case nil: return false
    case .parting: return true
    case .asked(let message, let transaction):
      self.transfers.referrals[id] = nil
      self.answerIn(id, transaction, message, Status.requestTerminated.rawValue)
      return false
    case .following:
      // Nobody has said what has come of it.
      self.begin(id, Referral.Word(step: .failed(.requestTerminated)), waiting: [], parting: self.armParting(id))
    case .telling(let transaction, let current, let waiting):
      let steps = Referral.queue(.failed(.requestTerminated), behind: current.step, waiting)
      let timer = self.armParting(id)
      self.transfers.referrals[id]?.state = .parting(transaction, current, waiting: steps, timer)
    }
    return true
  }

  private mutating func armParting(_ id: DialogID) -> TimerHandle {
    self.timers.arm(.parting(id), at: self.now + Referral.patience)
  }

  /// The transferor does not say that it has heard: the last word leaves all the same.
  mutating func partingOverdue(_ id: DialogID) {
    guard case .parting(_, _, let waiting, _) = self.transfers.referrals[id]?.state else { return }
    if let last = waiting.last { _ = self.sendNotify(id, last) }
    self.part(id)
  }

  private mutating func part(_ id: DialogID) {
    self.forgetReferral(id)
    self.bye(id)
  }

  /// The dialog is over, or the transferor has heard all.
  mutating func forgetReferral(_ id: DialogID) {
    guard let referral = self.transfers.referrals.removeValue(forKey: id) else { return }
    switch referral.state {
    case .asked(let message, let transaction): self.answer(transaction, message, Status.requestTerminated.rawValue)
    case .parting(_, _, _, let timer): self.timers.cancel(timer)
    case .following, .telling: break
    }
  }
}

extension MessageWriter {
  /// A sentence for people (RFC 3261 §20.43).
  mutating func warning(_ text: [UInt8]) {
    self.begin(.warning)
    self.text("399 strowger ")
    self.quoted(text)
    self.endLine()
  }
}
