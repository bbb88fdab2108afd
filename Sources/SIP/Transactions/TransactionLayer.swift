public import Kernel

/// The transaction layer of RFC 3261 §17 with RFC 6026: what came once reaches the user once, what was sent arrives or is
/// known not to have. CALL-8; RELIABILITY 18, 36, 37; ARCHITECTURE.md rule 9.
///
/// A value for one thread. Messages go in by `receive`, the user's by `send` and `respond`, time by `fire`; what is to be
/// sent and told is in `outbox`, which the user empties. Dialogs, authentication, the 487 that follows a CANCEL and how
/// long a phone may ring are the user's business. Every operation costs the same however many transactions live.
public struct TransactionLayer: Sendable {
  /// The timers' lengths.
  public let timing: TransactionTiming
  /// The seed of this layer's keys: hash our branch with it for `send`.
  public let seed: HashSeed
  /// How many transactions may live before requests from outside are refused.
  public var limit: Int
  /// What is to be sent and told.
  public var outbox = Outbox()
  /// What has happened so far.
  public internal(set) var counters = TransactionCounters()

  var servers = SlotTable<ServerSlot>()
  var clients = SlotTable<ClientSlot>()
  var serverKeys = KeyTable()
  var clientKeys = KeyTable()
  /// The first client transaction of each connection.
  var connections = KeyTable()
  /// Payload: twice the place, plus one for a client.
  var wheel = TimerWheel<UInt32>(filler: 0)
  var now = Instant.zero
  var keyText: [UInt8] = []
  var writer = MessageWriter()

  /// An empty layer.
  /// - `seed`: random, secret, one for each process.
  /// - `limit`: beyond so many transactions requests are refused; BYE and CANCEL, which make room, and what is urgent pass
  ///   until there are an eighth more. Our own requests always pass. One basic call holds three transactions for 32 s after it is
  ///   answered or ended: 2000 calls a second are 200,000 of them, some 200 octets each without their messages.
  public init(timing: TransactionTiming = .standard, seed: HashSeed, limit: Int = 400_000) {
    self.timing = timing
    self.seed = seed
    self.limit = limit
  }

  /// How many transactions live, those included that only wait for repetitions.
  public var count: Int { self.servers.count &+ self.clients.count }

  public var isFull: Bool { self.count >= self.limit }

  /// When to call `fire` next; nil when no timer runs. Never later than the next timer; for one far away it may be
  /// earlier, then nothing fires.
  public var nextDeadline: Instant? { self.wheel.nextDeadline }

  /// Lets every timer fire that is due, in the order of their instants, equal ones in the order they were armed.
  ///
  /// A late call sends each message once, not once for each repetition that was missed.
  public mutating func fire(at now: Instant) {
    self.advance(to: now)
    while let (payload, due) = self.wheel.popDue(at: self.now) {
      let index = Int(payload &>> 1)
      if payload & 1 == 0 { self.fireServer(index, due) } else { self.fireClient(index, due) }
    }
  }

  /// Takes a message that `SIPMessage.parse` admitted and says what it means for the user.
  /// - `isUrgent`: a full table does not keep this request out.
  public mutating func receive(_ message: SIPMessage, from flow: Flow, at now: Instant, isUrgent: Bool = false) -> Incoming {
    self.advance(to: now)
    return message.isRequest ? self.receiveRequest(message, from: flow, isUrgent) : self.receiveResponse(message)
  }

  /// Whether a request is a repetition of one that a transaction is there for.
  public mutating func knows(_ request: SIPMessage) -> Bool {
    RequestKey.write(request, method: nil, to: &self.keyText)
    return self.serverKeys.find(Key128(self.keyText, seed: self.seed)) != KeyTable.none
  }

  /// What a message turned out to be.
  public enum Incoming: Hashable, Sendable {
    /// A request that has not been seen before; the user must answer it.
    case request(ServerTransactionID)
    /// A CANCEL, a transaction of its own, to be answered with `cancelStatus(of:)`. `of`: the INVITE that it ends, to be
    /// answered 487; nil where there is none, it is answered already, or the CANCEL came from another address than the
    /// INVITE (RELIABILITY 38).
    case cancel(ServerTransactionID, of: ServerTransactionID?)
    /// An ACK to a 2xx. `owner`: of the INVITE whose own branch it carries (some callers do that; the repetition of the
    /// 2xx has stopped then). Nil: find the dialog, then call `acknowledged`.
    case ack(owner: UInt64?)
    /// A repetition, or an ACK to a refusal: dealt with.
    case absorbed
    /// A response to our request. `isRepeat`: one more 2xx to an INVITE, from the same callee (send the ACK again) or
    /// another one (ACK and BYE).
    case response(ClientTransactionID, owner: UInt64, isRepeat: Bool)
    /// A response nobody waits for: drop it (RELIABILITY 18).
    case stray
    /// The table is full: answer 503 with Retry-After without a transaction (RELIABILITY 36).
    case overload
  }

  /// A copy of what the writer holds, of just its size: the writer keeps its memory.
  func written() -> [UInt8] { self.writer.bytes.withUnsafeBufferPointer { Array($0) } }

  mutating func advance(to now: Instant) {
    if now > self.now { self.now = now }
  }
}
