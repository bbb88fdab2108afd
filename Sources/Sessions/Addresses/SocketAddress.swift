/// An address and a port: where a packet came from or goes to.
public struct SocketAddress: BitwiseCopyable, Hashable, Sendable {
  /// The host's address.
  public var address: IPAddress
  /// The UDP or TCP port, 1–65535; 0 means none.
  public var port: UInt16

  /// An address and a port.
  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
  public var description: String {
    var text: [UInt8] = []
    self.append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the text of `description`.
  public func append(to text: inout [UInt8]) {
    self.address.append(to: &text, brackets: true)
    text.append(0x3a)
    text.append(contentsOf: "\(self.port)".utf8)
  }
}

/// How SIP messages travel (RFC 3261 §18).
public enum TransportKind: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  case udp, tcp, tls

  /// TCP and TLS deliver by themselves: no retransmission by the transaction (RFC 3261 §17).
  public var isReliable: Bool { self != .udp }
}
