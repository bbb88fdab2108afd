import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Lamps in bad weather")
struct LampStormTests {
  private static let numbers = ["2001", "2002", "2003"]

  @Test(
    "INTEROP 10: whatever is lost, crossed, refused or restarted, in the end each lamp shows what is", arguments: UInt64(1)...12)
  func storm(_ seed: UInt64) {
    var office = Office(seed: seed, weather: .storm)
    office.network.weather.storeFailure = 20
    for number in Self.numbers {
      for resource in Self.numbers + ["dnd-2001", "park-2002"] where resource != number {
        office.watch(resource, from: number, expires: "3600")
      }
    }
    for _ in 0..<80 { self.act(&office) }
    office.network.weather = .fine
    for number in Self.numbers {
      office.network.with(number) { phone, now in
        phone.isDeaf = false
        phone.notifyStatus = 200
        for call in phone.calls.indices { phone.hangUp(call, at: now) }
        phone.register(at: now)
      }
    }
    office.advance(by: .seconds(330))
    for number in Self.numbers { office.network.with(number) { $0.register(at: $1) } }
    office.advance(by: .seconds(60))
    var checked = 0
    for number in Self.numbers {
      for (place, lamp) in office.phone(number).subscriptions.enumerated() {
        #expect(office.versions(number, place).isRising, "\(number) \(lamp.resource)")
        guard lamp.state == .active, let tag = lamp.answer?.to.tag.flatMap({ lamp.answer?.array($0) }),
          let known = office.network.exchange.watched(lamp.callID, tag)
        else { continue }
        checked += 1
        #expect(office.states(number, place).last == known, "\(number) \(lamp.resource): \(office.states(number, place))")
      }
    }
    #expect(checked >= 6, "\(checked)")
    #expect(office.network.exchange.audit() == [])
    #expect(office.network.exchange.subscriptions.telling.isEmpty)
  }

  private func act(_ office: inout Office) {
    let number = Self.numbers[Int(office.network.draw(3))]
    let other = Self.numbers[Int(office.network.draw(3))]
    let call = max(0, office.phone(number).calls.count - 1 - Int(office.network.draw(3)))
    switch office.network.draw(14) {
    case 0, 1: _ = office.dial(other, from: number)
    case 2: office.network.with(number) { $0.ring(call, at: $1) }
    case 3, 4: office.network.with(number) { $0.answer(call, at: $1) }
    case 5:
      let isHeld = office.network.draw(2) == 0
      office.network.with(number) { $0.hold(call, isHeld, at: $1) }
    case 6, 7: office.network.with(number) { $0.hangUp(call, at: $1) }
    case 8: _ = office.dial(office.network.draw(2) == 0 ? "401" : "400", from: number)
    case 9, 10:
      let place = Int(office.network.draw(UInt64(max(1, office.phone(number).subscriptions.count))))
      let isOver = office.network.draw(4) == 0
      office.network.with(number) { $0.resubscribe(place, expires: isOver ? "0" : "3600", at: $1) }
    case 11: office.watch(other, from: number, expires: "3600")
    case 12:
      let status = [UInt16(200), 200, 200, 503][Int(office.network.draw(4))]
      office.network.with(number) { phone, _ in phone.notifyStatus = status }
    default: if office.network.draw(3) == 0 { office.restart() } else { office.network.with(number) { $0.register(at: $1) } }
    }
    office.advance(by: .milliseconds(Int64(office.network.draw(3000))))
  }

  @Test("SEC-2: no SUBSCRIBE whatever harms the exchange, and none is answered twice", arguments: UInt64(1)...8)
  func garbage(_ seed: UInt64) {
    var office = Office(seed: seed)
    var phone = Stranger(1, host: office.phone("2001").address.address, number: "2001", callID: "g\(seed)")
    phone.address = office.phone("2001").address
    let template = phone.text(
      "SUBSCRIBE", uri: "sip:2002@127.0.0.1", to: "2002",
      headers: "Event: dialog;id=1\r\nExpires: 600\r\nAccept: application/dialog-info+xml\r\n")
    for round in 0..<600 {
      phone.callID = "g\(seed)-\(round)"
      var bytes = phone.text(
        "SUBSCRIBE", uri: "sip:2002@127.0.0.1", to: "2002",
        headers: "Event: dialog;id=1\r\nExpires: 600\r\nAccept: application/dialog-info+xml\r\n")
      for _ in 0...office.network.draw(3) {
        let place = Int(office.network.draw(UInt64(bytes.count)))
        switch office.network.draw(4) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: office.network.draw(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: template[place % template.count..<template.count].prefix(8), at: place)
        default: bytes.insert(UInt8(truncatingIfNeeded: office.network.draw(256)), at: place)
        }
      }
      office.network.inject(bytes, from: "2001")
      if round % 50 == 0 { office.advance(by: .seconds(1)) }
    }
    office.advance(by: .seconds(40))
    #expect(office.network.exchange.audit() == [])
    office.watch("2002", from: "2003")
    #expect(office.states("2003") == ["terminated"])
  }
}

extension Exchange {
  /// What the subscription under this Call-ID and our tag should show.
  fileprivate func watched(_ callID: [UInt8], _ tag: [UInt8]) -> String? {
    guard let found = self.subscriptions.find(self.dialogKey(callID, tag)).flatMap({ self.subscriptions[$0] }) else { return nil }
    switch self.content(of: found.resource) {
    case .dialogs(let dialogs): return dialogs.isEmpty ? "terminated" : dialogs.map { "\($0.state)" }.joined(separator: "+")
    case .lamp(let state): return "\(state)"
    case .messages: return nil
    }
  }
}
