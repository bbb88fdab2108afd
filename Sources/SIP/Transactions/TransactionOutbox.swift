extension TransactionLayer {
  /// What came of the layer's steps, in the order in which it came; the user carries it out and calls `clear`.
  public struct Outbox: Sendable {
    /// Messages for the wire.
    public internal(set) var sends: [Send] = []
    /// What no call's result says.
    public internal(set) var events: [Event] = []

    /// Whether nothing is waiting.
    public var isEmpty: Bool { self.sends.isEmpty && self.events.isEmpty }

    /// Forgets all and keeps the memory.
    public mutating func clear() {
      self.sends.removeAll(keepingCapacity: true)
      self.events.removeAll(keepingCapacity: true)
    }
  }

  /// The end of a transaction that nobody asked for. Its identifier means nothing any more.
  public enum Event: Hashable, Sendable {
    /// Nobody answered our request for 64·T1 (timers B, F): as if 408 had come.
    case timeout(ClientTransactionID, owner: UInt64)
    /// The connection closed before the answer came: as if 503 had come.
    case transportFailed(ClientTransactionID, owner: UInt64)
    /// Our 2xx to an INVITE was not acknowledged for 64·T1: end the dialog with BYE (RFC 3261 §13.3.1.4).
    case ackMissing(ServerTransactionID, owner: UInt64)
    /// The user did not answer this request (not an INVITE) for 64·T1: too late now.
    case unanswered(ServerTransactionID, owner: UInt64)
  }
}
