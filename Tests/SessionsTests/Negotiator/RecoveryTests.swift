import Kernel
import Sessions
import Testing

@Suite struct RecoveryTests {
  private func restarted(_ before: Bench) throws -> Bench {
    var after = Bench(seed: 99)
    for leg in [0, 1] as [UInt32] {
      let saved = try #require(before.negotiator.saved(Bench.leg(leg)))
      try after.negotiator.open(Bench.leg(leg), role: .recovered(saved), traits: LegTraits(localAddress: Bench.home))
    }
    return after
  }

  @Test("RELIABILITY 3: after a restart two phones that talk are not disturbed, and o= goes on from where it was")
  func undisturbed() throws {
    var before = Bench()
    try before.talk()
    var after = try self.restarted(before)
    after.connect(0, 1)
    #expect(after.take() == ["joined 1", "joined 0", "path 1 0 direct"])
    after.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000)))
    #expect(after.take() == ["accept 0 20000"], "a refresh")
    after.receive(0, .ack(sdp: nil))
    after.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 2, direction: "sendonly")))
    after.goal(1, .music)
    #expect(after.take() == ["held 0", "reinvite 1 10000 inactive", "accept 0 20000 inactive"])
    for leg in [0, 1] as [UInt32] {
      let old = try #require(before.negotiator.saved(Bench.leg(leg))), new = try #require(after.negotiator.saved(Bench.leg(leg)))
      #expect(old.originID == new.originID && old.version < new.version)
    }
  }

  @Test("RELIABILITY 3: a held call can be resumed after a restart")
  func held() throws {
    var before = Bench()
    try before.talk()
    before.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 2, direction: "sendonly")))
    before.goal(1, .music)
    before.receive(0, .ack(sdp: nil))
    before.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000, version: 2, direction: "inactive"), branch: 1))
    var after = try self.restarted(before)
    after.goal(0, .with(Bench.leg(1)))
    after.goal(1, .music)
    #expect(after.take() == ["joined 1"])
    after.receive(0, .reinvite(sdp: phone("192.0.2.10", port: 10_000, version: 3)))
    after.goal(1, .with(Bench.leg(0)))
    #expect(after.take() == ["resumed 0", "reinvite 1 10000"])
  }
}
