import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Who pays for what: barred features, barred ways out, for callers, forwarders, transferors and codes (DIAL-3).
@Suite("Classes of service")
struct ClassOfServiceTests {
  /// 2001, 2003 and 2005 may call by 9; 2002 and 2004 nothing outside; 2006 neither outside nor forward, park, conference or codes of
  /// its own; 2007 may join trunks.
  private func town() -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = []
    for (number, name) in [
      ("2001", "national"), ("2002", "internal"), ("2003", "national"), ("2004", "internal"), ("2005", "national"),
      ("2006", "barred"), ("2007", "all"),
    ] as [(StationNumber, String)] {
      plan.stations.append(.init(from: number, to: number, className: name))
    }
    plan.classes = [
      .init(name: "national", trunkCodes: ["9"]), .init(name: "internal"),
      .init(name: "barred", barredModules: ["CallForward", "CallPark", "Conference", "AuthorizationCode", "VoiceMail"]),
      .init(name: "all", trunkCodes: ["9", "8"], trunkToTrunk: true),
    ]
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10"), .init(name: "abroad", address: "sip:192.0.2.20")]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"]), .init(code: "8", trunks: ["abroad"])]
    plan.emergency = [.init(digits: "112", trunkGroup: "9")]
    let town = office(plan: plan)
    return town.register("2006").register("2007")
  }

  private func rung(_ scenario: Scenario) -> [Digits] {
    scenario.exchange.telephones.lines.filter { $0.party.trunk != nil }.sorted { $0.leg.index < $1.leg.index }.map(\.party.number)
  }

  @Test("DIAL-3, TRK-5: a class allows access codes one by one: 403 for the others, and inside everybody may call")
  func trunks() {
    let town = self.town().dial("90411", from: "2001")
    #expect(self.rung(town) == ["0411"])
    town.hangUp("2001").dial("80411", from: "2001").expectFinal(.forbidden, at: "2001", "class of service of 2001")
      .dial("90411", from: "2002").expectFinal(.forbidden, at: "2002", "class of service of 2002")
      .dial("2001", from: "2002").expect(.alert, at: "2001").hangUp("2002").dial("80411", from: "2007")
    #expect(self.rung(town) == ["0411"])
    #expect(town.records.filter { $0.cause == .barred }.count == 2)
  }

  @Test("DIAL-3: a class that the administrator gives a station beats the plan's")
  func ofTheStation() {
    let town = self.town().set("2002", StationSettings(className: "national")).dial("90411", from: "2002")
    #expect(self.rung(town) == ["0411"])
    town.hangUp("2002").set("2001", StationSettings(className: "internal")).dial("90411", from: "2001")
      .expectFinal(.forbidden, at: "2001").set("2001", StationSettings(className: "no such class")).dial("90411", from: "2001")
      .expectFinal(.forbidden, at: "2001", "class of service")
  }

  @Test(
    "DIAL-3: codes of modules that a class bars are 480 and change nothing",
    arguments: ["6012002", "112006", "122001", "46", "*8512345690411", "*98"] as [Digits])
  func bars(code: Digits) {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.connect("2001", "2006").hold(by: "2006").dial(code, from: "2006")
      .expectFinal(.temporarilyUnavailable, at: "2006", "class of service bars code")
    #expect(self.rung(town).isEmpty)
    #expect(town.records.last?.cause == .barred)
    town.resume(by: "2006").expectTalking("2001", "2006").hangUp("2006")
    town.dial("2006", from: "2003").expect(.alert, at: "2006")
  }

  @Test("DIAL-3, XFER-7: a barred code is barred for the transfer key too, and the party is still there")
  func barredByTransfer() {
    let town = self.town().connect("2001", "2006").hold(by: "2006").refer("2006", to: "112006")
      .expectTransferRefused(.forbidden, at: "2006", "class of service bars code")
    town.resume(by: "2006").expectTalking("2001", "2006")
  }

  @Test("FWD-7: a forward to the outside is paid by who forwards, whoever calls")
  func forwarded() {
    let town = self.town().dial("60190411", from: "2001").dial("2001", from: "2002")
    #expect(self.rung(town) == ["0411"], "2002 may not call outside, 2001 may")
    town.answerOutside().expectTalking("2002", outside: "0411").hangUp("2002")
    // Who may not call there may not forward there either, and what was set before his class changed does not work any longer.
    town.dial("60190411", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
      .dial("2002", from: "2003").expect(.alert, at: "2002").hangUp("2003")
      .set("2001", StationSettings(className: "internal")).dial("2001", from: "2003").expectFinal(.forbidden, at: "2003")
    #expect(self.rung(town).isEmpty)
  }

  @Test("FWD-7, TRK-4: a code pays for the caller's own way, not for where the called one forwards to")
  func authorisedAndForwarded() {
    let town = self.town().dial("60190411", from: "2001").set("2001", StationSettings(className: "internal"))
    town.authorize("123456", "Sales", className: "all")
    town.dial("*851234562001", from: "2003").expectFinal(.temporarilyUnavailable, at: "2003", "no authorisation code with")
    #expect(self.rung(town).isEmpty)
  }

  @Test("XFER-1, DIAL-3: the transferor pays; without the right to call there he is refused and keeps his party")
  func transferred() {
    let town = self.town().connect("2001", "2002").refer("2001", to: "90411").answerOutside().expectTalking(
      "2002", outside: "0411")
    town.hangUp("2002")
    town.connect("2003", "2004").refer("2004", to: "90411").expectTransferRefused(.forbidden, at: "2004")
      .expectTalking("2003", "2004")
    #expect(self.rung(town).isEmpty)
  }

  @Test("TRK-4, DIAL-3: a code's class is the call's: its ways out and no others; without a class it is the station's own")
  func authorised() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.authorize("654321", "Guest")
    town.authorize("111222", "Gone", className: "no such class")
    town.dial("*8512345690411", from: "2002").answerOutside().expectTalking("2002", outside: "0411").hangUp("2002")
    #expect(town.records.last?.authorization == "Sales")
    town.dial("*8512345680411", from: "2007").expectFinal(.forbidden, at: "2007", "class of service")
    #expect(town.records.last?.authorization == "Sales", "who was refused with whose code is recorded as well")
    town.dial("*8565432190411", from: "2002").expectFinal(.forbidden, at: "2002", "class of service")
      .dial("*8565432180411", from: "2007")
    #expect(self.rung(town) == ["0411"])
    town.hangUp("2007").dial("*8511122290411", from: "2001").expectFinal(.forbidden, at: "2001", "class of service")
  }

  @Test("TRK-4: the code paid for one call: a transfer of it is the transferor's own affair")
  func authorisedThenTransferred() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "all")
    town.dial("*8512345690411", from: "2002").answerOutside().expectTalking("2002", outside: "0411")
      .refer("2002", to: "90422").expectTransferRefused(.forbidden, at: "2002").expectTalking("2002", outside: "0411")
  }

  @Test("TRK-5: an emergency number is called by whoever is barred from everything")
  func emergency() {
    let town = self.town().dial("112", from: "2006").answerOutside().expectTalking("2006", outside: "112")
    town.dial("604112", from: "2006").expectFinal(.temporarilyUnavailable, at: "2006")
  }
}
