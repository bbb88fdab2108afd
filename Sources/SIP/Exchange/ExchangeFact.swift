public import Kernel
public import Sessions

/// What the exchange wants kept. Facts of one door call form one batch and are committed together (ARCHITECTURE rule 7).
public enum ExchangeFact: Sendable {
  /// A feature machine or an answered call, as the kernel writes it.
  case feature(Fact)
  case binding(Binding)
  case bindingGone(Int64)
  /// An answered call with its dialogs, under a row number that grows; nil when it is over. `handle` is the kernel's name.
  case liveCall(Int64, handle: UInt64, [UInt8]?)
  /// An activation's answer: its INVITE, repeated after a restart, is answered with this and not carried out again.
  case answered(Int64, key: [UInt8], response: [UInt8], until: Instant)
  case access(AccessRecord)
  /// A subscription, under a row number that grows; nil when it is over.
  case subscription(Int64, [UInt8]?)
  case call(CallDetail)
  /// A message in a mailbox, new or heard.
  case recording(RecordingSummary)
  /// A message is to be deleted, row and file, or a file for which there is no row.
  case removeRecording(UInt32)
  case block(IPAddress, until: Instant, reason: String)
  case unblock(IPAddress)
}

/// A device registered for a station (REG-1). Instants are wall time, as everywhere in the exchange.
public struct Binding: Sendable, Equatable {
  /// Never used twice, also the kernel's `DeviceID`.
  public var id: Int64
  public var station: StationNumber
  /// The Contact's URI as registered.
  public var contact: [UInt8]
  /// Where its REGISTER came from: what its requests are checked against (CALL-5).
  public var flow: Flow
  public var callID: [UInt8]
  public var cseq: UInt32
  public var userAgent: [UInt8]
  public var registeredAt: Instant
  public var lastSeen: Instant
  public var expires: Instant
  /// Methods the device allows, one bit each by ``Method`` raw value.
  public var allows: UInt32
  /// Where it is called, if not at `flow` (REG-11); follows from contact and NAT check.
  var reach: SocketAddress?

  /// Where it is called.
  var callFlow: Flow {
    guard let reach = self.reach else { return self.flow }
    return Flow(kind: self.flow.kind, local: self.flow.local, remote: reach, peer: self.flow.peer)
  }

  public init(
    id: Int64, station: StationNumber, contact: [UInt8], flow: Flow, callID: [UInt8], cseq: UInt32, userAgent: [UInt8],
    registeredAt: Instant, lastSeen: Instant, expires: Instant, allows: UInt32
  ) {
    self.id = id
    self.station = station
    self.contact = contact
    self.flow = flow
    self.callID = callID
    self.cseq = cseq
    self.userAgent = userAgent
    self.registeredAt = registeredAt
    self.lastSeen = lastSeen
    self.expires = expires
    self.allows = allows
  }
}

/// One attempt to register (REG-9).
public struct AccessRecord: Sendable, Equatable {
  public var time: Instant
  public var source: SocketAddress
  public var number: String
  public var userAgent: String
  /// `registered`, `refreshed`, `deregistered`, `refused`, `blocked`.
  public var outcome: String
  public var reason: String
}

/// A call detail record (CALL-10).
public struct CallDetail: Sendable, Equatable {
  public var id: Int64
  public var caller: String
  public var dialled: String
  public var answeredBy: String
  /// Each feature that acted and why: `CallForward: forward all to 2003`.
  public var features: [String]
  public var start: Instant
  public var answer: Instant?
  public var end: Instant
  public var cause: String
  public var status: UInt16
  /// Whose authorisation code it was made with (TRK-4).
  public var authorization: String?
  public var mediaPath: String
}

/// Something for the operator's log. `description` is one line.
public enum Notice: Sendable, CustomStringConvertible {
  case registered(StationNumber, SocketAddress, userAgent: String, expires: UInt32)
  case deregistered(StationNumber, reason: String)
  case ringing(caller: String, dialled: String)
  case answered(caller: String, answeredBy: String, after: Interval, media: String)
  case ended(caller: String, answeredBy: String, after: Interval)
  case refused(caller: String, dialled: String, status: UInt16, note: String)
  /// A trunk has come up, or gone down.
  case trunk(String, isUp: Bool, why: String)
  case warning(String)

  public var description: String {
    switch self {
    case .registered(let station, let source, let agent, let expires):
      "\(station) registered from \(source)\(agent.isEmpty ? "" : " (\(agent))"), expires in \(expires) s"
    case .deregistered(let station, let reason): "\(station) no longer registered: \(reason)"
    case .ringing(let caller, let dialled): "\(caller) calls \(dialled): ringing"
    case .answered(let caller, let by, let after, let media):
      "\(caller) and \(by) connected after \(after.tenths) s, \(media) media"
    case .ended(let caller, let by, let after): "\(caller) and \(by) ended after \(after.tenths) s"
    case .refused(let caller, let dialled, let status, let note): "\(caller) dials \(dialled): \(status) \(note)"
    case .trunk(let name, let isUp, let why): "trunk \(name) is \(isUp ? "up" : "down")\(why.isEmpty ? "" : ": \(why)")"
    case .warning(let text): text
    }
  }
}

extension Interval {
  /// Seconds with one decimal.
  var tenths: String { "\(self.nanoseconds / 1_000_000_000).\(self.nanoseconds / 100_000_000 % 10)" }
}
