/// Names an armed timer.
public struct TimerHandle: Hashable, Sendable, BitwiseCopyable {
  @usableFromInline var slot: Int32
  @usableFromInline var generation: UInt32
  @inlinable public static var none: TimerHandle { TimerHandle(slot: -1, generation: 0) }

  @inlinable init(slot: Int32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }
  @inlinable public var isNone: Bool { self.slot < 0 }
}

/// Every timer of the kernel in one table: an indexed binary heap, so that a timer that is cancelled leaves nothing behind.
///
/// Timers that are due at the same instant fire in the order in which they were armed.
public struct TimerTable<Payload: Sendable>: Sendable {
  @usableFromInline struct Entry: Sendable, BitwiseCopyable {
    @usableFromInline var deadline: Instant
    @usableFromInline var order: UInt64
    @usableFromInline var slot: Int32

    @inlinable init(deadline: Instant, order: UInt64, slot: Int32) {
      self.deadline = deadline
      self.order = order
      self.slot = slot
    }
  }
  @usableFromInline struct Slot: Sendable {
    @usableFromInline var generation: UInt32
    /// Position in the heap, -1 when free.
    @usableFromInline var position: Int32
    @usableFromInline var payload: Payload?

    @inlinable init(generation: UInt32, position: Int32, payload: Payload?) {
      self.generation = generation
      self.position = position
      self.payload = payload
    }
  }
  @usableFromInline var heap: [Entry] = []
  @usableFromInline var slots: [Slot] = []
  @usableFromInline var free: [Int32] = []
  @usableFromInline var armed: UInt64 = 0

  @inlinable public init() {}

  @inlinable public var count: Int { self.heap.count }
  @inlinable public var nextDeadline: Instant? { self.heap.first?.deadline }
  /// What the next deadline is for, so that an odd wake-up explains itself.
  @inlinable public var next: Payload? { self.heap.first.flatMap { self.slots[Int($0.slot)].payload } }

  @inlinable public mutating func arm(_ payload: Payload, at deadline: Instant) -> TimerHandle {
    let slot: Int32
    if let reused = self.free.popLast() {
      slot = reused
    } else {
      slot = Int32(truncatingIfNeeded: self.slots.count)
      self.slots.append(Slot(generation: 1, position: -1, payload: nil))
    }
    self.slots[Int(slot)].payload = payload
    self.armed &+= 1
    self.heap.append(Entry(deadline: deadline, order: self.armed, slot: slot))
    self.slots[Int(slot)].position = Int32(truncatingIfNeeded: self.heap.count - 1)
    self.siftUp(self.heap.count - 1)
    return TimerHandle(slot: slot, generation: self.slots[Int(slot)].generation)
  }

  /// False when it has fired or been cancelled before.
  @discardableResult @inlinable
  public mutating func cancel(_ handle: TimerHandle) -> Bool {
    guard let position = self.position(handle) else { return false }
    self.remove(at: position)
    return true
  }

  @inlinable public func deadline(of handle: TimerHandle) -> Instant? {
    self.position(handle).map { self.heap[$0].deadline }
  }

  /// Takes the earliest timer that is due at `now`.
  @inlinable public mutating func popDue(at now: Instant) -> Payload? {
    guard let first = self.heap.first, first.deadline <= now else { return nil }
    let payload = self.slots[Int(first.slot)].payload
    self.remove(at: 0)
    return payload
  }

  @inlinable func position(_ handle: TimerHandle) -> Int? {
    guard handle.slot >= 0, Int(handle.slot) < self.slots.count else { return nil }
    let slot = self.slots[Int(handle.slot)]
    return slot.generation == handle.generation && slot.position >= 0 ? Int(slot.position) : nil
  }

  @inlinable mutating func remove(at position: Int) {
    let slot = Int(self.heap[position].slot)
    self.slots[slot].position = -1
    self.slots[slot].payload = nil
    self.slots[slot].generation &+= 1
    self.free.append(Int32(truncatingIfNeeded: slot))
    let last = self.heap.removeLast()
    guard position < self.heap.count else { return }
    self.place(last, at: position)
    self.siftUp(position)
    self.siftDown(position)
  }

  @inlinable mutating func place(_ entry: Entry, at position: Int) {
    self.heap[position] = entry
    self.slots[Int(entry.slot)].position = Int32(truncatingIfNeeded: position)
  }

  @inlinable func isBefore(_ a: Entry, _ b: Entry) -> Bool {
    a.deadline == b.deadline ? a.order < b.order : a.deadline < b.deadline
  }

  @inlinable mutating func siftUp(_ start: Int) {
    var position = start
    while position > 0 {
      let parent = (position - 1) / 2
      guard self.isBefore(self.heap[position], self.heap[parent]) else { return }
      let moved = self.heap[position]
      self.place(self.heap[parent], at: position)
      self.place(moved, at: parent)
      position = parent
    }
  }

  @inlinable mutating func siftDown(_ start: Int) {
    var position = start
    while true {
      let left = 2 * position + 1
      guard left < self.heap.count else { return }
      let right = left + 1
      let smaller = right < self.heap.count && self.isBefore(self.heap[right], self.heap[left]) ? right : left
      guard self.isBefore(self.heap[smaller], self.heap[position]) else { return }
      let moved = self.heap[position]
      self.place(self.heap[smaller], at: position)
      self.place(moved, at: smaller)
      position = smaller
    }
  }
}
