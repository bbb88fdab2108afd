public import Kernel

/// Timers by the hundred thousand: a hierarchical timing wheel with ticks of 1 ms (Varghese and Lauck, 1987).
///
/// Arming and cancelling cost the same however many run; nothing is allocated once the number of timers has been seen
/// before. A timer fires at the first whole millisecond at or after its instant, never early; timers of one millisecond fire
/// in the order in which they were armed. A jump over hours costs what fires on the way, not the milliseconds.
///
/// Six wheels of 256 places: a place of wheel n stands for 256ⁿ ms of the block that the present lies in, so that whatever is
/// in a lower wheel is due before whatever is in a higher one.
public struct TimerWheel<Payload: BitwiseCopyable & Sendable>: Sendable {
  /// Names an armed timer; after it fired or was cancelled it names nothing.
  public struct Handle: BitwiseCopyable, Hashable, Sendable {
    var node: UInt32
    var generation: UInt32

    /// No timer.
    public static var none: Handle { Handle(node: 0, generation: 0) }
  }

  private struct Node: BitwiseCopyable {
    var tick: UInt64
    var next: UInt32
    var previous: UInt32
    /// Odd while armed.
    var generation: UInt32
    var payload: Payload
  }

  /// The first `places` nodes are the places' list heads, each in a ring with its timers; then timers, armed or free.
  private var nodes: [Node] = []
  private var free: UInt32 = 0
  private var occupied = InlineArray<24, UInt64>(repeating: 0)
  private var tick: UInt64 = 0
  /// How many are armed.
  public private(set) var count = 0
  /// How often a timer was put into a place: what everything costs, for tests.
  private(set) var moves: UInt64 = 0

  private static var places: UInt32 { 6 * 256 }

  /// An empty wheel. `filler` is any payload.
  public init(filler: Payload) {
    self.nodes.reserveCapacity(Int(Self.places) + 64)
    for place in 0..<Self.places {
      self.nodes.append(Node(tick: 0, next: place, previous: place, generation: 0, payload: filler))
    }
  }

  /// Arms a timer.
  /// - `instant`: when it is due; one that has passed fires with the next `popDue`.
  public mutating func schedule(_ payload: Payload, at instant: Instant) -> Handle {
    var node = self.free
    if node == 0 {
      node = UInt32(truncatingIfNeeded: self.nodes.count)
      self.nodes.append(Node(tick: 0, next: 0, previous: 0, generation: 1, payload: payload))
    } else {
      self.free = self.nodes[Int(node)].next
      self.nodes[Int(node)].generation &+= 1
      self.nodes[Int(node)].payload = payload
    }
    self.nodes[Int(node)].tick = Swift.max(Self.tick(atOrAfter: instant), self.tick)
    self.link(node)
    self.count &+= 1
    return Handle(node: node, generation: self.nodes[Int(node)].generation)
  }

  /// Disarms a timer; nothing where it fired or was cancelled before.
  public mutating func cancel(_ handle: Handle) {
    guard handle.generation & 1 == 1, Int(handle.node) < self.nodes.count,
      self.nodes[Int(handle.node)].generation == handle.generation
    else { return }
    self.unlink(handle.node)
    self.discard(handle.node)
  }

  /// Takes out the earliest timer that is due at `now`, and turns the wheel to its tick; nil when none is left that is due,
  /// the wheel then standing at `now`. Timers armed meanwhile are taken in their turn.
  public mutating func popDue(at now: Instant) -> (payload: Payload, due: Instant)? {
    let limit = Swift.max(Self.tick(atOrBefore: now), self.tick)
    while self.count > 0, let (wheel, place) = self.earliestPlace() {
      let start = self.start(wheel, place)
      guard start <= limit else { break }
      self.tick = start
      let head = UInt32(truncatingIfNeeded: wheel &* 256 &+ place)
      if wheel > 0 {
        self.spread(head)
        continue
      }
      let node = self.nodes[Int(head)].next
      let payload = self.nodes[Int(node)].payload
      self.unlink(node)
      self.discard(node)
      return (payload, Self.instant(start))
    }
    self.tick = limit
    return nil
  }

  /// When to call `popDue` next: never later than the next timer, for one far away somewhat earlier (then nothing fires,
  /// and the answer gets closer). Nil when nothing is armed.
  public var nextDeadline: Instant? {
    self.earliestPlace().map { Self.instant(self.start($0.wheel, $0.place)) }
  }

  // MARK: places

  /// The first tick of a place.
  private func start(_ wheel: Int, _ place: Int) -> UInt64 {
    let shift = UInt64(wheel &* 8)
    return (self.tick &>> (shift &+ 8)) &<< (shift &+ 8) | UInt64(place) &<< shift
  }

  /// The earliest place that holds a timer: places below the present's are empty, so the lowest bit of the lowest wheel.
  private func earliestPlace() -> (wheel: Int, place: Int)? {
    for word in 0..<24 where self.occupied[word] != 0 {
      return (word &>> 2, (word & 3) &* 64 &+ self.occupied[word].trailingZeroBitCount)
    }
    return nil
  }

  /// Puts a node at the end of the place of its tick.
  private mutating func link(_ node: UInt32) {
    let tick = self.nodes[Int(node)].tick
    let wheel = (63 &- ((tick ^ self.tick) | 1).leadingZeroBitCount) &>> 3
    let place = Int(tick &>> UInt64(wheel &* 8)) & 255
    let head = wheel &* 256 &+ place
    let last = self.nodes[head].previous
    self.nodes[Int(node)].next = UInt32(truncatingIfNeeded: head)
    self.nodes[Int(node)].previous = last
    self.nodes[Int(last)].next = node
    self.nodes[head].previous = node
    self.occupied[head &>> 6] |= 1 &<< UInt64(head & 63)
    self.moves &+= 1
  }

  private mutating func unlink(_ node: UInt32) {
    let (next, previous) = (self.nodes[Int(node)].next, self.nodes[Int(node)].previous)
    self.nodes[Int(previous)].next = next
    self.nodes[Int(next)].previous = previous
    // Only a list head has itself on both sides.
    if next == previous, next < Self.places { self.occupied[Int(next &>> 6)] &= ~(1 &<< UInt64(next & 63)) }
  }

  private mutating func discard(_ node: UInt32) {
    self.nodes[Int(node)].generation &+= 1
    self.nodes[Int(node)].next = self.free
    self.free = node
    self.count &-= 1
  }

  /// Moves the timers of a place of a higher wheel, whose time has begun, to lower wheels, in their order.
  private mutating func spread(_ head: UInt32) {
    var node = self.nodes[Int(head)].next
    self.nodes[Int(head)].next = head
    self.nodes[Int(head)].previous = head
    self.occupied[Int(head &>> 6)] &= ~(1 &<< UInt64(head & 63))
    while node != head {
      let next = self.nodes[Int(node)].next
      self.link(node)
      node = next
    }
  }

  // MARK: ticks

  /// What an instant's nanoseconds can hold is below 2⁴⁴ ms, so six wheels are enough.
  private static func tick(atOrAfter instant: Instant) -> UInt64 {
    let nanoseconds = UInt64(Swift.max(instant.nanoseconds, 0))
    return (nanoseconds &+ 999_999) / 1_000_000
  }

  private static func tick(atOrBefore instant: Instant) -> UInt64 {
    UInt64(Swift.max(instant.nanoseconds, 0)) / 1_000_000
  }

  private static func instant(_ tick: UInt64) -> Instant {
    Instant(nanoseconds: Int64(clamping: tick.multipliedReportingOverflow(by: 1_000_000).partialValue))
  }
}
