import Features
import Kernel
import TestKit
import TestKitTesting
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

  @Test("PARK-1: the parker has its 480 before its held call is released, as in the manual's figure")
  func answerFirst() throws {
    let lines = office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").ladder.split(separator: "\n")
    let answer = try #require(lines.lastIndex { $0.contains("480") })
    let release = try #require(lines.lastIndex { $0.contains("BYE") })
    #expect(answer < release, "\(lines.joined(separator: "\n"))")
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

  @Test("PARK-1: held by the far end, more than one held, a number that is no station's: 480 and nothing changes")
  func notOneHeldCall() {
    office().connect("2002", "2001").hold(by: "2002").dial("11", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "no held call").resume(by: "2002").expectTalking("2002", "2001")
    office().connect("2001", "2002").hold(by: "2001").connect("2001", "2003").hold(by: "2001").dial("11", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "more than one").resume(by: "2001").expectTalking("2001", "2003")
      .expectState("empty", of: "CallPark", "2001")
    office().connect("2002", "2001").hold(by: "2001").dial("117777", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "no station").expectHearing(.music, at: "2002").resume(by: "2001")
      .expectTalking("2002", "2001")
  }

  @Test("PARK-1: only what this very telephone holds is parked")
  func otherTelephone() {
    let office = office().register("2001", devices: 2)
    office.dial("2002", from: "2001", device: 0).answer("2002").hold(by: "2001").dial("11", from: "2001", device: 1)
      .expectFinal(.temporarilyUnavailable, at: "2001", "no held call").expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-1: two parks at once on one place: the second call stays on hold, strangers do not meet")
  func twoParks() {
    office().connect("2002", "2001").connect("2004", "2003").hold(by: "2001").hold(by: "2003").dial("112005", from: "2001")
      .dial("112005", from: "2003").expectFinal(.temporarilyUnavailable, at: "2003", "taken")
      .expectHearing(.music, at: "2002").expectHearing(.music, at: "2004").resume(by: "2003").expectTalking("2004", "2003")
      .dial("122005", from: "2005").expectTalking("2005", "2002")
  }

  @Test("PARK-2: two fetch at once: the first has the call, the second 480; after that nothing is parked there")
  func twoFetch() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").joinNothing().dial("122001", from: "2003")
      .dial("122001", from: "2004").expectFinal(.temporarilyUnavailable, at: "2004", "being fetched").joinAgain()
      .expectTalking("2003", "2002").dial("122001", from: "2004")
      .expectFinal(.temporarilyUnavailable, at: "2004", "nothing is parked").expectTalking("2003", "2002")
  }

  @Test("PARK-2: the fetcher gives up, or the party hangs up, before they are connected")
  func fetchGivenUp() {
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").joinNothing().dial("122001", from: "2003")
      .hangUp("2003").expectState("parked", of: "CallPark", "2001").joinAgain().expectHearing(.music, at: "2002")
    office().connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").joinNothing().dial("122001", from: "2003")
      .hangUp("2002").expectFinal(.temporarilyUnavailable, at: "2003", "could not be connected")
      .expectState("empty", of: "CallPark", "2001")
  }

  @Test("PARK-2: the parker fetches back; the parked party does not fetch itself")
  func fetchOneself() {
    office().connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001").dial("122005", from: "2002")
      .expectFinal(.temporarilyUnavailable, at: "2002", "talk to itself").expectState("parked", of: "CallPark", "2005")
      .dial("122005", from: "2001").expectTalking("2001", "2002")
  }

  @Test("PARK-2, PARK-3: fetches that fail are no recalls: the parker is rung as often as the plan says")
  func failedFetchIsNoRecall() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("recallLimit", .integer(1), of: Module(CallPark.self))
    let office = office(plan: plan).connect("2002", "2001").hold(by: "2001").dial("11", from: "2001").breakMedia(at: "2002")
    office.dial("122001", from: "2003").expectFinal(.temporarilyUnavailable, at: "2003").advance(by: .seconds(60))
      .expect(.alert, at: "2001").advance(by: .seconds(80)).expectIdle("2002")
  }

  @Test("PARK-1, XFER-7: a transfer to the code parks the party, with and without a place, held or not")
  func parkByTransfer() {
    office().connect("2002", "2001").refer("2001", to: "11").expectState("parked", of: "CallPark", "2001")
      .expectHearing(.music, at: "2002").expectIdle("2001").dial("122001", from: "2003").expectTalking("2003", "2002")
    office().connect("2002", "2001").hold(by: "2001").refer("2001", to: "112005").expectState("parked", of: "CallPark", "2005")
    office().connect("2002", "2001").hold(by: "2001").dial("112005", from: "2001").connect("2004", "2003")
      .refer("2003", to: "112005").expectTransferRefused(.temporarilyUnavailable, at: "2003", "taken").expectTalking(
        "2004", "2003")
  }

  /// 2001 may call outside; calls from outside reach it.
  private func town(stationCalls: Bool) -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = [.init(from: "2001", to: "2001", className: "national"), .init(from: "2002", to: "2099")]
    plan.classes = [.init(name: "national", trunkCodes: ["9"])]
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10", inward: [("5550", "2001")])]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"])]
    plan.set("stationCalls", .boolean(stationCalls), of: Module(CallPark.self))
    return office(plan: plan)
  }

  @Test("PARK-5: stationCalls is false: calls from outside are parked and fetched, those between stations are not")
  func onlyTrunks() {
    self.town(stationCalls: false).connect("2002", "2001").hold(by: "2001").dial("11", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "cannot be parked").resume(by: "2001").expectTalking("2002", "2001")
      .hangUp("2002").dial("5550", fromTrunk: "carrier").answer("2001").hold(by: "2001").dial("11", from: "2001")
      .expectState("parked", of: "CallPark", "2001").dial("122001", from: "2003").expectTalking("2003", outside: "0299")
  }

  @Test("PARK-2, TRK-1: an outside call that is fetched stays on the account of who dialled it")
  func payer() {
    let town = self.town(stationCalls: true).dial("90411", from: "2001").answerOutside().hold(by: "2001").dial("11", from: "2001")
      .dial("122001", from: "2002").expectTalking("2002", outside: "0411").dial("90411", from: "2003")
      .expectFinal(.forbidden, at: "2003").hangUp("2002")
    #expect(town.records.last?.caller == "2001")
  }

  @Test("PARK-4: the status says who has parked a call, where, and what becomes of it")
  func summary() {
    let by: StationNumber = "2001"
    let parked = CallPark.Parked(.none, by: by)
    #expect("\(CallPark.State.parked(parked).summary)" == "parked by 2001")
    #expect("\(CallPark.State.recalling(parked).summary)" == "recalls 2001")
    #expect("\(CallPark.State.fetching(parked, by: .none).summary)" == "being fetched, parked by 2001")
  }
}
