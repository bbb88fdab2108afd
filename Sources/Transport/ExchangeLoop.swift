public import Kernel
public import NIOCore
public import SIP
public import Sessions

/// The exchange on its sockets: one event loop reads a message, steps the value, and sends what it wants sent, without a hop
/// between (ARCHITECTURE rule 6). It owns sockets, clock and timer; it keeps nothing and decides nothing.
///
/// Use: `bind`, then `perform` to tell the exchange its listeners and to restore it, then `run`; at the end `stop`.
// Unchecked because other threads hold it to call its doors: each door hops to `eventLoop`, and every property that
// changes is touched there only, which `turn` asserts.
public final class ExchangeLoop: @unchecked Sendable {
  /// Facts to keep together, and the token to answer with. Called on the loop: hand them on, do not wait.
  public typealias FactsHandler = @Sendable (_ token: UInt64, _ facts: [ExchangeFact]) -> Void
  /// Lines for the operator. Called on the loop.
  public typealias NoticesHandler = @Sendable (_ notices: [Notice]) -> Void
  /// Commands for the media server, in order. Called on the loop; its answers come back through ``ExchangeLoop/heard(_:)``.
  public typealias MediaHandler = @Sendable (_ commands: [MediaCommand]) -> Void

  private enum Input {
    case message([UInt8], Flow)
    case closed(Flow)
  }

  public let eventLoop: any EventLoop
  /// What time it is for the exchange.
  public let clock: WallClock
  private let sockets: Sockets
  private var exchange: Exchange
  private var onFacts: FactsHandler?
  private var onNotices: NoticesHandler?
  private var onMedia: MediaHandler?
  private var isRunning = false
  /// Inside a turn: what the sockets report meanwhile waits in `inputs`.
  private var isInTurn = false
  private var inputs: [Input] = []
  /// Batches that the store has not answered.
  private var uncommitted = 0
  private var timer: Scheduled<Void>?
  private var timerAt = Instant.never
  private var lastFired = Instant.zero

  /// - Parameter eventLoop: One that nothing blocks. Its group is the caller's to shut down, after ``stop()``.
  public init(
    eventLoop: any EventLoop, exchange: Exchange, limits: TransportLimits = TransportLimits(), clock: WallClock = WallClock()
  ) {
    self.eventLoop = eventLoop
    self.exchange = exchange
    self.clock = clock
    self.sockets = Sockets(eventLoop: eventLoop, limits: limits)
  }

  // MARK: Life

  /// Binds all endpoints, or none. Nothing is read before ``run(onFacts:onNotices:)``. Call it once, off the loop; it waits.
  /// - Returns: where it listens, in the order of `Flow.local`; a port 0 has become the port taken.
  /// - Throws: ``TransportError`` with what is wrong and how to mend it.
  public func bind(_ endpoints: [Endpoint]) throws -> [Listener] {
    DescriptorLimit.raise()
    return try self.sockets.bind(endpoints)
  }

  /// Begins to read, and to carry out what the exchange wants.
  /// - Parameter onFacts: Without it every fact counts as kept, which only tests and a database-less trial may want.
  /// - Parameter onMedia: Without it there must be no media channels (`ExchangeOptions.mediaChannels`): nobody opens them.
  public func run(
    onFacts: FactsHandler?, onNotices: NoticesHandler? = nil, onMedia: MediaHandler? = nil
  ) -> EventLoopFuture<Void> {
    self.eventLoop.submit {
      self.onFacts = onFacts
      self.onNotices = onNotices
      self.onMedia = onMedia
      // These hold the loop object until `stop` takes them back.
      self.sockets.onMessage = { octets, flow in self.enter(.message(octets, flow)) }
      self.sockets.onClosed = { flow in self.enter(.closed(flow)) }
      self.sockets.onWarning = { text in self.onNotices?([.warning(text)]) }
      self.sockets.hostOf = { self.exchange.host(of: $0) }
      self.isRunning = true
      self.turn { _, _ in }
      self.sockets.start()
    }
  }

  /// Stops in order: accepts nothing more, waits for the store's outstanding answers, lets answers leave, closes
  /// connections. Both waits end after ``TransportLimits/linger``.
  public func stop() -> EventLoopFuture<Void> {
    self.eventLoop.flatSubmit {
      let deadline = NIODeadline.now() + self.sockets.limits.linger.timeAmount
      let quiet = self.eventLoop.makePromise(of: Void.self)
      self.sockets.pause()
      self.awaitCommits(quiet, by: deadline)
      return quiet.futureResult.assumeIsolated().flatMap {
        self.sockets.stop().assumeIsolated().map {
          self.isRunning = false
          self.timer?.cancel()
          self.timer = nil
          self.sockets.onMessage = { _, _ in }
          self.sockets.onClosed = { _ in }
          self.sockets.onWarning = { _ in }
          self.sockets.hostOf = { _ in nil }
        }.nonisolated()
      }.nonisolated()
    }
  }

  private func awaitCommits(_ quiet: EventLoopPromise<Void>, by deadline: NIODeadline) {
    guard self.uncommitted > 0, NIODeadline.now() < deadline else { return quiet.succeed(()) }
    self.eventLoop.scheduleTask(in: .milliseconds(2)) { self.awaitCommits(quiet, by: deadline) }
  }

  // MARK: Doors for other threads

  /// The store's answer to a batch of facts.
  public func committed(_ token: UInt64, succeeded: Bool) {
    self.eventLoop.execute {
      self.uncommitted = max(0, self.uncommitted - 1)
      self.turn { $0.committed(token, succeeded: succeeded, at: $1) }
    }
  }

  /// The store's answers to several batches, in order: one hop for all.
  public func committed(_ outcomes: [(token: UInt64, succeeded: Bool)]) {
    self.eventLoop.execute {
      for outcome in outcomes {
        self.uncommitted = max(0, self.uncommitted - 1)
        self.turn { $0.committed(outcome.token, succeeded: outcome.succeeded, at: $1) }
      }
    }
  }

  /// The media server's reports, from any thread.
  public func heard(_ events: [MediaEvent]) {
    self.eventLoop.execute { self.turn { $0.heard(events, at: $1) } }
  }

  /// Administration and status: runs `body` on the loop between two messages, then carries out what it caused.
  public func perform<Result: Sendable>(
    _ body: @escaping @Sendable (_ exchange: inout Exchange, _ now: Instant) -> Result
  ) -> EventLoopFuture<Result> {
    self.eventLoop.submit { self.turn(body) }
  }

  /// Certificates for TLS connections from now on; those that stand go on as they are. A TLS listener wants them before
  /// ``bind(_:)``.
  public func install(_ credentials: TLSCredentials) -> EventLoopFuture<Void> {
    self.eventLoop.submit { self.sockets.credentials = credentials }
  }

  /// What happened on the sockets.
  public func counters() -> EventLoopFuture<TransportCounters> {
    self.eventLoop.submit { self.sockets.counters }
  }

  // MARK: Turns

  private func enter(_ input: Input) {
    guard !self.isInTurn else { return self.inputs.append(input) }
    self.turn { self.step(input, &$0, $1) }
  }

  private func step(_ input: Input, _ exchange: inout Exchange, _ now: Instant) {
    switch input {
    case .message(let octets, let flow): exchange.receive(octets, from: flow, at: now)
    case .closed(let flow): exchange.connectionClosed(flow, at: now)
    }
  }

  /// One input, all it caused carried out, then what the sockets reported meanwhile, in order.
  private func turn<Result>(_ body: (inout Exchange, Instant) -> Result) -> Result {
    self.eventLoop.assertInEventLoop()
    let result = body(&self.exchange, self.clock.now)
    guard self.isRunning, !self.isInTurn else { return result }
    self.isInTurn = true
    self.sockets.isFlushHeld = true
    self.carryOut()
    var next = 0
    while next < self.inputs.count {
      self.step(self.inputs[next], &self.exchange, self.clock.now)
      next += 1
      self.carryOut()
    }
    self.inputs.removeAll(keepingCapacity: true)
    self.isInTurn = false
    self.sockets.isFlushHeld = false
    self.arm()
    return result
  }

  private func carryOut() {
    for send in self.exchange.outbox.sends { self.sockets.send(send.bytes, to: send.flow) }
    self.sockets.flush()
    for flow in self.exchange.outbox.closes { self.sockets.close(flow) }
    if !self.exchange.outbox.media.isEmpty { self.onMedia?(self.exchange.outbox.media) }
    if !self.exchange.outbox.facts.isEmpty { self.keep() }
    if !self.exchange.outbox.notices.isEmpty { self.onNotices?(self.exchange.outbox.notices) }
    self.exchange.clearOutbox()
  }

  private func keep() {
    let token = self.exchange.outbox.token
    if token != 0 { self.uncommitted += 1 }
    if let onFacts = self.onFacts {
      onFacts(token, self.exchange.outbox.facts)
    } else if token != 0 {
      self.committed(token, succeeded: true)
    }
  }

  // MARK: Time

  /// Keeps one task of the loop at the next deadline. It is moved only to an earlier time: a deadline that went away costs one
  /// needless wake-up, moving it at every message would cost more. Between two firings lie twenty
  /// milliseconds, so that under load one wake-up serves many timers.
  private func arm() {
    guard let deadline = Self.deadline(&self.exchange) else { return }
    let at = max(deadline, self.lastFired + .milliseconds(20))
    guard at < self.timerAt else { return }
    self.timer?.cancel()
    self.timerAt = at
    self.timer = self.eventLoop.scheduleTask(deadline: self.clock.deadline(at)) { self.fire() }
  }

  /// Taken inout: reading the property through the reference would copy the whole exchange, some sixty retains a message.
  private static func deadline(_ exchange: inout Exchange) -> Instant? { exchange.nextDeadline }

  private func fire() {
    self.timer = nil
    self.timerAt = .never
    guard self.isRunning else { return }
    self.lastFired = self.clock.now
    self.turn { $0.fire(at: $1) }
  }
}
