/// What an Authorization or Proxy-Authorization field says, taken apart without copying (RFC 7616 §3.4).
///
/// Made by parsing, so one in hand is complete and names a known algorithm and quality. Whether the nonce is ours and
/// fresh, the count new and the user known is the registrar's business (RELIABILITY 22); this type only computes.
public struct DigestCredentials: BitwiseCopyable, Sendable {
  /// Why a field gives no credentials; all but `otherScheme` are malformed or unsupported digest (RELIABILITY 23).
  public enum Failure: Error, Hashable, Sendable {
    /// Not Digest: counts as no credentials (RFC 4475 §3.3.7).
    case otherScheme
    /// A needed part is missing, stands twice, or is malformed; `username*`; NUL; a part over 255 octets.
    case malformed
    /// An algorithm other than MD5 and SHA-256.
    case unknownAlgorithm
    /// A quality of protection other than `auth`, or none: we always ask for it.
    case unknownQop
  }

  /// The user name between its quotation marks; escapes are still in it (`matches(user:)` resolves them).
  public let user: Slice
  /// The realm.
  public let realm: Slice
  /// The nonce.
  public let nonce: Slice
  /// The URI that went into the response.
  public let uri: Slice
  /// The response in hexadecimal, 32 or 64 digits as the algorithm demands.
  public let response: Slice
  /// The client's own nonce.
  public let clientNonce: Slice
  /// The nonce count's eight digits.
  public let count: Slice
  /// The nonce count as a number, 1 or more.
  public let nonceCount: UInt32
  /// The opaque value, empty where there is none.
  public let opaque: Slice
  /// MD5 where none is named.
  public let algorithm: DigestAlgorithm
  /// The quality's text as the client wrote it, for the computation.
  let quality: Slice

  /// Reads one field's value.
  public static func parse(_ value: Slice, in bytes: [UInt8]) throws(Failure) -> DigestCredentials {
    var scan = DigestScan()
    let failure = bytes.withUnsafeBufferPointer { scan.run(Octets($0), value) }
    if let failure { throw failure }
    return try DigestCredentials(scan)
  }

  /// Whether the user name, escapes resolved, is this one.
  public func matches(user: [UInt8], in bytes: [UInt8]) -> Bool {
    let written = bytes[self.user.range.clamped(to: 0..<bytes.count)]
    if !written.contains(0x5c) { return written.elementsEqual(user) }
    return self.unescapedUser(in: bytes) == user
  }

  /// The user name with its escapes resolved.
  public func unescapedUser(in bytes: [UInt8]) -> [UInt8] {
    var name: [UInt8] = []
    var isEscaped = false
    for octet in bytes[self.user.range.clamped(to: 0..<bytes.count)] {
      if octet == 0x5c, !isEscaped {
        isEscaped = true
      } else {
        name.append(octet)
        isEscaped = false
      }
    }
    return name
  }

  /// Whether the response was computed with this HA1 (hexadecimal, of `algorithm`) for this method. Takes the same time
  /// whatever the answer.
  public func verify(method: [UInt8], ha1: [UInt8], in bytes: [UInt8], with functions: DigestFunctions) -> Bool {
    let expected = DigestResponse.compute(
      self.algorithm, ha1: ha1, method: method, uri: self.uri.array(in: bytes), nonce: self.nonce.array(in: bytes),
      count: self.count.array(in: bytes), clientNonce: self.clientNonce.array(in: bytes),
      quality: self.quality.array(in: bytes), with: functions)
    return DigestResponse.equal(expected, self.response.array(in: bytes))
  }

  private init(_ scan: DigestScan) throws(Failure) {
    guard let user = scan.user, let realm = scan.realm, let nonce = scan.nonce, let uri = scan.uri, let response = scan.response
    else { throw .malformed }
    guard let quality = scan.quality else { throw .unknownQop }
    guard let clientNonce = scan.clientNonce, let count = scan.count, scan.nonceCount > 0 else { throw .malformed }
    guard response.count == (scan.algorithm == .md5 ? 32 : 64) else { throw .malformed }
    self.user = user
    self.realm = realm
    self.nonce = nonce
    self.uri = uri
    self.response = response
    self.clientNonce = clientNonce
    self.count = count
    self.nonceCount = scan.nonceCount
    self.opaque = scan.opaque ?? .empty
    self.algorithm = scan.algorithm
    self.quality = quality
  }
}

extension SIPMessage {
  /// The digest credentials for a realm; nil where no field has any for it. Of many fields the first eight count.
  /// Throws where one for this realm, or one whose realm cannot be read, is malformed or unsupported and none is good.
  /// - `proxy`: look at Proxy-Authorization instead of Authorization.
  public func credentials(
    realm: [UInt8], proxy: Bool = false
  ) throws(DigestCredentials.Failure) -> DigestCredentials? {
    var failure: DigestCredentials.Failure?
    var left = 8
    for value in self.headers(proxy ? .proxyAuthorization : .authorization) {
      if left == 0 { break }
      left -= 1
      do throws(DigestCredentials.Failure) {
        let credentials = try DigestCredentials.parse(value, in: self.bytes)
        if credentials.realm.equals(realm, in: self.bytes) { return credentials }
      } catch {
        if error != .otherScheme { failure = error }
      }
    }
    if let failure { throw failure }
    return nil
  }
}
