public import Sessions

/// A URI taken apart without copying: what `sip:user@host:port;parameters?headers` consists of (RFC 3261 §19.1).
///
/// Its slices belong to the octets that it was parsed from. For a scheme other than sip, sips and tel only `whole` and
/// `schemeName` are set.
public struct SIPURI: BitwiseCopyable, Sendable {
  /// The schemes that the exchange can tell apart; the rest is answered 416.
  public enum Scheme: UInt8, BitwiseCopyable, Hashable, Sendable {
    case sip, sips, tel, other
  }

  /// All of it, as a request line or `<…>` repeats it.
  public let whole: Slice
  /// The scheme's name as written, without the colon.
  public let schemeName: Slice
  /// Which scheme it is.
  public let scheme: Scheme
  /// The user part as written, escapes included and the password left out; empty where there is none. For tel, the number.
  public let rawUser: Slice
  /// The host, an IPv6 address without its brackets; empty for tel.
  public let host: Slice
  /// The port, 1–65535; 0 where none is written.
  public let port: UInt16
  /// `;name=value…` with the leading semicolon; empty where there are none.
  public let parameters: Slice
  /// What follows `?`; empty where there is none. Never turned into header fields by us (RFC 4475 §3.1.2.11).
  public let headers: Slice

  /// No URI: what stands in the place of one that could not be read.
  static let none = SIPURI(whole: .empty, schemeName: .empty, scheme: .other)

  /// Reads a URI that fills the whole array (a Contact from the database, a configured peer); nil where malformed.
  public static func parse(_ bytes: [UInt8]) -> SIPURI? {
    bytes.withUnsafeBufferPointer { SIPURI(Octets($0), 0, $0.count) }
  }

  /// Reads the URI in a slice of the octets; nil where malformed.
  public static func parse(_ slice: Slice, in bytes: [UInt8]) -> SIPURI? {
    bytes.withUnsafeBufferPointer { SIPURI(Octets($0), Int(slice.start), Swift.min(slice.end, $0.count)) }
  }

  /// Appends the user part with its escapes resolved exactly once: `20%0001` gives the octets `20`, NUL, `01`,
  /// never `20` nor `2001` (RELIABILITY 7); `value%25%34%31` gives `value%41` (RFC 4475 §3.1.1.3).
  public func appendUser(in bytes: [UInt8], to user: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      var index = Int(self.rawUser.start)
      while index < self.rawUser.end {
        if octets[index] == 0x25, index &+ 2 < self.rawUser.end, let high = hexadecimal(octets[index &+ 1]),
          let low = hexadecimal(octets[index &+ 2])
        {
          user.append(high &<< 4 | low)
          index &+= 3
        } else {
          user.append(octets[index])
          index &+= 1
        }
      }
    }
  }

  /// The user part with its escapes resolved once: the dialled digits.
  public func user(in bytes: [UInt8]) -> [UInt8] {
    var user: [UInt8] = []
    user.reserveCapacity(Int(self.rawUser.count))
    self.appendUser(in: bytes, to: &user)
    return user
  }

  /// The host as an address; nil for a name. No name is ever looked up for what a stranger sent.
  public func address(in bytes: [UInt8]) -> IPAddress? {
    IPAddress(parsing: bytes[self.host.range.clamped(to: 0..<bytes.count)])
  }

  /// The `transport` parameter: nil where there is none or it is unknown. A sips URI without one means TLS.
  public func transport(in bytes: [UInt8]) -> TransportKind? {
    guard !self.parameters.isEmpty, let value = self.parameters.parameter("transport", in: bytes)?.value else {
      return self.scheme == .sips ? .tls : nil
    }
    if value.equalsIgnoringCase("udp", in: bytes) { return .udp }
    if value.equalsIgnoringCase("tcp", in: bytes) { return self.scheme == .sips ? .tls : .tcp }
    return value.equalsIgnoringCase("tls", in: bytes) ? .tls : nil
  }

  private init(
    whole: Slice, schemeName: Slice, scheme: Scheme, rawUser: Slice = .empty, host: Slice = .empty, port: UInt16 = 0,
    parameters: Slice = .empty, headers: Slice = .empty
  ) {
    self.whole = whole
    self.schemeName = schemeName
    self.scheme = scheme
    self.rawUser = rawUser
    self.host = host
    self.port = port
    self.parameters = parameters
    self.headers = headers
  }
}

extension SIPURI {
  /// Reads the URI that fills the range exactly; nil where it is malformed.
  init?(_ octets: Octets, _ start: Int, _ end: Int) {
    let colon = octets.skip(.scheme, start, end)
    guard colon > start, colon < end, octets[colon] == 0x3a, octets[start] | 0x20 &- 0x61 < 26 else { return nil }
    let schemeName = Slice(start, colon)
    let whole = Slice(start, end)
    let scheme: Scheme =
      if octets.equalsIgnoringCase(schemeName, "sip") { .sip } else if octets.equalsIgnoringCase(schemeName, "sips") {
        .sips
      } else if octets.equalsIgnoringCase(schemeName, "tel") { .tel } else { .other }
    switch scheme {
    case .sip, .sips:
      self.init(octets, whole: whole, schemeName: schemeName, scheme: scheme)
    case .tel:
      let numberEnd = octets.skip(.token, octets[colon &+ 1] == 0x2b ? colon &+ 2 : colon &+ 1, end)
      guard numberEnd > colon &+ 1 else { return nil }
      let parameters = Slice(numberEnd, end)
      guard Self.isParameterList(octets, parameters) else { return nil }
      self.init(
        whole: whole, schemeName: schemeName, scheme: scheme, rawUser: Slice(colon &+ 1, numberEnd), parameters: parameters)
    case .other:
      var index = colon &+ 1
      while index < end {
        guard octets[index] > 0x20, octets[index] != 0x7f, octets[index] != 0x22, octets[index] != 0x3c else { return nil }
        index &+= 1
      }
      self.init(whole: whole, schemeName: schemeName, scheme: scheme)
    }
  }

  private init?(_ octets: Octets, whole: Slice, schemeName: Slice, scheme: Scheme) {
    let end = whole.end
    var index = schemeName.end &+ 1
    let userStart = index
    let userEnd = octets.skip(.user, userStart, end)
    var user = Slice.empty
    if userEnd < end, octets[userEnd] == 0x40 {
      guard userEnd > userStart, Self.escapesAreWhole(octets, userStart, userEnd) else { return nil }
      // A colon begins the password; a user part has none unescaped.
      var colon = userStart
      while colon < userEnd, octets[colon] != 0x3a { colon &+= 1 }
      user = Slice(userStart, colon)
      index = userEnd &+ 1
    }
    guard let (host, afterHost) = octets.host(index, end) else { return nil }
    index = afterHost
    var port: UInt16 = 0
    if index < end, octets[index] == 0x3a {
      guard let (number, next) = octets.port(index &+ 1, end) else { return nil }
      port = number
      index = next
    }
    let parametersStart = index
    if index < end, octets[index] == 0x3b {
      while index < end, octets[index] != 0x3f, OctetClass.uriVisible.contains(octets[index]), octets[index] != 0x40 {
        index &+= 1
      }
    }
    let parameters = Slice(parametersStart, index)
    guard Self.isParameterList(octets, parameters) else { return nil }
    var headers = Slice.empty
    if index < end, octets[index] == 0x3f {
      headers = Slice(index &+ 1, end)
      index &+= 1
      while index < end, OctetClass.uriVisible.contains(octets[index]), octets[index] != 0x40 { index &+= 1 }
    }
    guard index == end else { return nil }
    self.init(
      whole: whole, schemeName: schemeName, scheme: scheme, rawUser: user, host: host, port: port, parameters: parameters,
      headers: headers)
  }

  /// `;name[=value]` repeated, no empty name, within the limit of parameters.
  private static func isParameterList(_ octets: Octets, _ list: Slice) -> Bool {
    if list.isEmpty { return true }
    var scanner = ParameterScanner(octets, Int(list.start), list.end)
    while scanner.next() != nil {}
    return !scanner.isMalformed && scanner.index == list.end
  }

  /// Every `%` is followed by two hexadecimal digits.
  private static func escapesAreWhole(_ octets: Octets, _ start: Int, _ end: Int) -> Bool {
    var index = start
    while index < end {
      if octets[index] == 0x25 {
        guard index &+ 2 < end, hexadecimal(octets[index &+ 1]) != nil, hexadecimal(octets[index &+ 2]) != nil else {
          return false
        }
        index &+= 2
      }
      index &+= 1
    }
    return true
  }
}

extension Octets {
  /// A host name, dotted address or bracketed IPv6 address (its slice without the brackets), and the offset behind it.
  func host(_ start: Int, _ end: Int) -> (Slice, Int)? {
    if start < end, self[start] == 0x5b {
      let close = self.skip(.hexDigits, start &+ 1, end)
      guard close > start &+ 2, close < end, self[close] == 0x5d else { return nil }
      return (Slice(start &+ 1, close), close &+ 1)
    }
    let close = self.skip(.host, start, end)
    return close > start ? (Slice(start, close), close) : nil
  }

  /// A port of 1–65535 and the offset behind it.
  func port(_ start: Int, _ end: Int) -> (UInt16, Int)? {
    var close = start
    while close < end, self[close] &- 0x30 < 10 { close &+= 1 }
    guard let number = self.number(start, close, limit: 65535), number > 0 else { return nil }
    return (UInt16(truncatingIfNeeded: number), close)
  }
}
