import Foundation
import Testing

extension Wire {
  @Suite("Abuse: credentials, contacts and floods")
  struct Credentials {
    @Test("RELIABILITY 23: credentials that are none, or too many, are challenged or refused")
    func malformed() throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        let good =
          #"username="u2001", realm="strowger", nonce="x", uri="sip:127.0.0.1", response="\#(String(repeating: "0", count: 32))""#
        let end = #", qop=auth, nc=00000001, cnonce="c""#
        for field in [
          "", "Digest", "Digest ,,,,", "Basic dTIwMDE6eA==", "Digest \(good)", "Digest \(good)\(end), algorithm=SHA-512-256",
          "Digest \(good)\(end), algorithm=MD5-sess", "Digest \(good), qop=auth-int, nc=00000001, cnonce=\"c\"",
          "Digest \(good)\(end), username*=UTF-8''u2001", "Digest \(good)\(end), username=\"u2002\"",
          "Digest \(good)\(end)".replacingOccurrences(of: "u2001", with: "u2001\0"),
          "Digest \(good), qop=auth, nc=0, cnonce=\"c\"",
          "Digest \(good), qop=auth, nc=FFFFFFFFF, cnonce=\"c\"", "Digest username=\"u2001",
          "Digest \(good)\(end), realm=\"other\"",
          "Digest " + good.replacingOccurrences(of: "0000", with: String(repeating: "0", count: 400)) + end,
        ] {
          let outcome = try stranger.send(Draft("REGISTER", by: stranger).adding("Authorization: \(field)").octets)
          #expect([400, 401, 403].contains(outcome.status), "\(field): \(outcome.answers)")
        }
        let many = (0..<200).map { _ in "Authorization: Digest a=b" }
        var draft = Draft("REGISTER", by: stranger)
        draft.lines += many
        #expect(try [400, 513].contains(stranger.send(draft.octets).status), "200 of them")
        let long = good.replacingOccurrences(of: "0000", with: String(repeating: "0", count: 7500))
        let huge = try stranger.send(Draft("REGISTER", by: stranger).adding("Authorization: Digest \(long)\(end)").octets)
        #expect(huge.status == nil || [400, 401, 513].contains(huge.status), "a response of 60 KB: \(huge.answers)")
      }
    }

    @Test("RELIABILITY 24: what cannot or may not be called cannot be registered; nobody forwards to himself")
    func contacts() throws {
      try Abuse.survived(counting: ["rejected"], answersMayBe2xx: true) { abuse in
        let phone = try abuse.stranger(.udp, from: "127.0.0.72")
        let own = "127.0.0.72:\(phone.socket.port)"
        let guess = Guess(number: "2005", user: "u2005", password: Exchange.password)
        for (contact, expires) in [
          ("*", "600"), ("*, <sip:2005@\(own)>", "0"), ("<sip:2005@\(own)>, *", "0"),
          ("<sip:2005@127.0.0.1:\(abuse.exchange.udp)>", "600"), ("<sip:2005@[::ffff:127.0.0.1]:\(abuse.exchange.udp)>", "600"),
          ("<sip:2005@224.0.0.1>", "600"), ("<sip:2005@239.255.255.250:5060>", "600"), ("<sip:2005@[ff02::1]>", "600"),
          ("<sip:2005@255.255.255.255>", "600"), ("<sip:2005@0.0.0.0>", "600"), ("<http://127.0.0.1/>", "600"),
          ("<mailto:a@b>", "600"), ("<tel:2005>", "600"), ("<sip:2005@\(own)?Route=%3Csip:x%3E>", "600"),
          ("<sip:2005@\(own)>, <sip:2005@127.0.0.1:\(abuse.exchange.udp)>", "600"),
        ] {
          let outcome = try Guess.attempt(guess, by: phone) { $0.with("Contact", contact).with("Expires", expires) }
          #expect((outcome.verdict ?? outcome.challenge).status == 400, "\(contact): \(outcome.verdict?.answers ?? [])")
        }
        // The first REGISTER of an attempt has a right Contact and is merely challenged.
        let bound = try abuse.exchange.json("registrations").filter { $0["number"] as? String == "2005" }
        #expect(bound.isEmpty, "\(bound)")
        _ = try abuse.one.dial("6012001")
        #expect(abuse.one.staysQuiet(for: 0.2))
        var call = abuse.two.call("2001")
        let incoming = try abuse.one.incoming()
        abuse.one.reject(incoming, 486, "Busy Here")
        try abuse.two.finish(&call)
        #expect(call.final?.status == 486, "no loop is stored")
      }
    }

    @Test(
      "RELIABILITY 25: a flood of REGISTER without credentials, scaled: phones register, a call's BYE is answered, memory is bounded",
      .timeLimit(.minutes(1)))
    func flood() throws {
      try Abuse.survived(counting: ["rejected"], rounds: 1) { abuse in
        let before = abuse.exchange.memory
        var call = abuse.one.call("2002")
        abuse.two.answer(try abuse.two.incoming())
        try abuse.one.finish(&call)
        let sockets = try (0..<20).map { try Socket(.udp, to: abuse.exchange.udp, from: "127.4.0.\($0 + 1)") }
        var served = 0
        for round in 0..<20 {
          for number in 0..<250 {
            let host = number % 20
            let draft = Draft("REGISTER", over: sockets[host], host: "127.4.0.\(host + 1)", from: "\(2001 + number % 60)")
            sockets[host].send(draft.octets)
            if number % 25 == 0 { usleep(2000) }
          }
          if try abuse.two.register().status == 200 { served += 1 }
          if round == 10 {
            let start = DispatchTime.now().uptimeNanoseconds
            #expect(try abuse.one.hangUp(call).status == 200)
            let time = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
            #expect(time < 0.2 * max(1, Abuse.slowness / 2), "BYE took \(time) s")
            try abuse.two.expect("BYE")
          }
        }
        #expect(served == 20, "of 20 registrations of a phone")
        #expect(abuse.exchange.memory < before + 64 * 1024, "\(before) KiB before, \(abuse.exchange.memory) after")
      }
    }

    @Test(
      "RELIABILITY 26: what strangers send, or a phone in another's name, is refused and never delivered",
      arguments: ["MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REFER", "INFO"])
    func delivered(_ method: String) throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        for from in ["2001", "2777", "alice", "anonymous"] {
          let draft = Draft(method, by: stranger, from: from, body: "hello").with("Event", "dialog").with(
            "Refer-To", "<sip:2002@127.0.0.1>")
          let status = try stranger.send(draft.octets).status
          #expect(status == 401 || status == 403, "\(method) from \(from): \(status ?? 0)")
        }
        // 2003 is registered elsewhere; a phone there uses 2001's name, which is not.
        let neighbour = try Handset("2003", at: abuse.exchange, from: "127.0.0.73")
        #expect(try neighbour.register().status == 200)
        var draft = Draft(method, by: neighbour, host: "127.0.0.73", body: "hello").with("Event", "dialog")
        draft.lines = draft.lines.map { $0.hasPrefix("From:") ? $0.replacingOccurrences(of: "2003", with: "2001") : $0 }
        neighbour.socket.send(draft.octets)
        let status = neighbour.next(within: 2) { $0.callID == draft.callID }?.status
        #expect(status == 401 || status == 403, "\(method) as another: \(status ?? 0)")
        #expect(abuse.two.next(within: 0.1) { $0.method == method && $0.status == nil } == nil, "not delivered")
        #expect(try neighbour.register(expires: 0).status == 200)
      }
    }

    @Test(
      "RELIABILITY 34: answers to strangers are at most 1.5 times the request, a challenge 2.5 times; blocked sources get nothing"
    )
    func amplification() throws {
      try Abuse.survived(counting: ["rejected", "blocked"], rounds: 1) { abuse in
        let stranger = try abuse.stranger(.udp, from: "127.0.0.74")
        let port = stranger.socket.port
        var worst: [Int: Double] = [:]
        for method in ["REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "INFO", "BYE", "FOO"] {
          let whole = Draft(method, by: stranger)
          var short = whole
          short.uri = "sip:a"
          short.lines = [
            "v:SIP/2.0/UDP a;branch=z9hG4bK\(port)\(method)", "f:<sip:1@a>;tag=1", "t:<sip:1@a>", "i:\(port)\(method)",
            "CSeq:1 \(method)",
          ]
          for draft in [
            whole, short, whole.without("Call-ID"), whole.without("To"), whole.adding("Require: foo"), short.to("x:y"),
          ] {
            stranger.socket.send(draft.octets)
            guard let octets = stranger.socket.receiveOctets(within: 1), let answer = SIPText(octets), let status = answer.status
            else { continue }
            let factor = Double(octets.count) / Double(draft.octets.count)
            worst[status] = max(worst[status] ?? 0, factor)
            #expect(factor <= (status == 401 || status == 407 ? 2.5 : 1.5), "\(draft.octets.count) → \(octets.count): \(answer)")
            if method == "INVITE" { stranger.socket.send(draft.acknowledging(answer).octets) }
          }
        }
        print("answers to strangers, at most:", worst.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
        let wrong = Guess(number: "2001", user: "u2001", password: "Wrong_4711")
        let guesser = try abuse.stranger(.udp, from: "127.0.0.75")
        for _ in 0..<4 { _ = try Guess.attempt(wrong, by: guesser) }
        // The fifth is answered, what follows is not, not even the marker.
        #expect(throws: WireFailure.self) { _ = try Guess.attempt(wrong, by: guesser) }
        for method in ["REGISTER", "INVITE", "OPTIONS", "BYE"] { guesser.socket.send(Draft(method, by: guesser).octets) }
        guesser.socket.send("\r\n\r\n")
        let heard = guesser.socket.receiveOctets(within: 0.3).flatMap { SIPText($0) }
        #expect(heard == nil, "\(String(describing: heard))")
      }
    }
  }
}
