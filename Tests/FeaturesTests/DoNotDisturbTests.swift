import Features
import Kernel
import TestKit
import Testing

@Suite("Do not disturb")
struct DoNotDisturbTests {
  @Test("DND-1: 401 turns it on, 400 off, each answered 480")
  func onAndOff() {
    office().dial("401", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "do not disturb on")
      .expectState("on", of: "DoNotDisturb", "2001")
      .dial("400", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "do not disturb off")
      .expectState("off", of: "DoNotDisturb", "2001")
  }
}
