import Kernel
import Sessions

/// Packets of one phone in the order of their sequence numbers, given out evenly. Holds back as long as this phone's packets are late at
/// times (20 to 100 ms, measured), never more than 200 ms, and drops what comes too late, twice, or from a wild sequence number.
/// Amounts are octets of payload: 8 in a millisecond for all codecs of the server, as the RTP clock counts (RFC 3551 §4.5.2). Phones
/// with another clock, or none, are heard too: timestamps only tell pauses from losses.
struct JitterBuffer {
  /// What became of a packet.
  enum Arrival: Sendable, Equatable { case kept, late, duplicate, strayed }

  /// What comes next.
  enum Next: Sendable, Equatable {
    /// The octets, written to the caller's buffer. A spare one may be left out: more is held than is needed.
    case packet(count: Int, MediaFormat.Codec, isSpare: Bool)
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

  private struct Slot: BitwiseCopyable {
    var sequence: UInt16 = 0
    var isHeld = false
    var isMarked = false
    var codec = MediaFormat.Codec.other
    var timestamp: UInt32 = 0
    /// Where it begins, counted from the first octet ever written.
    var position = 0
    var count = 0
  }

  private var slots = [Slot](repeating: Slot(), count: JitterBuffer.slotCount)
  private var octets = [UInt8](repeating: 0, count: JitterBuffer.room)
  private var written = 0
  private var phase = Phase.idle
  private var held = 0
  private var cursor: Cursor?
  private var wild: UInt16?
  private var transit = Transit()
  private var usual = JitterBuffer.frame
  private var least = Int.max
  private var sinceReview = 0
  private var wantsMore = false

  /// Octets held.
  private(set) var depth = 0
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

  /// Octets held back before a voice is given out.
  var target: Int {
    max(JitterBuffer.frame, min(JitterBuffer.highestTarget, self.transit.spread + self.usual / 2))
  }

  /// Another stream begins.
  mutating func reset() {
    self.drop()
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
      guard cursor.timestamp == nil, self.isWithinReach(of: sequence) else {
        self.counts.late &+= 1
        if self.depth < self.target { self.wantsMore = true }
        return .late
      }
      // Nothing has been played: one that was overtaken may still be the first.
      self.cursor = Cursor(sequence: sequence, timestamp: nil)
    }
    let index = Int(sequence) % JitterBuffer.slotCount
    if self.slots[index].isHeld {
      guard self.slots[index].sequence != sequence else {
        self.counts.duplicate &+= 1
        return .duplicate
      }
      self.release(index)
      self.counts.dropped &+= 1
    }
    if count > 0 {
      self.transit.note(timestamp, at: at)
      while self.held > 0, self.depth + count > JitterBuffer.most { self.dropOldest() }
      self.usual = min(count, JitterBuffer.highestTarget)
    }
    self.write(payload, count)
    self.slots[index] = Slot(
      sequence: sequence, isHeld: true, isMarked: isMarked, codec: codec, timestamp: timestamp, position: self.written - count,
      count: count)
    self.held += 1
    self.depth += count
    self.counts.kept &+= 1
    if self.cursor == nil { self.cursor = Cursor(sequence: sequence, timestamp: nil) }
    if case .idle = self.phase { self.phase = .filling(waited: 0) }
    return .kept
  }

  /// 20 ms have passed. Once before each round of ``next(into:)``.
  mutating func tick() {
    if case .filling(let waited) = self.phase {
      self.phase = .filling(waited: min(waited + JitterBuffer.frame, JitterBuffer.most))
    }
    self.least = min(self.least, self.depth)
    self.sinceReview += 1
  }

  /// What is to be heard next. May be asked several times for 20 ms where packets are short, and not at all where they are long.
  /// - Parameter payload: room for ``longest`` octets; what does not fit is cut.
  mutating func next(into payload: UnsafeMutableBufferPointer<UInt8>) -> Next {
    switch self.phase {
    case .idle: return .silence
    case .filling(let waited):
      guard self.depth >= self.target || waited >= self.target else { return .silence }
      self.phase = .playing(starved: 0)
      if let lowest = self.lowest { self.cursor = Cursor(sequence: self.slots[lowest].sequence, timestamp: nil) }
      return self.next(into: payload)
    case .playing:
      // Each turn lets go of a packet or ends.
      while let lowest = self.lowest, let cursor = self.cursor {
        if self.slots[lowest].sequence != cursor.sequence {
          if let lost = self.missing(before: lowest, cursor) { return lost }
        } else if let next = self.play(lowest, cursor, into: payload) {
          return next
        }
      }
      return self.starve()
    }
  }

  // MARK: Giving out

  /// The packet whose turn it is; nil where it holds nothing to hear, and the next is to be looked at.
  private mutating func play(_ index: Int, _ cursor: Cursor, into payload: UnsafeMutableBufferPointer<UInt8>) -> Next? {
    let slot = self.slots[index]
    if let expected = cursor.timestamp, slot.count > 0 {
      let pause = Int32(bitPattern: slot.timestamp &- expected)
      // The phone has been silent: time to collect anew, unless enough is there.
      if (slot.isMarked || pause >= JitterBuffer.pause || pause < -JitterBuffer.pause), self.depth < self.target {
        self.cursor?.timestamp = slot.timestamp
        self.slots[index].isMarked = false
        self.phase = .filling(waited: 0)
        return .silence
      }
      if self.wantsMore {
        self.wantsMore = false
        if self.depth < self.target { return .lost(octets: self.usual) }
      }
    }
    self.release(index)
    guard slot.count > 0 else {
      // After an event or comfort noise silence is meant: nothing is made up.
      self.phase = .playing(starved: JitterBuffer.longestLoss)
      self.cursor = Cursor(sequence: slot.sequence &+ 1, timestamp: cursor.timestamp ?? slot.timestamp)
      return nil
    }
    self.phase = .playing(starved: 0)
    self.cursor = Cursor(sequence: slot.sequence &+ 1, timestamp: slot.timestamp &+ UInt32(truncatingIfNeeded: slot.count))
    guard let count = self.read(slot, into: payload) else { return .lost(octets: slot.count) }
    return .packet(count: count, slot.codec, isSpare: self.review())
  }

  /// Packets before the lowest one held are missing. Nil where nothing of the voice is: the cursor has moved on.
  private mutating func missing(before index: Int, _ cursor: Cursor) -> Next? {
    let slot = self.slots[index]
    let packets = Int(slot.sequence &- cursor.sequence)
    let gap = cursor.timestamp.map { Int(Int32(bitPattern: slot.timestamp &- $0)) } ?? 0
    // Events and comfort noise count as packets, but time does not go on with them; a long gap is no loss, but a jump.
    guard gap > 0, packets <= JitterBuffer.longestLoss else {
      self.counts.lost &+= packets
      self.cursor = Cursor(sequence: slot.sequence, timestamp: gap > 0 ? slot.timestamp : cursor.timestamp)
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
    return isSpare && self.held > 0
  }

  // MARK: Sequence numbers

  /// Whether a number is near the others. One that is not counts only if its successor comes next (RFC 3550 appendix A.1): then the
  /// sender has begun anew.
  private mutating func makesSense(_ sequence: UInt16) -> Bool {
    guard let cursor = self.cursor else { return true }
    let distance = Int(Int16(bitPattern: sequence &- cursor.sequence))
    if distance > -JitterBuffer.slotCount, distance < JitterBuffer.slotCount {
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

  /// Whether all that is held would still fit behind a new first one.
  private func isWithinReach(of sequence: UInt16) -> Bool {
    !self.slots.contains { $0.isHeld && Int($0.sequence &- sequence) >= JitterBuffer.slotCount }
  }

  /// The packet held that comes first from the cursor on.
  private var lowest: Int? {
    guard self.held > 0, let cursor = self.cursor else { return nil }
    let first = Int(cursor.sequence)
    for step in 0..<JitterBuffer.slotCount {
      let index = (first + step) % JitterBuffer.slotCount
      if self.slots[index].isHeld { return index }
    }
    return nil
  }

  // MARK: Octets

  private mutating func dropOldest() {
    guard let lowest = self.lowest, let cursor = self.cursor else { return self.drop() }
    let slot = self.slots[lowest]
    self.release(lowest)
    self.counts.dropped &+= 1
    self.cursor = Cursor(
      sequence: slot.sequence &+ 1,
      timestamp: cursor.timestamp == nil ? nil : slot.timestamp &+ UInt32(truncatingIfNeeded: slot.count))
  }

  private mutating func drop() {
    for index in self.slots.indices { self.slots[index].isHeld = false }
    self.held = 0
    self.depth = 0
  }

  private mutating func release(_ index: Int) {
    self.slots[index].isHeld = false
    self.held -= 1
    self.depth -= self.slots[index].count
  }

  private mutating func write(_ payload: UnsafeBufferPointer<UInt8>, _ count: Int) {
    let start = self.written % JitterBuffer.room
    self.octets.withUnsafeMutableBufferPointer { octets in
      guard count > 0, let room = octets.baseAddress, let source = payload.baseAddress else { return }
      let first = min(count, JitterBuffer.room - start)
      (room + start).update(from: source, count: first)
      room.update(from: source + first, count: count - first)
    }
    self.written += count
  }

  /// Nil where so much has been written since that it is gone.
  private func read(_ slot: Slot, into payload: UnsafeMutableBufferPointer<UInt8>) -> Int? {
    guard self.written - slot.position <= JitterBuffer.room else { return nil }
    let count = min(slot.count, payload.count)
    let start = slot.position % JitterBuffer.room
    self.octets.withUnsafeBufferPointer { octets in
      guard count > 0, let room = octets.baseAddress, let target = payload.baseAddress else { return }
      let first = min(count, JitterBuffer.room - start)
      target.update(from: room + start, count: first)
      (target + first).update(from: room, count: count - first)
    }
    return count
  }

  // MARK: Numbers

  /// Longest payload taken, octets; a longer one is cut.
  static let longest = 2000
  /// Octets in 20 ms.
  static let frame = 160
  /// 200 ms.
  static let most = 1600
  private static let highestTarget = 800
  private static let slotCount = 32
  private static let room = 8192
  /// A step of the timestamp from which on it is a pause (60 ms).
  private static let pause: Int32 = 480
  /// Packets in a row that are made up.
  private static let longestLoss = 5
  private static let ticksOfReview = 50
}
