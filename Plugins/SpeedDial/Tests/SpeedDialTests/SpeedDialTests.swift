import Features
import Kernel
import SpeedDial
import TestKit
import TestKitTesting
import Testing

/// What users notice, in virtual time: no second is waited for. A failure prints the ladder.
@Suite("Speed dial")
struct SpeedDialTests {
  private let module = Module(SpeedDial.self)
  private static let codes: [(digits: Digits, action: String)] = [
    ("*0", "call"), ("*1", "callSystem"), ("*75", "store"), ("*76", "storeSystem"),
  ]

  /// Stations 2001 to 2003 on the line, with all features of the exchange and this one; 2001 keeps the system's list.
  private func office(_ options: [(name: String, value: OptionValue)] = []) -> Scenario {
    let modules = BuiltIn.modules + [self.module]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(self.module, codes: Self.codes, options: [("administrator", .integer(2001))] + options)
    let office = Scenario.tested(plan: plan, modules: modules)
    for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
    return office
  }

  @Test("A number is stored, called by its place, replaced and cleared")
  func personal() {
    self.office()
      .dial("*005", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
      .dial("*75052003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial to 2003 stored")
      .dial("*005", from: "2001").expect(.alert, at: "2003").answer("2003").expectTalking("2001", "2003").hangUp("2001")
      .dial("*75052002", from: "2001").dial("*005", from: "2001").expect(.alert, at: "2002").hangUp("2001")
      .dial("*7505", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial cleared")
      .dial("*005", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
  }

  @Test("Everybody has a list of his own")
  func others() {
    self.office().dial("*75052003", from: "2001")
      .dial("*005", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "nothing is stored there").expectNoAlert(
        at: "2003"
      )
      .dial("*006", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
  }

  @Test("The system's list is everybody's to call and its administrator's to change")
  func system() {
    self.office()
      .dial("*76852003", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "2002 may not change the system's list")
      .dial("*76852003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial to 2003 stored")
      .dial("*185", from: "2002").expect(.alert, at: "2003").hangUp("2002")
      .dial("*085", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "nothing is stored there")
  }

  @Test(
    "No short number leads where its station may not dial, or to another code", arguments: ["7777", "*005", "4011", "*75062003"])
  func barred(_ number: String) throws {
    let code = try #require(Digits("*7505" + number))
    self.office().dial(code, from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial may not lead to")
      .dial("*005", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
  }

  @Test(
    "What is no place is refused and changes nothing",
    arguments: [
      ("*75", "wrong or missing number"), ("*750", "wrong or missing number"), ("*0", "wrong or missing number"),
      ("*0055", "wrong or missing number"), ("*75*52003", "places are numbers from 00 to 99"),
      ("*0*5", "places are numbers from 00 to 99"),
    ])
  func noPlace(_ dialled: String, _ reason: String) throws {
    self.office().dial("*75052003", from: "2001")
      .dial(try #require(Digits(dialled)), from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", reason)
      .expectNoAlert(at: "2003").dial("*005", from: "2001").expect(.alert, at: "2003").hangUp("2001")
  }

  @Test("The plan says how many places a list has: those behind are neither stored nor called, also where it had more before")
  func places() {
    self.office([("places", .integer(10))])
      .dial("*75092003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial to 2003 stored")
      .dial("*75102003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no place 10")
      .dial("*010", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no place 10")
      .reload { plan in plan.set("places", .integer(9), of: self.module) }
      .dial("*009", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "there is no place 09")
      .reload { plan in plan.set("places", .integer(10), of: self.module) }
      .dial("*009", from: "2001").expect(.alert, at: "2003").hangUp("2001")
  }

  @Test("The plan says how long a stored number may be")
  func longest() {
    self.office([("longest", .integer(3))]).dial("*75052003", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "2003 is too long for a short number")
      .dial("*005", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
  }

  @Test("The lists survive a restart; what the store could not keep was never stored")
  func restart() {
    self.office().dial("*75052003", from: "2001").restart().dial("*005", from: "2001").expect(.alert, at: "2003").hangUp("2001")
      .breakNextCommit().dial("*75052002", from: "2001").dial("*005", from: "2001").expect(.alert, at: "2003").hangUp("2001")
  }

  @Test("With every other feature, in random walks, nobody is left hanging")
  func conformance() {
    #expect(Conformance.complaints(of: self.module, codes: Self.codes, among: BuiltIn.modules) == [])
  }
}
