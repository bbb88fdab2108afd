import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// TRK-4 on the wire: who may call, and that nobody can read a code afterwards.
@Suite("Authorisation codes in messages")
struct AuthorizationCodeTests {
  private static let code = "314159"

  /// Stations may call nothing outside; the code of Sales may.
  private func office(_ outcome: Status = .temporarilyUnavailable, _ prepare: (inout Carrier) -> Void = { _ in }) -> TrunkOffice {
    var world = TrunkOffice(prepare)
    var plan = TrunkOffice.plan()
    plan.classes = [Plan.ClassEntry(name: "national"), Plan.ClassEntry(name: "outside", trunkCodes: ["9"])]
    plan.modules.append(
      Plan.Placement(
        module: "AuthorizationCode", options: OptionValues(defaultsOf: AuthorizationCode.descriptor),
        codes: [Plan.Code(digits: "*85", action: 0, outcome: outcome)]))
    plan.modules.append(Plan.Placement(module: "Transfer", options: OptionValues(defaultsOf: Transfer.descriptor)))
    world.office.network.exchange.install(plan)
    let hash: @Sendable ([UInt8]) -> [UInt8] = { octets in octets.withUnsafeBytes { Office.digests.sha256($0) } }
    world.office.network.exchange.install(
      AuthorizationCodes(
        [(hash: hash(Array(Self.code.utf8)), authorization: Authorization(label: "Sales", className: "outside"))], hash: hash))
    return world
  }

  /// Where the code can be read: in what people see, and in what is given to the store, as text or as digits.
  private func leaks(_ world: TrunkOffice) -> [String] {
    let network = world.office.network
    var found: [String] = []
    for number in UInt64(1)...20 {
      for step in network.exchange.ladder(of: [number]) {
        for text in [step.text, step.message] where text.contains(Self.code) { found.append("ladder: \(text)") }
      }
    }
    for notice in network.notices where "\(notice)".contains(Self.code) { found.append("notice: \(notice)") }
    for call in network.exchange.callStatus() where "\(call)".contains(Self.code) { found.append("status: \(call)") }
    for fact in network.facts where self.holdsCode(fact) { found.append("store: \(fact)") }
    return found
  }

  private func holdsCode(_ fact: ExchangeFact) -> Bool {
    switch fact {
    case .feature(.machine(_, _, let octets?)), .feature(.call(_, let octets?)), .liveCall(_, _, let octets?),
      .subscription(_, let octets?):
      self.holdsCode(octets)
    case .answered(_, let key, let response, _): self.holdsCode(key) || self.holdsCode(response)
    default: "\(fact)".contains(Self.code)
    }
  }

  private func holdsCode(_ octets: [UInt8]) -> Bool {
    let text = Array(Self.code.utf8)
    return [text, text.map { $0 - 0x30 }].contains { word in
      octets.indices.dropLast(word.count - 1).contains { octets[$0..<($0 + word.count)].elementsEqual(word) }
    }
  }

  private func record(_ world: TrunkOffice) -> CallDetail? {
    world.office.network.facts.compactMap { if case .call(let record) = $0 { record } else { nil } }.last
  }

  @Test("TRK-4: a valid code calls outside, the carrier gets the number alone, the record the label; the code is nowhere")
  func valid() {
    var world = self.office()
    let call = world.dial("*85\(Self.code)90398722999")
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    let invite = world.carrier.requests(.invite).first
    #expect(invite.map { String(decoding: $0.user(of: $0.requestURI), as: UTF8.self) } == "0398722999")
    #expect(world.carrier.requests.allSatisfy { !self.holdsCode($0.bytes) })
    #expect(world.office.network.trace.contains { self.holdsCode($0.bytes) }, "what is looked for can be found")
    #expect(world.office.network.exchange.callStatus().first?.dialled == "*85******90398722999")
    world.hangUp("2001", call)
    #expect(self.record(world)?.dialled == "*85******90398722999")
    #expect(self.record(world)?.authorization == "Sales")
    #expect(world.office.network.exchange.ladder(of: []).contains { $0.text.hasPrefix("INVITE *85******90398722999") })
    #expect(self.leaks(world).isEmpty, "\(self.leaks(world))")
  }

  @Test("TRK-4: a call with a code that rings or talks survives a restart, and no row of the store shows the code")
  func restart() {
    var ringing = self.office { $0.manner = .rings }
    _ = ringing.dial("*85\(Self.code)90398722999")
    #expect(self.leaks(ringing).isEmpty, "\(self.leaks(ringing))")
    #expect(ringing.office.network.facts.contains { if case .liveCall(_, handle: 0, _?) = $0 { true } else { false } })
    var talking = self.office()
    _ = talking.dial("*85\(Self.code)90398722999")
    #expect(talking.office.network.facts.contains { if case .liveCall(_, _, _?) = $0 { true } else { false } })
    #expect(self.leaks(talking).isEmpty, "\(self.leaks(talking))")
  }

  @Test(
    "TRK-4: refused codes are shown masked as well, whatever is wrong with them",
    arguments: [
      ("*85314158" + "90398722999", 403), ("*8531415990", 480), ("*85314159", 480), ("*853141592002", 480), ("*85314159*9", 480),
      ("601*85314159903987229", 480), ("*85314159" + String(repeating: "7", count: 40), 404),
    ] as [(String, UInt16)])
  func refused(dialled: String, status: UInt16) {
    var world = self.office { $0.manner = .refuses(404) }
    let call = world.dial(dialled)
    let told = world.office.call("2001", call)?.finalStatus
    #expect(told == status || dialled == "*8531415990", "\(String(describing: told)) \(world.ladder)")
    #expect(self.leaks(world).isEmpty, "\(self.leaks(world))")
  }

  @Test("TRK-4: a plan that answers codes with a tone keeps no row and no record with the code")
  func tone() {
    var world = self.office(.ok)
    let call = world.dial("*85\(Self.code)2002")
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    world.run(for: .seconds(5))
    #expect(self.record(world)?.dialled == "*85******2002")
    #expect(self.leaks(world).isEmpty, "\(self.leaks(world))")
  }

  @Test("TRK-4: escaped digits, a display name and a transfer to a code are masked")
  func elsewhere() {
    var world = self.office()
    world.office.network.with("2001") { phone, _ in phone.extraHeaders = "Subject: \"*85\(Self.code)90398722999\"\r\n" }
    _ = world.dial("*85\(Self.code)90398722999")
    _ = world.dial("*85%331415990398722999", from: "2002")
    #expect(world.carrier.requests(.invite).count == 2, "\(world.ladder)")
    #expect(self.leaks(world).isEmpty, "\(self.leaks(world))")
    let shown = (1...9).flatMap { world.office.network.exchange.ladder(of: [UInt64($0)]) }.map(\.message).joined()
    #expect(!shown.contains("%33") && !shown.contains("1415990398722999"))

    var other = self.office()
    let call = other.dial("2002")
    other.office.network.with("2002") { $0.answer(0, at: $1) }
    other.run()
    other.office.network.with("2001") { $0.refer(call, to: "*85\(Self.code)90398722999", at: $1) }
    other.run()
    #expect(other.office.call("2001", call)?.requestStatus == 403, "\(other.ladder)")
    #expect(self.leaks(other).isEmpty, "\(self.leaks(other))")
  }

  @Test("TRK-4: three wrong codes bar the station; a right one is not even looked up then")
  func barred() {
    var world = self.office()
    for _ in 1...3 { _ = world.dial("*8527182890398722999") }
    let call = world.dial("*85\(Self.code)90398722999")
    #expect(world.office.call("2001", call)?.finalStatus == 403)
    #expect(world.carrier.requests(.invite).isEmpty)
    let other = world.dial("*85\(Self.code)90398722999", from: "2002")
    #expect(world.office.call("2002", other)?.state == .connected, "\(world.ladder)")
  }

  @Test("TRK-4: codes that the administrator changes hold at once")
  func changed() {
    var world = self.office()
    world.office.network.exchange.install(AuthorizationCodes([], hash: { $0 }))
    let call = world.dial("*85\(Self.code)90398722999")
    #expect(world.office.call("2001", call)?.finalStatus == 403)
  }
}
