import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Calls from the outside")
struct TrunkIncomingTests {
  @Test(
    "TRK-1, CALL-5: the number that a carrier calls, with or without plus and separators, reaches the number of the plan",
    arguments: [
      ("0398722900", "2001"), ("+0398722900", "2001"), ("03-9872.2900", "2001"), ("(03)98722900", "2001"),
      ("0398722900;phone-context=example.com", "2001"), ("+61398722901", "2002"), ("2003", "2003"),
    ])
  func inward(called: String, number: String) {
    var world = TrunkOffice()
    let answers = world.send(world.carrier.text("INVITE", to: called, body: Carrier.sdp))
    #expect(answers.first?.statusCode == 100, "\(world.ladder)")
    let invite = world.office.phone(number).invites.first
    #expect(invite?.text(.from).contains("<sip:0398722900@") == true, "\(world.ladder)")
  }

  @Test("CALL-5: a call from a trunk's source is a trunk call, though its From is a station; codes and trunks are closed to it")
  func neverStation() {
    var world = TrunkOffice()
    _ = world.send(world.carrier.text("INVITE", to: "2002", from: "2001", body: Carrier.sdp))
    #expect(world.office.network.exchange.callStatus().first?.caller == "trunk carrier 2001", "\(world.ladder)")
    for (index, digits) in ["401", "90398722999", "112", "*982001"].enumerated() {
      let last = world.send(world.carrier.text("INVITE", to: digits, from: "2001", callID: "c\(index)", body: Carrier.sdp)).last
      #expect(last?.statusCode == 404, "\(digits)")
    }
  }

  @Test("TRK-5, CALL-5: a stranger from another address with a trunk's From is refused and reaches nobody")
  func stranger() {
    var world = TrunkOffice()
    let elsewhere = SocketAddress(IPAddress(127, 0, 8, 8), port: 5060)
    let last = world.send(world.carrier.text("INVITE", to: "0398722900", body: Carrier.sdp, source: elsewhere), from: elsewhere)
      .last
    #expect(last?.statusCode == 403, "\(world.ladder)")
    #expect(world.office.phone("2001").invites.isEmpty)
    #expect(world.send(world.carrier.text("OPTIONS", to: "x", source: elsewhere), from: elsewhere).last?.statusCode == 403)
  }

  @Test("TRK-1: a list of sources replaces the address")
  func sources() {
    var world = TrunkOffice()
    var account = TrunkOffice.account()
    account.sources = [AddressBlock("127.0.9.128/25")!]
    world.office.network.exchange.install([account], at: world.office.network.now)
    #expect(world.send(world.carrier.text("INVITE", to: "0398722900", body: Carrier.sdp)).last?.statusCode == 403)
    let listed = SocketAddress(IPAddress(127, 0, 9, 200), port: 5080)
    let invite = world.carrier.text("INVITE", to: "0398722900", callID: "listed", body: Carrier.sdp, source: listed)
    #expect(world.send(invite, from: listed).first?.statusCode == 100)
  }

  @Test("CALL-6: what a carrier asserts is believed before From; a withheld or missing number is shown as such")
  func identity() {
    var world = TrunkOffice()
    let headers = "P-Asserted-Identity: \"Ann\" <sip:+61-3-9999@carrier.example>\r\n"
    _ = world.send(world.carrier.text("INVITE", to: "2001", from: "anonymous", callID: "a", headers: headers, body: Carrier.sdp))
    #expect(world.office.phone("2001").invites.first?.text(.from).hasPrefix("\"Ann\" <sip:6139999@") == true, "\(world.ladder)")
    _ = world.send(
      world.carrier.text("INVITE", to: "2002", callID: "b", headers: headers + "Privacy: id\r\n", body: Carrier.sdp))
    let shown = String(decoding: world.office.phone("2002").invites.first?.bytes ?? [], as: UTF8.self)
    #expect(shown.contains("anonymous.invalid") && !shown.contains("6139999"), "\(shown)")
    _ = world.send(world.carrier.text("INVITE", to: "2003", from: "anonymous", callID: "c", body: Carrier.sdp))
    #expect(world.office.phone("2003").invites.first?.text(.from).contains("anonymous.invalid") == true)
  }

  @Test("TRK-1: a carrier finds no channel free for one call too many: 503; a call that ends makes room")
  func channels() {
    var world = TrunkOffice(channels: 1)
    let invite = world.carrier.text("INVITE", to: "2001", callID: "a", body: Carrier.sdp)
    _ = world.send(invite)
    #expect(world.send(world.carrier.text("INVITE", to: "2002", callID: "b", body: Carrier.sdp)).last?.statusCode == 503)
    world.office.network.with("2001") { $0.refuse(0, 486, at: $1) }
    world.run()
    #expect(world.send(world.carrier.text("INVITE", to: "2002", callID: "c", body: Carrier.sdp)).first?.statusCode == 100)
  }

  @Test("TRK-1: OPTIONS from a trunk gets 200; REGISTER, MESSAGE and SUBSCRIBE are refused as a stranger's")
  func others() {
    var world = TrunkOffice()
    #expect(world.send(world.carrier.text("OPTIONS", to: "x")).last?.statusCode == 200)
    for method in ["REGISTER", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER"] {
      let status = world.send(world.carrier.text(method, to: "2001", callID: method, headers: "Event: dialog\r\n")).last?
        .statusCode
      #expect(status == 401 || status == 403 || status == 405, "\(method): \(status ?? 0)")
    }
    #expect(world.leftovers().isEmpty)
  }

  @Test("TRK-1: a carrier where we register calls our Contact and names the number in To")
  func calledByContact() {
    var world = TrunkOffice(registers: true) { $0.challenged = [.register] }
    world.run(for: .seconds(1))
    var text = String(decoding: world.carrier.text("INVITE", to: "0398722900", body: Carrier.sdp), as: UTF8.self)
    text = text.replacing("INVITE sip:0398722900@", with: "INVITE sip:\(Carrier.user)@")
    _ = world.send(Array(text.utf8))
    #expect(world.office.phone("2001").invites.count == 1, "\(world.ladder)")
  }

  @Test("CALL-1, CALL-9: an answered call from a trunk is relayed, and ends for both")
  func answered() {
    var world = TrunkOffice(media: 10)
    let invite = world.carrier.text("INVITE", to: "0398722900", body: Carrier.sdp)
    _ = world.send(invite)
    world.office.network.with("2001") { $0.answer(0, at: $1) }
    world.run()
    guard let ok = world.carrier.answers.last, ok.statusCode == 200, let tag = ok.to.tag else {
      Issue.record("not answered: \(world.ladder)")
      return
    }
    let toTag = ok.string(tag)
    _ = world.send(world.carrier.text("ACK", to: "0398722900", toTag: toTag).replacingCSeq(of: invite))
    #expect(world.office.network.exchange.callStatus().first?.mediaPath == "relay", "\(world.ladder)")
    #expect(world.send(world.carrier.text("BYE", to: "0398722900", toTag: toTag)).last?.statusCode == 200)
    #expect(world.office.call("2001")?.state == .ended)
    let record = world.office.network.facts.compactMap { if case .call(let record) = $0 { record } else { nil } }.last
    #expect(record?.caller == "trunk carrier 0398722900" && record?.answeredBy == "2001", "\(String(describing: record))")
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }
}
