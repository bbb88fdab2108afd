import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Manual, "Insert Trunk Port", "Insert Trunk Type", "Auth code dialling".
@Suite("Codes for outside calls")
struct OutsideTests {
  /// 9 leaves by a carrier; 2001 may, 2002 may not.
  private func town() -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = [
      .init(from: "2001", to: "2001", className: "national"), .init(from: "2002", to: "2099", className: "internal"),
    ]
    plan.classes = [.init(name: "national", trunkCodes: ["9"]), .init(name: "internal")]
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10")]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"])]
    plan.emergency = [.init(digits: "112", trunkGroup: "9")]
    return office(plan: plan)
  }

  private func rung(_ scenario: Scenario) -> Digits? {
    scenario.exchange.telephones.lines.first { $0.party.trunk != nil }?.party.number
  }

  @Test("TRK-3: outgoing: longer numbers get the station's code in front, features, telephones and short numbers do not")
  func insertion() {
    let settings = StationSettings(insertion: .outgoing, insertedCode: "9")
    let town = self.town().set("2001", settings).dial("0398722900", from: "2001")
    #expect(self.rung(town) == "0398722900")
    town.hangUp("2001").dial("2003", from: "2001").expect(.alert, at: "2003").hangUp("2001")
      .dial("6012002", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "2002 set")
      .dial("7777", from: "2001").expectFinal(.notFound, at: "2001")
      .dial("12220", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "nothing is parked")
    let without = self.town().dial("0398722900", from: "2001").expectFinal(.notFound, at: "2001")
    #expect(self.rung(without) == nil)
  }

  @Test("TRK-3: emergency numbers are never touched")
  func emergency() {
    let settings = StationSettings(insertion: .outgoing, insertedCode: "9")
    let town = self.town().set("2002", settings).dial("112", from: "2002")
    #expect(self.rung(town) == "112")
  }

  @Test("TRK-4: a valid code pays for the call, whatever the telephone's class; the record knows whose it was, never the code")
  func authorised() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.dial("*8512345690398722900", from: "2002")
    #expect(self.rung(town) == "0398722900")
    town.hangUp("2002")
    let record = town.exchange.telephones.records.last
    #expect(record?.authorization == "Sales")
    #expect(record?.dialled == "*85******90398722900")
    // The telephone's own class is what it was.
    town.dial("90398722900", from: "2002").expectFinal(.forbidden, at: "2002", "class of service")
  }

  @Test("TRK-4: a wrong code is 403; three bar the telephone for a time, which a restart does not shorten")
  func guessing() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    for _ in 1...3 {
      town.dial("*8511111190398722900", from: "2002").expectFinal(.forbidden, at: "2002", "not valid")
    }
    town.dial("*8512345690398722900", from: "2002").expectFinal(.forbidden, at: "2002", "barred")
      .dial("*8512345690398722900", from: "2003")
    #expect(self.rung(town) == "0398722900", "others are not barred")
    town.hangUp("2003").restart().advance(by: .seconds(299)).dial("*8512345690398722900", from: "2002")
      .expectFinal(.forbidden, at: "2002", "barred").advance(by: .seconds(1)).dial("*8512345690398722900", from: "2002")
    #expect(self.rung(town) == "0398722900")
    for record in town.exchange.telephones.records where record.dialled.description.hasPrefix("*85") {
      #expect(record.dialled == "*85******90398722900")
    }
  }

  @Test(
    "TRK-4: no outside number behind the code: 480, nothing is looked up", arguments: ["*85123456", "*851234562001", "*8512345"])
  func malformed(number: String) {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.dial(Digits(number) ?? Digits(), from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
  }
}
