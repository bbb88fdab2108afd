import Kernel
import Sessions
import Testing

/// What fuzzing has found, each with the octets that showed it, made short.
@Suite("Found by fuzzing: descriptions")
struct FoundDescriptionTests {
  /// The answer to an offer while there is nobody to talk to.
  private func silentAnswer(to offer: [UInt8]) throws -> SDP? {
    var negotiator = Negotiator(seed: 1)
    var orders: [Negotiator.Order] = []
    let leg = LegID(index: 0, generation: 1)
    try negotiator.open(leg, role: .incoming(offer: offer), traits: LegTraits(localAddress: IPAddress(192, 0, 2, 1)))
    negotiator.goal(leg, .nothing, at: .zero, into: &orders)
    negotiator.answer(leg, at: .zero, into: &orders)
    for case .accept(_, let sdp?, _) in orders { return try SDP(parsing: sdp) }
    return nil
  }

  private func secure(_ lines: String...) -> [UInt8] {
    Array(
      ("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 8\r\n"
        + lines.map { "\($0)\r\n" }.joined()).utf8)
  }

  private static let key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

  @Test("MED-3: a secure offer whose only key cannot be read is answered with a refused line, not with one without a key")
  func unreadableKey() throws {
    let answer = try #require(try self.silentAnswer(to: self.secure("a=crypto:1AES_CM_128_HMAC_SHA1_80 \(Self.key)")))
    #expect(answer.media.map(\.isRefused) == [true])
  }

  @Test("MED-3: the first key that can be read is answered")
  func secondKey() throws {
    let offer = self.secure(
      "a=crypto:1AES_CM_128_HMAC_SHA1_80 \(Self.key)", "a=crypto:2 AES_CM_128_HMAC_SHA1_32 \(Self.key)")
    let answer = try #require(try self.silentAnswer(to: offer))
    #expect(answer.media.map(\.isRefused) == [false])
    #expect(String(decoding: answer.bytes, as: UTF8.self).contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"))
  }
}
