/// What lives in a `SlotTable`: how an empty place looks.
protocol SlotContent: Sendable {
  /// A place that nobody uses; holds no memory.
  static var vacant: Self { get }
}

/// Elements in numbered places that are used again, each occupation under an identifier of its own: place and generation
/// in 64 bits, never 0.
struct SlotTable<Element: SlotContent>: Sendable {
  private var elements: [Element] = []
  private var generations: [UInt32] = []
  private var free: [UInt32] = []

  /// How many are occupied.
  var count: Int { self.elements.count &- self.free.count }

  /// The element of a place that is in use; `index` comes from `insert` or `index(of:)`.
  subscript(_ index: Int) -> Element {
    @inline(__always) _read { yield self.elements[index] }
    @inline(__always) _modify { yield &self.elements[index] }
  }

  /// Occupies a place.
  mutating func insert(_ element: consuming Element) -> Int {
    if let index = self.free.popLast() {
      self.generations[Int(index)] &+= 1
      self.elements[Int(index)] = element
      return Int(index)
    }
    self.elements.append(element)
    // Odd while occupied, even while free.
    self.generations.append(1)
    return self.elements.count &- 1
  }

  /// Frees a place; its identifier means nothing from now on.
  mutating func remove(_ index: Int) {
    self.generations[index] &+= 1
    self.elements[index] = .vacant
    self.free.append(UInt32(truncatingIfNeeded: index))
  }

  /// The identifier of an occupied place.
  func id(_ index: Int) -> UInt64 {
    UInt64(self.generations[index]) &<< 32 | UInt64(truncatingIfNeeded: index)
  }

  /// The place of an identifier; nil where it means nothing (any more).
  func index(of id: UInt64) -> Int? {
    let index = Int(id & 0xffff_ffff)
    let generation = UInt32(truncatingIfNeeded: id &>> 32)
    guard generation & 1 == 1, index < self.generations.count, self.generations[index] == generation else { return nil }
    return index
  }
}
