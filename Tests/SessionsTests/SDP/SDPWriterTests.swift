import Kernel
import Sessions
import Testing

@Suite struct SDPWriterTests {
  @Test("Rule 5: places never go away, and a line goes to a place of its own kind")
  func places() throws {
    var bench = Bench()
    let accepted = "m=video 20002 RTP/AVP 99"
    let video = ["m=video 10002 RTP/AVP 99", "a=rtpmap:99 H264/90000"]
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000, extra: video))
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, extra: [accepted]), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.receive(0, .ack(sdp: nil))
    _ = bench.take()
    // One with video first, audio second; its answer must come in its own order.
    let upsideDown = text(
      "v=0", "o=- 1 1 IN IP4 192.0.2.30", "s=-", "c=IN IP4 192.0.2.30", "t=0 0", "m=video 30002 RTP/AVP 99",
      "a=rtpmap:99 H264/90000", "m=audio 30000 RTP/AVP 0")
    try bench.open(2, offer: upsideDown)
    bench.close(0)
    bench.connect(2, 1)
    bench.answer(2)
    #expect(bench.take() == ["reinvite 1 30000+30002"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, extra: [accepted]), branch: 1))
    #expect(bench.take().contains("accept 2 20002+20000"))
    bench.receive(2, .ack(sdp: nil))
    // One without video: its place is refused, not gone.
    try bench.open(3, offer: phone("192.0.2.40", port: 40_000))
    bench.close(2)
    bench.connect(3, 1)
    bench.answer(3)
    #expect(bench.take() == ["reinvite 1 40000+x"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3, extra: ["m=video 0 RTP/AVP 99"]), branch: 1))
    #expect(bench.take().contains("accept 3 20000"))
  }

  @Test("RELIABILITY 8: line ends without CR leave as CRLF")
  func lineEnds() throws {
    var bench = Bench()
    try bench.open(0, offer: Array(String(decoding: phone(), as: UTF8.self).replacing("\r\n", with: "\n").utf8))
    try bench.call(1, for: 0)
    guard case .invite(_, let offer?) = bench.orders.last else { return #expect(Bool(false), "no INVITE") }
    #expect(offer.split(separator: 0x0a).allSatisfy { $0.last == 0x0d })
  }

  @Test("MED-3: a secure caller that must be answered in silence gets a key of its own, never plain RTP")
  func silentKey() throws {
    let crypto = "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    var bench = Bench()
    try bench.open(
      0, offer: Array(String(decoding: phone(extra: [crypto]), as: UTF8.self).replacing("RTP/AVP", with: "RTP/SAVP").utf8))
    bench.goal(0, .music)
    bench.answer(0)
    guard case .accept(_, let answer?, _)? = bench.orders.first else { return #expect(Bool(false), "no answer") }
    let lines = String(decoding: answer, as: UTF8.self)
    #expect(lines.contains("m=audio 9 RTP/SAVP 0 8 101\r\n") && lines.contains("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:"))
    #expect(!lines.contains("d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"))
  }
}
