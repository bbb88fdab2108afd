// Reading addresses out of text that strangers wrote: strict where two readings are possible (no octal, no
// short forms of IPv4), tolerant only where RFC 5118 asks for it.
extension IPAddress {
  /// Reads a whole text: strictly dotted decimal IPv4, or IPv6 with or without brackets; nil for anything else,
  /// names, zones (`%eth0`) and leading zeros (`010.1.1.1`) included. `:::` is read as `::` (RFC 5118 §4.10).
  public init?(parsing text: some Collection<UInt8>) {
    let parsed = text.withContiguousStorageIfAvailable { Self.parse($0) }
    guard let address = parsed ?? Self.parse(copying: text) else { return nil }
    self = address
  }

  /// Reads a whole text as `init(parsing:)` of its octets does.
  public init?(_ text: some StringProtocol) {
    self.init(parsing: text.utf8)
  }

  private static func parse(copying text: some Collection<UInt8>) -> IPAddress? {
    if text.count > 64 { return nil }
    return Array(text).withUnsafeBufferPointer { Self.parse($0) }
  }

  private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> IPAddress? {
    var text = text[...]
    if text.count > 64 { return nil }
    if text.first == 0x5b {
      guard text.count > 2, text.last == 0x5d else { return nil }
      text = text.dropFirst().dropLast()
      return Self.parseV6(text)
    }
    return text.contains(0x3a) ? Self.parseV6(text) : Self.parseV4(text).map { IPAddress(v4: $0) }
  }

  private static func parseV4(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
    var number: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dots = 0
    for character in text {
      if character == 0x2e {
        if digits == 0 || dots == 3 { return nil }
        number = number << 8 | octet
        (octet, digits, dots) = (0, 0, dots + 1)
        continue
      }
      guard character &- 0x30 < 10, digits < 3 else { return nil }
      if digits > 0, octet == 0 { return nil }
      octet = octet * 10 + UInt32(character &- 0x30)
      digits += 1
      if octet > 255 { return nil }
    }
    return dots == 3 && digits > 0 ? number << 8 | octet : nil
  }

  private static func parseV6(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> IPAddress? {
    var groups = InlineArray<8, UInt64>(repeating: 0)
    var count = 0
    var gap = -1
    var rest = text
    if rest.starts(with: [0x3a, 0x3a]) {
      rest = rest.dropFirst(rest.starts(with: [0x3a, 0x3a, 0x3a]) ? 3 : 2)
      gap = 0
    }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x3a) ?? rest.endIndex
      let group = rest[rest.startIndex..<end]
      if end == rest.endIndex, group.contains(0x2e) {
        guard count <= 6, let number = Self.parseV4(group) else { return nil }
        groups[count] = UInt64(number >> 16)
        groups[count + 1] = UInt64(number & 0xffff)
        count += 2
        break
      }
      guard count < 8, let value = Self.parseGroup(group) else { return nil }
      groups[count] = value
      count += 1
      rest = rest[end...]
      if rest.isEmpty { break }
      rest = rest.dropFirst()
      if rest.isEmpty { return nil }
      guard rest.first == 0x3a else { continue }
      if gap >= 0 { return nil }
      gap = count
      rest = rest.dropFirst(rest.starts(with: [0x3a, 0x3a]) ? 2 : 1)
    }
    if gap < 0, count != 8 { return nil }
    if gap >= 0 {
      if count > 7 { return nil }
      let moved = count - gap
      for index in stride(from: moved - 1, through: 0, by: -1) {
        groups[8 - moved + index] = groups[gap + index]
        if 8 - moved + index != gap + index { groups[gap + index] = 0 }
      }
    }
    return IPAddress(
      high: groups[0] << 48 | groups[1] << 32 | groups[2] << 16 | groups[3],
      low: groups[4] << 48 | groups[5] << 32 | groups[6] << 16 | groups[7])
  }

  private static func parseGroup(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    guard !text.isEmpty, text.count <= 4 else { return nil }
    var value: UInt64 = 0
    for character in text {
      let digit: UInt8
      switch character {
      case 0x30...0x39: digit = character - 0x30
      case 0x41...0x46: digit = character - 0x37
      case 0x61...0x66: digit = character - 0x57
      default: return nil
      }
      value = value << 4 | UInt64(digit)
    }
    return value
  }
}
