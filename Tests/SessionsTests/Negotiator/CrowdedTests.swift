import Kernel
import Sessions
import Testing

/// What the explorer of whole telephones has found where channels are few.
@Suite("Calls for which no channel is free") struct CrowdedTests {
  @Test(
    "MED-2: a caller without an offer has got the last channel: its call fails, the called telephone is answered all the same")
  func offerlessLast() throws {
    var bench = Bench.served(channels: 1)
    try bench.open(0, offer: nil) { $0.isPrivate = false }
    try bench.call(1, for: 0) { _ in }
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.giveports()
    #expect(bench.take() == ["invite 1 -", "open 1", "accept 0 40002"])
    bench.receive(0, .ack(sdp: phone("192.0.2.10", port: 10_000)))
    let told = bench.take()
    #expect(told.contains { $0.hasPrefix("joinFailed") } && told.contains { $0.hasPrefix("ack 1") }, "\(told)")
    bench.close(0)
    bench.close(1)
    #expect(bench.negotiator.openLines == 0 && bench.negotiator.audit() == [])
  }

  @Test(
    "MED-2: a caller without an offer whose call needs a channel that is not free is refused, and nothing is tried again"
  )
  func offerlessFull() throws {
    var bench = Bench.served(channels: 1)
    try bench.open(7, offer: phone("192.0.2.70", port: 10_000)) { _ in }
    bench.goal(7, .music)
    bench.answer(7)
    bench.giveports()
    _ = bench.take()
    try bench.open(0, offer: nil) { $0.isPrivate = false }
    try bench.call(1, for: 0) { _ in }
    bench.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    bench.goal(0, .with(Bench.leg(1)))
    bench.answer(0)
    bench.tick()
    let told = bench.take()
    #expect(told.contains("joinFailed 0 noChannel") && told.contains("joinFailed 1 noChannel"), "\(told)")
    #expect(!told.contains { $0.hasPrefix("accept 0") })
  }
}
