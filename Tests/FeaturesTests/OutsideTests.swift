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

  @Test("TRK-3: five digits are enough; one that begins with the code gets it again; codes do not")
  func insertionEdges() {
    let settings = StationSettings(insertion: .outgoing, insertedCode: "9")
    let town = self.town().set("2001", settings).dial("98765", from: "2001")
    #expect(self.rung(town) == "98765")
    town.hangUp("2001").dial("8765", from: "2001").expectFinal(.notFound, at: "2001")
      .dial("603", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001")
      .dial("6017777777", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001")
      .dial("*8511111190411", from: "2001").expectFinal(.forbidden, at: "2001", "not valid")
    #expect(self.rung(town) == nil)
    for number in ["90398722900", "40123456"] as [Digits] {
      town.dial(number, from: "2001")
      #expect(self.rung(town) == number, "DIAL-1: longer than any number behind the code 40")
      town.hangUp("2001")
    }
    town.dial("40123456", from: "2003").expectFinal(.temporarilyUnavailable, at: "2003").advance(by: .seconds(300))
  }

  @Test(
    "TRK-3: with the code in front it is a call like any other: the class of service is asked, a code too long to fit is not put")
  func insertionPays() {
    let settings = StationSettings(insertion: .outgoing, insertedCode: "9")
    let town = self.town().set("2002", settings).dial("0398722900", from: "2002")
      .expectFinal(.forbidden, at: "2002", "class of service").set("2001", settings)
      .dial("03987229000398722900039872290012", from: "2001").expectFinal(.notFound, at: "2001")
    #expect(self.rung(town) == nil)
    #expect(town.records.first?.acts.map { "\($0.note)" } == ["dials 90398722900"])
    #expect(town.records.first?.dialled == "0398722900", "the record says what was dialled")
  }

  @Test("TRK-3: a transfer key dials for the transferor: his code is put in front")
  func insertionOnTransfer() {
    let settings = StationSettings(insertion: .outgoing, insertedCode: "9")
    let town = self.town().set("2001", settings).connect("2001", "2002").refer("2001", to: "0398722900").answerOutside()
      .expectTalking("2002", outside: "0398722900")
    #expect(self.rung(town) == "0398722900")
  }

  @Test(
    "TRK-2: incoming: who calls from outside is shown with the code in front, at that station alone and only when he has a number"
  )
  func incoming() {
    let settings = StationSettings(insertion: .incoming, insertedCode: "802")
    let town = self.town().set("2001", settings)
    func shown() -> Digits? { town.exchange.telephones.lines.last { $0.phase == .called }?.alert?.calling }
    town.dial("2001", fromTrunk: "carrier", as: "0398722900")
    #expect(shown() == "8020398722900")
    town.answer("2001").hangUp("2001").dial("2002", fromTrunk: "carrier", as: "0398722900")
    #expect(shown() == "0398722900")
    town.answer("2002").hangUp("2002").dial("2001", fromTrunk: "carrier", as: "")
    #expect(shown() == "")
    town.answer("2001").hangUp("2001").dial("2001", from: "2002")
    #expect(shown() == "2002", "inside nothing is put in front")
    town.hangUp("2002").dial("6012001", from: "2002").dial("2002", fromTrunk: "carrier", as: "0398722900")
    #expect(shown() == "8020398722900", "also when it was forwarded here")
    town.answer("2001").hangUp("2001").dial("6012002", from: "2001").dial("600", from: "2002")
      .dial("2001", fromTrunk: "carrier", as: "0398722900")
    #expect(shown() == "0398722900", "the code of who forwards is not shown to others")
  }

  @Test("TRK-2, TRK-3: each way only as it is set, and without a code nothing")
  func none() {
    let town = self.town().set("2001", StationSettings(insertion: .incoming, insertedCode: "9")).dial("0398722900", from: "2001")
      .expectFinal(.notFound, at: "2001").set("2001", StationSettings(insertion: .outgoing)).dial("0398722900", from: "2001")
      .expectFinal(.notFound, at: "2001").set("2001", StationSettings(insertion: .outgoing, insertedCode: "9"))
      .dial("2001", fromTrunk: "carrier", as: "0398722900")
    #expect(town.exchange.telephones.lines.last { $0.phase == .called }?.alert?.calling == "0398722900")
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

  @Test("TRK-4: wrong codes are forgotten by a right one, and after the time that a bar lasts")
  func forgotten() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    func wrong(_ times: Int) {
      for _ in 0..<times {
        town.dial("*8511111190398722900", from: "2002").expectFinal(.forbidden, at: "2002", "not valid")
      }
    }
    func right() {
      town.dial("*8512345690398722900", from: "2002")
      #expect(self.rung(town) == "0398722900")
      town.hangUp("2002")
    }
    wrong(2)
    right()
    wrong(2)
    town.advance(by: .seconds(300))
    wrong(2)
    right()
    wrong(2)
    town.restart().advance(by: .seconds(299))
    wrong(1)
    town.dial("*8512345690398722900", from: "2002").expectFinal(.forbidden, at: "2002", "barred").advance(by: .seconds(300))
  }

  @Test(
    "TRK-4: a bar is of the station, whichever of its telephones was used, and codes that are not looked up do not lengthen it")
  func barOfTheStation() {
    let town = self.town().register("2002", devices: 2)
    town.authorize("123456", "Sales", className: "national")
    for device in [0, 1, 0] {
      town.dial("*8511111190398722900", from: "2002", device: device).expectFinal(.forbidden, at: "2002", "not valid")
    }
    town.advance(by: .seconds(200)).dial("*8512345690398722900", from: "2002", device: 1)
      .expectFinal(.forbidden, at: "2002", "barred").advance(by: .seconds(100)).dial("*8512345690398722900", from: "2002")
    #expect(self.rung(town) == "0398722900")
  }

  @Test("TRK-4: one station may dial several codes at a time")
  func several() {
    let town = self.town().register("2002", devices: 2)
    town.authorize("123456", "Sales", className: "national")
    town.authorize("654321", "Support", className: "national")
    town.dial("*8512345690411", from: "2002").answerOutside().dial("*8565432190422", from: "2002", device: 1).answerOutside()
    town.hangUp("2002").hangUp("2002")
    #expect(Set(town.records.compactMap(\.authorization)) == ["Sales", "Support"])
  }

  @Test(
    "TRK-4: a code that is forwarded to, transferred to, or mistyped is shown masked",
    arguments: ["601*8512345690411", "602*85123456", "*85123456*1", "*85123", "65*8512345690411"] as [Digits])
  func masked(number: Digits) {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.dial(number, from: "2001").expectFinal(.temporarilyUnavailable, at: "2001")
    let record = town.records.last
    #expect(record?.dialled.description.contains("123") == false, "\(record?.dialled ?? "")")
    #expect(record?.acts.contains { "\($0.note)".contains("123456") } == false)
    for word in town.exchange.signs.compactMap(\.note) { #expect(!word.description.contains("123456")) }
    town.dial("2003", from: "2002").redirect(by: "2003", to: "*8512345690411").expect(.final(.forbidden), at: "2002")
    for word in town.exchange.signs.compactMap(\.note) { #expect(word.description.contains("*85******90411")) }
  }
}
