import Features
import Kernel
import TestKit
import TestKitTesting
import Testing
import WakeUp

/// What users notice, in virtual time: no second is waited for. A failure prints the ladder. It begins at midnight.
@Suite("Wake-up call")
struct WakeUpTests {
  private let module = Module(WakeUp.self)
  private static let codes: [(digits: Digits, action: String)] = [("*55", "set"), ("*56", "cancel"), ("*57", "query")]

  /// Stations 2001 to 2003 on the line, with all features of the exchange and this one.
  private func office(_ options: [(String, OptionValue)] = []) -> Scenario {
    let modules = BuiltIn.modules + [self.module]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(self.module, codes: Self.codes, options: options)
    let office = Scenario.tested(plan: plan, modules: modules)
    for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
    return office
  }

  private static let halfPastSix = Interval.seconds(23_400)

  @Test("The telephone rings at the time, plays music, and rings no more")
  func rings() {
    self.office().dial("*550630", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "wake-up call at 0630")
      .expectState("set", of: "WakeUp", "2001")
      .advance(by: .seconds(23_399)).expectNoAlert(at: "2001")
      .advance(by: .seconds(1)).expect(.alert, at: "2001").expectState("ringing", of: "WakeUp", "2001")
      .answer("2001").expectHearing(.music, at: "2001").expectState("greeting", of: "WakeUp", "2001")
      .hangUp("2001").expectState("none", of: "WakeUp", "2001")
      .advance(by: .seconds(86_400)).expectNoAlert(at: "2001")
  }

  @Test("Whoever leaves the handset beside the telephone hears music for a minute")
  func greetingEnds() {
    self.office().dial("*550630", from: "2001").advance(by: Self.halfPastSix).answer("2001")
      .advance(by: .seconds(60)).expectIdle("2001").expectState("none", of: "WakeUp", "2001")
  }

  @Test("Where nobody answers it rings again, as often as the plan says")
  func again() {
    let office = self.office([("repeats", .integer(2)), ("interval", .time(.seconds(300))), ("ring", .time(.seconds(45)))])
    office.dial("*550630", from: "2001").advance(by: Self.halfPastSix)
    for _ in 0..<2 {
      office.expectRinging("2001").advance(by: .seconds(45)).expectIdle("2001").expectState("set", of: "WakeUp", "2001")
        .advance(by: .seconds(300))
    }
    office.expectRinging("2001").advance(by: .seconds(45)).expectIdle("2001").expectState("none", of: "WakeUp", "2001")
  }

  @Test("Whoever is on the telephone is called later; so is one whose telephone is away")
  func busy() {
    self.office().dial("*550630", from: "2001").connect("2001", "2002").advance(by: Self.halfPastSix).expectNoAlert(at: "2001")
      .expectState("set", of: "WakeUp", "2001").hangUp("2001").unregister("2001")
      .advance(by: .seconds(300)).expectState("set", of: "WakeUp", "2001").register("2001")
      .advance(by: .seconds(300)).expectRinging("2001").refuse(by: "2001", .busyHere).expectState("set", of: "WakeUp", "2001")
      .dial("*56", from: "2001")
  }

  @Test("All telephones of the station ring; one is answered, the others stop")
  func telephones() {
    let office = self.office()
    office.register("2001", devices: 2).dial("*550630", from: "2001").advance(by: Self.halfPastSix)
      .refuse(by: "2001", .busyHere, device: 0).expectState("ringing", of: "WakeUp", "2001")
      .answer("2001", device: 1).expectHearing(.music, at: "2001").hangUp("2001")
  }

  @Test("Do not disturb and a forward keep others away, not the wake-up call")
  func peace() {
    self.office().dial("4011", from: "2001").dial("6012003", from: "2001").dial("*550630", from: "2001")
      .advance(by: Self.halfPastSix).expectRinging("2001").answer("2001").hangUp("2001")
  }

  @Test("It is asked for, moved and cancelled")
  func change() {
    self.office().dial("*57", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no wake-up call")
      .dial("*550630", from: "2001").dial("*550700", from: "2001")
      .dial("*57", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "wake-up call at 0700")
      .advance(by: Self.halfPastSix).expectNoAlert(at: "2001")
      .dial("*56", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "wake-up call cancelled")
      .advance(by: .seconds(3600)).expectNoAlert(at: "2001")
      .dial("*56", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no wake-up call")
  }

  @Test("A time that does not exist is refused, and one that is set stays", arguments: ["2400", "0660", "9999", "06*0", "06"])
  func noTime(_ digits: String) throws {
    let number = try #require(Digits("*55" + digits))
    self.office().dial("*550630", from: "2001").dial(number, from: "2001").expect(.final(.temporarilyUnavailable), at: "2001")
      .expectState("set", of: "WakeUp", "2001").advance(by: Self.halfPastSix).expectRinging("2001").answer("2001").hangUp("2001")
  }

  @Test("It survives a restart: while it waits, while it rings, and while it is heard")
  func restart() {
    self.office().dial("*550630", from: "2001").restart().advance(by: Self.halfPastSix).expectRinging("2001")
      .restart().expectState("set", of: "WakeUp", "2001").advance(by: .seconds(300)).expectRinging("2001")
      .answer("2001").restart().expectState("greeting", of: "WakeUp", "2001").expectHearing(.music, at: "2001")
      .advance(by: .seconds(60)).expectIdle("2001")
  }

  @Test("When the clocks are put forward or back it rings at the time that they show")
  func summerTime() {
    let earlier = self.office()
    earlier.dial("*550630", from: "2001").advance(by: .seconds(7200)).localOffset(.seconds(3600))
      .advance(by: .seconds(12_599)).expectNoAlert(at: "2001").advance(by: .seconds(1)).expectRinging("2001").answer("2001")
      .hangUp("2001")
    let later = self.office()
    later.dial("*550630", from: "2001").advance(by: .seconds(7200)).localOffset(.seconds(-3600))
      .advance(by: .seconds(16_200)).expectNoAlert(at: "2001").advance(by: .seconds(3600)).expectRinging("2001").answer("2001")
      .hangUp("2001")
  }

  @Test("Nobody can pick up a wake-up call: there is nobody to talk to")
  func pickup() {
    self.office().dial("*550630", from: "2001").advance(by: Self.halfPastSix).expectRinging("2001")
      .dial("652001", from: "2002").expect(.final(.temporarilyUnavailable), at: "2002").expectRinging("2001")
      .answer("2001").expectHearing(.music, at: "2001")
  }

  @Test("With every other feature, in random walks, nobody is left hanging")
  func conformance() {
    #expect(Conformance.complaints(of: self.module, codes: Self.codes, among: BuiltIn.modules) == [])
  }
}
