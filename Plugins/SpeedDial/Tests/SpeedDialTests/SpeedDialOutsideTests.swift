import Features
import Kernel
import SpeedDial
import TestKit
import TestKitTesting
import Testing

/// Numbers outside: a short number is no way round the class of service, and an unusually long one is not kept.
@Suite("Speed dial to numbers outside")
struct SpeedDialOutsideTests {
  private let module = Module(SpeedDial.self)

  /// 2001 may dial outside by 9 and keeps the system's list; 2002 and 2003 may dial inside only.
  private func office() -> Scenario {
    let modules = BuiltIn.modules + [self.module]
    var plan = Plan.office(BuiltIn.modules)
    plan.add(
      self.module, codes: [("*0", "call"), ("*1", "callSystem"), ("*75", "store"), ("*76", "storeSystem")],
      options: [("administrator", .integer(2001))])
    plan.stations = [
      .init(from: "2001", to: "2001", className: "national"), .init(from: "2002", to: "2099", className: "internal"),
    ]
    plan.classes = [.init(name: "internal"), .init(name: "national", trunkCodes: ["9"])]
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10", channels: 3)]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"])]
    let office = Scenario.tested(plan: plan, modules: modules).trunk("carrier", isUp: true)
    for station: StationNumber in ["2001", "2002", "2003"] { office.register(station) }
    return office
  }

  @Test("Who may not dial outside does not get there by the system's list; who may, does")
  func system() {
    self.office().dial("*76850398722900", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "may not lead to")
      .dial("*768590398722900", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "stored")
      .dial("*185", from: "2002").expectFinal(.forbidden, at: "2002", "class of service of 2002 does not allow this number")
      .dial("*185", from: "2001").ringOutside().answerOutside().hangUp("2001")
  }

  @Test("Who may not dial outside any more does not get there by what is stored already, until the class allows it again")
  func later() {
    self.office().dial("*750590398722900", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "stored")
      .set("2001", StationSettings(className: "internal"))
      .dial("*005", from: "2001").expectFinal(.forbidden, at: "2001", "class of service of 2001 does not allow this number")
      .set("2001", StationSettings(className: "national"))
      .dial("*005", from: "2001").ringOutside().answerOutside().hangUp("2001")
  }

  @Test("Who may not dial outside cannot store such a number either")
  func storing() {
    self.office().dial("*750590398722900", from: "2002")
      .expectFinal(.temporarilyUnavailable, at: "2002", "speed dial may not lead to 90398722900")
  }

  @Test("A number longer than 24 digits is not kept, and what stood there stays")
  func tooLong() {
    self.office().dial("*7505900000000000000000000000", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "stored")  // 24
      .dial("*75052003", from: "2001").dial("*75059000000000000000000000001", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001", "wrong or missing number")
      .dial("*005", from: "2001").expect(.alert, at: "2003").hangUp("2001")
  }

  @Test("The system's list is cleared by its administrator alone, and survives a restart")
  func clearing() {
    self.office().dial("*76852003", from: "2001")
      .dial("*7685", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "2002 may not change the system's list")
      .restart().dial("*185", from: "2002").expect(.alert, at: "2003").hangUp("2002")
      .dial("*7685", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "speed dial cleared")
      .dial("*185", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002", "nothing is stored there")
  }

  @Test("A place whose number has become a code in a new plan calls nothing: no place leads to a code, nor to itself")
  func becomesCode() {
    self.office().dial("*75052003", from: "2001")
      .reload { plan in
        plan.stations = [.init(from: "2001", to: "2002", className: "national")]
        plan.modules[plan.modules.count - 1].codes[0] = .init(digits: "20", action: 0)
      }
      // 2003 is now the code 20 with the place 03.
      .dial("2003", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is stored there")
      .dial("2005", from: "2001").expectFinal(.forbidden, at: "2001", "class of service of 2001")
  }
}
