import Cryptography
import Testing

@Suite("Cryptography gives the published answers")
struct CryptographyTests {
  private func octets(_ hexadecimal: String) -> [UInt8] {
    var digits = hexadecimal[...]
    var octets: [UInt8] = []
    while digits.count >= 2 {
      octets.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
      digits = digits.dropFirst(2)
    }
    return octets
  }

  @Test("MD5 and SHA-256 of RFC 1321 and FIPS 180")
  func hashes() {
    #expect(HashFunction.md5.hash(Array("abc".utf8)) == octets("900150983cd24fb0d6963f7d28e17f72"))
    #expect(HashFunction.md5.hash([]) == octets("d41d8cd98f00b204e9800998ecf8427e"))
    #expect(
      HashFunction.sha256.hash(Array("abc".utf8)) == octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
  }

  @Test("HMAC-SHA-256 of RFC 4231, case 2")
  func keyedHash() {
    #expect(
      HashFunction.sha256.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        == octets("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
  }

  @Test("HKDF of RFC 5869, case 3: no salt, no information")
  func derivation() {
    let derived = HashFunction.sha256.derive(32, from: [UInt8](repeating: 0x0b, count: 22), for: [])
    #expect(derived == octets("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"))
  }

  @Test("What is sealed opens again, and only whole, in its context and under its key")
  func sealing() throws {
    let key = try #require(SealingKey([UInt8](repeating: 7, count: 32)))
    let other = try #require(SealingKey([UInt8](repeating: 8, count: 32)))
    for text in [[], Array("secret!".utf8), [UInt8](repeating: 1, count: 1000)] as [[UInt8]] {
      let sealed = try #require(key.seal(text, context: Array("station 2001".utf8)))
      #expect(sealed.count == text.count + SealingKey.overhead)
      #expect(key.open(sealed, context: Array("station 2001".utf8)) == text)
      #expect(key.open(sealed, context: Array("station 2002".utf8)) == nil)
      #expect(other.open(sealed, context: Array("station 2001".utf8)) == nil)
      for place in [0, 12, sealed.count - 1] {
        var changed = sealed
        changed[place] ^= 1
        #expect(key.open(changed, context: Array("station 2001".utf8)) == nil)
      }
      #expect(key.open(Array(sealed.dropLast()), context: Array("station 2001".utf8)) == nil)
    }
    #expect(key.open([1, 2, 3], context: []) == nil)
    #expect(SealingKey([1]) == nil)
  }
}
