import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// Users of hosted stations and SIP telephones do what they like, in a network that loses, repeats and delays.
@Suite("Hosted stations, any order")
struct HostedWalkTests {
  @Test(
    "CALL-8: whatever users do in whatever order, nothing is left of it and nothing is wrong",
    arguments: 0..<40 as Range<UInt64>)
  func walk(seed: UInt64) {
    var office = Office.hosting(seed: seed &+ 1, channels: seed % 3 == 0 ? 0 : 12)
    if seed % 2 == 1 { office.network.weather = .storm }
    for _ in 0..<120 {
      let draw = office.network.draw(10)
      if draw < 7 { self.move(hosted: &office) } else { self.move(phone: &office) }
      office.advance(
        by: .milliseconds(
          Int64(
            office.network.draw(3) == 0 ? office.network.draw(20_000) : office.network.draw(300))))
      let findings = office.network.exchange.audit()
      #expect(findings.isEmpty, "seed \(seed): \(findings)")
      if !findings.isEmpty { return }
    }
    // Walks that lead nowhere would find nothing.
    let calls = office.network.stations.flatMap(\.calls)
    #expect(calls.count > 10 && calls.contains { $0.target != nil }, "seed \(seed)")
    office.network.weather = .fine
    office.network.phones.indices.forEach { office.network.phones[$0].stubbornness = 0 }
    self.finish(&office, seed)
  }

  private static let numbers = [
    "2001", "2002", "2101", "2102", "2101", "2102", "11", "122001", "122101", "12", "65", "072101",
    "072001", "46", "401", "400",
    "6012102", "600", "9999",
  ]

  private func move(hosted office: inout Office) {
    let number = office.network.draw(2) == 0 ? "2101" : "2102"
    let calls = office.network.station(number)?.calls ?? []
    let live = calls.indices.filter { calls[$0].state != .ended }
    guard office.network.draw(4) > 0, !live.isEmpty else {
      _ = office.network.dial(
        Self.numbers[Int(office.network.draw(UInt64(Self.numbers.count)))], hosted: number)
      return
    }
    let call = live[Int(office.network.draw(UInt64(live.count)))]
    let other = live[Int(office.network.draw(UInt64(live.count)))]
    if calls[call].state == .ringing, office.network.draw(3) > 0 {
      return office.network.answer(hosted: number, call: call)
    }
    let events: [HostedEvent] = [
      .hungUp, .held, .held, .resumed,
      .pressed(key: UInt8(office.network.draw(18)), .milliseconds(80)), .refused(.busyHere),
      .redirected("2002"), .transfer(to: "2001", replacing: .none),
      .transfer(to: "11", replacing: .none),
      .transfer(to: Digits(), replacing: calls[other].leg), .alerting, .answered(calls[call].voice),
    ]
    office.network.act(
      events[Int(office.network.draw(UInt64(events.count)))], of: number, call: call)
  }

  private func move(phone office: inout Office) {
    let number = office.network.draw(2) == 0 ? "2001" : "2002"
    let draw = office.network.draw(8)
    let digits = Self.numbers[Int(office.network.draw(UInt64(Self.numbers.count)))]
    let live = office.phone(number).calls.filter { $0.state != .ended }
    let id = live.isEmpty ? -1 : live[Int(office.network.draw(UInt64(live.count)))].id
    office.network.with(number) { phone, now in
      guard id >= 0, draw > 0, let call = phone.calls.first(where: { $0.id == id }) else {
        _ = phone.dial(digits, at: now)
        return
      }
      switch (call.state, draw) {
      case (.offered, 1...4), (.ringing, 1...4): phone.answer(id, at: now)
      case (.offered, 5): phone.ring(id, at: now)
      case (.connected, 1...2): phone.hold(id, !call.isHeldByUs, at: now)
      case (.connected, 3): phone.refer(id, to: digits, at: now)
      case (_, 6...): phone.hangUp(id, at: now)
      default: break
      }
    }
  }

  /// Everybody hangs up what is left, again and again: parked and held parties call back.
  private func finish(_ office: inout Office, _ seed: UInt64) {
    for _ in 0..<40 {
      for station in office.network.stations {
        for (index, call) in station.calls.enumerated() where call.state != .ended {
          office.network.act(
            call.state == .ringing ? .refused(.decline) : .hungUp, of: station.number, call: index)
          office.advance(by: .seconds(1))
        }
      }
      for phone in office.network.phones.map(\.number) {
        for call in office.phone(phone).calls where call.state != .ended {
          office.network.with(phone) { $0.hangUp(call.id, at: $1) }
          office.advance(by: .seconds(1))
        }
      }
      office.advance(by: .seconds(70))
      if office.network.exchange.leftovers().isEmpty { break }
    }
    #expect(office.network.exchange.leftovers() == [], "seed \(seed)")
    #expect(office.network.exchange.audit() == [], "seed \(seed)")
    #expect(office.network.stations.flatMap(\.complaints) == [], "seed \(seed)")
    #expect(office.network.lostOrders == [], "seed \(seed)")
    #expect(office.network.media.complaints == [], "seed \(seed)")
  }
}
