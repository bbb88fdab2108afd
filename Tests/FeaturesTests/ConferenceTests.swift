import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Manual, "Conference".
@Suite("Conference")
struct ConferenceTests {
  /// 2001 calls each of these, holds, and dials the code.
  private func building(_ members: [StationNumber], _ office: Scenario) -> Scenario {
    for member in members {
      office.connect("2001", member).hold(by: "2001").dial("46", from: "2001")
        .expectFinal(.temporarilyUnavailable, at: "2001", "is in the conference").expectHearing(.room(1), at: member)
    }
    return office
  }

  private func with(_ name: String, _ value: OptionValue) -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.set(name, value, of: Module(Conference.self))
    return office(plan: plan)
  }

  // MARK: Building

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

  @Test("CONF-1: the former held line stays while the next call rings, is refused or is given up, and goes when it is answered")
  func formerLine() {
    let office = self.building(["2002"], office()).dial("2003", from: "2001").refuse(by: "2003", .busyHere)
      .expectState("building", of: "Conference", "2001").dial("2003", from: "2001").hangUp("2001")
      .expectState("building", of: "Conference", "2001")
    office.dial("2003", from: "2001").answer("2003").expect(.release(.normal), at: "2001")
      .expectState("inviting", of: "Conference", "2001").expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-1: the next call is one that the owner answers: added like any other")
  func nextCallComesIn() {
    self.building(["2002"], office()).register("2001", devices: 1).hangUp("2001")
      .dial("2001", from: "2003").answer("2001").hold(by: "2001").dial("46", from: "2001").expectHearing(.room(1), at: "2003")
      .resume(by: "2001").expectHearing(.room(1), at: "2001").expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-1: a next call that is not added goes on by itself when it ends; the owner is called back")
  func notAdded() {
    self.building(["2002"], office()).connect("2001", "2003").hangUp("2003").expectIdle("2001")
      .expectState("ownerless", of: "Conference", "2001").advance(by: .seconds(45)).expect(.alert, at: "2001")
      .answer("2001").expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-1, HOLD-3: a next call that is held and forgotten is recalled by hold alone")
  func nextCallHeld() {
    self.building(["2002"], office()).connect("2001", "2003").hold(by: "2001").advance(by: .seconds(45))
      .expect(.alert, at: "2001").expectState("inviting", of: "Conference", "2001").answer("2001").expectTalking("2001", "2003")
      .hold(by: "2001").dial("46", from: "2001").resume(by: "2001").expectHearing(.room(1), at: "2003")
  }

  @Test("CONF-2: the second code in a row sends everybody to the media server again, the owner's held line too")
  func addedAll() {
    let office = self.building(["2002", "2003"], office()).dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "waits for its owner")
    for station: StationNumber in ["2001", "2002", "2003"] { office.expect(.media(.room(1)), at: station) }
    office.resume(by: "2001").expectState("running", of: "Conference", "2001").expectHearing(.room(1), at: "2001")
  }

  @Test("CONF-2: a resume without the second code joins the owner as well")
  func resumeAtOnce() {
    self.building(["2002", "2003"], office()).resume(by: "2001").expectHearing(.room(1), at: "2001")
      .expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-2: the member on the owner's line leaves: the line is kept, and the owner joins the others on it")
  func memberOnLineLeaves() {
    self.building(["2002", "2003"], office()).hangUp("2003").resume(by: "2001").expectHearing(.room(1), at: "2001")
      .expectHearing(.room(1), at: "2002")
    self.building(["2002"], office()).hangUp("2002").expectIdle("2001").expectState("none", of: "Conference", "2001")
  }

  @Test("CONF-2: a telephone that takes its call back by itself after the code goes on building")
  func joinedInBetween() {
    office().connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").resume(by: "2001")
      .expectState("running", of: "Conference", "2001").hold(by: "2001").connect("2001", "2003")
      .expectState("inviting", of: "Conference", "2001").expectTalking("2001", "2003").expectHearing(.room(1), at: "2002")
      .hold(by: "2001").dial("46", from: "2001").resume(by: "2001").expectHearing(.room(1), at: "2003")
      .expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-1: two telephones of one number: the other one's calls have nothing to do with the conference")
  func otherTelephone() {
    let office = office().register("2001", devices: 2)
    self.building(["2002"], office).dial("2003", from: "2001", device: 1).answer("2003")
      .expectState("building", of: "Conference", "2001").hold(by: "2001").dial("46", from: "2001", device: 1)
      .expectFinal(.temporarilyUnavailable, at: "2001", "another telephone").expectState("building", of: "Conference", "2001")
  }

  @Test("CONF-1, XFER-7: a transfer to the code adds the party")
  func transferred() {
    office().connect("2001", "2002").refer("2001", to: "46").expectHearing(.room(1), at: "2002").hangUp("2001")
      .connect("2001", "2003").refer("2001", to: "46").expectHearing(.room(1), at: "2003").expectHearing(.room(1), at: "2002")
  }

  // MARK: What is refused

  @Test("CONF-3: a sixth is refused, nothing else changes; the others go on")
  func full() {
    let office = self.building(["2002", "2003", "2004", "2005"], office())
    office.connect("2001", "2006").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "full").expectHearing(.music, at: "2006")
      .resume(by: "2001").expectTalking("2001", "2006").expectHearing(.room(1), at: "2005")
    self.building(["2002", "2003"], self.with("maximumMembers", .integer(3))).connect("2001", "2004").hold(by: "2001")
      .dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "full")
  }

  @Test("CONF-4: nothing held, held by the far end, a call that has ended, two held: 480, nothing changes")
  func refused() {
    office().dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .connect("2001", "2002").dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .expectTalking("2001", "2002")
      .hold(by: "2002").dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .resume(by: "2002").expectTalking("2001", "2002").hold(by: "2001").hangUp("2002").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "more than one").expectState("none", of: "Conference", "2001")
      .resume(by: "2001").expectTalking("2001", "2003")
  }

  @Test("CONF-4: while a conference is built the code with nothing held changes nothing")
  func refusedWhileBuilding() {
    self.building(["2002"], office()).connect("2001", "2003").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "no held call").expectTalking("2001", "2003")
      .expectState("inviting", of: "Conference", "2001").hangUp("2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "no held call").expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-4: no channel of the media server is free: who cannot be in the room is released, the rest go on")
  func noChannel() {
    self.building(["2002"], office()).connect("2001", "2003").hold(by: "2001").breakMedia(at: "2003")
      .dial("46", from: "2001").expectIdle("2003").expectHearing(.room(1), at: "2002")
  }

  // MARK: The owner stays away

  @Test("CONF-4: nothing held is 480; an owner who never resumes is called back")
  func ownerRecall() {
    office().dial("46", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "no held call")
      .connect("2001", "2002").hold(by: "2001").dial("46", from: "2001").hangUp("2001").expectHearing(.room(1), at: "2002")
      .advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(20)).expectState(
        "ownerless", of: "Conference", "2001"
      )
      .advance(by: .seconds(45)).answer("2001").expectHearing(.room(1), at: "2001").expectState(
        "running", of: "Conference", "2001")
  }

  @Test("CONF-4, HOLD-3: an owner who does not resume is rung; answered, the old line is released; resumed, the ringing stops")
  func recallWithHeldLine() {
    self.building(["2002", "2003"], office()).advance(by: .seconds(45)).expect(.alert, at: "2001").answer("2001")
      .expect(.release(.normal), at: "2001").expectHearing(.room(1), at: "2001").expectState("running", of: "Conference", "2001")
    self.building(["2002", "2003"], office()).advance(by: .seconds(45)).expectRinging("2001").resume(by: "2001")
      .expect(.release(.cancelled), at: "2001").expectHearing(.room(1), at: "2001")
      .expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-4: the owner's time stands still while he talks to somebody; ten vain recalls release the members and his line")
  func recallLimit() {
    let office = self.building(["2002", "2003"], office())
    for _ in 1...10 {
      office.advance(by: .seconds(45)).expect(.alert, at: "2001").advance(by: .seconds(20))
        .expectState("building", of: "Conference", "2001")
    }
    office.advance(by: .seconds(45)).expectNoAlert(at: "2001").expectIdle("2001").expectIdle("2002").expectIdle("2003")
      .expectState("none", of: "Conference", "2001")
    self.building(["2002"], self.with("recallTime", .time(.zero))).advance(by: .seconds(3600)).expectNoAlert(at: "2001")
      .expectHearing(.room(1), at: "2002")
  }

  @Test("CONF-4: the recall is picked up by a colleague, who is in the conference then")
  func recallPickedUp() {
    self.building(["2002", "2003"], office()).hangUp("2001").advance(by: .seconds(45)).dial("652001", from: "2004")
      .expectHearing(.room(1), at: "2004").expectState("running", of: "Conference", "2001")
  }

  @Test("CONF-4: the one for whom the owner is rung leaves: he is rung for the other; nobody is left: it stops")
  func memberLeavesDuringRecall() {
    self.building(["2002", "2003"], office()).hangUp("2001").advance(by: .seconds(45)).hangUp("2002").expectRinging("2001")
      .answer("2001").expectHearing(.room(1), at: "2001")
    self.building(["2002"], office()).hangUp("2001").advance(by: .seconds(45)).hangUp("2002").expectIdle("2001")
      .expectState("none", of: "Conference", "2001")
  }

  // MARK: Running

  @Test("CONF-5: one leaves, two are left and talk directly; one left alone is released")
  func leaving() {
    self.building(["2002", "2003"], office()).resume(by: "2001").hangUp("2002").expectTalking("2001", "2003")
      .expectState("none", of: "Conference", "2001").hangUp("2003").expectIdle("2001")
    self.building(["2002", "2003", "2004"], office()).resume(by: "2001").hangUp("2002").expectHearing(.room(1), at: "2001")
      .expectHearing(.room(1), at: "2003").hangUp("2004").expectTalking("2001", "2003")
  }

  @Test("CONF-5: two stay mixed if the plan says so")
  func mixed() {
    self.building(["2002", "2003"], self.with("twoLeft", .integer(1))).resume(by: "2001").hangUp("2002")
      .expectHearing(.room(1), at: "2001").expectHearing(.room(1), at: "2003").hangUp("2003").expectIdle("2001")
  }

  @Test("CONF-5: two who cannot talk directly stay mixed")
  func pairingFails() {
    self.building(["2002", "2003"], office()).resume(by: "2001").breakMedia(at: "2003").hangUp("2002")
      .expectHearing(.room(1), at: "2001").expectHearing(.room(1), at: "2003")
  }

  @Test("CONF-5: the owner leaves: the other two talk on, three stay mixed, or all are released as the plan says")
  func ownerLeaves() {
    self.building(["2002", "2003"], office()).resume(by: "2001").hangUp("2001").expectTalking("2002", "2003")
    self.building(["2002", "2003", "2004"], office()).resume(by: "2001").hangUp("2001").expectHearing(.room(1), at: "2002")
      .connect("2001", "2005").hold(by: "2001").dial("46", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "without its owner").expectHearing(.music, at: "2005")
    self.building(["2002", "2003"], self.with("ownerLeaves", .integer(1))).resume(by: "2001").hangUp("2001")
      .expectIdle("2002").expectIdle("2003")
  }

  @Test("CONF-2, CONF-5: the owner holds the running conference, calls another and adds him")
  func addLater() {
    self.building(["2002", "2003"], office()).resume(by: "2001").hold(by: "2001").connect("2001", "2004").hold(by: "2001")
      .dial("46", from: "2001").expectHearing(.room(1), at: "2004").resume(by: "2001").expectHearing(.room(1), at: "2001")
  }

  @Test("CONF-1, CONF-5: a conference survives a restart in every state")
  func conferenceRestart() {
    self.building(["2002"], office()).restart().expectHearing(.room(1), at: "2002").resume(by: "2001")
      .expectState("running", of: "Conference", "2001")
    self.building(["2002"], office()).connect("2001", "2003").restart().expectTalking("2001", "2003").hold(by: "2001")
      .dial("46", from: "2001").restart().resume(by: "2001").restart().expectHearing(.room(1), at: "2001")
      .hangUp("2002").expectTalking("2001", "2003")
    self.building(["2002"], office()).advance(by: .seconds(50)).restart().expectState("building", of: "Conference", "2001")
      .advance(by: .seconds(45)).expect(.alert, at: "2001")
  }

  @Test("CONF-4, restart: a dialog of the owner that has ended does not come back")
  func endedDialogStaysEnded() {
    self.building(["2002"], office()).hangUp("2001").restart()
      .expectIdle("2001").expectHearing(.room(1), at: "2002").advance(by: .seconds(45)).expect(.alert, at: "2001")
  }

  // MARK: The outside

  /// 2001 may call outside, and two outside are brought into a conference.
  private func outside(trunkToTrunk: Bool) -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = [.init(from: "2001", to: "2099", className: "national")]
    plan.classes = [.init(name: "national", trunkCodes: ["9"], trunkToTrunk: trunkToTrunk)]
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10")]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"])]
    let office = office(plan: plan)
    for number: Digits in ["90411", "90422"] {
      office.dial(number, from: "2001").answerOutside().hold(by: "2001").dial("46", from: "2001")
        .expectFinal(.temporarilyUnavailable, at: "2001", "is in the conference")
    }
    return office
  }

  private func heardOutside(_ office: Scenario) -> [Goal] {
    office.exchange.telephones.lines.filter { $0.party.trunk != nil }.map(\.goal)
  }

  @Test("CONF-5, TRK-1: two outside are in a conference with a station, never alone with each other")
  func onlyOutsideLeft() {
    let office = self.outside(trunkToTrunk: false).resume(by: "2001").expectHearing(.room(1), at: "2001")
    #expect(self.heardOutside(office) == [.room(1), .room(1)])
    office.hangUp("2001")
    #expect(self.heardOutside(office).isEmpty, "released with the last one inside")
    let other = self.outside(trunkToTrunk: false).hangUp("2001")
    #expect(self.heardOutside(other) == [.music, .music], "they wait for their owner apart")
    other.advance(by: .seconds(45)).answer("2001").expectHearing(.room(1), at: "2001")
    #expect(self.heardOutside(other) == [.room(1), .room(1)])
    let allowed = self.outside(trunkToTrunk: true).resume(by: "2001").hangUp("2001")
    #expect(self.heardOutside(allowed).count == 2)
  }

  @Test("CONF-5, CALL-8: who dialled outside for a member is in that call's record, whoever talks to it in the end")
  func payer() {
    let office = self.outside(trunkToTrunk: false).connect("2001", "2003").hold(by: "2001").dial("46", from: "2001")
      .resume(by: "2001").hangUp("2001")
    #expect(self.heardOutside(office).count == 2)
    office.hangUp("2003")
    let outside = office.records.filter { $0.dialled.description.hasPrefix("9") }
    #expect(outside.map(\.caller) == ["2001", "2001"])
  }
}
