internal import CStrowger
internal import Kernel
internal import Synchronization
internal import ModuleBridge

/// The exchanges of this process. A handle is a place and a generation, never an address: one that was destroyed is known as such,
/// and the one atomic word of a place also tells when two threads are in an exchange at once.
enum Exchanges {
  /// What the word of a place says in its two lowest bits; above them stands the generation.
  private enum Occupation: UInt64 { case free, idle, busy }

  private static let count = Int(STROWGER_EXCHANGES)

  /// Memory that is never given back and not touched before it is used. A place's exchange belongs to whoever has made its word busy,
  /// so that no ownership check is needed at each access.
  nonisolated(unsafe) private static let places = UnsafeMutablePointer<HostedExchange>.allocate(capacity: count)
  nonisolated(unsafe) private static let words: UnsafeMutablePointer<Atomic<UInt64>> = {
    let words = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: count)
    for place in 0..<count { (words + place).initialize(to: Atomic(1 << 2)) }
    return words
  }()

  static func add(_ exchange: HostedExchange) throws(Refusal) -> OpaquePointer {
    for place in 0..<self.count {
      let word = self.words[place].load(ordering: .relaxed)
      guard self.occupation(word) == .free, self.change(place, from: word, to: .busy) else { continue }
      (self.places + place).initialize(to: exchange)
      self.words[place].store(self.with(.idle, word), ordering: .releasing)
      guard let handle = OpaquePointer(bitPattern: UInt(truncatingIfNeeded: word >> 2) << 16 | UInt(place + 1)) else { break }
      return handle
    }
    throw .tooMany
  }

  static func remove(_ handle: OpaquePointer?) throws(Refusal) {
    let (place, idle) = try self.enter(handle)
    (self.places + place).deinitialize(count: 1)
    // Generations are 44 bits in a handle: the word starts anew with the first when they are used up.
    let generation = ((idle >> 2) + 1) & (1 << 44 - 1)
    self.words[place].store(max(generation, 1) << 2, ordering: .releasing)
  }

  /// Lets `body` work on an exchange while nobody else does.
  @inline(__always)
  static func with(
    _ handle: OpaquePointer?, _ body: (inout HostedExchange) throws(Refusal) -> Int32
  ) throws(Refusal) -> Int32 {
    let (place, idle) = try self.enter(handle)
    defer { self.words[place].store(idle, ordering: .releasing) }
    return try body(&self.places[place])
  }

  private static func enter(_ handle: OpaquePointer?) throws(Refusal) -> (place: Int, idle: UInt64) {
    guard let handle else { throw .null }
    let bits = UInt(bitPattern: handle)
    let place = Int(bits & 0xFFFF) - 1
    guard place >= 0, place < self.count else { throw .unknownExchange }
    let idle = UInt64(bits >> 16) << 2 | Occupation.idle.rawValue
    if self.change(place, from: idle, to: .busy) { return (place, idle) }
    // Busy with this generation: somebody else is in it. Anything else: another exchange, or none.
    throw self.words[place].load(ordering: .relaxed) == self.with(.busy, idle) ? .busy : .unknownExchange
  }

  private static func change(_ place: Int, from word: UInt64, to occupation: Occupation) -> Bool {
    self.words[place].compareExchange(
      expected: word, desired: self.with(occupation, word), successOrdering: .acquiring, failureOrdering: .relaxed
    ).exchanged
  }

  private static func with(_ occupation: Occupation, _ word: UInt64) -> UInt64 { word & ~3 | occupation.rawValue }
  private static func occupation(_ word: UInt64) -> Occupation? { Occupation(rawValue: word & 3) }
}
