/// Writes plain values as octets, the same in every process: integers as LEB128, digits as length and symbols.
public struct FactWriter: Sendable {
  public private(set) var octets: [UInt8] = []
  /// Handles and instants are written as these say; nil: as they are.
  var names: ShapeNames?
  public init() {}

  public mutating func put(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      self.octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    self.octets.append(UInt8(truncatingIfNeeded: rest))
  }
  public mutating func put(_ value: UInt8) { self.put(UInt64(value)) }
  public mutating func put(_ value: Bool) { self.put(UInt64(value ? 1 : 0)) }
  public mutating func put(_ instant: Instant) {
    let origin = self.names.map { instant == .never ? .zero : $0.now } ?? .zero
    self.put(UInt64(bitPattern: (instant - origin).nanoseconds))
  }
  public mutating func put(_ digits: Digits) {
    self.put(UInt64(digits.count))
    for index in 0..<digits.count { self.octets.append(digits[index]) }
  }
  public mutating func put(_ text: String) {
    self.put(UInt64(text.utf8.count))
    self.octets.append(contentsOf: text.utf8)
  }
  public mutating func put(_ octets: [UInt8]) { self.octets.append(contentsOf: octets) }
  public mutating func put<Kind>(_ handle: Handle<Kind>) { self.put(self.names?.name(of: handle) ?? handle.raw) }
}

/// Reads what ``FactWriter`` wrote; nil at the first octet that does not fit, so that a damaged fact cannot trap.
public struct FactReader: Sendable {
  private let octets: [UInt8]
  private var position = 0
  public init(_ octets: [UInt8]) { self.octets = octets }

  public var isAtEnd: Bool { self.position >= self.octets.count }

  public mutating func integer() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while self.position < self.octets.count, shift < 64 {
      let octet = self.octets[self.position]
      self.position += 1
      value |= UInt64(octet & 0x7F) << shift
      if octet & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }
  public mutating func octet() -> UInt8? { self.integer().flatMap { UInt8(exactly: $0) } }
  public mutating func boolean() -> Bool? { self.integer().flatMap { $0 > 1 ? nil : $0 == 1 } }
  public mutating func instant() -> Instant? {
    self.integer().map { Instant(nanoseconds: Int64(bitPattern: $0)) }
  }
  public mutating func digits() -> Digits? {
    guard let count = self.integer(), count <= UInt64(Digits.longest), self.position + Int(count) <= self.octets.count else {
      return nil
    }
    var digits = Digits()
    for _ in 0..<count {
      guard digits.append(symbol: self.octets[self.position]) else { return nil }
      self.position += 1
    }
    return digits
  }
  /// At most 256 octets of UTF-8.
  public mutating func text() -> String? {
    guard let count = self.integer(), count <= 256, self.position + Int(count) <= self.octets.count else { return nil }
    defer { self.position += Int(count) }
    return String(validating: self.octets[self.position..<(self.position + Int(count))], as: UTF8.self)
  }
  /// The next octets; nil when there are fewer.
  public mutating func octets(_ count: Int) -> [UInt8]? {
    guard count >= 0, count <= self.octets.count - self.position else { return nil }
    defer { self.position += count }
    return Array(self.octets[self.position..<(self.position + count)])
  }
  /// What has not been read yet.
  public mutating func rest() -> [UInt8] {
    defer { self.position = self.octets.count }
    return Array(self.octets[self.position...])
  }
  public mutating func handle<Kind>(_: Kind.Type) -> Handle<Kind>? { self.integer().map { Handle(raw: $0) } }
}
