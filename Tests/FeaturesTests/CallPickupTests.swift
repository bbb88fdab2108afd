import Kernel
import TestKit
import Testing

/// Manual, "Call Pickup".
@Suite("Call pickup")
struct CallPickupTests {
  @Test("PICK-1, PICK-2: a forwarded call is picked up: caller and picker talk, the other telephones stop ringing")
  func pickup() {
    office().register("2003", devices: 2).dial("6012003", from: "2002").dial("2002", from: "2001").expect(
      .alert, at: "2003"
    )
    .dial("652003", from: "2004").expect(.answer, at: "2004").expect(.answer, at: "2001").expect(
      .release(.answeredElsewhere), at: "2003"
    )
    .expect(.present("2001"), at: "2004").expect(.present("2004"), at: "2001").expectTalking("2001", "2004").expectIdle("2003")
    .advance(by: .seconds(300)).expectTalking("2001", "2004").hangUp("2004").expectIdle("2001")
    .expectRecord(.normal, caller: "2001", dialled: "2002")
  }

  @Test("PICK-3: nothing rings, or somebody was faster: 480")
  func pickupTooLate() {
    office().dial("652003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "nothing rings")
      .dial("2003", from: "2001").answer("2003").dial("652003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004")
      .hangUp("2001").dial("2003", from: "2001").hangUp("2001").dial("652003", from: "2004").expectFinal(
        .temporarilyUnavailable, at: "2004")
  }

  @Test("PICK-2, FWD-3: picked up during a forward on no answer, the no-answer time is over too")
  func pickupEndsNoAnswer() {
    office().dial("6032005", from: "2003").dial("2003", from: "2001").advance(by: .seconds(10)).dial(
      "652003", from: "2004"
    )
    .expectTalking("2001", "2004").advance(by: .seconds(10)).expectNoAlert(at: "2005").expectTalking("2001", "2004")
  }

  @Test("PICK-2, PARK-3: the recall of a parked call is picked up by a colleague")
  func pickupOfRecall() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .dial("652001", from: "2003").expectTalking("2003", "2002").expect(.release(.answeredElsewhere), at: "2001")
      .expectState("empty", of: "CallPark", "2001")
  }
}
