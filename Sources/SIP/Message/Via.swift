public import Sessions

/// One Via element: how a message came, and so where its answer goes (RFC 3261 §20.42).
public struct Via: BitwiseCopyable, Sendable {
  /// All of it, parameters included.
  public let whole: Slice
  /// The transport's name as written; unknown ones occur in lower Vias (RFC 4475 §3.1.1.10).
  public let transportName: Slice
  /// The sent-by host, an IPv6 address without its brackets. Never looked up (RELIABILITY 17).
  public let host: Slice
  /// The sent-by port; 0 where none is written.
  public let port: UInt16
  /// The parameters, with the leading semicolon.
  public let parameters: Slice
  /// The `branch` parameter; nil for RFC 2543 peers.
  public let branch: Slice?
  /// The branch begins with the cookie `z9hG4bK`, so it identifies the transaction by itself (RFC 3261 §8.1.1.7).
  public let hasCookie: Bool
  /// `rport` stands there, with or without a value (RFC 3581).
  public let hasRport: Bool
  /// A `received` parameter stands there: from a stranger a lie, in our own Via back from a peer the address it saw.
  public let received: Slice?
  /// The value of `rport`; 0 where it has none.
  public let rport: UInt16

  /// No Via: what stands in the place of one that could not be read.
  static let none = Via(
    whole: .empty, transportName: .empty, host: .empty, port: 0, parameters: .empty, branch: nil, hasCookie: false,
    hasRport: false, received: nil, rport: 0)

  /// Whether the top Via could be read; false only in messages that `parse` rejected.
  public var isPresent: Bool { !self.whole.isEmpty }

  /// The transport, nil for one that we do not speak.
  public func transport(in bytes: [UInt8]) -> TransportKind? {
    if self.transportName.equalsIgnoringCase("udp", in: bytes) { return .udp }
    if self.transportName.equalsIgnoringCase("tcp", in: bytes) { return .tcp }
    return self.transportName.equalsIgnoringCase("tls", in: bytes) ? .tls : nil
  }

  /// The sent-by host as an address; nil for a name.
  public func address(in bytes: [UInt8]) -> IPAddress? {
    IPAddress(parsing: bytes[self.host.range.clamped(to: 0..<bytes.count)])
  }
}

extension Via {
  /// Reads one element and tells where it ended: at a comma or at `end`. Nil where malformed.
  static func scan(_ octets: Octets, _ start: Int, _ end: Int) -> (Via, next: Int)? {
    let start = octets.skipBlanks(start, end)
    guard let slash = Self.word("SIP", octets, start, end), let dot = Self.word("2.0", octets, slash, end) else { return nil }
    let transportStart = octets.skipBlanks(dot, end)
    let transportEnd = octets.skip(.token, transportStart, end)
    let hostStart = octets.skipBlanks(transportEnd, end)
    guard transportEnd > transportStart, hostStart > transportEnd, let (host, afterHost) = octets.host(hostStart, end) else {
      return nil
    }
    var index = afterHost
    var port: UInt16 = 0
    let colon = octets.skipBlanks(index, end)
    if colon < end, octets[colon] == 0x3a {
      guard let (number, next) = octets.port(octets.skipBlanks(colon &+ 1, end), end) else { return nil }
      (port, index) = (number, next)
    }
    var parameters = ParameterScanner(octets, index, end)
    var branch: Slice?
    var received: Slice?
    var (hasRport, rport) = (false, UInt16(0))
    var count = 0
    while let parameter = parameters.next() {
      // An answer adds received and rport, and must stay within the limit itself.
      count &+= 1
      if count > SIPLimits.parameters - 2 { return nil }
      switch parameter.name.count {
      case 6 where octets.equalsIgnoringCase(parameter.name, "branch"):
        guard branch == nil, let value = parameter.value, !value.isEmpty, !parameter.isQuoted else { return nil }
        branch = value
      case 8 where octets.equalsIgnoringCase(parameter.name, "received"): received = parameter.value
      case 5 where octets.equalsIgnoringCase(parameter.name, "rport"):
        hasRport = true
        if let value = parameter.value, !value.isEmpty {
          guard let (number, next) = octets.port(Int(value.start), value.end), next == value.end else { return nil }
          rport = number
        }
      default: continue
      }
    }
    if parameters.isMalformed { return nil }
    let close = octets.trimEnd(index, parameters.index)
    let cookie = branch.map { $0.count >= 7 && octets.equalsIgnoringCase(Slice(Int($0.start), Int($0.start) + 7), "z9hG4bK") }
    let via = Via(
      whole: Slice(start, close), transportName: Slice(transportStart, transportEnd), host: host, port: port,
      parameters: Slice(index, close), branch: branch, hasCookie: cookie ?? false, hasRport: hasRport, received: received,
      rport: rport)
    return (via, parameters.index)
  }

  /// The offset behind a word and the slash that follows it, blanks around both.
  private static func word(_ text: StaticString, _ octets: Octets, _ start: Int, _ end: Int) -> Int? {
    let start = octets.skipBlanks(start, end)
    let close = start &+ text.utf8CodeUnitCount
    guard close <= end, octets.equalsIgnoringCase(Slice(start, close), text) else { return nil }
    let slash = octets.skipBlanks(close, end)
    return slash < end && octets[slash] == 0x2f ? slash &+ 1 : nil
  }
}
