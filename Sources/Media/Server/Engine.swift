internal import CMediaShims
internal import Kernel
internal import Sessions

/// What the media thread does: waits, takes what has come, sends what is due. Everything in it belongs to that thread.
final class Engine {
  let options: MediaServer.Options
  let shelf: RecordingShelf
  let mailbox: Mailbox<Letter>
  let counters: Counters
  let clerk: Clerk
  private let onEvents: @Sendable ([MediaEvent]) -> Void

  let inbox: OpaquePointer
  let outbox: OpaquePointer
  let poll: Int32
  let ticker: Int32

  var ports: PortPool
  /// Channels by the number of their sockets' tokens; a closed one's place is given to the next.
  var slots: [Channel?] = []
  var freeSlots: [Int] = []
  /// Only for looking up.
  var channels: [ChannelID: Channel] = [:]
  var events: [MediaEvent] = []
  let random: Random
  let clips: Clips

  /// Rooms by number, and in the turns in which they are mixed; channels likewise.
  var rooms: [UInt32: Room] = [:]
  var roundRooms: [[Room]] = Array(repeating: [], count: Engine.phases)
  var roundChannels: [[Channel]] = Array(repeating: [], count: Engine.phases)
  var turn = 0
  var isTicking = false
  /// 20 ms of samples, at any rate.
  let frame = UnsafeMutableBufferPointer<Int16>.allocate(capacity: SampleRate.wide.frame)
  let mixingTable = MixingTable()
  /// What members of a room who only listen hear, encoded: µ-law, A-law.
  let sharedOctets = UnsafeMutableRawBufferPointer.allocate(byteCount: 320, alignment: 8)
  var shared = (mu: false, a: false)
  /// An event packet with room for a tag.
  let keyPacket = UnsafeMutableRawBufferPointer.allocate(byteCount: RTPHeader.length + 4 + 160, alignment: 8)
  private var isStopping = false
  private var woken: UInt64 = 0
  /// Nanoseconds between packets from which on each is served at once, and for how long the thread rests otherwise.
  private static let rare: UInt64 = 250_000
  private static let rest: UInt64 = 500_000

  init(
    options: MediaServer.Options, shelf: RecordingShelf, mailbox: Mailbox<Letter>, counters: Counters,
    onEvents: @escaping @Sendable ([MediaEvent]) -> Void
  ) throws(MediaServer.Failure) {
    self.options = options
    self.shelf = shelf
    self.mailbox = mailbox
    self.counters = counters
    self.onEvents = onEvents
    self.poll = media_poll_make()
    guard self.poll >= 0 else { throw .system(-self.poll) }
    self.ticker = media_ticker_make()
    guard self.ticker >= 0 else {
      _ = media_close(self.poll)
      throw .system(-self.ticker)
    }
    guard let inbox = media_inbox_make(), let outbox = media_outbox_make(), let random = Random() else {
      _ = media_close(self.poll)
      _ = media_close(self.ticker)
      throw .system(12)
    }
    self.inbox = inbox
    self.outbox = outbox
    self.random = random
    self.ports = PortPool(options.ports, start: self.random.next())
    self.clips = Clips(music: options.music)
    self.frame.initialize(repeating: 0)
    self.clerk = try Clerk()
    _ = media_poll_add(self.poll, mailbox.bell, Token.bell)
    _ = media_poll_add(self.poll, self.ticker, Token.ticker)
  }

  deinit {
    self.frame.deallocate()
    self.sharedOctets.deallocate()
    self.keyPacket.deallocate()
    media_inbox_free(self.inbox)
    media_outbox_free(self.outbox)
    _ = media_close(self.poll)
    _ = media_close(self.ticker)
  }

  /// The thread's life: until it is told to stop.
  func run() {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Token.batch) { tokens in
      while !self.isStopping {
        let count = Int(media_poll_wait(self.poll, tokens.baseAddress, Int32(Token.batch), -1))
        let now = media_now()
        for token in tokens.prefix(max(count, 0)) { self.serve(token, at: now) }
        self.deliver()
        // Under load many packets are taken at one waking: half a millisecond is nothing for voice, and much for the machine.
        let gap = now &- self.woken
        self.woken = now
        if UInt64(max(count, 0)) &* Self.rare > gap { media_pause(Self.rest) }
      }
    }
    for slot in self.slots { if let channel = slot { self.close(channel) } }
    self.clerk.stop()
    for letter in self.mailbox.collect() { self.read(letter, at: media_now()) }
    self.deliver()
  }

  private func serve(_ token: UInt64, at now: UInt64) {
    switch token {
    case Token.bell:
      for letter in self.mailbox.collect() { self.read(letter, at: now) }
    case Token.ticker:
      self.tick(at: now)
    default:
      let (slot, isControl) = Token.slot(token)
      guard slot < self.slots.count, let channel = self.slots[slot] else { return }
      if isControl { self.receiveControl(channel, at: now) } else { self.receive(channel, at: now) }
    }
  }

  private func read(_ letter: Letter, at now: UInt64) {
    switch letter {
    case .commands(let commands): for command in commands { self.carryOut(command, at: now) }
    case .saved(let id, let done): self.events.append(.recorded(id, done))
    case .loaded(let id, let run, let samples): self.loaded(id, run: run, samples)
    case .stop: self.isStopping = true
    }
  }

  private func deliver() {
    guard !self.events.isEmpty else { return }
    self.onEvents(self.events)
    self.events.removeAll(keepingCapacity: true)
  }
}

/// What stands behind a descriptor that can be read.
enum Token {
  static let bell: UInt64 = 0
  static let ticker: UInt64 = 1
  static let batch = 256

  static func make(slot: Int, isControl: Bool) -> UInt64 { UInt64(slot + 1) << 1 | (isControl ? 1 : 0) }
  static func slot(_ token: UInt64) -> (Int, isControl: Bool) { (Int(token >> 1) - 1, token & 1 != 0) }
}

/// Random octets of the system.
struct Random {
  /// Nil where the system has none to give.
  init?() {
    var octet: UInt8 = 0
    guard media_random(&octet, 1) == 0 else { return nil }
  }

  func next() -> UInt64 {
    var number: UInt64 = 0
    _ = withUnsafeMutableBytes(of: &number) { media_random($0.baseAddress, $0.count) }
    return number
  }

  /// Nil where the system fails: a key must never be guessable.
  func key() -> [UInt8]? {
    var key = [UInt8](repeating: 0, count: SecureContext.keyLength)
    return media_random(&key, key.count) == 0 ? key : nil
  }
}
