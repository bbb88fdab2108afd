extension SIPMessage {
  /// Reads the octets of one datagram, or of one message that `StreamFramer` cut out of a stream.
  ///
  /// What is behind Content-Length octets of body is ignored (RFC 4475 §3.1.1.8). Costs one to two microseconds and
  /// two allocations for an ordinary message. Nothing in the octets can make it trap.
  /// - Parameter bytes: taken over by the message; changed only to unfold continuation lines.
  /// - Parameter stream: the octets came over TCP or TLS, where 64 KiB are allowed instead of 16.
  public static func parse(_ bytes: consuming [UInt8], stream: Bool) -> ParseResult {
    if let early = Self.withoutMessage(bytes) { return early }
    var (admission, drop) = Self.admit(bytes, stream: stream, unfolded: false)
    if drop == nil, admission.scanner.hasFolds {
      Self.unfold(&bytes, from: admission.scanner.headersStart, to: admission.scanner.bodyStart)
      (admission, drop) = Self.admit(bytes, stream: stream, unfolded: true)
    }
    if let drop { return .drop(drop) }
    if admission.status != 0, admission.viaCount > 1 { return .drop(.misroutedResponse) }
    let message = SIPMessage(parts: Parts(bytes, admission))
    guard let fault = admission.scanner.fault else { return .message(message) }
    return .reject(status: fault.status, reason: fault.reason, message)
  }

  private static func admit(_ bytes: [UInt8], stream: Bool, unfolded: Bool) -> (Admission, DropReason?) {
    bytes.withUnsafeBufferPointer { buffer in
      var admission = Admission(Octets(buffer))
      let drop = admission.run(stream: stream, unfolded: unfolded)
      return (admission, drop)
    }
  }

  /// Replaces line ends before a blank or tab by blanks: every offset stays, and no value holds a line end any more.
  private static func unfold(_ bytes: inout [UInt8], from start: Int, to end: Int) {
    for index in start..<Swift.min(end, bytes.count) where bytes[index] == 0x0d || bytes[index] == 0x0a {
      let isPair = bytes[index] == 0x0d && index + 1 < end && bytes[index + 1] == 0x0a
      let next = isPair ? index + 2 : index + 1
      guard next < end, bytes[next] == 0x20 || bytes[next] == 0x09 else { continue }
      bytes[index] = 0x20
      if isPair { bytes[index + 1] = 0x20 }
    }
  }

  /// Line ends only, or nothing.
  private static func withoutMessage(_ bytes: [UInt8]) -> ParseResult? {
    guard let first = bytes.first else { return .drop(.empty) }
    if first != 0x0d { return bytes.count < 16 ? .drop(.empty) : nil }
    switch bytes.count {
    case 2 where bytes[1] == 0x0a: return .keepAlive(pong: false)
    case 4 where bytes[1] == 0x0a && bytes[2] == 0x0d && bytes[3] == 0x0a: return .keepAlive(pong: true)
    case ..<16: return .drop(.empty)
    default: return nil
    }
  }
}
