import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Transfers whose messages cross or are lost")
struct TransferRacesTests {
  @Test("XFER-3: a transferor that resumes while its target rings has its call back; the target stops ringing")
  func resumeMeanwhile() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    office.network.with("2001") { $0.hold(call, false, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.reinviteStatus == 200, "\(office.network.ladder)")
    office.advance(by: .milliseconds(500))
    #expect(office.call("2003", 0)?.state == .ended)
    #expect(office.call("2001", call)?.progress.last?.line == "SIP/2.0 480 Temporarily Unavailable")
    #expect(office.talkDirectly("2001", call, "2002", other), "\(office.network.ladder)")
  }

  @Test("XFER-1: REFER and re-INVITE of the same telephone, and of both telephones, cross", arguments: 0..<8)
  func crossing(variant: Int) {
    var office = Office.transferring(seed: UInt64(variant + 1))
    office.network.weather.delay = .milliseconds(20)
    let (call, other) = office.talk("2001", "2002")
    if variant & 1 == 0 { office.network.with("2002") { $0.hold(other, true, at: $1) } }
    office.advance(by: .milliseconds(Int64(variant)))
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    if variant & 2 == 0 { office.network.with("2001") { $0.hold(call, true, at: $1) } }
    if variant & 4 == 0 { office.network.with("2002") { $0.hold(other, false, at: $1) } }
    office.advance(by: .seconds(3))
    guard office.call("2003", 0) != nil else {
      // The re-INVITE came first and had the greater number.
      #expect(office.call("2001", call)?.requestStatus == 500, "\(office.network.ladder)")
      return
    }
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(6))
    if office.call("2002", other)?.isHeldByUs == true { office.network.with("2002") { $0.hold(other, false, at: $1) } }
    office.advance(by: .seconds(6))
    #expect(office.call("2001", call)?.state == .ended, "\(office.network.ladder)")
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
  }

  @Test("XFER-1: REFER and the party's BYE cross: nobody rings on, nobody is left", arguments: 0..<6)
  func partyGone(variant: Int) {
    var office = Office.transferring(seed: UInt64(variant + 1))
    office.network.weather.delay = .milliseconds(10)
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance(by: .milliseconds(Int64(2 * variant)))
    office.network.with("2002") { $0.hangUp(other, at: $1) }
    office.advance(by: .seconds(80))
    #expect(office.phone("2003").calls.allSatisfy { $0.state == .ended }, "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .ended)
    #expect(office.network.exchange.leftovers() == [])
    #expect(office.network.phones.flatMap(\.complaints) == [], "\(office.network.ladder)")
  }

  /// What one run came to.
  private func storm(_ seed: UInt64) -> (failures: [String], isDone: Bool) {
    var office = Office.transferring(seed: seed + 1)
    let kind = seed % 4
    let (call, other) = office.talk("2001", "2002")
    var second = -1
    if kind > 0 { office.network.with("2001") { $0.hold(call, true, at: $1) } }
    office.advance()
    if kind == 2 { second = office.talk("2001", "2003").a }
    if kind == 3 {
      second = office.dial("2003", from: "2001")
      office.network.with("2003") { $0.ring(0, at: $1) }
      office.advance()
    }
    office.network.weather = .storm
    office.network.with("2001") {
      if second < 0 { $0.refer(call, to: "2003", at: $1) } else { $0.refer(call, replacing: second, at: $1) }
    }
    office.advance(by: .milliseconds(Int64(office.network.draw(2000))))
    if seed % 5 == 0 { office.network.with("2001") { $0.hangUp(call, at: $1) } }
    if seed % 7 == 0 { office.network.with("2002") { $0.hold(other, true, at: $1) } }
    if seed % 11 == 0 { office.network.with("2001") { $0.hold(call, seed % 2 == 0, at: $1) } }
    if seed % 13 == 0 { office.network.with("2002") { $0.hangUp(other, at: $1) } }
    office.advance(by: .milliseconds(Int64(office.network.draw(4000))))
    if kind != 2 { office.network.with("2003") { $0.answer(0, at: $1) } }
    office.advance(by: .seconds(40))
    office.network.weather = .fine
    if office.call("2002", other)?.isHeldByUs == true { office.network.with("2002") { $0.hold(other, false, at: $1) } }
    office.advance(by: .seconds(60))
    var failures: [String] = []
    let isDone = office.call("2001", call)?.progress.last?.line == "SIP/2.0 200 OK"
    let isUp = office.call("2002", other)?.state == .connected && office.call("2003", 0)?.state == .connected
    if isDone, isUp, !office.talkDirectly("2002", other, "2003", 0) { failures.append("2002 and 2003 do not hear each other") }
    for phone in office.network.phones.map(\.number) {
      for call in office.phone(phone).calls where call.state != .ended {
        office.network.with(phone) { $0.hangUp(call.id, at: $1) }
      }
      office.advance()
    }
    office.advance(by: .seconds(100))
    failures += office.network.exchange.leftovers() + office.network.exchange.audit()
    failures += office.network.phones.flatMap(\.complaints)
    if !failures.isEmpty { failures.append(office.network.ladder) }
    return (failures, isDone && isUp)
  }

  @Test("XFER-1, XFER-2, XFER-7: over a network that loses, repeats and delays nothing is left over, and who shall talk talks")
  func storms() {
    var done = 0
    for seed in 0..<160 as Range<UInt64> {
      let (failures, isDone) = self.storm(seed)
      if isDone { done += 1 }
      #expect(failures.isEmpty, "seed \(seed): \(failures.joined(separator: "\n"))")
    }
    #expect(done > 60, "\(done) transfers came about")
  }
}
