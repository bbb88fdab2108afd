/// A view of octets that answers 0 outside its bounds, so that no scanner in this folder can trap or read beyond.
struct Octets {
  private let base: UnsafePointer<UInt8>?
  let count: Int

  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    self.base = buffer.baseAddress
    self.count = buffer.count
  }

  @inline(__always) subscript(_ index: Int) -> UInt8 {
    // In bounds, count is over zero, so base is not nil.
    UInt(bitPattern: index) < UInt(bitPattern: self.count) ? self.base.unsafelyUnwrapped[index] : 0
  }

  /// Eight octets from `index`, the first in the lowest byte; only where `index + 8 <= count`.
  @inline(__always) func word(_ index: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(self.base.unsafelyUnwrapped + index).loadUnaligned(as: UInt64.self))
  }

  /// The octet at an index that the caller has shown to be in `0..<count`: for loops whose end was clamped before.
  @inline(__always) private func inside(_ index: Int) -> UInt8 { self.base.unsafelyUnwrapped[index] }

  /// The end of a loop that begins at `index`: at most `count`, and `index` itself where that is out of bounds.
  @inline(__always) private func clamped(_ index: Int, _ end: Int) -> Int {
    index < 0 ? index : Swift.min(end, self.count)
  }

  /// The first offset from `index` that holds an octet below 0x20, or `end`. Eight octets a step.
  @inline(__always) func control(from index: Int, to end: Int) -> Int {
    var index = index
    let end = self.clamped(index, end)
    while index &+ 8 <= end {
      let word = self.word(index)
      let below = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
      if below != 0 { return index &+ below.trailingZeroBitCount >> 3 }
      index &+= 8
    }
    while index < end, self.inside(index) >= 0x20 { index &+= 1 }
    return index
  }

  /// How often an octet stands in the range. Eight octets a step.
  func occurrences(of octet: UInt8, _ start: Int, _ end: Int) -> Int {
    var (index, total) = (start, 0)
    let end = self.clamped(start, end)
    let pattern = UInt64(octet) &* 0x0101_0101_0101_0101
    let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
    while index &+ 8 <= end {
      let difference = self.word(index) ^ pattern
      total &+= (~((difference & low) &+ low | difference | low)).nonzeroBitCount
      index &+= 8
    }
    while index < end {
      if self.inside(index) == octet { total &+= 1 }
      index &+= 1
    }
    return total
  }

  /// The first offset from `index` that holds the octet, or `end`.
  @inline(__always) func find(_ octet: UInt8, _ index: Int, _ end: Int) -> Int {
    var index = index
    let end = self.clamped(index, end)
    while index < end, self.inside(index) != octet { index &+= 1 }
    return index
  }

  /// The first offset from `index` that is not a blank or tab, or `end`.
  @inline(__always) func skipBlanks(_ index: Int, _ end: Int) -> Int {
    var index = index
    let end = self.clamped(index, end)
    while index < end, self.inside(index) == 0x20 || self.inside(index) == 0x09 { index &+= 1 }
    return index
  }

  /// The end of the range without trailing blanks and tabs.
  @inline(__always) func trimEnd(_ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start, self[end &- 1] == 0x20 || self[end &- 1] == 0x09 { end &-= 1 }
    return end
  }

  /// The first offset from `index` that is not an octet of the class, or `end`.
  @inline(__always) func skip(_ octets: OctetClass, _ index: Int, _ end: Int) -> Int {
    var index = index
    let end = self.clamped(index, end)
    while index < end, octets.contains(self.inside(index)) { index &+= 1 }
    return index
  }

  /// The end of the token that begins at `index`, and the hash of its letters (`HeaderTable`).
  @inline(__always) func name(_ index: Int, _ end: Int) -> (end: Int, hash: UInt32) {
    var (index, hash) = (index, HeaderName.hashStart)
    let end = self.clamped(index, end)
    while index < end {
      let octet = self.inside(index)
      guard OctetClass.token.contains(octet) else { break }
      hash = HeaderName.hash(hash, octet)
      index &+= 1
    }
    return (index, hash)
  }

  /// The offset behind a quoted string that opens at `index`; nil where it never closes.
  func quotedEnd(_ index: Int, _ end: Int) -> Int? {
    var index = index &+ 1
    while index < end {
      switch self[index] {
      case 0x22: return index &+ 1
      case 0x5c: index &+= 2
      default: index &+= 1
      }
    }
    return nil
  }

  /// A decimal number made of the whole range, leading zeros allowed; nil where empty, not digits, or above `limit`.
  func number(_ start: Int, _ end: Int, limit: UInt64) -> UInt64? {
    guard start < end else { return nil }
    var value: UInt64 = 0
    var index = start
    while index < end {
      let digit = self[index] &- 0x30
      guard digit < 10 else { return nil }
      // The limit is at most 2^32, so ten times it plus nine cannot overflow.
      value = value &* 10 &+ UInt64(digit)
      if value > limit { return nil }
      index &+= 1
    }
    return value
  }

  @inline(__always) func equals(_ slice: Slice, _ text: StaticString) -> Bool {
    guard Int(slice.count) == text.utf8CodeUnitCount else { return false }
    // Literals of this module have a pointer; the offset stays below their count.
    let letters = text.utf8Start
    var offset = 0
    while offset < Int(slice.count) {
      if self[Int(slice.start) &+ offset] != letters[offset] { return false }
      offset &+= 1
    }
    return true
  }

  @inline(__always) func equalsIgnoringCase(_ slice: Slice, _ text: StaticString) -> Bool {
    guard Int(slice.count) == text.utf8CodeUnitCount else { return false }
    let letters = text.utf8Start
    var offset = 0
    while offset < Int(slice.count) {
      if lowercased(self[Int(slice.start) &+ offset]) != lowercased(letters[offset]) { return false }
      offset &+= 1
    }
    return true
  }

  func equals(_ one: Slice, _ other: Slice) -> Bool {
    guard one.count == other.count else { return false }
    for offset in 0..<Int(one.count) where self[Int(one.start) &+ offset] != self[Int(other.start) &+ offset] { return false }
    return true
  }
}

/// An ASCII letter in lower case; every other octet unchanged.
@inline(__always) func lowercased(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

/// The value of a hexadecimal digit, nil for any other octet.
@inline(__always) func hexadecimal(_ octet: UInt8) -> UInt8? {
  switch octet {
  case 0x30...0x39: octet &- 0x30
  case 0x41...0x46: octet &- 0x37
  case 0x61...0x66: octet &- 0x57
  default: nil
  }
}

/// A set of octets as one bit each; a membership test is a shift and a mask.
struct OctetClass {
  private let low: UInt64
  private let high: UInt64
  private let extended: Bool

  private init(low: UInt64, high: UInt64, extended: Bool = false) {
    self.low = low
    self.high = high
    self.extended = extended
  }

  @inline(__always) func contains(_ octet: UInt8) -> Bool {
    if octet < 64 { return self.low &>> UInt64(octet) & 1 != 0 }
    return octet < 128 ? self.high &>> UInt64(octet &- 64) & 1 != 0 : self.extended
  }

  /// `token` of RFC 3261 §25.1.
  @inline(__always) static var token: OctetClass { OctetClass(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe) }
  /// What stands unquoted in a display name: tokens, and the UTF-8 that phones write there.
  @inline(__always) static var word: OctetClass {
    OctetClass(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe, extended: true)
  }
  /// Words and the blanks between them.
  @inline(__always) static var words: OctetClass {
    OctetClass(low: 0x03ff_6ca3_0000_0200, high: 0x47ff_ffff_87ff_fffe, extended: true)
  }
  /// A host name or dotted address (underscores occur in the field).
  @inline(__always) static var host: OctetClass { OctetClass(low: 0x03ff_6000_0000_0000, high: 0x07ff_fffe_87ff_fffe) }
  /// A user part: RFC 3261 `userinfo`, and the raw `#` that telephones send for feature codes. `%` is checked apart.
  @inline(__always) static var user: OctetClass { OctetClass(low: 0xafff_fffa_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
  /// An unquoted parameter value: visible, and nothing that would end it.
  @inline(__always) static var value: OctetClass {
    OctetClass(low: 0x27ff_effa_0000_0000, high: 0x7fff_ffff_ffff_ffff, extended: true)
  }
  /// Visible octets a URI may hold behind its host.
  @inline(__always) static var uriVisible: OctetClass { OctetClass(low: 0xafff_fffa_0000_0000, high: 0x47ff_fffe_afff_ffff) }
  /// IPv6 text between brackets.
  @inline(__always) static var hexDigits: OctetClass { OctetClass(low: 0x07ff_4000_0000_0000, high: 0x0000_007e_0000_007e) }
  /// A URI scheme.
  @inline(__always) static var scheme: OctetClass { OctetClass(low: 0x03ff_6800_0000_0000, high: 0x07ff_fffe_07ff_fffe) }
  /// `word` of RFC 3261 §25.1 and the `@` between two of them.
  @inline(__always) static var callID: OctetClass { OctetClass(low: 0xd7ff_efa6_0000_0000, high: 0x6fff_ffff_bfff_ffff) }
}
