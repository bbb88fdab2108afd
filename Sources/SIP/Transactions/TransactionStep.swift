/// What one event does to one of the four machines; `State` is that machine's.
enum TransactionStep<State: Sendable>: Sendable {
  /// Leaves the state: its timer is dropped and the next state's armed. Then these are carried out, in their order.
  case go(State, TransactionEffects)
  /// Stays, timers untouched but for what the effects say.
  case stay(TransactionEffects)
  /// Nothing happens, and why: a repetition or a race.
  case ignore(StaticString)
  /// We are wrong: the transaction ends and is counted as a fault.
  case unreachable(StaticString)
}

/// What a step asks for, in the order in which it is carried out.
struct TransactionEffects: OptionSet, Hashable, Sendable {
  var rawValue: UInt16

  /// Keep the message at hand as the latest of this transaction and send it.
  static let send = TransactionEffects(rawValue: 1 << 0)
  /// Send the latest message again.
  static let resend = TransactionEffects(rawValue: 1 << 1)
  /// Send 100 on the user's behalf.
  static let sendTrying = TransactionEffects(rawValue: 1 << 2)
  /// Build the ACK, keep it as the latest message and send it.
  static let acknowledge = TransactionEffects(rawValue: 1 << 3)
  /// Forget the latest message: it will not be sent again.
  static let release = TransactionEffects(rawValue: 1 << 4)
  /// The state entered goes on with the timer of the one left.
  static let keepTimer = TransactionEffects(rawValue: 1 << 5)
  /// Wait twice as long as before, A without limit, the others up to T2.
  static let wait = TransactionEffects(rawValue: 1 << 6)
  /// Wait T2.
  static let waitLong = TransactionEffects(rawValue: 1 << 7)
  /// No more repetitions; the end stays.
  static let quieten = TransactionEffects(rawValue: 1 << 8)
  /// The user gets the message.
  static let report = TransactionEffects(rawValue: 1 << 9)
  /// The user gets the message, marked as a repetition.
  static let reportRepeat = TransactionEffects(rawValue: 1 << 10)
  /// The user learns that nobody answered.
  static let reportTimeout = TransactionEffects(rawValue: 1 << 11)
  /// The user learns that the connection is gone.
  static let reportTransport = TransactionEffects(rawValue: 1 << 12)
  /// The user learns that its 2xx was not acknowledged.
  static let reportMissingACK = TransactionEffects(rawValue: 1 << 13)
  /// The user learns that it did not answer in time.
  static let reportUnanswered = TransactionEffects(rawValue: 1 << 14)
}
