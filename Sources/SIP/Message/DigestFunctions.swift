/// The hash functions of digest authentication, given in by the shell: this module imports no cryptography.
public struct DigestFunctions: Sendable {
  /// MD5 of the octets: 16 octets.
  public let md5: @Sendable (UnsafeRawBufferPointer) -> [UInt8]
  /// SHA-256 of the octets: 32 octets.
  public let sha256: @Sendable (UnsafeRawBufferPointer) -> [UInt8]

  /// The two functions.
  public init(
    md5: @escaping @Sendable (UnsafeRawBufferPointer) -> [UInt8],
    sha256: @escaping @Sendable (UnsafeRawBufferPointer) -> [UInt8]
  ) {
    self.md5 = md5
    self.sha256 = sha256
  }

  /// The hash of the octets in lower-case hexadecimal.
  public func hexadecimal(_ algorithm: DigestAlgorithm, _ octets: [UInt8]) -> [UInt8] {
    let digest = octets.withUnsafeBytes { algorithm == .md5 ? self.md5($0) : self.sha256($0) }
    var text: [UInt8] = []
    text.reserveCapacity(2 * digest.count)
    for octet in digest {
      text.append(Self.digit(octet >> 4))
      text.append(Self.digit(octet & 15))
    }
    return text
  }

  /// HA1 = H(user ":" realm ":" password), in hexadecimal: what the store keeps instead of a password (RFC 7616 §3.4.2).
  public func ha1(_ algorithm: DigestAlgorithm, user: [UInt8], realm: [UInt8], password: [UInt8]) -> [UInt8] {
    self.hexadecimal(algorithm, user + [0x3a] + realm + [0x3a] + password)
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }
}

/// The hash algorithms of RFC 7616 and RFC 8760 that the exchange offers (REG-1).
public enum DigestAlgorithm: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  case md5, sha256

  /// The name in `algorithm=`.
  public var spelling: StaticString { self == .md5 ? "MD5" : "SHA-256" }
}
