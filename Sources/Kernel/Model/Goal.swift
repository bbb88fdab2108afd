/// What a leg shall hear and feed. Goals may change while one is under way; the last one wins. Reaching one ends in
/// ``Event/joined(_:)`` or ``Event/joinFailed(_:_:)``.
public enum Goal: Sendable, Equatable, BitwiseCopyable {
  case nothing
  case with(LegID)
  case music
  case tone(Tone)
  case room(UInt32)
  /// A sound of the product, once; ends in ``Event/played(_:)``.
  case announcement(Sound)
  /// A recording that the host keeps, once; ends in ``Event/played(_:)``.
  case playback(UInt32)
  /// What it says is recorded under this number until the goal changes or the leg is gone.
  case recording(UInt32)
}

public enum Tone: UInt8, Sendable, CaseIterable, BitwiseCopyable { case ringback, busy, confirmation, error, hold }

/// Sounds that come with the media server.
public enum Sound: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// Asks for a message after the tone, and gives the tone.
  case greeting
  /// What the owner of a mailbox is told.
  case noMessages, newMessages, endOfMessages, kept, deleted
  case beep
}

/// One of the devices that are registered for a station: the host's own number, stable while it is registered.
public struct DeviceID: Hashable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Who is at the far end of a leg.
public enum Party: Sendable, Equatable, BitwiseCopyable {
  case station(StationNumber, DeviceID)
  /// A trunk (index into ``World/trunks``), and the number that calls or is called over it.
  case trunk(Int32, Digits)
  /// Neither: reaches DID numbers and stations at most (CALL-5).
  case stranger(Digits)

  public var station: StationNumber? {
    if case .station(let number, _) = self { number } else { nil }
  }

  public var trunk: Int? { if case .trunk(let index, _) = self { Int(index) } else { nil } }

  /// The number to show.
  public var number: Digits {
    switch self {
    case .station(let number, _): number.digits
    case .trunk(_, let digits), .stranger(let digits): digits
    }
  }
}

/// Why somebody's telephone is made to ring.
public enum Purpose: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  case direct, groupMember, recall, transfer, overflow
}
