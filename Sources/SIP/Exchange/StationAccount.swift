public import Kernel
public import Sessions

/// A station as the administrator configured it, ready for use: no password, only what checks one (REG-2, REG-5).
public struct StationAccount: Sendable, Equatable {
  public enum NATCheck: UInt8, Sendable { case ip, ipAndPort }
  public typealias SRTP = SRTPPolicy

  public var number: StationNumber
  /// The digest user name; empty while the station may not register.
  public var userID: String
  public var name: String
  /// `H(user:realm:password)` as lower-case hexadecimal (RFC 7616 §3.4.2); empty while there is no password.
  public var md5: [UInt8]
  public var sha256: [UInt8]
  /// REG-6.
  public var usesWhiteList: Bool
  /// REG-11.
  public var natCheck: NATCheck
  /// How many devices may be registered at once, 1…10 (REG-13).
  public var contacts: Int
  /// Whether 183 with SDP is passed to this station when it calls (CALL-1).
  public var earlyMedia: Bool
  /// It wants pressed keys as INFO, not as RFC 4733 events (MED-4).
  public var dtmfByInfo: Bool
  /// Whether its media is encrypted (MED-3).
  public var srtp: SRTP
  /// What features read.
  public var settings: StationSettings

  /// MWI-1.
  public var hasMailbox: Bool { self.settings.mailbox }
  /// HOLD-2.
  public var toneSource: StationSettings.ToneSource { self.settings.toneSource }

  public init(
    number: StationNumber, userID: String, name: String = "", md5: [UInt8] = [], sha256: [UInt8] = [],
    usesWhiteList: Bool = true, natCheck: NATCheck = .ip, contacts: Int = 1, earlyMedia: Bool = false,
    dtmfByInfo: Bool = false, srtp: SRTP = .optional, settings: StationSettings = StationSettings()
  ) {
    self.number = number
    self.userID = userID
    self.name = name
    self.md5 = md5
    self.sha256 = sha256
    self.usesWhiteList = usesWhiteList
    self.natCheck = natCheck
    self.contacts = contacts
    self.earlyMedia = earlyMedia
    self.dtmfByInfo = dtmfByInfo
    self.srtp = srtp
    self.settings = settings
  }
}

/// The system options that signalling needs; defaults are those of the manual or the safe ones.
public struct ExchangeOptions: Sendable, Equatable {
  public enum CallAuthentication: UInt8, Sendable { case auto, source, digest }
  public enum UnknownCallers: UInt8, Sendable { case refuse, trunk }

  /// `sip.expire-time` (REG-3).
  public var expireTime: UInt32 = 600
  /// `sip.register-retry-limit` (REG-8).
  public var retryLimit = 5
  /// `sip.register-block-time`; zero blocks nobody.
  public var blockTime: Interval = .seconds(300)
  /// `sip.comm-exclusive=no-response` (REG-7).
  public var isSilentOnFailure = false
  /// `sip.call-authentication` (CALL-5).
  public var callAuthentication: CallAuthentication = .auto
  public var unknownCallers: UnknownCallers = .refuse
  /// `sip.digest=both|md5`.
  public var offersSHA256 = true
  /// `sip.licensed-stations`; nil is unlimited (REG-4).
  public var licensedStations: Int?
  /// `net.private`: where calls need no digest and media needs no relay.
  public var privateNetworks: [AddressBlock] = []
  /// `media.channels`: legs that may use the media server at once (MED-2); 0 where there is none.
  public var mediaChannels = 0
  /// `sip.session-expires`: seconds after which a session that nobody refreshes is over (RFC 4028); 0: none is asked for.
  public var sessionExpires: UInt32 = 1800
  /// `sip.connection-reuse`: phones on TCP and TLS are called over the connection they registered on (REG-12).
  public var reusesConnections = true
  /// `call.ring-time`.
  public var ringTime: Interval = .seconds(180)
  /// `sip.request-rate`: requests of one source in a second, 0: any; twenty seconds' worth may come at a time (RELIABILITY 36).
  public var requestRate = 500
  /// `sip.transactions`: beyond so many requests are refused, but those that end calls and emergency calls.
  public var transactions = 400_000
  /// `call.limit`: legs of calls at once in the whole exchange, two for each call.
  public var calls = 100_000
  /// `call.station-limit`: calls of one station at once: ten telephones with three lines each and some.
  public var stationCalls = 32
  /// The digest realm. Changing it makes every stored HA1 useless.
  public var realm = "strowger"

  public init() {}
}

/// A socket that SIP listens on, as phones are told about it.
public struct Listener: Sendable, Equatable {
  public var kind: TransportKind
  public var address: SocketAddress

  public init(kind: TransportKind, address: SocketAddress) {
    self.kind = kind
    self.address = address
  }
}
