/// Names a server transaction: a request that came in. Never used twice; one that ended answers nothing any more.
public struct ServerTransactionID: Hashable, Sendable, BitwiseCopyable {
  /// Slot and generation; 0 names none.
  public var raw: UInt64

  /// An identifier kept elsewhere as a number.
  public init(raw: UInt64) { self.raw = raw }

  /// No transaction.
  public static let none = ServerTransactionID(raw: 0)
}

/// Names a client transaction: a request that we sent. Never used twice; one that ended answers nothing any more.
public struct ClientTransactionID: Hashable, Sendable, BitwiseCopyable {
  /// Slot and generation; 0 names none.
  public var raw: UInt64

  /// An identifier kept elsewhere as a number.
  public init(raw: UInt64) { self.raw = raw }

  /// No transaction.
  public static let none = ClientTransactionID(raw: 0)
}

/// A message to put on the wire.
public struct Send: Sendable {
  /// Where it goes.
  public var flow: Flow
  /// The whole message.
  public var bytes: [UInt8]

  /// A message and its way.
  public init(flow: Flow, bytes: [UInt8]) {
    self.flow = flow
    self.bytes = bytes
  }
}

/// What the layer has done since the start, for the status; none of these is an error by itself.
public struct TransactionCounters: Hashable, Sendable {
  /// Messages that came again, or needed no user: retransmitted requests, ACKs to refusals, repeated final answers.
  public var absorbed: UInt64 = 0
  /// Messages that the layer sent again, by timer or because their request came again.
  public var retransmitted: UInt64 = 0
  /// Responses nobody waited for (RELIABILITY 18).
  public var stray: UInt64 = 0
  /// Requests nobody answered, 2xx nobody acknowledged, requests our own user did not answer within 64·T1.
  public var timeouts: UInt64 = 0
  /// Client transactions that lost their connection.
  public var transportFailures: UInt64 = 0
  /// Requests refused because the table was full (RELIABILITY 36).
  public var overloads: UInt64 = 0
  /// Our own mistakes: events that cannot be. Always 0; tests fail otherwise.
  public var faults: UInt64 = 0
}
