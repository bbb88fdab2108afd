import Features
import Kernel
import TestKit
import TestKitTesting
import Testing

/// Each way round the class of service that is known from telephone exchanges ends in a refusal that is recorded. 2001 may call
/// outside; 2002 may not; whoever is outside may never.
@Suite("Toll fraud")
struct TollFraudTests {
  private func town(_ change: (inout Plan) -> Void = { _ in }) -> Scenario {
    var plan = Plan.office(BuiltIn.modules)
    plan.stations = []
    for (number, name) in [
      ("2001", "national"), ("2002", "internal"), ("2003", "internal"), ("2004", "national"), ("2005", "internal"),
    ] as [(Digits, String)] {
      plan.addStations(from: number, to: number, className: name)
    }
    plan.classes = [
      .init(name: "national", trunkCodes: ["9"]), .init(name: "internal"), .init(name: "all", trunkCodes: ["9", "8"]),
    ]
    plan.trunks = [
      .init(name: "carrier", address: "sip:192.0.2.10", inward: [("0398722900", "2002"), ("0398722909", "500")]),
      .init(name: "abroad", address: "sip:192.0.2.20"),
    ]
    plan.trunkGroups = [.init(code: "9", trunks: ["carrier"]), .init(code: "8", trunks: ["abroad"])]
    plan.emergency = [.init(digits: "112", trunkGroup: "9")]
    plan.groups = [
      .init(number: "500", ring: .unconditional, members: ["2002", "2003"], overflow: "90411", overflowTime: .seconds(10))
    ]
    change(&plan)
    return office(plan: plan)
  }

  private func outside(_ town: Scenario) -> [Digits] {
    town.exchange.telephones.lines.filter { $0.party.trunk != nil && $0.alert != nil }.map(\.party.number)
  }

  /// Nobody outside was called, and the record of the call that was tried says why.
  private func expectBarred(
    _ town: Scenario, _ cause: Cause = .barred, caller: Digits, dialled: Digits, location: SourceLocation = #_sourceLocation
  ) {
    #expect(self.outside(town).isEmpty, sourceLocation: location)
    let record = town.records.last { $0.caller == caller && $0.dialled == dialled }
    #expect(record?.cause == cause, "\(town.records)", sourceLocation: location)
  }

  /// The record of the call in which it was tried has the feature's refusal.
  private func expectNoted(_ town: Scenario, _ words: String, location: SourceLocation = #_sourceLocation) {
    let notes = town.records.flatMap { $0.acts.map { "\($0.note)" } }
    #expect(notes.contains { $0.contains(words) }, "\(notes)", sourceLocation: location)
  }

  // MARK: Dialling

  @Test("RELIABILITY 41: dialled straight out: 403, recorded as barred", arguments: ["90411", "80411", "9112", "9"] as [Digits])
  func straight(number: Digits) {
    let town = self.town().dial(number, from: "2002")
    #expect(self.outside(town).isEmpty)
    let cause: Cause = number == "9" ? .numberUnknown : .barred
    town.expectRecord(cause, caller: "2002", dialled: number)
  }

  @Test(
    "RELIABILITY 41: the emergency number opens no way: digits behind it, in front of it, a code before it",
    arguments: ["1120411", "11290411", "112112", "0112", "9112", "90411112", "*112", "11#90411"] as [Digits])
  func emergencyTricks(number: Digits) {
    let town = self.town().dial(number, from: "2002")
    #expect(self.outside(town).isEmpty)
    #expect(town.records.last.map { $0.cause != .normal && $0.answer == nil } == true, "\(town.records)")
    town.dial("112", from: "2002")
    #expect(self.outside(town) == ["112"], "and 112 itself goes out")
  }

  @Test("RELIABILITY 41: an emergency number is no goal of forward, and no caller from outside reaches it")
  func emergencyIsNoForward() {
    let town = self.town().dial("601112", from: "2002").dial("2002", fromTrunk: "carrier").dial("112", fromTrunk: "carrier")
    #expect(self.outside(town).isEmpty)
    #expect(town.records.last?.cause == .barred)
  }

  @Test(
    "RELIABILITY 41: the inserted code pays no call: not in front of digits, nor when it is dialled as well, nor in a feature code",
    arguments: ["0398722900", "90411222", "9", "60190411", "6010398722900"] as [Digits])
  func insertion(number: Digits) {
    let town = self.town().set("2002", StationSettings(insertion: .outgoing, insertedCode: "9")).dial(number, from: "2002")
      .dial("2002", from: "2001").hangUp("2001")
    #expect(self.outside(town).isEmpty)
    #expect(town.records.first.map { $0.answer == nil && $0.cause != .normal } == true, "\(town.records)")
  }

  // MARK: Forward

  @Test(
    "RELIABILITY 41: forward to the outside by each code is refused when it is dialled, and noted",
    arguments: [
      "60190411", "60290411", "60390411", "60490411",
    ] as [Digits])
  func forwardCode(code: Digits) {
    let town = self.town().dial(code, from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
    self.expectNoted(town, "is not possible")
    town.dial("2002", from: "2003").answer("2002").expectTalking("2002", "2003")
  }

  @Test("RELIABILITY 41: the telephone's own forward (302) is paid by the telephone that forwards, whoever calls")
  func deflection() {
    let town = self.town().dial("2002", from: "2001").redirect(by: "2002", to: "90411").expect(.final(.forbidden), at: "2001")
    self.expectBarred(town, caller: "2001", dialled: "2002")
    town.dial("2002", fromTrunk: "carrier", as: "0299").redirect(by: "2002", to: "90411")
    self.expectBarred(town, caller: "0299", dialled: "2002")
    town.dial("2004", fromTrunk: "carrier", as: "0299").redirect(by: "2004", to: "90411")
    self.expectBarred(town, caller: "0299", dialled: "2004")
  }

  @Test("RELIABILITY 41: what the administrator set for when the telephone is away is held to the station's class as well")
  func forwardUnreachable() {
    let town = self.town().set("2002", StationSettings(forwardUnreachable: "90411")).unregister("2002")
    town.dial("2002", from: "2001").expectFinal(.forbidden, at: "2001", "not allowed")
    self.expectBarred(town, caller: "2001", dialled: "2002")
    town.set("2004", StationSettings(forwardUnreachable: "80411")).unregister("2004").dial("2004", from: "2001")
    self.expectBarred(town, caller: "2001", dialled: "2004")
  }

  @Test("RELIABILITY 41: a chain of forwards is paid link by link: 2002 does not reach the outside by way of one who may")
  func chain() {
    let town = self.town().dial("60190411", from: "2004").dial("6012004", from: "2001").dial(
      "2001", fromTrunk: "carrier", as: "0299")
    self.expectBarred(town, caller: "0299", dialled: "2001")
    town.dial("60190411", from: "2001").set("2001", StationSettings(className: "internal")).dial("2001", from: "2002")
      .expectFinal(.forbidden, at: "2002", "not allowed")
    self.expectBarred(town, caller: "2002", dialled: "2001")
  }

  // MARK: Transfer

  @Test("RELIABILITY 41: the transfer key of who may not call outside is refused, and the call's record says so")
  func blindTransfer() {
    let town = self.town().connect("2001", "2002").refer("2002", to: "90411").expectTransferRefused(.forbidden, at: "2002")
      .expectTalking("2001", "2002").hangUp("2001")
    self.expectBarred(town, .normal, caller: "2001", dialled: "2002")
    self.expectNoted(town, "2002 may not call there")
  }

  @Test(
    "RELIABILITY 41: who may call outside may not connect a caller from outside there: refused, noted, the caller is still there")
  func trunkToTrunk() {
    let town = self.town().dial("2001", fromTrunk: "carrier", as: "0299").answer("2001").refer("2001", to: "90411")
      .expectTransferRefused(.forbidden, at: "2001", "trunk to trunk").hangUp("2001")
    #expect(self.outside(town).isEmpty)
    self.expectNoted(town, "nobody may connect trunk to trunk")
  }

  @Test("RELIABILITY 41: nor with both on the line: attended transfer of two outside parties")
  func attendedTrunkToTrunk() {
    let town = self.town().dial("2001", fromTrunk: "carrier", as: "0299").answer("2001").hold(by: "2001").dial(
      "90411", from: "2001"
    )
    .answerOutside().refer(replacing: "2001").expectTransferRefused(.forbidden, at: "2001", "trunk to trunk")
    town.hangUp("2001").hangUp("2001")
    self.expectNoted(town, "nobody may connect trunk to trunk")
  }

  @Test("RELIABILITY 41: one who is outside has no transfer key")
  func transferFromOutside() throws {
    let town = self.town().dial("2002", fromTrunk: "carrier", as: "0299").answer("2002")
    let leg = try #require(town.exchange.telephones.lines.first { $0.party.trunk != nil }).leg
    town.refer(leg, to: "90411")
    #expect(self.outside(town).isEmpty)
    town.expectTalking("2002", outside: "0299").hangUp("2002")
    #expect(town.records.flatMap(\.acts).count > 0, "the refusal is noted")
  }

  @Test("RELIABILITY 41: a transfer to a code is refused and noted", arguments: ["60190411", "*8512345690411"] as [Digits])
  func transferToCode(code: Digits) {
    let town = self.town()
    town.authorize("123456", "Sales", className: "all")
    town.connect("2001", "2002").refer("2002", to: code)
    #expect(self.outside(town).isEmpty)
    town.expectTalking("2001", "2002").hangUp("2001")
    #expect(town.records.last?.acts.isEmpty == false, "\(town.records)")
    for note in town.records.flatMap(\.acts).map({ "\($0.note)" }) { #expect(!note.contains("123456")) }
  }

  // MARK: Conference, park, pickup, voice mail

  @Test("RELIABILITY 41: a conference adds nobody whom its owner may not call")
  func conference() {
    let town = self.town().connect("2002", "2003").hold(by: "2002").dial("46", from: "2002")
    town.dial("90411", from: "2002").expectFinal(.forbidden, at: "2002", "class of service")
    self.expectBarred(town, caller: "2002", dialled: "90411")
  }

  @Test("RELIABILITY 41: two outside do not hear each other in a conference whose owner has left")
  func conferenceLeft() {
    let town = self.town().dial("2001", fromTrunk: "carrier", as: "0299").answer("2001").hold(by: "2001").dial("46", from: "2001")
    town.dial("90411", from: "2001").answerOutside().hold(by: "2001").dial("46", from: "2001")
    while !town.exchange.telephones.lines(of: "2001").isEmpty { town.hangUp("2001") }
    let left = town.exchange.telephones.lines.filter { $0.party.trunk != nil }
    #expect(left.map(\.goal) == [.music, .music], "each by itself, until the owner is back")
    town.unregister("2001").advance(by: .seconds(3600))
    #expect(!town.exchange.telephones.lines.contains { $0.party.trunk != nil }, "and not for ever")
  }

  @Test("RELIABILITY 41: codes to park and retrieve lead nowhere outside, and nobody outside may dial them")
  func park() {
    let town = self.town().connect("2001", "2002").hold(by: "2002").dial("1190411", from: "2002")
    #expect(self.outside(town).isEmpty)
    town.dial("1290411", from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
    town.dial("122002", fromTrunk: "carrier", as: "0299")
    self.expectBarred(town, caller: "0299", dialled: "122002")
    town.refer("2002", to: "1190411")
    #expect(self.outside(town).isEmpty)
  }

  @Test("RELIABILITY 41: a recall of what was parked rings who parked it, not where he forwards to outside")
  func parkRecall() {
    let town = self.town().dial("2001", fromTrunk: "carrier", as: "0299").answer("2001").hold(by: "2001").dial("11", from: "2001")
    while !town.exchange.telephones.lines(of: "2001").isEmpty { town.hangUp("2001") }
    town.dial("60190411", from: "2001").advance(by: .seconds(75))
    #expect(self.outside(town).isEmpty)
  }

  @Test("RELIABILITY 41: pickup takes only what rings here", arguments: ["6590411", "650411", "65112"] as [Digits])
  func pickup(code: Digits) {
    let town = self.town().dial("90411", from: "2001").dial(code, from: "2002").expectFinal(.temporarilyUnavailable, at: "2002")
    #expect(self.outside(town) == ["0411"], "2001's own call rings on")
    #expect(town.records.last?.cause == .refused)
    town.answerOutside().expectTalking("2001", outside: "0411")
  }

  @Test(
    "RELIABILITY 41: whoever leaves or hears messages presses keys as he likes: none calls; from outside no mailbox is asked for")
  func voiceMail() {
    let town = self.town().set("2002", StationSettings(mailbox: true)).dial("6012999", from: "2002").dial("*98", from: "2002")
      .press("90411#*0090411", by: "2002").dial("2002", from: "2003").press("90411#*85123456", by: "2003")
    #expect(self.outside(town).isEmpty)
    town.dial("*98", fromTrunk: "carrier", as: "0299")
    self.expectBarred(town, caller: "0299", dialled: "*98")
  }

  // MARK: Codes, groups, callers from outside

  @Test("RELIABILITY 41: three wrong authorisation codes bar the station for 300 s; each try is recorded, no code is")
  func guessing() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    for code in ["*8500000090411", "*8500000190411", "*8500000290411"] as [Digits] {
      town.dial(code, from: "2002").expectFinal(.forbidden, at: "2002", "not valid")
      #expect(town.records.last?.acts.map { "\($0.note)" }.contains("authorisation code not valid") == true)
    }
    town.dial("*8512345690411", from: "2002").expectFinal(.forbidden, at: "2002", "barred").advance(by: .seconds(299))
      .dial("*8512345690411", from: "2002").expectFinal(.forbidden, at: "2002", "barred")
    #expect(self.outside(town).isEmpty)
    #expect(town.records.count { $0.cause == .refused } == 5)
    town.advance(by: .seconds(1)).dial("*8512345690411", from: "2002").dial("*8512345690411", from: "2003")
    #expect(self.outside(town).count == 2)
    for record in town.records { #expect(record.dialled == "*85******90411") }
  }

  @Test("RELIABILITY 41: a code pays for the ways out of its class and for its own call only")
  func codeOnlyOnce() {
    let town = self.town()
    town.authorize("123456", "Sales", className: "national")
    town.dial("*8512345680411", from: "2002").expectFinal(.forbidden, at: "2002", "class of service")
    self.expectBarred(town, caller: "2002", dialled: "*85******80411")
    #expect(town.records.last?.authorization == "Sales")
    town.dial("*8512345690411", from: "2002").answerOutside().refer("2002", to: "90422")
      .expectTransferRefused(.forbidden, at: "2002")
  }

  @Test("RELIABILITY 41: nobody pays for a group's member or overflow outside when the caller may not call there")
  func group() {
    let town = self.town().dial("500", from: "2004").advance(by: .seconds(10))
    #expect(self.outside(town) == ["0411"], "2004 may")
    town.hangUp("2004").dial("500", from: "2005").advance(by: .seconds(10)).expectFinal(.forbidden, at: "2005")
    self.expectBarred(town, caller: "2005", dialled: "500")
    town.dial("0398722909", fromTrunk: "carrier", as: "0299").advance(by: .seconds(10))
    self.expectBarred(town, caller: "0299", dialled: "0398722909")
  }

  @Test("RELIABILITY 41: a member that forwards outside is left out of its group's calls")
  func groupMember() {
    let town = self.town().dial("60190411", from: "2001").reload { $0.groups[0].members = ["2001", "2002"] }
      .dial("500", fromTrunk: "carrier", as: "0299")
    #expect(self.outside(town).isEmpty)
    town.expectRinging("2002").redirect(by: "2002", to: "90411")
    #expect(self.outside(town).isEmpty)
  }

  @Test(
    "RELIABILITY 41: a caller from outside reaches no trunk, code or emergency number, whatever he dials; recorded as barred",
    arguments: [
      "90411", "80411", "112", "60190411", "*8512345690411", "1120411", "652001", "122001", "46", "*98", "400",
    ] as [Digits])
  func fromOutside(number: Digits) {
    let town = self.town()
    town.authorize("123456", "Sales", className: "all")
    town.dial(number, fromTrunk: "carrier", as: "2001")
    #expect(self.outside(town).isEmpty)
    #expect(town.records.last?.cause == .barred && town.records.last?.status == .notFound, "\(town.records)")
  }

  @Test(
    "RELIABILITY 41: an inward number that leads to a code or trunk, as a plan made in code may have it, leads nowhere",
    arguments: [
      "60190411", "90411", "112", "*98",
    ] as [Digits])
  func inwardToCode(number: Digits) {
    let town = self.town { $0.trunks[0].inward.append(("0398722999", number)) }
      .dial("0398722999", fromTrunk: "carrier", as: "0299")
    self.expectBarred(town, caller: "0299", dialled: "0398722999")
  }
}
