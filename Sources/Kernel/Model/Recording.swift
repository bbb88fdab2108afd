/// What somebody said, kept by the host for a number.
public struct Recording: Sendable, Equatable, BitwiseCopyable {
  /// The name under which ``Goal/playback(_:)`` plays it: one for the whole exchange, never given twice while it is kept.
  public var number: UInt32
  /// Nobody has heard it yet.
  public var isNew: Bool

  public init(number: UInt32, isNew: Bool) {
    self.number = number
    self.isNew = isNew
  }
}

/// What the host is to do with recordings.
public enum RecordingOrder: Sendable, Equatable {
  /// What `leg` says is kept for `owner` under `number`, from its goal ``Goal/recording(_:)`` on until that changes or the leg is
  /// gone. Then the host tells what it keeps (``Event/recordings(of:_:)``), also when nothing came of it.
  case begin(UInt32, LegID, owner: Digits, caller: Digits)
  /// It is new no longer.
  case heard(UInt32)
  /// It may be deleted.
  case discard(UInt32)
}
