import Features
import Kernel
import TestKit
import Testing

@Suite("Several telephones of one station")
struct SeveralDevicesTests {
  @Test("REG-13: all ring together; the first that answers has the call, the others stop")
  func together() {
    let office = office().register("2002", devices: 3).dial("2002", from: "2001")
    #expect(office.exchange.telephones.lines(of: "2002").count == 3)
    office.answer("2002", device: 1).expectTalking("2001", "2002").expect(.release(.answeredElsewhere), at: "2002")
    #expect(office.exchange.telephones.lines(of: "2002").count == 1)
  }

  @Test("REG-13: one that refuses leaves the others ringing; of all answers the one that says most counts")
  func oneRefuses() {
    office().register("2002", devices: 2).dial("2002", from: "2001").refuse(by: "2002", .busyHere, device: 0)
      .expectRinging("2002").answer("2002", device: 1).expectTalking("2001", "2002")
    office().register("2002", devices: 3).dial("2002", from: "2001").refuse(by: "2002", .busyHere, device: 0)
      .refuse(by: "2002", .temporarilyUnavailable, device: 1).refuse(by: "2002", .serverError, device: 2)
      .expectFinal(.busyHere, at: "2001")
    office().register("2002", devices: 2).dial("2002", from: "2001").refuse(by: "2002", .decline, device: 0)
      .refuse(by: "2002", .busyHere, device: 1).expectFinal(.decline, at: "2001")
  }

  @Test("CALL-11: one that was busy counts, though the other never showed a sign of life or nobody answered it")
  func busyAndSilent() {
    office().register("2002", devices: 2).silence("2002").dial("2002", from: "2001").refuse(by: "2002", .busyHere, device: 0)
      .advance(by: .seconds(5)).expectFinal(.busyHere, at: "2001")
    office().register("2002", devices: 2).dial("2002", from: "2001").refuse(by: "2002", .busyHere, device: 0)
      .advance(by: .seconds(180)).expectFinal(.busyHere, at: "2001")
  }

  @Test("CALL-11: one that forwards ends the ringing of the others")
  func oneForwards() {
    office().register("2002", devices: 2).dial("2002", from: "2001").redirect(by: "2002", to: "2003")
      .expect(.release(.refused), at: "2002").answer("2003").expectTalking("2001", "2003")
  }

  @Test("REG-13: a call from one telephone makes the station busy on the others")
  func busyElsewhere() {
    office().register("2002", devices: 2).dial("2003", from: "2002", device: 0).answer("2003")
      .dial("2002", from: "2001").expectFinal(.busyHere, at: "2001")
  }

  @Test("Unregistering while it rings or talks disturbs nothing")
  func unregister() {
    office().dial("2002", from: "2001").unregister("2002").answer("2002").unregister("2001").expectTalking("2001", "2002")
  }
}
