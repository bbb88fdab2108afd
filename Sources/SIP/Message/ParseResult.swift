/// What the octets of one datagram, or of one framed message on a stream, turned out to be.
public enum ParseResult: Sendable {
  /// A message that may be acted upon: admitted, its start line, Via, From, To, Call-ID, CSeq and Contact valid.
  case message(SIPMessage)
  /// Line ends only. `pong` asks for the answer CRLF: the peer sent the double CRLF of RFC 5626 §3.5.1.
  case keepAlive(pong: Bool)
  /// Nothing may be answered: not SIP, a bad response, a bad ACK, or nobody to answer to.
  case drop(DropReason)
  /// A request to be answered with this status. The message is what the scanner found, enough to build the response from:
  /// Via, From, To, Call-ID and CSeq as written, possibly malformed or absent.
  case reject(status: UInt16, reason: StaticString, SIPMessage)
}

/// Why octets were dropped without an answer; counted in the status.
public enum DropReason: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  /// No octet, or too few to be anything.
  case empty
  /// No SIP start line: HTTP, TLS, STUN, RTP, noise.
  case notSIP
  /// A request without a single Via: nobody could match the answer (RFC 4475 §3.3.1).
  case noVia
  /// A malformed ACK: it has no answer (RFC 3261 §17).
  case malformedACK
  /// A response that is malformed or whose status is not 100–699 (RFC 4475 §3.1.2.19).
  case malformedResponse
  /// A response with several Vias was routed to us by mistake (RFC 3261 §8.1.3.3).
  case misroutedResponse
}
