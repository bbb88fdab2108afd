import Kernel
import TestKit
import Testing

/// Manual, "Conference".
@Suite("Conference")
struct ConferenceTests {
  @Test("CONF-1, CONF-2: two held parties and their owner meet in one room")
  func conference() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "is in the conference").expectHearing(.room(1), at: "2002")
      .dial("2003", from: "2001").answer("2003").expect(.release(.normal), at: "2001").expectTalking("2001", "2003")
      .hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: "2003").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "waits for its owner")
      .resume(by: "2001").expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
      .advance(by: .seconds(600)).expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-5: one leaves, two are left and talk directly; one left alone is released")
  func leaving() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").connect("2001", "2003").hold(by: "2001")
      .dial("46", from: "2001").resume(by: "2001").hangUp("2002").expectTalking("2001", "2003")
      .expectState("none", of: "Conference", "2001").hangUp("2003").expectIdle("2001")
  }

  @Test("CONF-5: the owner leaves, the other two talk on")
  func ownerLeaves() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").connect("2001", "2003").hold(by: "2001")
      .dial("46", from: "2001").resume(by: "2001").hangUp("2001").expectTalking("2002", "2003")
  }

  @Test("CONF-4: nothing held is 480; an owner who never resumes is called back")
  func ownerRecall() {
    office().dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").hangUp("2001").expectHearing(.room(1), at: "2002")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(20)).expectState(
        "building", of: "Conference", "2001"
      )
      .advance(by: .seconds(45)).answer("2001").expectHearing(.room(1), at: "2001").expectState(
        "running", of: "Conference", "2001")
  }

  @Test("CONF-1, restart: a conference being built survives")
  func conferenceRestart() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").restart()
      .expectHearing(.room(1), at: "2002").resume(by: "2001").expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-4, restart: a dialog of the owner that has ended does not come back")
  func endedDialogStaysEnded() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").hangUp("2001").restart()
      .expectIdle("2001").expectHearing(.room(1), at: "2002").advance(by: .seconds(45)).expect(.alert, at: "2001")
  }

  @Test("CONF-3: a sixth is refused, nothing else changes; the others go on")
  func full() {
    let office = office()
    for station: StationNumber in ["2002", "2003", "2004", "2005"] {
      office.connect("2001", station).hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: station)
    }
    office.connect("2001", "2006").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "full").resume(by: "2001").expectTalking("2001", "2006")
  }

  @Test("CONF-2: a telephone that takes its call back by itself after the code goes on building")
  func joinedInBetween() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").resume(by: "2001")
      .expectState("running", of: "Conference", "2001").hold(by: "2001").connect("2001", "2003")
      .expectState("building", of: "Conference", "2001").expectTalking("2001", "2003").expectHearing(.room(1), at: "2002")
      .hold(by: "2001").dial("46", from: "2001").resume(by: "2001").expectHearing(.room(1), at: "2003")
      .expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
  }
}
