/// Finds a slot by a 128-bit key: open addressing with linear probing, no tombstones, at most half full, never walked
/// through, so its order decides nothing.
///
/// The keys' first half is the hash: it must be keyed (`Key128`), or numbers that nobody outside chooses.
struct KeyTable: Sendable {
  private struct Entry: BitwiseCopyable {
    var key: Key128
    var value: UInt32
  }

  private var entries: [Entry]
  private var mask: Int
  private(set) var count = 0

  /// The value that marks an empty entry, and "none" in answers.
  static var none: UInt32 { .max }

  init() {
    self.mask = 1023
    self.entries = Array(repeating: Self.empty, count: 1024)
  }

  private static var empty: Entry { Entry(key: Key128(first: 0, second: 0), value: Self.none) }

  /// The value of the key, or `none`.
  func find(_ key: Key128) -> UInt32 {
    var index = Int(truncatingIfNeeded: key.first) & self.mask
    while true {
      let entry = self.entries[index]
      if entry.value == Self.none || entry.key == key { return entry.value }
      index = (index &+ 1) & self.mask
    }
  }

  /// Sets the value of the key, replacing an earlier one.
  mutating func set(_ key: Key128, _ value: UInt32) {
    if (self.count &+ 1) &* 2 > self.entries.count { self.grow() }
    var index = Int(truncatingIfNeeded: key.first) & self.mask
    while self.entries[index].value != Self.none {
      if self.entries[index].key == key {
        self.entries[index].value = value
        return
      }
      index = (index &+ 1) & self.mask
    }
    self.entries[index] = Entry(key: key, value: value)
    self.count &+= 1
  }

  /// Removes the key if it has this value: one that has been replaced stays.
  mutating func remove(_ key: Key128, _ value: UInt32) {
    var hole = Int(truncatingIfNeeded: key.first) & self.mask
    while self.entries[hole].key != key || self.entries[hole].value == Self.none {
      if self.entries[hole].value == Self.none { return }
      hole = (hole &+ 1) & self.mask
    }
    guard self.entries[hole].value == value else { return }
    self.count &-= 1
    // Move back what would no longer be found behind the hole.
    var index = (hole &+ 1) & self.mask
    while self.entries[index].value != Self.none {
      let home = Int(truncatingIfNeeded: self.entries[index].key.first) & self.mask
      if (index &- home) & self.mask >= (index &- hole) & self.mask {
        self.entries[hole] = self.entries[index]
        hole = index
      }
      index = (index &+ 1) & self.mask
    }
    self.entries[hole].value = Self.none
  }

  /// How many entries a search for the key looks at; for tests of cost.
  func probes(_ key: Key128) -> Int {
    var index = Int(truncatingIfNeeded: key.first) & self.mask
    var count = 1
    while self.entries[index].value != Self.none, self.entries[index].key != key {
      index = (index &+ 1) & self.mask
      count &+= 1
    }
    return count
  }

  private mutating func grow() {
    let old = self.entries
    self.entries = Array(repeating: Self.empty, count: old.count &* 2)
    self.mask = self.entries.count &- 1
    for entry in old where entry.value != Self.none {
      var index = Int(truncatingIfNeeded: entry.key.first) & self.mask
      while self.entries[index].value != Self.none { index = (index &+ 1) & self.mask }
      self.entries[index] = entry
    }
  }
}
