/// A challenge as WWW-Authenticate or Proxy-Authenticate carries it (RFC 7616 §3.3, RFC 8760): one field for each algorithm
/// (REG-1). The order is the registrar's.
public struct DigestChallenge: Sendable {
  /// The realm.
  public var realm: [UInt8]
  /// The nonce; text without `"` and `\`.
  public var nonce: [UInt8]
  /// The algorithm.
  public var algorithm: DigestAlgorithm
  /// The digest was right but its nonce too old: the phone may try again without asking its user.
  public var isStale: Bool

  /// A challenge.
  public init(realm: [UInt8], nonce: [UInt8], algorithm: DigestAlgorithm, isStale: Bool = false) {
    self.realm = realm
    self.nonce = nonce
    self.algorithm = algorithm
    self.isStale = isStale
  }

  /// Writes the header field.
  /// - `proxy`: Proxy-Authenticate (407) instead of WWW-Authenticate (401).
  public func write(to writer: inout MessageWriter, proxy: Bool = false) {
    writer.begin(proxy ? .proxyAuthenticate : .wwwAuthenticate)
    writer.text("Digest realm=")
    writer.quoted(self.realm)
    writer.text(", nonce=")
    writer.quoted(self.nonce)
    writer.text(", algorithm=")
    writer.text(self.algorithm.spelling)
    writer.text(", qop=\"auth\"")
    if self.isStale { writer.text(", stale=true") }
    writer.endLine()
  }
}
