// The rows that calls and registrations write. Fields that must come back octet for octet are octets.

/// One contact of one station (REG-1, REG-3, REG-10, REG-13).
public struct BindingRow: Equatable, Sendable {
  /// Allotted by the caller, increasing; a refresh keeps it. Starts at `Snapshot.nextBinding`.
  public var id: Int64
  /// The station's number; the station must exist, and its bindings go when it is removed.
  public var station: String
  /// The Contact's URI as the phone wrote it.
  public var contact: [UInt8]
  /// Where the REGISTER came from: address, port, and the transport `udp`, `tcp` or `tls`.
  public var sourceAddress: String
  public var sourcePort: UInt16
  public var transport: String
  /// The listener on which it came (`udp:0.0.0.0:5060`), so that requests leave by the same one.
  public var listener: String
  public var userAgent: String
  /// Call-ID and CSeq of the last REGISTER (RFC 3261 §10.3 item 7).
  public var callID: [UInt8]
  public var cseq: UInt32
  /// Preference in thousandths, 0…1000.
  public var q: Int
  /// `+sip.instance` and `reg-id` (RFC 5626); empty and 0 where the phone sends none.
  public var instance: [UInt8]
  public var registrationID: UInt32
  /// The Path header field's values (RFC 3327), comma separated; empty without.
  public var path: [UInt8]
  public var expires: Moment
  /// When the last REGISTER for it was accepted: the station's *last seen*.
  public var registered: Moment

  public init(
    id: Int64, station: String, contact: [UInt8], sourceAddress: String, sourcePort: UInt16, transport: String,
    listener: String = "", userAgent: String = "", callID: [UInt8] = [], cseq: UInt32 = 0, q: Int = 1000,
    instance: [UInt8] = [], registrationID: UInt32 = 0, path: [UInt8] = [], expires: Moment, registered: Moment
  ) {
    self.id = id
    self.station = station
    self.contact = contact
    self.sourceAddress = sourceAddress
    self.sourcePort = sourcePort
    self.transport = transport
    self.listener = listener
    self.userAgent = userAgent
    self.callID = callID
    self.cseq = cseq
    self.q = q
    self.instance = instance
    self.registrationID = registrationID
    self.path = path
    self.expires = expires
    self.registered = registered
  }
}

/// Whose machine it is: the module, the kind of owner (`call`, `station`, `number`, `exchange`) and that owner's name or id.
public struct MachineName: Hashable, Sendable {
  public var module: String
  public var kind: String
  public var key: String

  public init(module: String, kind: String, key: String) {
    self.module = module
    self.kind = kind
    self.key = key
  }
}

/// A feature machine's state as a fact (FWD-1, DND-2): opaque octets of the module's own format `version`.
public struct MachineRow: Equatable, Sendable {
  public var name: MachineName
  public var version: Int
  public var state: [UInt8]

  public init(name: MachineName, version: Int, state: [UInt8]) {
    self.name = name
    self.version = version
    self.state = state
  }
}

/// A call as the kernel wants it back after a restart (`Fact.call`).
public struct CallRow: Equatable, Sendable {
  /// Allotted by the caller, increasing: one small row a call under an increasing key is cheap, a random one is not. Starts at
  /// `Snapshot.nextCall`.
  public var id: Int64
  /// The kernel's name for the call (`CallID.raw`).
  public var handle: UInt64
  public var state: [UInt8]

  public init(id: Int64, handle: UInt64, state: [UInt8]) {
    self.id = id
    self.handle = handle
    self.state = state
  }
}

/// What is needed to take a dialog up again after a restart, as octets of the SIP layer's format.
public struct DialogRow: Equatable, Sendable {
  /// Allotted by the caller, increasing. Starts at `Snapshot.nextDialog`.
  public var id: Int64
  /// `CallRow.id` of the call it belongs to; 0 for none.
  public var call: Int64
  public var state: [UInt8]

  public init(id: Int64, call: Int64, state: [UInt8]) {
    self.id = id
    self.call = call
    self.state = state
  }
}

/// The final answer of an INVITE that changed a setting, kept for 64·T1: its retransmission after a restart is answered, not
/// executed again (ARCHITECTURE.md rule 7).
public struct TransactionRow: Equatable, Sendable {
  /// Allotted by the caller, increasing. Starts at `Snapshot.nextTransaction`.
  public var id: Int64
  public var key: [UInt8]
  public var response: [UInt8]
  public var expires: Moment

  public init(id: Int64, key: [UInt8], response: [UInt8], expires: Moment) {
    self.id = id
    self.key = key
    self.response = response
    self.expires = expires
  }
}

/// One attempt to register (REG-9, the manual's *Access Information*).
public struct AccessLogRow: Equatable, Sendable {
  /// 0 when added: the store numbers the rows.
  public var id: Int64
  public var time: Moment
  public var source: String
  public var number: String
  public var userAgent: String
  /// `accepted`, `refused`, `dropped` …
  public var outcome: String
  public var reason: String

  public init(
    id: Int64 = 0, time: Moment, source: String, number: String, userAgent: String, outcome: String, reason: String
  ) {
    self.id = id
    self.time = time
    self.source = source
    self.number = number
    self.userAgent = userAgent
    self.outcome = outcome
    self.reason = reason
  }
}

/// A call detail record (CALL-10).
public struct CallRecordRow: Equatable, Sendable {
  /// 0 when added: the store numbers the records, so that a call handle that is used again after a restart overwrites none.
  public var id: Int64
  public var caller: String
  public var dialled: String
  /// Who answered; nil when nobody did.
  public var answeredBy: String?
  /// Every feature that acted and why, in order: `CallForward: all to 2003`. No line feeds inside.
  public var features: [String]
  public var start: Moment
  public var answer: Moment?
  public var end: Moment?
  /// Why it ended: `normal`, `busy`, `no answer` …
  public var cause: String
  /// The label of the authorisation code that was used (TRK-4); never the code.
  public var authorisation: String?
  /// `direct`, `relay` or `mixed`; empty when no media flowed.
  public var mediaPath: String

  public init(
    id: Int64 = 0, caller: String, dialled: String, answeredBy: String? = nil, features: [String] = [], start: Moment,
    answer: Moment? = nil, end: Moment? = nil, cause: String, authorisation: String? = nil, mediaPath: String = ""
  ) {
    self.id = id
    self.caller = caller
    self.dialled = dialled
    self.answeredBy = answeredBy
    self.features = features
    self.start = start
    self.answer = answer
    self.end = end
    self.cause = cause
    self.authorisation = authorisation
    self.mediaPath = mediaPath
  }
}

/// A message in a mailbox (MWI-2). What was said is a file of the ``RecordingFolder``, named by the number.
public struct RecordingRow: Equatable, Sendable {
  /// Allotted by the caller, increasing, not given twice while it is kept.
  public var number: UInt32
  /// Whose mailbox it lies in: a station's number.
  public var owner: String
  /// The number of whoever left it; empty where withheld or unknown.
  public var caller: String
  /// When it was left.
  public var time: Moment
  /// Milliseconds.
  public var length: Int64
  /// Not heard yet.
  public var isNew: Bool

  public init(number: UInt32, owner: String, caller: String, time: Moment, length: Int64, isNew: Bool = true) {
    self.number = number
    self.owner = owner
    self.caller = caller
    self.time = time
    self.length = length
    self.isNew = isNew
  }
}

/// A source from which every message is dropped (REG-8).
public struct BlockRow: Equatable, Sendable {
  /// The address without port.
  public var source: String
  public var until: Moment
  public var reason: String

  public init(source: String, until: Moment, reason: String) {
    self.source = source
    self.until = until
    self.reason = reason
  }
}
