/// Even ports of a range, given out in an order that begins anywhere; one given back comes last, so that late packets of the call
/// before do not meet the next (MED-2).
struct PortPool {
  private let first: Int
  private var waiting: [UInt16] = []
  private var head = 0
  private var isTaken: [Bool]

  /// - Parameter start: any number; where in the range the first port lies.
  init(_ range: ClosedRange<UInt16>, start: UInt64) {
    let first = Int(range.lowerBound) + Int(range.lowerBound & 1)
    let count = max(0, (Int(range.upperBound) - first + 1) / 2)
    self.first = max(first, 2)
    self.isTaken = Array(repeating: false, count: count)
    self.waiting.reserveCapacity(count)
    for index in 0..<count {
      let pair = (index + Int(truncatingIfNeeded: start % UInt64(max(count, 1)))) % count
      self.waiting.append(UInt16(truncatingIfNeeded: self.first + pair * 2))
    }
  }

  /// Pairs of the range.
  var count: Int { self.isTaken.count }

  /// The next free pair's even port; nil when none is left.
  mutating func take() -> UInt16? {
    while self.head < self.waiting.count {
      let port = self.waiting[self.head]
      self.head += 1
      // One that was asked for by number still stands in the queue.
      if let index = self.index(port), !self.isTaken[index] {
        self.isTaken[index] = true
        return port
      }
    }
    return nil
  }

  /// Exactly this pair; false where it is taken or no even port of the range.
  mutating func take(_ port: UInt16) -> Bool {
    guard let index = self.index(port), !self.isTaken[index] else { return false }
    self.isTaken[index] = true
    return true
  }

  /// Gives a pair back.
  mutating func give(_ port: UInt16) {
    guard let index = self.index(port), self.isTaken[index] else { return }
    self.isTaken[index] = false
    if self.head > 0, self.waiting.count >= self.count {
      // The queue's used front becomes room again at once, not one at a time.
      self.waiting.removeFirst(self.head)
      self.head = 0
    }
    self.waiting.append(port)
  }

  private func index(_ port: UInt16) -> Int? {
    let distance = Int(port) - self.first
    guard distance >= 0, distance & 1 == 0, distance / 2 < self.isTaken.count else { return nil }
    return distance / 2
  }
}
