import Features
import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Whom a telephone shows as the other party (CALL-6)")
struct ConnectedLineTests {
  private func connected(_ change: (inout Office) -> Void = { _ in }) -> Office {
    var office = Office()
    change(&office)
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001")?.state == .connected)
    return office
  }

  @Test("CALL-6: the 200 names who has answered, in both header fields")
  func answered() {
    let office = self.connected()
    let accepted = office.last("SIP/2.0 200", to: "2001")
    #expect(accepted?.text(.pAssertedIdentity) == "\"Name 2002\" <sip:2002@127.0.0.1>")
    #expect(accepted?.text(.remotePartyID) == "\"Name 2002\" <sip:2002@127.0.0.1>;party=called;screen=yes;privacy=off")
  }

  @Test("CALL-6: a forwarded call says 181, who rings, and who has answered")
  func forwarded() {
    var office = Office()
    _ = office.outcome(of: "6012003", from: "2002")
    let call = office.dial("2002", from: "2001")
    office.network.with("2003") { $0.ring(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.provisionals == [100, 181, 180], "\(office.network.ladder)")
    #expect(office.last("SIP/2.0 180", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true)
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.last("SIP/2.0 200", to: "2001")?.text(.remotePartyID).contains("<sip:2003@") == true)
  }

  @Test("CALL-6: a phone that knows UPDATE is told by one, without a description, and not told twice")
  func update() {
    var office = self.connected()
    office.present("2003", to: "2001")
    let update = office.last("UPDATE", to: "2001")
    #expect(update?.body.isEmpty == true && update?.text(.pAssertedIdentity) == "\"Name 2003\" <sip:2003@127.0.0.1>")
    #expect(update?.text(.remotePartyID).contains(";party=called;") == true)
    office.present("2003", to: "2001")
    office.present("2002", to: "2001", "2003", to: "2001")
    #expect(office.count("UPDATE", to: "2001") == 1, "it shows that number already")
    office.present("2001", to: "2002")
    #expect(office.count("UPDATE", to: "2002") == 0)
    office.present("2003", to: "2002", "2777", to: "2002")
    #expect(office.count("UPDATE", to: "2002") == 1, "one for the last number of a turn")
    #expect(
      office.last("UPDATE", to: "2002")?.text(.remotePartyID) == "<sip:2777@127.0.0.1>;party=calling;screen=yes;privacy=off")
    #expect(office.call("2001")?.reinvites == 0 && office.call("2002")?.reinvites == 0)
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-6: one that does not is told by a re-INVITE with what it has been told")
  func reinvite() {
    var office = self.connected { $0.network.with("2001") { phone, _ in phone.methods = "INVITE, ACK, CANCEL, BYE" } }
    let told = office.heardSDP("2001")
    office.present("2003", to: "2001")
    #expect(office.call("2001")?.reinvites == 1 && office.heardSDP("2001") == told, "\(office.network.ladder)")
    #expect(office.last("INVITE", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true)
    #expect(office.call("2002")?.reinvites == 0)
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-6: UPDATE that gets 405 in spite of Allow is followed by a re-INVITE")
  func updateUnknown() {
    var office = self.connected()
    office.network.with("2001") { phone, _ in phone.methods = "INVITE, ACK, CANCEL, BYE" }
    office.present("2003", to: "2001")
    #expect(office.count("UPDATE", to: "2001") == 1 && office.call("2001")?.reinvites == 1, "\(office.network.ladder)")
    #expect(office.last("INVITE", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true)
  }

  @Test("CALL-6: a phone that is just sending a re-INVITE is told in its 200")
  func inAnswer() {
    var office = self.connected()
    office.network.weather.delay = .milliseconds(40)
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    office.advance(by: .milliseconds(45))
    office.present("2003", to: "2001", wait: .zero)
    office.advance(by: .seconds(2))
    #expect(
      office.last("SIP/2.0 200", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true, "\(office.network.ladder)")
    #expect(office.count("UPDATE", to: "2001") == 0)
  }

  @Test("CALL-6: a re-INVITE under way for the voice carries the number; no second request follows")
  func together() {
    var office = self.connected { $0.network.with("2001") { phone, _ in phone.methods = "INVITE, ACK, CANCEL, BYE" } }
    office.present("2003", to: "2001", goal: .nothing)
    office.advance(by: .seconds(10))
    #expect(office.call("2001")?.reinvites == 1, "\(office.network.ladder)")
    #expect(office.last("INVITE", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true)
  }

  @Test("CALL-6: who withholds the number is anonymous here as well")
  func withheld() {
    var office = Office()
    office.network.with("2001") {
      $0.extraHeaders = "Privacy: id\r\n"
      $0.dial("2002", at: $1)
    }
    office.advance()
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.present("2003", to: "2002")
    office.present("2001", to: "2002")
    let update = office.last("UPDATE", to: "2002")
    #expect(update?.text(.privacy) == "id" && update?.header(.pAssertedIdentity) == nil)
    #expect(update?.text(.remotePartyID).hasPrefix("\"Anonymous\" <sip:anonymous@anonymous.invalid>;party=calling") == true)
    let text = String(decoding: update?.bytes ?? [], as: UTF8.self)
    #expect(!text.contains("Name 2001"))
  }

  /// With pickup and park.
  private func withFeatures() -> Office {
    var office = Office()
    var plan = Office.plan()
    plan.modules += [
      Plan.Placement(module: "Hold", options: OptionValues(defaultsOf: Hold.descriptor), codes: []),
      Plan.Placement(
        module: "CallPickup", options: OptionValues(defaultsOf: CallPickup.descriptor),
        codes: [Plan.Code(digits: "65", action: 0)]),
      Plan.Placement(
        module: "CallPark", options: OptionValues(defaultsOf: CallPark.descriptor),
        codes: [Plan.Code(digits: "11", action: 0), Plan.Code(digits: "12", action: 1)]),
    ]
    office.network.exchange.install(plan)
    return office
  }

  @Test("CALL-6, PICK-1: after a pickup both are told in their 200, and by nothing else")
  func pickup() {
    var office = self.withFeatures()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let picked = office.dial("652002", from: "2003")
    office.advance(by: .seconds(2))
    #expect(office.call("2001", call)?.state == .connected && office.call("2003", picked)?.state == .connected)
    #expect(office.last("SIP/2.0 200", to: "2001")?.text(.pAssertedIdentity).contains("<sip:2003@") == true)
    #expect(office.last("SIP/2.0 200", to: "2003")?.text(.pAssertedIdentity).contains("<sip:2001@") == true)
    for number in ["2001", "2003"] {
      #expect(office.count("UPDATE", to: number) == 0 && office.count("INVITE", to: number) == 0, "\(office.network.ladder)")
    }
  }

  @Test("CALL-6, PARK-2: the parked party is told by the re-INVITE that joins it, the fetching one in its 200")
  func retrieve() {
    var office = self.withFeatures()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    _ = office.dial("11", from: "2001")
    office.advance(by: .seconds(1))
    let before = office.count("INVITE", to: "2002")
    let fetched = office.dial("122001", from: "2003")
    office.advance(by: .seconds(3))
    #expect(office.call("2003", fetched)?.state == .connected, "\(office.network.ladder)")
    #expect(office.last("SIP/2.0 200", to: "2003")?.text(.pAssertedIdentity).contains("<sip:2002@") == true)
    #expect(
      office.count("INVITE", to: "2002") == before + 1 && office.count("UPDATE", to: "2002") == 0, "\(office.network.ladder)")
    #expect(office.last("INVITE", to: "2002")?.text(.pAssertedIdentity) == "\"Name 2003\" <sip:2003@127.0.0.1>")
    #expect(office.last("INVITE", to: "2002")?.text(.remotePartyID).contains(";party=calling;") == true)
  }

  @Test("CALL-6: what a number's machine does in each state")
  func machine() {
    let (a, b, c): (Digits, Digits, Digits) = ("1", "2", "3")
    let states: [ConnectedLine] = [.told(a), .due(b, told: a), .telling(b, told: a)]
    let events: [ConnectedLine.Event] = [.show(a), .show(b), .show(c), .asked, .answered, .accepted, .refused]
    let next = states.map { state in
      events.map { event in
        var line = state
        line.handle(event)
        return line
      }
    }
    #expect(next[0] == [.told(a), .due(b, told: a), .due(c, told: a), .told(a), .told(a), .told(a), .told(a)])
    #expect(
      next[1] == [
        .told(a), .due(b, told: a), .due(c, told: a), .telling(b, told: a), .told(b), .due(b, told: a), .due(b, told: a),
      ])
    #expect(
      next[2] == [
        .due(a, told: b), .telling(b, told: a), .due(c, told: b), .telling(b, told: a), .told(b), .told(b), .due(b, told: a),
      ])
  }
}

extension Office {
  /// The kernel says whom the telephone's first leg talks to, and what it shall hear; twice in one turn, if there is more.
  mutating func present(
    _ number: Digits, to phone: String, _ other: Digits? = nil, to another: String = "", goal: Goal? = nil,
    wait: Interval = .milliseconds(100)
  ) {
    self.network.exchange.begin(self.network.now)
    for (digits, station) in [(number, phone), (other ?? Digits(), another)] {
      guard let station = StationNumber(station), !digits.isEmpty else { continue }
      var leg: LegID?
      self.network.exchange.kernel.world.forEachLeg(of: station) { found, _ in leg = leg ?? found }
      guard let leg else { continue }
      if let goal { self.network.exchange.carryOut(.media(leg, goal)) }
      self.network.exchange.carryOut(.present(leg, digits))
    }
    self.network.exchange.endTurn()
    // Nothing that anybody heeds: it makes the network carry what has been sent.
    self.network.inject([0], from: phone)
    self.advance(by: wait)
  }
}
