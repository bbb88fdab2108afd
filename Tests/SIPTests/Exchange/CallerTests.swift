import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

@Suite("Who calls, and how he is shown")
struct CallerTests {
  @Test("CALL-5: strangers, stations from elsewhere and unregistered stations are refused alike and reach nobody")
  func refused() {
    var office = Office()
    for number in ["2777", "2001", "2009", "alice"] {
      var caller = Stranger(3, number: number, callID: "call-\(number)")
      #expect(office.send(caller.text("INVITE", to: "2002", body: Stranger.sdp), from: caller).last?.statusCode == 403)
    }
    #expect(office.phone("2002").invites.isEmpty)
    #expect(office.access.filter { $0.reason.hasPrefix("call:") }.count == 4)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-5: with digest every call is challenged with 407, by auto only outside the private networks")
  func digest() {
    var office = Office(options: { $0.callAuthentication = .digest })
    let call = office.dial("2002", from: "2001")
    #expect(office.call("2002")?.state == .offered, "\(office.network.ladder)")
    office.network.with("2001") { phone, _ in phone.password = Array("wrong".utf8) }
    #expect(office.outcome(of: "2003", from: "2001") == 403)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .connected)
    var outside = Office(options: { $0.privateNetworks = [AddressBlock("10.0.0.0/8")!] })
    outside.network.with("2001") { phone, _ in phone.password = Array("wrong".utf8) }
    #expect(outside.outcome(of: "2003", from: "2001") == 403)
  }

  @Test(
    "RELIABILITY 26: what strangers may not send is refused and never delivered",
    arguments: [
      "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "OPTIONS", "NOTIFY", "INFO", "BYE", "UPDATE", "PRACK",
    ])
  func strangersRequests(_ method: String) {
    var office = Office()
    var stranger = Stranger(3)
    let status = office.send(
      stranger.text(method, to: "2002", headers: "Event: presence\r\nRefer-To: <sip:1@x>\r\n"), from: stranger
    ).last?.statusCode
    #expect(status == 403 || status == 481 || status == 401, "\(status ?? 0)")
    #expect(office.phone("2002").complaints.isEmpty)
    #expect(office.leftovers().isEmpty)
  }

  @Test("CALL-1: OPTIONS from a station gets 200 with Allow")
  func options() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    office.register(&phone)
    let answer = office.send(phone.text("OPTIONS"), from: phone).last
    #expect(answer?.statusCode == 200)
    #expect(answer?.text(.allow).contains("INVITE") == true)
  }

  @Test("CALL-6: name and number reach the callee in From and P-Asserted-Identity; a phone's own claims do not")
  func shown() {
    var office = Office()
    office.network.with("2001") {
      $0.extraHeaders = """
        P-Asserted-Identity: <sip:9999@evil>\r\nRemote-Party-ID: <sip:9999@evil>\r\nDiversion: <sip:9999@evil>\r\nX-Secret: 1\r\n\
        Alert-Info: <http://evil/ring.wav>\r\n
        """
      $0.dial("2002", at: $1)
    }
    office.advance()
    let invite = office.phone("2002").invites.first
    #expect(invite != nil, "\(office.network.ladder)")
    #expect(invite?.text(.from).hasPrefix("\"Name 2001\" <sip:2001@") == true)
    #expect(invite?.text(.pAssertedIdentity).contains("<sip:2001@") == true)
    let text = String(decoding: invite?.bytes ?? [], as: UTF8.self)
    #expect(!text.contains("evil") && !text.contains("X-Secret"), "RELIABILITY 29: \(text)")
  }

  @Test("CALL-6: Privacy: id withholds the number everywhere")
  func withheld() {
    var office = Office()
    office.network.with("2001") {
      $0.extraHeaders = "Privacy: id\r\n"
      $0.dial("2002", at: $1)
    }
    office.advance()
    let text = String(decoding: office.phone("2002").invites.first?.bytes ?? [], as: UTF8.self)
    #expect(text.contains("anonymous@anonymous.invalid") && text.contains("Privacy: id"))
    #expect(!text.contains("2001"), "\(text)")
  }

  @Test("CALL-7: a video line passes in offer and answer")
  func video() {
    var office = Office()
    for number in ["2001", "2002"] { office.network.with(number) { phone, _ in phone.hasVideo = true } }
    let call = office.dial("2002", from: "2001")
    #expect(office.heardSDP("2002").contains("m=video 3"))
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.heardSDP("2001", call).contains("H264/90000"))
  }

  @Test(
    "RELIABILITY 40: what is no number reaches nobody",
    arguments: [
      "20%30%31", "2001%00", "2002'", "..%2f2002", "_X.", ".*", "2002;x", "%D9%A2%D9%A0%D9%A0%D9%A2", "2002%0d%0aX:1", "",
      "2002 ", "a2002",
    ])
  func hostileNumbers(_ user: String) {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    office.register(&phone)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance()
    let bytes = phone.text("INVITE", uri: "sip:\(user)@127.0.0.1", to: "2002", body: Stranger.sdp)
    let status = office.send(bytes, from: phone).last?.statusCode ?? 0
    let reached = office.phone("2002").invites.count
    // %32%30… is the same number as 20… (RFC 3261 §19.1.4); 2001 itself is busy with calling.
    #expect(reached == 0 || user == "2002;x", "\(user): \(status)")
    #expect([400, 404, 484, 486, 180, 100, 480].contains(status), "\(user): \(status)")
  }

  @Test("FWD-4: Max-Forwards is lowered, 0 gets 483, an INVITE of ours that comes back 482")
  func hops() {
    var office = Office()
    office.network.with("2001") { phone, _ in phone.maxForwards = 0 }
    #expect(office.outcome(of: "2002", from: "2001") == 483)
    office.network.with("2001") { phone, _ in phone.maxForwards = 7 }
    _ = office.dial("2002", from: "2001")
    let invite = office.phone("2002").invites.first
    #expect(invite?.maxForwards == 6)
    // The same INVITE with a new branch, as a proxy would return it.
    let text = String(decoding: invite?.bytes ?? [], as: UTF8.self).replacing("branch=z9hG4bK", with: "branch=z9hG4bKother")
    let proxy = Stranger(5)
    #expect(office.send(Array(text.utf8), from: proxy).last?.statusCode == 482)
  }

  @Test("RELIABILITY 15, 16: a body that is no usable description is refused and disturbs nobody")
  func damagedBodies() {
    var office = Office(isRegistered: false)
    var phone = Stranger()
    office.register(&phone)
    office.network.with("2002") { $0.register(at: $1) }
    office.advance()
    let whole = Array(Stranger.sdp.utf8)
    for length in stride(from: 1, to: 60, by: 1) {
      let body = String(decoding: whole.prefix(length), as: UTF8.self)
      let status = office.send(phone.text("INVITE", to: "2002", body: body), from: phone).last?.statusCode
      #expect(status == 400 || status == 488, "\(length): \(status ?? 0)")
    }
    for address in ["224.1.1.1", "255.255.255.255", "169.254.169.254"] {
      let body = Stranger.sdp.replacing("c=IN IP4 127.0.7.1", with: "c=IN IP4 \(address)")
      let status = office.send(phone.text("INVITE", to: "2002", body: body), from: phone).last?.statusCode
      #expect(status == 400 || status == 488, "\(address): \(status ?? 0)")
    }
    #expect(office.phone("2002").invites.isEmpty)
    #expect(office.leftovers().isEmpty)
  }
}
