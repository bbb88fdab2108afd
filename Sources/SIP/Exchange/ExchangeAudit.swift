public import Kernel
public import Sessions

/// The exchange looks at itself, for tests and explorers: what is left of calls, and what does not fit together.
extension Exchange {
  /// What is there besides registrations and blocks; empty once every call, transaction and timer has ended (CALL-8).
  public func leftovers() -> [String] {
    var left: [String] = []
    func note(_ count: Int, _ what: String) { if count != 0 { left.append("\(count) \(what)") } }
    note(self.kernel.world.callCount, "calls")
    note(self.kernel.world.legCount, "legs")
    note(self.dialogs.count, "dialogs")
    note(self.dialogIndex.count, "names of dialogs")
    note(self.hosted.count, "hosted legs")
    note(self.alerts.count, "alerts")
    note(self.relays.count, "requests passed on")
    note(self.transfers.referrals.count, "transfers under way")
    note(self.transfers.referrers.count, "referrers")
    note(self.reliableAnswers.count, "callers that acknowledge provisional answers")
    note(self.earlyDialogs.count, "early dialogs")
    note(self.dueLines.count, "telephones that do not know whom they talk to")
    note(self.transactions.count, "transactions")
    note(self.commits.waiting.count, "commits")
    note(self.commits.held.count, "answers held back")
    note(self.mailboxes.telling.count, "notifications of messages")
    note(self.mailboxes.begun.count, "recordings begun")
    note(self.negotiator.openLines, "ports of the media server")
    note(self.sessions.count, "orders of the negotiator")
    note(self.trunks.callRequests, "requests to trunks")
    note(self.subscriptions.telling.count, "notifications")
    let timers =
      self.registry.timers.count + self.sources.blocked(at: .zero).count + self.trunks.timers + self.subscriptions.timerCount
    note(self.timers.count - timers, "timers")
    if self.negotiator.nextDeadline != .never { left.append("a deadline of the negotiator") }
    return left
  }

  /// What is not as it must be at any time; empty as long as all is well.
  public func audit() -> [String] {
    var findings = self.kernel.audit() + self.negotiator.audit()
    if self.counters.faults > 0 { findings.append("\(self.counters.faults) faults") }
    if self.transactions.counters.faults > 0 { findings.append("\(self.transactions.counters.faults) faults of transactions") }
    if self.registry.timers.count != self.registry.bindings.count {
      findings.append("\(self.registry.bindings.count) bindings, \(self.registry.timers.count) timers for them")
    }
    for leg in self.hosted.all where self.kernel.world.leg(leg) == nil { findings.append("hosted leg \(leg) is nobody's") }
    return findings + self.subscriptions.audit()
  }

  /// Whether a telephone that talks to us under this Call-ID and our tag talks to anybody.
  public func knowsDialog(callID: [UInt8], tag: [UInt8]) -> Bool {
    self.dialogIndex[self.dialogKey(callID, tag)].flatMap { self.dialogs[$0] }.map { !$0.isPreparing } ?? false
  }

  /// What a telephone that talks to us under this Call-ID and our tag shall hear, and how far that is; nil for one we do not know.
  public func listening(callID: [UInt8], tag: [UInt8]) -> Listening? {
    guard let dialog = self.dialogIndex[self.dialogKey(callID, tag)].flatMap({ self.dialogs[$0] }),
      let leg = self.kernel.world.leg(dialog.leg), let progress = self.negotiator.progress(of: dialog.leg)
    else { return nil }
    return Listening(leg: dialog.leg, goal: leg.goal, peer: self.kernel.world.peer(of: dialog.leg), progress: progress)
  }

  /// Port pairs that are open or being opened.
  public var mediaPorts: Int { self.negotiator.openLines }
}

/// What a party of a call shall hear.
public struct Listening: Sendable {
  public let leg: LegID
  public let goal: Goal
  /// The other party, whether they hear each other or not; nil where there is none, or more than one.
  public let peer: LegID?
  public let progress: Negotiator.Progress
}
