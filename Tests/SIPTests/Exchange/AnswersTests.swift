import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("What callees answer, and where calls go then")
struct AnswersTests {
  @Test(
    "CALL-11: each refusal becomes what the caller shall hear",
    arguments: [
      (486, 486), (600, 486), (408, 480), (480, 480), (603, 603), (401, 480), (407, 480), (404, 404), (503, 480), (500, 480),
    ])
  func refusals(_ said: UInt16, _ heard: UInt16) {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.refuse(0, said, at: $1) }
    office.advance()
    let status = office.call("2001", call)?.finalStatus
    #expect(status != 401 && status != 407 && status != nil, "a challenge of the callee is not the caller's to answer")
    if [486, 600, 408, 480, 603].contains(said) { #expect(status == heard) }
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-11: 302 goes on to the number it names, and shows the diversion")
  func redirected() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.redirect(0, to: "2003", at: $1) }
    office.advance()
    #expect(office.phone("2003").invites.first?.text(.diversion).contains("sip:2002@") == true, "\(office.network.ladder)")
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected)
  }

  @Test("CALL-11, FWD-4: 302 back to one who was tried ends with 486")
  func redirectedInCircles() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.redirect(0, to: "2003", at: $1) }
    office.advance()
    office.network.with("2003") { $0.redirect(0, to: "2002", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.finalStatus == 486, "\(office.network.ladder)")
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-11: a phone that says nothing for 5 s is not reachable: 480, and its INVITE is cancelled when it wakes up")
  func silent() {
    var office = Office()
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    let call = office.dial("2002", from: "2001")
    office.advance(by: .seconds(4))
    #expect(office.call("2001", call)?.finalStatus == nil)
    office.advance(by: .seconds(2))
    #expect(office.call("2001", call)?.finalStatus == 480)
    office.network.with("2002") { phone, _ in phone.isDeaf = false }
    office.advance(by: .seconds(10))
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-11: ringing ends after the ring time, with CANCEL and 480")
  func ringLimit() {
    var office = Office(options: { $0.ringTime = .seconds(30) })
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance(by: .seconds(31))
    #expect(office.call("2001", call)?.finalStatus == 480)
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("FWD-5: two forwards show two diversions, the newest on top")
  func twoDiversions() {
    var office = Office(["2001", "2002", "2003", "2004"])
    _ = office.dial("6012003", from: "2002")
    _ = office.dial("6012004", from: "2003")
    _ = office.dial("2002", from: "2001")
    let invite = office.phone("2004").invites.first
    let diversions = invite.map { invite in invite.headers(.diversion).map { invite.string($0) } } ?? []
    #expect(diversions.count == 2)
    #expect(diversions.first?.contains("sip:2003@") == true && diversions.last?.contains("sip:2002@") == true, "\(diversions)")
    #expect(diversions.allSatisfy { $0.contains("reason=unconditional") })
  }

  @Test("FWD-3: busy and no answer send the call on")
  func busyAndNoAnswer() {
    var office = Office()
    _ = office.dial("6042003", from: "2002")
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.refuse(1, 486, at: $1) }
    office.advance()
    #expect(office.call("2003")?.state == .offered)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(2, at: $1) }
    office.advance(by: .seconds(16))
    #expect(office.call("2002", 2)?.state == .ended)
    #expect(office.call("2003", 1)?.state == .offered, "\(office.network.ladder)")
    #expect(office.phone("2003").invites.last?.text(.diversion).contains("reason=no-answer") == true)
  }

  @Test("DIAL-2, INTEROP 1: a repeated activation gets the same 480 and is carried out once")
  func activationRepeated() {
    var office = Office()
    _ = office.dial("401", from: "2002")
    let invite = office.network.trace.first { $0.isToExchange && $0.bytes.starts(with: Array("INVITE".utf8)) }
    let before = office.network.facts.count
    office.network.inject(invite?.bytes ?? [], from: "2002")
    office.advance()
    #expect(office.network.facts.count == before)
    for wrong in ["40", "402", "601", "6012777"] {
      let call = office.dial(wrong, from: "2003")
      #expect(office.call("2003", call)?.finalStatus == 480, "\(wrong)")
      #expect(office.call("2003", call)?.warning.isEmpty == false, "\(wrong)")
    }
  }
}
