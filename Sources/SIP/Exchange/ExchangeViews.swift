public import Kernel
public import Sessions

/// One station for `strowger status` (REG-10).
public struct StationStatus: Sendable {
  public var number: StationNumber
  public var name: String
  public var isRegistered: Bool
  public var phone: String
  /// Unspecified (0.0.0.0) when not registered.
  public var address: SocketAddress
  public var transport: TransportKind?
  public var expires: Instant?
  public var lastSeen: Instant?
  /// What features say of the station, by the keys of their descriptors, in the modules' order.
  public var features: [(field: Descriptor.StatusField, summary: String?)]
  public var forwardUnreachable: String
  /// What waits in its mailbox; nil where it has none (MWI-1).
  public var messages: MessageCounts?
  public var isInCall: Bool
}

/// One call for `strowger calls`.
public struct CallStatus: Sendable, Equatable {
  public struct Leg: Sendable, Equatable {
    public var party: String
    public var state: String
    public var direction: String
    public var hears: String
  }
  public var id: String
  /// `dialling`, `ringing`, `active`, `held`.
  public var state: String
  public var caller: String
  public var dialled: String
  public var started: Instant
  public var answered: Instant?
  public var mediaPath: String
  public var features: [String]
  public var legs: [Leg]
}

/// A source whose messages are dropped (REG-8).
public struct BlockStatus: Sendable, Equatable {
  public var source: IPAddress
  public var until: Instant
  public var reason: String

  public init(source: IPAddress, until: Instant, reason: String) {
    self.source = source
    self.until = until
    self.reason = reason
  }
}

/// What went wrong or was refused since the start, for `strowger status --json` and tests.
public struct ExchangeCounters: Sendable, Equatable {
  public var received: UInt64 = 0
  public var sent: UInt64 = 0
  public var dropped: UInt64 = 0
  public var rejected: UInt64 = 0
  public var stray: UInt64 = 0
  public var blocked: UInt64 = 0
  /// Requests refused by any limit of the next six.
  public var overload: UInt64 = 0
  /// Requests of sources that ask too often: answered 503, and not answered.
  public var rateRefused: UInt64 = 0
  public var rateDropped: UInt64 = 0
  public var transactionLimit: UInt64 = 0
  public var callLimit: UInt64 = 0
  public var stationLimit: UInt64 = 0
  /// Calls from outside that found every channel of their trunk taken.
  public var channelLimit: UInt64 = 0
  /// Calls that a class of service bars, or bars at this hour; that their station had too many of outside; that went in circles.
  public var barred: UInt64 = 0
  public var outOfHours: UInt64 = 0
  public var trunkLimit: UInt64 = 0
  public var loops: UInt64 = 0
  public var transfersRefused: UInt64 = 0
  public var calls: UInt64 = 0
  public var registrations: UInt64 = 0
  public var subscriptions: UInt64 = 0
  public var subscriptionsRefused: UInt64 = 0
  /// NOTIFYs of subscriptions.
  public var notifications: UInt64 = 0
  public var notDurable: UInt64 = 0
  public var faults: UInt64 = 0

  public init() {}
}
