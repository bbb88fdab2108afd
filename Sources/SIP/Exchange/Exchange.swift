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
    /// For the media server, in this order; its answers go to ``Exchange/heard(_:at:)``.
    public internal(set) var media: [MediaCommand] = []
    /// For stations of the host (``Exchange/attach(_:at:)``), in this order.
    public internal(set) var hosted: [HostedOrder] = []
  }

  enum Timer: Sendable {
    case binding(Int64)
    /// The store has not answered for this token.
    case commit(UInt64)
    case unblock(IPAddress)
    /// A recovered dialog is asked whether it still lives.
    case probe(DialogID)
    /// A subscription was not refreshed.
    case subscription(SubscriptionID)
    /// A subscription's state has waited long enough.
    case renotify(SubscriptionID)
    /// A session is to be refreshed, or has not been.
    case session(DialogID)
    /// A trunk is to be asked, or has not answered.
    case trunkReach(Int)
    /// A registration with a carrier is to be renewed or tried again, or has lapsed.
    case trunkRegistration(Int)
    /// A transferor has not said that it knows how its transfer came out.
    case parting(DialogID)
    /// A reliable provisional answer has no PRACK.
    case provisional(DialogID)
    /// A telephone is told once more whom it talks to.
    case line(DialogID)
  }

  public internal(set) var outbox = Outbox()
  public internal(set) var counters = ExchangeCounters()
  public internal(set) var options: ExchangeOptions
  /// Addresses that phones are told, in the order of ``Flow/local``.
  public internal(set) var listeners: [Listener]
  /// The machine's own address where a listener is bound to all of them.
  public var hostAddress: IPAddress = IPAddress(127, 0, 0, 1)

  /// What phones outside the private networks are told (`--public-address`, CALL-9).
  public var publicAddress: IPAddress?

  var kernel: Kernel
  var transactions: TransactionLayer
  var negotiator: Negotiator
  var sessions: [Negotiator.Order] = []
  var writer = MessageWriter()
  var generator: Generator
  let seed: HashSeed
  var authenticator: Authenticator
  var sources = SourceGuard()
  var rates = SourceRates()
  /// When people were last told that a caller has too many calls.
  var crowdTold: [Digits: Instant] = [:]
  var accounts: [StationNumber: StationAccount] = [:]
  var accountOrder: [StationNumber] = []
  var registry = Registry()
  var timers = TimerTable<Timer>()

  var dialogs = SlotMap<Dialog>()
  /// Call-ID and our tag → dialog.
  var dialogIndex: [Key128: DialogID] = [:]
  /// The kernel's leg slot → dialog.
  var legDialogs: [DialogID] = []
  /// INFO passed on to the other leg: whose answer goes back where.
  var relays: [ClientTransactionID: Relay] = [:]
  var transfers = Transfers()
  /// Answers to callers that want them acknowledged, and callees of which we acknowledge them (RFC 3262).
  var reliableAnswers: [DialogID: ReliableAnswer] = [:]
  var earlyDialogs: [DialogID: [EarlyDialog]] = [:]
  /// What the feature made of it whose answer is being written.
  var outcome: FeatureOutcome?
  /// FWD-5: History-Info beside Diversion.
  var writesHistory = false
  /// The plan has lamps for mailboxes (MWI-1).
  var lightsLamps = false
  /// Telephones that may have to be told whom they talk to, in this turn.
  var dueLines: [DialogID] = []
  var commits = CommitGate()
  var keeping = CallKeeping()
  var mailboxes = Mailboxes()
  var trunks = Trunks()
  var subscriptions = Subscriptions()
  var probes: UInt64 = 0
  /// OPTIONS that ask recovered dialogs whether they live.
  var probing: Set<ClientTransactionID> = []
  var names = Presentations()
  /// What the kernel said of legs whose INVITE is being composed.
  var alerts: [LegID: Alert] = [:]
  var hosted = HostedLegs()
  var paths = MediaPaths()
  var ladder = LadderRing()
  /// Nil: nobody has a code.
  var authorizationCodes: AuthorizationCodes?
  var callNumbers: UInt64 = 0
  /// The call that was dialled in the turn under way; 0 for none.
  var turnCall: UInt64 = 0
  /// BYEs under way, whose answers belong into the ladder of a call that is over.
  var farewells: [ClientTransactionID: (call: UInt64, party: Digits)] = [:]
  /// Number of the last call record; grows across restarts.
  var recordNumber: Int64 = 0
  var now: Instant

  public init(
    options: ExchangeOptions, listeners: [Listener], modules: [Module], digests: DigestFunctions,
    seed: (UInt64, UInt64, UInt64, UInt64), secret: [UInt8], at now: Instant
  ) {
    var generator = Generator(seed)
    self.seed = HashSeed(generator.next(), generator.next())
    self.generator = generator
    self.options = options
    self.listeners = listeners
    self.kernel = Kernel(modules: modules)
    self.kernel.ringTime = options.ringTime
    self.transactions = TransactionLayer(seed: self.seed, limit: options.transactions)
    self.negotiator = Negotiator(seed: generator.next(), media: MediaFacts(channels: options.mediaChannels))
    self.authenticator = Authenticator(realm: options.realm, digests: digests, secret: secret, seed: self.seed)
    self.now = now
  }

  // MARK: Doors

  /// Takes one datagram, or one message framed from a stream.
  public mutating func receive(_ bytes: [UInt8], from flow: Flow, at now: Instant) {
    self.begin(now)
    self.counters.received &+= 1
    if self.sources.isBlocked(flow.remote.address, at: now) {
      self.counters.blocked &+= 1
      return
    }
    // Only telephones that are registered are answered: a stranger could have others answered by a forged address.
    if bytes.first == 0, flow.kind == .udp, self.registry.isReached(at: flow.remote),
      let answer = BindingRequest.answer(bytes, from: flow.remote)
    {
      self.outbox.sends.append(Send(flow: flow, bytes: answer))
      return self.endTurn()
    }
    switch SIPMessage.parse(bytes, stream: flow.kind.isReliable) {
    case .message(let message): self.receive(message, from: flow)
    case .keepAlive(let pong):
      if pong { self.outbox.sends.append(Send(flow: flow, bytes: [0x0d, 0x0a])) }
    case .drop: self.counters.dropped &+= 1
    case .reject(let status, let reason, let message): self.reject(message, status, reason, from: flow)
    }
    self.endTurn()
  }

  /// A connection is gone, or one that was asked for could not be opened.
  public mutating func connectionClosed(_ flow: Flow, at now: Instant) {
    self.begin(now)
    self.transactions.connectionClosed(flow, at: now)
    self.takeTransactionEvents()
    self.endTurn()
  }

  public mutating func fire(at now: Instant) {
    self.begin(now)
    while let timer = self.timers.popDue(at: now) { self.fired(timer) }
    self.transactions.fire(at: now)
    self.takeTransactionEvents()
    self.kernel.fire(at: now)
    self.endTurn()
  }

  /// When ``fire(at:)`` is wanted next; nil while nothing waits.
  public var nextDeadline: Instant? {
    var earliest = self.timers.nextDeadline ?? .never
    if let deadline = self.transactions.nextDeadline { earliest = min(earliest, deadline) }
    if let deadline = self.kernel.nextDeadline { earliest = min(earliest, deadline) }
    earliest = min(earliest, self.negotiator.nextDeadline)
    return earliest == .never ? nil : earliest
  }

  /// The store has kept the facts of a token, or could not.
  public mutating func committed(_ token: UInt64, succeeded: Bool, at now: Instant) {
    self.begin(now)
    self.release(token, succeeded ? .kept : .failed)
    self.endTurn()
  }

  /// The media server reports.
  public mutating func heard(_ events: [MediaEvent], at now: Instant) {
    self.begin(now)
    for event in events { self.negotiator.heard(event, at: self.now, into: &self.sessions) }
    self.endTurn()
  }

  /// Takes what has been carried out.
  public mutating func clearOutbox() {
    self.outbox.sends.removeAll(keepingCapacity: true)
    self.outbox.closes.removeAll(keepingCapacity: true)
    self.outbox.facts.removeAll(keepingCapacity: true)
    self.outbox.notices.removeAll(keepingCapacity: true)
    self.outbox.media.removeAll(keepingCapacity: true)
    self.outbox.hosted.removeAll(keepingCapacity: true)
    self.outbox.token = 0
  }

  // MARK: One turn

  mutating func begin(_ now: Instant) {
    if now > self.now { self.now = now }
  }

  /// Carries out what kernel and negotiator want until both are quiet, then lets the answers go or hold for the store.
  mutating func endTurn() {
    self.pump()
    while !self.dueLines.isEmpty {
      self.tellLines()
      self.pump()
    }
    self.turnCall = 0
    self.tellWatchers()
    self.sealTurn()
    if !self.transactions.outbox.sends.isEmpty {
      self.counters.sent &+= UInt64(self.transactions.outbox.sends.count)
      self.outbox.sends.append(contentsOf: self.transactions.outbox.sends)
      self.transactions.outbox.sends.removeAll(keepingCapacity: true)
    }
  }

  private mutating func pump() {
    var rounds = 0
    while rounds < 10_000 {
      rounds += 1
      if !self.kernel.outbox.directives.isEmpty || !self.kernel.outbox.facts.isEmpty {
        let outbox = self.kernel.outbox
        self.kernel.clearOutbox()
        self.keep(outbox.facts, turn: outbox.turn)
        for place in outbox.directives.indices {
          if case .finish = outbox.directives[place] { self.outcome = FeatureOutcome(of: place, in: outbox.directives) }
          self.carryOut(outbox.directives[place])
        }
      } else if !self.sessions.isEmpty {
        let outputs = self.sessions
        self.sessions.removeAll(keepingCapacity: true)
        for output in outputs { self.carryOut(output) }
      } else if self.negotiator.nextDeadline <= self.now {
        self.negotiator.fire(at: self.now, into: &self.sessions)
      } else {
        return
      }
    }
    self.counters.faults &+= 1
    self.outbox.notices.append(.warning("call control did not come to rest; the turn was cut short"))
  }

  private mutating func fired(_ timer: Timer) {
    switch timer {
    case .binding(let id): self.expire(id)
    case .commit(let token): self.release(token, .late)
    case .unblock(let source):
      if self.sources.remove(source) { self.outbox.facts.append(.unblock(source)) }
    case .probe(let dialog): self.probe(dialog)
    case .subscription(let id): self.step(id, .ended(.timeout))
    case .renotify(let id): self.step(id, .timer)
    case .session(let dialog): self.sessionTimer(dialog, .due)
    case .trunkReach(let trunk): self.trunkTimerFired(reach: trunk)
    case .trunkRegistration(let trunk): self.trunkTimerFired(registration: trunk)
    case .parting(let dialog): self.partingOverdue(dialog)
    case .provisional(let dialog): self.repeatProvisional(dialog)
    case .line(let dialog): self.lineDue(dialog)
    }
  }

  /// Tells the kernel something.
  mutating func tell(_ event: Event) {
    self.touch(event.watchedLeg)
    self.kernel.receive(event, at: self.now)
  }

  // MARK: Answers outside any dialog

  /// Answers what `parse` refused, without a transaction: the same octets for a retransmission (RFC 3261 §8.2.7).
  private mutating func reject(_ message: SIPMessage, _ status: UInt16, _ reason: StaticString, from flow: Flow) {
    self.counters.rejected &+= 1
    self.writer.reject(message, status, reason: reason, toTag: self.statelessTag(message), source: flow.remote)
    if self.isTooLong(answering: message) {
      self.writer.reject(message, status, reason: "", toTag: self.statelessTag(message), source: flow.remote)
    }
    self.counters.sent &+= 1
    self.outbox.sends.append(Send(flow: flow, bytes: self.written()))
    if flow.kind.isReliable { self.outbox.closes.append(flow) }
  }

  /// A copy of what the writer holds, of just its size: the writer keeps its memory.
  func written() -> [UInt8] { self.writer.bytes.withUnsafeBufferPointer { Array($0) } }

  /// A tag that is the same each time the request comes.
  func statelessTag(_ message: SIPMessage) -> [UInt8] {
    var tag: [UInt8] = []
    tag.appendHexadecimal(Key128(message.array(message.callID), seed: self.seed).first)
    return tag
  }
}
