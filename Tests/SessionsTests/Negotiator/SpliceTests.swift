import Kernel
import Sessions
import Testing

@Suite struct SpliceTests {
  /// 0 held 1 and was released: 1 hears music.
  private func parked() throws -> Bench {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2, direction: "sendonly")))
    bench.goal(1, .music)
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    bench.close(0)
    _ = bench.take()
    return bench
  }

  @Test("PARK-2: who fetches a parked call gets the parked phone's answer in the 200")
  func retrieve() throws {
    var bench = try self.parked()
    try bench.open(2, offer: phone("192.0.2.30", port: 30_000))
    bench.goal(2, .with(Bench.leg(1)))
    bench.answer(2)
    #expect(bench.take() == [])
    bench.goal(1, .with(Bench.leg(2)))
    #expect(bench.take() == ["reinvite 1 30000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let orders = bench.take()
    #expect(Set(orders) == ["ack 1 -", "accept 2 20000", "joined 1", "joined 2", "path 1 2 direct"])
    #expect(orders.count == 5)
  }

  @Test("PARK-2: a parked phone that refuses leaves the call parked; the fetching one is the kernel's to refuse")
  func failedRetrieve() throws {
    var bench = try self.parked()
    try bench.open(2, offer: phone("192.0.2.30", port: 30_000))
    bench.connect(2, 1)
    bench.answer(2)
    bench.receive(1, .refused(.notAcceptableHere, retryAfter: nil))
    #expect(Set(bench.take()) == ["reinvite 1 30000", "joinFailed 1 mediaFailed", "joinFailed 2 mediaFailed"])
    bench.goal(1, .music)
    bench.tick()
    #expect(bench.take() == ["joined 1"], "it still has what it had")
    bench.close(2)
    #expect(bench.take() == [])
  }

  @Test("PARK-2: a fetching phone that cancels leaves the call parked")
  func cancelledRetrieve() throws {
    var bench = try self.parked()
    try bench.open(2, offer: phone("192.0.2.30", port: 30_000))
    bench.connect(2, 1)
    bench.answer(2)
    _ = bench.take()
    bench.close(2)
    bench.goal(1, .music)
    #expect(bench.take() == ["joinFailed 1 lost"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take() == ["ack 1 -", "reinvite 1 30000 inactive"])
  }

  /// 0 talks with 1 and, holding, with 2 called by 3 — both ends of a transfer by 0 and 3, one phone's two lines.
  private func consulted() throws -> Bench {
    var bench = try self.parkedPair()
    bench.close(0)
    bench.close(3)
    _ = bench.take()
    return bench
  }

  private func parkedPair() throws -> Bench {
    var bench = Bench()
    try bench.talk()
    bench.receive(0, .reinvite(sdp: phone(port: 10_000, version: 2, direction: "sendonly")))
    bench.goal(1, .music)
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    bench.receive(0, .ack(sdp: nil))
    try bench.open(3, offer: phone("192.0.2.10", port: 10_100))
    try bench.call(2, for: 3)
    bench.receive(2, .accepted(sdp: phone("192.0.2.30", port: 30_000), branch: 1))
    bench.goal(3, .with(Bench.leg(2)))
    bench.answer(3)
    bench.receive(3, .ack(sdp: nil))
    return bench
  }

  @Test("XFER-2: after a consultation transfer the two that remain are re-INVITEd to talk directly")
  func transfer() throws {
    var bench = try self.consulted()
    bench.connect(1, 2)
    #expect(bench.take() == ["reinvite 2 20000"])
    bench.receive(2, .accepted(sdp: phone("192.0.2.30", port: 30_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 2 -", "reinvite 1 30000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "joined 2", "path 1 2 direct"])
  }

  @Test("Rule 5: when the second phone of a splice refuses, the first is offered what it had")
  func failedTransfer() throws {
    var bench = try self.consulted()
    bench.connect(1, 2)
    bench.receive(2, .accepted(sdp: phone("192.0.2.30", port: 30_000, version: 2), branch: 1))
    _ = bench.take()
    bench.receive(1, .refused(.notAcceptableHere, retryAfter: nil))
    #expect(bench.take() == ["joinFailed 1 mediaFailed", "joinFailed 2 mediaFailed"])
    bench.tick()
    #expect(bench.take() == ["reinvite 2 10100"])
  }

  @Test("XFER-2: a transferred phone that no longer exists fails the transfer")
  func lostTransfer() throws {
    var bench = try self.consulted()
    bench.connect(1, 2)
    bench.receive(2, .refused(.noSuchCall, retryAfter: nil))
    #expect(bench.take() == ["reinvite 2 20000", "lost 2", "joinFailed 2 lost", "joinFailed 1 lost"])
  }

  @Test("PICK-1: two callers whose offers fit each other are answered with them, each with the formats it offered")
  func twoCallers() throws {
    var bench = Bench()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000, formats: "8 0 101"))
    try bench.open(1, offer: phone("192.0.2.20", port: 20_000, formats: "0 101"))
    bench.goal(1, .with(Bench.leg(0)))
    bench.answer(1)
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    for case .accept(let leg, let sdp?, _) in bench.orders {
      #expect(String(decoding: sdp, as: UTF8.self).contains("RTP/AVP 0 101\r\n"), "leg \(leg)")
      if leg.index == 1 { #expect(!String(decoding: sdp, as: UTF8.self).contains("PCMA")) }
    }
    let orders = bench.take()
    #expect(Set(orders) == ["joined 0", "joined 1", "path 0 1 direct", "accept 0 20000", "accept 1 10000"] && orders.count == 5)
  }

  @Test("Rule 5: of two callers whose offers do not fit one is answered in silence and asked after its ACK")
  func unlikeCallers() throws {
    var bench = Bench()
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    try bench.open(1, offer: phone("192.0.2.20", port: 20_000, extra: ["m=video 20002 RTP/AVP 99", "a=rtpmap:99 H264/90000"]))
    bench.connect(0, 1)
    bench.answer(0)
    bench.answer(1)
    #expect(bench.take() == ["accept 0 9 inactive"])
    bench.receive(0, .ack(sdp: nil))
    #expect(bench.take() == ["reinvite 0 20000+20002"])
    bench.receive(0, .accepted(sdp: phone("192.0.2.10", port: 10_000, version: 2, extra: ["m=video 0 RTP/AVP 99"]), branch: 1))
    #expect(Set(bench.take()) == ["ack 0 -", "joined 0", "joined 1", "path 0 1 direct", "accept 1 10000+x"])
  }

  @Test("HOLD-3: a recall shows the held party's description, and both are joined when it is answered")
  func recall() throws {
    var bench = try self.parked()
    try bench.call(2, for: 1)
    #expect(bench.take() == ["invite 2 20000"])
    bench.receive(2, .accepted(sdp: phone("192.0.2.10", port: 10_200), branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    #expect(bench.take() == ["ack 2 -", "reinvite 1 10200"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "joined 2", "path 1 2 direct"])
  }

  @Test("RFC 3264 8.3.2: a payload type never changes its meaning within a dialog")
  func payloadConflict() throws {
    var bench = Bench()
    try bench.open(0, offer: phone(port: 10_000, formats: "8 97", extra: ["a=rtpmap:97 iLBC/8000"]))
    try bench.call(1, for: 0)
    bench.receive(1, .accepted(sdp: phone(port: 20_000, formats: "8"), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.receive(0, .ack(sdp: nil))
    try bench.open(2, offer: phone(port: 30_000, formats: "97 8", extra: ["a=rtpmap:97 speex/8000"]))
    bench.goal(0, .nothing)
    _ = bench.take()
    bench.goal(2, .with(Bench.leg(1)))
    bench.goal(1, .with(Bench.leg(2)))
    guard case .reinvite(_, let sdp?) = bench.orders.last else { return #expect(Bool(false), "no re-INVITE") }
    #expect(String(decoding: sdp, as: UTF8.self).contains("m=audio 30000 RTP/AVP 8\r\n"))
    #expect(!String(decoding: sdp, as: UTF8.self).contains("speex"))
  }

  @Test("MED-2: rooms, announcements and recordings fail where there is no media server; music is silence")
  func noServer() throws {
    var bench = Bench()
    try bench.talk()
    bench.goal(0, .room(1))
    #expect(bench.take() == ["joinFailed 0 mediaFailed"], "the feature may go back")
    bench.tick()
    #expect(bench.take() == ["reinvite 0 20000 inactive"])
    bench.goal(1, .music)
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    #expect(bench.take() == ["reinvite 1 10000 inactive", "ack 1 -", "joined 1"])
  }
}
