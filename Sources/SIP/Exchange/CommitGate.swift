import Kernel
import Sessions

/// Answers that wait until the store has kept what they promise (ARCHITECTURE rule 7).
struct CommitGate: Sendable {
  enum Release: Sendable { case kept, failed, late }

  /// What is done once the facts are safe.
  enum Held: Sendable {
    case respond(ServerTransactionID, [UInt8], status: UInt16)
    /// A final answer to a code: when its fact could not be kept it is said so instead.
    case finish(ServerTransactionID, [UInt8], SIPMessage, status: UInt16)
    /// 200 to a REGISTER; 503 when the bindings could not be kept.
    case confirm(ServerTransactionID, [UInt8], SIPMessage)
    case bye(DialogID, Cause)
    /// A station's lamps, which tell of messages that must not be lost.
    case lamps(Digits)
    /// A SUBSCRIBE has had its 200: the state follows, for the last time where it was asked for once only.
    case subscribed(SubscriptionID, isLast: Bool)
    /// A station of the host is told how something came out.
    case hosted(HostedOrder)
  }

  struct Waiting: Sendable {
    var held: [Held]
    var turns: ClosedRange<UInt64>?
    var bindings: [Int64]
    var timer: TimerHandle
  }

  var nextToken: UInt64 = 1
  var waiting: [UInt64: Waiting] = [:]
  /// Collected in the turn under way.
  var held: [Held] = []
  var turns: ClosedRange<UInt64>?
  var bindings: [Int64] = []
  var isDurable = false
  /// Longest wait for the disk before calls go on without it.
  static let patience: Interval = .milliseconds(500)
}

extension Exchange {
  /// The kernel's facts of one of its turns.
  mutating func keep(_ facts: [Fact], turn: UInt64) {
    guard !facts.isEmpty else { return }
    for fact in facts {
      switch fact {
      case .machine:
        self.touch(fact)
        self.outbox.facts.append(.feature(fact))
        self.commits.isDurable = true
        self.commits.turns = (self.commits.turns?.lowerBound ?? turn)...turn
      case .call(let call, let octets?):
        self.keeping.changed.append((call, octets))
        self.commits.isDurable = true
        self.commits.turns = (self.commits.turns?.lowerBound ?? turn)...turn
      case .call(let call, nil):
        // Nobody waits for this: a call that is over and comes back after a crash is found out by its probe.
        self.outbox.facts.append(.liveCall(self.keeping.row(of: call), handle: call.raw, nil))
      }
    }
  }

  /// A response that waits for this turn's facts, if there are any.
  mutating func respondWhenKept(_ transaction: ServerTransactionID, _ bytes: [UInt8], status: UInt16) {
    self.commits.held.append(.respond(transaction, bytes, status: status))
  }

  /// The end of a door call: what was promised waits for the store when there is something to keep, else it goes now.
  mutating func sealTurn() {
    guard self.commits.isDurable else {
      guard !self.commits.held.isEmpty else { return }
      let held = self.commits.held
      self.commits.held.removeAll(keepingCapacity: true)
      for item in held { self.carryOut(item) }
      return
    }
    self.keepCalls()
    for item in self.commits.held {
      guard case .finish(_, let response, let request, _) = item else { continue }
      self.outbox.facts.append(
        .answered(
          self.keeping.nextAnswer, key: TransactionLayer.requestKey(of: request),
          response: self.withoutSecrets(in: response),
          until: self.now + .seconds(32)))
      self.keeping.nextAnswer &+= 1
    }
    let token = self.commits.nextToken
    self.commits.nextToken &+= 1
    self.outbox.token = token
    self.commits.waiting[token] = CommitGate.Waiting(
      held: self.commits.held, turns: self.commits.turns, bindings: self.commits.bindings,
      timer: self.timers.arm(.commit(token), at: self.now + CommitGate.patience))
    self.commits.held.removeAll(keepingCapacity: true)
    self.commits.bindings.removeAll(keepingCapacity: true)
    self.commits.turns = nil
    self.commits.isDurable = false
  }

  mutating func release(_ token: UInt64, _ outcome: CommitGate.Release) {
    guard let waiting = self.commits.waiting.removeValue(forKey: token) else { return }
    self.timers.cancel(waiting.timer)
    switch outcome {
    case .kept:
      if let turns = waiting.turns { self.tell(.kept(turn: turns.upperBound)) }
      for item in waiting.held { self.carryOut(item) }
    case .late:
      // Calls go on without the disk; counted and alarmed.
      self.counters.notDurable &+= 1
      self.outbox.notices.append(.warning("the database does not answer; calls go on, their last changes are not safe yet"))
      for item in waiting.held { self.carryOut(item) }
    case .failed:
      self.counters.notDurable &+= 1
      self.outbox.notices.append(.warning("the database could not keep a change; it was taken back"))
      if let turns = waiting.turns {
        for turn in turns { self.tell(.notKept(turn: turn)) }
        self.touchLamps()
      }
      for id in waiting.bindings { self.removeBinding(id, isKept: false) }
      for item in waiting.held { self.carryOutUnkept(item) }
    }
  }

  private mutating func carryOut(_ held: CommitGate.Held) {
    switch held {
    case .respond(let transaction, let bytes, let status), .finish(let transaction, let bytes, _, let status):
      self.transactions.respond(transaction, bytes, status: status, at: self.now)
    case .confirm(let transaction, let bytes, let request):
      self.transactions.respond(transaction, bytes, status: 200, at: self.now)
      if let station = self.number(of: request.to, in: request) { self.tellWaiting(station) }
    case .bye(let dialog, let cause): self.sendBye(dialog, reason: cause.reason)
    case .lamps(let owner): self.tellWaiting(owner)
    case .subscribed(let id, let isLast): self.step(id, isLast ? .ended(.timeout) : .subscribed)
    case .hosted(let order): self.order(order)
    }
  }

  /// The fact behind the answer is lost: activations and registrations are refused, calls in progress go on.
  private mutating func carryOutUnkept(_ held: CommitGate.Held) {
    switch held {
    case .finish(let transaction, _, let request, _):
      let source = self.transactions.flow(of: transaction)?.remote ?? SocketAddress(.unspecified, port: 0)
      self.writer.response(
        to: request, Status.temporarilyUnavailable.rawValue, toTag: self.statelessTag(request), source: source)
      self.writer.begin(.warning)
      self.writer.text("399 strowger \"not kept: the database refused, nothing changed\"")
      self.writer.endLine()
      self.writer.finish()
      self.transactions.respond(
        transaction, self.written(), status: Status.temporarilyUnavailable.rawValue, at: self.now)
    case .confirm(let transaction, _, let request):
      self.answer(transaction, request, 503, reason: "Registration Not Kept") { $0.header(.retryAfter, 5) }
    case .hosted(let order): self.order(order.whenUnkept)
    case .respond, .bye, .lamps, .subscribed: self.carryOut(held)
    }
  }
}
