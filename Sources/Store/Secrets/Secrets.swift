internal import Cryptography
internal import Foundation

/// The 256-bit key under which passwords are sealed. It does not print.
public struct StoreKey: Sendable {
  let octets: [UInt8]

  public static let length = 32

  /// nil unless there are exactly 32 octets.
  public init?(octets: [UInt8]) {
    guard octets.count == StoreKey.length else { return nil }
    self.octets = octets
  }

  /// 64 hexadecimal digits or base64 of 32 octets; white space around it is ignored. nil for anything else.
  public init?(text: String) {
    let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if let octets = keyOctets(trimmed) {
      self.init(octets: octets)
    } else if let data = Data(base64Encoded: trimmed) {
      self.init(octets: [UInt8](data))
    } else {
      return nil
    }
  }

  /// A fresh key from the system's random source.
  public static func random() -> StoreKey {
    var source = SystemRandomNumberGenerator()
    return StoreKey(unchecked: (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &source) })
  }

  private init(unchecked octets: [UInt8]) {
    self.octets = octets
  }

  var hexadecimal: String {
    octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

extension StoreKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "256-bit key" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Seals and opens what the database keeps secret (REG-5) and hashes authorisation codes (TRK-4).
///
/// AES-256-GCM with a random nonce; the owner's name is associated data, so that a sealed value moved to another row does not
/// open. The keys for sealing, for recordings, for hashing and for the audit trail are derived from the store's key (HKDF-SHA-256) and
/// differ.
public struct Secrets: Sendable {
  private let sealing: SealingKey?
  private let recordings: SealingKey?
  private let hashing: [UInt8]
  private let chaining: [UInt8]

  public init(key: StoreKey) {
    let derive = { (use: String) in
      HashFunction.sha256.derive(SealingKey.length, from: key.octets, for: Array("strowger \(use) 1".utf8))
    }
    sealing = SealingKey(derive("seal"))
    recordings = SealingKey(derive("recording"))
    hashing = derive("hash")
    chaining = derive("audit")
  }

  /// Nonce, ciphertext and tag; `owner` must be given again to open it: `station 2001`, `trunk carrier`.
  public func seal(_ plain: [UInt8], for owner: String) throws(StoreError) -> [UInt8] {
    guard let sealed = sealing?.seal(plain, context: Array(owner.utf8)) else {
      throw StoreError(.random, at: owner, "the secret could not be sealed (libcrypto refused)")
    }
    return sealed
  }

  /// What was sealed; throws `.tampered` when it was changed, belongs to another owner or was sealed under another key.
  public func open(_ sealed: [UInt8], for owner: String) throws(StoreError) -> [UInt8] {
    guard let plain = sealing?.open(sealed, context: Array(owner.utf8)) else {
      throw StoreError(
        .tampered, at: owner, "the sealed secret was changed, moved here from elsewhere or sealed under another key",
        mend: "set it again")
    }
    return plain
  }

  /// Seals what a caller said, under a key of its own and bound to the recording's number; nil when libcrypto refuses.
  func seal(recording octets: [UInt8], _ number: UInt32) -> [UInt8]? {
    recordings?.seal(octets, context: Array("recording \(number)".utf8))
  }

  /// nil when it was changed, is another recording or was sealed under another key.
  func open(recording sealed: [UInt8], _ number: UInt32) -> [UInt8]? {
    recordings?.open(sealed, context: Array("recording \(number)".utf8))
  }

  /// The keyed hash by which an authorisation code is found: HMAC-SHA-256, 32 octets.
  public func hash(ofCode digits: [UInt8]) -> [UInt8] {
    HashFunction.sha256.authenticate(digits, key: hashing)
  }

  /// The seal of a row of the audit trail: HMAC-SHA-256 under a key of its own, 32 octets.
  func chain(_ octets: [UInt8]) -> [UInt8] {
    HashFunction.sha256.authenticate(octets, key: chaining)
  }

  /// `sha256:` and the first 16 hexadecimal digits: tells files apart.
  static func shortHash(_ octets: [UInt8]) -> String {
    "sha256:"
      + HashFunction.sha256.hash(octets).prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// Tells whether a database belongs to this key, and nothing about the key.
  var fingerprint: [UInt8] {
    Array(hash(ofCode: Array("strowger key check".utf8)).prefix(16))
  }
}

private func keyOctets(_ text: String) -> [UInt8]? {
  let digits = text.utf8.map { octet -> UInt8? in
    switch octet {
    case 0x30...0x39: octet &- 0x30
    case 0x41...0x46: octet &- 0x37
    case 0x61...0x66: octet &- 0x57
    default: nil
    }
  }
  guard digits.count == 2 * StoreKey.length else { return nil }
  var octets: [UInt8] = []
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = digits[index], let low = digits[index + 1] else { return nil }
    octets.append(high << 4 | low)
  }
  return octets
}
