/// A value of the notation in which rtpengine is spoken to: numbers, octets, lists and dictionaries.
///
/// Made from octets that anybody may have sent: depth and lengths are believed in nothing, and what is no whole value is nil.
indirect enum Bencode: Equatable, Sendable {
  case number(Int64)
  case octets([UInt8])
  case list([Bencode])
  /// In the order in which they stand; the first of two equal keys counts.
  case dictionary([(key: [UInt8], value: Bencode)])

  static func text(_ text: String) -> Bencode { .octets([UInt8](text.utf8)) }
  static func words(_ words: [String]) -> Bencode { .list(words.map(Bencode.text)) }
  static func entries(_ entries: [(String, Bencode)]) -> Bencode { .dictionary(entries.map { ([UInt8]($0.0.utf8), $0.1) }) }

  /// The value under a key of a dictionary.
  subscript(key: String) -> Bencode? {
    guard case .dictionary(let entries) = self else { return nil }
    return entries.first { $0.key.elementsEqual(key.utf8) }?.value
  }

  /// What stands in `octets`; nil for anything else.
  var string: [UInt8]? { if case .octets(let octets) = self { octets } else { nil } }

  static func == (one: Bencode, other: Bencode) -> Bool {
    switch (one, other) {
    case (.number(let a), .number(let b)): a == b
    case (.octets(let a), .octets(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.dictionary(let a), .dictionary(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    case (.number, _), (.octets, _), (.list, _), (.dictionary, _): false
    }
  }

  // MARK: Writing

  func append(to out: inout [UInt8]) {
    switch self {
    case .number(let number): out += "i\(number)e".utf8
    case .octets(let octets): Self.append(octets, to: &out)
    case .list(let list):
      out.append(Letter.list)
      for value in list { value.append(to: &out) }
      out.append(Letter.end)
    case .dictionary(let entries):
      out.append(Letter.dictionary)
      for (key, value) in entries {
        Self.append(key, to: &out)
        value.append(to: &out)
      }
      out.append(Letter.end)
    }
  }

  private static func append(_ octets: [UInt8], to out: inout [UInt8]) {
    out += "\(octets.count):".utf8
    out += octets
  }

  // MARK: Reading

  /// The value that fills the octets from first to last; nil where they are none, or nested deeper than any reply is.
  init?(parsing octets: ArraySlice<UInt8>) {
    var rest = octets
    guard let value = Self.take(&rest, depth: 0), rest.isEmpty else { return nil }
    self = value
  }

  private static let deepest = 16

  private static func take(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Bencode? {
    guard depth < self.deepest, let first = rest.first else { return nil }
    switch first {
    case Letter.number:
      rest.removeFirst()
      return self.number(&rest, until: Letter.end).map(Bencode.number)
    case Letter.list:
      rest.removeFirst()
      var list: [Bencode] = []
      while let next = rest.first, next != Letter.end {
        guard let value = self.take(&rest, depth: depth + 1) else { return nil }
        list.append(value)
      }
      return rest.popFirst() == nil ? nil : .list(list)
    case Letter.dictionary:
      rest.removeFirst()
      var entries: [(key: [UInt8], value: Bencode)] = []
      while let next = rest.first, next != Letter.end {
        guard let key = self.string(&rest), let value = self.take(&rest, depth: depth + 1) else { return nil }
        entries.append((key, value))
      }
      return rest.popFirst() == nil ? nil : .dictionary(entries)
    default: return self.string(&rest).map(Bencode.octets)
    }
  }

  private static func string(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let length = self.number(&rest, until: Letter.colon), length >= 0, length <= rest.count else { return nil }
    let octets = [UInt8](rest.prefix(Int(length)))
    rest = rest.dropFirst(Int(length))
    return octets
  }

  private static func number(_ rest: inout ArraySlice<UInt8>, until end: UInt8) -> Int64? {
    // No number is longer than 20 characters: strangers' digits are not looked through for an end.
    guard let index = rest.prefix(21).firstIndex(of: end) else { return nil }
    let text = rest[rest.startIndex..<index]
    guard text.first != 0x2b, let number = Int64(String(decoding: text, as: UTF8.self)) else { return nil }
    rest = rest[(index + 1)...]
    return number
  }

  private enum Letter {
    static let number = UInt8(ascii: "i")
    static let list = UInt8(ascii: "l")
    static let dictionary = UInt8(ascii: "d")
    static let end = UInt8(ascii: "e")
    static let colon = UInt8(ascii: ":")
  }
}
