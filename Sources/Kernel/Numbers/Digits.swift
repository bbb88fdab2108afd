/// What can be dialled, packed: up to 32 of `0-9 * # + A B C`, four bits each, in 17 octets without allocation.
///
/// A value in hand is valid: anything else (letters, NUL, Unicode digits, 33 digits) does not parse (RELIABILITY 40).
public struct Digits: Hashable, Sendable, BitwiseCopyable {
  /// The longest string of digits the exchange handles.
  public static let longest = 32
  static let alphabet: StaticString = "0123456789*#+ABC"

  private var high: UInt64 = 0
  private var low: UInt64 = 0
  private var length: UInt8 = 0

  public init() {}

  /// Parses ASCII octets; nil if one is no dial symbol or there are more than ``longest``.
  public init?(ascii: some Sequence<UInt8>) {
    for octet in ascii {
      guard let symbol = Self.symbol(octet), self.append(symbol: symbol) else { return nil }
    }
  }

  /// As ``init(ascii:)``, up to a NUL or the end: for memory, and compiled for that alone, as hosts in C say numbers with every event.
  package init?(untilNUL octets: UnsafeRawBufferPointer) {
    for octet in octets {
      if octet == 0 { return }
      guard let symbol = Self.symbol(octet), self.append(symbol: symbol) else { return nil }
    }
  }

  public init?(_ text: some StringProtocol) {
    self.init(ascii: text.utf8)
  }

  public var count: Int { Int(self.length) }
  public var isEmpty: Bool { self.length == 0 }

  /// The symbol at `index` as 0…15: digits are themselves, then `*`, `#`, `+`, `A`, `B`, `C`. Out of range reads as 0.
  public subscript(index: Int) -> UInt8 {
    guard index >= 0, index < self.count else { return 0 }
    let word = index < 16 ? self.high : self.low
    return UInt8(truncatingIfNeeded: word >> UInt64(60 &- 4 &* (index & 15))) & 0xF
  }

  /// Adds one symbol (0…15); false, and nothing changed, when full.
  @discardableResult
  public mutating func append(symbol: UInt8) -> Bool {
    guard self.count < Self.longest, symbol < 16 else { return false }
    let shifted = UInt64(symbol) << UInt64(60 &- 4 &* (self.count & 15))
    if self.count < 16 { self.high |= shifted } else { self.low |= shifted }
    self.length &+= 1
    return true
  }

  /// The first `count` symbols, or all when there are fewer.
  public func prefix(_ count: Int) -> Digits {
    var result = Digits()
    for index in 0..<Swift.max(0, Swift.min(count, self.count)) { result.append(symbol: self[index]) }
    return result
  }

  public func dropFirst(_ count: Int) -> Digits {
    var result = Digits()
    guard count < self.count else { return result }
    for index in Swift.max(0, count)..<self.count { result.append(symbol: self[index]) }
    return result
  }

  public func hasPrefix(_ other: Digits) -> Bool {
    other.count <= self.count && self.prefix(other.count) == other
  }

  /// Both in a row; nil when that is longer than ``longest``.
  public func appending(_ other: Digits) -> Digits? {
    guard self.count + other.count <= Self.longest else { return nil }
    var result = self
    for index in 0..<other.count { result.append(symbol: other[index]) }
    return result
  }

  /// The ASCII octet of the symbol at `index`.
  public func ascii(_ index: Int) -> UInt8 { Self.octet(self[index]) }

  public func append(to octets: inout [UInt8]) {
    for index in 0..<self.count { octets.append(Self.octet(self[index])) }
  }

  /// Whether only `0-9` occur: what a station number is made of.
  public var isNumeric: Bool {
    for index in 0..<self.count where self[index] > 9 { return false }
    return true
  }

  static func symbol(_ octet: UInt8) -> UInt8? {
    switch octet {
    case 0x30...0x39: octet &- 0x30
    case 0x2A: 10
    case 0x23: 11
    case 0x2B: 12
    case 0x41...0x43: octet &- 0x41 &+ 13
    case 0x61...0x63: octet &- 0x61 &+ 13
    default: nil
    }
  }

  static func octet(_ symbol: UInt8) -> UInt8 {
    self.alphabet.withUTF8Buffer { $0[Int(symbol & 0xF)] }
  }
}

extension Digits: CustomStringConvertible {
  public var description: String {
    String(unsafeUninitializedCapacity: Self.longest) { buffer in
      for index in 0..<self.count { buffer[index] = self.ascii(index) }
      return self.count
    }
  }
}

extension Digits: Comparable {
  /// Dictionary order, so that `10` stands before `101` and that before `11`.
  public static func < (a: Digits, b: Digits) -> Bool {
    if a.high != b.high { return a.high < b.high }
    if a.low != b.low { return a.low < b.low }
    return a.length < b.length
  }
}

extension Digits: ExpressibleByStringLiteral {
  /// For literals in source only: text that does not parse is a programming error and gives the empty string.
  public init(stringLiteral text: String) {
    self = Digits(text) ?? Digits()
  }
}

/// The number of a station: the user part of its address of record (REG-2, *Tel Number*). One to 24 of `0-9`.
public struct StationNumber: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  public let digits: Digits

  /// Nil unless it is one to 24 decimal digits.
  public init?(_ digits: Digits) {
    guard !digits.isEmpty, digits.count <= 24, digits.isNumeric else { return nil }
    self.digits = digits
  }

  public init?(_ text: some StringProtocol) {
    guard let digits = Digits(text) else { return nil }
    self.init(digits)
  }

  public var description: String { self.digits.description }
}
