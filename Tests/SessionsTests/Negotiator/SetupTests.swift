import Kernel
import Sessions
import Testing

@Suite struct SetupTests {
  @Test("CALL-2: caller's offer goes to the callee and the callee's answer back, both in dialogs of our own")
  func direct() throws {
    var bench = Bench()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    try bench.call(1, for: 0)
    guard case .invite(_, let offer?) = bench.orders.last else { return #expect(Bool(false), "no INVITE") }
    let lines = String(decoding: offer, as: UTF8.self)
    #expect(lines.contains("\r\no=strowger "))
    #expect(lines.contains(" IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.10\r\n"))
    #expect(lines.hasSuffix("a=ptime:20\r\n"))
    #expect(bench.take() == ["invite 1 10000"])
    bench.receive(1, .provisional(.init(rawValue: 180), sdp: nil, branch: 1, reliable: false))
    #expect(bench.take() == ["progress 0 180 -"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    #expect(bench.take() == ["ack 1 -"])
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(bench.take() == ["joined 0", "joined 1", "path 0 1 direct", "accept 0 20000"])
    bench.receive(0, .ack(sdp: nil))
    #expect(bench.take() == [])
    #expect(bench.negotiator.nextDeadline == .never)
  }

  @Test("CALL-1: a caller without an offer gets the callee's, and its ACK answers")
  func offerless() throws {
    var bench = Bench()
    try bench.open(0, offer: nil)
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: phone(port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(bench.take() == ["invite 1 -", "accept 0 20000"])
    bench.receive(0, .ack(sdp: phone(port: 10_000)))
    #expect(bench.take() == ["ack 1 10000", "joined 1", "joined 0", "path 1 0 direct"])
  }

  @Test("Rule 5: a 200 with an offer is ACKed within 4 s, and the late caller spliced in afterwards")
  func lateAck() throws {
    var bench = Bench()
    try bench.open(0, offer: nil)
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: phone(port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    _ = bench.take()
    bench.advance(.milliseconds(3_999))
    #expect(bench.take() == [])
    bench.advance(.milliseconds(1))
    #expect(bench.take() == ["ack 1 9 inactive"])
    bench.receive(0, .ack(sdp: phone(port: 10_000)))
    #expect(bench.take() == ["reinvite 1 10000"])
    bench.receive(1, .accepted(sdp: phone(port: 20_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "joined 0", "path 1 0 direct"])
  }

  @Test("CALL-1: 183 with SDP is 180 without for an ordinary caller, and passes from a trunk or by option")
  func earlyMedia() throws {
    for (isTrunk, option) in [(false, false), (true, false), (false, true)] {
      var bench = Bench()
      try bench.open(0, offer: phone(), earlyMedia: option)
      try bench.call(1, for: 0, isTrunk: isTrunk)
      _ = bench.take()
      bench.receive(1, .provisional(.init(rawValue: 183), sdp: phone(port: 20_000), branch: 7, reliable: false))
      let passes = isTrunk || option
      #expect(bench.take() == [passes ? "progress 0 183 20000" : "progress 0 180 -"])
      bench.receive(1, .accepted(sdp: nil, branch: 7))
      bench.goal(0, .with(Bench.leg(1)))
      bench.answer(0)
      #expect(bench.take() == ["ack 1 -", "joined 0", "joined 1", "path 0 1 direct", "accept 0 20000"])
    }
  }

  @Test("Rule 5: a branch that gave SDP and is abandoned is followed by a new early dialog")
  func abandonedBranch() throws {
    var bench = Bench()
    try bench.open(0, offer: phone(), earlyMedia: true)
    try bench.call(1, for: 0)
    bench.receive(1, .provisional(.init(rawValue: 183), sdp: phone(port: 20_000), branch: 1, reliable: false))
    bench.receive(1, .refused(.busyHere, retryAfter: nil))
    bench.close(1)
    try bench.call(2, for: 0)
    bench.receive(2, .provisional(.init(rawValue: 183), sdp: phone(port: 30_000), branch: 2, reliable: false))
    bench.receive(2, .accepted(sdp: phone(port: 30_000), branch: 2))
    bench.goal(0, .with(Bench.leg(2)))
    bench.answer(0)
    #expect(
      bench.take().filter { $0.hasPrefix("progress") || $0.hasPrefix("accept") } == [
        "progress 0 183 20000", "progress 0 183 30000 dialog 1", "accept 0 30000 dialog 1",
      ])
  }

  @Test("INTEROP 17: while several phones ring nobody's early media is heard")
  func severalRing() throws {
    var bench = Bench()
    try bench.open(0, offer: phone(), earlyMedia: true)
    try bench.call(1, for: 0)
    try bench.call(2, for: 0)
    _ = bench.take()
    bench.receive(1, .provisional(.init(rawValue: 183), sdp: phone(port: 20_000), branch: 1, reliable: false))
    bench.receive(2, .provisional(.init(rawValue: 180), sdp: nil, branch: 1, reliable: false))
    #expect(bench.take() == ["progress 0 180 -"])
  }

  @Test("CALL-7: video goes to the callee unchanged and its refusal comes back in its place")
  func video() throws {
    var bench = Bench()
    try bench.open(
      0,
      offer: phone(extra: [
        "m=video 10002 RTP/AVP 99", "a=rtpmap:99 H264/90000",
        "a=fmtp:99 profile-level-id=42e01f",
      ]))
    try bench.call(1, for: 0)
    guard case .invite(_, let offer?) = bench.orders.last else { return #expect(Bool(false), "no INVITE") }
    #expect(String(decoding: offer, as: UTF8.self).hasSuffix("a=fmtp:99 profile-level-id=42e01f\r\n"))
    bench.receive(1, .accepted(sdp: phone(port: 20_000, extra: ["m=video 0 RTP/AVP 99"]), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    #expect(bench.take().last == "accept 0 20000+x")
  }

  @Test("RELIABILITY 44: SAVP answered with AVP is no call")
  func downgrade() throws {
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    let secure = Array(String(decoding: phone(extra: [crypto]), as: UTF8.self).replacing("RTP/AVP", with: "RTP/SAVP").utf8)
    var bench = Bench()
    try bench.open(0, offer: secure)
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: phone(port: 20_000), branch: 1))
    #expect(bench.take() == ["invite 1 10000", "ack 1 -", "joinFailed 1 mediaFailed"])
  }

  @Test("A feature that answers a caller without a goal leaves it in silence, not waiting")
  func noGoal() throws {
    var bench = Bench()
    try bench.open(0, offer: phone())
    bench.answer(0)
    bench.tick()
    #expect(bench.take() == ["accept 0 9 inactive", "joined 0"])
    try bench.open(1, offer: nil)
    bench.goal(1, .tone(.confirmation))
    bench.answer(1)
    #expect(bench.take() == ["accept 1 9 inactive"])
    bench.receive(1, .ack(sdp: phone(direction: "inactive")))
    #expect(bench.take() == ["joined 1"])
  }

  @Test("RELIABILITY 16: an offer that names the exchange's own address is refused")
  func ownAddress() {
    var negotiator = Negotiator(seed: 1)
    let traits = LegTraits(localAddress: Bench.home, refusedAddress: Bench.home)
    #expect(throws: SDPError.unusableAddress) {
      try negotiator.open(Bench.leg(0), role: .incoming(offer: phone("192.0.2.1")), traits: traits)
    }
  }
}
