internal import CMediaShims
internal import Sessions

/// What the thread that speaks with rtpengine does. Everything in it belongs to that thread.
final class RelayDesk {
  let own: MediaServer
  let counters: RelayCounters
  private let bound: IPAddress?
  private let mailbox: Mailbox<RelayLetter>
  private let say: @Sendable (String) -> Void
  private let onEvents: @Sendable ([MediaEvent]) -> Void
  private let poll: Int32
  private let ticker: Int32

  var client: NGClient
  /// Only for looking up.
  var channels: [ChannelID: RelayChannel] = [:]
  /// Those that rtpengine is asked about in turn, whether it still knows them.
  var toCheck: [ChannelID] = []
  var events: [MediaEvent] = []
  /// What calls are named after, so that no two exchanges, and none before a restart, call one alike.
  private let name: String
  private var health = Health.good
  private var swept: UInt64 = 0
  private var lossSaid: UInt64 = 0
  private var inner: (rtpengine: IPAddress, own: IPAddress)?
  private var isStopping = false

  private enum Health { case good, refusing, silent }
  private enum Token { static let bell: UInt64 = 0, ticker: UInt64 = 1, socket: UInt64 = 2 }
  private static let tick: UInt64 = 50_000_000
  private static let sweep: UInt64 = 5_000_000_000
  private static let mostChecks = 32

  init(
    host: String, port: UInt16, own: MediaServer, bound: IPAddress?, mailbox: Mailbox<RelayLetter>, counters: RelayCounters,
    say: @escaping @Sendable (String) -> Void, onEvents: @escaping @Sendable ([MediaEvent]) -> Void
  ) throws(MediaServer.Failure) {
    self.own = own
    self.bound = bound
    self.mailbox = mailbox
    self.counters = counters
    self.say = say
    self.onEvents = onEvents
    self.poll = media_poll_make()
    guard self.poll >= 0 else { throw .system(-self.poll) }
    self.ticker = media_ticker_make()
    guard self.ticker >= 0 else {
      _ = media_close(self.poll)
      throw .system(-self.ticker)
    }
    guard let random = Random() else {
      _ = media_close(self.poll)
      _ = media_close(self.ticker)
      throw .system(12)
    }
    self.name = "strowger-" + String(random.next(), radix: 16)
    self.client = NGClient(host: host, port: port, counters: counters, random: random)
    _ = media_poll_add(self.poll, mailbox.bell, Token.bell)
    _ = media_poll_add(self.poll, self.ticker, Token.ticker)
  }

  deinit {
    _ = media_close(self.poll)
    _ = media_close(self.ticker)
  }

  /// The thread's life: until it is told to stop.
  func run() {
    self.connect()
    var isTicking = false
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 4) { tokens in
      while !self.isStopping {
        let wantsTicks = self.client.isWaiting || !self.channels.isEmpty
        if wantsTicks != isTicking {
          isTicking = wantsTicks
          _ = media_ticker_set(self.ticker, wantsTicks ? Self.tick : 0)
        }
        let count = Int(media_poll_wait(self.poll, tokens.baseAddress, 4, -1))
        for token in tokens.prefix(max(count, 0)) { self.serve(token) }
        self.deliver()
      }
    }
    for channel in self.channels.values { self.ask(NGMessage.delete(channel.call), for: .end) }
  }

  private func serve(_ token: UInt64) {
    switch token {
    case Token.bell: for letter in self.mailbox.collect() { self.read(letter) }
    case Token.ticker:
      _ = media_ticker_read(self.ticker)
      self.age()
    default: self.receive()
    }
  }

  private func read(_ letter: RelayLetter) {
    switch letter {
    case .commands(let commands): for command in commands { self.carryOut(command) }
    case .heard(let events): for event in events { self.heard(event) }
    case .stop: self.isStopping = true
    }
  }

  private func deliver() {
    guard !self.events.isEmpty else { return }
    self.onEvents(self.events)
    self.events.removeAll(keepingCapacity: true)
  }

  // MARK: rtpengine

  /// A name for a call that rtpengine never had.
  func call(_ id: ChannelID) -> [UInt8] { [UInt8]("\(self.name)-\(id.rawValue)".utf8) }

  func ask(_ message: Bencode, for purpose: NGClient.Purpose) { self.client.ask(message, for: purpose, at: media_now()) }

  private func connect() {
    guard self.client.connect(at: media_now()), let socket = self.client.socket else { return }
    _ = media_poll_add(self.poll, socket.descriptor, Token.socket)
  }

  private func receive() {
    while let (purpose, outcome) = self.client.receive() { self.answered(purpose, outcome) }
    self.check()
  }

  /// What the clock asks for: repetitions, and from time to time a look whether all is still as it was.
  private func age() {
    let now = media_now()
    self.connect()
    for purpose in self.client.age(at: now) { self.answered(purpose, .silence) }
    guard now &- self.swept >= Self.sweep else { return }
    self.swept = now
    for channel in self.channels.values where channel.open?.agreed == nil { self.steer(channel) }
    // One channel each time, since an rtpengine that was started anew has forgotten all.
    if self.toCheck.isEmpty, let channel = self.channels.values.filter({ $0.open != nil }).randomElement() {
      self.toCheck = [channel.id]
    }
    self.check()
  }

  /// Asks about some of those in doubt.
  private func check() {
    while self.client.count < Self.mostChecks, let id = self.toCheck.popLast() {
      guard let channel = self.channels[id], channel.open != nil else { continue }
      self.ask(NGMessage.query(channel.call), for: .check(id))
    }
  }

  /// Says once what has changed: that it goes badly, and that it goes well again.
  func note(_ outcome: NGClient.Outcome) {
    switch outcome {
    case .silence:
      if self.health != .silent { self.say("rtpengine does not answer: no new calls through it") }
      self.health = .silent
    case .reply(.refused(let reason)):
      self.counters.refused.count()
      if self.health != .refusing { self.say("rtpengine refuses: \(reason)") }
      self.health = .refusing
    case .reply(.done):
      if self.health != .good { self.say("rtpengine answers again") }
      self.health = .good
    }
  }

  /// rtpengine has forgotten the channel. So it has the others, likely: a look at each.
  func forgotten() {
    self.counters.lost.count()
    if self.toCheck.isEmpty { self.toCheck = self.channels.values.filter { $0.open != nil }.map(\.id) }
    let now = media_now()
    if self.lossSaid == 0 || now &- self.lossSaid > Self.sweep {
      self.say("rtpengine has forgotten calls: it was started anew, or heard nothing for longer than its timeout")
    }
    self.lossSaid = now
  }

  // MARK: Addresses

  /// Which addresses channels of the own media server have.
  var ownFamily: IPAddress.Family? { (self.bound ?? self.client.socket?.local)?.family }

  /// Where rtpengine, which listens there, finds the own media server; before that is known, seen from its control port.
  func ownAddress(toward rtpengine: SocketAddress?) -> IPAddress? {
    if let bound = self.bound { return bound }
    guard let rtpengine else { return self.client.socket?.local }
    if let inner = self.inner, inner.rtpengine == rtpengine.address { return inner.own }
    guard let own = NGSocket.local(toward: rtpengine) else { return self.client.socket?.local }
    self.inner = (rtpengine.address, own)
    return own
  }
}
