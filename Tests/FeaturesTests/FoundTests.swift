import Features
import Kernel
import TestKit
import Testing

/// What the explorer and the search have found, each as somebody would notice it.
@Suite("Found by searching")
struct FoundTests {
  @Test("CONF-6: of two who hold each other, whoever dials 46 second is refused: the other has him in a room already")
  func mutualConference() {
    let office = office()
    office.connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: "2002")
    office.hold(by: "2002").dial("46", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "another feature")
    office.resume(by: "2001").expectHearing(.room(1), at: "2001").expectHearing(.room(1), at: "2002")
  }

  @Test("FWD-4, GRP-1: a telephone that forwards to a group is not rung again as its member")
  func forwardToOwnGroup() {
    var plan = Plan.office(BuiltIn.modules)
    plan.groups = [Plan.GroupEntry(number: "500", ring: .sequential, members: ["2002", "2003"])]
    let office = office(plan: plan)
    office.dial("2002", from: "2001").redirect(by: "2002", to: "500")
    office.expectNoAlert(at: "2002").expectRinging("2003")
  }

  @Test("XFER-1, MOD-3: a transferred call that the target forwards survives a restart as what it has become")
  func forwardedTransfer() {
    let office = office()
    office.connect("2001", "2002").refer("2002", to: "2003").redirect(by: "2003", to: "2004")
    office.expectRinging("2004").restart()
  }
}
