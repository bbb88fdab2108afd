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
  /// Who is at the far end, as far as TLS says.
  public var peer = Peer.anybody

  /// A flow of these parts.
  public init(
    kind: TransportKind, local: UInt16, remote: SocketAddress, connection: UInt64 = 0, peer: Peer = .anybody
  ) {
    self.kind = kind
    self.local = local
    self.remote = remote
    self.connection = connection
    self.peer = peer
  }

  /// Who is, or on a connection that is to be opened must be, at the far end (SEC-1).
  public enum Peer: BitwiseCopyable, Hashable, Sendable {
    /// Whoever has not shown a certificate; of a connection that we open: a telephone.
    case anybody
    /// A trunk, by the kernel's index: its certificate must be for the host that the plan names.
    case trunk(UInt16)
    /// The holder of a client certificate, by a keyed hash of it that only this process knows.
    case certificate(UInt64)
  }
}
