/// Where one header field stands in a message: eight bytes, since all fields lie in the first 16 KiB.
struct HeaderEntry: BitwiseCopyable, Sendable {
  let nameStart: UInt16
  let valueStart: UInt16
  let valueEnd: UInt16
  let nameCount: UInt8
  let name: HeaderName

  var value: Slice { Slice(Int(self.valueStart), Int(self.valueEnd)) }
  var nameSlice: Slice { Slice(Int(self.nameStart), Int(self.nameStart) + Int(self.nameCount)) }
}

/// The header fields of a message in their order. The first 32 need no allocation; more are rare.
struct HeaderIndex: Sendable {
  private var inline = InlineArray<32, HeaderEntry>(
    repeating: HeaderEntry(nameStart: 0, valueStart: 0, valueEnd: 0, nameCount: 0, name: .other))
  private var overflow: [HeaderEntry] = []
  private(set) var count = 0

  /// The entry at an index below `count`.
  @inline(__always) subscript(_ index: Int) -> HeaderEntry {
    index < 32 ? self.inline[index] : self.overflow[index &- 32]
  }

  @inline(__always) mutating func append(_ entry: HeaderEntry) {
    if self.count < 32 { self.inline[self.count] = entry } else { self.overflow.append(entry) }
    self.count &+= 1
  }

  /// The index of the first field of this name at or behind `start`; nil where there is none.
  @inline(__always) func first(_ name: HeaderName, from start: Int = 0) -> Int? {
    var index = start
    while index < self.count {
      if self[index].name == name { return index }
      index &+= 1
    }
    return nil
  }
}
