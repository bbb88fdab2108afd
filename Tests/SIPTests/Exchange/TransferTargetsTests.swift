import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// 2001 transfers 2002 to targets of every kind.
@Suite("Targets of transfers on the wire")
struct TransferTargetsTests {
  private func last(_ office: Office, _ id: Int) -> String? { office.call("2001", id)?.progress.last?.description }

  private func referred(
    _ office: inout Office, to digits: String, _ change: (inout Office) -> Void = { _ in }
  ) -> (call: Int, other: Int) {
    let (call, other) = office.talk("2001", "2002")
    change(&office)
    office.network.with("2001") { $0.refer(call, to: digits, at: $1) }
    office.advance(by: .milliseconds(400))
    return (call, other)
  }

  private func expectNothingLeft(_ office: inout Office, _ location: SourceLocation = #_sourceLocation) {
    for phone in office.network.phones.map(\.number) {
      for call in office.phone(phone).calls where call.state != .ended {
        office.network.with(phone) { $0.hangUp(call.id, at: $1) }
      }
      office.advance()
    }
    office.advance(by: .seconds(90))
    #expect(office.network.exchange.leftovers() == [], sourceLocation: location)
    #expect(office.network.exchange.audit() == [], sourceLocation: location)
    #expect(office.network.phones.flatMap(\.complaints) == [], "\(office.network.ladder)", sourceLocation: location)
  }

  @Test("XFER-5: a target without a telephone: the transferor is told and has its call back")
  func notRegistered() {
    var office = Office.transferring()
    let (call, other) = self.referred(&office, to: "2003") {
      $0.network.with("2003") { $0.register(expires: 0, at: $1) }
      $0.advance()
    }
    #expect(self.last(office, call) == "SIP/2.0 480 Temporarily Unavailable terminated", "\(office.network.ladder)")
    #expect(office.talkDirectly("2001", call, "2002", other), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-5: a target that does not answer in time: it stops ringing, the transferor has its call back")
  func noAnswer() {
    var office = Office.transferring()
    let (call, other) = self.referred(&office, to: "2003")
    office.network.with("2003") { $0.ring(0, at: $1) }
    office.advance(by: .seconds(31))
    #expect(office.call("2003", 0)?.state == .ended, "\(office.network.ladder)")
    #expect(self.last(office, call) == "SIP/2.0 480 Temporarily Unavailable terminated")
    #expect(office.talkDirectly("2001", call, "2002", other), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-5: nobody answers, and the transferor has hung up: it is rung, and talks to its party again")
  func recalled() {
    var office = Office.transferring()
    let (call, other) = self.referred(&office, to: "2003")
    office.network.with("2001") { $0.hangUp(call, at: $1) }
    office.advance()
    office.network.with("2003") { $0.refuse(0, 486, at: $1) }
    office.advance(by: .milliseconds(500))
    guard let recall = office.phone("2001").calls.last, recall.id != call else {
      Issue.record("no recall: \(office.network.ladder)")
      return
    }
    office.network.with("2001") { $0.answer(recall.id, at: $1) }
    office.advance(by: .milliseconds(500))
    #expect(office.talkDirectly("2001", recall.id, "2002", other), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1, FWD-1: a target that forwards: the call goes on, with Diversion and Referred-By")
  func forwarded() {
    var office = Office.transferring()
    _ = office.dial("6012004", from: "2003")
    let (call, other) = self.referred(&office, to: "2003")
    let invite = office.phone("2004").invites.first
    let diversion = invite.flatMap { invite in invite.header(.diversion).map { invite.string($0) } }
    let referrer = invite.flatMap { invite in invite.header(.referredBy).map { invite.string($0) } }
    #expect(diversion?.contains("sip:2003@") == true, "\(office.network.ladder)")
    #expect(referrer == "<sip:2001@127.0.0.1>")
    office.network.with("2004") { $0.answer(0, at: $1) }
    office.advance(by: .milliseconds(400))
    #expect(self.last(office, call) == "SIP/2.0 200 OK terminated")
    #expect(office.talkDirectly("2002", other, "2004", 0), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }

  @Test(
    "XFER-7: REFER to a code that acts on nobody held, and to a number that there is not, is refused", arguments: ["40", "9999"])
  func refused(digits: String) {
    var office = Office.transferring()
    let (call, other) = self.referred(&office, to: digits)
    #expect((400...699).contains(office.call("2001", call)?.requestStatus ?? 0), "\(office.network.ladder)")
    #expect(office.call("2001", call)?.requestWarning.isEmpty == false)
    #expect(office.talkDirectly("2001", call, "2002", other))
    self.expectNothingLeft(&office)
  }

  @Test("XFER-1, CALL-2: a target without a codec of the party's talks to it through the media server")
  func otherCodec() {
    var office = Office.transferring(channels: 100)
    for index in office.network.phones.indices {
      office.network.with(at: index) { phone, _ in
        if phone.number == "2002" { phone.codecs = [8] }
        if phone.number == "2003" { phone.codecs = [0] }
      }
    }
    let (call, other) = self.referred(&office, to: "2003")
    let ringing = office.network.media.channel { if case .tone(.ringback) = $0 { true } else { false } }
    #expect(ringing != nil, "the party hears ringing: \(office.network.media.summary)")
    // 488: it is tried again with the media server's description.
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance()
    office.network.with("2003") { $0.answer(1, at: $1) }
    office.advance(by: .milliseconds(500))
    #expect(self.last(office, call) == "SIP/2.0 200 OK terminated", "\(office.network.ladder)")
    #expect(office.call("2002", other)?.state == .connected && office.call("2003", 1)?.state == .connected)
    let bridged = office.network.media.channel { if case .bridge = $0 { true } else { false } }
    #expect(bridged != nil && office.network.media.openChannels == 2, "\(office.network.media.summary)")
    self.expectNothingLeft(&office)
    #expect(office.network.media.openChannels == 0)
  }

  @Test("XFER-1: the party hears ringing from the media server, then the target itself")
  func ringback() {
    var office = Office.transferring(channels: 100)
    let (call, other) = self.referred(&office, to: "2003")
    #expect(office.network.media.channel { $0 == .tone(.ringback) } != nil, "\(office.network.media.summary)")
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance(by: .milliseconds(500))
    #expect(office.call("2001", call)?.state == .ended)
    #expect(office.talkDirectly("2002", other, "2003", 0), "\(office.network.ladder)")
    #expect(office.network.media.openChannels == 0)
    self.expectNothingLeft(&office)
  }

  @Test("XFER-5: without a port for the target's voice the transfer fails, and the call is as before")
  func noPort() {
    var office = Office.transferring(channels: 1)
    office.network.phones[2].codecs = [9]
    let (call, other) = self.referred(&office, to: "2003")
    office.network.with("2003") { $0.answer(0, at: $1) }
    office.advance(by: .seconds(1))
    #expect(self.last(office, call)?.hasSuffix("terminated") == true, "\(office.network.ladder)")
    #expect(office.talkDirectly("2001", call, "2002", other), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }
}
