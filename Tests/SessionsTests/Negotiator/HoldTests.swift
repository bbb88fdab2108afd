import Kernel
import Sessions
import Testing

@Suite struct HoldTests {
  @Test(
    "HOLD-1, HOLD-2: the holder is answered at once, the held party goes to music, and resume brings both back",
    arguments: [
      "sendonly", "inactive", "0.0.0.0",
    ])
  func holdAndResume(_ form: String) throws {
    var bench = Bench()
    try bench.talk()
    let hold =
      form == "0.0.0.0"
      ? phone(form, port: 10_000, version: 2)
      : phone(
        "192.0.2.10", port: 10_000, version: 2,
        direction: form)
    bench.receive(0, .reinvite(sdp: hold))
    #expect(bench.take() == ["held 0"])
    bench.goal(1, .music)
    #expect(bench.take() == ["reinvite 1 10000 inactive", "accept 0 20000 inactive"])
    bench.tick()
    bench.receive(0, .ack(sdp: nil))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1"])
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 3)))
    #expect(bench.take() == ["resumed 0"])
    bench.goal(1, .with(Bench.leg(0)))
    bench.tick()
    #expect(bench.take() == ["reinvite 1 10000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take() == ["ack 1 -", "accept 0 20000", "joined 1", "path 1 0 direct"])
    bench.receive(0, .ack(sdp: nil))
    #expect(bench.take() == [])
    #expect(bench.negotiator.nextDeadline == .never)
  }

  @Test("HOLD-2: with tone source `phone` the hold itself reaches the held party, and its answer the holder")
  func relayedHold() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2, direction: "sendonly")))
    bench.tick()
    #expect(bench.take() == ["held 0", "reinvite 1 10000 sendonly"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "recvonly"), branch: 1))
    #expect(bench.take() == ["ack 1 -", "accept 0 20000 recvonly"])
  }

  @Test("HOLD-1: both at once: neither phone waits, and both are back after both resumed")
  func bothHold() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2, direction: "sendonly")))
    bench.goal(1, .music)
    bench.receive(1, .reinvite(sdp: phone(port: 20_000, version: 2, direction: "sendonly")))
    #expect(bench.take() == ["held 0", "reinvite 1 10000 inactive", "accept 0 20000 inactive", "refuse 1 491"])
    bench.receive(1, .refused(.init(rawValue: 491), retryAfter: nil))
    bench.receive(0, .ack(sdp: nil))
    bench.advance(.seconds(1))
    bench.receive(1, .reinvite(sdp: phone(port: 20_000, version: 2, direction: "sendonly")))
    #expect(bench.take() == ["held 1", "accept 1 10000 inactive", "joined 1"])
    bench.receive(1, .ack(sdp: nil))
    bench.advance(.seconds(5))
    #expect(bench.take() == [], "a leg held by its own phone is left alone")
    bench.receive(1, .reinvite(sdp: phone(port: 20_000, version: 3)))
    #expect(bench.take() == ["resumed 1"])
    bench.tick()
    #expect(bench.take() == ["accept 1 10000 inactive"])
    bench.receive(1, .ack(sdp: nil))
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 3)))
    bench.goal(1, .with(Bench.leg(0)))
    #expect(bench.take() == ["resumed 0", "reinvite 1 10000"])
  }

  @Test("RFC 3261 14.1: our own 491 is tried again after 2.1 to 4 s where the Call-ID is ours")
  func glare() throws {
    var bench = Bench()
    try bench.talk()
    bench.goal(1, .music)
    bench.receive(1, .refused(.init(rawValue: 491), retryAfter: nil))
    #expect(bench.take() == ["reinvite 1 10000 inactive"])
    let wait = bench.negotiator.nextDeadline - bench.now
    #expect(wait >= .milliseconds(2_100) && wait <= .seconds(4) && wait.milliseconds % 10 == 0)
    bench.advance(wait)
    #expect(bench.take() == ["reinvite 1 10000 inactive"])
  }

  @Test("Rule 5: a refresh is answered here with what the phone has been told, version and all")
  func refresh() throws {
    var bench = Bench()
    try bench.talk()
    let told = bench.negotiator.descriptions(of: Bench.leg(0))?.local
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000)))
    #expect(bench.orders == [.accept(Bench.leg(0), told, dialog: 0)])
    #expect(bench.take() == ["accept 0 20000"])
    bench.receive(0, .ack(sdp: nil))
    bench.receive(1, .update(sdp: nil))
    #expect(bench.take() == ["accept 1 -"])
  }

  @Test("CALL-1: our own refresh repeats what the phone was told, and concerns nobody else")
  func ownRefresh() throws {
    var bench = Bench()
    try bench.talk()
    let told = bench.negotiator.descriptions(of: Bench.leg(1))?.local
    #expect(bench.negotiator.refresh(Bench.leg(1), at: bench.now, into: &bench.orders))
    #expect(bench.orders == [.reinvite(Bench.leg(1), told)])
    #expect(!bench.negotiator.refresh(Bench.leg(1), at: bench.now, into: &bench.orders))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    #expect(bench.take() == ["reinvite 1 10000", "ack 1 -"])
    #expect(bench.negotiator.nextDeadline == .never)
  }

  @Test("CALL-1: a change of codec or address is the peer's to answer, by re-INVITE or UPDATE")
  func change() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .update(sdp: phone("192.0.2.10", port: 10_400, version: 2)))
    #expect(bench.take() == ["reinvite 1 10400"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 1 -", "accept 0 20000"])
    bench.receive(1, .reinvite(sdp: phone("192.0.2.20", port: 20_400, version: 3)))
    #expect(bench.take() == ["reinvite 0 20400"], "an UPDATE needs no ACK")
  }

  @Test("INTEROP 20: a refused change is refused to who asked, and the call stays")
  func refusedChange() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2, extra: ["m=image 10002 udptl t38"])))
    #expect(bench.take() == ["reinvite 1 10000+10002"])
    bench.receive(1, .refused(.notAcceptableHere, retryAfter: nil))
    #expect(bench.take() == ["refuse 0 488"])
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 3)))
    #expect(bench.take() == ["reinvite 1 10000+x"], "the place of a line that was offered stays")
  }

  @Test("RFC 6337 5.1: a re-INVITE without an offer gets a full one, also from a phone that holds")
  func offerless() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: nil))
    #expect(bench.take() == ["accept 0 20000"])
    bench.receive(0, .ack(sdp: phone("192.0.2.10", port: 10_000, version: 2)))
    #expect(bench.take() == [], "nothing new for the peer")
    bench.receive(0, .reinvite(sdp: nil))
    bench.receive(0, .ack(sdp: phone("192.0.2.10", port: 10_600, version: 3)))
    #expect(bench.take() == ["accept 0 20000", "reinvite 1 10600"])
  }

  @Test(
    "CALL-8: a phone that no longer knows its dialog, or falls silent, is reported lost; who asked is answered",
    arguments: [481, 408])
  func lost(_ status: Int) throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_400, version: 2)))
    _ = bench.take()
    if status == 408 {
      bench.advance(.seconds(33))
    } else {
      bench.receive(1, .refused(.init(rawValue: UInt16(status)), retryAfter: nil))
    }
    #expect(bench.take() == ["lost 1", "accept 0 20000 inactive"])
  }

  @Test("RELIABILITY 44: a secure call is not made plain by a re-INVITE")
  func downgrade() throws {
    let crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
    func secure(_ port: Int) -> [UInt8] {
      Array(String(decoding: phone(port: port, extra: [crypto]), as: UTF8.self).replacing("RTP/AVP", with: "RTP/SAVP").utf8)
    }
    var bench = Bench()
    try bench.open(0, offer: secure(10_000))
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: secure(20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.receive(0, .ack(sdp: nil))
    _ = bench.take()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2)))
    let bare = Array(String(decoding: phone(port: 10_000, version: 3), as: UTF8.self).replacing("RTP/AVP", with: "RTP/SAVP").utf8)
    bench.receive(0, .reinvite(sdp: bare))
    #expect(bench.take() == ["refuse 0 488", "refuse 0 488"])
    bench.receive(0, .reinvite(sdp: Array("rubbish".utf8)))
    #expect(bench.take() == ["refuse 0 400"])
  }

  @Test("RELIABILITY 37: CANCEL of a re-INVITE gives the phone its old call back, and the peer is told so")
  func cancelled() throws {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_400, version: 2)))
    bench.receive(0, .cancelledReinvite)
    #expect(bench.take() == ["reinvite 1 10400", "refuse 0 487"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 1 -", "reinvite 1 10000"])
  }

  @Test("RFC 3261 14.2: requests that cross an open offer are told to come again")
  func crossing() throws {
    var bench = Bench()
    try bench.open(0, offer: phone())
    try bench.call(1, for: 0)
    _ = bench.take()
    bench.receive(0, .update(sdp: phone(version: 2)))
    bench.receive(1, .update(sdp: phone(version: 2)))
    #expect(bench.take() == ["refuse 0 500", "refuse 1 491"])
  }
}
