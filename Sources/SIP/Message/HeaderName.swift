/// The header fields that the exchange knows; short forms and letter case are resolved by the scanner (RFC 3261 §7.3).
///
/// Fields that may stand only once come first: `isSingle` is a comparison.
public enum HeaderName: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  /// Any field not listed here.
  case other = 0

  // At most one of each in a message.
  case callID, contentLength, contentType, cseq, date, event, expires, from, maxForwards, minExpires, minSE, rack
  case referTo, referredBy, referSub, replaces, retryAfter, rseq, sessionExpires, subscriptionState, timestamp, to

  // Lists, and fields whose repetition does no harm.
  case accept, acceptEncoding, acceptLanguage, alertInfo, allow, allowEvents, authenticationInfo, authorization
  case callInfo, contact, contentDisposition, contentEncoding, contentLanguage, diversion, errorInfo, flowTimer
  case historyInfo, inReplyTo, join, mimeVersion, organization, pAssertedIdentity, pPreferredIdentity, path
  case priority, privacy, proxyAuthenticate, proxyAuthorization, proxyRequire, reason, recordRoute, remotePartyID
  case replyTo, require, route, server, serviceRoute, sipETag, sipIfMatch, subject, supported, unsupported
  case userAgent, via, warning, wwwAuthenticate, featureResult

  /// Whether a second field of this name makes the message malformed (RFC 4475 §3.3.8, RELIABILITY 2, 39).
  public var isSingle: Bool { self != .other && self.rawValue <= HeaderName.to.rawValue }

  /// The name as we write it.
  public var spelling: StaticString {
    switch self {
    case .other: ""
    case .callID: "Call-ID"
    case .contentLength: "Content-Length"
    case .contentType: "Content-Type"
    case .cseq: "CSeq"
    case .date: "Date"
    case .event: "Event"
    case .expires: "Expires"
    case .from: "From"
    case .maxForwards: "Max-Forwards"
    case .minExpires: "Min-Expires"
    case .minSE: "Min-SE"
    case .rack: "RAck"
    case .referTo: "Refer-To"
    case .referredBy: "Referred-By"
    case .referSub: "Refer-Sub"
    case .replaces: "Replaces"
    case .retryAfter: "Retry-After"
    case .rseq: "RSeq"
    case .sessionExpires: "Session-Expires"
    case .subscriptionState: "Subscription-State"
    case .timestamp: "Timestamp"
    case .to: "To"
    case .accept: "Accept"
    case .acceptEncoding: "Accept-Encoding"
    case .acceptLanguage: "Accept-Language"
    case .alertInfo: "Alert-Info"
    case .allow: "Allow"
    case .allowEvents: "Allow-Events"
    case .authenticationInfo: "Authentication-Info"
    case .authorization: "Authorization"
    case .callInfo: "Call-Info"
    case .contact: "Contact"
    case .contentDisposition: "Content-Disposition"
    case .contentEncoding: "Content-Encoding"
    case .contentLanguage: "Content-Language"
    case .diversion: "Diversion"
    case .errorInfo: "Error-Info"
    case .flowTimer: "Flow-Timer"
    case .historyInfo: "History-Info"
    case .inReplyTo: "In-Reply-To"
    case .join: "Join"
    case .mimeVersion: "MIME-Version"
    case .organization: "Organization"
    case .pAssertedIdentity: "P-Asserted-Identity"
    case .pPreferredIdentity: "P-Preferred-Identity"
    case .path: "Path"
    case .priority: "Priority"
    case .privacy: "Privacy"
    case .proxyAuthenticate: "Proxy-Authenticate"
    case .proxyAuthorization: "Proxy-Authorization"
    case .proxyRequire: "Proxy-Require"
    case .reason: "Reason"
    case .recordRoute: "Record-Route"
    case .remotePartyID: "Remote-Party-ID"
    case .replyTo: "Reply-To"
    case .require: "Require"
    case .route: "Route"
    case .server: "Server"
    case .serviceRoute: "Service-Route"
    case .sipETag: "SIP-ETag"
    case .sipIfMatch: "SIP-If-Match"
    case .subject: "Subject"
    case .supported: "Supported"
    case .unsupported: "Unsupported"
    case .userAgent: "User-Agent"
    case .via: "Via"
    case .warning: "Warning"
    case .wwwAuthenticate: "WWW-Authenticate"
    case .featureResult: "X-Feature-Result"
    }
  }

  /// The one-letter form of RFC 3261 §7.3.3 and its extensions, 0 where there is none.
  public var shortForm: UInt8 {
    switch self {
    case .callID: 0x69
    case .contentLength: 0x6c
    case .contentType: 0x63
    case .event: 0x6f
    case .from: 0x66
    case .referTo: 0x72
    case .referredBy: 0x62
    case .sessionExpires: 0x78
    case .to: 0x74
    case .allowEvents: 0x75
    case .contact: 0x6d
    case .contentEncoding: 0x65
    case .subject: 0x73
    case .supported: 0x6b
    case .via: 0x76
    default: 0
    }
  }
}

extension HeaderName {
  /// The field of this name; `.other` for an unknown one. Letter case does not matter.
  public init(_ name: [UInt8]) {
    self = name.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      var hash = Self.hashStart
      for octet in buffer { hash = Self.hash(hash, octet) }
      return Self.table.name(octets, 0, octets.count, hash: hash)
    }
  }

  /// Where the scanner's running hash of a name begins.
  static var hashStart: UInt32 { 0x811c_9dc5 }

  /// The hash with one more octet of the name, letter case folded away.
  @inline(__always) static func hash(_ hash: UInt32, _ octet: UInt8) -> UInt32 {
    (hash ^ UInt32(octet | 0x20)) &* 0x0100_0193
  }

  /// All names by hash, made once.
  static let table = HeaderTable()
}

/// An open hash table from lower-case names to `HeaderName`; a hit is compared in full. A class, so that a scanner holds it
/// by a reference.
final class HeaderTable: Sendable {
  private let slots: InlineArray<256, UInt8>
  private let spellings: [StaticString]

  init() {
    var slots = InlineArray<256, UInt8>(repeating: 0)
    var spellings = [StaticString](repeating: "", count: HeaderName.allCases.count)
    func insert(_ name: HeaderName, _ hash: UInt32) {
      var slot = Int((hash ^ hash >> 16) & 0xff)
      while slots[slot] != 0 { slot = (slot + 1) & 0xff }
      slots[slot] = name.rawValue
    }
    for name in HeaderName.allCases where name != .other {
      spellings[Int(name.rawValue)] = name.spelling
      var hash = HeaderName.hashStart
      name.spelling.withUTF8Buffer { for octet in $0 { hash = HeaderName.hash(hash, octet) } }
      insert(name, hash)
      if name.shortForm != 0 { insert(name, HeaderName.hash(HeaderName.hashStart, name.shortForm)) }
    }
    self.slots = slots
    self.spellings = spellings
  }

  /// The name written in the range whose hash is given.
  func name(_ octets: Octets, _ start: Int, _ end: Int, hash: UInt32) -> HeaderName {
    var slot = Int((hash ^ hash >> 16) & 0xff)
    while true {
      let code = self.slots[slot]
      // Half of the slots are empty, so the walk ends.
      guard code != 0, let name = HeaderName(rawValue: code) else { return .other }
      if end &- start == 1 {
        if name.shortForm == lowercased(octets[start]) { return name }
      } else if octets.equalsIgnoringCase(Slice(start, end), self.spellings[Int(code)]) {
        return name
      }
      slot = (slot + 1) & 0xff
    }
  }
}
