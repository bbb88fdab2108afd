internal import COpenSSL

/// A hash function of the system's libcrypto.
public struct HashFunction: Sendable {
  /// MD5, for digest authentication with old phones only (RFC 2617).
  public static let md5 = HashFunction(fetching: "MD5", length: 16)
  /// SHA-256.
  public static let sha256 = HashFunction(fetching: "SHA256", length: 32)

  /// Octets of a hash.
  public let length: Int
  // Looked up once and never freed: libcrypto's look-up by name costs more than the hash of a short text. Immutable after
  // that, and libcrypto lets threads share it.
  private nonisolated(unsafe) let function: OpaquePointer?

  private init(fetching name: StaticString, length: Int) {
    self.length = length
    function = EVP_MD_fetch(nil, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), nil)
  }

  /// False where the system's policy forbids this function (MD5 under FIPS): its hashes are then empty, which equal no hash.
  public var isAvailable: Bool { function != nil }

  /// The hash of the octets; empty when the function is not available.
  public func hash(_ octets: UnsafeRawBufferPointer) -> [UInt8] {
    guard let function else { return [] }
    return [UInt8](unsafeUninitializedCapacity: length) { hash, count in
      count = EVP_Digest(octets.baseAddress, octets.count, hash.baseAddress, nil, function, nil) == 1 ? length : 0
    }
  }

  /// The hash of the octets.
  public func hash(_ octets: [UInt8]) -> [UInt8] {
    octets.withUnsafeBytes { hash($0) }
  }

  /// HMAC (RFC 2104) of the octets under the key; empty when the function is not available.
  public func authenticate(_ octets: [UInt8], key: [UInt8]) -> [UInt8] {
    guard let function else { return [] }
    return [UInt8](unsafeUninitializedCapacity: length) { code, count in
      let done = HMAC(function, key, Int32(clamping: key.count), octets, octets.count, code.baseAddress, nil)
      count = done == nil ? 0 : length
    }
  }

  /// `count` octets derived from a key of full strength for the use that `purpose` names: HKDF (RFC 5869) without salt, whose
  /// output is at most one hash long.
  public func derive(_ count: Int, from key: [UInt8], for purpose: [UInt8]) -> [UInt8] {
    let strong = authenticate(key, key: [UInt8](repeating: 0, count: length))
    return Array(authenticate(purpose + [1], key: strong).prefix(count))
  }
}
