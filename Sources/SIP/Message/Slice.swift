/// A range of a message's octets: eight plain bytes, so that passing one costs no retain.
///
/// A slice means something only together with the octets it was made from (`SIPMessage.bytes`); used with others, it is
/// clamped to them and never traps.
public struct Slice: BitwiseCopyable, Hashable, Sendable {
  /// Where it begins, in octets from the start of the message.
  public let start: UInt32
  /// How many octets it has.
  public let count: UInt32

  /// The range of octets; limits that are out of order make an empty slice.
  public init(_ start: Int, _ end: Int) {
    self.start = UInt32(clamping: start)
    self.count = UInt32(clamping: end &- start)
  }

  /// An empty slice at the start.
  public static let empty = Slice(0, 0)

  /// Whether it has no octets.
  public var isEmpty: Bool { self.count == 0 }
  /// The first offset behind it.
  public var end: Int { Int(self.start) + Int(self.count) }
  /// The offsets as a range of `Int`.
  public var range: Range<Int> { Int(self.start)..<self.end }

  /// A copy of the octets.
  public func array(in bytes: [UInt8]) -> [UInt8] {
    Array(bytes[self.range.clamped(to: 0..<bytes.count)])
  }

  /// The octets as text; what is not UTF-8 becomes U+FFFD. For logs and the database, not for the hot path.
  public func string(in bytes: [UInt8]) -> String {
    String(decoding: bytes[self.range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// Calls `body` with the octets in place.
  public func withBytes<R>(in bytes: [UInt8], _ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withUnsafeBytes { all in body(UnsafeRawBufferPointer(rebasing: all[self.range.clamped(to: 0..<all.count)])) }
  }

  /// Whether the octets equal the text, letter case included.
  public func equals(_ text: StaticString, in bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { Octets($0).equals(self, text) }
  }

  /// Whether the octets equal the text but for ASCII letter case (RFC 3261 §7.3.1).
  public func equalsIgnoringCase(_ text: StaticString, in bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { Octets($0).equalsIgnoringCase(self, text) }
  }

  /// Whether the octets equal other octets, letter case included.
  public func equals(_ other: [UInt8], in bytes: [UInt8]) -> Bool {
    self.count == other.count && bytes[self.range.clamped(to: 0..<bytes.count)].elementsEqual(other)
  }
}
