import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// The manual's ladders with a digital phone (DGP), which is a hosted station here: transfer, park, pickup, conference.
@Suite("Hosted stations in features")
struct HostedFeatureTests {
  @Test(
    "XFER-4: consultation transfer by a DGP; hanging up joins both SIP telephones directly (manual, first figure)"
  )
  func consultation() {
    var office = Office.hosting()
    let (call, second) = office.talk(hosted: "2101", "2002")
    office.does(.held, "2101", call)
    let consultation = office.dial("2001", hosted: "2101")
    office.network.with("2001") { $0.ring(0, at: $1) }
    office.advance()
    let first = office.answer("2001")
    #expect(office.talkDirectly(hosted: "2101", consultation, "2001", first))
    let start = office.network.trace.count
    office.does(.hungUp, "2101", consultation)
    office.advance(by: .seconds(1))
    #expect(office.talkDirectly("2001", first, "2002", second), "\(office.network.ladder)")
    #expect(office.hosted("2101", call)?.state == .ended)
    #expect(office.messages(with: "2001", since: start).contains("< INVITE"))
    #expect(office.messages(with: "2002", since: start).contains("< INVITE"))
    office.expectNothingLeft()
  }

  @Test(
    "XFER-4: blind transfer by a DGP that hangs up while the third party rings (manual, second figure)"
  )
  func blind() {
    var office = Office.hosting()
    let (second, call) = office.talk("2002", hosted: "2101")
    office.does(.held, "2101", call)
    let consultation = office.dial("2001", hosted: "2101")
    office.network.with("2001") { $0.ring(0, at: $1) }
    office.advance()
    office.does(.hungUp, "2101", consultation)
    #expect(office.hosted("2101", call)?.state == .ended)
    let first = office.answer("2001")
    office.advance(by: .seconds(1))
    #expect(office.talkDirectly("2001", first, "2002", second), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test("XFER-4: a DGP transfers to another one, and a SIP telephone to a DGP by REFER")
  func toHosted() {
    var office = Office.hosting()
    let (call, second) = office.talk(hosted: "2101", "2002")
    office.does(.held, "2101", call)
    let consultation = office.dial("2102", hosted: "2101")
    office.answer(hosted: "2102", 0)
    office.does(.hungUp, "2101", consultation)
    office.advance(by: .seconds(1))
    #expect(office.talkDirectly(hosted: "2102", 0, "2002", second), "\(office.network.ladder)")
    #expect(office.hosted("2102", 0)?.shown == Digits("2002"))
    // And on: 2002 sends 2102 to 2101.
    office.network.with("2002") { $0.refer(second, to: "2101", at: $1) }
    office.advance()
    let last = (office.network.station("2101")?.calls.count ?? 0) - 1
    #expect(office.hosted("2101", last)?.ring?.transferredBy == Digits("2002"))
    office.answer(hosted: "2101", last)
    office.advance(by: .seconds(1))
    #expect(
      office.talkDirectly(hosted: "2101", last, hosted: "2102", 0), "\(office.network.ladder)")
    #expect(office.call("2002", second)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test(
    "XFER-1, XFER-2: a hosted station with a transfer key of its own: to a number, and to whom it has consulted"
  )
  func transferKey() {
    var office = Office.hosting()
    let (call, second) = office.talk(hosted: "2101", "2002")
    office.does(.transfer(to: Digits("2001"), replacing: .none), "2101", call)
    #expect(office.hosted("2101", call)?.reports.first == .accepted)
    let first = office.answer("2001")
    office.advance(by: .seconds(1))
    #expect(office.hosted("2101", call)?.reports.last == .done)
    #expect(office.talkDirectly("2001", first, "2002", second), "\(office.network.ladder)")

    let (third, other) = office.talk("2003", hosted: "2101")
    office.does(.held, "2101", other)
    let consultation = office.dial("2102", hosted: "2101")
    office.answer(hosted: "2102", 0)
    let leg = office.hosted("2101", consultation)!.leg
    office.does(.transfer(to: Digits(), replacing: leg), "2101", other)
    office.advance(by: .seconds(1))
    #expect(office.talkDirectly(hosted: "2102", 0, "2003", third), "\(office.network.ladder)")
    #expect(
      office.hosted("2101", other)?.state == .ended
        && office.hosted("2101", consultation)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test("XFER-5: nobody answers a DGP's blind transfer: the DGP is rung and has its party back")
  func recalled() {
    var office = Office.hosting()
    let (second, call) = office.talk("2002", hosted: "2101")
    office.does(.held, "2101", call)
    let consultation = office.dial("2001", hosted: "2101")
    office.network.with("2001") { $0.ring(0, at: $1) }
    office.advance()
    office.does(.hungUp, "2101", consultation)
    office.advance(by: .seconds(31))
    let recall = (office.network.station("2101")?.calls.count ?? 0) - 1
    #expect(office.hosted("2101", recall)?.ring?.purpose == .recall, "\(office.network.ladder)")
    office.answer(hosted: "2101", recall)
    #expect(office.talkDirectly(hosted: "2101", recall, "2002", second), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test("XFER-3: a consultation that is ended by its own party goes back to the first one")
  func backToFirst() {
    var office = Office.hosting()
    let (call, second) = office.talk(hosted: "2101", "2002")
    office.does(.held, "2101", call)
    let (consultation, first) = office.talk(hosted: "2101", "2001")
    // Toggling: the second is held, the first comes back, and once more.
    office.does(.held, "2101", consultation)
    office.does(.resumed, "2101", call)
    #expect(office.talkDirectly(hosted: "2101", call, "2002", second), "\(office.network.ladder)")
    office.does(.held, "2101", call)
    office.does(.resumed, "2101", consultation)
    #expect(office.talkDirectly(hosted: "2101", consultation, "2001", first))
    office.network.with("2001") { $0.hangUp(first, at: $1) }
    office.advance()
    #expect(office.hosted("2101", consultation)?.state == .ended)
    office.does(.resumed, "2101", call)
    #expect(office.talkDirectly(hosted: "2101", call, "2002", second), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  // MARK: Park

  @Test(
    "PARK-1, PARK-2: a SIP telephone parks a DGP, another one fetches it (manual, figure)",
    arguments: ["11", "112003"])
  func parked(code: String) {
    var office = Office.hosting()
    let (call, hosted) = office.talk("2001", hosted: "2101")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    let start = office.network.trace.count
    office.expect(480, dialling: code, from: "2001")
    #expect(
      office.messages(with: "2001", since: start).sorted() == [
        "< 100", "< 480", "< BYE", "> 200", "> ACK", "> INVITE",
      ],
      "\(office.network.ladder)")
    #expect(
      office.hosted("2101", hosted)?.state == .connected
        && office.hosted("2101", hosted)?.hears == .music)
    let fetching = office.network.trace.count
    let fetch = office.dial(code == "11" ? "122001" : "122003", from: "2002")
    #expect(
      office.messages(with: "2002", since: fetching) == ["> INVITE", "< 100", "< 200", "> ACK"])
    #expect(office.talkDirectly(hosted: "2101", hosted, "2002", fetch), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test("PARK-1, PARK-2: a DGP parks a SIP telephone, another DGP fetches it")
  func parkedByHosted() {
    var office = Office.hosting()
    let (call, first) = office.talk(hosted: "2101", "2001")
    office.does(.held, "2101", call)
    let code = office.dial("11", hosted: "2101")
    #expect(office.hosted("2101", code)?.outcome?.isDone == true)
    #expect(office.hosted("2101", call)?.state == .ended)
    let fetch = office.dial("122101", hosted: "2102")
    #expect(office.talkDirectly(hosted: "2102", fetch, "2001", first), "\(office.network.ladder)")
    office.expect(isDone: false, dialling: "122101", hosted: "2101")
    office.expectNothingLeft()
  }

  @Test("PARK-3: nobody fetches: the DGP that parked is rung, and has its party back")
  func parkRecall() {
    var office = Office.hosting()
    let (call, first) = office.talk(hosted: "2101", "2001")
    office.does(.held, "2101", call)
    _ = office.dial("11", hosted: "2101")
    office.advance(by: .seconds(61))
    let recall = (office.network.station("2101")?.calls.count ?? 0) - 1
    #expect(office.hosted("2101", recall)?.ring?.purpose == .recall)
    office.answer(hosted: "2101", recall)
    #expect(office.talkDirectly(hosted: "2101", recall, "2001", first), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test("PARK-4: a DGP that hangs up while parked leaves the place free")
  func parkedHangsUp() {
    var office = Office.hosting()
    let (call, hosted) = office.talk("2001", hosted: "2101")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    _ = office.dial("11", from: "2001")
    office.does(.hungUp, "2101", hosted)
    office.expect(480, dialling: "122001", from: "2002")
    office.expectNothingLeft()
  }

  // MARK: Pickup

  @Test(
    "PICK-1, PICK-2: a SIP telephone picks up what rings at a DGP (manual, figure)",
    arguments: ["65", "661", "072101"])
  func pickedUp(code: String) {
    var office = Office.hosting()
    let call = office.dial("2101", from: "2001")
    #expect(office.hosted("2101")?.state == .ringing)
    let pickup = office.dial(code, from: "2002")
    #expect(office.hosted("2101")?.cause == .answeredElsewhere)
    #expect(office.talkDirectly("2001", call, "2002", pickup), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test(
    "PICK-1, PICK-2: a DGP picks up what rings at a SIP telephone, which is told",
    arguments: ["65", "661", "072002"])
  func pickedUpByHosted(code: String) {
    var office = Office.hosting()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let pickup = office.dial(code, hosted: "2101")
    #expect(office.talkDirectly(hosted: "2101", pickup, "2001", call), "\(office.network.ladder)")
    #expect(office.messages(with: "2002").contains("< CANCEL"))
    #expect(office.call("2002", 0)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test(
    "PICK-3: two pick up at once, or one picks up while the DGP answers: exactly one gets the call",
    arguments: 0..<4)
  func pickupRace(which: Int) {
    var office = Office.hosting()
    let call = office.dial("2101", from: "2001")
    let leg = office.hosted("2101")?.state
    #expect(leg == .ringing)
    if which & 1 == 0 { _ = office.network.dial("65", hosted: "2102") }
    office.network.with("2002") { _ = $0.dial("65", at: $1) }
    if which & 1 == 1 { _ = office.network.dial("65", hosted: "2102") }
    if which & 2 == 2 { office.network.answer(hosted: "2101", call: 0) }
    office.advance(by: .seconds(1))
    let winners =
      [office.hosted("2101", 0), office.hosted("2102", 0)].filter { $0?.state == .connected }.count
      + office.phone("2002").calls.filter { $0.state == .connected }.count
    #expect(winners == 1, "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .connected)
    office.expectNothingLeft()
  }

  @Test("PICK-2: a lamp key of a hosted station takes the place of a ringing leg")
  func replaced() {
    var office = Office.hosting()
    let call = office.dial("2101", from: "2001")
    let ringing = office.hosted("2101")!.leg
    let pickup = office.network.dial("2101", hosted: "2102", replacing: ringing)!
    office.advance()
    #expect(office.talkDirectly(hosted: "2102", pickup, "2001", call), "\(office.network.ladder)")
    #expect(office.hosted("2101")?.state == .ended)
    office.expectNothingLeft()
  }

  // MARK: Conference

  @Test("CONF-1: a DGP brings two SIP telephones and itself into a room of the media server")
  func conference() {
    var office = Office.hosting(channels: 20)
    let (call, first) = office.talk(hosted: "2101", "2001")
    office.does(.held, "2101", call)
    office.expect(isDone: true, dialling: "46", hosted: "2101")
    let (second, other) = office.talk(hosted: "2101", "2002")
    office.does(.held, "2101", second)
    office.expect(isDone: true, dialling: "46", hosted: "2101")
    // And once more, with nobody added: the owner joins when it resumes.
    office.expect(isDone: true, dialling: "46", hosted: "2101")
    office.does(.resumed, "2101", second)
    office.advance(by: .seconds(1))
    #expect(office.hosted("2101", second)?.hears == .room(1), "\(office.network.ladder)")
    #expect(office.hosted("2101", second)?.target?.address?.port ?? 0 >= 16_384)
    #expect(office.network.media.openChannels == 3)
    #expect(
      office.call("2001", first)?.state == .connected
        && office.call("2002", other)?.state == .connected)
    office.expectNothingLeft()
  }

  @Test("CONF-1: a DGP is a member of a SIP telephone's conference")
  func member() {
    var office = Office.hosting(channels: 20)
    let (call, hosted) = office.talk("2001", hosted: "2101")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    office.expect(480, dialling: "46", from: "2001")
    office.advance(by: .seconds(1))
    #expect(
      office.hosted("2101", hosted)?.hears == .room(1),
      "\(String(describing: office.hosted("2101", hosted)?.hears))")
    #expect(office.network.media.channel { $0 == .room(1) } != nil)
    office.expectNothingLeft()
  }
}
