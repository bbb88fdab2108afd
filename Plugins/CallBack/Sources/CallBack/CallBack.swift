public import Kernel

/// Automatic call-back on busy: whoever has found a station busy is rung when it is free, and connected with it.
///
/// One machine belongs to each calling station. It remembers whom it found busy last, and waits for one station at a time.
public enum CallBack: Feature {
  public enum State: MachineState {
    case idle
    /// Has found this station busy, and may ask for a call-back.
    case knows(StationNumber)
    case waiting(Wish)
    /// Both are free: the caller's telephone rings.
    case ringing(Wish)
    /// The caller has answered, the station it wants is called.
    case calling(Wish, LegID)
    /// It was busy again, or does not answer: the caller hears so.
    case telling(Wish, LegID, mayTryAgain: Bool)

    public var name: StaticString {
      switch self {
      case .idle: "idle"
      case .knows: "knows"
      case .waiting: "waiting"
      case .ringing: "ringing"
      case .calling: "calling"
      case .telling: "telling"
      }
    }

    public var summary: Note {
      switch self {
      case .idle, .knows: Note(self.name)
      case .waiting(let wish), .ringing(let wish), .calling(let wish, _), .telling(let wish, _, _):
        Note("call-back to %", wish.target.digits)
      }
    }
  }

  /// Who wants to be connected with whom.
  public struct Wish: Equatable, Sendable, BitwiseCopyable {
    public var caller: StationNumber
    public var target: StationNumber
    /// Given up then.
    public var until: Instant
    /// How often the caller has been rung.
    public var tries: UInt8
  }

  public enum Event: MachineEvent {
    /// The station has called this one in vain.
    case foundBusy(StationNumber)
    case wanted(StationNumber, by: StationNumber)
    case wantedLast(by: StationNumber)
    /// What was dialled is no station, or the caller's own.
    case noStation(Digits)
    case cancelled
    /// One of the calls that are waited for is over or has changed.
    case mayBeFree
    case lookAgain, expired
    case answered(LegID)
    /// The kernel could not call the caller.
    case notCalled
    case declined(isLast: Bool)
    case ringingIsOver, tellingIsOver
    /// The caller has hung up.
    case left(LegID)
    case connected
    case dialFailed(Status)
    case restarted

    public var name: StaticString {
      switch self {
      case .foundBusy: "found busy"
      case .wanted: "wanted"
      case .wantedLast: "wanted, the last one"
      case .noStation: "no station"
      case .cancelled: "cancelled"
      case .mayBeFree: "may be free"
      case .lookAgain: "look again"
      case .expired: "expired"
      case .answered: "answered"
      case .notCalled: "not called"
      case .declined(true): "declined"
      case .declined(false): "one declined"
      case .ringingIsOver: "ringing is over"
      case .tellingIsOver: "telling is over"
      case .left: "left"
      case .connected: "connected"
      case .dialFailed(.busyHere): "busy again"
      case .dialFailed: "not reached"
      case .restarted: "restarted"
      }
    }
  }

  public static var initial: State { .idle }

  enum Timer {
    static let look: UInt8 = 1
    static let expiry: UInt8 = 2
    static let ring: UInt8 = 3
    static let telling: UInt8 = 4
  }
}
