import Kernel
import Sessions
import Testing

/// Somebody is called for a party that is in conversation already (transfer): 0 and 1 talk, then 2 is called for 1.
@Suite("Calls for a party in conversation") struct CalledForTests {
  private let party = phone("192.0.2.20", port: 20_000)
  private let target = phone("192.0.2.30", port: 30_000)

  @Test("XFER-2: the target is offered what the party said last; its answer is brought to the party, and both talk directly")
  func direct() throws {
    var bench = Bench()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    try bench.call(2, for: 1)
    #expect(bench.take() == ["reinvite 1 10000 inactive", "invite 2 20000"], "without a media server the party hears nothing")
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1"])
    bench.receive(2, .provisional(Status(rawValue: 180), sdp: nil, branch: 1, reliable: false))
    bench.receive(2, .accepted(sdp: self.target, branch: 1))
    #expect(bench.take() == ["ack 2 -"])
    bench.goal(1, .with(Bench.leg(2)))
    #expect(bench.take() == ["reinvite 1 30000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take().contains("ack 1 -"))
    bench.advance(.seconds(1))
    #expect(bench.negotiator.progress(of: Bench.leg(1))?.hasFailed == false)
    bench.close(0)
    bench.close(1)
    bench.close(2)
    #expect(bench.negotiator.audit() == [])
  }

  @Test("XFER-1: the party hears ringing from the media server until the target answers; then voice runs directly")
  func ringback() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    try bench.call(2, for: 1)
    bench.giveports()
    #expect(bench.take() == ["open 1", "invite 2 20000", "reinvite 1 40002", "aim 1 192.0.2.20:20000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "path 1 1 mixed", "attach 1 tone(Kernel.Tone.ringback)"])
    bench.receive(2, .accepted(sdp: self.target, branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    #expect(bench.take() == ["ack 2 -", "reinvite 1 30000", "attach 1 nothing"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take() == ["ack 1 -", "joined 1", "joined 2", "close 1", "path 1 2 direct"])
    #expect(bench.negotiator.openLines == 0)
  }

  @Test("XFER-1: a target that answers while the party is still being told of the ringing tone")
  func quickAnswer() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    try bench.call(2, for: 1)
    // The ports are not there yet.
    bench.receive(2, .accepted(sdp: self.target, branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    bench.giveports()
    #expect(bench.take().contains("reinvite 1 30000"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    let told = bench.take()
    #expect(told.contains("joined 1") && told.contains("joined 2") && told.contains("path 1 2 direct"), "\(told)")
    #expect(bench.negotiator.openLines == 0)
  }

  @Test("XFER-1: a target in another network is told a port of the media server, the party another one")
  func relayed() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    try bench.call(2, for: 1) { $0.isPrivate = false }
    bench.giveports()
    let called = bench.take()
    #expect(called.contains { $0.hasPrefix("invite 2 400") }, "\(called)")
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    bench.receive(2, .accepted(sdp: self.target, branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    bench.giveports()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let told = bench.take()
    #expect(told.contains("joined 1") && told.contains("joined 2") && told.contains("path 1 2 relay"), "\(told)")
    for leg: UInt32 in [0, 1, 2] { bench.close(leg) }
    #expect(bench.negotiator.openLines == 0)
    #expect(bench.negotiator.audit() == [])
  }

  @Test("XFER-1: without a port for the target it is not called, and the party goes back to whom it talked to")
  func noPort() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    try bench.call(2, for: 1) { $0.isPrivate = false }
    bench.refusePorts()
    #expect(bench.take().contains("joinFailed 2 noChannel"))
    bench.close(2)
    bench.goal(1, .with(Bench.leg(0)))
    bench.advance(.seconds(5))
    #expect(bench.negotiator.audit() == [])
  }

  @Test("XFER-1: a target without a codec of the party's: 488 at first, then both talk to the media server")
  func noCommonCodec() throws {
    var bench = Bench.served()
    try bench.talk()
    bench.goal(1, .tone(.ringback))
    bench.giveports()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    try bench.call(2, for: 1)
    #expect(bench.negotiator.triesAgain(Bench.leg(2), at: bench.now, into: &bench.orders))
    bench.giveports()
    #expect(bench.take().contains { $0.hasPrefix("invite 2 400") })
    bench.receive(2, .accepted(sdp: phone("192.0.2.30", port: 30_000, formats: "9"), branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    bench.giveports()
    let told = bench.take()
    #expect(told.contains("joined 1") && told.contains("joined 2") && told.contains("path 1 2 mixed"), "\(told)")
  }

  @Test("XFER-1: for a party of which nothing is known yet the target makes the offer; the party's answer is in the ACK")
  func offerless() throws {
    var bench = Bench()
    // 1 has called without an offer, and its ACK with the answer is on the way.
    try bench.open(1, offer: nil)
    try bench.open(0, offer: phone("192.0.2.10", port: 10_000))
    bench.goal(0, .with(Bench.leg(1)))
    bench.goal(1, .with(Bench.leg(0)))
    bench.answer(1)
    bench.answer(0)
    _ = bench.take()
    bench.goal(1, .nothing)
    try bench.call(2, for: 1)
    #expect(bench.take().contains("invite 2 -"))
    bench.receive(1, .ack(sdp: self.party))
    bench.tick()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    _ = bench.take()
    bench.receive(2, .accepted(sdp: self.target, branch: 1))
    bench.goal(1, .with(Bench.leg(2)))
    #expect(bench.take() == ["reinvite 1 30000"])
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let told = bench.take()
    #expect(told.contains("ack 2 20000") && told.contains("joined 1") && told.contains("joined 2"), "\(told)")
  }

  // MARK: Taken over while it rings (XFER-7)

  /// 2 has called 3, which rings; then 1 takes its place.
  private func takenOver(_ bench: inout Bench, isPrivate: Bool = true) throws {
    try bench.talk()
    try bench.open(2, offer: phone("192.0.2.11", port: 11_000))
    try bench.call(3, for: 2) { $0.isPrivate = isPrivate }
    bench.goal(3, .with(Bench.leg(1)))
    bench.close(2)
    bench.goal(1, .tone(.ringback))
  }

  @Test("XFER-7: the target that rings for the transferor is told of the party when it answers, and the party of it")
  func takeOver() throws {
    var bench = Bench()
    try self.takenOver(&bench)
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    bench.receive(3, .accepted(sdp: phone("192.0.2.40", port: 40_000), branch: 1))
    bench.goal(1, .with(Bench.leg(3)))
    #expect(bench.take().contains("reinvite 1 40000"))
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    #expect(bench.take().contains("reinvite 3 20000"), "it was called with the transferor's description")
    bench.receive(3, .accepted(sdp: phone("192.0.2.40", port: 40_000, version: 2), branch: 1))
    let told = bench.take()
    #expect(told.contains("joined 1") && told.contains("joined 3"), "\(told)")
  }

  @Test("XFER-7: a target whose INVITE still waits for ports is called for the party")
  func takeOverBeforeInvite() throws {
    var bench = Bench.served()
    try self.takenOver(&bench, isPrivate: false)
    bench.giveports()
    let called = bench.take()
    #expect(called.contains { $0.hasPrefix("invite 3 400") }, "\(called)")
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2), branch: 1))
    bench.receive(3, .accepted(sdp: phone("192.0.2.40", port: 41_000), branch: 1))
    bench.goal(1, .with(Bench.leg(3)))
    bench.giveports()
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 3), branch: 1))
    let told = bench.take()
    #expect(told.contains("joined 1") && told.contains("joined 3"), "\(told)")
    for leg: UInt32 in [0, 1, 3] { bench.close(leg) }
    #expect(bench.negotiator.audit() == [])
  }
}
