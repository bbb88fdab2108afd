public import Kernel

/// A message in a mailbox, without what was said (MWI-2).
public struct RecordingSummary: Sendable, Equatable {
  /// The recording's name at the media server and on the disk.
  public var number: UInt32
  /// Whose mailbox it lies in.
  public var owner: Digits
  /// Who left it; empty where unknown.
  public var caller: Digits
  /// When it was begun.
  public var time: Instant
  public var length: Interval
  /// Not heard yet.
  public var isNew: Bool

  public init(number: UInt32, owner: Digits, caller: Digits, time: Instant, length: Interval, isNew: Bool = true) {
    self.number = number
    self.owner = owner
    self.caller = caller
    self.time = time
    self.length = length
    self.isNew = isNew
  }
}

/// How many messages wait in a mailbox: what its owner's lamp says (RFC 3842).
public struct MessageCounts: Sendable, Equatable, BitwiseCopyable {
  public var new = 0
  /// Heard and kept.
  public var old = 0

  public init(new: Int = 0, old: Int = 0) {
    self.new = new
    self.old = old
  }
}

/// What lies in whose mailbox, what is being recorded, and what the telephones have been told of it.
struct Mailboxes: Sendable {
  /// A recording under way.
  struct Begun: Sendable {
    var number: UInt32
    var owner: Digits
    var caller: Digits
    var time: Instant
  }

  /// What a registered device has been told since it registered; none: nothing.
  enum Lamp: Sendable {
    /// Our NOTIFY waits for its answer.
    case telling(MessageCounts, ClientTransactionID)
    case told(MessageCounts)
    /// It does not want to hear of messages, until it registers anew.
    case refused
  }

  /// What owners dial to hear their messages; empty where the plan has no such code.
  var code = Digits()
  /// By owner, by number.
  private var boxes: [Digits: [RecordingSummary]] = [:]
  private var owners: [UInt32: Digits] = [:]
  /// By number.
  private(set) var begun: [Begun] = []
  /// By number of the binding.
  var lamps: [Int64: Lamp] = [:]
  /// The binding that a NOTIFY under way is for.
  var telling: [ClientTransactionID: Int64] = [:]

  /// Recordings that may be under way. What is beyond is given up, oldest first: the media server has not told its end.
  static let mostBegun = 4096

  func recordings(of owner: Digits) -> [RecordingSummary] { self.boxes[owner] ?? [] }

  func counts(of owner: Digits) -> MessageCounts {
    var counts = MessageCounts()
    for recording in self.recordings(of: owner) {
      if recording.isNew { counts.new += 1 } else { counts.old += 1 }
    }
    return counts
  }

  func recording(_ number: UInt32) -> RecordingSummary? {
    self.owners[number].flatMap { self.boxes[$0]?.first { $0.number == number } }
  }

  /// Replaces all messages of an owner.
  mutating func set(_ recordings: [RecordingSummary], of owner: Digits) {
    for former in self.recordings(of: owner) { self.owners[former.number] = nil }
    self.boxes[owner] = nil
    for recording in recordings { self.put(recording) }
  }

  /// Adds a message, or replaces the one of its number.
  mutating func put(_ recording: RecordingSummary) {
    self.remove(recording.number)
    self.owners[recording.number] = recording.owner
    var box = self.boxes[recording.owner] ?? []
    box.insert(recording, at: box.lastIndex { $0.number < recording.number }.map { $0 + 1 } ?? 0)
    self.boxes[recording.owner] = box
  }

  @discardableResult
  mutating func remove(_ number: UInt32) -> RecordingSummary? {
    guard let found = self.recording(number), var box = self.boxes[found.owner] else { return nil }
    self.owners[number] = nil
    box.removeAll { $0.number == number }
    self.boxes[found.owner] = box.isEmpty ? nil : box
    return found
  }

  /// - Returns: the recording that is given up for it.
  mutating func begin(_ recording: Begun) -> Begun? {
    self.begun.removeAll { $0.number == recording.number }
    self.begun.append(recording)
    return self.begun.count > Self.mostBegun ? self.begun.removeFirst() : nil
  }

  /// What was begun under this number; nil when nothing was, or it was given up.
  mutating func end(_ number: UInt32) -> Begun? {
    guard let index = self.begun.firstIndex(where: { $0.number == number }) else { return nil }
    return self.begun.remove(at: index)
  }
}
