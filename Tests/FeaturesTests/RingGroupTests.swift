import Features
import Kernel
import TestKit
import Testing

@Suite("Ring group")
struct RingGroupTests {
  static let members: [StationNumber] = ["2001", "2002", "2003"]

  private func plan(
    _ ring: Plan.Ring, _ members: [StationNumber] = RingGroupTests.members, overflow: Digits? = nil,
    _ time: Interval = .seconds(30)
  ) -> Plan {
    var plan = Plan.office(BuiltIn.modules)
    plan.groups = [Plan.GroupEntry(number: "500", ring: ring, members: members, overflow: overflow, overflowTime: time)]
    return plan
  }

  /// An office with so many members in one group, all registered.
  private func large(_ count: Int, _ options: [(String, OptionValue)] = []) -> (office: Scenario, members: [StationNumber]) {
    let members = (0..<count).compactMap { StationNumber("\(2011 + $0)") }
    var plan = self.plan(.unconditional, members)
    for (name, value) in options { plan.set(name, value, of: Module(RingGroup.self)) }
    let office = office(plan: plan)
    for member in members { office.register(member) }
    return (office, members)
  }

  private func called(_ office: Scenario) -> [String] {
    office.exchange.signs.filter { $0.sign == .alert }.map { "\($0.party.number)" }
  }

  // MARK: GRP-1, GRP-2

  @Test("GRP-1, GRP-2: all members ring, the first to answer has the call, the others stop")
  func unconditional() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").expect(.ringing, at: "2005").expectRinging("2001")
      .expectRinging("2002").expectRinging("2003").answer("2002").expect(.answer, at: "2005")
      .expect(.release(.answeredElsewhere), at: "2001").expect(.release(.answeredElsewhere), at: "2003")
      .expectTalking("2005", "2002").advance(by: .seconds(300)).expectTalking("2005", "2002").hangUp("2002").expectIdle("2005")
      .expectRecord(.normal, caller: "2005", dialled: "500")
  }

  @Test("GRP-1: INVITEs leave in batches of four, 50 ms between batches")
  func batches() {
    let (office, members) = self.large(10)
    office.dial("500", from: "2005")
    #expect(self.called(office) == members[0..<4].map(\.description))
    office.advance(by: .milliseconds(49))
    #expect(self.called(office).isEmpty)
    office.advance(by: .milliseconds(1))
    #expect(self.called(office) == members[4..<8].map(\.description))
    office.advance(by: .milliseconds(50))
    #expect(self.called(office) == members[8..<10].map(\.description))
    office.answer(members[9]).expectTalking("2005", members[9])
    #expect(office.exchange.telephones.lines.count == 2)
  }

  @Test("GRP-1: a member with several telephones counts each of them; all of them ring")
  func batchesOfTelephones() {
    let (office, members) = self.large(4)
    office.register(members[0], devices: 3).register(members[1], devices: 2).dial("500", from: "2005")
    #expect(self.called(office) == ["2011", "2011", "2011"])
    office.advance(by: .milliseconds(50))
    #expect(self.called(office) == ["2012", "2012", "2013", "2014"])
    office.answer(members[1], device: 1).expectTalking("2005", members[1])
    #expect(office.exchange.telephones.lines.count == 2)
  }

  @Test("GRP-1: at most ten stations of 32 members; the plan may say otherwise")
  func limits() {
    let (office, members) = self.large(40)
    office.dial("500", from: "2005").advance(by: .seconds(1))
    #expect(office.exchange.telephones.lines.count == 11)
    for member in members[..<10] { office.expectRinging(member) }
    let (other, _) = self.large(40, [("maximumStations", .integer(32)), ("maximumMembers", .integer(12))])
    other.dial("500", from: "2005").advance(by: .seconds(1))
    #expect(other.exchange.telephones.lines.count == 13)
  }

  @Test("GRP-2: busy, do not disturb and unregistered members are passed over, others ring in their stead")
  func passedOver() {
    let (office, members) = self.large(14)
    office.dial("401", from: members[0]).unregister(members[1]).connect(members[2], "2004").dial("500", from: "2005")
      .advance(by: .seconds(1))
    for member in members[3..<13] { office.expectRinging(member) }
    #expect(office.exchange.telephones.lines.count { $0.phase == .called } == 10)
    office.expectIdle(members[0]).expectIdle(members[13]).answer(members[3]).expectTalking("2005", members[3])
  }

  @Test("GRP-2: nobody is left: 486, at once or when the last one refuses")
  func nobodyLeft() {
    office(plan: self.plan(.unconditional)).unregister("2001").connect("2002", "2003").dial("500", from: "2005")
      .expectFinal(.busyHere, at: "2005", "nobody of group 500").expectRecord(.busy, caller: "2005", dialled: "500")
    office(plan: self.plan(.unconditional)).dial("401", from: "2001").dial("401", from: "2002").dial("401", from: "2003")
      .dial("500", from: "2005").expectFinal(.busyHere, at: "2005").expectRecord(.busy, caller: "2005", dialled: "500")
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").refuse(by: "2001", .busyHere).refuse(by: "2002", .decline)
      .expectRinging("2003").refuse(by: "2003", .temporarilyUnavailable).expectFinal(.busyHere, at: "2005")
    office(plan: self.plan(.unconditional, [])).dial("500", from: "2005").expectFinal(.busyHere, at: "2005")
  }

  @Test("GRP-2: who is a member does not ring for his own call")
  func memberCalls() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2001").expectNoAlert(at: "2001").expectRinging("2002")
      .answer("2003").expectTalking("2001", "2003")
  }

  @Test("GRP-2, FWD-6: a member's forwards are not followed, neither the exchange's nor its telephone's")
  func notForwarded() {
    office(plan: self.plan(.unconditional)).dial("6012004", from: "2001").dial("6022004", from: "2002").connect("2002", "2004")
      .hangUp("2004").dial("500", from: "2005").expectRinging("2001").expectNoAlert(at: "2004")
      .redirect(by: "2001", to: "2004").expectNoAlert(at: "2004").expectRinging("2002").answer("2002")
      .expectTalking("2005", "2002")
  }

  @Test("GRP-2: the caller gives up: all stop ringing")
  func callerLeaves() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").hangUp("2005").expect(.release(.cancelled), at: "2001")
      .expectIdle("2002").expectIdle("2003").expectRecord(.cancelled, caller: "2005", dialled: "500")
    let (office, members) = self.large(10)
    office.dial("500", from: "2005").hangUp("2005").advance(by: .seconds(1)).expectNoAlert(at: members[5])
  }

  @Test("GRP-2: nobody answers: 480 after three minutes")
  func unanswered() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").advance(by: .seconds(179)).expectRinging("2003")
      .advance(by: .seconds(1)).expectFinal(.temporarilyUnavailable, at: "2005", "nobody of group 500 answers")
      .expectIdle("2001").expectRecord(.noAnswer, caller: "2005", dialled: "500")
  }

  @Test("CALL-11: no media with the member who answered: the caller is told, nobody is left")
  func noMedia() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").breakMedia(at: "2002").answer("2002").expectIdle("2002")
      .expectIdle("2005").expectIdle("2001")
  }

  // MARK: GRP-3

  @Test("GRP-3: sequential: one after the other, memberTime each, busy ones passed over; then 480")
  func sequential() {
    office(plan: self.plan(.sequential)).unregister("2002").dial("500", from: "2005").expectRinging("2001").expectIdle("2003")
      .advance(by: .milliseconds(14_999)).expectRinging("2001").advance(by: .milliseconds(1))
      .expect(.release(.cancelled), at: "2001").expect(.alert, at: "2003").advance(by: .seconds(15))
      .expectFinal(.temporarilyUnavailable, at: "2005").expectIdle("2003")
  }

  @Test("GRP-3: sequential: one refuses, the next rings at once; each call begins with the first")
  func sequentialRefused() {
    office(plan: self.plan(.sequential)).dial("500", from: "2005").refuse(by: "2001", .busyHere).expect(.alert, at: "2002")
      .answer("2002").expectTalking("2005", "2002").hangUp("2005").dial("500", from: "2005").expect(.alert, at: "2001")
      .dial("401", from: "2002").refuse(by: "2001", .decline).expectNoAlert(at: "2002").expect(.alert, at: "2003")
      .refuse(by: "2003", .busyHere).expectFinal(.busyHere, at: "2005")
  }

  @Test("GRP-3: distributed: each call begins with the next member, also after a restart")
  func distributed() {
    let office = office(plan: self.plan(.distributed))
    for first: StationNumber in ["2001", "2002", "2003", "2001"] {
      office.dial("500", from: "2005").expect(.alert, at: first).answer(first).expectTalking("2005", first).hangUp("2005")
        .restart()
    }
    office.dial("500", from: "2005").expect(.alert, at: "2002").refuse(by: "2002", .busyHere).expect(.alert, at: "2003")
      .refuse(by: "2003", .busyHere).expect(.alert, at: "2001").refuse(by: "2001", .busyHere).expectFinal(.busyHere, at: "2005")
  }

  @Test(
    "GRP-3: overflow after its time, or when nobody is left: another number, shown as diverted by the group",
    arguments: Plan.Ring.allCases)
  func overflow(ring: Plan.Ring) {
    let plan = self.plan(ring, overflow: "2004", .seconds(20))
    office(plan: plan).dial("500", from: "2005").advance(by: .milliseconds(19_999)).expectNoAlert(at: "2004")
      .advance(by: .milliseconds(1)).expect(.forwarded, at: "2005").expect(.alert, at: "2004")
      .expectDiversions([Diversion(from: "500", reason: .noAnswer)], at: "2004").expectIdle("2001").expectIdle("2002")
      .answer("2004").expectTalking("2005", "2004")
    office(plan: plan).dial("500", from: "2005").refuse(by: "2001", .busyHere).advance(by: .milliseconds(1))
      .hangUp("2005").expectIdle("2002")
    office(plan: plan).unregister("2001").unregister("2002").unregister("2003").dial("500", from: "2005")
      .expect(.alert, at: "2004").expectDiversions([Diversion(from: "500", reason: .userBusy)], at: "2004")
    office(plan: plan).dial("401", from: "2001").dial("401", from: "2002").dial("401", from: "2003").dial("500", from: "2005")
      .expect(.alert, at: "2004").dial("500", from: "2001").expectFinal(.busyHere, at: "2001")
  }

  @Test("GRP-3, FWD-4: overflow to another group, to one that forwards; a circle ends with 486")
  func overflowFurther() {
    var plan = self.plan(.unconditional, ["2001"], overflow: "501", .seconds(10))
    plan.groups.append(
      Plan.GroupEntry(number: "501", ring: .sequential, members: ["2002"], overflow: "500", overflowTime: .seconds(10)))
    office(plan: plan).dial("500", from: "2005").advance(by: .seconds(10)).expect(.alert, at: "2002").advance(by: .seconds(10))
      .expectFinal(.busyHere, at: "2005", "loop")
    office(plan: plan).dial("6012004", from: "2002").dial("500", from: "2005").advance(by: .seconds(10)).expect(
      .alert, at: "2002")
    let forwarding = self.plan(.unconditional, overflow: "2004")
    office(plan: forwarding).register("2006").dial("6012006", from: "2004").dial("500", from: "2005").advance(by: .seconds(30))
      .expect(.alert, at: "2006").answer("2006").expectTalking("2005", "2006")
  }

  @Test("GRP-3: an overflow goes outside at the expense of who calls, not of the group")
  func overflowOutside() {
    var plan = self.plan(.unconditional, overflow: "90123")
    plan.trunks = [Plan.TrunkEntry(name: "carrier", address: "sip:192.0.2.1")]
    plan.trunkGroups = [Plan.TrunkGroupEntry(code: "9", trunks: ["carrier"])]
    plan.classes = [Plan.ClassEntry(name: "national", trunkCodes: ["9"])]
    plan.stations[0].className = "national"
    office(plan: plan).dial("500", from: "2005").advance(by: .seconds(30)).answerOutside().expectTalking("2005", outside: "0123")
    plan.stations[0].className = nil
    office(plan: plan).dial("500", from: "2005").advance(by: .seconds(30)).expectFinal(.forbidden, at: "2005")
  }

  // MARK: With others

  @Test("GRP-1, TRK-1: a caller from a trunk reaches a group by its number or one for inward dialling")
  func fromTrunk() {
    var plan = self.plan(.unconditional)
    plan.trunks = [Plan.TrunkEntry(name: "carrier", address: "sip:192.0.2.1", inward: [("0398722900", "500")])]
    for number: Digits in ["500", "0398722900"] {
      office(plan: plan).dial(number, fromTrunk: "carrier").expectRinging("2001").expectRinging("2003").answer("2003")
        .expectTalking("2003", outside: "0299").expectIdle("2001")
    }
    office(plan: plan).dial("500", fromTrunk: "carrier").hangUpOutside().expectIdle("2001")
  }

  @Test("GRP-1, FWD-1: a call forwarded to a group rings its members")
  func forwarded() {
    office(plan: self.plan(.unconditional)).dial("601500", from: "2004").dial("2004", from: "2005").expectRinging("2001")
      .expectDiversions([Diversion(from: "2004", reason: .unconditional)], at: "2001").answer("2001").expectTalking(
        "2005", "2001")
  }

  @Test("GRP-1, XFER-1: transferred to a group, blind and while it rings", arguments: Plan.Ring.allCases)
  func transferred(ring: Plan.Ring) {
    office(plan: self.plan(ring)).connect("2004", "2005").refer("2004", to: "500").expect(.transfer(.ringing), at: "2004")
      .expectRinging("2001").answer("2001").expect(.transfer(.done), at: "2004").expectTalking("2005", "2001")
      .expectIdle("2004").expectIdle("2003")
    office(plan: self.plan(ring)).connect("2004", "2005").hold(by: "2004").dial("500", from: "2004").refer(replacing: "2004")
      .expect(.transfer(.ringing), at: "2004").expectRinging("2001").answer("2001").expect(.transfer(.done), at: "2004")
      .expectTalking("2005", "2001").expectIdle("2004").expectIdle("2003")
  }

  @Test("GRP-1, XFER-5: transferred to a group that nobody answers, or where nobody is free: back to the transferor")
  func transferFails() {
    office(plan: self.plan(.unconditional)).connect("2004", "2005").refer("2004", to: "500").advance(by: .seconds(30))
      .expect(.transfer(.failed(.temporarilyUnavailable)), at: "2004").expectTalking("2004", "2005").expectIdle("2001")
    office(plan: self.plan(.sequential)).connect("2004", "2005").refer("2004", to: "500").refuse(by: "2001", .busyHere)
      .refuse(by: "2002", .busyHere).refuse(by: "2003", .busyHere).expect(.transfer(.failed(.busyHere)), at: "2004")
      .expectTalking("2004", "2005")
    office(plan: self.plan(.unconditional, overflow: "2006", .seconds(10))).register("2006").connect("2004", "2005")
      .refer("2004", to: "500").advance(by: .seconds(10)).expect(.alert, at: "2006").answer("2006")
      .expect(.transfer(.done), at: "2004").expectTalking("2005", "2006")
    office(plan: self.plan(.unconditional)).connect("2004", "2005").refer("2004", to: "500").hangUp("2005").expectIdle("2001")
      .expectIdle("2004")
  }

  @Test("GRP-1: a restart while members ring: those who only dialled are told, one who was transferred goes back")
  func restart() {
    office(plan: self.plan(.unconditional)).dial("500", from: "2005").restart().expectIdle("2001").dial("500", from: "2005")
      .answer("2001").expectTalking("2005", "2001")
    office(plan: self.plan(.unconditional)).connect("2004", "2005").refer("2004", to: "500").restart().hold(by: "2005")
      .resume(by: "2005").expectTalking("2004", "2005")
  }

  @Test("PICK-1: a member's ringing is picked up: caller and picker talk, all others stop")
  func pickedUp() throws {
    let code = try #require(Plan.office(BuiltIn.modules).modules.first { $0.module == "CallPickup" }?.codes.first?.digits)
    for ring in Plan.Ring.allCases {
      office(plan: self.plan(ring)).dial("500", from: "2005").dial(code.appending("2001") ?? code, from: "2004")
        .expectTalking("2005", "2004").expectIdle("2001").expectIdle("2002").expectIdle("2003")
        .advance(by: .seconds(300)).expectTalking("2005", "2004")
    }
  }
}
