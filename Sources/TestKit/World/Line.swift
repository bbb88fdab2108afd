public import Kernel

/// One leg as its telephone sees it.
public struct Line: Sendable {
  public enum Phase: UInt8, Sendable {
    /// Has dialled, no final answer yet.
    case dialling
    /// The exchange has called this telephone (INVITE), it has not answered.
    case called
    case talking
  }

  public let leg: LegID
  public let party: Party
  public let direction: Leg.Direction
  public internal(set) var phase: Phase
  /// The telephone has said that it rings.
  public internal(set) var isRinging = false
  public internal(set) var isHolding = false
  /// What the exchange wants it to hear and feed.
  public internal(set) var goal: Goal = .nothing
  /// Whether that has been reached.
  public internal(set) var isJoined = false
  /// The number shown as the other party.
  public internal(set) var shown = Digits()
  /// How it was called; nil for the one who dialled.
  public internal(set) var alert: Alert?

  public var station: StationNumber? { self.party.station }
}

/// What a telephone gets from the exchange: what scenarios expect.
public enum Sign: Equatable, Sendable {
  /// It is called (INVITE).
  case alert
  /// 180 and 181 for the one who dialled.
  case ringing, forwarded
  /// 200 for the one who dialled.
  case answer
  /// The final answer to a call that does not come about.
  case final(Status)
  /// BYE, or CANCEL while it has not answered.
  case release(Cause)
  case media(Goal)
  case present(Digits)
  /// 202, a refusal, or NOTIFY for the one who asked for a transfer.
  case transfer(TransferReport)
}
