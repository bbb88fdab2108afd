import Kernel
import TestKit
import Testing

/// Manual, "Call Park (System Hold)".
@Suite("Call park")
struct CallParkTests {
  @Test("PARK-1, PARK-2: a held call is parked and fetched from elsewhere; both talk, the parker is free")
  func parkAndFetch() {
    office().connect("2002", "2001").hold(by: "2001")
      .dial("11", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "parked at 2001").expect(
        .release(.normal), at: "2001"
      )
      .expectHearing(.music, at: "2002").expectState("parked", of: "CallPark", "2001").expectIdle("2001")
      .dial("122001", from: "2003").expect(.answer, at: "2003").expect(.present("2002"), at: "2003").expect(
        .present("2003"), at: "2002"
      )
      .expectTalking("2003", "2002").expectState("empty", of: "CallPark", "2001")
      .advance(by: .seconds(200)).expectTalking("2003", "2002")
  }

  @Test("PARK-2: the parked party cannot take part: 480, and it stays parked")
  func fetchFails() {
    office().connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001")
      .breakMedia(at: "2002").dial("122005", from: "2003").expectFinal(
        .temporarilyUnavailable, at: "2003", "could not be connected"
      )
      .expectState("parked", of: "CallPark", "2005").expectHearing(.music, at: "2002")
      .dial("122005", from: "2004").expectTalking("2004", "2002")
  }

  @Test("PARK-1, PARK-2: nothing held, nothing parked, a place that is taken: 480 and nothing changes")
  func parkRefused() {
    let office = office().dial("11", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .dial("122001", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is parked")
      .connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001")
    office.connect("2003", "2004").hold(by: "2003").dial("112005", from: "2003").expectFinal(
      .temporarilyUnavailable, at: "2003", "taken"
    )
    .resume(by: "2003").expectTalking("2003", "2004")
  }

  @Test("PARK-3: nobody fetches: the parker is rung, through do not disturb; answered, both talk")
  func parkRecall() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").dial("401", from: "2001")
      .advance(by: .seconds(60)).expect(.alert, at: "2001").expectState("recalling", of: "CallPark", "2001")
      .answer("2001").expectTalking("2001", "2002").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-3: the recall unanswered, refused, or the parker away: parked again, after ten times released")
  func parkRecallUnanswered() {
    let office = office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .advance(by: .seconds(20)).expect(.release(.cancelled), at: "2001").expectState("parked", of: "CallPark", "2001")
      .expectHearing(.music, at: "2002").advance(by: .seconds(60)).refuse(by: "2001", .busyHere)
      .expectState("parked", of: "CallPark", "2001").unregister("2001").advance(by: .seconds(60)).expectNoAlert(at: "2001")
      .expectState("parked", of: "CallPark", "2001")
    for _ in 0..<8 { office.advance(by: .seconds(80)) }
    office.advance(by: .seconds(60)).expectIdle("2002").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-2: fetched while the parker is rung: he stops ringing")
  func fetchDuringRecall() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .dial("122001", from: "2003").expect(.release(.cancelled), at: "2001").expectTalking("2003", "2002")
  }

  @Test("PARK-4: the parked party hangs up, also while it rings: the place is free")
  func parkedHangsUp() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").hangUp("2002")
      .expectState("empty", of: "CallPark", "2001")
      .connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60)).hangUp("2002")
      .expect(.release(.cancelled), at: "2001").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-4: parked calls survive a restart, with their recall, also one that was being rung")
  func parkRestart() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(30)).restart()
      .expectState("parked", of: "CallPark", "2001").expectHearing(.music, at: "2002")
      .advance(by: .seconds(30)).expect(.alert, at: "2001").restart().expectState("parked", of: "CallPark", "2001")
      .advance(by: .seconds(60)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  @Test("PARK-1: a park that cannot be kept is kept in memory, and written with the next turn")
  func parkNotKept() {
    let office = office().connect("2002", "2001").hold(by: "2001").breakNextCommit().dial("11", from: "2001")
      .expectState("parked", of: "CallPark", "2001").expectHearing(.music, at: "2002")
    office.dial("2004", from: "2003").restart().expectState("parked", of: "CallPark", "2001")
  }
}
