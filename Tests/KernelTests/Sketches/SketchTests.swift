import Features
import Kernel
import TestKit
import Testing

/// The proof by running that the kernel's interface carries park, pickup, conference and hold recall (Docs/KernelProof.md).
@Suite("Sketches of later features")
struct SketchTests {
  static let modules: [Module] =
    [
      Module(DoNotDisturb.self), Module(CallForward.self), Module(CallPark.self), Module(CallPickup.self),
      Module(Conference.self),
      Module(Hold.self),
    ]

  private func sketches() -> Scenario { office(Self.modules) }

  // MARK: Park

  @Test("PARK-1, PARK-2: a held call is parked and fetched from elsewhere; both talk, the parker is free")
  func parkAndFetch() {
    self.sketches().connect("2002", "2001").hold(by: "2001")
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
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001")
      .breakMedia(at: "2002").dial("122005", from: "2003").expectFinal(
        .temporarilyUnavailable, at: "2003", "could not be connected"
      )
      .expectState("parked", of: "CallPark", "2005").expectHearing(.music, at: "2002")
      .dial("122005", from: "2004").expectTalking("2004", "2002")
  }

  @Test("PARK-1, PARK-2: nothing held, nothing parked, a place that is taken: 480 and nothing changes")
  func parkRefused() {
    let office = self.sketches().dial("11", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "not one held")
      .dial("122001", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is parked")
      .connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001")
    office.connect("2003", "2004").hold(by: "2003").dial("112005", from: "2003").expectFinal(
      .temporarilyUnavailable, at: "2003", "taken"
    )
    .resume(by: "2003").expectTalking("2003", "2004")
  }

  @Test("PARK-3: nobody fetches: the parker is rung, through do not disturb; answered, both talk")
  func parkRecall() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").dial("401", from: "2001")
      .advance(by: .seconds(60)).expect(.alert, at: "2001").expectState("recalling", of: "CallPark", "2001")
      .answer("2001").expectTalking("2001", "2002").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-3: the recall unanswered, refused, or the parker away: parked again, after ten times released")
  func parkRecallUnanswered() {
    let office = self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .advance(by: .seconds(20)).expect(.release(.cancelled), at: "2001").expectState("parked", of: "CallPark", "2001")
      .expectHearing(.music, at: "2002").advance(by: .seconds(60)).refuse(by: "2001", .busyHere)
      .expectState("parked", of: "CallPark", "2001").unregister("2001").advance(by: .seconds(60)).expectNoAlert(at: "2001")
      .expectState("parked", of: "CallPark", "2001")
    for _ in 0..<8 { office.advance(by: .seconds(80)) }
    office.advance(by: .seconds(60)).expectIdle("2002").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-2: fetched while the parker is rung: he stops ringing")
  func fetchDuringRecall() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .dial("122001", from: "2003").expect(.release(.cancelled), at: "2001").expectTalking("2003", "2002")
  }

  @Test("PARK-4: the parked party hangs up, also while it rings: the place is free")
  func parkedHangsUp() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").hangUp("2002")
      .expectState("empty", of: "CallPark", "2001")
      .connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60)).hangUp("2002")
      .expect(.release(.cancelled), at: "2001").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-4: parked calls survive a restart, with their recall, also one that was being rung")
  func parkRestart() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(30)).restart()
      .expectState("parked", of: "CallPark", "2001").expectHearing(.music, at: "2002")
      .advance(by: .seconds(30)).expect(.alert, at: "2001").restart().expectState("parked", of: "CallPark", "2001")
      .advance(by: .seconds(60)).expect(.alert, at: "2001").answer("2001").expectTalking("2001", "2002")
  }

  // MARK: Pickup

  @Test("PICK-1, PICK-2: a forwarded call is picked up: caller and picker talk, the other telephones stop ringing")
  func pickup() {
    self.sketches().register("2003", devices: 2).dial("6012003", from: "2002").dial("2002", from: "2001").expect(
      .alert, at: "2003"
    )
    .dial("722003", from: "2004").expect(.answer, at: "2004").expect(.answer, at: "2001").expect(
      .release(.answeredElsewhere), at: "2003"
    )
    .expect(.present("2001"), at: "2004").expect(.present("2004"), at: "2001").expectTalking("2001", "2004").expectIdle("2003")
    .advance(by: .seconds(300)).expectTalking("2001", "2004").hangUp("2004").expectIdle("2001")
    .expectRecord(.normal, caller: "2001", dialled: "2002")
  }

  @Test("PICK-3: nothing rings, or somebody was faster: 480")
  func pickupTooLate() {
    self.sketches().dial("722003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "nothing rings")
      .dial("2003", from: "2001").answer("2003").dial("722003", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004")
      .hangUp("2001").dial("2003", from: "2001").hangUp("2001").dial("722003", from: "2004").expectFinal(
        .temporarilyUnavailable, at: "2004")
  }

  @Test("PICK-2, FWD-3: picked up during a forward on no answer, the no-answer time is over too")
  func pickupEndsNoAnswer() {
    self.sketches().dial("6032005", from: "2003").dial("2003", from: "2001").advance(by: .seconds(10)).dial(
      "722003", from: "2004"
    )
    .expectTalking("2001", "2004").advance(by: .seconds(10)).expectNoAlert(at: "2005").expectTalking("2001", "2004")
  }

  @Test("PICK-2, PARK-3: the recall of a parked call is picked up by a colleague")
  func pickupOfRecall() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(60))
      .dial("722001", from: "2003").expectTalking("2003", "2002").expect(.release(.answeredElsewhere), at: "2001")
      .expectState("empty", of: "CallPark", "2001")
  }

  // MARK: Hold

  @Test("HOLD-2, HOLD-3: the held party hears music; held too long the holder is rung; answering resumes")
  func holdRecall() {
    self.sketches().connect("2001", "2002").hold(by: "2001").expectHearing(.music, at: "2002")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").answer("2001").expect(.release(.answeredElsewhere), at: "2001")
      .expectTalking("2001", "2002").advance(by: .seconds(300)).expectTalking("2001", "2002").expectNoAlert(at: "2001")
  }

  @Test("HOLD-1: both hold and both resume, in any order")
  func bothHold() {
    self.sketches().connect("2001", "2002").hold(by: "2001").hold(by: "2002").expectHearing(.music, at: "2001")
      .resume(by: "2001").resume(by: "2002").expectTalking("2001", "2002")
      .hold(by: "2002").hold(by: "2001").resume(by: "2001").resume(by: "2002").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: the time runs only while the telephone has no other active call, across a restart too")
  func timeStandsStill() {
    self.sketches().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(40))
      .dial("2003", from: "2001").answer("2003").advance(by: .seconds(300)).expectNoAlert(at: "2001").restart()
      .advance(by: .seconds(300)).expectNoAlert(at: "2001").hangUp("2003")
      .advance(by: .milliseconds(4_999)).expectNoAlert(at: "2001").advance(by: .milliseconds(1)).expect(.alert, at: "2001")
  }

  @Test("HOLD-3: resuming the old line cancels the recall; both at once: one wins")
  func resumeDuringRecall() {
    self.sketches().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).resume(by: "2001")
      .expect(.release(.cancelled), at: "2001").expectTalking("2001", "2002")
  }

  @Test("HOLD-3: unanswered or refused it is tried again, after ten times both are released")
  func holdRecallUnanswered() {
    let office = self.sketches().connect("2001", "2002").hold(by: "2001").advance(by: .seconds(45)).refuse(by: "2001", .busyHere)
    for _ in 0..<9 { office.advance(by: .seconds(44)).expectNoAlert(at: "2001").advance(by: .seconds(21)) }
    office.advance(by: .seconds(60)).expectIdle("2002").expectIdle("2001")
  }

  @Test("HOLD-3: park and conference end the hold's timer; the held party hanging up ends all")
  func holdEnds() {
    self.sketches().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").advance(by: .seconds(50)).expectNoAlert(
      at: "2001")
    self.sketches().connect("2002", "2001").hold(by: "2001").advance(by: .seconds(45)).hangUp("2002").expectIdle("2001")
  }

  // MARK: Conference

  @Test("CONF-1, CONF-2: two held parties and their owner meet in one room")
  func conference() {
    self.sketches().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "added").expectHearing(.room(1), at: "2002")
      .dial("2003", from: "2001").answer("2003").expect(.release(.normal), at: "2001").expectTalking("2001", "2003")
      .hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: "2003").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "waits for its owner")
      .resume(by: "2001").expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
      .advance(by: .seconds(600)).expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-5: one leaves, two are left and talk directly; one left alone is released")
  func leaving() {
    self.sketches().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").connect("2001", "2003").hold(by: "2001")
      .dial("46", from: "2001").resume(by: "2001").hangUp("2002").expectTalking("2001", "2003")
      .expectState("none", of: "Conference", "2001").hangUp("2003").expectIdle("2001")
  }

  @Test("CONF-5: the owner leaves, the other two talk on")
  func ownerLeaves() {
    self.sketches().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").connect("2001", "2003").hold(by: "2001")
      .dial("46", from: "2001").resume(by: "2001").hangUp("2001").expectTalking("2002", "2003")
  }

  @Test("CONF-4: nothing held is 480; an owner who never resumes is called back")
  func ownerRecall() {
    self.sketches().dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nobody is held")
      .connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").hangUp("2001").expectHearing(.room(1), at: "2002")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(20)).expectState(
        "building", of: "Conference", "2001"
      )
      .advance(by: .seconds(45)).answer("2001").expectHearing(.room(1), at: "2001").expectState(
        "running", of: "Conference", "2001")
  }

  @Test("CONF-1, restart: a conference being built survives")
  func conferenceRestart() {
    self.sketches().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").restart()
      .expectHearing(.room(1), at: "2002").resume(by: "2001").expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-4, restart: a dialog of the owner that has ended does not come back")
  func endedDialogStaysEnded() {
    self.sketches().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").hangUp("2001").restart()
      .expectIdle("2001").expectHearing(.room(1), at: "2002").advance(by: .seconds(45)).expect(.alert, at: "2001")
  }

  @Test("CONF-3: a sixth is refused, nothing else changes; the others go on")
  func full() {
    let office = self.sketches()
    for station: StationNumber in ["2002", "2003", "2004", "2005"] {
      office.connect("2001", station).hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: station)
    }
    office.connect("2001", "2006").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "nobody").resume(by: "2001").expectTalking("2001", "2006")
  }

  // MARK: What cannot be kept

  @Test("PARK-1: a park that cannot be kept is kept in memory, and written with the next turn")
  func parkNotKept() {
    let office = self.sketches().connect("2002", "2001").hold(by: "2001").breakNextCommit().dial("11", from: "2001")
      .expectState("parked", of: "CallPark", "2001").expectHearing(.music, at: "2002")
    office.dial("2004", from: "2003").restart().expectState("parked", of: "CallPark", "2001")
  }

  // MARK: All at once

  @Test("The explorer plays with all of them", arguments: 1...4)
  func explore(seed: Int) {
    let report = Explorer.run(
      seed: UInt64(100 + seed), steps: 50_000, stations: 10, modules: Self.modules, plan: .office(Self.modules))
    #expect(report.violations.isEmpty, "\(report)")
    for state in ["CallPark parked", "Conference running", "Hold recalling"] {
      #expect(report.visitedStates.contains { $0.state == state && $0.count > 0 }, "never in \(state)")
    }
    print(report)
  }
}
