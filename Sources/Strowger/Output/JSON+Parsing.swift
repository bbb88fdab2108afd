extension JSON {
  /// Reads one document (RFC 8259); nil for anything else, for more than 64 levels and for numbers that do not fit.
  init?(parsing octets: some Collection<UInt8>) {
    var parser = JSONParser(octets: Array(octets))
    guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
    self = value
  }
}

private struct JSONParser {
  let octets: [UInt8]
  var position = 0

  init(octets: [UInt8]) { self.octets = octets }

  var isAtEnd: Bool {
    mutating get {
      self.skipSpace()
      return self.position == self.octets.count
    }
  }

  private var next: UInt8? { self.position < self.octets.count ? self.octets[self.position] : nil }

  private mutating func skipSpace() {
    while let octet = self.next, [0x20, 0x09, 0x0A, 0x0D].contains(octet) { self.position += 1 }
  }

  private mutating func take(_ octet: UInt8) -> Bool {
    self.skipSpace()
    guard self.next == octet else { return false }
    self.position += 1
    return true
  }

  private mutating func take(word: StaticString) -> Bool {
    let letters = word.withUTF8Buffer { Array($0) }
    guard self.octets[self.position...].starts(with: letters) else { return false }
    self.position += letters.count
    return true
  }

  mutating func value(depth: Int) -> JSON? {
    guard depth < 64 else { return nil }
    self.skipSpace()
    switch self.next {
    case UInt8(ascii: "{"): return self.object(depth: depth)
    case UInt8(ascii: "["): return self.array(depth: depth)
    case UInt8(ascii: "\""): return self.string().map(JSON.string)
    case UInt8(ascii: "t"): return self.take(word: "true") ? .boolean(true) : nil
    case UInt8(ascii: "f"): return self.take(word: "false") ? .boolean(false) : nil
    case UInt8(ascii: "n"): return self.take(word: "null") ? JSON.null : nil
    default: return self.number()
    }
  }

  private mutating func object(depth: Int) -> JSON? {
    guard self.take(UInt8(ascii: "{")) else { return nil }
    var members: [JSON.Member] = []
    if self.take(UInt8(ascii: "}")) { return .object([]) }
    repeat {
      self.skipSpace()
      guard let name = self.string(), self.take(UInt8(ascii: ":")), let value = self.value(depth: depth + 1) else { return nil }
      members.append(JSON.Member(name: name, value: value))
    } while self.take(UInt8(ascii: ","))
    return self.take(UInt8(ascii: "}")) ? .object(members) : nil
  }

  private mutating func array(depth: Int) -> JSON? {
    guard self.take(UInt8(ascii: "[")) else { return nil }
    var elements: [JSON] = []
    if self.take(UInt8(ascii: "]")) { return .array([]) }
    repeat {
      guard let value = self.value(depth: depth + 1) else { return nil }
      elements.append(value)
    } while self.take(UInt8(ascii: ","))
    return self.take(UInt8(ascii: "]")) ? .array(elements) : nil
  }

  private mutating func number() -> JSON? {
    let start = self.position
    while let octet = self.next, 0x30...0x39 ~= octet || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(octet) { self.position += 1 }
    let text = String(decoding: self.octets[start..<self.position], as: UTF8.self)
    return Int64(text).map(JSON.integer) ?? Double(text).map(JSON.decimal)
  }

  private mutating func string() -> String? {
    guard self.next == UInt8(ascii: "\"") else { return nil }
    self.position += 1
    var text: [UInt8] = []
    while let octet = self.next {
      self.position += 1
      switch octet {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = self.escaped() else { return nil }
        text.append(contentsOf: String(scalar).utf8)
      case 0..<0x20: return nil
      default: text.append(octet)
      }
    }
    return nil
  }

  private mutating func escaped() -> Unicode.Scalar? {
    guard let octet = self.next else { return nil }
    self.position += 1
    switch octet {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(octet)
    case UInt8(ascii: "u"):
      guard let first = self.unit() else { return nil }
      guard 0xD800...0xDBFF ~= first else { return Unicode.Scalar(first) }
      guard self.take(word: "\\u"), let second = self.unit(), 0xDC00...0xDFFF ~= second else { return nil }
      return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    default: return nil
    }
  }

  private mutating func unit() -> UInt32? {
    guard self.position + 4 <= self.octets.count else { return nil }
    let digits = String(decoding: self.octets[self.position..<self.position + 4], as: UTF8.self)
    guard digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }), let value = UInt32(digits, radix: 16) else { return nil }
    self.position += 4
    return value
  }
}
