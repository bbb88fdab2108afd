import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// Manual, "Insert Trunk Port", "Insert Trunk Type": what telephone and carrier read.
@Suite("Trunk code insertion in messages")
struct TrunkCodeTests {
  private func office(_ insertion: StationSettings.Insertion, code: Digits) -> TrunkOffice {
    var world = TrunkOffice()
    var plan = TrunkOffice.plan()
    plan.modules.insert(
      Plan.Placement(module: "TrunkCodeInsertion", options: OptionValues(defaultsOf: TrunkCodeInsertion.descriptor)), at: 0)
    world.office.network.exchange.install(plan)
    let accounts = ["2001", "2002", "2003"].map { number in
      var account = Office.account(number)
      if number == "2001" { account.settings = StationSettings(insertion: insertion, insertedCode: code) }
      return account
    }
    world.office.network.exchange.install(accounts, at: world.office.network.now)
    world.run()
    return world
  }

  @Test("TRK-2: From and Contact to the telephone have the code in front, the record the number as it came")
  func incoming() {
    var world = self.office(.incoming, code: "802")
    _ = world.send(world.carrier.text("INVITE", to: "0398722900", from: "0370101234", body: Carrier.sdp))
    let invite = world.office.phone("2001").invites.first
    #expect(invite?.text(.from).contains("sip:8020370101234@") == true, "\(world.ladder)")
    #expect(invite?.text(.contact).contains("sip:8020370101234@") == true, "\(world.ladder)")
    #expect(invite.map { String(decoding: $0.bytes, as: UTF8.self) }?.contains(":0370101234@") == false, "\(world.ladder)")
    world.office.network.with("2001") { $0.refuse(0, 486, at: $1) }
    world.run()
    let record = world.office.network.facts.compactMap { if case .call(let record) = $0 { record } else { nil } }.last
    #expect(record?.caller == "trunk carrier 0370101234")
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }

  @Test("TRK-2: a withheld number stays withheld")
  func withheld() {
    var world = self.office(.incoming, code: "802")
    let headers = "P-Asserted-Identity: <sip:0370101234@carrier.example>\r\nPrivacy: id\r\n"
    _ = world.send(world.carrier.text("INVITE", to: "0398722900", from: "anonymous", headers: headers, body: Carrier.sdp))
    let shown = String(decoding: world.office.phone("2001").invites.first?.bytes ?? [], as: UTF8.self)
    #expect(shown.contains("anonymous.invalid") && !shown.contains("370101234"), "\(shown)")
  }

  @Test("TRK-2, CALL-6: what the telephone called back that way leaves by the code's group")
  func calledBack() {
    var world = self.office(.incoming, code: "9")
    _ = world.send(world.carrier.text("INVITE", to: "0398722900", from: "0370101234", body: Carrier.sdp))
    world.office.network.with("2001") { $0.refuse(0, 486, at: $1) }
    world.run()
    let shown = world.office.phone("2001").invites.first.map { String(decoding: $0.user(of: $0.from.uri), as: UTF8.self) } ?? ""
    let call = world.dial(shown)
    #expect(world.office.call("2001", call)?.state == .connected, "\(shown) \(world.ladder)")
    let invite = world.carrier.requests(.invite).first
    #expect(invite.map { String(decoding: $0.user(of: $0.requestURI), as: UTF8.self) } == "0370101234")
  }

  @Test("TRK-3: a number dialled without the code leaves by its group; the record says what was dialled")
  func outgoing() {
    var world = self.office(.outgoing, code: "9")
    let call = world.dial("0398722999")
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    let invite = world.carrier.requests(.invite).first
    #expect(invite.map { String(decoding: $0.user(of: $0.requestURI), as: UTF8.self) } == "0398722999")
    world.hangUp("2001", call)
    let record = world.office.network.facts.compactMap { if case .call(let record) = $0 { record } else { nil } }.last
    #expect(record?.dialled == "0398722999" && record?.features == ["TrunkCodeInsertion: dials 90398722999"])
    let other = world.dial("0398722999", from: "2002")
    #expect(world.office.call("2002", other)?.finalStatus == 404, "another station's setting")
    #expect(world.leftovers().isEmpty, "\(world.ladder)")
  }
}
