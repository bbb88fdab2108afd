import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Exchange over a loopback network")
struct ExchangeTests {
  @Test("REG-1: a telephone is challenged, answers, and is registered")
  func registers() {
    let office = Office()
    #expect(office.phone("2001").registerStatus == 200)
    #expect(office.network.exchange.stationStatus().allSatisfy { $0.isRegistered })
  }

  @Test("CALL-1: 2001 calls 2002, both talk directly, 2001 hangs up and nothing is left")
  func basicCall() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    #expect(office.call("2002")?.state == .offered, "\(office.network.ladder)")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.provisionals.contains(180) == true)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected, "\(office.network.ladder)")
    #expect(office.heardSDP("2001", call).contains("c=IN IP4 127.0.1.2"))
    #expect(office.network.exchange.callStatus().count == 1)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().isEmpty)
    office.advance(by: .seconds(60))
    #expect(office.network.exchange.nextDeadline.map { $0 - office.network.now > .seconds(400) } == true)
  }

  @Test("DND-1, DIAL-2: 401 gets 480 with its Warning, and callers then hear 486")
  func doNotDisturb() {
    var office = Office()
    let code = office.dial("401", from: "2002")
    #expect(office.call("2002", code)?.finalStatus == 480)
    #expect(office.call("2002", code)?.warning.contains("do not disturb on") == true)
    let call = office.dial("2002", from: "2001")
    #expect(office.call("2001", call)?.finalStatus == 486, "\(office.network.ladder)")
    #expect(office.phone("2002").invites.isEmpty)
  }

  @Test("FWD-1, FWD-5: 6012003 sends 2002's calls to 2003, which sees the diversion")
  func forwardAll() {
    var office = Office()
    let code = office.dial("6012003", from: "2002")
    #expect(office.call("2002", code)?.warning.contains("forward all to 2003 set") == true)
    let call = office.dial("2002", from: "2001")
    let invite = office.phone("2003").invites.first
    let diversion = invite.flatMap { invite in invite.header(.diversion).map { invite.string($0) } } ?? ""
    #expect(diversion.contains("sip:2002@"), "\(office.network.ladder)")
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected, "\(office.network.ladder)")
  }

  @Test("CALL-1: CANCEL before answer ends both legs with 487 and CANCEL")
  func cancel() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.finalStatus == 487, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended)
    #expect(office.network.exchange.callStatus().isEmpty)
  }

  @Test("HOLD-1: hold and resume pass to the other party")
  func hold() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    #expect(office.heardSDP("2002").contains("a=sendonly"), "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().first?.state == "held")
    office.network.with("2001") { $0.hold(call, false, at: $1) }
    office.advance()
    #expect(office.heardSDP("2002").contains("a=sendrecv"))
  }

  @Test("CALL-3, CALL-4: busy is 486, not registered 480, unknown 404, incomplete 484")
  func refusals() {
    var office = Office()
    #expect(office.outcome(of: "2009", from: "2001") == 480)
    #expect(office.outcome(of: "3001", from: "2001") == 404)
    #expect(office.outcome(of: "20", from: "2001") == 484)
    _ = office.dial("2002", from: "2003")
    #expect(office.outcome(of: "2002", from: "2001") == 486)
  }

  @Test("ARCHITECTURE rule 7: an activation whose fact cannot be kept is answered so, and nothing has changed")
  func notKept() {
    var office = Office()
    office.network.weather.storeFailure = 1000
    let code = office.dial("401", from: "2002")
    #expect(office.call("2002", code)?.warning.contains("not kept") == true, "\(office.network.ladder)")
    office.network.weather.storeFailure = 0
    _ = office.dial("2002", from: "2001")
    #expect(office.call("2002", 1)?.state == .offered)
  }
}
