import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// The flows of RFC 5407, numbered as there.
@Suite("Requests that cross each other (RFC 5407)")
struct CrossingTests {
  /// 2001 and 2002 talk, and the network takes up to 200 ms from now on.
  private func connected(isSlow: Bool = true) -> Office {
    var office = Office()
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001")?.state == .connected)
    if isSlow { office.network.weather.delay = .milliseconds(200) }
    return office
  }

  private func bothEnded(_ office: inout Office) {
    office.advance(by: .seconds(5))
    #expect(office.call("2001")?.state == .ended && office.call("2002")?.state == .ended, "\(office.network.ladder)")
    #expect(office.network.exchange.callStatus().isEmpty)
    #expect(office.leftovers(after: .seconds(100)).isEmpty)
  }

  /// A telephone played by hand calls 2002, which answers; the To-tag is returned.
  private func answered(_ office: inout Office, _ phone: inout Stranger, offer: String = Stranger.sdp) -> String {
    office.network.with("2002") { $0.register(at: $1) }
    var registered = Stranger()
    office.register(&registered)
    office.send(phone.text("INVITE", to: "2002", body: offer), from: phone)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    return office.network.elsewhere.last.flatMap { SIPMessage.read($0.bytes) }.flatMap { $0.to.tag.map($0.string) } ?? ""
  }

  @Test("RFC 5407 §3.1.1: CANCEL that crosses our 200 gets 200, and the call ends with BYE")
  func cancelCrossesOurAnswer() {
    var office = Office()
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance(by: .milliseconds(1))
    office.network.weather.delay = .milliseconds(200)
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    self.bothEnded(&office)
  }

  @Test("RFC 5407 §3.1.2: BYE of a caller that rings still ends the INVITE with 487")
  func earlyBye() {
    var office = Office()
    var phone = Stranger(1, callID: "early-bye")
    office.network.with("2002") { $0.register(at: $1) }
    var registered = Stranger()
    office.register(&registered)
    office.send(phone.text("INVITE", to: "2002", body: Stranger.sdp), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let tag = office.network.elsewhere.last.flatMap { SIPMessage.read($0.bytes) }.flatMap { $0.to.tag.map($0.string) } ?? ""
    let answers = office.send(phone.text("BYE", to: "2002", toTag: tag), from: phone)
    #expect(Set(answers.compactMap(\.statusCode)) == [200, 487], "\(office.network.ladder)")
    office.advance()
    #expect(office.call("2002")?.state == .ended)
    #expect(office.leftovers().isEmpty)
  }

  @Test("RFC 5407 §3.1.4: a re-INVITE whose forerunner's ACK is lost is answered, and the 200 is not repeated")
  func reinviteBeforeACK() {
    var office = Office(isRegistered: false)
    var phone = Stranger(1, callID: "no-ack")
    let tag = self.answered(&office, &phone)
    let moved = Stranger.sdp.replacing("o=- 1 1", with: "o=- 1 2").replacing("4000", with: "4002")
    let answers = office.send(phone.text("INVITE", to: "2002", toTag: tag, body: moved), from: phone)
    #expect(answers.map(\.statusCode) == [100, 200], "\(office.network.ladder)")
    let count = office.network.elsewhere.count
    phone.cseq -= 1
    office.send(phone.text("ACK", to: "2002", toTag: tag), from: phone)
    office.advance(by: .seconds(40))
    #expect(office.network.elsewhere.count <= count + 1, "\(office.network.ladder)")
  }

  @Test("RFC 5407 §3.1.5: while the answer in its ACK is missing a re-INVITE gets 491")
  func reinviteBeforeAnswer() {
    var office = Office(isRegistered: false)
    var phone = Stranger(1, callID: "no-answer")
    let tag = self.answered(&office, &phone, offer: "")
    let answers = office.send(phone.text("INVITE", to: "2002", toTag: tag, body: Stranger.sdp), from: phone)
    #expect(answers.last?.statusCode == 491, "\(office.network.ladder)")
  }

  @Test("RFC 5407 §3.2.1: BYE that crosses a re-INVITE ends both")
  func byeCrossesReinvite() {
    for leaves in ["2001", "2002"] {
      var office = self.connected()
      office.network.with(leaves == "2001" ? "2002" : "2001") { $0.hold(0, true, at: $1) }
      office.network.with(leaves) { $0.hangUp(0, at: $1) }
      self.bothEnded(&office)
    }
  }

  @Test("RFC 5407 §3.2.2: re-INVITE and UPDATE that cross are both settled")
  func updateCrossesReinvite() {
    var office = self.connected()
    office.network.with("2001") { $0.hold(0, true, at: $1) }
    office.network.with("2002") { $0.update(0, isHeld: true, at: $1) }
    office.advance(by: .seconds(20))
    #expect(office.call("2001")?.state == .connected && office.call("2002")?.state == .connected)
    #expect(office.phone("2001").complaints + office.phone("2002").complaints == [], "\(office.network.ladder)")
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    self.bothEnded(&office)
  }

  @Test("RFC 5407 §3.3.1: two BYEs that cross get 200 or 481 each")
  func byeCrossesBye() {
    var office = self.connected()
    for number in ["2001", "2002"] { office.network.with(number) { $0.hangUp(0, at: $1) } }
    self.bothEnded(&office)
  }

  @Test("RFC 5407 §3.3.2: a connected number that crosses BYE harms nobody")
  func numberCrossesBye() {
    var office = self.connected()
    office.present("2003", to: "2001", wait: .zero)
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    self.bothEnded(&office)
  }

  @Test("CALL-1: UPDATE with a description before the answer gets 500 and a time, or 491 where our own offer is open")
  func earlyUpdate() {
    var office = Office(isRegistered: false)
    office.network.with("2002") { $0.register(at: $1) }
    var registered = Stranger()
    office.register(&registered)
    var phone = Stranger(1, callID: "early-update")
    office.send(phone.text("INVITE", to: "2002", body: Stranger.sdp), from: phone)
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let tag = office.network.elsewhere.last.flatMap { SIPMessage.read($0.bytes) }.flatMap { $0.to.tag.map($0.string) } ?? ""
    let refused = office.send(phone.text("UPDATE", to: "2002", toTag: tag, body: Stranger.sdp), from: phone).last
    #expect(refused?.statusCode == 500 && refused?.number(.retryAfter) == 2)
    let refreshed = office.send(phone.text("UPDATE", to: "2002", toTag: tag), from: phone).last
    #expect(refreshed?.statusCode == 200 && refreshed?.contact != nil)
    office.network.with("2002") { $0.request(.update, 0, body: Array(Stranger.sdp.utf8), type: "application/sdp", at: $1) }
    office.advance()
    #expect(office.call("2002")?.requestStatus == 491)
    office.network.with("2002") { $0.request(.update, 0, at: $1) }
    office.advance()
    #expect(office.call("2002")?.requestStatus == 200)
    office.network.with("2002") { $0.refuse(0, 486, at: $1) }
    office.advance()
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: a picture is asked for anew (RFC 5168), and whatever else comes by INFO, from phone to phone")
  func fastUpdate() {
    var office = self.connected(isSlow: false)
    let picture = "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder></vc_primitive></media_control>"
    for type: StaticString in ["application/media_control+xml", "application/x-of-the-future"] {
      office.network.with("2001") { $0.request(.info, 0, body: Array(picture.utf8), type: type, at: $1) }
      office.advance()
      #expect(office.last("INFO", to: "2002")?.text(.contentType) == "\(type)")
      #expect(office.call("2001")?.requestStatus == 200)
    }
    #expect(office.call("2002")?.infos.map { String(decoding: $0, as: UTF8.self) } == [picture, picture])
  }

  @Test("CALL-1: OPTIONS says what we know; Max-Forwards is counted down and ends at 0")
  func hygiene() {
    var office = Office(isRegistered: false)
    office.network.with("2002") { $0.register(at: $1) }
    var phone = Stranger()
    office.register(&phone)
    let answer = office.send(phone.text("OPTIONS"), from: phone).last
    #expect(answer?.statusCode == 200 && answer?.supports("timer") == true && answer?.supports("100rel") == true)
    #expect(["PRACK", "UPDATE", "INFO"].allSatisfy { answer?.text(.allow).contains($0) == true })
    #expect(answer?.text(.allowEvents).isEmpty == false)
    for (hops, status) in [("0", 483), ("1", 483)] {
      let text = String(decoding: phone.text("INVITE", to: "2002", body: Stranger.sdp), as: UTF8.self)
        .replacing("Max-Forwards: 70", with: "Max-Forwards: \(hops)").replacing("stranger-1", with: "hops-\(hops)")
      #expect(office.send(Array(text.utf8), from: phone).last?.statusCode == UInt16(status), "\(hops)")
    }
    office.send(phone.text("INVITE", to: "2002", body: Stranger.sdp), from: phone)
    #expect(office.phone("2002").invites.last?.maxForwards == 69)
  }
}
