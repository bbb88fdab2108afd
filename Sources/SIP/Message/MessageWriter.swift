public import Sessions

/// Writes SIP messages into one buffer that is used again and again.
///
/// Write the start line, then header fields, then `finish`. Whatever foreign octets are passed in, a header value never
/// contains CR, LF or NUL: each becomes a blank (RELIABILITY 8); a request-URI gets what may not stand in it escaped.
/// So no call can smuggle a header field towards the other leg.
public struct MessageWriter: Sendable {
  private var storage: [UInt8]
  /// How many octets have been written since `reset`.
  public private(set) var count = 0

  /// An empty writer; the capacity is the octets reserved at once.
  public init(capacity: Int = 2048) {
    self.storage = [UInt8](repeating: 0, count: Swift.max(capacity, 256))
  }

  /// What has been written since `reset`: an array of just that size, to be kept for retransmissions.
  public var bytes: [UInt8] { Array(self.storage[..<self.count]) }

  /// Calls `body` with what has been written, without copying it.
  public func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    self.storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<self.count])) }
  }

  /// Forgets the message and keeps the memory.
  public mutating func reset() { self.count = 0 }

  // MARK: start lines

  /// `INVITE sip:… SIP/2.0`.
  public mutating func request(_ method: Method, uri: [UInt8]) {
    uri.withUnsafeBytes { self.request(method, rawURI: $0) }
  }

  /// A request line whose URI is a slice of a message (a Contact that becomes the target).
  public mutating func request(_ method: Method, uri: Slice, of message: SIPMessage) {
    uri.withBytes(in: message.bytes) { self.request(method, rawURI: $0) }
  }

  private mutating func request(_ method: Method, rawURI: UnsafeRawBufferPointer) {
    self.reset()
    self.text(method.spelling)
    self.put(0x20)
    self.uri(rawURI)
    self.text(" SIP/2.0\r\n")
  }

  /// `SIP/2.0 480 Temporarily Unavailable`; without a reason the RFC's own phrase.
  public mutating func status(_ status: UInt16, reason: StaticString? = nil) {
    self.reset()
    self.text("SIP/2.0 ")
    self.number(UInt64(status))
    self.put(0x20)
    self.text(reason ?? SIPStatus.phrase(status))
    self.endLine()
  }

  // MARK: header fields by parts

  /// Begins a header field: `Name: `.
  public mutating func begin(_ name: HeaderName) {
    self.text(name.spelling)
    self.text(": ")
  }

  /// Ends a header field that `begin` began.
  public mutating func endLine() { self.text("\r\n") }

  /// Appends our own text, as it is.
  @inline(__always) public mutating func text(_ text: StaticString) {
    self.put(UnsafeRawPointer(text.utf8Start), text.utf8CodeUnitCount)
  }

  /// Appends foreign octets; CR, LF and NUL become blanks.
  public mutating func octets(_ octets: [UInt8]) {
    octets.withUnsafeBytes { self.raw($0) }
  }

  /// Appends a slice of a message; CR, LF and NUL become blanks.
  public mutating func slice(_ slice: Slice, of message: SIPMessage) {
    slice.withBytes(in: message.bytes) { self.raw($0) }
  }

  /// Appends a decimal number.
  public mutating func number(_ number: UInt64) {
    if number < 10 { return self.put(0x30 &+ UInt8(truncatingIfNeeded: number)) }
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor &*= 10 }
    while divisor > 0 {
      self.put(0x30 &+ UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  /// Appends an address, IPv6 in brackets, and `:port` unless the port is 0.
  public mutating func address(_ address: IPAddress, port: UInt16 = 0) {
    address.forEachOctet(brackets: true) { self.put($0) }
    if port != 0 {
      self.put(0x3a)
      self.number(UInt64(port))
    }
  }

  /// Appends an address without brackets, as `received` wants it.
  public mutating func bareAddress(_ address: IPAddress) { address.forEachOctet { self.put($0) } }

  /// Appends octets as a quoted string, `"` and `\` escaped, control octets made blanks: display names, Warning texts.
  public mutating func quoted(_ octets: [UInt8]) {
    self.put(0x22)
    for octet in octets {
      if octet == 0x22 || octet == 0x5c { self.put(0x5c) }
      self.put(octet < 0x20 || octet == 0x7f ? 0x20 : octet)
    }
    self.put(0x22)
  }

  /// Appends a user part, everything escaped that may not stand there unescaped (RFC 3261 §25.1); `#` becomes `%23`.
  public mutating func user(_ octets: [UInt8]) {
    for octet in octets {
      let isPlain = octet != 0x25 && octet != 0x3a && octet != 0x23 && OctetClass.user.contains(octet)
      if isPlain { self.put(octet) } else { self.escape(octet) }
    }
  }

  // MARK: whole header fields

  /// A header field of our own text.
  public mutating func header(_ name: HeaderName, _ value: StaticString) {
    self.begin(name)
    self.text(value)
    self.endLine()
  }

  /// A header field of foreign octets.
  public mutating func header(_ name: HeaderName, _ value: [UInt8]) {
    self.begin(name)
    self.octets(value)
    self.endLine()
  }

  /// A header field whose value is a slice of a message.
  public mutating func header(_ name: HeaderName, _ value: Slice, of message: SIPMessage) {
    self.begin(name)
    self.slice(value, of: message)
    self.endLine()
  }

  /// A header field that is one number.
  public mutating func header(_ name: HeaderName, _ value: UInt64) {
    self.begin(name)
    self.number(value)
    self.endLine()
  }

  /// `CSeq: 7 INVITE`.
  public mutating func cseq(_ number: UInt32, _ method: Method) {
    self.begin(.cseq)
    self.number(UInt64(number))
    self.put(0x20)
    self.text(method.spelling)
    self.endLine()
  }

  /// A header field of another message, name and value as they stand there; nothing if its name is no token.
  public mutating func copy(_ header: SIPMessage.Header, of message: SIPMessage) {
    if header.name != .other { return self.header(header.name, header.value, of: message) }
    let isToken = header.nameSlice.withBytes(in: message.bytes) { name in
      !name.isEmpty && name.allSatisfy { OctetClass.token.contains($0) }
    }
    guard isToken else { return }
    self.slice(header.nameSlice, of: message)
    self.text(": ")
    self.slice(header.value, of: message)
    self.endLine()
  }

  /// All header fields of this name of another message, in order.
  public mutating func copyAll(_ name: HeaderName, of message: SIPMessage) {
    for value in message.headers(name) { self.header(name, value, of: message) }
  }

  // MARK: the end

  /// Ends a message without a body.
  public mutating func finish() {
    self.text("Content-Length: 0\r\n\r\n")
  }

  /// Ends a message with a body of this media type.
  public mutating func finish(body: [UInt8], type: StaticString) {
    if body.isEmpty { return self.finish() }
    self.header(.contentType, type)
    self.length(body.count)
    body.withUnsafeBytes { if let base = $0.baseAddress { self.put(base, $0.count) } }
  }

  /// Ends a message with the body of another and its Content-Type.
  public mutating func finish(bodyOf message: SIPMessage) {
    if message.body.isEmpty { return self.finish() }
    if let type = message.header(.contentType) { self.header(.contentType, type, of: message) }
    self.length(Int(message.body.count))
    message.body.withBytes(in: message.bytes) { if let base = $0.baseAddress { self.put(base, $0.count) } }
  }

  private mutating func length(_ count: Int) {
    self.text("Content-Length: ")
    self.number(UInt64(count))
    self.text("\r\n\r\n")
  }

  // MARK: foreign octets

  private mutating func raw(_ octets: UnsafeRawBufferPointer) {
    guard let base = octets.baseAddress else { return }
    let isClean = octets.withMemoryRebound(to: UInt8.self) { buffer in
      Octets(buffer).control(from: 0, to: buffer.count) == buffer.count
    }
    if isClean { return self.put(base, octets.count) }
    for octet in octets { self.put(octet == 0x0d || octet == 0x0a || octet == 0 ? 0x20 : octet) }
  }

  @inline(__always) private mutating func put(_ octet: UInt8) {
    if self.count == self.storage.count { self.grow(1) }
    self.storage[self.count] = octet
    self.count &+= 1
  }

  @inline(__always) private mutating func put(_ octets: UnsafeRawPointer, _ count: Int) {
    if self.count &+ count > self.storage.count { self.grow(count) }
    let start = self.count
    self.storage.withUnsafeMutableBytes { storage in
      // `grow` has made the room, so the range lies inside.
      UnsafeMutableRawBufferPointer(rebasing: storage[start...]).baseAddress?.copyMemory(from: octets, byteCount: count)
    }
    self.count &+= count
  }

  private mutating func grow(_ count: Int) {
    self.storage.append(contentsOf: repeatElement(0, count: Swift.max(self.storage.count, count)))
  }

  private mutating func uri(_ octets: UnsafeRawBufferPointer) {
    for octet in octets {
      let isPlain = octet > 0x20 && octet < 0x7f && octet != 0x22 && octet != 0x3c && octet != 0x3e
      if isPlain { self.put(octet) } else { self.escape(octet) }
    }
  }

  private mutating func escape(_ octet: UInt8) {
    let digits: StaticString = "0123456789ABCDEF"
    self.put(0x25)
    // Both offsets are below 16.
    self.put(digits.utf8Start[Int(octet >> 4)])
    self.put(digits.utf8Start[Int(octet & 15)])
  }
}
