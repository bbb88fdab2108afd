import Features
import Kernel
import LoopbackSIP
import SIP
import Testing

@Suite("What an INVITE and the answer to a code say besides")
struct InviteDetailTests {
  @Test("FWD-5: a forwarded call carries Diversion, and History-Info where the plan wants it")
  func history() {
    for isWanted in [false, true] {
      var office = Office()
      var plan = Office.plan()
      let option = CallForward.descriptor.options.firstIndex { $0.name == "historyInfo" } ?? 0
      plan.modules[1].options[option] = .boolean(isWanted)
      office.network.exchange.install(plan)
      _ = office.outcome(of: "6012002", from: "2003")
      _ = office.outcome(of: "6022001", from: "2002")
      _ = office.dial("2002", from: "2002")
      var caller = Office(["2001", "2002", "2003", "2004"])
      caller.network.exchange.install(plan)
      _ = caller.outcome(of: "6012003", from: "2002")
      _ = caller.outcome(of: "6012004", from: "2003")
      _ = caller.dial("2002", from: "2001")
      let invite = caller.phone("2004").invites.last
      #expect(invite?.headers(.diversion).map { invite?.string($0) ?? "" }.first?.hasPrefix("<sip:2003@") == true)
      let wanted =
        "<sip:2002@127.0.0.1>;index=1,<sip:2003@127.0.0.1;cause=302>;index=1.1;mp=1,<sip:2004@127.0.0.1;cause=302>"
        + ";index=1.1.1;mp=1.1"
      #expect(invite?.text(.historyInfo) == (isWanted ? wanted : ""))
      #expect(
        invite?.headers(.alertInfo).map { invite?.string($0) ?? "" } == [
          "<urn:alert:source:internal>", "<urn:alert:service:forward>",
        ])
    }
  }

  @Test("CALL-6: an internal call says so, and nothing of a forward")
  func internalCall() {
    var office = Office()
    _ = office.dial("2002", from: "2001")
    let invite = office.phone("2002").invites.last
    #expect(invite?.headers(.alertInfo).map { invite?.string($0) ?? "" } == ["<urn:alert:source:internal>"])
    #expect(invite?.header(.historyInfo) == nil && invite?.header(.diversion) == nil)
  }

  @Test("DIAL-2: the answer to a code says which feature did what, or did not")
  func featureResult() {
    var office = Office()
    #expect(office.outcome(of: "401", from: "2001") == 480)
    #expect(office.last("SIP/2.0 480", to: "2001")?.text(.featureResult).hasPrefix("ok;feature=DoNotDisturb;value=\"") == true)
    #expect(office.outcome(of: "6019999", from: "2002") == 480)
    #expect(
      office.last("SIP/2.0 480", to: "2002")?.text(.featureResult)
        == "failed;feature=CallForward;value=\"forward to 9999 is not possible, nothing changed\"")
    #expect(office.outcome(of: "2999999", from: "2003") != nil)
    #expect(office.last("SIP/2.0 4", to: "2003")?.header(.featureResult) == nil)
  }

  @Test("INTEROP 11: CANCEL says why")
  func cancelReason() {
    var office = Office()
    _ = office.dial("2002", from: "2001")
    office.network.with("2002") { $0.ring(0, at: $1) }
    office.advance()
    office.network.with("2001") { $0.hangUp(0, at: $1) }
    office.advance()
    #expect(office.last("CANCEL", to: "2002")?.text(.reason).hasPrefix("SIP;cause=487") == true)
  }
}
