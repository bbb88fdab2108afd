public import Sessions

/// One way to reach a peer: what a message came in by and what its answer goes out by (RFC 5626 §3).
public struct Flow: BitwiseCopyable, Hashable, Sendable {
  /// UDP, TCP or TLS.
  public var kind: TransportKind
  /// Which listener of the configuration, counted from 0.
  public var local: UInt16
  /// The packet's source, or the far end of the connection.
  public var remote: SocketAddress
  /// The connection's number, never used twice in a process; 0 on UDP.
  public var connection: UInt64

  /// A flow of these parts.
  public init(kind: TransportKind, local: UInt16, remote: SocketAddress, connection: UInt64 = 0) {
    self.kind = kind
    self.local = local
    self.remote = remote
    self.connection = connection
  }
}
