import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Manual, "Call Pickup".
@Suite("Call pickup")
struct CallPickupTests {
  @Test("PICK-1, PICK-2: a forwarded call is picked up: caller and picker talk, the other telephones stop ringing")
  func pickup() {
    office().register("2003", devices: 2).dial("6012003", from: "2002").dial("2002", from: "2001").expect(.alert, at: "2003")
      .dial("652003", from: "2004").expect(.answer, at: "2004").expect(.answer, at: "2001")
      .expect(.release(.answeredElsewhere), at: "2003")
      .expect(.present("2001"), at: "2004").expect(.present("2004"), at: "2001").expectTalking("2001", "2004").expectIdle("2003")
      .advance(by: .seconds(300)).expectTalking("2001", "2004").hangUp("2004").expectIdle("2001")
      .expectRecord(.normal, caller: "2001", dialled: "2002")
  }

  @Test("PICK-1: the group's oldest call, one's own group, and only that group")
  func groups() {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations[0].pickupGroup = 1
    for index in plan.modules.indices where plan.modules[index].module == "CallPickup" {
      plan.modules[index].codes.append(.init(digits: "67", action: 2))
    }
    let office = office(plan: plan).set("2003", StationSettings(pickupGroup: 2)).register("2006")
    office.dial("2003", from: "2001").advance(by: .seconds(1)).dial("2004", from: "2002").advance(by: .seconds(1))
      .dial("2005", from: "2006")
      .dial("661", from: "2003").expectTalking("2003", "2002").expectRinging("2005").hangUp("2003").expectIdle("2002")
      .dial("67", from: "2002").expectTalking("2002", "2006").expectIdle("2005")
      .dial("662", from: "2004").expectTalking("2004", "2001")
      .dial("662", from: "2005").expectFinal(.temporarilyUnavailable, at: "2005", "nothing rings in group 2")
      .dial("67", from: "2005").expectFinal(.temporarilyUnavailable, at: "2005", "nothing rings in the group of 2005")
  }

  @Test("PICK-2: a call to a ring group is picked up at any member; the other members stop ringing")
  func ringGroup() {
    var plan = Plan.office(BuiltIn.modules)
    plan.groups = [Plan.GroupEntry(number: "500", ring: .unconditional, members: ["2001", "2002", "2003"])]
    office(plan: plan).dial("500", from: "2005").dial("652002", from: "2004").expectTalking("2005", "2004")
      .expect(.release(.answeredElsewhere), at: "2001").expectIdle("2002").expectIdle("2003")
      .advance(by: .seconds(300)).expectTalking("2005", "2004")
  }

  @Test("PICK-2: a call from outside is picked up, whatever the picker's class of service may call")
  func fromOutside() {
    var plan = Plan.office(BuiltIn.modules)
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10", inward: [("5550", "2003")])]
    office(plan: plan).dial("5550", fromTrunk: "carrier").expectRinging("2003").dial("652003", from: "2004")
      .expectTalking("2004", outside: "0299").expectIdle("2003").hangUp("2004").expectRecord(
        .normal, caller: "0299", dialled: "5550")
  }

  @Test("PICK-3: nothing rings, or somebody was faster: 480")
  func pickupTooLate() {
    office().dial("652003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "nothing rings")
      .dial("2003", from: "2001").answer("2003").dial("652003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004")
      .hangUp("2001").dial("2003", from: "2001").hangUp("2001").dial("652003", from: "2004").expectFinal(
        .temporarilyUnavailable, at: "2004"
      )
      .dial("661", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "nothing rings in group 1")
      .dial("669999", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "nothing rings")
      .dial("65", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "wrong or missing")
  }

  @Test("PICK-3: two pick up at once: the first has the call, the second 480, and nobody is left ringing")
  func twoPickUp() {
    office().dial("2003", from: "2001").dial("652003", from: "2004").dial("652003", from: "2005")
      .expectFinal(.temporarilyUnavailable, at: "2005").expectTalking("2001", "2004").expectIdle("2003").expectIdle("2005")
  }

  @Test("PICK-3: nobody picks up his own call")
  func own() {
    office().dial("2003", from: "2001").dial("652003", from: "2001").expectFinal(
      .temporarilyUnavailable, at: "2001", "nothing rings"
    )
    .expectRinging("2003").dial("661", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing rings")
    .answer("2003").expectTalking("2001", "2003")
  }

  @Test("PICK-1, PICK-3: a lamp key takes a ringing call by Replaces; answered before, it finds nothing to take")
  func lampKey() {
    office().dial("2003", from: "2001").dial(replacing: "2003", from: "2004").expectTalking("2001", "2004").expectIdle("2003")
      .dial(replacing: "2004", from: "2005").expectTalking("2001", "2004").expectIdle("2005")
    office().dial("2003", from: "2001").dial(replacing: "2003", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "talk to itself").expectRinging("2003")
  }

  @Test("PICK-1, DIAL-3: a class of service that bars pickup bars the lamp key too")
  func barred() {
    var plan = Plan.office(BuiltIn.modules)
    plan.classes = [.init(name: "quiet", barredModules: ["CallPickup"])]
    office(plan: plan).set("2004", StationSettings(className: "quiet")).dial("2003", from: "2001")
      .dial("652003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "class of service")
      .dial(replacing: "2003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "class of service")
      .expectRinging("2003").answer("2003").expectTalking("2001", "2003")
  }

  @Test("PICK-2, FWD-3: picked up during a forward on no answer, the no-answer time is over too")
  func pickupEndsNoAnswer() {
    office().dial("6032005", from: "2003").dial("2003", from: "2001").advance(by: .seconds(10)).dial("652003", from: "2004")
      .expectTalking("2001", "2004").advance(by: .seconds(10)).expectNoAlert(at: "2005").expectTalking("2001", "2004")
  }

  @Test("PICK-2, PARK-3: the recall of a parked call is picked up by a colleague")
  func pickupOfRecall() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .dial("652001", from: "2003").expectTalking("2003", "2002").expect(.release(.answeredElsewhere), at: "2001")
      .expectState("empty", of: "CallPark", "2001")
  }
}
