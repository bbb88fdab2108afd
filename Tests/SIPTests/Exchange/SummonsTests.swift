import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing
import WakeUp

/// Telephones that a module calls though nobody has dialled: an INVITE without an offer, from the exchange itself.
@Suite("Summoned telephones")
struct SummonsTests {
  private static let module = Module(WakeUp.self)

  private static func plan() -> Plan {
    var plan = Office.plan()
    plan.modules.append(
      Plan.Placement(
        module: "WakeUp", options: OptionValues(defaultsOf: WakeUp.descriptor),
        codes: [Plan.Code(digits: "*55", action: 0), Plan.Code(digits: "*56", action: 1)]))
    return plan
  }

  /// 2001 has asked to be woken at the next full hour but one; until then it is the interval that is returned.
  private func office() -> (Office, Interval) {
    var office = Office(modules: BuiltIn.modules + [Self.module], plan: Self.plan())
    let since = office.network.now.nanoseconds % 86_400_000_000_000 / 1_000_000_000
    let hour = (since / 3600 + 2) % 24
    let number = "*55" + (hour < 10 ? "0" : "") + "\(hour)00"
    #expect(office.outcome(of: number, from: "2001") == 480)
    return (office, .seconds(3600 - since % 3600 + 3590))
  }

  /// Its registration has run out meanwhile.
  private func wait(_ office: inout Office, _ time: Interval) {
    office.advance(by: time)
    office.network.with("2001") { $0.register(at: $1) }
    office.advance(by: .seconds(10))
    office.advance(by: .seconds(1))
  }

  private func invite(of office: Office) throws -> String {
    let call = try #require(office.phone("2001").calls.last { !$0.isOutgoing })
    return String(decoding: try #require(call.invite).bytes, as: UTF8.self)
  }

  @Test("MOD-2: a wake-up call is an INVITE without an offer that says it is a call-back of the exchange's own")
  func invite() throws {
    var (office, time) = self.office()
    self.wait(&office, time)
    let text = try self.invite(of: office)
    #expect(
      text.contains("Alert-Info: <urn:alert:source:internal>\r\nAlert-Info: <urn:alert:service:recall:callback>\r\n"), "\(text)")
    #expect(text.contains("Content-Length: 0"), "\(text)")
    let id = try #require(office.phone("2001").calls.last?.id)
    office.network.with("2001") { $0.answer(id, at: $1) }
    office.advance(by: .seconds(1))
    // Without a media server it hears nothing, and the call stands.
    #expect(office.heardSDP("2001", id).contains("m=audio"))
    office.network.with("2001") { $0.hangUp(id, at: $1) }
    office.advance(by: .seconds(40))
    #expect(office.network.exchange.callStatus().isEmpty)
  }

  @Test("MOD-2: after a restart its time may be the first thing that happens, and it rings all the same")
  func restart() throws {
    var (office, time) = self.office()
    office.advance(by: time)
    office.network.with("2001") { $0.register(at: $1) }
    office.advance(by: .seconds(1))
    office.restart(plan: Self.plan())
    office.advance(by: .seconds(10))
    _ = try self.invite(of: office)
  }
}
