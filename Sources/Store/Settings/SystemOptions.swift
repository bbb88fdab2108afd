/// One system option (INTERFACE.md "System options").
public struct SystemOption: Equatable, Sendable {
  public let name: String
  public let defaultValue: String
  public let kind: ValueKind
  public let meaning: String

  /// The value as it is kept; throws `.invalidValue` with what is allowed.
  public func check(_ value: String) throws(StoreError) -> String {
    guard kind.accepts(value) else {
      throw StoreError(.invalidValue, at: "option \(name)", "cannot be \"\(value)\"", mend: "allowed: \(kind.allowed)")
    }
    return value
  }
}

/// Every system option: its name, default, what is allowed and what it means. Defaults are the safe or the manual's.
public enum OptionCatalog {
  public static func named(_ name: String) -> SystemOption? {
    all.first { $0.name == name }
  }

  /// The manual's capacity table by model (REG-4): stations without and, where it differs, with TLS.
  public static let models: [(name: String, stations: Int, withTLS: Int)] = [
    ("OS7030", 16, 16), ("OS7100", 56, 56), ("OS7200S", 64, 64), ("OS7200", 128, 64), ("OS7400", 480, 160),
  ]

  /// Every option, in the order in which they are shown.
  public static let all: [SystemOption] = sip + others

  private static func option(_ name: String, _ value: String, _ kind: ValueKind, _ meaning: String) -> SystemOption {
    SystemOption(name: name, defaultValue: value, kind: kind, meaning: meaning)
  }

  private static let sip: [SystemOption] = [
    option("sip.expire-time", "600", .seconds(1...86_400, orNever: false), "longest registration that is granted (REG-3)"),
    option(
      "sip.comm-exclusive", "response", .choice(["response", "no-response"]), "whether wrong credentials get an answer (REG-7)"),
    option(
      "sip.register-retry-limit", "5", .integer(0...1000), "failures before a source is blocked, 0 for never (REG-8)"),
    option("sip.register-block-time", "300", .seconds(1...2_592_000, orNever: true), "how long a source stays blocked (REG-8)"),
    option(
      "sip.call-authentication", "auto", .choice(["auto", "source", "digest"]), "how a calling station proves itself (CALL-5)"),
    option("sip.unknown-callers", "refuse", .choice(["refuse", "trunk"]), "what happens to calls from strangers (CALL-5)"),
    option("sip.digest", "both", .choice(["both", "md5"]), "digest algorithms offered: SHA-256 and MD5, or MD5 only (REG-1)"),
    option(
      "sip.session-expires", "1800", .seconds(90...86_400, orNever: true),
      "how long a call lives whose phone does not say that it does, 0 to ask no phone for it (RFC 4028; CALL-1)"),
    option(
      "sip.connection-reuse", "on", .choice(["on", "off"]), "calls go over the connection the phone registered on (REG-12)"),
    option(
      "sip.request-rate", "500", .integer(0...1_000_000),
      "requests of one source in a second, 0 for any; twenty seconds' worth may come at a time"),
    option("sip.transactions", "400000", .integer(1000...10_000_000), "transactions at once, beyond which requests are refused"),
    option(
      "sip.connections-per-source", "100", .integer(1...1_000_000), "connections that one address may hold; at the next start"),
    option("sip.connections", "10000", .integer(10...1_000_000), "connections in all that others opened; at the next start"),
    option("sip.handshakes", "500", .integer(1...100_000), "TLS handshakes under way at once; at the next start"),
    option("sip.handshakes-per-second", "200", .integer(1...100_000), "TLS connections taken in a second; at the next start"),
    option(
      "sip.message-time", "10", .seconds(1...600, orNever: false),
      "how long a message may take to arrive, the first of a connection with its handshake; at the next start"),
    option(
      "sip.idle-time", "600", .seconds(130...86_400, orNever: false),
      "silence after which a connection is closed; at the next start"),
    option(
      "sip.write-queue", "1048576", .integer(65_536...1_073_741_824),
      "octets that wait for somebody who does not read; at the next start"),
    option("sip.tls-certificate", "", .file, "certificate chain (PEM)"),
    option("sip.tls-key", "", .file, "private key of that certificate (PEM)"),
    option("sip.tls-client-ca", "", .file, "authorities whose client certificates are accepted (PEM)"),
    option("sip.tls-ca", "", .file, "authorities of trunks' certificates, beside those that the system trusts (PEM)"),
    option("sip.tls-mutual", "off", .choice(["on", "off"]), "whether whoever connects by TLS must show a certificate (SEC-1)"),
    option("sip.tls-validate-any", "off", .choice(["on", "off"]), "whether any certificate of a phone is accepted (SEC-1)"),
    option(
      "sip.licensed-stations", "unlimited", .integerOrChoice(0...1_000_000, ["unlimited"] + models.map(\.name)),
      "how many stations may be registered at once, or a model of the manual (REG-4)"),
  ]

  private static let others: [SystemOption] = [
    option("station.password-maximum", "64", .integer(6...64), "longest password; the manual's is 8 (REG-5)"),
    option(
      "net.private", "", .networks,
      "networks reached without NAT; empty for loopback, RFC 1918, link-local, unique local IPv6 and the machine's own (CALL-9)"),
    option("call.ring-time", "180", .seconds(1...3600, orNever: true), "how long a station rings (CALL-11)"),
    option("call.limit", "100000", .integer(10...1_000_000), "legs of calls at once in the whole exchange, two for each call"),
    option("call.station-limit", "32", .integer(1...10_000), "calls of one station at once"),
    option(
      "media.channels", "1000", .integer(0...100_000),
      "phones that may use the media server at once: a relayed call takes two (MED-2)"),
    option("media.ports", "16384-32767", .ports, "UDP ports of the media server"),
    option("media.music", "", .file, "music on hold (WAV); empty for the built-in tone"),
    option(
      "media.server", "internal", .mediaServer,
      "the exchange's own media server, or an rtpengine for relay and SRTP, by its control address; at the next start"),
    option("voicemail.encryption", "on", .choice(["on", "off"]), "whether messages are encrypted on the disk (MWI-2)"),
    option("voicemail.space", "1000", .integer(1...10_000_000), "megabytes that all messages together may take (MWI-2)"),
    option(
      "database.durability", "normal", .choice(["normal", "full"]),
      "what survives: a crash, or power loss as well; at the next start"),
    option("log.access-limit", "100000", .integer(100...10_000_000), "rows of the access log that are kept (REG-9)"),
    option("log.call-limit", "1000000", .integer(100...100_000_000), "call records that are kept (CALL-10)"),
  ]
}

/// The options' values: what is set, or the default.
public struct SystemOptions: Equatable, Sendable {
  /// What is set, by name; the others have their defaults.
  public internal(set) var changed: [String: String]

  public init(changed: [String: String] = [:]) {
    self.changed = changed
  }

  /// The value or its default; the empty string for a name that no option has.
  public subscript(_ name: String) -> String {
    changed[name] ?? OptionCatalog.named(name)?.defaultValue ?? ""
  }

  /// Whether an option of the values `on` and `off` is on.
  public func isOn(_ name: String) -> Bool {
    self[name] == "on"
  }

  /// A number; 0 for an option that has none.
  public func integer(_ name: String) -> Int {
    plainInteger(self[name]) ?? 0
  }

  /// A time; nil for *never*.
  public func time(_ name: String) -> Duration? {
    duration(self[name]).flatMap { $0 == .zero ? nil : $0 }
  }

  /// `media.ports` as first and last port.
  public var mediaPorts: ClosedRange<UInt16> {
    portRange(self["media.ports"]) ?? 16_384...32_767
  }

  /// `media.server`: host and control port of the rtpengine; nil for the exchange's own media server.
  public var mediaServer: (host: String, port: UInt16)? {
    rtpengine(self["media.server"])
  }

  /// `voicemail.space` in octets.
  public var voiceMailSpace: Int64 {
    Int64(integer("voicemail.space")) &* 1_000_000
  }

  /// `net.private` as its entries; empty for the default networks.
  public var privateNetworks: [String] {
    self["net.private"].split(separator: ",").map(String.init)
  }

  /// The licensed number of stations (REG-4); nil for unlimited.
  ///
  /// - Parameter withTLS: whether a TLS listener is open, for models whose number then is lower.
  public func licensedStations(withTLS: Bool) -> Int? {
    let value = self["sip.licensed-stations"]
    if let model = OptionCatalog.models.first(where: { $0.name == value }) { return withTLS ? model.withTLS : model.stations }
    return plainInteger(value)
  }
}
