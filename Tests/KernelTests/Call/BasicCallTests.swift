import Features
import Kernel
import TestKit
import Testing

@Suite("Basic call")
struct BasicCallTests {
  @Test(
    "CALL-1: 2001 calls 2002, both talk, either hangs up and nothing is left", arguments: ["2001", "2002"] as [StationNumber])
  func callAndHangUp(who: StationNumber) {
    office().dial("2002", from: "2001").expect(.alert, at: "2002").expect(.ringing, at: "2001")
      .answer("2002").expect(.answer, at: "2001").expectTalking("2001", "2002")
      .hangUp(who).expect(.release(.normal), at: who == "2001" ? "2002" : "2001")
      .expectIdle("2001").expectIdle("2002").expectRecord(.normal, caller: "2001", dialled: "2002")
  }

  @Test("CALL-8: the caller gives up while it rings: the telephone stops ringing")
  func cancel() {
    office().dial("2002", from: "2001").hangUp("2001").expect(.release(.cancelled), at: "2002").expectIdle("2002")
      .expectRecord(.cancelled, caller: "2001", dialled: "2002")
  }

  @Test("CALL-3: a station in a call is busy to a further caller, and may itself make further calls")
  func busy() {
    office().connect("2001", "2002")
      .dial("2002", from: "2003").expectFinal(.busyHere, at: "2003", "2002 is busy").expectNoAlert(at: "2002")
      .dial("2001", from: "2003").expectFinal(.busyHere, at: "2003")
      .dial("2003", from: "2001").expect(.alert, at: "2003").answer("2003").expectTalking("2001", "2003")
  }

  @Test("CALL-3: a station that is being called, or that is dialling, is busy too")
  func busyWhileRinging() {
    office().dial("2002", from: "2001")
      .dial("2002", from: "2003").expectFinal(.busyHere, at: "2003")
      .dial("2001", from: "2003").expectFinal(.busyHere, at: "2003")
  }

  @Test("CALL-4: not registered is 480, not in the plan 404, the beginning of a number 484")
  func notReached() {
    office().unregister("2002").dial("2002", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "not reachable")
      .expectRecord(.notReachable, caller: "2001", dialled: "2002")
      .dial("2077", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "not reachable")
      .dial("999", from: "2001").expectFinal(.notFound, at: "2001").expectRecord(.numberUnknown, caller: "2001", dialled: "999")
      .dial("20", from: "2001").expectFinal(.addressIncomplete, at: "2001").expectRecord(
        .numberIncomplete, caller: "2001", dialled: "20")
  }

  @Test(
    "CALL-11: what the called telephone says reaches the caller",
    arguments: [
      (486, 486), (600, 486), (480, 480), (408, 480), (603, 603), (488, 488), (415, 488), (606, 488), (404, 480), (500, 480),
      (482, 482),
    ])
  func refused(says: Int, hears: Int) {
    office().dial("2002", from: "2001").refuse(by: "2002", Status(rawValue: UInt16(says)))
      .expectFinal(Status(rawValue: UInt16(hears)), at: "2001").expectIdle("2002")
  }

  @Test("CALL-11: no sign of life for 5 s is not reachable, the telephone is called no longer")
  func noProvisional() {
    office().silence("2002").dial("2002", from: "2001")
      .advance(by: .milliseconds(4_999)).expectNoAlert(at: "2002")
      .advance(by: .milliseconds(1)).expectFinal(.temporarilyUnavailable, at: "2001", "not reachable")
      .expect(.release(.notReachable), at: "2002").expectRecord(.notReachable, caller: "2001", dialled: "2002")
  }

  @Test("CALL-11: a 100 is a sign of life; ringing ends after 180 s")
  func ringTime() {
    office().silence("2002").dial("2002", from: "2001").proceed(at: "2002").advance(by: .seconds(179))
      .advance(by: .seconds(1)).expectFinal(.temporarilyUnavailable, at: "2001", "does not answer")
    office().dial("2002", from: "2001").advance(by: .seconds(179)).expectRinging("2002")
      .advance(by: .seconds(1)).expectFinal(.temporarilyUnavailable, at: "2001", "does not answer").expect(
        .release(.noAnswer), at: "2002"
      )
      .expectRecord(.noAnswer, caller: "2001", dialled: "2002")
  }

  @Test("CALL-11: the telephone forwards by itself (302): the call goes on, with a diversion")
  func deflected() {
    office().dial("2002", from: "2001").redirect(by: "2002", to: "2003").expect(.forwarded, at: "2001").expect(.alert, at: "2003")
      .expectDiversions([Diversion(from: "2002", reason: .deflection)], at: "2003").answer("2003").expectTalking("2001", "2003")
  }

  @Test("CALL-11: a 302 to itself is a loop, to nothing a 403, and hops are counted")
  func deflectedNowhere() {
    office().dial("2002", from: "2001").redirect(by: "2002", to: "2002").expectFinal(.busyHere, at: "2001", "loop")
      .dial("2002", from: "2001").redirect(by: "2002", to: "999").expectFinal(.forbidden, at: "2001")
      .dial("2002", from: "2001").redirect(by: "2002", to: "2003").redirect(by: "2003", to: "2002")
      .expectFinal(.busyHere, at: "2001", "loop").expectRecord(.loop, caller: "2001", dialled: "2002")
  }

  @Test("CALL-1: hold and resume leave both in the same call")
  func hold() {
    office().connect("2001", "2002").hold(by: "2001").hold(by: "2002").resume(by: "2001").resume(by: "2002")
      .expectTalking("2001", "2002")
  }

  @Test("CALL-2: no media path ends the call, both are told")
  func noMedia() {
    office().dial("2002", from: "2001").breakMedia(at: "2002").answer("2002")
      .expect(.release(.mediaFailed), at: "2001").expectIdle("2001").expectIdle("2002")
      .expectRecord(.mediaFailed, caller: "2001", dialled: "2002")
  }

  @Test("Whoever calls himself is busy")
  func oneself() {
    office().dial("2001", from: "2001").expectFinal(.busyHere, at: "2001")
  }
}
