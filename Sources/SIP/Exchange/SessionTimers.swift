import Kernel
import Sessions

/// Session timers on the wire (RFC 4028; CALL-1): what requests ask for, what answers say, refreshes, and the end of a session
/// that nobody refreshes.
extension Exchange {
  /// Steps the leg's machine, arms its one timer anew and does what follows.
  mutating func sessionTimer(_ id: DialogID, _ event: SessionTimer.Event) {
    guard let dialog = self.dialogs[id] else { return }
    if dialog.timer == .off, event == .agreed(nil) { return }
    var timer = dialog.timer
    let effect = timer.handle(event, at: self.now)
    self.setTimer(id, timer)
    switch effect {
    case .none: break
    case .refresh: self.refresh(id)
    case .expire: self.expireSession(id)
    }
  }

  mutating func setTimer(_ id: DialogID, _ timer: SessionTimer) {
    guard let dialog = self.dialogs[id] else { return }
    if !dialog.timerHandle.isNone { self.timers.cancel(dialog.timerHandle) }
    let deadline = timer.deadline
    let handle = deadline == .never ? TimerHandle.none : self.timers.arm(.session(id), at: deadline)
    self.dialogs.update(id) {
      $0.timer = timer
      $0.timerHandle = handle
    }
  }

  /// Session-Expires of a request of ours: what we should like in the first INVITE, what has been agreed on in the others.
  mutating func writeInterval(_ dialog: Dialog) {
    let shortest = max(dialog.shortestInterval, SessionTimer.shortest)
    var seconds = self.options.sessionExpires
    var refresher: StaticString = ""
    if !dialog.isPreparing {
      guard let agreement = dialog.timer.agreement else { return }
      seconds = agreement.seconds
      refresher = agreement.refresher == .exchange ? ";refresher=uac" : ";refresher=uas"
    }
    guard seconds > 0 else { return }
    self.writer.begin(.sessionExpires)
    self.writer.number(UInt64(max(seconds, shortest)))
    self.writer.text(refresher)
    self.writer.endLine()
    if shortest > SessionTimer.shortest { self.writer.header(.minSE, UInt64(shortest)) }
  }

  /// Session-Expires of a 2xx of ours.
  mutating func writeInterval(_ agreement: SessionTimer.Agreement?) {
    guard let agreement else { return }
    self.writer.begin(.sessionExpires)
    self.writer.number(UInt64(agreement.seconds))
    self.writer.text(agreement.refresher == .exchange ? ";refresher=uas" : ";refresher=uac")
    self.writer.endLine()
    if agreement.refresher == .peer { self.writer.header(.require, "timer") }
  }

  func agreement(answering request: SIPMessage) -> SessionTimer.Agreement? {
    SessionTimer.Agreement(answering: request, wanted: self.options.sessionExpires)
  }

  /// 422 to a request that asks for too short an interval, if its sender knows what that is (RFC 4028 §9).
  /// - Returns: whether it was answered.
  mutating func refusesInterval(_ message: SIPMessage, _ transaction: ServerTransactionID) -> Bool {
    guard let seconds = message.number(.sessionExpires), seconds < SessionTimer.shortest, message.supports("timer") else {
      return false
    }
    self.answer(transaction, message, 422) { $0.header(.minSE, UInt64(SessionTimer.shortest)) }
    return true
  }

  /// The peer wants a longer interval (422).
  /// - Returns: false where it has said so before, or asks for what makes no sense.
  mutating func learnsShortest(_ message: SIPMessage, _ id: DialogID) -> Bool {
    guard let dialog = self.dialogs[id], dialog.shortestInterval == 0, let shortest = message.number(.minSE),
      shortest > SessionTimer.shortest, shortest <= SessionTimer.longest
    else { return false }
    self.dialogs.update(id) { $0.shortestInterval = shortest }
    return true
  }

  /// 422 to an INVITE of ours: it goes out once more with a longer interval.
  /// - Returns: whether it does.
  mutating func repeatsLonger(_ message: SIPMessage, _ id: DialogID) -> Bool {
    guard let dialog = self.dialogs[id], self.learnsShortest(message, id) else { return false }
    switch dialog.phase {
    case .calling, .ringing:
      let offer = self.negotiator.offer(of: dialog.leg)
      self.forgetEarly(id)
      self.dialogs.update(id) {
        $0.phase = .preparing
        $0.names = DialogNames($0.names, remoteTag: [], target: nil, routes: [])
      }
      self.sendInvite(id, offer)
    case .confirmed, .answered:
      self.dialogs.update(id) { $0.reinvite = nil }
      self.sendReinvite(id, self.negotiator.offer(of: dialog.leg))
    case .invited, .answeredLeaving, .preparing, .cancelWanted, .cancelling: return false
    }
    return true
  }

  /// Asks the peer whether the session lives: UPDATE without a description where it knows that, else a re-INVITE with the one
  /// it has. What is under way already asks the same.
  private mutating func refresh(_ id: DialogID) {
    guard let dialog = self.dialogs[id], case .confirmed = dialog.phase, dialog.refresh == nil, dialog.reinvite == nil else {
      return
    }
    if dialog.allows(.update) { return self.sendUpdate(id) }
    _ = self.negotiator.refresh(dialog.leg, at: self.now, into: &self.sessions)
  }

  /// Nobody has refreshed the session: BYE to both.
  private mutating func expireSession(_ id: DialogID) {
    guard let dialog = self.dialogs[id], case .confirmed = dialog.phase else { return }
    self.ladder.note("", Note("the session timer has run out"), call: dialog.call, at: self.now)
    self.outbox.notices.append(.warning("\(self.party(of: dialog)) has not refreshed its call; the call is ended"))
    self.sendBye(id, reason: "SIP;cause=408;text=\"Session expired\"")
    self.tell(.released(dialog.leg, .lost))
  }
}
