import Features
import Kernel
import TestKit
import Testing

@Suite("Ring group")
struct RingGroupTests {
  private func plan(_ ring: Plan.Ring, _ members: [StationNumber] = ["2001", "2002", "2003"], overflow: Digits? = nil) -> Plan {
    var plan = Plan.office(BuiltIn.modules)
    plan.groups = [Plan.GroupEntry(number: "500", ring: ring, members: members, overflow: overflow)]
    return plan
  }

  @Test("GRP-1, GRP-2: all members ring, the first to answer has the call, the others stop")
  func unconditional() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").expect(.ringing, at: "2005").expectRinging("2001")
      .expectRinging("2002").expectRinging("2003").answer("2002").expect(.answer, at: "2005")
      .expect(.release(.answeredElsewhere), at: "2001").expect(.release(.answeredElsewhere), at: "2003")
      .expectTalking("2005", "2002").advance(by: .seconds(300)).expectTalking("2005", "2002")
  }
}
