/// What tells a server transaction from all others, as text: the same in every process, so that it can be kept over a
/// restart (RFC 3261 §17.2.3). Hashed with the process's seed it becomes the key of the table.
enum RequestKey {
  /// Writes the key's text: method, branch and sent-by; for a peer of RFC 2543, whose branch says nothing, method,
  /// request-URI, From tag, Call-ID, CSeq number and the whole top Via. No part can contain the line end between them.
  ///
  /// The To tag, which RFC 2543 matching compares as well, is left out: an ACK carries the one that we made, the INVITE none.
  /// - Parameter method: the transaction's, INVITE for an ACK and for what a CANCEL is looking for; nil: the request's own.
  static func write(_ request: SIPMessage, method: Method?, to text: inout [UInt8]) {
    text.removeAll(keepingCapacity: true)
    if let method {
      text.append(contentsOf: UnsafeBufferPointer(start: method.spelling.utf8Start, count: method.spelling.utf8CodeUnitCount))
    } else {
      Self.append(request.methodBytes, request, to: &text)
    }
    let via = request.topVia
    text.append(0x0a)
    if via.hasCookie, let branch = via.branch {
      Self.append(branch, request, to: &text)
      text.append(0x0a)
      Self.append(via.host, request, to: &text)
      text.append(0x0a)
      Self.append(UInt32(via.port), to: &text)
    } else {
      text.append(0x0a)
      Self.append(request.requestURI.whole, request, to: &text)
      text.append(0x0a)
      if let tag = request.from.tag { Self.append(tag, request, to: &text) }
      text.append(0x0a)
      Self.append(request.callID, request, to: &text)
      text.append(0x0a)
      Self.append(request.cseq.number, to: &text)
      text.append(0x0a)
      Self.append(via.whole, request, to: &text)
    }
  }

  private static func append(_ slice: Slice, _ request: SIPMessage, to text: inout [UInt8]) {
    slice.withBytes(in: request.bytes) { text.append(contentsOf: $0) }
  }

  private static func append(_ number: UInt32, to text: inout [UInt8]) {
    if number >= 10 { Self.append(number / 10, to: &text) }
    text.append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
  }
}
