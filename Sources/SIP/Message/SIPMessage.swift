/// A SIP message as its octets and an index over them: nothing is copied out until somebody asks.
///
/// It is made by `parse`, so in hand it is admitted: sizes and counts are within `SIPLimits`, and the start line, the top
/// Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length and Contact are well-formed. A message inside
/// `ParseResult.reject` is the exception: its parts may be empty. Continuation lines are unfolded in place, so no header
/// value contains a line end. Copying one costs a retain. RFC 3261 §7; RELIABILITY 1–18; ARCHITECTURE.md rule 8.
public struct SIPMessage: Sendable {
  let parts: Parts

  /// The octets that every slice of this message points into.
  public var bytes: [UInt8] { self.parts.bytes }

  /// Whether it is a request.
  public var isRequest: Bool { self.parts.status == 0 }
  /// The status of a response, 100–699; nil for a request.
  public var statusCode: UInt16? { self.parts.status == 0 ? nil : self.parts.status }
  /// The request's method; for a response, the method of its CSeq.
  public var method: Method { self.parts.method }
  /// The method as written, in the request line or a response's CSeq.
  public var methodBytes: Slice { self.parts.methodBytes }
  /// The request-URI; for a response, no URI.
  public var requestURI: SIPURI { self.parts.requestURI }
  /// The scheme of the request-URI: `.tel` is the user agent's decision, unknown ones never get this far (416).
  public var uriScheme: SIPURI.Scheme { self.parts.requestURI.scheme }

  /// The Call-ID.
  public var callID: Slice { self.parts.callID }
  /// The sequence number and the method it belongs to.
  public var cseq: (number: UInt32, method: Method) { (self.parts.cseqNumber, self.parts.cseqMethod) }
  /// The topmost Via element.
  public var topVia: Via { self.parts.via }
  /// Who sends the request (in its responses too).
  public var from: NameAddress { self.parts.from }
  /// Whom the request is for (in its responses too).
  public var to: NameAddress { self.parts.to }
  /// The first address of Contact; nil where there is none or it is `*`.
  public var contact: NameAddress? { self.parts.contact }
  /// Contact is `*`: all bindings are to be removed (RFC 3261 §10.2.2).
  public var hasWildcardContact: Bool { self.parts.hasWildcardContact }
  /// Max-Forwards, 0–255; nil where there is none (RFC 2543 callers).
  public var maxForwards: UInt8? { self.parts.maxForwards }
  /// The body: Content-Length octets, or on UDP without one all that follow. Any octets may be in it.
  public var body: Slice { self.parts.body }
  /// How many header fields there are.
  public var headerCount: Int { self.parts.headers.count }

  /// One header field of a message.
  public struct Header: BitwiseCopyable, Sendable {
    /// Which field it is; `.other` where the exchange does not know it.
    public let name: HeaderName
    /// The name as written.
    public let nameSlice: Slice
    /// The value without blanks around it; it never contains CR or LF.
    public let value: Slice
  }

  /// The header field at an index below `headerCount`, in the message's order; nil beyond.
  public func header(at index: Int) -> Header? {
    guard index >= 0, index < self.parts.headers.count else { return nil }
    let entry = self.parts.headers[index]
    return Header(name: entry.name, nameSlice: entry.nameSlice, value: entry.value)
  }

  /// What the parser found: written once, then shared by all copies.
  final class Parts: Sendable {
    let bytes: [UInt8]
    let headers: HeaderIndex
    let status: UInt16
    let method: Method
    let cseqMethod: Method
    let cseqNumber: UInt32
    let maxForwards: UInt8?
    let hasWildcardContact: Bool
    let methodBytes: Slice
    let callID: Slice
    let body: Slice
    let requestURI: SIPURI
    let via: Via
    let from: NameAddress
    let to: NameAddress
    let contact: NameAddress?

    init(_ bytes: [UInt8], _ found: Admission) {
      self.bytes = bytes
      self.headers = found.scanner.headers
      self.status = found.status
      self.method = found.method
      self.cseqMethod = found.cseqMethod
      self.cseqNumber = found.cseqNumber
      self.maxForwards = found.maxForwards
      self.hasWildcardContact = found.hasWildcardContact
      self.methodBytes = found.methodBytes
      self.callID = found.callID
      self.body = found.body
      self.requestURI = found.requestURI
      self.via = found.via
      self.from = found.from
      self.to = found.to
      self.contact = found.contact
    }
  }
}
