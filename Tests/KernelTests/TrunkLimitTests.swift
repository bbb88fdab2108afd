import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Hours of classes of service, and limits of calls outside for the station that pays.
@Suite("Limits of calls to the outside")
struct TrunkLimitTests {
  /// 2001 and 2002 may have two calls outside at once and begin four within a minute; 2003 one, from 07:00 to 19:00 of weekdays;
  /// 2004 as many as it likes.
  private func town(_ change: (inout Plan) -> Void = { _ in }) -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = []
    for (number, name) in [("2001", "few"), ("2002", "few"), ("2003", "day"), ("2004", "any"), ("2005", "few")]
      as [(Digits, String)]
    {
      plan.addStations(from: number, to: number, className: name)
    }
    plan.trunks = [.init(name: "carrier", address: "sip:192.0.2.10"), .init(name: "other", address: "sip:192.0.2.20")]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier", "other"])]
    plan.emergency = [.init(digits: "112", trunkGroup: "9")]
    plan.classes = [
      .init(name: "few", trunkCodes: ["9"], trunkToTrunk: true, trunkCalls: 2, trunkCallsPerMinute: 4),
      .init(name: "day", trunkCodes: ["9"], hours: Hours("Mo-Fr 07:00-19:00") ?? .always, trunkCalls: 1),
      .init(name: "any", trunkCodes: ["9"], trunkCalls: 0, trunkCallsPerMinute: 0),
    ]
    change(&plan)
    let town = office(plan: plan)
    for station: StationNumber in ["2001", "2002", "2003", "2004"] { town.register(station, devices: 8) }
    return town
  }

  private func outside(_ town: Scenario) -> Int { town.exchange.telephones.lines.count { $0.party.trunk != nil } }

  // MARK: At once

  @Test(
    "RELIABILITY 42: one call too many at once is 480 and recorded as such; a call that ends makes room; others are not touched")
  func atOnce() {
    let town = self.town()
    for device in 0..<2 { town.dial("90411", from: "2001", device: device) }
    town.dial("90411", from: "2001", device: 2).expectFinal(.temporarilyUnavailable, at: "2001", "as many calls outside as")
      .expectRecord(.trunkLimit, caller: "2001", dialled: "90411")
    #expect(self.outside(town) == 2)
    town.dial("90411", from: "2002").dial("2005", from: "2001", device: 3).expectRinging("2005")
    #expect(self.outside(town) == 3)
    town.hangUp("2001").hangUp("2001").dial("90411", from: "2001", device: 3)
    #expect(self.outside(town) == 3)
  }

  @Test("RELIABILITY 42: emergency calls pass, and take no other call's room")
  func emergency() {
    let town = self.town()
    for device in 0..<2 { town.dial("90411", from: "2001", device: device).answerOutside() }
    for device in 2..<5 { town.dial("112", from: "2001", device: device).answerOutside() }
    #expect(self.outside(town) == 5)
    town.localOffset(.seconds(12 * 3600)).dial("112", from: "2003", device: 1).answerOutside()
      .dial("90411", from: "2003").expectTalking("2003", outside: "112")
    #expect(self.outside(town) == 7)
  }

  @Test("RELIABILITY 42: whoever forwards pays, and what he has transferred he goes on paying for, also after a restart")
  func payers() {
    let town = self.town().dial("60190411", from: "2001")
    town.dial("2001", from: "2002").answerOutside().dial("2001", from: "2004").answerOutside()
    town.dial("2001", from: "2004", device: 1).expectFinal(.temporarilyUnavailable, at: "2004", "2001 has as many")
    town.dial("90411", from: "2002", device: 1).answerOutside()
    #expect(self.outside(town) == 3, "2002 pays for one of his own")
    town.refer("2002", to: "2005").answer("2005").expectTalking("2005", outside: "0411").restart()
      .dial("90411", from: "2002", device: 2).answerOutside()
    #expect(self.outside(town) == 4)
    town.dial("90411", from: "2002", device: 3).expectFinal(.temporarilyUnavailable, at: "2002", "2002 has as many")
    town.hangUp("2005").dial("90411", from: "2002", device: 3)
    #expect(self.outside(town) == 4)
  }

  @Test("RELIABILITY 42: a forward from outside to outside counts for who forwards")
  func fromOutside() {
    let town = self.town().dial("60190411", from: "2001")
    for _ in 0..<2 { town.dial("2001", fromTrunk: "carrier").answerOutside() }
    town.dial("2001", fromTrunk: "carrier")
    #expect(self.outside(town) == 4, "callers and called")
    #expect(town.records.last?.cause == .trunkLimit)
  }

  @Test("RELIABILITY 42: a trunk that fails over is one call; a call that finds no trunk frees its place")
  func failover() {
    let town = self.town()
    for device in 0..<3 {
      town.dial("90411", from: "2001", device: device).refuseOutside(.serviceUnavailable).refuseOutside(.serviceUnavailable)
        .expectFinal(.serviceUnavailable, at: "2001")
    }
    town.dial("90411", from: "2001").refuseOutside(.serviceUnavailable)
    #expect(self.outside(town) == 1)
  }

  // MARK: In a minute

  @Test(
    "RELIABILITY 42: more calls outside than a minute allows are refused, whatever became of them; the next minute is another")
  func rate() {
    let town = self.town()
    for _ in 0..<4 { town.dial("90411", from: "2001").hangUp("2001") }
    town.dial("90411", from: "2001").expectFinal(.temporarilyUnavailable, at: "2001", "as many calls outside as")
      .expectRecord(.trunkLimit, caller: "2001", dialled: "90411")
    town.dial("90411", from: "2002").hangUp("2002").advance(by: .seconds(59)).dial("90411", from: "2001")
      .expectFinal(.temporarilyUnavailable, at: "2001").advance(by: .seconds(1)).dial("90411", from: "2001")
    #expect(self.outside(town) == 1)
    town.hangUp("2001")
    for _ in 0..<100 { town.dial("90411", from: "2004").hangUp("2004") }
    #expect(town.records.count { $0.cause == .trunkLimit } == 2)
  }

  @Test("RELIABILITY 42: an office never meets what a plan has without saying so: ten at once, thirty a minute")
  func defaults() {
    let entry = Plan.ClassEntry(name: "national")
    #expect(entry.trunkCalls == 10 && entry.trunkCallsPerMinute == 30 && !entry.hours.isLimited)
  }

  // MARK: Hours

  /// Thursday at so many hours.
  private func at(_ hour: Int64) -> Scenario { self.town().localOffset(.seconds(hour * 3600)) }

  @Test("DIAL-3: outside its hours a class may call nothing outside: 403, recorded with the reason; inside all is as before")
  func hours() {
    let town = self.at(6).dial("90411", from: "2003").expectFinal(.forbidden, at: "2003", "at this hour")
      .expectRecord(.outOfHours, caller: "2003", dialled: "90411").dial("2001", from: "2003").expectRinging("2001").hangUp("2003")
    town.advance(by: .seconds(3600)).dial("90411", from: "2003").answerOutside().expectTalking("2003", outside: "0411")
    // A call goes on when its hour is over.
    town.advance(by: .seconds(12 * 3600)).expectTalking("2003", outside: "0411").hangUp("2003")
    town.dial("90411", from: "2003").expectFinal(.forbidden, at: "2003", "at this hour")
    town.advance(by: .seconds(36 * 3600)).dial("90411", from: "2003").expectFinal(.forbidden, at: "2003", "at this hour")
    town.advance(by: .seconds(48 * 3600)).dial("90411", from: "2003")
    #expect(self.outside(town) == 1, "Monday at seven in the morning")
  }

  @Test("DIAL-3: a forward that was set by day does not work at night, and cannot be set then")
  func forwardAtNight() {
    let town = self.at(12).dial("60190411", from: "2003").dial("2003", from: "2004").answerOutside().hangUp("2004")
    town.advance(by: .seconds(7 * 3600)).dial("2003", from: "2004").expectFinal(.forbidden, at: "2004", "at this hour")
      .expectRecord(.outOfHours, caller: "2004", dialled: "2003")
    town.dial("600", from: "2003").dial("60190411", from: "2003").expectFinal(.temporarilyUnavailable, at: "2003")
    town.dial("2003", from: "2004").expectRinging("2003")
  }

  @Test("DIAL-3, XFER-1: the transfer key is no way round the hours")
  func transferAtNight() {
    let town = self.at(20).connect("2003", "2004").refer("2003", to: "90411").expectTransferRefused(.forbidden, at: "2003")
      .expectTalking("2003", "2004").hangUp("2003")
    #expect(town.records.last?.acts.contains { "\($0.note)".contains("may not call there") } == true)
  }

  @Test("TRK-4: a code has the hours of its own class")
  func codeAtNight() {
    let town = self.at(20)
    town.authorize("123456", "Sales", className: "any")
    town.authorize("654321", "Clerk", className: "day")
    town.dial("*8512345690411", from: "2003").answerOutside().expectTalking("2003", outside: "0411").hangUp("2003")
    town.dial("*8565432190411", from: "2004").expectFinal(.forbidden, at: "2004", "at this hour")
      .expectRecord(.outOfHours, caller: "2004", dialled: "*85******90411")
  }

  @Test("DIAL-3: the clock on the wall may be put forward or back while the exchange runs")
  func clock() {
    let town = self.at(6).dial("90411", from: "2003").expectFinal(.forbidden, at: "2003").localOffset(.seconds(7 * 3600))
      .dial("90411", from: "2003").hangUp("2003").localOffset(.seconds(-10 * 3600)).dial("90411", from: "2003")
      .hangUp("2003")
    #expect(
      town.records.count { $0.cause == .outOfHours } == 1, "ten hours before midnight it is two in the afternoon of Wednesday")
  }
}
