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

/// The header fields of a message in their order. An array, so that handing it on costs a retain and no copying.
struct HeaderIndex: Sendable {
  private var entries: [HeaderEntry] = []

  /// Room for what phones usually send, so that there is one allocation.
  init() { self.entries.reserveCapacity(20) }

  /// How many fields there are.
  var count: Int { self.entries.count }

  /// The entry at an index below `count`.
  @inline(__always) subscript(_ index: Int) -> HeaderEntry { self.entries[index] }

  @inline(__always) mutating func append(_ entry: HeaderEntry) { self.entries.append(entry) }

  /// The index of the first field of this name at or behind `start`; nil where there is none.
  @inline(__always) func first(_ name: HeaderName, from start: Int = 0) -> Int? {
    self.entries.withUnsafeBufferPointer { entries in
      var index = start
      while index < entries.count {
        if entries[index].name == name { return index }
        index &+= 1
      }
      return nil
    }
  }
}
