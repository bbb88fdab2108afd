import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// INVITE with Replaces (RFC 3891): 2001 calls 2002, and 2003 wants to take part in it.
@Suite("Replaces on the wire")
struct ReplacesTests {
  /// What Replaces says of a call that a telephone has, as that telephone's lamp shows it, or the other way round.
  private func name(_ office: Office, _ number: String, _ id: Int = 0, isSwapped: Bool = true) -> String {
    office.call(number, id)?.replaces(isSwapped: isSwapped) ?? ""
  }

  private func replace(_ office: inout Office, _ value: String, from number: String = "2003") -> Int {
    var call = -1
    office.network.with(number) { call = $0.dial("2002", replacing: value, at: $1) }
    office.advance(by: .milliseconds(300))
    return call
  }

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
    "PICK-2: a ringing call is picked up by the name its lamp shows, tags either way round; who is later hears 481",
    arguments: [true, false])
  func ringing(isSwapped: Bool) {
    var office = Office.transferring(Module(Mover.self))
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let name = self.name(office, "2002", isSwapped: isSwapped)
    let first = self.replace(&office, name)
    #expect(office.call("2003", first)?.state == .connected, "\(office.network.ladder)")
    #expect(office.call("2002", 0)?.state == .ended)
    #expect(office.talkDirectly("2001", call, "2003", first), "\(office.network.ladder)")
    let second = self.replace(&office, name, from: "2004")
    #expect(office.call("2004", second)?.finalStatus == 481)
    #expect(office.talkDirectly("2001", call, "2003", first))
    self.expectNothingLeft(&office)
  }

  @Test("XFER-2: whoever names an answered call takes the place of its party", arguments: [true, false])
  func answered(isEarlyOnly: Bool) {
    var office = Office.transferring(Module(Mover.self))
    let (call, other) = office.talk("2001", "2002")
    let name = self.name(office, "2002", other) + (isEarlyOnly ? ";early-only" : "")
    let new = self.replace(&office, name)
    if isEarlyOnly {
      #expect(office.call("2003", new)?.finalStatus == 486)
      #expect(office.talkDirectly("2001", call, "2002", other))
    } else {
      #expect(office.call("2002", other)?.state == .ended, "\(office.network.ladder)")
      #expect(office.talkDirectly("2001", call, "2003", new), "\(office.network.ladder)")
    }
    self.expectNothingLeft(&office)
  }

  @Test("XFER-6: a name that is no call's, or is not one at all, changes nothing")
  func unknown() {
    for (value, status) in [
      ("nobody@nowhere;to-tag=a;from-tag=b", 481), ("x", 400), ("a;to-tag=b", 400), ("a;to-tag=b;from-tag=c;from-tag=d", 400),
      ("a;to-tag=b;from-tag=c\r\nReplaces: a;to-tag=b;from-tag=c", 400), ("a;to-tag=b;from-tag=c, d;to-tag=e;from-tag=f", 400),
      (String(repeating: "a", count: 600) + ";to-tag=b;from-tag=c", 400),
    ] {
      var office = Office.transferring(Module(Mover.self))
      let (call, other) = office.talk("2001", "2002")
      let new = self.replace(&office, value)
      #expect(office.call("2003", new)?.finalStatus == UInt16(status), "\(value)")
      #expect(office.talkDirectly("2001", call, "2002", other))
      self.expectNothingLeft(&office)
    }
  }

  @Test("XFER-6: nobody takes the place of a caller who waits, nor its own, nor within a call")
  func notThese() {
    var office = Office.transferring(Module(Mover.self))
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let waiting = self.replace(&office, self.name(office, "2001", call))
    #expect(office.call("2003", waiting)?.finalStatus == 481)
    #expect(office.call("2001", call)?.state == .ringing)
    let own = self.replace(&office, self.name(office, "2002"), from: "2002")
    #expect(office.call("2002", own)?.finalStatus == 488)
    office.network.with("2002") { $0.answer(0, at: $1) }
    office.advance()
    self.expectNothingLeft(&office)
  }

  @Test("CALL-5: Replaces opens no door: who may not call hears 403, whatever it names")
  func stranger() {
    var office = Office.transferring(Module(Mover.self))
    _ = office.talk("2001", "2002")
    office.network.with("2003") { $0.register(expires: 0, at: $1) }
    office.advance(by: .seconds(1))
    let new = self.replace(&office, self.name(office, "2002"))
    #expect(office.call("2003", new)?.finalStatus == 403)
    self.expectNothingLeft(&office)
  }

  @Test("RFC 3891: Require: replaces is understood")
  func require() {
    var office = Office.transferring(Module(Mover.self))
    let call = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    let name = self.name(office, "2002")
    office.network.with("2003") { phone, _ in phone.extraHeaders = "Require: replaces\r\n" }
    let new = self.replace(&office, name)
    #expect(office.talkDirectly("2001", call, "2003", new), "\(office.network.ladder)")
    self.expectNothingLeft(&office)
  }
}
