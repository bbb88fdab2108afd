import Sessions
import Testing

@Suite("Voice of a hosted station")
struct HostedVoiceTests {
  private func voice(_ codecs: [HostedVoice.Codec] = [.pcma, .pcmu]) -> HostedVoice {
    HostedVoice(address: SocketAddress(IPAddress(192, 0, 2, 7), port: 4000), codecs: codecs)!  // an address with a port
  }

  private func offer(_ lines: String...) -> [UInt8] {
    Array((["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + lines).map { $0 + "\r\n" }.joined().utf8)
  }

  private func text(_ octets: [UInt8]?) -> [String] {
    String(decoding: octets ?? [], as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
  }

  @Test("CALL-7: an offer names the host's address and codecs; each is a new version")
  func offer() {
    var voice = self.voice()
    #expect(
      self.text(voice.offer()) == [
        "v=0", "o=host 4000 1 IN IP4 192.0.2.7", "s=-", "c=IN IP4 192.0.2.7", "t=0 0", "m=audio 4000 RTP/AVP 8 0 101",
        "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=sendrecv",
      ])
    voice.isHolding = true
    let held = self.text(voice.offer())
    #expect(held[1] == "o=host 4000 2 IN IP4 192.0.2.7" && held.last == "a=sendonly")
  }

  @Test("RFC 3264 §6: an answer takes the first plain audio line, in the offerer's order, and refuses every other line")
  func answer() {
    var voice = self.voice()
    let offer = self.offer(
      "m=video 5000 RTP/AVP 96", "m=audio 5002 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:YWJj",
      "m=audio 5004 RTP/AVP 18 0 8 97", "a=rtpmap:97 telephone-event/8000", "m=audio 5006 RTP/AVP 8")
    let lines = self.text(voice.answer(to: offer))
    #expect(
      lines.filter { $0.hasPrefix("m=") } == [
        "m=video 0 RTP/AVP 96", "m=audio 0 RTP/SAVP 0", "m=audio 4000 RTP/AVP 0 8 97", "m=audio 0 RTP/AVP 8",
      ])
    #expect(voice.target(offer).address == SocketAddress(IPAddress(192, 0, 2, 1), port: 5004))
    // What the far end calls 97 stays 97 (RFC 3264 §8.3.2).
    #expect(self.text(voice.offer()).contains("a=rtpmap:97 telephone-event/8000"))
  }

  @Test(
    "RFC 3264 §6.1: the direction of an answer fits the offer's, and whether the station holds",
    arguments: [
      ("sendrecv", false, "sendrecv"), ("sendonly", false, "recvonly"), ("recvonly", false, "sendonly"),
      ("inactive", false, "inactive"), ("sendrecv", true, "sendonly"), ("sendonly", true, "inactive"),
    ])
  func directions(offered: String, isHolding: Bool, answered: String) {
    var voice = self.voice()
    voice.isHolding = isHolding
    let offer = self.offer("m=audio 5004 RTP/AVP 8", "a=\(offered)")
    #expect(self.text(voice.answer(to: offer)).last == "a=\(answered)")
    let target = voice.target(offer)
    #expect(target.sends == ["sendrecv", "sendonly"].contains(answered))
    #expect(target.receives == ["sendrecv", "recvonly"].contains(answered))
  }

  @Test("HOLD-1: the old form of hold, 0.0.0.0, is no place to send to")
  func zeroAddress() {
    var voice = self.voice()
    let offer = self.offer("m=audio 5004 RTP/AVP 8", "c=IN IP4 0.0.0.0")
    #expect(voice.target(offer).address == nil && !voice.target(offer).sends)
    #expect(self.text(voice.answer(to: offer)).last == "a=recvonly")
  }

  @Test("CALL-11: nothing in common, no audio, or no description at all: no answer")
  func noAnswer() {
    var voice = self.voice([.g722])
    #expect(voice.answer(to: self.offer("m=audio 5004 RTP/AVP 8 0")) == nil)
    #expect(voice.answer(to: self.offer("m=audio 5004 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000")) == nil)
    #expect(voice.answer(to: self.offer("m=audio 0 RTP/AVP 9")) == nil)
    #expect(voice.answer(to: self.offer("m=image 5004 udptl t38")) == nil)
    #expect(voice.answer(to: [0, 1, 2]) == nil)
    #expect(voice.target([0, 1, 2]).address == nil)
    #expect(voice.answer(to: self.offer("m=audio 5004 RTP/AVP 9")) != nil)
  }

  @Test("RELIABILITY 16: no voice is at no address, at no port, or in no codec")
  func unusable() {
    #expect(HostedVoice(address: SocketAddress(.unspecified, port: 4000)) == nil)
    #expect(HostedVoice(address: SocketAddress(IPAddress(192, 0, 2, 7), port: 0)) == nil)
    #expect(HostedVoice(address: SocketAddress(IPAddress(192, 0, 2, 7), port: 4000), codecs: []) == nil)
  }
}
