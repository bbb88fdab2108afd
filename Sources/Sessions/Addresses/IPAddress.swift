/// An IP address as sixteen octets and a family, made by parsing, so that one in hand is valid.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) becomes the IPv4 address that it stands for (RFC 5118 §4.9),
/// so two texts of one host compare equal. Names are never looked up (RELIABILITY 17).
public struct IPAddress: BitwiseCopyable, Hashable, Sendable {
  /// Which of the two protocols an address belongs to.
  public enum Family: UInt8, BitwiseCopyable, Hashable, Sendable {
    case v4, v6
  }

  /// The first eight octets as a big-endian number; 0 for IPv4.
  public let high: UInt64
  /// The last eight octets as a big-endian number; the whole 32-bit address for IPv4.
  public let low: UInt64
  /// IPv4 or IPv6.
  public let family: Family

  /// An IPv4 address from its 32-bit big-endian number.
  public init(v4 number: UInt32) {
    self.high = 0
    self.low = UInt64(number)
    self.family = .v4
  }

  /// An IPv4 address from its four octets.
  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    self.init(v4: UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
  }

  /// An IPv6 address from its two halves; an IPv4-mapped one becomes IPv4.
  public init(high: UInt64, low: UInt64) {
    if high == 0, low >> 32 == 0xffff {
      self.init(v4: UInt32(truncatingIfNeeded: low))
    } else {
      self.init(unmapped: high, low)
    }
  }

  private init(unmapped high: UInt64, _ low: UInt64) {
    self.high = high
    self.low = low
    self.family = .v6
  }

  /// `0.0.0.0`, what status shows for a station that is not registered (REG-10).
  public static let unspecified = IPAddress(v4: 0)

  /// The 32-bit number of an IPv4 address, nil for IPv6.
  public var v4: UInt32? { self.family == .v4 ? UInt32(truncatingIfNeeded: self.low) : nil }

  /// The sixteen octets of the address in IPv6 form (IPv4 as `::ffff:a.b.c.d`), as two big-endian numbers.
  public var mapped: (high: UInt64, low: UInt64) {
    self.family == .v4 ? (0, 0xffff_0000_0000 | self.low) : (self.high, self.low)
  }
}

// What kind of address it is (RFC 6890): what may be called, sent to, or believed depends on it.
extension IPAddress {
  /// `127.0.0.0/8` or `::1`.
  public var isLoopback: Bool {
    self.family == .v4 ? self.low >> 24 == 127 : self.high == 0 && self.low == 1
  }

  /// `0.0.0.0` or `::`.
  public var isUnspecified: Bool { self.high == 0 && self.low == 0 }

  /// `169.254.0.0/16` or `fe80::/10`.
  public var isLinkLocal: Bool {
    self.family == .v4 ? self.low >> 16 == 0xa9fe : self.high >> 54 == 0xfe80 >> 6
  }

  /// `224.0.0.0/4` or `ff00::/8`.
  public var isMulticast: Bool { self.family == .v4 ? self.low >> 28 == 0xe : self.high >> 56 == 0xff }

  /// `255.255.255.255`. The broadcast address of a subnet cannot be told without its mask.
  public var isBroadcast: Bool { self.family == .v4 && self.low == 0xffff_ffff }

  /// RFC 1918, link-local, loopback excluded; unique local `fc00::/7` for IPv6 (CALL-5, CALL-9).
  public var isPrivate: Bool {
    if self.isLinkLocal { return true }
    guard self.family == .v4 else { return self.high >> 57 == 0xfc >> 1 }
    return self.low >> 24 == 10 || self.low >> 20 == 0xac1 || self.low >> 16 == 0xc0a8
  }
}

extension IPAddress: CustomStringConvertible {
  /// The text that `append(to:)` writes: dotted decimal, or RFC 5952 without brackets.
  public var description: String {
    var text: [UInt8] = []
    self.append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends dotted decimal, or the RFC 5952 form: lower case, the longest run of two or more zero groups as `::`.
  /// - `brackets`: IPv6 in brackets, as a URI or Via wants it (RFC 3261 §25.1); SDP wants none.
  public func append(to text: inout [UInt8], brackets: Bool = false) {
    self.forEachOctet(brackets: brackets) { text.append($0) }
  }

  /// Gives the octets of that text one by one, for writers with a buffer of their own.
  public func forEachOctet(brackets: Bool = false, _ body: (UInt8) -> Void) {
    guard self.family == .v6 else {
      Self.decimal(self.low >> 24 & 0xff, body)
      body(0x2e)
      Self.decimal(self.low >> 16 & 0xff, body)
      body(0x2e)
      Self.decimal(self.low >> 8 & 0xff, body)
      body(0x2e)
      Self.decimal(self.low & 0xff, body)
      return
    }
    if brackets { body(0x5b) }
    self.groups(body)
    if brackets { body(0x5d) }
  }

  private func group(_ index: Int) -> UInt64 {
    index < 4 ? self.high >> UInt64(48 - 16 * index) & 0xffff : self.low >> UInt64(112 - 16 * index) & 0xffff
  }

  private func groups(_ body: (UInt8) -> Void) {
    var longest = 0..<0
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, self.group(end) == 0 { end += 1 }
      if end - index >= 2, end - index > longest.count { longest = index..<end }
      index = end + 1
    }
    index = 0
    while index < 8 {
      if index == longest.lowerBound, !longest.isEmpty {
        body(0x3a)
        body(0x3a)
        index = longest.upperBound
        continue
      }
      if index != 0, index != longest.upperBound || longest.isEmpty { body(0x3a) }
      Self.hexadecimal(self.group(index), body)
      index += 1
    }
  }

  private static func decimal(_ octet: UInt64, _ body: (UInt8) -> Void) {
    if octet >= 100 { body(0x30 + UInt8(truncatingIfNeeded: octet / 100)) }
    if octet >= 10 { body(0x30 + UInt8(truncatingIfNeeded: octet / 10 % 10)) }
    body(0x30 + UInt8(truncatingIfNeeded: octet % 10))
  }

  private static func hexadecimal(_ group: UInt64, _ body: (UInt8) -> Void) {
    var shift: UInt64 = group >= 0x1000 ? 12 : group >= 0x100 ? 8 : group >= 0x10 ? 4 : 0
    while true {
      let digit = UInt8(truncatingIfNeeded: group >> shift & 0xf)
      body(digit < 10 ? 0x30 + digit : 0x57 + digit)
      if shift == 0 { return }
      shift -= 4
    }
  }
}
