import Features
import Kernel
import TestKit
import Testing

@Suite("Do not disturb")
struct DoNotDisturbTests {
  private let busyPlan: Plan = {
    var plan = Plan.office(BuiltIn.modules)
    plan.set("treatAs", .integer(1), of: Module(DoNotDisturb.self))
    return plan
  }()

  @Test("DND-1: 401 turns it on, 400 off, each answered 480 with its reason")
  func onAndOff() {
    office().dial("401", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "do not disturb on")
      .expectState("on", of: "DoNotDisturb", "2001")
      .dial("400", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "do not disturb off")
      .expectState("off", of: "DoNotDisturb", "2001")
  }

  @Test("DND-1: on when it is on and off when it is off change nothing, and are answered alike")
  func again() {
    office().dial("400", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "off")
      .dial("401", from: "2001").dial("401", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "on")
      .expectState("on", of: "DoNotDisturb", "2001")
  }

  @Test("DND-1: other arguments change nothing", arguments: ["402", "40", "409", "40*"] as [Digits])
  func otherArguments(digits: Digits) {
    office().dial(digits, from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "wrong or missing")
      .expectState("off", of: "DoNotDisturb", "2001")
      .dial("401", from: "2001").dial(digits, from: "2001").expectState("on", of: "DoNotDisturb", "2001")
  }

  @Test("DND-1, DIAL-2: 4011 has a surplus digit: 480, nothing changes")
  func tooLong() {
    office().dial("4011", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001").expectState(
      "off", of: "DoNotDisturb", "2001")
  }

  @Test("DND-2: a station in DND gets no message for a call, the caller 486 with the reason; off again it rings")
  func turnsAway() {
    office().dial("401", from: "2002").dial("2002", from: "2001").expectNoAlert(at: "2002")
      .expectFinal(.busyHere, at: "2001", "do not disturb at 2002").expectRecord(.refused, caller: "2001", dialled: "2002")
      .dial("400", from: "2002").dial("2002", from: "2001").expect(.alert, at: "2002")
  }

  @Test("CALL-10: the record of a call that do not disturb turned away names the feature and why, busy or refused")
  func record() {
    for office in [office(), office(plan: busyPlan)] {
      let office = office.dial("401", from: "2002").dial("2002", from: "2001")
      #expect(office.records.last?.acts.map(\.note.description) == ["do not disturb at 2002"])
      #expect(office.records.last?.acts.map { BuiltIn.modules[$0.module].descriptor.name } == ["DoNotDisturb"])
    }
  }

  @Test("DND-2: a station in DND may itself call")
  func callsOut() {
    office().dial("401", from: "2001").connect("2001", "2002")
  }

  @Test("DND-2: turning it on ends no call")
  func duringACall() {
    office().connect("2001", "2002").dial("401", from: "2002").expectTalking("2001", "2002")
  }

  @Test("DND-2: it belongs to the station, whichever telephone dialled it, and survives a restart")
  func ofTheStation() {
    office().register("2002", devices: 2).dial("401", from: "2002", device: 1).restart()
      .dial("2002", from: "2001").expectFinal(.busyHere, at: "2001", "do not disturb")
  }

  @Test("DND-2: not registered and in DND: the caller hears busy, for the modules come first")
  func notRegistered() {
    office().dial("401", from: "2002").unregister("2002").dial("2002", from: "2001").expectFinal(.busyHere, at: "2001")
  }

  @Test("DND-2, FWD-6: as shipped, DND stands before forward busy: the caller is refused, not forwarded")
  func refusesBeforeForwardBusy() {
    office().dial("401", from: "2002").dial("6022003", from: "2002").dial("2002", from: "2001")
      .expectFinal(.busyHere, at: "2001", "do not disturb").expectNoAlert(at: "2003")
  }

  @Test("DND-2: treatAs=busy lets forward busy act")
  func busyLetsForwardAct() {
    office(plan: self.busyPlan).dial("401", from: "2002").dial("6022003", from: "2002").dial("2002", from: "2001")
      .expectNoAlert(at: "2002").expect(.alert, at: "2003")
      .expectDiversions([Diversion(from: "2002", reason: .userBusy)], at: "2003")
  }

  @Test("DND-2: treatAs=busy without a forward is 486 all the same")
  func busyWithoutForward() {
    office(plan: self.busyPlan).dial("401", from: "2002").dial("2002", from: "2001").expectNoAlert(at: "2002")
      .expectFinal(.busyHere, at: "2001")
  }

  @Test("FWD-6: the order of the modules decides: forward all before DND forwards, after it is never asked")
  func order() {
    office().dial("401", from: "2002").dial("6012003", from: "2002").dial("2002", from: "2001").expectFinal(.busyHere, at: "2001")
    let reversed: [Module] = [Module(CallForward.self), Module(DoNotDisturb.self)]
    office(reversed).dial("401", from: "2002").dial("6012003", from: "2002").dial("2002", from: "2001").expect(.alert, at: "2003")
  }

  @Test("DND-2: a call forwarded to a station in DND is refused there")
  func forwardedInto() {
    office().dial("401", from: "2003").dial("6012003", from: "2002").dial("2002", from: "2001").expectNoAlert(at: "2003")
      .expectFinal(.busyHere, at: "2001", "do not disturb at 2003")
  }

  @Test("DIAL-3: barred by class of service the code changes nothing")
  func barred() {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations[0].className = "plain"
    plan.classes = [.init(name: "plain", barredModules: ["DoNotDisturb"])]
    office(plan: plan).dial("401", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "class of service")
      .expectState("off", of: "DoNotDisturb", "2001")
  }
}
