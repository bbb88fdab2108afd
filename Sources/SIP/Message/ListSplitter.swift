/// Cuts a comma-separated header value into its elements; commas inside quoted strings and `<…>` do not count, empty
/// elements are passed over (RFC 3261 §7.3.1).
struct ListSplitter {
  private let octets: Octets
  private var index: Int
  private let end: Int

  init(_ octets: Octets, _ list: Slice) {
    self.octets = octets
    self.index = Int(list.start)
    self.end = Swift.min(list.end, octets.count)
  }

  /// The next element without blanks around it; nil at the end.
  mutating func next() -> Slice? {
    while self.index < self.end {
      let start = self.octets.skipBlanks(self.index, self.end)
      var index = start
      var isBracketed = false
      scan: while index < self.end {
        switch self.octets[index] {
        case 0x22: index = (self.octets.quotedEnd(index, self.end) ?? self.end) &- 1
        case 0x3c: isBracketed = true
        case 0x3e: isBracketed = false
        case 0x2c where !isBracketed: break scan
        default: break
        }
        index &+= 1
      }
      let close = self.octets.trimEnd(start, Swift.min(index, self.end))
      self.index = index &+ 1
      if close > start { return Slice(start, close) }
    }
    return nil
  }
}
