/// An originating half with the terminating half that is being tried or has answered.
public struct Call: Sendable {
  /// Points in call (Q.1204), as far as they last longer than one turn.
  public enum Point: UInt8, Sendable, CaseIterable { case analysing, alerting, active }

  public internal(set) var point: Point = .analysing
  public internal(set) var dialled: Digits
  public internal(set) var caller: Party
  public internal(set) var origin: LegID
  /// Whose class of service allows what happens next: the caller, then whoever forwards or transfers (FWD-7). Empty when that is
  /// no station: nothing outside may be called.
  public internal(set) var payer: Digits
  /// Whose code was dialled (TRK-4).
  public internal(set) var authorization: Authorization?
  /// The machine that has ordered this call for a party that is in conversation already (``Orders/dial(_:for:payer:)``).
  public internal(set) var sponsor: MachineID = .none
  /// The transferor; empty when nobody has transferred the call.
  var transferredBy = Digits()
  /// How the last thing dialled for a party in conversation came out, when it came to nothing.
  var outcome: (cause: Cause, status: Status)?
  /// Shown to the called telephone instead of the caller's number, for this attempt (TRK-2).
  var shown: Digits?
  /// The way out that is being tried.
  var outward: Outward?
  public internal(set) var purpose: Purpose = .direct
  /// The number that is being tried, or was reached.
  public internal(set) var target: Digits
  /// One entry for each hop, oldest first (FWD-5). Their numbers and `target` are the visited ones (FWD-4).
  public internal(set) var diversions: [Diversion] = []
  /// What features did, for the record and the ladder.
  public internal(set) var acts: [Act] = []
  public internal(set) var startedAt: Instant
  public internal(set) var answeredAt: Instant?
  public internal(set) var answeredBy: Digits = Digits()
  var firstLeg: LegID = .none
  var timer: TimerHandle = .none
  /// When *no answer* is raised for the attempt under way.
  var ringDeadline: Instant = .never
  /// The shortest ring time a module asked for this attempt; nil for the exchange's own.
  var ringTime: Interval?
  /// What the legs that failed said, while others still ring.
  var failure: LegFailure?
  /// Whether the store knows this call.
  var isKept = false
  var isDirty = false

  /// Somebody in it is in conversation already, or was before a machine dialled for him.
  var hasConversation: Bool { self.point == .active || !self.sponsor.isNone }

  init(caller: Party, dialled: Digits, origin: LegID, at now: Instant) {
    self.caller = caller
    self.dialled = dialled
    self.target = dialled
    self.origin = origin
    self.payer = caller.station?.digits ?? Digits()
    self.startedAt = now
  }
}

/// Trunks tried in order (TRK-1).
struct Outward: Sendable {
  /// Index into the plan's trunk groups.
  var group: Int
  var outgoing: Digits
  /// How many of the group's trunks have been passed over or tried.
  var tried = 0
  /// Neither barred nor held up by a channel limit (TRK-5).
  var isEmergency: Bool
}

/// A module acted on a call.
public struct Act: Sendable, Equatable {
  /// Index into the kernel's modules.
  public var module: Int
  public var note: Note
}

/// One hop of a forwarded call (RFC 5806).
public struct Diversion: Sendable, Equatable, BitwiseCopyable {
  public enum Reason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case unconditional, userBusy, noAnswer, unavailable, deflection

    /// The value of the Diversion header's `reason` parameter.
    public var text: StaticString {
      switch self {
      case .unconditional: "unconditional"
      case .userBusy: "user-busy"
      case .noAnswer: "no-answer"
      case .unavailable: "unavailable"
      case .deflection: "deflection"
      }
    }
  }
  public var from: Digits
  public var reason: Reason

  public init(from: Digits, reason: Reason) {
    self.from = from
    self.reason = reason
  }
}

/// How an attempt to reach somebody failed: the detection point that it raises.
public enum Failure: UInt8, Sendable, CaseIterable { case busy, noAnswer, notReachable }

/// A call that is over (CALL-10). Instants are the kernel's; the host knows what the clock on the wall said.
public struct CallRecord: Sendable {
  public var call: CallID
  public var caller: Digits
  /// The trunk it came by, as an index into ``World/trunks``; nil for a station's call.
  public var callerTrunk: Int?
  public var dialled: Digits
  public var answeredBy: Digits
  /// The trunk by which it was answered.
  public var answeredTrunk: Int?
  public var acts: [Act]
  /// Whose authorisation code it was made with (TRK-4).
  public var authorization: String?
  public var start: Instant
  public var answer: Instant?
  public var end: Instant
  public var cause: Cause
  public var status: Status
}

/// Why a called device did not answer: raises a detection point, or is final for the caller.
enum LegFailure: Sendable, Equatable {
  case point(Failure)
  case final(Status)

  /// Reads a called device's status as CALL-11 says.
  init(_ status: Status, phase: Leg.Phase) {
    switch status {
    case .busyHere, .busyEverywhere: self = .point(.busy)
    case .temporarilyUnavailable: self = .point(.noAnswer)
    case Status(rawValue: 408): self = .point(phase == .alerting ? .noAnswer : .notReachable)
    case .decline: self = .final(.decline)
    case .notAcceptableHere, Status(rawValue: 415), Status(rawValue: 606): self = .final(.notAcceptableHere)
    case .loopDetected, .tooManyHops: self = .final(status)
    default: self = .point(.notReachable)
    }
  }

  /// Of several devices the one that says most about the person counts: refused, busy, silent, away.
  var weight: Int {
    switch self {
    case .final: 3
    case .point(.busy): 2
    case .point(.noAnswer): 1
    case .point(.notReachable): 0
    }
  }
}
