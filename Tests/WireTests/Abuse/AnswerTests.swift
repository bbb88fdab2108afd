import Foundation
import Testing

extension Wire {
  /// RELIABILITY §1, 17 and 18: where answers go, and answers that nobody waits for.
  @Suite("Abuse of answers", .serialized)
  struct AbuseOfAnswers {
    @Test(
      "RELIABILITY 17: whatever Via, received, rport and maddr say, the packet's source is answered, at once",
      arguments: [Socket.Kind.udp, .tcp])
    func via(over kind: Socket.Kind) throws {
      let word = kind == .udp ? "UDP" : "TCP"
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let victim = try Socket(.udp, to: 9, from: "127.0.0.77")
        let hosts = [
          "phone.example.org:5060", "no-such-host.invalid", "255.255.255.255:5060", "224.0.1.75", "127.0.0.77:\(victim.port)",
          "[2001:db8::9]:5060", "198.51.100.7:1", "a", "127.0.0.66:1",
        ]
        let lies = [
          "", ";received=127.0.0.77", ";rport=\(victim.port)", ";maddr=127.0.0.77",
          ";received=127.0.0.77;rport=\(victim.port);maddr=224.0.1.75;ttl=255",
        ]
        let stranger = try abuse.stranger(kind)
        for host in hosts {
          for lie in lies {
            let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
            let port = lie.contains("rport") ? "" : ";rport"
            let via = "SIP/2.0/\(word) \(host);branch=\(branch)\(port)\(lie)"
            let start = Date()
            let outcome = try stranger.send(Draft("INVITE", by: stranger).with("Via", via).octets)
            let time = Date().timeIntervalSince(start)
            #expect([400, 403].contains(outcome.status ?? 0), "\(via): \(outcome.answers.map(\.startLine))")
            #expect(time < 0.5, "\(via): \(time) s: a name was looked up?")
          }
        }
        for junk in ["SIP/2.0/\(word) @@@;branch=z9hG4bKj", "SIP/2.0/\(word)", "junk", ";;;", "SIP/2.0/\(word) 127.0.0.1:99999"] {
          let outcome = try stranger.send(Draft("INVITE", by: stranger).with("Via", junk).octets)
          #expect(outcome.answers.isEmpty || [400, 403].contains(outcome.status ?? 0), "\(junk)")
        }
        #expect(victim.receiveOctets(within: 0.1) == nil, "nothing goes where a lie says")
      }
    }

    @Test("RELIABILITY 18: answers that nobody waits for are dropped silently", arguments: [Socket.Kind.udp, .tcp])
    func strays(over kind: Socket.Kind) throws {
      try Abuse.survived(counting: ["stray", "dropped"]) { abuse in
        let stranger = try abuse.stranger(kind)
        for status in stride(from: 100, through: 699, by: 17) {
          for method in ["INVITE", "REGISTER"] {
            #expect(try stranger.send(response(status, Draft(method, by: stranger))).answers.isEmpty, "\(status) \(method)")
          }
        }
        #expect(try stranger.send(response(200, Draft("INVITE", by: stranger).without("Via"))).answers.isEmpty, "no Via")

        // The right branch of a request that waits, with another method, and from somebody else.
        var call = abuse.one.call("2002")
        let incoming = try abuse.two.incoming()
        let invite = try #require(incoming.invite)
        for (cseq, branch) in [("\(invite.sequence) BYE", invite.branch), ("\(invite.sequence) INVITE", "z9hG4bKwrong")] {
          let text = [
            "SIP/2.0 603 Decline", "Via: \((invite["Via"] ?? "").replacingOccurrences(of: invite.branch, with: branch))",
            "From: \(invite["From"] ?? "")", "To: \(invite["To"] ?? "");tag=no", "Call-ID: \(invite.callID)", "CSeq: \(cseq)",
            "Content-Length: 0", "", "",
          ].joined(separator: "\r\n")
          abuse.two.socket.send(text)
          #expect(try stranger.send(text.utf8).answers.isEmpty)
        }
        abuse.two.answer(incoming)
        try abuse.one.finish(&call)
        #expect(call.final?.status == 200, "the call that waited stands")
        #expect(try abuse.one.hangUp(call).status == 200)
        try abuse.two.expect("BYE")
      }
    }

    private func response(_ status: Int, _ draft: Draft) -> [UInt8] {
      let text = String(decoding: draft.octets, as: UTF8.self)
      return Array("SIP/2.0 \(status) Whatever".utf8) + text.drop { $0 != "\r\n" }.utf8
    }
  }
}
