import Features
import Kernel
import TestKit
import Testing

@Suite("Call forward")
struct CallForwardTests {
  @Test(
    "FWD-1: 601 to 604 set a forward, each answered 480 with its reason, and the last one counts",
    arguments: [
      ("6012003", "all", "forward all to 2003"), ("6022003", "busy", "forward busy to 2003"),
      ("6032003", "no answer", "forward no answer to 2003"),
      ("6042003", "busy or no answer", "forward busy or no answer to 2003"),
    ] as [(Digits, String, String)])
  func sets(digits: Digits, state: String, reason: String) {
    office().dial("6012004", from: "2002").dial(digits, from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", reason)
      .expectState(state, of: "CallForward", "2002")
      .dial("600", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "cleared").expectState(
        "none", of: "CallForward", "2002"
      )
      .dial("2002", from: "2001").expect(.alert, at: "2002")
  }

  @Test("FWD-1: kept in the store, in force after a restart")
  func restart() {
    office().dial("6012003", from: "2002").restart().dial("2002", from: "2001").expect(.alert, at: "2003").expectNoAlert(
      at: "2002")
  }

  @Test(
    "FWD-2: itself, no number, a code, a missing number change nothing",
    arguments: ["6012002", "601999", "60120", "601401", "601"] as [Digits])
  func wrongDestination(digits: Digits) {
    office().dial("6012004", from: "2002").dial(digits, from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
      .expectState("all", of: "CallForward", "2002").dial("2002", from: "2001").expect(.alert, at: "2004")
  }

  @Test("FWD-2: a number its class of service bars changes nothing, one it allows is set")
  func barredDestination() {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations[0].className = "city"
    plan.classes = [.init(name: "city", trunkCodes: ["0"])]
    plan.trunkGroups = [.init(code: "0", trunks: ["city"]), .init(code: "9", trunks: ["abroad"])]
    office(plan: plan).dial("60190301234", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "not possible")
      .expectState("none", of: "CallForward", "2002")
      .dial("60100301234", from: "2002").expectState("all", of: "CallForward", "2002")
  }

  @Test("FWD-3: all: the call goes on without ringing the station, though it is busy or not there")
  func all() {
    for prepare in [{ $0 }, { $0.connect("2002", "2004") }, { $0.unregister("2002") }] as [(Scenario) -> Scenario] {
      prepare(office().dial("6012003", from: "2002")).dial("2002", from: "2001").expectNoAlert(at: "2002")
        .expect(.forwarded, at: "2001").expect(.alert, at: "2003")
        .expectDiversions([Diversion(from: "2002", reason: .unconditional)], at: "2003").answer("2003").expectTalking(
          "2001", "2003")
    }
  }

  @Test("FWD-3: busy: on a busy station, and on the telephone's own 486 or 600")
  func busy() {
    office().dial("6022003", from: "2002").connect("2002", "2004").dial("2002", from: "2001").expect(.alert, at: "2003")
      .expectDiversions([Diversion(from: "2002", reason: .userBusy)], at: "2003")
    for status: Status in [.busyHere, .busyEverywhere] {
      office().dial("6022003", from: "2002").dial("2002", from: "2001").expect(.alert, at: "2002").refuse(by: "2002", status)
        .expect(.alert, at: "2003").answer("2003").expectTalking("2001", "2003")
    }
  }

  @Test("FWD-3: busy does nothing for one who does not answer, declines, or is not there")
  func busyOnly() {
    office().dial("6022003", from: "2002").dial("2002", from: "2001").advance(by: .seconds(180))
      .expectFinal(.temporarilyUnavailable, at: "2001").expectNoAlert(at: "2003")
      .dial("2002", from: "2001").refuse(by: "2002", .decline).expectFinal(.decline, at: "2001").expectNoAlert(at: "2003")
      .unregister("2002").dial("2002", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001")
  }

  @Test("FWD-3: no answer: after 15 s the telephone stops ringing and the call goes on")
  func noAnswer() {
    office().dial("6032003", from: "2002").dial("2002", from: "2001").expect(.alert, at: "2002")
      .advance(by: .milliseconds(14_999)).expectRinging("2002").expectNoAlert(at: "2003")
      .advance(by: .milliseconds(1)).expect(.release(.noAnswer), at: "2002").expect(.alert, at: "2003")
      .expectDiversions([Diversion(from: "2002", reason: .noAnswer)], at: "2003").answer("2003").expectTalking("2001", "2003")
  }

  @Test("FWD-3: no answer: answered in time it is a call like any other, busy is busy, 480 by the telephone is no answer")
  func noAnswerOtherwise() {
    office().dial("6032003", from: "2002").dial("2002", from: "2001").advance(by: .seconds(14)).answer("2002")
      .advance(by: .seconds(20)).expectTalking("2001", "2002").expectNoAlert(at: "2003")
    office().dial("6032003", from: "2002").connect("2002", "2004").dial("2002", from: "2001").expectFinal(.busyHere, at: "2001")
    office().dial("6032003", from: "2002").dial("2002", from: "2001").refuse(by: "2002", .temporarilyUnavailable)
      .expect(.alert, at: "2003")
  }

  @Test("FWD-3: the no-answer time is the plan's")
  func noAnswerTime() {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("noAnswerTime", .time(.milliseconds(2_500)), of: Module(CallForward.self))
    office(plan: plan).silence("2002").dial("6032003", from: "2002").dial("2002", from: "2001")
      .advance(by: .milliseconds(2_499)).expectNoAlert(at: "2003").advance(by: .milliseconds(1)).expect(.alert, at: "2003")
  }

  @Test("FWD-3: busy or no answer does both")
  func both() {
    office().dial("6042003", from: "2002").dial("2002", from: "2001").advance(by: .seconds(15)).expect(.alert, at: "2003")
      .hangUp("2001").connect("2002", "2004").dial("2002", from: "2001").expect(.alert, at: "2003")
  }

  @Test("FWD-3: the caller gives up on a forwarded call: the telephone it went to stops")
  func cancelled() {
    office().dial("6032003", from: "2002").dial("2002", from: "2001").advance(by: .seconds(15)).hangUp("2001")
      .expect(.release(.cancelled), at: "2003").expectIdle("2003").expectRecord(.cancelled, caller: "2001", dialled: "2002")
  }

  @Test("FWD-4, FWD-5: chains are followed, one diversion for each hop, the newest last")
  func chain() {
    office().dial("6012003", from: "2002").dial("6032004", from: "2003").connect("2004", "2001").dial("6022005", from: "2004")
      .register("2006").dial("2002", from: "2006").expect(.alert, at: "2003").advance(by: .seconds(15)).expect(.alert, at: "2005")
      .expectDiversions(
        [
          Diversion(from: "2002", reason: .unconditional), Diversion(from: "2003", reason: .noAnswer),
          Diversion(from: "2004", reason: .userBusy),
        ], at: "2005")
  }

  @Test("FWD-4: a loop ends with 486 and is recorded")
  func loop() {
    office().dial("6012003", from: "2002").dial("6012004", from: "2003").dial("6012002", from: "2004")
      .dial("2002", from: "2001").expectFinal(.busyHere, at: "2001", "loop").expectRecord(.loop, caller: "2001", dialled: "2002")
  }

  @Test("FWD-4: at most ten hops, or as many as the plan says")
  func hops() {
    func ring(_ hops: Int, _ plan: Plan?) -> Scenario {
      let office = office(plan: plan)
      for index in 0..<hops {
        let here: StationNumber = StationNumber("\(2010 + index)") ?? "0"
        office.register(here).dial(Digits("601\(2011 + index)") ?? "", from: here)
      }
      return office.register(StationNumber("\(2010 + hops)") ?? "0")
    }
    ring(10, nil).dial("2010", from: "2001").expect(.alert, at: "2020")
    ring(11, nil).dial("2010", from: "2001").expectFinal(.busyHere, at: "2001", "too often").expectNoAlert(at: "2021")
    var plan = Plan.office(BuiltIn.modules)
    plan.set("maximumHops", .integer(2), of: Module(CallForward.self))
    ring(2, plan).dial("2010", from: "2001").expect(.alert, at: "2012")
    ring(3, plan).dial("2010", from: "2001").expectFinal(.busyHere, at: "2001", "too often")
  }

  @Test("FWD-4: a call forwarded to its caller meets a busy station")
  func backToCaller() {
    office().dial("6012001", from: "2002").dial("2002", from: "2001").expectFinal(.busyHere, at: "2001", "2001 is busy")
  }

  @Test("FWD-7: a forward to a trunk number uses the forwarding station's class, not the caller's")
  func payer() {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = [.init(from: "2001", to: "2001"), .init(from: "2002", to: "2099", className: "city")]
    plan.classes = [.init(name: "city", trunkCodes: ["0"])]
    plan.trunkGroups = [.init(code: "0", trunks: ["city"])]
    office(plan: plan).dial("6010301234", from: "2002")
      .dial("0301234", from: "2001").expectFinal(.forbidden, at: "2001", "class of service")
      .dial("2002", from: "2001").expectFinal(.serviceUnavailable, at: "2001", "no trunk in service")
  }

  @Test("FWD-8: not registered: the administrator's destination, with its diversion; without one 480")
  func unreachable() {
    let settings = StationSettings(forwardUnreachable: "2003")
    office().set("2002", settings).dial("2002", from: "2001").expect(.alert, at: "2002").hangUp("2001")
      .unregister("2002").dial("2002", from: "2001").expect(.alert, at: "2003")
      .expectDiversions([Diversion(from: "2002", reason: .unavailable)], at: "2003").hangUp("2001")
      .set("2002", StationSettings()).dial("2002", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "not reachable")
  }

  @Test("FWD-8, CALL-11: registered and without a sign of life for 5 s counts as not reachable")
  func silentIsUnreachable() {
    office().set("2002", StationSettings(forwardUnreachable: "2003")).silence("2002").dial("2002", from: "2001")
      .advance(by: .seconds(5)).expect(.alert, at: "2003").expect(.release(.notReachable), at: "2002")
  }

  @Test("FWD-8: it stands beside what the user has set: all goes first")
  func unreachableBesideAll() {
    office().set("2002", StationSettings(forwardUnreachable: "2003")).dial("6012004", from: "2002").unregister("2002")
      .dial("2002", from: "2001").expect(.alert, at: "2004")
  }
}
