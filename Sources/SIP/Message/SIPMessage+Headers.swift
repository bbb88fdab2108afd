extension SIPMessage {
  /// The value of the first field of this name; nil where there is none.
  public func header(_ name: HeaderName) -> Slice? {
    self.parts.headers.first(name).map { self.parts.headers[$0].value }
  }

  /// The values of all fields of this name, in order, lists not taken apart.
  public func headers(_ name: HeaderName) -> HeaderValues {
    HeaderValues(message: self, name: name)
  }

  /// The elements of all fields of this name, in order, comma-separated lists taken apart.
  public func elements(_ name: HeaderName) -> [Slice] {
    var elements: [Slice] = []
    self.bytes.withUnsafeBufferPointer { buffer in
      for value in self.headers(name) {
        var splitter = ListSplitter(Octets(buffer), value)
        while let element = splitter.next() { elements.append(element) }
      }
    }
    return elements
  }

  /// All addresses of Contact, in order (`*` left out); each is well-formed.
  public var contacts: [NameAddress] { self.addresses(.contact) }

  /// The addresses of a field that holds a list of them, in order; malformed ones are left out.
  public func addresses(_ name: HeaderName) -> [NameAddress] {
    self.elements(name).compactMap { NameAddress.parse($0, in: self.bytes) }
  }

  /// The first address of a field (Refer-To, P-Asserted-Identity …); nil where there is none or it is malformed.
  public func address(_ name: HeaderName) -> NameAddress? {
    self.elements(name).first.flatMap { NameAddress.parse($0, in: self.bytes) }
  }

  /// The Record-Route elements in the order of the message: the route set of a callee; a caller reverses it
  /// (RFC 3261 §12.1).
  public var routeSet: [Slice] { self.header(.recordRoute) == nil ? [] : self.elements(.recordRoute) }

  /// Whether the option tag is in Supported.
  public func supports(_ option: StaticString) -> Bool { self.lists(.supported, option) }

  /// The option tags of Require: those a user agent does not understand make the 420 (RFC 3261 §8.2.2.3).
  public var requires: [Slice] { self.header(.require) == nil ? [] : self.elements(.require) }

  /// Whether the option tag is in Require.
  public func requires(_ option: StaticString) -> Bool { self.lists(.require, option) }

  /// Whether the peer's Allow has the method; false where there is no Allow.
  public func allows(_ method: Method) -> Bool { self.lists(.allow, method.spelling) }

  /// Expires in seconds; nil where there is none or it is out of range, which counts as the default
  /// (RFC 4475 §3.1.2.4, RELIABILITY 12).
  public var expires: UInt32? { self.number(.expires) }

  /// A field that is one number of at most 2³²−1, parameters behind it passed over (Session-Expires, Min-SE, RSeq …).
  public func number(_ name: HeaderName) -> UInt32? {
    guard let value = self.header(name) else { return nil }
    return self.bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      var end = Int(value.start)
      while end < value.end, octets[end] &- 0x30 < 10 { end &+= 1 }
      let next = octets.skipBlanks(end, value.end)
      guard next == value.end || octets[next] == 0x3b || octets[next] == 0x28 else { return nil }
      return octets.number(Int(value.start), end, limit: UInt64(UInt32.max)).map { UInt32(truncatingIfNeeded: $0) }
    }
  }

  /// The media type of the body without its parameters, `application/sdp`; nil where there is none.
  public var contentType: Slice? {
    guard let value = self.header(.contentType) else { return nil }
    return self.bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      var end = Int(value.start)
      while end < value.end, octets[end] != 0x3b { end &+= 1 }
      return Slice(Int(value.start), octets.trimEnd(Int(value.start), end))
    }
  }

  /// Whether the body is an SDP offer or answer.
  public var hasSDP: Bool {
    !self.body.isEmpty && self.contentType?.equalsIgnoringCase("application/sdp", in: self.bytes) == true
  }

  /// User-Agent, or Server of a response: the phone type of the status (REG-10).
  public var userAgent: Slice? { self.header(.userAgent) ?? self.header(.server) }

  /// The user part of a URI with its escapes resolved once: the dialled digits.
  public func user(of uri: SIPURI) -> [UInt8] { uri.user(in: self.bytes) }

  /// A copy of the octets of a slice.
  public func array(_ slice: Slice) -> [UInt8] { slice.array(in: self.bytes) }

  /// The octets of a slice as text, for logs and the database.
  public func string(_ slice: Slice) -> String { slice.string(in: self.bytes) }

  /// The keyed hash of a slice: Call-ID, branch, tag.
  public func key(_ slice: Slice, seed: HashSeed) -> Key128 {
    slice.withBytes(in: self.bytes) { Key128($0, seed: seed) }
  }

  private func lists(_ name: HeaderName, _ text: StaticString) -> Bool {
    guard text.utf8CodeUnitCount > 0, self.header(name) != nil else { return false }
    return self.bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      for value in self.headers(name) {
        var splitter = ListSplitter(octets, value)
        while let element = splitter.next() {
          if octets.equalsIgnoringCase(element, text) { return true }
        }
      }
      return false
    }
  }
}

/// The values of all fields of one name.
public struct HeaderValues: Sequence, IteratorProtocol, Sendable {
  private let message: SIPMessage
  private let name: HeaderName
  private var index = 0

  init(message: SIPMessage, name: HeaderName) {
    self.message = message
    self.name = name
  }

  /// The next value, nil at the end.
  public mutating func next() -> Slice? {
    let headers = self.message.parts.headers
    guard let found = headers.first(self.name, from: self.index) else { return nil }
    self.index = found &+ 1
    return headers[found].value
  }
}
