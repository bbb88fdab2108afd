/// Cuts the octets of one TCP or TLS connection into messages: header section by its blank line, body by Content-Length
/// (RFC 3261 §18.3). It owns what has arrived and is not yet taken, at most 64 KiB and one read; how long a peer may take
/// is the transport's business (RELIABILITY 3, 30).
public struct StreamFramer: Sendable {
  /// What the next octets are.
  public enum Frame: Sendable {
    /// Nothing whole yet.
    case needsMore
    /// One message, for `SIPMessage.parse(_:stream:)`.
    case message([UInt8])
    /// The double CRLF of RFC 5626 §3.5.1: answer CRLF.
    case ping
    /// The length cannot be told (Content-Length malformed, repeated, or too large): the header section, which `parse`
    /// rejects, so that it can be answered once. Then close: nothing behind it can be trusted.
    case broken([UInt8])
    /// Not SIP, or a header section without end: close without an answer.
    case garbage
  }

  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var needed = 0
  private var isClosed = false

  /// A framer at the beginning of a connection.
  public init() {}

  /// Takes in what a read gave.
  public mutating func append(_ octets: some Sequence<UInt8>) {
    if self.isClosed { return }
    if self.start > 0, self.start == self.buffer.count || self.start > 16 * 1024 {
      self.buffer.removeSubrange(0..<self.start)
      self.scanned -= self.start
      self.start = 0
    }
    self.buffer.append(contentsOf: octets)
  }

  /// Whether a message has begun and not ended: the 10 s of RELIABILITY 3 run. Line ends alone are no message.
  public var isInsideMessage: Bool { self.start < self.buffer.count && self.buffer[self.start] != 0x0d }

  /// The next message or what stands in its place; call until it answers `needsMore`.
  public mutating func next() -> Frame {
    if self.isClosed { return .garbage }
    if self.needed == 0 {
      switch self.skipEmptyLines() {
      case .ping: return .ping
      case .needsMore: return .needsMore
      case .garbage: return self.close(.garbage)
      case .none: break
      }
      guard let headerEnd = self.findHeaderEnd() else {
        let limit = SIPLimits.headerSection + SIPLimits.startLine
        return self.buffer.count - self.start > limit ? self.close(.garbage) : .needsMore
      }
      guard let length = self.contentLength(to: headerEnd), headerEnd - self.start + length <= SIPLimits.streamMessage else {
        return self.close(.broken(Array(self.buffer[self.start..<headerEnd])))
      }
      self.needed = headerEnd - self.start + length
    }
    guard self.buffer.count - self.start >= self.needed else { return .needsMore }
    let message = Array(self.buffer[self.start..<(self.start + self.needed)])
    self.start += self.needed
    self.scanned = self.start
    self.needed = 0
    return .message(message)
  }

  private enum Lead { case ping, needsMore, garbage, none }

  private mutating func skipEmptyLines() -> Lead {
    while self.start < self.buffer.count {
      let rest = self.buffer.count - self.start
      guard self.buffer[self.start] == 0x0d else {
        // A start line begins with a token: anything else is TLS on the wrong port, or noise.
        return OctetClass.token.contains(self.buffer[self.start]) ? .none : .garbage
      }
      if rest == 1 { return .needsMore }
      guard self.buffer[self.start + 1] == 0x0a else { return .garbage }
      // One CRLF so far may be half a ping: it stays.
      if rest == 2 || rest == 3 && self.buffer[self.start + 2] == 0x0d { return .needsMore }
      let isPing = self.buffer[self.start + 2] == 0x0d && self.buffer[self.start + 3] == 0x0a
      self.start += isPing ? 4 : 2
      self.scanned = self.start
      if isPing { return .ping }
    }
    return .needsMore
  }

  private mutating func findHeaderEnd() -> Int? {
    var index = Swift.max(self.start, self.scanned - 3)
    while index + 3 < self.buffer.count {
      if self.buffer[index] == 0x0d, self.buffer[index + 1] == 0x0a, self.buffer[index + 2] == 0x0d,
        self.buffer[index + 3] == 0x0a
      {
        return index + 4
      }
      index += 1
    }
    self.scanned = self.buffer.count
    return nil
  }

  /// Content-Length of the header section that ends there, 0 where there is none; nil where malformed or repeated.
  private func contentLength(to end: Int) -> Int? {
    self.buffer.withUnsafeBufferPointer { buffer in
      var scanner = MessageScanner(Octets(UnsafeBufferPointer(rebasing: buffer[self.start..<end])))
      guard scanner.scanStartLine() != nil else { return nil }
      scanner.scanHeaders()
      guard let first = scanner.headers.first(.contentLength) else { return scanner.fault == nil ? 0 : nil }
      let value = scanner.headers[first].value
      let limit = UInt64(SIPLimits.streamMessage)
      guard scanner.headers.first(.contentLength, from: first + 1) == nil,
        let length = scanner.octets.number(Int(value.start), value.end, limit: limit)
      else { return nil }
      return Int(length)
    }
  }

  private mutating func close(_ frame: Frame) -> Frame {
    self.isClosed = true
    self.buffer = []
    self.start = 0
    return frame
  }
}
