import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Trunk groups, their limits and failover, least-cost routing, inward dialling, emergency numbers, who may call what.
@Suite("Ways out")
struct WaysOutTests {
  /// The town of the tests, with a second emergency call's worth of room and stations 2001 to 2012 on the line.
  private func town(_ change: (inout Plan) -> Void = { _ in }) -> Scenario {
    var plan = Plan.town(BuiltIn.modules)
    change(&plan)
    let town = office(plan: plan)
    for station: StationNumber in ["2006", "2007", "2008", "2009"] { town.register(station) }
    return town
  }

  /// Trunks that are being called or in a call, oldest first: name and number.
  private func outside(_ town: Scenario) -> [String] {
    let lines = town.exchange.telephones.lines.sorted { $0.leg.index < $1.leg.index }
    return lines.compactMap { line in
      line.party.trunk.map { "\(town.kernel.world.trunks[$0].name) \(line.party.number)" }
    }
  }

  /// The trunk that is called says so.
  private func refuse(_ status: UInt16, _ town: Scenario) {
    town.refuseOutside(Status(rawValue: status))
  }

  // MARK: Order and failover

  @Test("TRK-1: the first trunk of the group takes the call; the record names it")
  func order() {
    let town = self.town().dial("90398722999", from: "2001").answerOutside().expectTalking("2001", outside: "0398722999")
    #expect(self.outside(town) == ["carrier 0398722999"])
    town.hangUp("2001")
    let record = town.records.last
    #expect(record?.answeredTrunk == 0 && record?.answeredBy == "0398722999" && record?.dialled == "90398722999")
  }

  @Test("TRK-1: what is the trunk's fault is tried on the next", arguments: [401, 403, 407, 408, 500, 503, 504] as [UInt16])
  func failover(status: UInt16) {
    let town = self.town().dial("90398722999", from: "2001")
    self.refuse(status, town)
    #expect(self.outside(town) == ["other 0398722999"])
    town.answerOutside().expectTalking("2001", outside: "0398722999").hangUp("2001")
    #expect(town.records.last?.answeredTrunk == 1)
  }

  @Test(
    "TRK-1: what is said of the called number is final, and no other trunk is bothered",
    arguments: [(404, 404), (480, 480), (484, 484), (486, 486), (488, 488), (600, 486), (603, 603)] as [(UInt16, UInt16)])
  func final(status: UInt16, told: UInt16) {
    let town = self.town().dial("90398722999", from: "2001")
    self.refuse(status, town)
    town.expect(.final(Status(rawValue: told)), at: "2001")
    #expect(self.outside(town).isEmpty)
  }

  @Test("TRK-1: a trunk that is silent for 5 s is given up for the next; one that tries is waited for")
  func silence() {
    let town = self.town().dial("90398722999", from: "2001").advance(by: .milliseconds(4999))
    #expect(self.outside(town) == ["carrier 0398722999"])
    town.advance(by: .milliseconds(1))
    #expect(self.outside(town) == ["other 0398722999"])
    town.proceedOutside().advance(by: .seconds(60))
    #expect(self.outside(town) == ["other 0398722999"])
    town.advance(by: .seconds(200)).expectFinal(.temporarilyUnavailable, at: "2001", "nobody answers outside")
  }

  @Test("TRK-1: all trunks fail: the caller is told 503 or 480, once, and the record says why")
  func allFail() {
    let town = self.town().dial("90398722999", from: "2001")
    self.refuse(503, town)
    self.refuse(503, town)
    town.expectFinal(.serviceUnavailable, at: "2001", "no trunk takes the call")
    #expect(town.records.last?.cause == .notReachable)
    town.dial("90398722999", from: "2001")
    self.refuse(503, town)
    self.refuse(500, town)
    town.expectFinal(.temporarilyUnavailable, at: "2001")
    town.dial("90398722999", from: "2001").advance(by: .seconds(10)).expectFinal(.serviceUnavailable, at: "2001")
  }

  @Test("TRK-1: it has rung and nobody answers: no other trunk rings him again")
  func noAnswer() {
    let town = self.town().dial("90398722999", from: "2001").ringOutside().advance(by: .seconds(180))
    town.expectFinal(.temporarilyUnavailable, at: "2001", "nobody answers outside")
    #expect(self.outside(town).isEmpty)
    town.dial("90398722999", from: "2001").ringOutside()
    self.refuse(408, town)
    town.expectFinal(.temporarilyUnavailable, at: "2001", "nobody answers outside")
  }

  @Test("TRK-1: a trunk that is down is passed over; none up: 503")
  func down() {
    let town = self.town().trunk("carrier", isUp: false).dial("90398722999", from: "2001")
    #expect(self.outside(town) == ["other 0398722999"])
    town.hangUp("2001").trunk("other", isUp: false).dial("90398722999", from: "2001")
      .expectFinal(.serviceUnavailable, at: "2001", "no trunk in service")
      .trunk("carrier", isUp: true).dial("90398722999", from: "2001")
    #expect(self.outside(town) == ["carrier 0398722999"])
  }

  @Test("TRK-1: who gives up while a trunk is tried leaves nothing behind")
  func givesUp() {
    let town = self.town().dial("90398722999", from: "2001").advance(by: .seconds(2)).hangUp("2001")
    #expect(self.outside(town).isEmpty)
    town.advance(by: .seconds(10))
    #expect(self.outside(town).isEmpty)
    #expect(town.kernel.world.trunks.allSatisfy { $0.legCount == 0 })
  }

  // MARK: Channels

  @Test("TRK-1: calls in either direction take channels; a full trunk is passed over, all full: 503; what ends frees its channel")
  func channels() {
    let town = self.town { plan in
      plan.trunks[0].channels = 2
      plan.trunks[1].channels = 1
    }
    town.dial("2002", fromTrunk: "carrier").answer("2002")
    town.dial("91", from: "2001").answerOutside().dial("92", from: "2003").answerOutside()
    #expect(town.kernel.world.trunks.map(\.legCount) == [2, 1])
    town.dial("93", from: "2006").expectFinal(.serviceUnavailable, at: "2006", "no trunk")
    town.hangUp("2002").dial("93", from: "2006").answerOutside().expectTalking("2006", outside: "3")
    #expect(town.kernel.world.trunks.map(\.legCount) == [2, 1])
    town.hangUp("2001").hangUp("2003").hangUp("2006")
    #expect(town.kernel.world.trunks.map(\.legCount) == [0, 0])
  }

  @Test("TRK-1: a trunk that refuses does not keep its channel while the next one rings")
  func freed() {
    let town = self.town().dial("90398722999", from: "2001")
    self.refuse(503, town)
    #expect(town.kernel.world.trunks.map(\.legCount) == [0, 1])
  }

  // MARK: Least-cost routing

  @Test(
    "TRK-1: behind a least-cost code the longest prefix chooses; the whole rest is dialled outside",
    arguments: [
      ("00411222333", "other 0411222333"), ("00398722999", "carrier 0398722999"), ("04", "carrier 4"),
      ("0041", "third 041"), ("00412", "third 0412"),
    ] as [(Digits, String)])
  func leastCost(dialled: Digits, way: String) {
    let town = self.town { plan in
      plan.trunks.append(.init(name: "third", address: "sip:192.0.2.30"))
      plan.trunkGroups.append(.init(code: "7", trunks: ["third"]))
      plan.routes.append(.init(code: "0", prefix: "041", trunkGroup: "7"))
      if dialled == "00411222333" { plan.routes.removeLast() }
    }
    town.dial(dialled, from: "2001")
    #expect(self.outside(town) == [way])
  }

  @Test("TRK-1, DIAL-3: the least-cost code itself must be allowed; the group it leads to need not be")
  func leastCostClass() {
    let town = self.town { $0.classes[1].trunkCodes = ["0"] }
    town.dial("00411222333", from: "2001")
    #expect(self.outside(town) == ["other 0411222333"])
    town.hangUp("2001").dial("80411222333", from: "2001").expectFinal(.forbidden, at: "2001", "class of service")
  }

  // MARK: From outside

  @Test("TRK-1: a number for inward dialling is what the plan says, another is taken as it is")
  func inward() {
    let town = self.town().dial("0398722902", fromTrunk: "carrier").expect(.alert, at: "2003")
    town.answer("2003").hangUp("2003").dial("2002", fromTrunk: "carrier").expect(.alert, at: "2002")
    town.answer("2002").hangUp("2002").dial("0398722901", fromTrunk: "carrier").expect(.alert, at: "2001")
  }

  @Test(
    "TRK-1: who calls from outside reaches nothing outside, no code, no emergency number",
    arguments: ["90398722999", "00411222333", "112", "401", "6012002", "*8512345690398722900", "7777"] as [Digits])
  func strangers(dialled: Digits) {
    let town = self.town().dial(dialled, fromTrunk: "carrier")
    #expect(town.exchange.signs.contains { $0.sign == .final(.notFound) })
    #expect(town.records.last?.answer == nil)
  }

  @Test("TRK-1: a forward to the outside of a call from outside needs trunkToTrunk")
  func forwardedTrunkToTrunk() {
    let town = self.town().dial("60190411", from: "2003").dial("0398722902", fromTrunk: "carrier")
    #expect(town.exchange.signs.contains { $0.sign == .final(.forbidden) }, "2003 is of class national")
    #expect(self.outside(town).isEmpty)
    town.dial("600", from: "2003").dial("60190411", from: "2009").dial("2009", fromTrunk: "carrier")
    #expect(self.outside(town) == ["carrier 0299", "carrier 0411"], "2009 is of class all")
    town.answerOutside()
    #expect(town.exchange.telephones.lines.allSatisfy { $0.phase == .talking })
  }

  @Test("TRK-1: a transferor may send a call from outside to the outside only with trunkToTrunk; the others' call goes on")
  func transferredTrunkToTrunk() {
    let town = self.town().dial("2002", fromTrunk: "carrier").answer("2002").refer("2002", to: "90411")
    #expect(self.outside(town) == ["carrier 0299"])
    town.hangUp("2002")
    town.dial("2009", fromTrunk: "carrier").answer("2009").refer("2009", to: "90411").answerOutside()
    #expect(self.outside(town) == ["carrier 0299", "carrier 0411"])
  }

  @Test("TRK-1: nor by a consultation: two from outside are joined only by one whose class has trunkToTrunk")
  func joinedTrunkToTrunk() {
    let town = self.town().dial("2002", fromTrunk: "carrier").answer("2002").hold(by: "2002").dial("90411", from: "2002")
      .answerOutside().refer(replacing: "2002").expectTransferRefused(.forbidden, at: "2002")
    #expect(self.outside(town) == ["carrier 0299", "carrier 0411"])
    town.hangUp("2002").hangUp("2002")
    #expect(self.outside(town).isEmpty)
    town.dial("2009", fromTrunk: "carrier").answer("2009").hold(by: "2009").dial("90411", from: "2009").answerOutside()
      .refer(replacing: "2009")
    #expect(self.outside(town) == ["carrier 0299", "carrier 0411"])
    #expect(town.exchange.telephones.lines(of: "2009").isEmpty)
  }

  @Test("TRK-1: a plan that names other trunks while a call rings outside leaves nothing hanging")
  func reload() {
    let town = self.town().dial("90398722999", from: "2001")
    town.reload { plan in
      plan.trunkGroups = []
      plan.trunks = []
    }
    self.refuse(503, town)
    town.expectFinal(.serviceUnavailable, at: "2001")
    town.dial("90398722999", from: "2001").expectFinal(.notFound, at: "2001")
  }

  // MARK: Emergency

  @Test("TRK-5: an emergency number is called whatever the class, with all channels taken and all trunks down")
  func emergency() {
    let town = self.town { plan in
      plan.trunks[0].channels = 1
      plan.trunks[1].channels = 1
    }
    town.dial("91", from: "2001").answerOutside().dial("92", from: "2003").answerOutside()
    town.dial("112", from: "2004")
    #expect(self.outside(town).last == "carrier 112", "2004 may call nothing outside")
    town.answerOutside().expectTalking("2004", outside: "112").hangUp("2004").hangUp("2001").hangUp("2003")
    town.trunk("carrier", isUp: false).trunk("other", isUp: false).dial("112", from: "2004")
    #expect(self.outside(town) == ["carrier 112"])
    self.refuse(503, town)
    #expect(self.outside(town) == ["other 112"])
    self.refuse(503, town)
    town.expectFinal(.serviceUnavailable, at: "2004")
  }

  @Test("TRK-5: of an emergency call's trunks those that are up are tried before those that seem to be down, each once")
  func emergencyOrder() {
    let town = self.town().trunk("carrier", isUp: false).dial("112", from: "2004")
    #expect(self.outside(town) == ["other 112"])
    town.advance(by: .seconds(5))
    #expect(self.outside(town) == ["carrier 112"])
    town.advance(by: .seconds(5)).expectFinal(.serviceUnavailable, at: "2004")
  }

  @Test("TRK-5, DIAL-1: an emergency number comes before modules, a station of the same digits and trunk codes")
  func emergencyFirst() {
    let town = self.town { plan in
      plan.emergency.append(.init(digits: "2003", trunkGroup: "9"))
      plan.emergency.append(.init(digits: "911", trunkGroup: "8"))
    }
    town.set("2004", StationSettings(insertion: .outgoing, insertedCode: "9")).dial("2003", from: "2004")
    #expect(self.outside(town) == ["carrier 2003"])
    town.hangUp("2004").dial("911", from: "2004")
    #expect(self.outside(town) == ["other 911"])
  }
}
