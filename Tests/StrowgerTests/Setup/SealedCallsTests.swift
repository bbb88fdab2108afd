import Store
import Testing

@testable import Strowger

@Suite("Keys of encrypted calls are sealed on the disk")
struct SealedCallsTests {
  private let secrets = Secrets(key: StoreKey.random())
  private let encrypted = [3] + Array("m=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n".utf8)

  @Test("RELIABILITY 3: a row with a key is sealed and opens again; one without stays as it is")
  func there() throws {
    let sealed = try #require(SealedCalls.seal(self.encrypted, id: 7, self.secrets))
    #expect(!String(decoding: sealed, as: UTF8.self).contains("inline"))
    #expect(SealedCalls.open(sealed, id: 7, self.secrets) == self.encrypted)
    let plain = [3] + Array("m=audio 4000 RTP/AVP 8\r\n".utf8)
    #expect(SealedCalls.seal(plain, id: 7, self.secrets) == plain)
    #expect(SealedCalls.open(plain, id: 7, self.secrets) == plain)
    #expect(SealedCalls.seal([], id: 7, self.secrets) == [])
  }

  @Test("RELIABILITY 3: a row that was changed, moved to another call or sealed under another key is no call")
  func tampered() throws {
    var sealed = try #require(SealedCalls.seal(self.encrypted, id: 7, self.secrets))
    #expect(SealedCalls.open(sealed, id: 8, self.secrets) == [])
    #expect(SealedCalls.open(sealed, id: 7, Secrets(key: StoreKey.random())) == [])
    sealed[20] ^= 1
    #expect(SealedCalls.open(sealed, id: 7, self.secrets) == [])
  }
}
