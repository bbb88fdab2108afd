import Foundation
import Testing

extension Wire {
  @Suite("Trunks")
  struct Trunks {
    static let carrier = "127.0.9.1"

    /// Code 9 leads to a carrier at that port; who calls 0398722900 there reaches 2001.
    static func plan(port: UInt16, registers: Bool = false) -> String {
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <numberPlan xmlns="urn:strowger:number-plan:1" name="Trunks">
        <stations><range from="2001" to="2099" class="national"/></stations>
        <trunks>
          <trunk name="carrier" address="sip:\(carrier):\(port)" channels="4" register="\(registers)">
            <did digits="0398722900" number="2001"/>
          </trunk>
          <trunkGroup code="9" trunks="carrier"/>
        </trunks>
        <classesOfService><class name="national" trunks="9"/></classesOfService>
      </numberPlan>

      """
    }

    // A carrier of sipp's plays two calls: one is the exchange's OPTIONS.

    /// `strowger trunk secret` with its secret on standard input.
    static func setSecret(_ exchange: Exchange, trunk: String = "carrier") throws -> (status: Int32, errors: String) {
      guard let program = Program.strowger else { throw WireFailure("no strowger program") }
      let secret = try exchange.folder.write("secret.txt", "carrier-secret\n")
      let child = try Child(
        "/bin/sh",
        ["-c", "'\(program)' trunk secret \(trunk) --user-id acct-7 --database '\(exchange.database.path)' < '\(secret.path)'"],
        in: exchange.folder.url, name: "secret-\(trunk)")
      guard let status = child.exitStatus(within: 20) else { throw WireFailure("trunk secret does not end") }
      return (status, child.errorText)
    }

    @Test(
      "TRK-1, CALL-1: a carrier that challenges INVITE and BYE and speaks before it answers; the call runs through the relay",
      .enabled(if: Program.sipp != nil, "sipp is not installed"), .timeLimit(.minutes(1)))
    func callsOut() throws {
      let port = freePort()
      let exchange = try Exchange(plan: Self.plan(port: port))
      #expect(try Self.setSecret(exchange).status == 0)
      let carrier = try Sipp("carrier-challenges", at: exchange, times: 2, host: Self.carrier, port: port)
      let phone = try Handset("2001", at: exchange)
      try phone.register()
      let call = try phone.dial("90398722999", within: 10)
      #expect(call.final?.status == 200, "\(call.responses.map(\.startLine))")
      let early = call.responses.first { $0.status == 183 }
      #expect(early?.body.contains("m=audio") == true, "the carrier is heard before it answers")
      #expect(early?.body.contains(Self.carrier) == false, "through the relay")
      let calls = try exchange.json("calls")
      #expect(calls.first?["mediaPath"] as? String == "relay")
      let parties = (calls.first?["legs"] as? [[String: Any]])?.compactMap { $0["party"] as? String } ?? []
      #expect(parties.contains("trunk carrier 0398722999"), "\(parties)")
      let status = try exchange.json("trunk", "status").first
      #expect(status?["state"] as? String == "up" && status?["calls"] as? Int == 1, "\(String(describing: status))")
      try phone.hangUp(call)
      try carrier.finish()
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
      #expect(try exchange.json("cdr").last?["answeredBy"] as? String == "trunk carrier 0398722999")
      let ladder = try exchange.command("ladder", "last")
      #expect(ladder.components(separatedBy: "---BYE---").count == 4, "the caller's, and two to the carrier: \(ladder)")
    }

    @Test(
      "TRK-1, CALL-5: calls from the carrier reach the number of the plan; the same from another address reaches nobody",
      .enabled(if: Program.sipp != nil, "sipp is not installed"), .timeLimit(.minutes(1)))
    func callsIn() throws {
      let exchange = try Exchange(plan: Self.plan(port: freePort()))
      let phone = try Handset("2001", at: exchange)
      try phone.register()
      let caller = try Sipp("caller-hangs-up", at: exchange, times: 1, host: Self.carrier, fields: ["0370101234;0398722900"])
      let call = try phone.incoming()
      #expect(call.invite?["From"]?.contains("sip:0370101234@") == true)
      phone.answer(call)
      _ = phone.next(within: 2) { $0.method == "ACK" }
      try phone.expect("BYE")
      try caller.finish()
      let record = try wait(3) { try exchange.json("cdr").count == 1 } ? exchange.json("cdr").last : nil
      #expect(record?["caller"] as? String == "trunk carrier 0370101234")
      #expect(record?["answeredBy"] as? String == "2001")

      let stranger = try Sipp("caller-hangs-up", at: exchange, times: 1, host: "127.0.8.1", fields: ["0370101234;0398722900"])
      #expect(throws: WireFailure.self) { try stranger.finish() }
      #expect(phone.staysQuiet(for: 0.5))
      #expect(try exchange.json("accesslog").contains { $0["reason"] as? String == "call: not a station" })
    }

    @Test(
      "TRK-1, PLAN-3: after a reload it registers elsewhere with the database's secret, and takes that back when it is stopped",
      .enabled(if: Program.sipp != nil, "sipp is not installed"), .timeLimit(.minutes(1)))
    func registers() throws {
      let port = freePort()
      let exchange = try Exchange(plan: Self.plan(port: freePort(), registers: true))
      #expect(try exchange.json("trunk", "status").first?["state"] as? String == "unregistered")
      let carrier = try Sipp("carrier-registrar", at: exchange, times: 2, host: Self.carrier, port: port)
      try Self.plan(port: port, registers: true).write(to: exchange.plan, atomically: true, encoding: .utf8)
      try exchange.command("reload")
      #expect(try Self.setSecret(exchange).status == 0)
      #expect(try wait(8) { try exchange.json("trunk", "status").first?["state"] as? String == "up" })
      #expect(try exchange.json("trunk", "status").first?["registeredUntil"] is String)
      exchange.stop()
      try carrier.finish()
      let stored = try Data(contentsOf: exchange.database)
      #expect(stored.range(of: Data("carrier-secret".utf8)) == nil, "the secret is sealed")
    }

    @Test("TRK-1: a secret for a trunk that is not there names those that are", .timeLimit(.minutes(1)))
    func unknown() throws {
      let exchange = try Exchange(plan: Self.plan(port: freePort()))
      let (status, errors) = try Self.setSecret(exchange, trunk: "carier")
      #expect(status == 1)
      #expect(errors.contains("there is carrier"), "\(errors)")
    }
  }
}
