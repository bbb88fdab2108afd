internal import COpenSSL

/// Authenticated encryption with AES-256-GCM: what is sealed cannot be read, changed or moved unnoticed.
public struct SealingKey: Sendable {
  /// Octets of a key.
  public static let length = 32
  /// Octets that sealing adds: the nonce before the text and the tag behind it.
  public static let overhead = nonceLength + tagLength

  private static let nonceLength = 12
  private static let tagLength = 16
  private let octets: [UInt8]

  /// nil unless there are exactly 32 octets.
  public init?(_ octets: [UInt8]) {
    guard octets.count == SealingKey.length else { return nil }
    self.octets = octets
  }

  /// Nonce, ciphertext and tag. The nonce is 96 random bits, so one key seals at most 2^32 texts (NIST SP 800-38D §8.3).
  /// `context` is authenticated, not kept: it must be given again to open. nil when libcrypto fails.
  public func seal(_ plain: [UInt8], context: [UInt8]) -> [UInt8]? {
    var source = SystemRandomNumberGenerator()
    let nonce = (0..<SealingKey.nonceLength).map { _ in UInt8.random(in: .min ... .max, using: &source) }
    guard let cipher = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var sealed = nonce + [UInt8](repeating: 0, count: plain.count) + [UInt8](repeating: 0, count: SealingKey.tagLength)
    var written: Int32 = 0
    let done = sealed.withUnsafeMutableBufferPointer { sealed -> Bool in
      guard let start = sealed.baseAddress, let count = Int32(exactly: plain.count) else { return false }
      return EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, octets, nonce) == 1
        && EVP_EncryptUpdate(cipher, nil, &written, context, Int32(clamping: context.count)) == 1
        && EVP_EncryptUpdate(cipher, start + nonce.count, &written, plain, count) == 1
        && EVP_EncryptFinal_ex(cipher, start + nonce.count + plain.count, &written) == 1
        && EVP_CIPHER_CTX_ctrl(
          cipher, EVP_CTRL_AEAD_GET_TAG, Int32(SealingKey.tagLength), start + nonce.count + plain.count) == 1
    }
    return done ? sealed : nil
  }

  /// What was sealed; nil when it was changed, belongs to another context or was sealed under another key.
  public func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
    let count = sealed.count - SealingKey.overhead
    guard count >= 0, let length = Int32(exactly: count), let cipher = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(cipher) }
    var tag = Array(sealed.suffix(SealingKey.tagLength))
    var plain = [UInt8](repeating: 0, count: count)
    var written: Int32 = 0
    let done = sealed.withUnsafeBufferPointer { sealed -> Bool in
      guard let start = sealed.baseAddress else { return false }
      return EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, octets, start) == 1
        && EVP_DecryptUpdate(cipher, nil, &written, context, Int32(clamping: context.count)) == 1
        && EVP_DecryptUpdate(cipher, &plain, &written, start + SealingKey.nonceLength, length) == 1
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(SealingKey.tagLength), &tag) == 1
        && EVP_DecryptFinal_ex(cipher, &tag, &written) == 1
    }
    return done ? plain : nil
  }
}
