import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Exchange over a restart")
struct RecoveryTests {
  @Test("FWD-1, DND-2: settings survive a restart that nobody announced")
  func settings() {
    var office = Office()
    _ = office.dial("6012003", from: "2002")
    office.restart()
    _ = office.dial("2002", from: "2001")
    #expect(office.phone("2003").invites.count == 1, "\(office.network.ladder)")
  }

  @Test("RELIABILITY 3: a call in progress is ended properly by either party after a restart", arguments: ["2001", "2002"])
  func hangUp(by number: String) {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.restart()
    #expect(office.network.exchange.callStatus().count == 1)
    let own = number == "2001" ? call : 0
    office.network.with(number) { $0.hangUp(own, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .ended, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().isEmpty)
  }

  @Test("RELIABILITY 3: hold and resume work on after a restart")
  func hold() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.restart()
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    #expect(office.heardSDP("2002").contains("a=sendonly"), "\(office.network.ladder)")
    office.restart()
    office.network.with("2001") { $0.hold(call, false, at: $1) }
    office.advance()
    #expect(office.heardSDP("2002").contains("a=sendrecv"), "\(office.network.ladder)")
  }

  @Test("RELIABILITY 3: a call that still rang at a crash ends at both telephones; nobody rings on")
  func ringing() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.restart()
    office.advance(by: .seconds(1))
    #expect(office.call("2001", call)?.finalStatus == 480, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    office.advance(by: .seconds(60))
    #expect(office.network.exchange.leftovers().isEmpty, "\(office.network.exchange.leftovers())")
  }

  @Test("RELIABILITY 3: who answers a call of before the crash is released, not left alone on the line")
  func answeredMeanwhile() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.restart()
    office.advance(by: .seconds(3))
    #expect(office.call("2001", call)?.finalStatus == 480, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().isEmpty)
  }

  @Test("ARCHITECTURE rule 7: an activation that is repeated after a restart gets its old answer and is not carried out again")
  func repeatedActivation() {
    var office = Office()
    _ = office.dial("401", from: "2002")
    let invite = office.network.trace.first {
      $0.isToExchange && $0.phone == "2002" && $0.bytes.starts(with: Array("INVITE".utf8))
    }
    office.restart()
    _ = office.dial("400", from: "2002")
    let before = office.network.exchange.callStatus().count
    if let invite { office.network.inject(invite.bytes, from: office.phone("2002").address) }
    office.advance()
    #expect(office.network.exchange.callStatus().count == before)
    #expect(office.outcome(of: "2002", from: "2001") == nil, "the repeated 401 was carried out again: \(office.network.ladder)")
  }
}
