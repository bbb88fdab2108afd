/// One address of From, To, Contact, Refer-To, Route …: display name, URI and the field's own parameters.
///
/// Without `<>` the parameters belong to the field, not to the URI, and `?` or a comma is a fault (RFC 3261 §20.10).
public struct NameAddress: BitwiseCopyable, Sendable {
  /// All of it, from the display name to the last parameter.
  public let whole: Slice
  /// The display name as written, without quotation marks; escapes are still in it if `isQuoted`.
  public let display: Slice
  /// The display name stood in quotation marks.
  public let isQuoted: Bool
  /// The URI.
  public let uri: SIPURI
  /// The field's parameters, with the leading semicolon.
  public let parameters: Slice
  /// The `tag` parameter of From and To; nil where there is none (RFC 2543 callers).
  public let tag: Slice?

  /// No address: what stands in the place of one that could not be read.
  static let none = NameAddress(whole: .empty, display: .empty, isQuoted: false, uri: .none, parameters: .empty, tag: nil)

  /// Whether a field with one address could be read at all; false only in messages that `parse` rejected.
  public var isPresent: Bool { !self.whole.isEmpty }

  /// Reads one address that fills the slice; nil where malformed or where a second one follows.
  public static func parse(_ slice: Slice, in bytes: [UInt8]) -> NameAddress? {
    bytes.withUnsafeBufferPointer { buffer in
      let end = Swift.min(slice.end, buffer.count)
      guard let (address, next) = Self.scan(Octets(buffer), Int(slice.start), end), next == end else { return nil }
      return address
    }
  }

  /// Appends the display name with its escapes resolved.
  public func appendDisplay(in bytes: [UInt8], to name: inout [UInt8]) {
    let range = self.display.range.clamped(to: 0..<bytes.count)
    var escaped = false
    for octet in bytes[range] {
      if self.isQuoted, octet == 0x5c, !escaped {
        escaped = true
      } else {
        name.append(octet)
        escaped = false
      }
    }
  }
}

extension NameAddress {
  /// Reads one address and tells where it ended: at a comma or at `end`. Nil where malformed.
  static func scan(_ octets: Octets, _ start: Int, _ end: Int) -> (NameAddress, next: Int)? {
    let start = octets.skipBlanks(start, end)
    var index = start
    var display = Slice.empty
    var isQuoted = false
    if index < end, octets[index] == 0x22 {
      guard let close = octets.quotedEnd(index, end), close <= end else { return nil }
      display = Slice(index &+ 1, close &- 1)
      isQuoted = true
      index = octets.skipBlanks(close, end)
      guard index < end, octets[index] == 0x3c else { return nil }
    } else {
      // Words of a display name may stand before `<`; a bare address is words up to its colon.
      index = octets.skip(.words, index, end)
      if index < end, octets[index] == 0x3c {
        display = Slice(start, octets.trimEnd(start, index))
      } else {
        return Self.scanBare(octets, start, end)
      }
    }
    index &+= 1
    let uriStart = index
    index = octets.find(0x3e, index, end)
    guard index < end, let uri = SIPURI(octets, uriStart, index) else { return nil }
    return Self.finish(octets, start, index &+ 1, end, display: display, isQuoted: isQuoted, uri: uri)
  }

  /// An address without `<>`: it ends at a blank, semicolon or comma.
  private static func scanBare(_ octets: Octets, _ start: Int, _ end: Int) -> (NameAddress, next: Int)? {
    var index = start
    scan: while index < end {
      switch octets[index] {
      case 0x20, 0x09, 0x3b, 0x2c: break scan
      case 0x3f: return nil
      default: index &+= 1
      }
    }
    guard let uri = SIPURI(octets, start, index) else { return nil }
    return Self.finish(octets, start, index, end, display: .empty, isQuoted: false, uri: uri)
  }

  private static func finish(
    _ octets: Octets, _ start: Int, _ index: Int, _ end: Int, display: Slice, isQuoted: Bool, uri: SIPURI
  ) -> (NameAddress, next: Int)? {
    var scanner = ParameterScanner(octets, index, end)
    var tag: Slice?
    while let parameter = scanner.next() {
      guard parameter.name.count == 3, octets.equalsIgnoringCase(parameter.name, "tag") else { continue }
      guard tag == nil, let value = parameter.value, !value.isEmpty, !parameter.isQuoted else { return nil }
      tag = value
    }
    if scanner.isMalformed { return nil }
    let close = octets.trimEnd(index, scanner.index)
    let address = NameAddress(
      whole: Slice(start, close), display: display, isQuoted: isQuoted, uri: uri, parameters: Slice(index, close), tag: tag)
    return (address, scanner.index)
  }
}
