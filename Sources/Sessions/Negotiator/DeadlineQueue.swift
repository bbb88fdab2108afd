internal import Kernel

/// Deadlines in order, the earliest first. An entry counts only while its session still waits for that very time.
struct DeadlineQueue: Sendable {
  struct Entry: Sendable {
    var time: Instant
    var leg: LegID
  }
  private var heap: [Entry] = []

  var first: Entry? { self.heap.first }

  mutating func insert(_ entry: Entry) {
    self.heap.append(entry)
    var child = self.heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if !Self.precedes(self.heap[child], self.heap[parent]) { return }
      self.heap.swapAt(child, parent)
      child = parent
    }
  }

  @discardableResult
  mutating func removeFirst() -> Entry? {
    guard let first = self.heap.first, let last = self.heap.popLast() else { return nil }
    if self.heap.isEmpty { return first }
    self.heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= self.heap.count { return first }
      if child + 1 < self.heap.count, Self.precedes(self.heap[child + 1], self.heap[child]) { child += 1 }
      if !Self.precedes(self.heap[child], self.heap[parent]) { return first }
      self.heap.swapAt(child, parent)
      parent = child
    }
  }

  /// Equal times in the order of legs, so that every process fires alike.
  private static func precedes(_ a: Entry, _ b: Entry) -> Bool {
    a.time != b.time ? a.time < b.time : a.leg.index < b.leg.index
  }
}

/// The generator that back-off times, ids and idle keys come from (SplitMix64); a seed replays a run.
struct SplitMix: Sendable {
  private var state: UInt64
  init(seed: UInt64) { self.state = seed }

  mutating func next() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var z = self.state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 0 up to but not including `bound`, which is small; the bias is of no account.
  mutating func below(_ bound: UInt64) -> Int64 { Int64(truncatingIfNeeded: self.next() % max(bound, 1)) }
}
