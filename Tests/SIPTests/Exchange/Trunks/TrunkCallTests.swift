import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Calls to the outside")
struct TrunkCallTests {
  @Test("TRK-1, CALL-6: a call leaves with the outgoing digits, the caller's number and name, and one hop less")
  func leaves() {
    var world = TrunkOffice()
    world.office.network.with("2001") { phone, _ in phone.maxForwards = 9 }
    let call = world.dial("90398722999")
    let invite = world.carrier.requests(.invite).first
    #expect(invite.map { String(decoding: $0.user(of: $0.requestURI), as: UTF8.self) } == "0398722999", "\(world.ladder)")
    #expect(invite?.text(.from).hasPrefix("\"Name 2001\" <sip:2001@127.0.0.1>") == true)
    #expect(invite?.text(.pAssertedIdentity).contains("<sip:2001@") == true)
    #expect(invite?.maxForwards == 8)
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    #expect(world.office.network.exchange.callStatus().first?.legs.map(\.party).contains("trunk carrier 0398722999") == true)
    world.hangUp("2001", call)
    #expect(world.carrier.requests(.bye).count == 1)
    let record = world.office.network.facts.compactMap { if case .call(let record) = $0 { record } else { nil } }.last
    #expect(record?.answeredBy == "trunk carrier 0398722999", "\(String(describing: record))")
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }

  @Test("CALL-6: a withheld number goes to the carrier alone, who is told to keep it")
  func withheld() {
    var world = TrunkOffice()
    world.office.network.with("2001") { phone, _ in phone.extraHeaders = "Privacy: id\r\n" }
    _ = world.dial("90398722999")
    let invite = world.carrier.requests(.invite).first
    #expect(invite?.text(.from).contains("anonymous.invalid") == true)
    #expect(invite?.text(.contact).contains("2001") == false)
    #expect(invite?.text(.privacy) == "id")
    #expect(invite?.text(.pAssertedIdentity).contains("2001") == true)
  }

  @Test("CALL-1: what the carrier says before the answer reaches every caller as 183 with a description, and no 180 before it")
  func earlyMedia() {
    var world = TrunkOffice { $0.manner = .speaks }
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.provisionals.filter { $0 > 100 } == [183], "\(world.ladder)")
    #expect(world.office.heardSDP("2001", call).contains("127.0.9.1"))
    world.hangUp("2001", call)
    #expect(world.carrier.requests(.cancel).count == 1, "\(world.ladder)")
    #expect(world.leftovers().isEmpty)
  }

  @Test("CALL-1: 180 and 183 without a description reach the caller as 180")
  func ringing() {
    var world = TrunkOffice { $0.manner = .rings }
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.provisionals.filter { $0 > 100 } == [180], "\(world.ladder)")
    if let invite = world.carrier.requests(.invite).first {
      world.carrier.answer(invite, 200, body: Carrier.sdp, &world.office.network)
    }
    world.run()
    #expect(world.office.call("2001", call)?.state == .connected)
  }

  @Test(
    "TRK-1: 503, silence and a redirection of the first trunk: the second one takes the call, or nobody",
    arguments: [503, 0, 302])
  func next(status: UInt16) {
    var world = TrunkOffice(hasSecond: true) { $0.manner = status == 0 ? .isSilent : .refuses(status) }
    let call = world.dial("90398722999")
    world.run(for: .seconds(7))
    #expect(world.second.requests(.invite).count == (status == 302 ? 0 : 1), "\(world.ladder)")
    if status == 302 {
      #expect(world.office.call("2001", call)?.finalStatus == 480, "a carrier does not send our calls elsewhere")
    } else {
      #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
      world.hangUp("2001", call)
    }
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }

  @Test(
    "TRK-1: busy and unknown numbers outside reach the caller as such",
    arguments: [(486, 486), (404, 404), (603, 603), (480, 480)])
  func refused(said: UInt16, heard: UInt16) {
    var world = TrunkOffice(hasSecond: true) { $0.manner = .refuses(said) }
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.finalStatus == heard, "\(world.ladder)")
    #expect(world.second.requests(.invite).isEmpty)
  }

  @Test("FWD-7: a call forwarded outside says who has forwarded it")
  func diverted() {
    var world = TrunkOffice()
    _ = world.dial("60190398722999", from: "2002")
    _ = world.dial("2002", from: "2001")
    let invite = world.carrier.requests(.invite).first
    #expect(invite?.text(.diversion).contains("<sip:2002@") == true, "\(world.ladder)")
    #expect(invite?.text(.from).contains("2001") == true)
  }

  @Test("TRK-5: an emergency call leaves when all channels are taken")
  func emergency() {
    var world = TrunkOffice(channels: 1)
    _ = world.dial("90398722999", from: "2001")
    let refused = world.dial("90398722998", from: "2002")
    #expect(world.office.call("2002", refused)?.finalStatus == 503, "\(world.ladder)")
    let call = world.dial("112", from: "2003")
    #expect(world.office.call("2003", call)?.state == .connected, "\(world.ladder)")
  }

  @Test("CALL-9: the voice of a call to a trunk runs through the media server")
  func relayed() {
    var world = TrunkOffice(media: 10)
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    #expect(world.office.network.exchange.callStatus().first?.mediaPath == "relay")
    #expect(!world.office.heardSDP("2001", call).contains("127.0.9.1"))
    #expect(world.office.network.media.relays.count == 2)
    world.hangUp("2001", call)
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }

  @Test("RELIABILITY 3: a call over a trunk goes on after a restart", arguments: [true, false])
  func restart(byCarrier: Bool) {
    var world = TrunkOffice()
    let call = world.dial("90398722999")
    world.office.restart(plan: TrunkOffice.plan(), trunks: [TrunkOffice.account()])
    world.run()
    let tag = world.carrier.requests(.invite).first.flatMap { invite in invite.from.tag.map { invite.string($0) } } ?? ""
    #expect(world.office.network.exchange.callStatus().first?.legs.map(\.party).contains("trunk carrier 0398722999") == true)
    if byCarrier {
      let callID = world.carrier.requests(.invite).first.map { $0.string($0.callID) } ?? ""
      let bye =
        "BYE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.9.1;branch=z9hG4bKbye\r\nMax-Forwards: 9\r\n"
        + "From: <sip:0398722999@127.0.9.1>;tag=ct\r\nTo: <sip:2001@127.0.0.1>;tag=\(tag)\r\nCall-ID: \(callID)\r\n"
        + "CSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n"
      #expect(world.send(Array(bye.utf8)).last?.statusCode == 200, "\(world.ladder)")
      #expect(world.office.call("2001", call)?.state == .ended)
    } else {
      world.hangUp("2001", call)
      #expect(world.carrier.requests(.bye).count == 1, "\(world.ladder)")
    }
    #expect(world.office.network.exchange.callStatus().isEmpty)
  }
}
