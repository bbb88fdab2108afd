import Foundation
import Testing

extension Wire {
  /// `Docs/Ladders.md` shows what these draw.
  @Suite("Message flows beside the manual's")
  struct Flows {
    private func expectTalk(_ near: Line, _ far: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(near.hears(far), "\(near.hearing)", sourceLocation: sourceLocation)
      #expect(far.hears(near), "\(far.hearing)", sourceLocation: sourceLocation)
    }

    /// Hangs up at one end and waits until nothing is left.
    private func finish(_ office: Office, _ line: Line) throws {
      try line.hangUp()
      #expect(try office.isIdle())
    }

    @Test("HOLD-1, HOLD-2: hold and resume", .timeLimit(.minutes(1)))
    func hold() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      try near.resume()
      expectTalk(near, far)
      try finish(office, near)
      let flow = try office.exchange.flow("hold")
      flow.expect(["2001> INVITE SDP sendonly", "2001< 200 SDP inactive", "2001> INVITE SDP", "2001< 200 SDP", "2001> BYE"])
      flow.expect(["2001> INVITE SDP sendonly", "2002< INVITE SDP", "2001> INVITE SDP", "2002< INVITE SDP", "2002< BYE"])
      #expect(flow.count("2002< INVITE SDP") == 2, "one re-INVITE each for hold and resume: \(flow)")
      #expect(flow.count("2001< INVITE") == 0, "\(flow)")
    }

    @Test("XFER-2: consultation transfer", .timeLimit(.minutes(1)))
    func consultation() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let transferor = try office.phone("2001")
      let (first, far) = try transferor.call(office.phone("2002"))
      expectTalk(first, far)
      try first.hold()
      let (second, target) = try transferor.call(office.phone("2003"))
      expectTalk(second, target)
      try second.hold()
      try first.refer(to: "2003", replacing: second)
      expectTalk(far, target)
      #expect(wait(3) { first.hasEnded && second.hasEnded })
      try finish(office, far)
      try office.exchange.flow("consultation-transfer").expect([
        "2001> INVITE SDP sendonly", "2002< INVITE SDP", "2001> INVITE 2003 SDP", "2003< INVITE 2003",
        "2001> INVITE SDP sendonly",
        "2001> REFER 2003 Replaces", "2001< 202", "2001< NOTIFY 200", "2001< BYE", "2001< BYE",
      ])
    }

    @Test("XFER-1: blind transfer", .timeLimit(.minutes(1)))
    func blind() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      try near.refer(to: "2003")
      let rings = try target.incoming()
      #expect(wait(3) { near.transferProgress.contains(180) })
      rings.answer()
      expectTalk(rings, far)
      #expect(wait(3) { near.hasEnded })
      try finish(office, far)
      try office.exchange.flow("blind-transfer").expect([
        "2001> INVITE SDP sendonly", "2001> REFER 2003", "2001< 202", "2001< NOTIFY 100", "2003< INVITE 2003", "2003> 180",
        "2001< NOTIFY 180", "2003> 200 SDP", "2001< NOTIFY 200", "2001< BYE",
      ])
    }

    @Test("PARK-1, PARK-2: park and retrieve", .timeLimit(.minutes(1)))
    func park() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let parker = try office.phone("2001")
      let (near, far) = try parker.call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      #expect(try parker.outcome("11").status == 480)
      #expect(wait(3) { near.hasEnded })
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      let line = try office.phone("2003").call("122001")
      expectTalk(line, far)
      try finish(office, line)
      let flow = try office.exchange.flow("park")
      flow.expect(["2001> INVITE SDP sendonly", "2001> INVITE 11", "2001< BYE", "2003> INVITE 122001", "2002< INVITE SDP"])
      flow.expect(["2001> INVITE 11", "2001< 480"])
      flow.expect(["2002< INVITE SDP", "2003> INVITE 122001", "2002< INVITE SDP", "2002> 200 SDP", "2003< 200 SDP"])
    }

    @Test("PICK-1, PICK-2: pickup within the own group", .timeLimit(.minutes(1)))
    func pickup() throws {
      let own = #"<code digits="66" action="group"/><code digits="67" action="myGroup"/>"#
      let office = try Office(plan: Office.shipped((#"<code digits="66" action="group"/>"#, own)))
      defer { office.close() }
      let called = try office.phone("2002") { $0.answer = .whenTold }
      let line = try office.phone("2001").dial("2002")
      let rings = try called.incoming()
      #expect(wait(3) { line.with { $0.provisional.contains(180) } })
      let taker = try office.phone("2003").call("67")
      expectTalk(taker, line)
      #expect(wait(3) { rings.hasEnded })
      try finish(office, line)
      let flow = try office.exchange.flow("pickup")
      flow.expect(["2001> INVITE 2002 SDP", "2002> 180", "2001< 180", "2003> INVITE 67 SDP", "2002< CANCEL", "2002> 487"])
      flow.expect(["2003> INVITE 67 SDP", "2001< 200 SDP"])
    }

    @Test("CONF-1, CONF-2: a conference of three", .timeLimit(.minutes(1)))
    func conference() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let owner = try office.phone("2001")
      let (first, one) = try owner.call(office.phone("2002"))
      expectTalk(first, one)
      try first.hold()
      #expect(try owner.outcome("46").status == 480)
      let (second, two) = try owner.call(office.phone("2003"))
      #expect(wait(3) { first.hasEnded })
      expectTalk(second, two)
      try second.hold()
      #expect(try owner.outcome("46").status == 480)
      #expect(try owner.outcome("46").status == 480)
      try second.resume()
      for line in [second, one, two] {
        let others = [second, one, two].filter { $0 !== line }.map(\.phone.voice)
        #expect(line.hears(others, within: 10), "\(line.hearing)")
      }
      let flow = try office.exchange.flow("conference")
      flow.expect([
        "2001> INVITE 2002", "2001> INVITE SDP sendonly", "2001> INVITE 46", "2001> INVITE 2003", "2003> 200 SDP", "2001< BYE",
        "2001> INVITE SDP sendonly", "2001> INVITE 46", "2001> INVITE 46", "2001> INVITE SDP", "2001< 200 SDP",
      ])
      // Who is added is re-INVITEd to the media server, and everybody at the closing 46.
      flow.expect(["2001> INVITE 46", "2002< INVITE SDP", "2001> INVITE 2003"])
      flow.expect(["2001> INVITE 46", "2001> INVITE 46", "2003< INVITE SDP", "2001> INVITE 46", "2002< INVITE SDP"])
      #expect(flow.count("2001< 480") == 3, "\(flow)")
    }

    @Test(
      "TRK-4: an authorisation code, a trunk access code and the outside number in one", .timeLimit(.minutes(1)),
      .enabled(if: Program.sipp != nil, "sipp is not installed"))
    func authorisation() throws {
      let port = freePort()
      let office = try Office(plan: Office.outside(carrierPort: port))
      defer { office.close() }
      try office.exchange.addAuthorisationCode("123456", label: "Sales", paying: "national")
      #expect(try Trunks.setSecret(office.exchange).status == 0)
      let carrier = try Sipp("carrier-challenges", at: office.exchange, times: 2, host: Trunks.carrier, port: port)
      let phone = try office.phone("2001")
      #expect(try phone.outcome("90398722999").status == 403, "the station itself may not")
      let line = try phone.call("*8512345690398722999")
      try line.hangUp()
      try carrier.finish()
      #expect(try office.isIdle())
      let flow = try office.exchange.flow("authorisation")
      flow.expect([
        "2001> INVITE *85******90398722999", "0398722999< INVITE 0398722999 SDP", "0398722999> 200 SDP", "2001< 200 SDP",
      ])
      #expect(!"\(flow)".contains("123456"), "the code stands in no ladder")
    }

    @Test("FWD-3, FWD-5: a forwarded call tells who forwarded it", .timeLimit(.minutes(1)))
    func diversion() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      #expect(try office.phone("2002").outcome("6012003").status == 480)
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let line = try office.phone("2001").dial("2002")
      let rings = try target.incoming()
      #expect(rings.invite?["Diversion"]?.contains("2002") == true, "\(String(describing: rings.invite))")
      rings.answer()
      #expect(try line.final().status == 200)
      expectTalk(line, rings)
      try finish(office, line)
      let flow = try office.exchange.flow("diversion")
      flow.expect(["2002> INVITE 6012003", "2002< 480", "2001> INVITE 2002 SDP", "2003< INVITE 2003 SDP", "2001< 200 SDP"])
      #expect(flow.count("2002< INVITE") == 0, "\(flow)")
    }
  }
}

extension Office {
  /// The shipped plan with a carrier behind 9, which stations may dial only with a code of class national.
  fileprivate static func outside(carrierPort port: UInt16) throws -> String {
    let trunks = """
        <trunks>
          <trunk name="carrier" address="sip:\(Wire.Trunks.carrier):\(port)"/>
          <trunkGroup code="9" trunks="carrier"/>
        </trunks>

      """
    return try shipped(
      (#"to="2999" class="national""#, #"to="2999" class="internal""#),
      (#"<class name="national" trunks="none"/>"#, #"<class name="national" trunks="9"/>"#),
      ("  <classesOfService>\n", trunks + "  <classesOfService>\n"))
  }
}

extension Exchange {
  /// `strowger authcode add` with the code on standard input.
  fileprivate func addAuthorisationCode(_ code: String, label: String, paying name: String) throws {
    guard let program = Program.strowger else { throw WireFailure("no strowger program") }
    let child = try Child(
      "/bin/sh",
      ["-c", "echo \(code) | '\(program)' authcode add --label \(label) --class \(name) --database '\(database.path)'"],
      in: folder.url, name: "authcode")
    guard child.exitStatus(within: 20) == 0 else { throw WireFailure("authcode add: \(child.errorText)") }
  }
}
