public import Kernel
import Sessions

/// The kernel's orders for recordings, and what the media server makes of them (MWI-2).
extension Exchange {
  /// A recording shorter than this says nothing and is not kept.
  public static let shortestRecording = Interval.seconds(1)

  mutating func carryOut(_ order: RecordingOrder) {
    switch order {
    case .begin(let number, _, let owner, let caller):
      let lost = self.mailboxes.begin(Mailboxes.Begun(number: number, owner: owner, caller: caller, time: self.now))
      if let lost { self.outbox.facts.append(.removeRecording(lost.number)) }
    case .heard(let number):
      guard var recording = self.mailboxes.recording(number), recording.isNew else { return }
      recording.isNew = false
      self.mailboxes.put(recording)
      self.outbox.facts.append(.recording(recording))
      self.tellWaitingWhenKept(recording.owner)
    case .discard(let number):
      guard let recording = self.mailboxes.remove(number) else { return }
      self.outbox.facts.append(.removeRecording(number))
      self.tellWaitingWhenKept(recording.owner)
    }
  }

  /// A recording has ended (``MediaEvent/recorded(_:_:)``); its leg may be long gone, since hanging up is how a message ends. What is
  /// kept and long enough lies in its owner's mailbox from now on, anything else is deleted.
  mutating func recorded(_ done: RecordingDone) {
    let begun = self.mailboxes.end(done.number)
    if let begun, done.isKept, done.length >= Self.shortestRecording {
      let recording = RecordingSummary(
        number: done.number, owner: begun.owner, caller: begun.caller, time: begun.time, length: done.length)
      self.mailboxes.put(recording)
      self.outbox.facts.append(.recording(recording))
      self.tellWaitingWhenKept(begun.owner)
    } else if self.mailboxes.recording(done.number) == nil {
      self.outbox.facts.append(.removeRecording(done.number))
    }
    if let begun { self.tellRecordings(of: begun.owner) }
  }

  /// A lamp is a promise: it burns once the message is safe.
  private mutating func tellWaitingWhenKept(_ owner: Digits) {
    self.commits.isDurable = true
    self.commits.held.append(.lamps(owner))
  }

  /// Replaces the messages of one owner, as somebody else has changed them; their lamps follow.
  public mutating func setRecordings(of owner: Digits, _ recordings: [RecordingSummary], at now: Instant) {
    self.begin(now)
    self.mailboxes.set(recordings, of: owner)
    self.tellRecordings(of: owner)
    self.tellWaiting(owner)
    self.endTurn()
  }

  /// Puts back the messages that an earlier process kept. Call it before the other `restore`: the kernel shall know them before its
  /// calls go on.
  public mutating func restore(recordings: [RecordingSummary], at now: Instant) {
    self.begin(now)
    var owners: [Digits] = []
    for recording in recordings {
      if self.mailboxes.recordings(of: recording.owner).isEmpty { owners.append(recording.owner) }
      self.mailboxes.put(recording)
    }
    for owner in owners { self.tellRecordings(of: owner) }
    self.endTurn()
  }

  /// The messages of one owner, oldest first.
  public func recordings(of owner: Digits) -> [RecordingSummary] { self.mailboxes.recordings(of: owner) }

  /// The station is gone, and with it what was said to it.
  mutating func removeMailbox(of number: StationNumber) {
    let recordings = self.mailboxes.recordings(of: number.digits)
    guard !recordings.isEmpty else { return }
    self.mailboxes.set([], of: number.digits)
    for recording in recordings { self.outbox.facts.append(.removeRecording(recording.number)) }
    self.tellRecordings(of: number.digits)
  }

  private mutating func tellRecordings(of owner: Digits) {
    let recordings = self.mailboxes.recordings(of: owner)
    self.tell(.recordings(of: owner, recordings.map { Recording(number: $0.number, isNew: $0.isNew) }))
  }
}
