public import Kernel
public import Sessions

/// The whole exchange but for sockets, disk and clock: datagrams and answers of the store go in; sends, facts to keep and
/// notices come out. It is a value; whoever drives it calls the doors below from one thread and then empties ``outbox``.
///
/// All instants are wall time as nanoseconds since 1970 on a monotonic scale (the shell anchors it once at its start).
public struct Exchange: Sendable {
  public struct Outbox: Sendable {
    /// To be sent in this order. A flow with connection 0 on TCP or TLS asks for a new connection to its remote address.
    public internal(set) var sends: [Send] = []
    /// Connections to close after what was sent to them has left.
    public internal(set) var closes: [Flow] = []
    /// To be kept together; answer with ``Exchange/committed(_:succeeded:at:)`` unless the token is 0.
    public internal(set) var facts: [ExchangeFact] = []
    public internal(set) var token: UInt64 = 0
    public internal(set) var notices: [Notice] = []
  }
  public internal(set) var outbox = Outbox()
}
