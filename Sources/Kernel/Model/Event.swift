/// What happens outside and is told to the kernel. Events say what happened; ``Directive``s give orders.
public enum Event: Sendable {
  /// Somebody dials. `leg` comes from ``Kernel/reserveLeg()``.
  case dialled(Origination)
  /// The called device has been reached but does not ring (100).
  case proceeding(LegID)
  /// It rings (180, 183).
  case alerting(LegID)
  case answered(LegID)
  /// A called device refused or could not be reached, with the SIP status it gave; 408 when it gave none.
  case failed(LegID, Status)
  /// The called device answers with another number (301, 302; CALL-11).
  case redirected(LegID, Digits)
  /// The device hung up, cancelled or was lost.
  case released(LegID, Cause)
  /// Its telephone put the call on hold, or took it back.
  case held(LegID)
  case resumed(LegID)
  /// The device asks for its peer to be connected elsewhere (REFER); `replacing` names one of our legs.
  case transferRequested(LegID, to: Digits, replacing: LegID)
  /// What the host made of ``Directive/verify(_:_:)``: whom the code belongs to, nil when it is nobody's (TRK-4).
  case verified(LegID, Authorization?)
  /// A trunk of the plan can be used, or cannot (TRK-1). Trunks the host says nothing about can.
  case trunk(String, isUp: Bool)
  /// A media goal was reached, or cannot be.
  case joined(LegID)
  case joinFailed(LegID, Cause)
  /// The announcement or playback that the leg was to hear is over.
  case played(LegID)
  /// The party pressed a key of its telephone in the middle of a call: 0–9, 10 `*`, 11 `#`, 12–15 A–D (RFC 4733 §3.2).
  case pressed(LegID, key: UInt8)
  /// The recordings the host keeps for a number, oldest first: at the start, before calls go on, and after every change that
  /// is not the kernel's own order. Beyond ``World/mostRecordings`` they are not looked at.
  case recordings(of: Digits, [Recording])
  /// The devices registered for a station have changed; empty when there are none.
  case registered(StationNumber, [DeviceID])
  /// The administrator's settings of a station.
  case settings(StationNumber, StationSettings)
  /// The facts of that turn were committed, or could not be.
  case kept(turn: UInt64)
  case notKept(turn: UInt64)
}

/// A number dialled by somebody.
public struct Origination: Sendable {
  public var leg: LegID
  public var caller: Party
  public var dialled: Digits
  /// The leg whose place it shall take (Replaces, RFC 3891).
  public var replacing: LegID

  public init(leg: LegID, caller: Party, dialled: Digits, replacing: LegID = .none) {
    self.leg = leg
    self.caller = caller
    self.dialled = dialled
    self.replacing = replacing
  }
}

/// Whose authorisation code a call was made with: its class of service counts, not the telephone's (TRK-4).
public struct Authorization: Sendable, Equatable {
  /// What the record says instead of the code.
  public var label: String
  /// The class of service of the plan; nil for the telephone's own.
  public var className: String?

  public init(label: String, className: String? = nil) {
    self.label = label
    self.className = className
  }
}

/// What the administrator set for a station, as far as the kernel or a feature cares.
public struct StationSettings: Sendable, Equatable {
  /// FWD-8.
  public var forwardUnreachable: Digits?
  /// Overrides the plan's class of service.
  public var className: String?
  public var pickupGroup: Int?
  /// What it hears while it is held (HOLD-2).
  public var toneSource: ToneSource
  /// It has a mailbox (MWI-2).
  public var mailbox: Bool
  /// Hanging up with one party held and another called joins the two (XFER-4).
  public var onHookTransfer: Bool
  /// Which numbers get ``insertedCode`` put in front (TRK-2, TRK-3).
  public var insertion: Insertion
  public var insertedCode: Digits

  /// *Insert Trunk Type*: callers' numbers from trunks, or what the telephone dials.
  public enum Insertion: UInt8, Sendable, CaseIterable { case none, incoming, outgoing }

  /// Who makes what a held station hears: the exchange, or the telephone that holds it (*Tone Source*).
  public enum ToneSource: UInt8, Sendable, CaseIterable { case system, phone }

  public init(
    forwardUnreachable: Digits? = nil, className: String? = nil, pickupGroup: Int? = nil, toneSource: ToneSource = .system,
    mailbox: Bool = false, onHookTransfer: Bool = false, insertion: Insertion = .none, insertedCode: Digits = Digits()
  ) {
    self.forwardUnreachable = forwardUnreachable
    self.className = className
    self.pickupGroup = pickupGroup
    self.toneSource = toneSource
    self.mailbox = mailbox
    self.onHookTransfer = onHookTransfer
    self.insertion = insertion
    self.insertedCode = insertedCode
  }
}
