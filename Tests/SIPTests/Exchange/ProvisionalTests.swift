import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Provisional answers that are acknowledged (RFC 3262)")
struct ProvisionalTests {
  /// 2002 is registered; 2001 is a telephone that requires 100rel, played by hand.
  private func office(earlyMedia: Bool = false) -> (Office, Stranger) {
    var office = Office(options: { _ in }, account: { $0.earlyMedia = earlyMedia }, isRegistered: false)
    office.network.with("2002") { $0.register(at: $1) }
    var caller = Stranger()
    office.register(&caller)
    return (office, Stranger(1, callID: "reliable"))
  }

  private func answers(_ office: Office, _ start: String) -> [SIPMessage] {
    office.network.elsewhere.filter { $0.bytes.starts(with: Array(start.utf8)) }.compactMap { SIPMessage.read($0.bytes) }
  }

  private func tag(_ message: SIPMessage?) -> String { message?.to.tag.map { message?.string($0) ?? "" } ?? "" }

  private func invite(_ phone: inout Stranger, offer: String = Stranger.sdp) -> [UInt8] {
    phone.text("INVITE", to: "2002", headers: "Require: 100rel\r\n", body: offer)
  }

  @Test("CALL-1: a caller that requires 100rel gets 180 with RSeq, again and again until its PRACK")
  func reliable() {
    var (office, phone) = self.office()
    office.send(self.invite(&phone), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance(by: .seconds(4))
    let ringing = self.answers(office, "SIP/2.0 180")
    #expect(ringing.count == 4, "at 0, 0.5, 1.5 and 3.5 s: \(office.network.ladder)")
    #expect(ringing.allSatisfy { $0.requires("100rel") && $0.text(.rseq) == ringing[0].text(.rseq) })
    let rack = "RAck: \(ringing.first?.text(.rseq) ?? "") 1 INVITE\r\n"
    let tag = self.tag(ringing.first)
    #expect(office.send(phone.text("PRACK", to: "2002", toTag: tag, headers: rack), from: phone).last?.statusCode == 200)
    office.advance(by: .seconds(10))
    #expect(self.answers(office, "SIP/2.0 180").count == 4)
    #expect(
      office.send(phone.text("PRACK", to: "2002", toTag: tag, headers: "RAck: 1 1 INVITE\r\n"), from: phone).last?.statusCode
        == 481)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(self.answers(office, "SIP/2.0 200").last?.cseq.method == .invite)
    office.send(phone.text("BYE", to: "2002", toTag: tag), from: phone)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: without any PRACK the caller gets 504 after 32 s, and the telephone stops ringing")
  func unheard() {
    var (office, phone) = self.office()
    office.send(self.invite(&phone), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance(by: .seconds(31))
    #expect(self.answers(office, "SIP/2.0 504").isEmpty)
    office.advance(by: .seconds(2))
    #expect(!self.answers(office, "SIP/2.0 504").isEmpty, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: a second answer waits for the first one's PRACK, and 200 for that of the one with the description")
  func inOrder() {
    var (office, phone) = self.office(earlyMedia: true)
    office.send(self.invite(&phone), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2002") { $0.progress(0, hasSDP: true, at: $1) }
    office.advance()
    #expect(self.answers(office, "SIP/2.0 183").isEmpty)
    let first = self.answers(office, "SIP/2.0 180").last
    let tag = self.tag(first)
    let number = Int(first?.text(.rseq) ?? "") ?? 0
    office.send(phone.text("PRACK", to: "2002", toTag: tag, headers: "RAck: \(number) 1 INVITE\r\n"), from: phone)
    let second = self.answers(office, "SIP/2.0 183").last
    #expect(second?.text(.rseq) == "\(number + 1)" && second?.hasSDP == true, "\(office.network.ladder)")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(self.answers(office, "SIP/2.0 200").allSatisfy { $0.cseq.method != .invite })
    office.send(phone.text("PRACK", to: "2002", toTag: tag, headers: "RAck: \(number + 1) 1 INVITE\r\n"), from: phone)
    #expect(self.answers(office, "SIP/2.0 200").contains { $0.cseq.method == .invite && $0.hasSDP }, "\(office.network.ladder)")
    office.send(phone.text("BYE", to: "2002", toTag: tag), from: phone)
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: CANCEL, and a caller whose PRACK brings an offer, leave nothing behind")
  func cancelled() {
    var (office, phone) = self.office()
    office.send(self.invite(&phone), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let ringing = self.answers(office, "SIP/2.0 180").last
    let prack = phone.text(
      "PRACK", to: "2002", toTag: self.tag(ringing), headers: "RAck: \(ringing?.text(.rseq) ?? "") 1 INVITE\r\n",
      body: Stranger.sdp)
    #expect(office.send(prack, from: phone).last?.statusCode == 488)
    phone.cseq = 0
    office.send(phone.text("CANCEL", to: "2002", branch: "z9hG4bK-reliable-1"), from: phone)
    #expect(!self.answers(office, "SIP/2.0 487").isEmpty, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: without an offer there is nothing to say reliably before the answer")
  func offerless() {
    var (office, phone) = self.office()
    office.send(self.invite(&phone, offer: ""), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    #expect(self.answers(office, "SIP/2.0 18").isEmpty)
    // What we offer to acknowledge, we can: an answer in PRACK is not among it.
    #expect(office.phone("2002").invites.first?.supports("100rel") == false)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(self.answers(office, "SIP/2.0 200").contains { $0.cseq.method == .invite && $0.hasSDP })
    #expect(office.leftovers(after: .seconds(90)).isEmpty)
  }

  @Test("CALL-1: a telephone's reliable answers get PRACK once each, in their order")
  func theirs() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    #expect(office.phone("2002").invites.first?.supports("100rel") == true)
    office.network.with("2002") {
      $0.answerHeaders = "Require: 100rel\r\nRSeq: 7\r\n"
      $0.ring(0, at: $1)
    }
    office.advance()
    let prack = office.last("PRACK", to: "2002")
    let cseq = office.phone("2002").invites.first?.cseq.number ?? 0
    #expect(prack?.text(.rack) == "7 \(cseq) INVITE" && prack?.cseq.number == cseq + 1, "\(office.network.ladder)")
    #expect(office.call("2001", call)?.provisionals.contains(180) == true)
    let again = office.bytes("SIP/2.0 180", by: "2002") ?? []
    office.network.inject(again, from: "2002")
    office.network.with("2002") {
      $0.answerHeaders = "Require: 100rel\r\nRSeq: 9\r\n"
      $0.progress(0, hasSDP: true, at: $1)
    }
    office.advance()
    #expect(office.count("PRACK", to: "2002") == 1, "one is missing between 7 and 9")
    office.network.with("2002") {
      $0.answerHeaders = "Require: 100rel\r\nRSeq: 8\r\n"
      $0.progress(0, hasSDP: true, at: $1)
    }
    office.advance()
    #expect(office.last("PRACK", to: "2002")?.text(.rack) == "8 \(cseq) INVITE")
    // Another branch of a forked INVITE counts for itself.
    let fork = String(decoding: again, as: UTF8.self).replacing(#/(To: [^\r]*;tag=)[^\r]*/#) { "\($0.1)other" }
    office.network.inject(Array(fork.utf8), from: "2002")
    #expect(office.last("PRACK", to: "2002")?.to.tag.map { office.last("PRACK", to: "2002")?.string($0) } == "other")
    office.network.with("2002") {
      $0.answerHeaders = ""
      $0.answer(0, at: $1)
    }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected, "\(office.network.ladder)")
    let ack = office.last("ACK", to: "2002")
    #expect(ack?.cseq.number == cseq)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    #expect(office.call("2002")?.state == .ended)
    let strange = office.phone("2002").complaints.filter { !$0.contains("PRACK in a dialog that never was") }
    office.advance(by: .seconds(80))
    #expect(strange.isEmpty && office.network.exchange.leftovers().isEmpty)
  }

  @Test("CALL-1: what is required and not known gets 420 with Unsupported; what is known does not")
  func unsupported() {
    var (office, phone) = self.office()
    let answer = office.send(
      phone.text("INVITE", to: "2002", headers: "Require: 100rel, precondition, timer\r\n", body: Stranger.sdp), from: phone
    ).last
    #expect(answer?.statusCode == 420 && answer?.text(.unsupported) == "precondition")
    #expect(office.phone("2002").invites.isEmpty)
    #expect(office.leftovers().isEmpty)
  }
}
