import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Calls whose messages cross, come twice, or come from somebody else")
struct RacesTests {
  /// 2001 and 2002 talk.
  private func connected(_ change: (inout Office) -> Void = { _ in }) -> Office {
    var office = Office()
    change(&office)
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001")?.state == .connected)
    return office
  }

  /// The first datagram of that start towards the exchange, or from it.
  private func sent(_ start: String, _ isToExchange: Bool, by number: String, in office: Office) -> [UInt8] {
    office.network.trace.last {
      $0.isToExchange == isToExchange && $0.phone == number && $0.bytes.starts(with: Array(start.utf8))
    }?.bytes ?? []
  }

  @Test("CALL-1: a repeated INVITE gets the same answer again and rings nobody twice")
  func repeatedInvite() {
    var office = Office()
    _ = office.dial("2002", from: "2001")
    let invite = self.sent("INVITE", true, by: "2001", in: office)
    for _ in 0..<5 { office.network.inject(invite, from: "2001") }
    office.advance()
    #expect(office.phone("2002").invites.count == 1)
    #expect(office.network.exchange.callStatus().count == 1)
    #expect(office.call("2001")?.provisionals.first == 100)
  }

  @Test("CALL-1: 183 with a description reaches a caller as 180 without, with early-media as 183 with")
  func earlyMedia() {
    for isEarly in [false, true] {
      var office = Office(options: { _ in }, account: { $0.earlyMedia = isEarly })
      let call = office.dial("2002", from: "2001")
      office.network.with("2002") { $0.progress(0, hasSDP: true, at: $1) }
      office.advance()
      #expect(office.call("2001", call)?.provisionals.contains(isEarly ? 183 : 180) == true)
      #expect(office.heardSDP("2001", call).isEmpty == !isEarly, "\(office.network.ladder)")
      office.network.with("2002") { $0.answer(0, at: $1) }
      office.advance()
      #expect(office.call("2001", call)?.state == .connected)
    }
  }

  @Test("CALL-1: INFO reaches the other phone and its answer comes back")
  func info() {
    var office = self.connected()
    office.network.with("2001") { $0.request(.info, 0, body: Array("Signal=5\r\nDuration=160\r\n".utf8), at: $1) }
    office.advance()
    #expect(office.call("2002")?.infos.map { String(decoding: $0, as: UTF8.self) } == ["Signal=5\r\nDuration=160\r\n"])
    #expect(office.call("2001")?.requestStatus == 200)
  }

  @Test("CALL-1: INFO to a phone that has lost the call does not end the asker's")
  func infoRefused() {
    var office = self.connected()
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    office.network.with("2001") { $0.request(.info, 0, at: $1) }
    office.advance(by: .seconds(40))
    #expect(office.call("2001")?.requestStatus == 500 || office.call("2001")?.requestStatus == nil, "\(office.network.ladder)")
    #expect(office.call("2001")?.state == .connected)
  }

  @Test("CALL-1: UPDATE holds and resumes as a re-INVITE does; OPTIONS in a call is answered")
  func update() {
    var office = self.connected()
    office.network.with("2001") { $0.update(0, isHeld: true, at: $1) }
    office.advance()
    #expect(office.call("2001")?.requestStatus == 200)
    #expect(office.heardSDP("2002").contains("a=sendonly"), "\(office.network.ladder)")
    office.network.with("2001") { $0.request(.options, 0, at: $1) }
    office.advance()
    #expect(office.call("2001")?.requestStatus == 200)
  }

  @Test("CALL-1: an INVITE and a re-INVITE without an offer get one")
  func offerless() {
    var office = Office()
    var call = 0
    office.network.with("2001") { call = $0.dial("2002", offer: [], at: $1) }
    office.advance()
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected, "\(office.network.ladder)")
    #expect(office.call("2002")?.awaitsAnswer == false)
    office.network.with("2002") { $0.reinviteWithoutOffer(0, at: $1) }
    office.advance()
    #expect(office.call("2002")?.reinviteStatus == 200)
    #expect(office.phone("2001").complaints + office.phone("2002").complaints == [])
    office.network.with("2002") { $0.hangUp(0, at: $1) }
    #expect(office.leftovers().isEmpty)
  }

  @Test("RELIABILITY 37: re-INVITEs that cross get 491, and both phones talk in the end")
  func glare() {
    var office = self.connected()
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    office.network.with("2002") { $0.hold(0, true, at: $1) }
    office.advance(by: .seconds(20))
    office.network.with("2001") { $0.hold(0, false, at: $1) }
    office.advance(by: .seconds(5))
    office.network.with("2002") { $0.hold(0, false, at: $1) }
    office.advance(by: .seconds(20))
    #expect(
      office.heardSDP("2001").contains("a=sendrecv") && office.heardSDP("2002").contains("a=sendrecv"), "\(office.network.ladder)"
    )
    #expect(office.network.exchange.callStatus().first?.state == "active")
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    #expect(office.leftovers().isEmpty)
  }

  @Test("INTEROP 12: an answer that crosses our CANCEL gets ACK and BYE")
  func cancelCrossesAnswer() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.weather.delay = .milliseconds(200)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(5))
    #expect(office.call("2001", call)?.state == .ended, "\(office.network.ladder)")
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("RELIABILITY 37: BYE that overtakes the ACK ends the call for both")
  func byeBeforeACK() {
    var office = Office(isRegistered: false)
    office.network.with("2002") { $0.register(at: $1) }
    var caller = Stranger()
    office.register(&caller)
    var phone = Stranger(1, callID: "no-ack")
    office.send(phone.text("INVITE", to: "2002", body: Stranger.sdp), from: phone)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    let tag = office.network.elsewhere.last.flatMap { SIPMessage.read($0.bytes) }.flatMap { $0.to.tag.map($0.string) } ?? ""
    #expect(
      office.send(phone.text("BYE", to: "2002", toTag: tag), from: phone).contains {
        $0.statusCode == 200 && $0.cseq.method == .bye
      })
    office.advance()
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.leftovers().isEmpty)
  }

  @Test("RELIABILITY 36: a caller that never acknowledges is hung up after 32 s, and so is the callee")
  func ackMissing() {
    var office = Office(isRegistered: false)
    office.network.with("2002") { $0.register(at: $1) }
    var caller = Stranger()
    office.register(&caller)
    var phone = Stranger(1, callID: "no-ack")
    office.send(phone.text("INVITE", to: "2002", body: Stranger.sdp), from: phone)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(33))
    #expect(office.call("2002")?.state == .ended)
    #expect(office.network.elsewhere.contains { $0.bytes.starts(with: Array("BYE".utf8)) })
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-8: a re-INVITE whose ACK never comes ends both legs (found by the explorer's rules)")
  func reinviteACKMissing() {
    var office = self.connected()
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    office.advance(by: .milliseconds(1))
    office.network.with("2001") { phone, _ in phone.isDeaf = true }
    office.advance(by: .seconds(40))
    #expect(office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().isEmpty)
    #expect(office.leftovers(after: .seconds(90)).isEmpty)
  }

  @Test("CALL-1: a late copy of an earlier ACK does not strand a re-INVITE")
  func staleACK() {
    var office = self.connected()
    let ack = self.sent("ACK", true, by: "2001", in: office)
    office.network.weather.delay = .milliseconds(50)
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    for _ in 0..<20 {
      office.network.inject(ack, from: "2001")
      office.advance(by: .milliseconds(10))
    }
    #expect(office.call("2001")?.reinviteStatus == 200, "\(office.network.ladder)")
  }

  @Test("RELIABILITY 38: requests with right tags from elsewhere, or guessed tags, get 481 and change nothing")
  func hijack() {
    var office = self.connected()
    let thief = Stranger(6)
    for start in ["BYE", "INVITE", "INFO", "REFER"] {
      // Made of 2001's own ACK: right Call-ID and tags.
      let text = String(decoding: self.sent("ACK", true, by: "2001", in: office), as: UTF8.self)
        .replacing("ACK sip", with: "\(start) sip").replacing(" ACK", with: " \(start)").replacing("CSeq: 1", with: "CSeq: 99")
        .replacing("z9hG4bK", with: "z9hG4bKx")
      #expect(office.send(Array(text.utf8), from: thief).last?.statusCode == 481, "\(start)")
    }
    office.network.inject(
      Array(
        String(decoding: self.sent("ACK", true, by: "2001", in: office), as: UTF8.self).replacing("ACK", with: "BYE")
          .replacing("CSeq: 1", with: "CSeq: 99").replacing(";tag=", with: ";tag=0").utf8), from: "2001")
    office.advance()
    #expect(office.call("2001")?.state == .connected && office.call("2002")?.state == .connected)
    #expect(office.network.exchange.callStatus().count == 1)
  }

  @Test("RELIABILITY 18, 38: an answer with the right branch from elsewhere is not believed")
  func forgedAnswer() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    let trying = String(decoding: self.sent("SIP/2.0 100", true, by: "2002", in: office), as: UTF8.self)
    let thief = Stranger(6)
    for status in ["486 Busy Here", "200 OK", "302 Moved"] {
      office.send(Array(trying.replacing("100 Trying", with: status).utf8), from: thief)
    }
    #expect(office.call("2001", call)?.finalStatus == nil, "\(office.network.ladder)")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected)
  }

  @Test("CALL-1: a second branch of a forked INVITE that answers as well gets ACK and BYE")
  func forkedAnswer() {
    var office = self.connected()
    let second = String(decoding: self.sent("SIP/2.0 200", true, by: "2002", in: office), as: UTF8.self)
      .replacing(#/(To: [^\r]*;tag=)[^\r]*/#) { "\($0.1)other" }
    office.network.inject(Array(second.utf8), from: "2002")
    let sent = office.network.trace.suffix(2).map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(sent.first?.hasPrefix("ACK ") == true && sent.last?.hasPrefix("BYE ") == true)
    #expect(sent.allSatisfy { $0.contains("tag=other") })
    office.advance()
    #expect(office.network.exchange.callStatus().count == 1)
  }

  @Test("CALL-8: hanging up while a re-INVITE waits answers it and leaves nothing")
  func endsDuringReinvite() {
    var office = self.connected()
    office.network.with("2002") { phone, _ in phone.isDeaf = true }
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    office.advance()
    #expect(office.leftovers(after: .seconds(100)).isEmpty, "\(office.network.ladder)")
  }

  @Test("CALL-2: no common codec is 488")
  func noCodec() {
    var office = Office()
    office.network.with("2001") { phone, _ in phone.codecs = [8] }
    office.network.with("2002") { phone, _ in phone.codecs = [0] }
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.finalStatus == 488)
    #expect(office.leftovers().isEmpty)
  }
}

extension SIPMessage {
  static func read(_ bytes: [UInt8]) -> SIPMessage? {
    if case .message(let message) = SIPMessage.parse(bytes, stream: false) { message } else { nil }
  }
}
