import Kernel
import Sessions

/// Packets of one phone in the order of their sequence numbers, given out evenly. Holds back as long as this phone's packets are
/// late at times (20 to 100 ms, measured), never more than 200 ms, and drops what comes too late, twice, or from a wild sequence
/// number. Amounts are octets of payload: 8 in a millisecond for all codecs of the server, as the RTP clock counts (RFC 3551
/// §4.5.2). Phones with another clock, or none, are heard too: timestamps only tell pauses from losses.
struct JitterBuffer {
  /// What became of a packet.
  enum Arrival: Sendable, Equatable { case kept, late, duplicate, strayed }

  /// What comes next.
  enum Next: Sendable {
    /// This packet: ``read(_:_:)`` has its octets. A spare one may be left out: more is held than is needed.
    case packet(PacketShelf.Packet, isSpare: Bool)
    /// So much is lost or late.
    case lost(octets: Int)
    /// Nothing is being said.
    case silence
  }

  private enum Phase {
    /// Nothing is held, and nothing expected.
    case idle
    /// Collects until there is enough; so many octets' time since the first.
    case filling(waited: Int)
    /// Gives out; so many times in a row there was nothing.
    case playing(starved: Int)
  }

  private var shelf = PacketShelf()
  private var phase = Phase.idle
  private var cursor: Cursor?
  private var wild: UInt16?
  private var transit = Transit()
  private var usual = JitterBuffer.frame
  private var least = Int.max
  private var sinceReview = 0
  private var wantsMore = false

  private(set) var counts = Counts()

  /// Since the stream began.
  struct Counts: Sendable, Equatable {
    var kept = 0
    var late = 0
    var duplicate = 0
    var strayed = 0
    /// Packets never played since others had to go on.
    var lost = 0
    /// Packets thrown away since too much was held.
    var dropped = 0
  }

  /// What is to be played next.
  private struct Cursor: BitwiseCopyable {
    var sequence: UInt16
    /// Nil until the first has been played.
    var timestamp: UInt32?
  }

  init() {}

  /// Octets held.
  var depth: Int { self.shelf.depth }

  /// Octets held back before a voice is given out.
  var target: Int {
    max(JitterBuffer.frame, min(JitterBuffer.highestTarget, self.transit.spread + self.usual / 2))
  }

  /// Another stream begins.
  mutating func reset() {
    self.shelf.removeAll()
    self.phase = .idle
    self.cursor = nil
    self.wild = nil
    self.transit = Transit()
    self.wantsMore = false
  }

  /// A packet has come. Empty ones (events, comfort noise) keep their number from being taken for a loss.
  mutating func insert(
    _ payload: UnsafeBufferPointer<UInt8>, _ codec: MediaFormat.Codec, sequence: UInt16, timestamp: UInt32, isMarked: Bool,
    at: Instant
  ) -> Arrival {
    let count = min(payload.count, JitterBuffer.longest)
    guard self.makesSense(sequence) else {
      self.counts.strayed &+= 1
      return .strayed
    }
    if let cursor = self.cursor, Int16(bitPattern: sequence &- cursor.sequence) < 0 {
      guard cursor.timestamp == nil, self.shelf.hasPlace(before: sequence) else { return self.late() }
      // Nothing has been played: one that was overtaken may still be the first.
      self.cursor = Cursor(sequence: sequence, timestamp: nil)
    }
    guard !self.shelf.contains(sequence) else {
      self.counts.duplicate &+= 1
      return .duplicate
    }
    if count > 0 {
      self.transit.note(timestamp, at: at)
      self.usual = min(count, JitterBuffer.highestTarget)
      while self.depth > 0, self.depth + count > JitterBuffer.most {
        // Overtaken by all that is held: this one is the oldest.
        guard let first = self.first, Int16(bitPattern: first.sequence &- sequence) < 0 else { return self.late() }
        self.dropOldest()
      }
    }
    self.shelf.put(
      PacketShelf.Packet(sequence: sequence, timestamp: timestamp, isMarked: isMarked, codec: codec, count: count), payload)
    self.counts.kept &+= 1
    if self.cursor == nil { self.cursor = Cursor(sequence: sequence, timestamp: nil) }
    if case .idle = self.phase { self.phase = .filling(waited: 0) }
    return .kept
  }

  /// 20 ms have passed. Once before each round of ``next()``.
  mutating func tick() {
    if case .filling(let waited) = self.phase {
      self.phase = .filling(waited: min(waited + JitterBuffer.frame, JitterBuffer.most))
    }
    self.least = min(self.least, self.depth)
    self.sinceReview += 1
  }

  /// What is to be heard next. May be asked several times for 20 ms where packets are short, and not at all where they are long.
  mutating func next() -> Next {
    switch self.phase {
    case .idle: return .silence
    case .filling(let waited):
      guard self.depth >= self.target || waited >= self.target else { return .silence }
      self.phase = .playing(starved: 0)
      if let first = self.first { self.cursor = Cursor(sequence: first.sequence, timestamp: nil) }
      return self.next()
    case .playing:
      // Each turn lets go of a packet or ends.
      while let first = self.first, let cursor = self.cursor {
        if first.sequence != cursor.sequence {
          if let lost = self.missing(before: first, cursor) { return lost }
        } else if let next = self.play(first, cursor) {
          return next
        }
      }
      return self.starve()
    }
  }

  // MARK: Giving out

  /// The packet whose turn it is; nil where it holds nothing to hear, and the next is to be looked at.
  private mutating func play(_ packet: PacketShelf.Packet, _ cursor: Cursor) -> Next? {
    if let expected = cursor.timestamp, packet.count > 0 {
      let pause = Int32(bitPattern: packet.timestamp &- expected)
      // The phone has been silent: time to collect anew, unless enough is there.
      if (packet.isMarked || pause >= JitterBuffer.pause || pause < -JitterBuffer.pause), self.depth < self.target {
        self.cursor?.timestamp = packet.timestamp
        self.shelf.unmark(packet.sequence)
        self.phase = .filling(waited: 0)
        return .silence
      }
      if self.wantsMore {
        self.wantsMore = false
        if self.depth < self.target { return .lost(octets: self.usual) }
      }
    }
    self.shelf.remove(packet.sequence)
    guard packet.count > 0 else {
      // After an event or comfort noise silence is meant: nothing is made up.
      self.phase = .playing(starved: JitterBuffer.longestLoss)
      self.cursor = Cursor(sequence: packet.sequence &+ 1, timestamp: cursor.timestamp ?? packet.timestamp)
      return nil
    }
    self.phase = .playing(starved: 0)
    self.cursor = Cursor(sequence: packet.sequence &+ 1, timestamp: packet.timestamp &+ UInt32(truncatingIfNeeded: packet.count))
    return .packet(packet, isSpare: self.review())
  }

  /// The octets of the packet that ``next()`` has given last, for as long as `body` runs; nil where they have been overwritten.
  /// Mutating, so that the shelf is not copied for it where the buffer belongs to an object.
  mutating func read<Result>(_ packet: PacketShelf.Packet, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result? {
    self.shelf.read(packet, body)
  }

  /// Packets before the lowest one held are missing. Nil where nothing of the voice is: the cursor has moved on.
  private mutating func missing(before packet: PacketShelf.Packet, _ cursor: Cursor) -> Next? {
    let packets = Int(packet.sequence &- cursor.sequence)
    let gap = cursor.timestamp.map { Int(Int32(bitPattern: packet.timestamp &- $0)) } ?? 0
    // Events and comfort noise count as packets, but time does not go on with them; a long gap is no loss, but a jump.
    guard gap > 0, packets <= JitterBuffer.longestLoss else {
      if gap > 0 { self.counts.lost &+= packets }
      self.cursor = Cursor(sequence: packet.sequence, timestamp: gap > 0 ? packet.timestamp : cursor.timestamp)
      return gap > 0 ? .lost(octets: self.usual) : nil
    }
    let octets = min(gap, self.usual)
    self.counts.lost &+= 1
    self.cursor = Cursor(
      sequence: cursor.sequence &+ 1, timestamp: cursor.timestamp.map { $0 &+ UInt32(truncatingIfNeeded: octets) })
    // What was made up while nothing was held stood for this one.
    if case .playing(let starved) = self.phase, starved > 0 {
      self.phase = .playing(starved: starved - 1)
      return nil
    }
    return .lost(octets: octets)
  }

  /// Nothing is held: late, or the phone says no more.
  private mutating func starve() -> Next {
    guard case .playing(let starved) = self.phase, starved < JitterBuffer.longestLoss else {
      self.phase = .idle
      return .silence
    }
    self.phase = .playing(starved: starved + 1)
    return .lost(octets: self.usual)
  }

  /// Every second: whether more than needed was held all the time.
  private mutating func review() -> Bool {
    guard self.sinceReview >= JitterBuffer.ticksOfReview else { return false }
    let isSpare = self.least != .max && self.least >= self.target + 2 * self.usual
    self.sinceReview = 0
    self.least = .max
    return isSpare && self.shelf.count > 0
  }

  // MARK: Sequence numbers

  /// Whether a number is near the others. One that is not counts only if its successor comes next (RFC 3550 appendix A.1): then
  /// the sender has begun anew.
  private mutating func makesSense(_ sequence: UInt16) -> Bool {
    guard let cursor = self.cursor else { return true }
    let distance = Int(Int16(bitPattern: sequence &- cursor.sequence))
    if distance > -PacketShelf.places, distance < PacketShelf.places {
      self.wild = nil
      return true
    }
    if self.wild == sequence {
      self.reset()
      return true
    }
    self.wild = sequence &+ 1
    return false
  }

  /// The packet held that is to be played next.
  private var first: PacketShelf.Packet? { self.cursor.flatMap { self.shelf.first(from: $0.sequence) } }

  private mutating func late() -> Arrival {
    self.counts.late &+= 1
    if self.depth < self.target { self.wantsMore = true }
    return .late
  }

  private mutating func dropOldest() {
    guard let packet = self.first, let cursor = self.cursor else { return self.shelf.removeAll() }
    self.shelf.remove(packet.sequence)
    self.counts.dropped &+= 1
    self.cursor = Cursor(
      sequence: packet.sequence &+ 1,
      timestamp: cursor.timestamp == nil ? nil : packet.timestamp &+ UInt32(truncatingIfNeeded: packet.count))
  }

  // MARK: Numbers

  /// Longest payload taken, octets; a longer one is cut.
  static let longest = 2000
  /// Octets in 20 ms.
  static let frame = 160
  /// 200 ms.
  static let most = 1600
  private static let highestTarget = 800
  /// A step of the timestamp from which on it is a pause (60 ms).
  private static let pause: Int32 = 480
  /// Packets in a row that are made up.
  private static let longestLoss = 5
  private static let ticksOfReview = 50
}
