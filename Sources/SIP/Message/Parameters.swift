/// One `;name` or `;name=value` behind a header field's value or a URI.
public struct Parameter: BitwiseCopyable, Sendable {
  /// The name as written; compare it without letter case.
  public let name: Slice
  /// The value without its quotation marks; nil where no `=` stands.
  public let value: Slice?
  /// The value stood in quotation marks, so backslash escapes may be in it.
  public let isQuoted: Bool
}

/// Walks a list of parameters, blanks allowed around `;` and `=` (RFC 3261 §25.1, SEMI and EQUAL).
///
/// It stops at the end of the range or at a comma (the next element of a list). `isMalformed` tells whether it stopped
/// because of a fault: an empty name, an open quotation mark, a stray character, or more than 32 parameters.
struct ParameterScanner {
  let octets: Octets
  let end: Int
  /// Where it stands: behind the last parameter read, or at what stopped it.
  private(set) var index: Int
  private(set) var isMalformed = false
  private var count = 0

  init(_ octets: Octets, _ start: Int, _ end: Int) {
    self.octets = octets
    self.index = start
    self.end = end
  }

  /// The next parameter; nil at the end, at a comma, or at a fault.
  mutating func next() -> Parameter? {
    let octets = self.octets
    let end = self.end
    self.index = octets.skipBlanks(self.index, end)
    if self.index >= end || octets[self.index] == 0x2c { return nil }
    guard octets[self.index] == 0x3b, self.count < SIPLimits.parameters else { return self.fault() }
    self.count &+= 1
    let nameStart = octets.skipBlanks(self.index &+ 1, end)
    let nameEnd = octets.skip(.word, nameStart, end)
    if nameEnd == nameStart { return self.fault() }
    let name = Slice(nameStart, nameEnd)
    let equals = octets.skipBlanks(nameEnd, end)
    guard equals < end, octets[equals] == 0x3d else {
      self.index = nameEnd
      return Parameter(name: name, value: nil, isQuoted: false)
    }
    let valueStart = octets.skipBlanks(equals &+ 1, end)
    if valueStart < end, octets[valueStart] == 0x22 {
      guard let close = octets.quotedEnd(valueStart, end), close <= end else { return self.fault() }
      self.index = close
      return Parameter(name: name, value: Slice(valueStart &+ 1, close &- 1), isQuoted: true)
    }
    let valueEnd = octets.skip(.value, valueStart, end)
    self.index = valueEnd
    return Parameter(name: name, value: Slice(valueStart, valueEnd), isQuoted: false)
  }

  private mutating func fault() -> Parameter? {
    self.isMalformed = true
    return nil
  }
}

extension Slice {
  /// The parameter of this name in a list such as `NameAddress.parameters` or `SIPURI.parameters`; nil where there is none.
  public func parameter(_ name: StaticString, in bytes: [UInt8]) -> Parameter? {
    bytes.withUnsafeBufferPointer { buffer in
      var scanner = ParameterScanner(Octets(buffer), Int(self.start), self.end)
      while let parameter = scanner.next() {
        if scanner.octets.equalsIgnoringCase(parameter.name, name) { return parameter }
      }
      return nil
    }
  }
}
