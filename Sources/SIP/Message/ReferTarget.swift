public import Kernel

/// Where a REFER wants the other party connected (RFC 3515 §2.1, RFC 5589): a number, and the call there that it is to continue.
public struct ReferTarget: Sendable, Equatable {
  /// The user part, whatever the host; may be empty where `replaces` says enough.
  public let number: Digits
  public let replaces: Replaces?

  /// Why a REFER goes nowhere.
  public enum Fault: Error, Sendable, Equatable, CaseIterable {
    case missing, tooLong, malformed, scheme, method, replaces, number

    public var status: UInt16 {
      switch self {
      case .missing, .tooLong, .malformed, .method, .replaces: 400
      case .scheme: 416
      case .number: 404
      }
    }

    /// For people.
    public var reason: StaticString {
      switch self {
      case .missing: "Refer-To is missing"
      case .tooLong: "Refer-To is too long"
      case .malformed: "Refer-To is no address"
      case .scheme: "calls are transferred to sip addresses only"
      case .method: "calls are transferred by INVITE only"
      case .replaces: "Replaces in Refer-To is malformed"
      case .number: "Refer-To names no number"
      }
    }
  }

  /// Octets of Refer-To.
  public static let longest = 1024

  public init(number: Digits, replaces: Replaces? = nil) {
    self.number = number
    self.replaces = replaces
  }

  /// Reads Refer-To of a REFER. More than one of them never comes this far.
  public init(_ message: SIPMessage) throws(Fault) {
    guard let value = message.header(.referTo), !value.isEmpty else { throw .missing }
    guard value.count <= Self.longest else { throw .tooLong }
    guard let uri = Self.address(value, in: message.bytes) else { throw .malformed }
    guard uri.scheme == .sip || uri.scheme == .sips else { throw .scheme }
    if let method = uri.parameters.parameter("method", in: message.bytes) {
      guard method.value?.equalsIgnoringCase("INVITE", in: message.bytes) ?? false else { throw .method }
    }
    let replaces = try Self.replaces(uri.headers.array(in: message.bytes))
    let number = Digits(ascii: message.user(of: uri))
    guard let number, !number.isEmpty else {
      // Our own Contact of the other call need not have a number.
      guard let replaces else { throw .number }
      self.init(number: Digits(), replaces: replaces)
      return
    }
    self.init(number: number, replaces: replaces)
  }

  /// An address with `<>` or without; many telephones leave them out, even where `?` follows.
  private static func address(_ value: Slice, in bytes: [UInt8]) -> SIPURI? {
    NameAddress.parse(value, in: bytes)?.uri ?? SIPURI.parse(value, in: bytes)
  }

  /// Replaces among the header fields of the address, its escapes resolved once. The others are not carried out.
  private static func replaces(_ headers: [UInt8]) throws(Fault) -> Replaces? {
    var found: Replaces?
    for field in headers.split(separator: 0x26) {
      guard let equals = field.firstIndex(of: 0x3d), let name = Self.unescaped(field[..<equals]),
        let value = Self.unescaped(field[(equals + 1)...])
      else { throw .malformed }
      guard HeaderName(name) == .replaces else { continue }
      guard found == nil, let replaces = Replaces(parsing: value) else { throw .replaces }
      found = replaces
    }
    return found
  }

  /// Nil for half an escape, and for what would end a line.
  private static func unescaped(_ octets: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = octets
    while let octet = rest.popFirst() {
      var plain = octet
      if octet == 0x25 {
        guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else { return nil }
        plain = high << 4 | low
      }
      guard plain >= 0x20, plain != 0x7f else { return nil }
      result.append(plain)
    }
    return result
  }
}
