public import Kernel

/// What strangers may take of the machine (RELIABILITY 3, 30, 31). The defaults serve 10,000 phones on TCP.
public struct TransportLimits: Sendable, Equatable {
  /// Connections that one source may hold; an IPv6 source is its /64.
  public var connectionsPerSource = 100
  /// Connections in all, outgoing ones not counted.
  public var connections = 10_000
  /// TLS handshakes under way in all, each of which takes some forty kilobytes: the oldest gives way.
  public var handshakes = 500
  /// TLS connections taken in a second; others wait in the system's queue. A handshake takes the loop a millisecond (RSA 2048),
  /// so that strangers get no more than a fifth of it.
  public var handshakesPerSecond = 200
  /// From a message's first octet to its last; for an accepted connection's first message, from the accept,
  /// with the TLS handshake in it.
  public var message: Interval = .seconds(10)
  /// Without an octet from the far end: closed. Phones send a keep-alive every two minutes at most (RFC 5626 §4.4.1).
  public var idle: Interval = .seconds(600)
  /// For an outgoing connection to open, TLS included.
  public var connect: Interval = .seconds(5)
  /// For a connection's last answer to be taken by the far end, and for `stop` to wait for answers of the store.
  public var linger: Interval = .seconds(1)
  /// Octets that wait for a far end that does not read: more closes the connection.
  public var writeQueue = 1 << 20
  /// Octets of a datagram; a longer one is dropped and counted.
  public var datagram = 16 * 1024
  /// Octets that the system keeps for a UDP socket until they are read.
  public var receiveBuffer = 4 << 20

  /// The defaults.
  public init() {}
}

/// What happened on the sockets since the start.
public struct TransportCounters: Sendable, Equatable {
  /// Datagrams longer than the limit: dropped.
  public var oversize: UInt64 = 0
  /// Sends that the system refused (no route, firewall, full buffer), or that had no socket or connection to go to.
  public var unsent: UInt64 = 0
  /// Connections turned away for the limits.
  public var turnedAway: UInt64 = 0
  /// Connections cut because a message did not arrive in time.
  public var slow: UInt64 = 0
  /// Connections cut because they did not read.
  public var clogged: UInt64 = 0
  /// Connections closed for octets that cannot be SIP.
  public var garbage: UInt64 = 0
  /// Connections closed for silence.
  public var idle: UInt64 = 0
  /// Connections accepted so far.
  public var accepted: UInt64 = 0
  /// Outgoing connections that could not be opened.
  public var unreached: UInt64 = 0
  /// TLS handshakes that came to nothing, in either direction: given up, refused or too slow.
  public var handshakesFailed: UInt64 = 0
  /// TLS handshakes of accepted connections under way.
  public var handshaking = 0
  /// How often TLS listeners rested for the limit of handshakes a second.
  public var handshakesPaused: UInt64 = 0
  /// Connections open now.
  public var open = 0
  /// Those of them with TLS.
  public var openTLS = 0

  /// Nothing yet.
  public init() {}
}
