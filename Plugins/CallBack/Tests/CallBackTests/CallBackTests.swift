import CallBack
import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// What users notice, in virtual time: no second is waited for. A failure prints the ladder.
@Suite("Automatic call-back")
struct CallBackTests {
  private let module = Module(CallBack.self)
  private static let codes: [(digits: Digits, action: String)] = [("44", "set"), ("*44", "cancel")]

  /// Stations 2001 to 2004 on the line, 2002 talks to 2003, with all features of the exchange and this one.
  private func office(_ options: [(String, OptionValue)] = []) -> Scenario {
    let modules = BuiltIn.modules + [self.module]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(self.module, codes: Self.codes, options: options)
    let office = Scenario.tested(plan: plan, modules: modules)
    for station: StationNumber in ["2001", "2002", "2003", "2004"] { office.register(station) }
    return office.connect("2002", "2003")
  }

  /// 2001 has found 2002 busy and asked to be called back.
  private func waiting(_ options: [(String, OptionValue)] = []) -> Scenario {
    self.office(options).dial("2002", from: "2001").expectFinal(.busyHere, at: "2001", "2002 is busy")
      .dial("44", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "call-back to 2002 set")
      .expectState("waiting", of: "CallBack", "2001")
  }

  @Test("Busy, code 44, hung up there: the caller is rung, answers, and the other telephone rings")
  func callBack() {
    self.waiting().hangUp("2002").expectNoAlert(at: "2001").advance(by: .seconds(3)).expectRinging("2001")
      .answer("2001").expectRinging("2002").expectHearing(.tone(.ringback), at: "2001")
      .answer("2002").expectTalking("2001", "2002").expectState("idle", of: "CallBack", "2001")
      .hangUp("2001").expectIdle("2002")
      .expectDialledByModules(1)
  }

  @Test("The number may be dialled behind the code")
  func byNumber() {
    self.office().dial("442003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "call-back to 2003 set")
      .hangUp("2003").advance(by: .seconds(3)).answer("2001").answer("2003").expectTalking("2001", "2003")
      .expectDialledByModules(1)
  }

  @Test("What is no station is refused; so is the code where nobody was busy, and its end where there is none")
  func refused() {
    self.office().dial("44", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is nobody to call back")
      .dial("442001", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "2001 is no station to be called back")
      .dial("44777", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "777 is no station to be called back")
      .dial("*44", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no call-back")
  }

  @Test("While the caller is in a call itself it is not rung")
  func callerIsBusy() {
    self.waiting().connect("2001", "2004").hangUp("2002").advance(by: .seconds(60)).expectNoAlert(at: "2001")
      .hangUp("2001").advance(by: .seconds(3)).expectRinging("2001").answer("2001").answer("2002").expectTalking("2001", "2002")
      .expectDialledByModules(1)
  }

  @Test("A telephone that has begun another call meanwhile is waited for")
  func busyAgainMeanwhile() {
    self.waiting().hangUp("2002").connect("2002", "2004").advance(by: .seconds(60)).expectNoAlert(at: "2001")
      .hangUp("2002").advance(by: .seconds(3)).expectRinging("2001").dial("*44", from: "2001").expectIdle("2001")
  }

  @Test("A telephone that says busy by itself is tried again after a while, and no more often than the plan says")
  func busyByItself() {
    let office = self.waiting([("attempts", .integer(2))])
    office.hangUp("2002").advance(by: .seconds(3)).answer("2001").refuse(by: "2002", .busyHere)
      .expectHearing(.tone(.busy), at: "2001").expectState("telling", of: "CallBack", "2001")
      .advance(by: .seconds(5)).expectIdle("2001").expectState("waiting", of: "CallBack", "2001")
      .advance(by: .seconds(30)).expectRinging("2001").answer("2001").refuse(by: "2002", .busyHere)
      .hangUp("2001").expectState("idle", of: "CallBack", "2001")
      .expectDialledByModules(2)
  }

  @Test("The caller does not answer, or declines: it is given up")
  func callerIsAway() {
    self.waiting().hangUp("2002").advance(by: .seconds(3)).expectRinging("2001").advance(by: .seconds(20)).expectIdle("2001")
      .expectState("idle", of: "CallBack", "2001")
    self.waiting().hangUp("2002").advance(by: .seconds(3)).refuse(by: "2001", .decline).expectState(
      "idle", of: "CallBack", "2001")
  }

  @Test("The caller hangs up while the other telephone rings")
  func callerHangsUp() {
    self.waiting().hangUp("2002").advance(by: .seconds(3)).answer("2001").expectRinging("2002").hangUp("2001").expectIdle("2002")
      .expectState("idle", of: "CallBack", "2001")
      .expectDialledByModules(1)
  }

  @Test("Nobody is there: the caller hears busy, and it is given up")
  func notReached() {
    self.waiting().hangUp("2002").unregister("2002").advance(by: .seconds(3)).answer("2001").expectHearing(
      .tone(.busy), at: "2001"
    )
    .advance(by: .seconds(5)).expectIdle("2001").expectState("idle", of: "CallBack", "2001")
    .expectDialledByModules(1)
  }

  @Test("It is cancelled, and after half an hour given up")
  func end() {
    self.waiting().dial("*44", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "call-back cancelled")
      .hangUp("2002").advance(by: .seconds(60)).expectNoAlert(at: "2001")
    self.waiting().advance(by: .seconds(1800)).expectState("idle", of: "CallBack", "2001")
      .hangUp("2002").advance(by: .seconds(60)).expectNoAlert(at: "2001")
  }

  @Test("It survives a restart: while it waits, while the caller rings, and while the other rings")
  func restart() {
    self.waiting().restart().hangUp("2002").advance(by: .seconds(3)).expectRinging("2001")
      .restart().expectState("waiting", of: "CallBack", "2001").advance(by: .seconds(30)).advance(by: .seconds(3)).expectRinging(
        "2001"
      )
      .answer("2001").answer("2002").expectTalking("2001", "2002").restart().expectTalking("2001", "2002").expectDialledByModules(
        1)
    self.waiting().hangUp("2002").advance(by: .seconds(3)).answer("2001").restart().expectState("idle", of: "CallBack", "2001")
      .expectIdle("2001")
      .expectDialledByModules(1)
  }

  @Test("With every other feature, in random walks, nobody is left hanging")
  func conformance() {
    #expect(Conformance.complaints(of: self.module, codes: Self.codes, among: BuiltIn.modules) == [])
  }
}
