/// One setting that every station has (INTERFACE.md "Station settings"). `user-id`, `name` and the password are the station's own
/// fields.
public struct StationSetting: Equatable, Sendable {
  public let name: String
  public let defaultValue: String
  public let kind: ValueKind
  public let meaning: String

  /// The value as it is kept; throws `.invalidValue` with what is allowed.
  public func check(_ value: String, station: String) throws(StoreError) -> String {
    guard kind.accepts(value) else {
      throw StoreError(
        .invalidValue, at: "station \(station)", "\(name) cannot be \"\(value)\"", mend: "allowed: \(kind.allowed)")
    }
    return value
  }

  public static func named(_ name: String) -> StationSetting? {
    all.first { $0.name == name }
  }

  private init(_ name: String, _ defaultValue: String, _ kind: ValueKind, _ meaning: String) {
    self.name = name
    self.defaultValue = defaultValue
    self.kind = kind
    self.meaning = meaning
  }

  /// Every setting, in the order in which they are shown.
  public static let all: [StationSetting] = [
    .init(
      "tone-source", "system", .choice(["system", "phone"]), "who gives the tone to a party this station's partner holds (HOLD-2)"
    ),
    .init("dtmf-type", "rfc2833", .choice(["rfc2833", "info"]), "how the phone sends digits during a call"),
    .init("forward-unreachable", "", .dialled, "where its calls go while the phone cannot be reached (FWD-8)"),
    .init("insert-trunk-port", "", .dialled, "the trunk code that is put before outside numbers (TRK-2, TRK-3)"),
    .init(
      "insert-trunk-type", "none", .choice(["none", "incoming", "outgoing"]),
      "before which: those it dials (outgoing), or those of callers from trunks (incoming)"),
    .init(
      "nat-check", "ip", .choice(["ip", "ip-and-port"]),
      "where requests go: the Contact, or the packet's source if that differs (REG-11)"),
    .init("white-list", "on", .choice(["on", "off"]), "whether the phone's address must be on the white list (REG-6)"),
    .init("contacts", "1", .integer(1...10), "how many devices may be registered at once (REG-13)"),
    .init("on-hook-transfer", "off", .choice(["on", "off"]), "whether hanging up with a call held transfers it (XFER-4)"),
    .init("class", "", .name, "the class of service; empty for that of the number plan"),
    .init("pickup-group", "", .integerOrChoice(1...9999, [""]), "the pickup group; empty for that of the number plan"),
    .init("mailbox", "off", .choice(["on", "off"]), "whether the station has a voice mailbox"),
    .init("srtp", "optional", .choice(["off", "optional", "required"]), "whether its media is encrypted"),
    .init("early-media", "off", .choice(["on", "off"]), "whether 183 with SDP is passed to this caller (CALL-1)"),
  ]
}
