import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// 2001 is the transferor, 2002 its party, 2003 the target.
@Suite("Transfers on the wire")
struct TransferTests {
  private func lines(_ office: Office, _ number: String = "2001", _ id: Int = 0) -> [String] {
    office.call(number, id)?.progress.map(\.description) ?? []
  }

  private func header(_ name: HeaderName, _ message: SIPMessage?) -> String? {
    message.flatMap { message in message.header(name).map { message.string($0) } }
  }

  /// Nobody talks any more, and nothing is left.
  private func expectNothingLeft(_ office: inout Office, _ location: SourceLocation = #_sourceLocation) {
    for phone in office.network.phones.map(\.number) {
      for call in office.phone(phone).calls where call.state != .ended {
        office.network.with(phone) { $0.hangUp(call.id, at: $1) }
      }
      office.advance()
    }
    office.advance(by: .seconds(60))
    #expect(office.network.exchange.leftovers() == [], sourceLocation: location)
    #expect(office.network.exchange.audit() == [], sourceLocation: location)
    #expect(office.network.phones.flatMap(\.complaints) == [], "\(office.network.ladder)", sourceLocation: location)
  }

  @Test(
    "XFER-1: a blind transfer, held first or not: the transferor is told each step and released; both others talk directly",
    arguments: [false, true])
  func blind(isHeldFirst: Bool) {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    if isHeldFirst {
      office.network.with("2001") { $0.hold(call, true, at: $1) }
      office.advance()
    }
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 202)
    #expect(self.lines(office) == ["SIP/2.0 100 Trying active"], "\(office.network.ladder)")
    office.network.with("2003") { $0.ring(0, at: $1) }
    office.advance()
    #expect(self.lines(office).last == "SIP/2.0 180 Ringing active")
    let invite = office.phone("2003").invites.first
    #expect(self.header(.referredBy, invite) == "<sip:2001@127.0.0.1>")
    #expect(self.header(.from, invite)?.hasPrefix("\"Name 2002\" <sip:2002@") == true, "\(self.header(.from, invite) ?? "")")
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(
      self.lines(office) == ["SIP/2.0 100 Trying active", "SIP/2.0 180 Ringing active", "SIP/2.0 200 OK terminated"],
      "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .ended)
    #expect(office.call("2002", other)?.state == .connected)
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: the last NOTIFY comes before the BYE")
  func lastWordFirst() {
    var office = Office.transferring()
    let (call, _) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    let toTransferor = office.network.trace.filter { !$0.isToExchange && $0.phone == "2001" }.map {
      String(decoding: $0.bytes.prefix(6), as: UTF8.self)
    }
    let (notify, bye) = (toTransferor.lastIndex(of: "NOTIFY") ?? -1, toTransferor.lastIndex { $0.hasPrefix("BYE") } ?? -1)
    #expect(notify >= 0 && notify < bye, "\(office.network.ladder)")
  }

  @Test("XFER-5: a target that is busy: the transferor is told, and has its call back")
  func blindToBusy() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    _ = office.talk("2003", "2004")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    #expect(self.lines(office) == ["SIP/2.0 100 Trying active", "SIP/2.0 486 Busy Here terminated"], "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .connected)
    #expect(office.talkDirectly("2001", call, "2002", other), "\(office.network.ladder)")
    // And once more: now the NOTIFYs say which REFER they are about.
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.progress.last?.event.hasPrefix("refer;id=") == true)
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: Refer-Sub: false is honoured: 202, and no NOTIFY (RFC 4488)")
  func withoutSubscription() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", headers: "Refer-Sub: false\r\nRequire: norefersub\r\n", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 202)
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(self.lines(office) == [])
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: the transferor may hang up at any moment after its REFER", arguments: [0, 1, 2, 5, 50, 400])
  func earlyBye(milliseconds: Int) {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance(by: .milliseconds(Int64(milliseconds)))
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance(by: .seconds(1))
    if let id = office.phone("2003").calls.last?.id {
      office.network.with("2003") { $0.answer(id, at: $1) }
      office.advance()
      #expect(office.talkDirectly("2002", other, "2003", id), "\(office.network.ladder)")
    } else {
      // The BYE was quicker than the REFER.
      #expect(office.call("2002", other)?.state == .ended)
    }
    self.expectNothingLeft(&office)
  }

  @Test("XFER-2: held, consulted, transferred: both others talk directly, the transferor is free", arguments: [false, true])
  func attended(isSwapped: Bool) {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    let (second, third) = office.talk("2001", "2003")
    office.network.with("2001") { $0.refer(call, replacing: second, isSwapped: isSwapped, at: $1) }
    office.advance(by: .milliseconds(500))
    #expect(office.call("2001", call)?.requestStatus == 202, "\(office.network.ladder)")
    #expect(self.lines(office).last == "SIP/2.0 200 OK terminated", "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .ended)
    #expect(office.call("2001", second)?.state == .ended)
    #expect(office.talkDirectly("2002", other, "2003", third), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-7: a transfer to a telephone that still rings: it rings on, the party goes on waiting for it")
  func semiAttended() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.hold(call, true, at: $1) }
    office.advance()
    let second = office.dial("2003", from: "2001")
    office.network.with("2003") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.refer(call, replacing: second, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 202, "\(office.network.ladder)")
    #expect(office.call("2001", second)?.finalStatus == 487)
    #expect(office.call("2003", 0)?.state == .offered)
    office.network.with("2001") { $0.hangUp(second, at: $1) }
    office.advance()
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.state == .ended, "\(office.network.ladder)")
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test(
    "XFER-6: a REFER that leads nowhere is refused with the reason, and the call goes on",
    arguments: [
      ("", 400, "missing"), ("Refer-To: <http://127.0.0.1/>\r\n", 416, "sip addresses"), ("Refer-To: <tel:2003>\r\n", 416, "sip"),
      ("Refer-To: <mailto:a@b>\r\n", 416, "sip"), ("Refer-To: 2003\r\n", 400, "no address"),
      ("Refer-To: <sip:anna@127.0.0.1>\r\n", 404, "number"), ("Refer-To: <sip:127.0.0.1>\r\n", 404, "number"),
      ("Refer-To: <sip:2003@127.0.0.1;method=BYE>\r\n", 400, "INVITE"),
      ("Refer-To: <sip:2003@127.0.0.1?Replaces=x>\r\n", 400, "malformed"),
      ("Refer-To: <sip:2003@127.0.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc&Replaces=d>\r\n", 400, "malformed"),
      ("Refer-To: <sip:2003@127.0.0.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\n", 400, "no other call"),
      ("Refer-To: <sip:2003@127.0.0.1?Subject=a%0D%0AVia:%20x>\r\n", 400, "no address"),
      ("Refer-To: <sip:2003@127.0.0.1?Subject=a%4>\r\n", 400, "no address"),
      ("Refer-To: <sip:2003@\(String(repeating: "a", count: 1100))>\r\n", 400, "long"),
      ("Refer-To: <sip:2001@127.0.0.1>\r\n", 403, "itself"),
      ("Refer-To: <sip:2003@127.0.0.1>\r\nRefer-To: <sip:2004@127.0.0.1>\r\n", 400, ""),
      ("Refer-To: <sip:2003@127.0.0.1>, <sip:2004@127.0.0.1>\r\n", 400, "no address"),
    ])
  func badTargets(lines: String, status: Int, reason: String) {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, lines: lines, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == UInt16(status), "\(office.network.ladder)")
    #expect(
      office.call("2001", call)?.requestWarning.contains(reason) == true, "\(office.call("2001", call)?.requestWarning ?? "")")
    #expect(office.call("2001", call)?.state == .connected)
    #expect(office.talkDirectly("2001", call, "2002", other))
    self.expectNothingLeft(&office)
  }

  @Test("XFER-6: a REFER that names the very call it comes in, or somebody else's, is refused")
  func notItsOwn() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    let (third, fourth) = office.talk("2003", "2004")
    office.network.with("2001") { $0.refer(call, replacing: call, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 400)
    let value = Phone.escaped(office.call("2003", third)?.replaces() ?? "")
    office.network.with("2001") { $0.refer(call, lines: "Refer-To: <sip:2004@127.0.0.1?Replaces=\(value)>\r\n", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 400)
    #expect(office.talkDirectly("2001", call, "2002", other))
    #expect(office.talkDirectly("2003", third, "2004", fourth))
    self.expectNothingLeft(&office)
  }

  @Test("XFER-6: a second REFER while one is under way is refused; the first goes on")
  func secondRefer() {
    var office = Office.transferring()
    let (call, _) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    office.network.with("2001") { $0.refer(call, to: "2004", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 491)
    #expect(office.phone("2004").invites.isEmpty)
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    #expect(self.lines(office).last == "SIP/2.0 200 OK terminated")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: a transferor that refuses NOTIFY or does not answer it has its transfer all the same", arguments: [481, 405, 0])
  func notifyRefused(status: UInt16) {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { phone, _ in phone.progressStatus = status }
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(3))
    #expect(office.call("2001", call)?.state == .ended, "\(office.network.ladder)")
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: Referred-By as the transferor wrote it, but never another's, and never that of an earlier transfer")
  func referredBy() {
    for (line, seen) in [
      ("Referred-By: \"Ann\" <sip:2001@example.com>;cid=1@b\r\n", "\"Ann\" <sip:2001@example.com>"),
      ("Referred-By: sip:2001@example.com\r\n", "<sip:2001@example.com>"),
      ("Referred-By: <sip:2004@example.com>\r\n", "<sip:2001@127.0.0.1>"),
      ("Referred-By: <http://example.com>\r\n", "<sip:2001@127.0.0.1>"), ("", "<sip:2001@127.0.0.1>"),
    ] {
      var office = Office.transferring()
      let (call, _) = office.talk("2001", "2002")
      // The first one comes to nothing.
      office.network.with("2001") {
        $0.refer(call, to: "9999", headers: "Referred-By: <sip:2001@stale.example.com>\r\n", at: $1)
      }
      office.advance(by: .milliseconds(500))
      office.network.with("2001") { $0.refer(call, to: "2003", headers: line, at: $1) }
      office.advance()
      #expect(self.header(.referredBy, office.phone("2003").invites.first) == seen, "\(office.network.ladder)")
      self.expectNothingLeft(&office)
    }
  }

  @Test("XFER-6: REFER outside a call, and before the call is answered, is refused")
  func noCall() {
    var office = Office.transferring()
    let call = office.dial("2002", from: "2001")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 481, "without our tag it is outside any dialog")
    #expect(office.call("2002", 0)?.state == .offered)
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1: the party may hang up while its target rings: the target stops ringing, the transferor is told")
  func partyLeaves() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.refer(call, to: "2003", at: $1) }
    office.advance()
    office.network.with("2002") { $0.hangUp(other, at: $1) }
    office.advance(by: .seconds(3))
    #expect(office.call("2003", 0)?.state == .ended, "\(office.network.ladder)")
    #expect(self.lines(office).last == "SIP/2.0 487 Request Terminated terminated", "\(office.network.ladder)")
    #expect(office.call("2001", call)?.state == .ended)
    self.expectNothingLeft(&office)
  }

  @Test("INTEROP 3: INVITE, its 2xx and OPTIONS say that we know REFER and Replaces")
  func capabilities() {
    var office = Office.transferring()
    _ = office.talk("2001", "2002")
    office.network.with("2001") { $0.request(.options, 0, at: $1) }
    office.advance()
    for entry in office.network.trace where !entry.isToExchange {
      guard case .message(let message) = SIPMessage.parse(entry.bytes, stream: false) else { continue }
      let isAnswer = message.statusCode == 200 && message.cseq.method != .register && message.cseq.method != .bye
      guard isAnswer || message.method == .invite && message.isRequest else { continue }
      #expect(message.allows(.refer) && message.allows(.notify), "\(String(decoding: entry.bytes, as: UTF8.self))")
      #expect(message.supports("replaces"), "\(String(decoding: entry.bytes, as: UTF8.self))")
    }
  }

  @Test("XFER-6: a NOTIFY of a phone within a call finds no subscription; the call goes on")
  func strayNotify() {
    var office = Office.transferring()
    let (call, other) = office.talk("2001", "2002")
    office.network.with("2001") { $0.request(.notify, call, at: $1) }
    office.advance()
    #expect(office.call("2001", call)?.requestStatus == 400)
    #expect(office.talkDirectly("2001", call, "2002", other))
  }
}
