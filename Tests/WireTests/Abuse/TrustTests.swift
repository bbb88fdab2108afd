import Foundation
import Testing

extension Wire {
  @Suite("Abuse: guessed dialogs, dialled strings, claims of identity, challenges that fish for secrets")
  struct Trust {
    // MARK: Dialogs

    @Test(
      "RELIABILITY 38: who guesses tags, or knows them and sits elsewhere, cannot touch a call",
      arguments: ["BYE", "CANCEL", "INVITE", "INFO", "REFER", "UPDATE"])
    func guessed(_ method: String) throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        var call = abuse.one.call("2002")
        let incoming = try abuse.two.incoming()
        abuse.two.answer(incoming)
        try abuse.one.finish(&call)
        let stranger = try abuse.stranger(.udp)
        let real = try #require(call.remoteTag)
        for (local, remote) in [(call.localTag, real), (call.localTag, "guess"), ("guess", real), ("", real), ("guess", "")] {
          var draft = Draft(method, by: stranger, body: method == "INVITE" ? Handset.sdp(port: 4000) : "")
            .with("From", "<sip:2001@127.0.0.1>" + (local.isEmpty ? "" : ";tag=\(local)"))
            .with("To", "<sip:2002@127.0.0.1>" + (remote.isEmpty ? "" : ";tag=\(remote)"))
            .with("Call-ID", call.callID).with("CSeq", "7 \(method)").with("Refer-To", "<sip:2003@127.0.0.1>")
          if method == "CANCEL" {
            draft = draft.with("CSeq", "1 CANCEL")
            draft.lines[0] = "Via: SIP/2.0/UDP 127.0.0.1:\(abuse.one.socket.port);branch=\(call.branch);rport"
          }
          let status = try stranger.send(draft.octets).status
          #expect([400, 403, 481].contains(status), "\(method) \(local) \(remote): \(status ?? 0)")
        }
        #expect(try abuse.exchange.json("calls").count == 1, "the call goes on")
        for phone in [abuse.one, abuse.two] {
          #expect(phone.next(within: 0.05) { $0.status == nil && $0.method != "ACK" } == nil, "and no phone heard of it")
        }
        #expect(try abuse.one.hangUp(call).status == 200)
        try abuse.two.expect("BYE")
      }
    }

    @Test("RELIABILITY 39: REFER to a web address, to another method, with line ends in Replaces, or to two places is refused")
    func referred() throws {
      try Abuse.survived(counting: []) { abuse in
        var call = abuse.one.call("2002")
        abuse.two.answer(try abuse.two.incoming())
        try abuse.one.finish(&call)
        let uri = call.target ?? ""
        for (number, targets) in [
          ["<http://127.0.0.1/>"], ["<sip:2003@127.0.0.1;method=BYE>"], ["<sip:2003@127.0.0.1>", "<sip:2004@127.0.0.1>"],
          ["<sip:2003@127.0.0.1?Replaces=a%0d%0aX:1%3Bto-tag%3Db%3Bfrom-tag%3Dc>"], ["<tel:2003>"],
          ["<sip:2003@127.0.0.1>, <sip:1@x>"],
          ["<sip:%0d%0a@127.0.0.1>"], [], [""],
        ].enumerated() {
          let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
          let text = abuse.one.request(
            "REFER", to: "2002", uri: uri, callID: call.callID, cseq: 10 + number, fromTag: call.localTag, toTag: call.remoteTag,
            branch: branch, extra: targets.map { "Refer-To: \($0)" })
          let status = try abuse.one.transact(text, branch: branch).status
          #expect([400, 403, 404, 416].contains(status), "\(targets): \(status ?? 0)")
        }
        #expect(abuse.two.next(within: 0.05) { $0.status == nil && $0.method != "ACK" } == nil)
        call.cseq = 30
        #expect(try abuse.one.hangUp(call).status == 200)
        try abuse.two.expect("BYE")
      }
    }

    // MARK: Dialled strings

    @Test("RELIABILITY 40: what is no number reaches nobody, station, code or trunk; emergency numbers pass any prefix code")
    func dialled() throws {
      let port = freePort()
      try Abuse.survived(counting: ["rejected"], plan: Self.plan(port)) { abuse in
        let carrier = try Carrier(at: abuse.exchange, port: port)
        for user in [
          "%D9%A2%D9%A0%D9%A0%D9%A2", "2002%00", "200%002", "2002%0d%0aX:1", "'%20OR%201=1--", "../2002", "..%2f2002", "_X.",
          ".*",
          "%32%30", "%2532002", "2002%20", "200２", String(repeating: "2", count: 1500), String(repeating: "9", count: 40),
          "90.*",
          "9_X.", "",
        ] {
          var draft = Draft("INVITE", by: abuse.one, body: Handset.sdp(port: 30_000)).to("sip:\(user)@127.0.0.1")
          if user.isEmpty { draft = draft.to("sip:127.0.0.1") }
          try Self.expectRefusal(draft, abuse, user.prefix(40))
        }
        for uri in ["tel:2002", "tel:+61", "urn:service:sos", "urn:2002"] {
          try Self.expectRefusal(Draft("INVITE", by: abuse.one, body: Handset.sdp(port: 30_000)).to(uri), abuse, uri[...])
        }
        // More than a datagram may have: dropped unread.
        let long = "sip:\(String(repeating: "2", count: 30_000))@127.0.0.1"
        abuse.one.socket.send(Draft("INVITE", by: abuse.one, body: Handset.sdp(port: 30_000)).to(long).octets)
        #expect(abuse.two.staysQuiet(for: 0.05))
        #expect(carrier.next("INVITE", within: 0.05) == nil)
        for number in ["112", "9112"] {
          var call = abuse.one.call(number)
          let invite = try #require(carrier.next("INVITE", within: 3), "\(number) reaches nobody")
          #expect(invite.requestURI.hasPrefix("sip:112@"), "\(number): \(invite.requestURI)")
          carrier.respond(486, "Busy Here", to: invite)
          try abuse.one.finish(&call)
        }
      }
    }

    private static func expectRefusal(_ draft: Draft, _ abuse: Abuse, _ what: Substring) throws {
      abuse.one.socket.send(draft.octets)
      let answer = abuse.one.next(within: 2) { $0.callID == draft.callID && ($0.status ?? 0) >= 200 }
      // 414: more than 256 octets; 416: no sip address. Both before anybody looks who is meant.
      #expect([400, 404, 414, 416, 484].contains(answer?.status), "\(what): \(answer?.startLine ?? "no answer")")
      if let answer { abuse.one.socket.send(draft.acknowledging(answer).octets) }
    }

    // MARK: Who says who he is

    @Test("RELIABILITY 29: what a phone says of identities is stripped; a carrier is believed by its address only")
    func identities() throws {
      let port = freePort()
      try Abuse.survived(counting: ["rejected"], plan: Self.plan(port)) { abuse in
        let carrier = try Carrier(at: abuse.exchange, port: port)
        let claims = [
          "P-Asserted-Identity: <sip:9999@evil>", "p-asserted-identity : \"Boss\" <sip:9998@evil>",
          "P-Preferred-Identity: <sip:9@evil>",
          "Remote-Party-ID: <sip:9999@evil>;party=calling", "Diversion: <sip:9999@evil>;reason=unconditional", "X-Evil: evil",
          "History-Info: <sip:9999@evil>;index=1", "Alert-Info: <http://evil/>", "Call-Info: <http://evil/>",
          "Referred-By: <sip:1@evil>",
        ]
        var call = abuse.one.call("2002", extra: claims)
        let incoming = try abuse.two.incoming()
        let heard = try #require(incoming.invite)
        #expect(!heard.description.contains("evil"), "\(heard)")
        #expect(heard["P-Asserted-Identity"]?.contains("sip:2001@") == true)
        abuse.two.reject(incoming, 486, "Busy Here")
        try abuse.one.finish(&call)

        var outward = abuse.one.call("90398722999", extra: claims)
        let invite = try #require(carrier.next("INVITE", within: 3))
        #expect(!invite.description.contains("evil"), "\(invite)")
        carrier.respond(486, "Busy Here", to: invite)
        try abuse.one.finish(&outward)

        // From its address the carrier asserts who calls; the same from anybody else is a stranger's.
        let stranger = try abuse.stranger(.udp)
        let forged = Draft("INVITE", by: stranger, from: "0370101234", to: "0398722900", body: Handset.sdp(port: 4000))
          .with("P-Asserted-Identity", "<sip:0355555555@carrier>")
        #expect(try stranger.send(forged.octets).status == 403)
        #expect(abuse.one.staysQuiet(for: 0.05))
        let inward = carrier.send("INVITE", to: "0398722900", extra: ["P-Asserted-Identity: <sip:0355555555@carrier>"])
        let ringing = try abuse.one.incoming()
        #expect(ringing.invite?["From"]?.contains("sip:0355555555@") == true, "\(ringing.invite?["From"] ?? "")")
        abuse.one.reject(ringing, 486, "Busy Here")
        #expect(carrier.answer(to: inward, within: 3)?.status == 486)
      }
    }

    // MARK: Challenges

    @Test("RELIABILITY 27: who is called and challenges us for the trunk's realm is sent no credentials, and the call ends")
    func fishing() throws {
      let port = freePort()
      try Abuse.survived(counting: [], plan: Self.plan(port), rounds: 1, secrets: ["carrier-secret"]) { abuse in
        #expect(try Trunks.setSecret(abuse.exchange).status == 0)
        let carrier = try Carrier(at: abuse.exchange, port: port)
        // A station's phone.
        var call = abuse.one.call("2002")
        abuse.two.answer(try abuse.two.incoming())
        try abuse.one.finish(&call)
        let branch = try abuse.one.hangUp(call)
        #expect(branch.status == 200)
        let bye = try #require(abuse.two.next(within: 2) { $0.method == "BYE" && $0.status == nil })
        abuse.two.respond(401, "Unauthorized", to: bye, extra: ["WWW-Authenticate: \(Self.challenge("carrier", 1))"])
        #expect(abuse.two.next(within: 0.3) { $0.method == "BYE" && $0.status == nil } == nil, "no second BYE")
        // Somebody behind a carrier that has never asked for anything.
        var outward = abuse.one.call("90398722999")
        let invite = try #require(carrier.next("INVITE", within: 3))
        carrier.respond(200, "OK", to: invite, body: Handset.sdp(port: 30_004))
        try abuse.one.finish(&outward)
        #expect(outward.final?.status == 200)
        #expect(try abuse.one.hangUp(outward).status == 200)
        let last = try #require(carrier.next("BYE", within: 3))
        carrier.respond(
          407, "Proxy Authentication Required", to: last, extra: ["Proxy-Authenticate: \(Self.challenge("other", 1))"])
        #expect(carrier.next("BYE", within: 0.3) == nil)
        #expect(carrier.heard.allSatisfy { $0["Authorization"] == nil && $0["Proxy-Authorization"] == nil })
        #expect(try wait(3) { try abuse.exchange.json("calls").isEmpty }, "the leg ends anyway")
      }
    }

    @Test("RELIABILITY 28: a carrier that challenges every attempt is answered once, or twice where it says stale, and given up")
    func insatiable() throws {
      let port = freePort()
      try Abuse.survived(counting: [], plan: Self.plan(port), rounds: 1, secrets: ["carrier-secret"]) { abuse in
        #expect(try Trunks.setSecret(abuse.exchange).status == 0)
        let carrier = try Carrier(at: abuse.exchange, port: port)
        for isStale in [false, true] {
          var call = abuse.one.call("90398722999")
          var attempts = 0
          while let invite = carrier.next("INVITE", within: 0.7) {
            attempts += 1
            guard attempts < 10 else { break }
            let field = Self.challenge("carrier", attempts) + (isStale ? ", stale=true" : "")
            carrier.respond(407, "Proxy Authentication Required", to: invite, extra: ["Proxy-Authenticate: \(field)"])
          }
          #expect(attempts == (isStale ? 3 : 2), "\(attempts) attempts, stale \(isStale)")
          try abuse.one.finish(&call)
          #expect((call.final?.status ?? 0) >= 400, "\(call.responses.map(\.startLine))")
        }
      }
    }

    private static func challenge(_ realm: String, _ number: Int) -> String {
      "Digest realm=\"\(realm)\", nonce=\"n\(number)\", algorithm=MD5, qop=\"auth\""
    }

    /// Code 9 leads to the carrier, 112 is the emergency number; who calls 0398722900 there reaches 2001.
    static func plan(_ port: UInt16) -> String {
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <numberPlan xmlns="urn:strowger:number-plan:1" name="Trust">
        <stations><range from="2001" to="2099" class="national"/></stations>
        <features><module name="Transfer"/></features>
        <emergency><number digits="112" trunkGroup="9"/></emergency>
        <trunks>
          <trunk name="carrier" address="sip:\(Trunks.carrier):\(port)" channels="4">
            <did digits="0398722900" number="2001"/>
          </trunk>
          <trunkGroup code="9" trunks="carrier"/>
        </trunks>
        <classesOfService><class name="national" trunks="9"/></classesOfService>
      </numberPlan>

      """
    }
  }
}
