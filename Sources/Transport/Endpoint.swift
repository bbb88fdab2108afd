public import Sessions

/// Where to listen: `udp:0.0.0.0:5060`, `tcp:[::]:5060`, `tls:0.0.0.0:5061`; port 0 takes a free one.
public struct Endpoint: Sendable, Equatable, CustomStringConvertible {
  public var kind: TransportKind
  /// An address, never a name (RELIABILITY 17).
  public var host: String
  public var port: UInt16

  public init(kind: TransportKind, host: String, port: UInt16) {
    self.kind = kind
    self.host = host
    self.port = port
  }

  /// Reads `KIND:ADDRESS:PORT`; the kind in any case, an IPv6 address in brackets. Throws `.badEndpoint`.
  public init(parsing text: String) throws(TransportError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let colon = parts[1].lastIndex(of: ":") else {
      throw TransportError(.badEndpoint, at: text, "expected udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT")
    }
    switch parts[0].lowercased() {
    case "udp": self.kind = .udp
    case "tcp": self.kind = .tcp
    case "tls": self.kind = .tls
    default: throw TransportError(.badEndpoint, at: text, "transport \(parts[0]) is unknown, expected udp, tcp or tls")
    }
    self.host = String(parts[1][..<colon])
    let digits = parts[1][parts[1].index(after: colon)...]
    guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let port = UInt16(digits) else {
      throw TransportError(.badEndpoint, at: text, "port \(digits) is no number from 0 to 65535")
    }
    self.port = port
    _ = try self.address()
  }

  public var description: String {
    let isBare = self.host.utf8.contains(0x3a) && self.host.utf8.first != 0x5b
    return "\(self.kind):\(isBare ? "[\(self.host)]" : self.host):\(self.port)"
  }

  /// The address to bind to. Throws `.badEndpoint` for a name or rubbish.
  func address() throws(TransportError) -> SocketAddress {
    guard let address = IPAddress(self.host) else {
      throw TransportError(
        .badEndpoint, at: self.description,
        "\(self.host) is not an IP address; write 0.0.0.0 for all addresses of this machine")
    }
    return SocketAddress(address, port: self.port)
  }
}
