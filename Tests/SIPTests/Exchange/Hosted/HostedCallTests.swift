import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// Stations of the host beside SIP telephones: calls, hold, and what is refused.
@Suite("Hosted stations")
struct HostedCallTests {
  @Test("CALL-1: a hosted station calls a SIP telephone and is called by one; both talk directly")
  func bothWays() {
    var office = Office.hosting()
    let call = office.dial("2001", hosted: "2101")
    office.network.with("2001") { $0.ring(0, at: $1) }
    office.advance()
    #expect(office.hosted("2101")?.progress == [.ringing])
    #expect(
      office.phone("2001").invites.first.map { $0.string($0.from.whole) }?.contains("sip:2101@")
        == true)
    let other = office.answer("2001")
    #expect(office.talkDirectly(hosted: "2101", call, "2001", other), "\(office.network.ladder)")
    office.does(.hungUp, "2101", call)
    #expect(office.call("2001", other)?.state == .ended)

    let (phone, hosted) = office.talk("2002", hosted: "2101")
    #expect(office.hosted("2101", hosted)?.ring?.calling == Digits("2002"))
    #expect(office.hosted("2101", hosted)?.ring?.name == "Name 2002")
    #expect(office.call("2002", phone)?.provisionals.contains(180) == true)
    #expect(office.talkDirectly(hosted: "2101", hosted, "2002", phone), "\(office.network.ladder)")
    office.network.with("2002") { $0.hangUp(phone, at: $1) }
    office.advance()
    #expect(office.hosted("2101", hosted)?.cause == .normal)
    office.expectNothingLeft()
  }

  @Test("CALL-1: two hosted stations talk without any SIP at all")
  func twoHosted() {
    var office = Office.hosting()
    let start = office.network.trace.count
    let call = office.dial("2102", hosted: "2101")
    office.answer(hosted: "2102", 0)
    #expect(office.hosted("2101", call)?.state == .connected)
    #expect(office.talkDirectly(hosted: "2101", call, hosted: "2102", 0))
    #expect(office.network.trace.count == start)
    office.expectNothingLeft()
  }

  @Test(
    "CALL-3: a hosted station that talks is busy; one that is silent is not reachable; one that refuses is asked no more"
  )
  func notAnswered() {
    var office = Office.hosting()
    _ = office.talk("2002", hosted: "2101")
    let busy = office.outcome(of: "2101", from: "2001")
    #expect(busy == 486)
    let call = office.dial("2102", from: "2001")
    office.does(.refused(.decline), "2102", 0)
    #expect(office.call("2001", call)?.finalStatus == 603)
    office.network.stations[1].isDeaf = true
    let silent = office.dial("2102", from: "2001")
    office.advance(by: .seconds(6))
    #expect(office.call("2001", silent)?.finalStatus == 480)
    #expect(office.hosted("2102", 1)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test(
    "CALL-1: whoever gives up is forgotten: the hosted caller, and the SIP caller of a hosted station"
  )
  func givenUp() {
    var office = Office.hosting()
    let call = office.dial("2001", hosted: "2101")
    office.network.with("2001") { $0.ring(0, at: $1) }
    office.advance()
    office.does(.hungUp, "2101", call)
    #expect(office.messages(with: "2001").contains("< CANCEL"))
    let other = office.dial("2101", from: "2002")
    office.network.with("2002") { $0.hangUp(other, at: $1) }
    office.advance()
    #expect(office.hosted("2101", 1)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test("HOLD-1: hold and resume by either side reach the other", arguments: [0, 10])
  func hold(channels: Int) {
    var office = Office.hosting(channels: channels)
    let (call, other) = office.talk(hosted: "2101", "2001")
    office.does(.held, "2101", call)
    #expect(office.network.exchange.callStatus().first?.state == "held")
    if channels == 0 {
      #expect(
        office.heardSDP("2001", other).contains("a=inactive")
          || office.heardSDP("2001", other).contains("a=sendonly"))
    }
    #expect(office.hosted("2101", call)?.target?.receives == false)
    office.does(.resumed, "2101", call)
    #expect(office.talkDirectly(hosted: "2101", call, "2001", other), "\(office.network.ladder)")
    office.network.with("2001") { $0.hold(other, true, at: $1) }
    office.advance()
    #expect(office.hosted("2101", call)?.hears == .music)
    if channels == 0 { #expect(office.hosted("2101", call)?.target?.sends == false) }
    office.network.with("2001") { $0.hold(other, false, at: $1) }
    office.advance()
    #expect(office.talkDirectly(hosted: "2101", call, "2001", other), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test(
    "HOLD-1: a user who changes his mind before the party has been told gets what he wanted last")
  func changedMind() {
    var office = Office.hosting()
    let (call, other) = office.talk(hosted: "2101", "2001")
    for event in [HostedEvent.held, .resumed, .held, .resumed, .held, .resumed] {
      office.network.act(event, of: "2101", call: call)
    }
    office.advance(by: .seconds(10))
    #expect(office.talkDirectly(hosted: "2101", call, "2001", other), "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().first?.state == "active")
    office.expectNothingLeft()
  }

  @Test("DND-1, FWD-1: codes dialled at a hosted station, and their outcome for its display")
  func codes() {
    var office = Office.hosting()
    let call = office.dial("401", hosted: "2101")
    let outcome = office.hosted("2101", call)?.outcome
    #expect(outcome?.status == .temporarilyUnavailable)
    #expect(office.network.notices.contains { "\($0)" == "2101 dials 401: 480 do not disturb on" })
    #expect(
      outcome?.feature == "DoNotDisturb" && outcome?.isDone == true,
      "\(String(describing: outcome))")
    office.expect(486, dialling: "2101", from: "2001")
    _ = office.dial("400", hosted: "2101")
    _ = office.dial("6012003", hosted: "2101")
    _ = office.dial("2101", from: "2001")
    #expect(office.phone("2003").calls.count == 1, "\(office.network.ladder)")
    office.expect(isDone: false, dialling: "6012101", hosted: "2101")
    office.expectNothingLeft()
  }

  @Test("FWD-1: a SIP telephone forwards to a hosted station, which is told from where")
  func forwardedHere() {
    var office = Office.hosting()
    _ = office.dial("6012101", from: "2002")
    let call = office.dial("2002", from: "2001")
    #expect(office.hosted("2101")?.ring?.diversions.map(\.from) == [Digits("2002")])
    office.answer(hosted: "2101", 0)
    #expect(office.talkDirectly(hosted: "2101", 0, "2001", call), "\(office.network.ladder)")
    office.expectNothingLeft()
  }

  @Test("CALL-2: without a codec in common 488, or through the media server", arguments: [0, 10])
  func noCodec(channels: Int) {
    var office = Office.hosting(channels: channels)
    office.network.phones[0].codecs = [0]
    office.network.stations[0].codecs = [.pcma]
    let call = office.dial("2101", from: "2001")
    office.answer(hosted: "2101", 0)
    if channels == 0 {
      #expect(office.call("2001", call)?.finalStatus == 488, "\(office.network.ladder)")
    } else {
      #expect(office.call("2001", call)?.state == .connected, "\(office.network.ladder)")
      #expect(office.hosted("2101", 0)?.target?.address?.port ?? 0 >= 16_384)
    }
    office.expectNothingLeft()
  }

  @Test("CALL-8: what comes too late, too early or for nobody changes nothing")
  func wrongMoment() {
    var office = Office.hosting()
    let call = office.dial("2001", hosted: "2101")
    let voice = HostedVoice(address: SocketAddress(IPAddress(127, 0, 2, 1), port: 4000))!
    for event in [
      HostedEvent.alerting, .answered(voice), .refused(.decline), .redirected(Digits("2002")),
      .held, .resumed,
      .transfer(to: Digits("2002"), replacing: .none), .pressed(key: 1, .milliseconds(100)),
    ] {
      office.cannot(event, "2101", call)
    }
    let other = office.answer("2001")
    office.cannot(.answered(voice), "2101", call)
    office.cannot(.alerting, "2101", call)
    #expect(office.talkDirectly(hosted: "2101", call, "2001", other))
    office.does(.hungUp, "2101", call)
    office.cannot(.hungUp, "2101", call)
    let isKnown = office.network.exchange.report(
      .hungUp, of: LegID(raw: 77), at: office.network.now)
    #expect(!isKnown)
    office.expectNothingLeft()
  }

  @Test(
    "RELIABILITY 36: who is not attached cannot dial, and limits of calls hold for hosted stations too"
  )
  func refused() {
    var office = Office.hosting()
    let voice = HostedVoice(address: SocketAddress(IPAddress(127, 0, 2, 1), port: 4000))!
    #expect(throws: HostedRefusal.unknownDevice) {
      _ = try office.network.exchange.dial(
        Digits("2001"), from: DeviceID(1), voice: voice, at: office.network.now)
    }
    #expect(throws: HostedRefusal.unknownDevice) {
      _ = try office.network.exchange.dial(
        Digits("2001"), from: DeviceID(1 << 63 | 9), voice: voice, at: office.network.now)
    }
    let device = office.network.station("2101")!.device
    #expect(throws: HostedRefusal.nothingDialled) {
      _ = try office.network.exchange.dial(
        Digits(), from: device, voice: voice, at: office.network.now)
    }
    let multicast = HostedVoice(address: SocketAddress(IPAddress(224, 0, 0, 1), port: 4000))!
    #expect(throws: HostedRefusal.unusableVoice) {
      _ = try office.network.exchange.dial(
        Digits("2001"), from: device, voice: multicast, at: office.network.now)
    }
    var options = office.network.exchange.options
    options.stationCalls = 2
    office.network.exchange.install(options)
    let calls = ["2001", "2002", "2003"].map { office.network.dial($0, hosted: "2101") }
    #expect(calls == [0, 1, nil])
    #expect(office.network.exchange.counters.stationLimit == 1)
    office.expectNothingLeft()
  }

  @Test("RELIABILITY 9: a code whose fact the store refuses says so on the display")
  func notKept() {
    var office = Office.hosting()
    office.network.weather.storeFailure = 1000
    let call = office.dial("401", hosted: "2101")
    office.advance(by: .seconds(1))
    #expect(office.hosted("2101", call)?.outcome?.isDone == false)
    #expect(office.hosted("2101", call)?.outcome?.text.hasPrefix("not kept") == true)
    office.network.weather.storeFailure = 0
    _ = office.dial("2101", from: "2001")
    #expect(office.hosted("2101", 1)?.state == .ringing)
    office.expectNothingLeft()
  }

  @Test(
    "REG-10: a device that is taken away loses its calls, and its station is not there; one that comes back is called"
  )
  func detached() {
    var office = Office.hosting()
    let (call, other) = office.talk(hosted: "2101", "2001")
    office.network.detach("2101")
    office.advance()
    #expect(call == 0 && office.call("2001", other)?.state == .ended, "\(office.network.ladder)")
    office.expect(480, dialling: "2101", from: "2001")
    office.network.attach("2101")
    _ = office.dial("2101", from: "2001")
    #expect(office.hosted("2101")?.state == .ringing)
    office.expectNothingLeft()
  }

  @Test("RELIABILITY 3: after a restart hosted calls are over, and their SIP parties are released")
  func restarted() {
    var office = Office.hosting()
    let (_, other) = office.talk(hosted: "2101", "2001")
    let (first, _) = office.talk("2002", hosted: "2102")
    office.restart(plan: Office.fullPlan())
    office.network.stations.removeAll()
    office.network.attach("2101")
    office.advance(by: .seconds(2))
    #expect(office.call("2001", other)?.state == .ended, "\(office.network.ladder)")
    #expect(office.call("2002", first)?.state == .ended)
    office.expectNothingLeft()
  }

  @Test("MED-4: keys pressed at a hosted station and for one")
  func keys() {
    var office = Office.hosting()
    let call = office.dial("2102", hosted: "2101")
    office.answer(hosted: "2102", 0)
    office.does(.pressed(key: 5, .milliseconds(100)), "2101", call)
    #expect(office.hosted("2102", 0)?.keys == [5])
    office.cannot(.pressed(key: 16, .milliseconds(100)), "2101", call)
    let (second, other) = (office.dial("2001", hosted: "2101"), office.answer("2001"))
    office.does(.pressed(key: 11, .milliseconds(100)), "2101", second)
    #expect(office.call("2001", other)?.infos.count == 1, "\(office.network.ladder)")
    office.expectNothingLeft()
  }
}
