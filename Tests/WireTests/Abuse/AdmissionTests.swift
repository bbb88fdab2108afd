import Foundation
import Testing

extension Wire {
  /// Who may register and call, as the manual's options say it, on the running program.
  @Suite("Admission")
  struct Admission {
    @Test("REG-6: an address that is not listed can neither register nor call; a station may do without the list")
    func whiteList() throws {
      let exchange = try Exchange()
      try exchange.command("whitelist", "remove", "127.0.0.0/8")
      try exchange.command("whitelist", "add", "127.6.1.0/24")
      #expect(try Handset("2001", at: exchange, from: "127.6.1.9").register().status == 200)
      let outside = try Handset("2002", at: exchange, from: "127.6.2.9")
      #expect(try outside.register().status == 403)
      #expect(try outside.dial("2001").final?.status == 403)
      try exchange.command("station", "set", "2003", "white-list=off")
      #expect(try Handset("2003", at: exchange, from: "127.6.2.9").register().status == 200)
      // Who was registered before his network was taken off the list calls no more.
      let former = try Handset("2004", at: exchange, from: "127.6.1.10")
      #expect(try former.register().status == 200)
      try exchange.command("whitelist", "remove", "127.6.1.0/24")
      #expect(try former.dial("2001").final?.status == 403)
      let reasons = try exchange.json("accesslog").compactMap { $0["reason"] as? String }
      #expect(reasons.contains("address not on the white list") && reasons.contains("call: address not on the white list"))
    }

    @Test("REG-7: with no-response everybody is challenged alike, and wrong credentials of any kind get no answer")
    func silence() throws {
      let exchange = try Exchange(options: [("sip.comm-exclusive", "no-response")])
      for (number, user, password) in [
        ("2001", "u2001", "Wrong_4711"), ("2001", "x", Exchange.password), ("2777", "u2777", Exchange.password),
      ] {
        let phone = try Handset(number, at: exchange, user: user, password: password)
        #expect(try phone.register(answering: false).status == 401)
        #expect(throws: WireFailure.self) { try phone.register() }
      }
      #expect(try exchange.json("blocked").isEmpty, "repetitions of what gets no answer are no further failures")
      #expect(try exchange.json("accesslog").count == 3)
      #expect(try Handset("2001", at: exchange).register().status == 200)
    }

    @Test("REG-8, REG-9: a block survives kill -9, is lifted by command, ends by itself, and every attempt is in the access log")
    func blocked() throws {
      let exchange = try Exchange(options: [("sip.register-retry-limit", "3"), ("sip.register-block-time", "600")])
      let source = "127.0.0.80"
      let good = try Handset("2001", at: exchange, from: source)
      func fail(_ times: Int) throws {
        let wrong = try Handset("2001", at: exchange, from: source, password: "Wrong_4711")
        for _ in 0..<times { #expect(try wrong.register().status == 403) }
      }
      try fail(2)
      #expect(try good.register().status == 200, "which resets the count")
      try fail(2)
      #expect(try exchange.json("blocked").isEmpty)
      try fail(1)
      func isHeard() throws -> Bool {
        let socket = try Socket(.udp, to: exchange.udp, from: source)
        socket.send(Draft("OPTIONS", over: socket, host: source, from: "2001").octets)
        return socket.receive(within: 0.4) != nil
      }
      #expect(try !isHeard())
      #expect(try exchange.json("blocked").first?["source"] as? String == source)
      usleep(300_000)
      try exchange.crashAndRestart()
      #expect(try exchange.json("blocked").first?["source"] as? String == source)
      #expect(try !isHeard(), "still, after the restart")
      try exchange.command("blocked", "--unblock", source)
      #expect(try exchange.json("blocked").isEmpty)
      #expect(try isHeard())
      #expect(try good.register().status == 200)
      try exchange.crashAndRestart()
      #expect(try isHeard(), "lifted for good")

      let log = try exchange.json("accesslog", "--number", "2001")
      let outcomes = log.compactMap { $0["outcome"] as? String }
      #expect(outcomes.count { $0 == "refused" } == 5 && outcomes.contains("registered"), "\(outcomes)")
      for row in log {
        #expect((row["source"] as? String)?.hasPrefix(source) == true && row["time"] is String && row["reason"] is String)
        #expect(row["userAgent"] as? String == "Handset/1")
      }
      try exchange.command("option", "set", "sip.register-block-time", "1")
      try fail(3)
      #expect(try !isHeard())
      #expect(try wait(4) { try isHeard() }, "the block ends by itself")
    }

    @Test("CALL-5: a call is believed by its source, challenged always, or challenged from outside only, as the option says")
    func authentication() throws {
      for (option, isChallengedInside, isChallengedOutside) in [
        ("source", false, false), ("digest", true, true), ("auto", false, true),
      ] {
        let exchange = try Exchange(options: [("sip.call-authentication", option), ("net.private", "127.0.0.0/16")])
        let called = try Handset("2003", at: exchange)
        #expect(try called.register().status == 200)
        for (source, isChallenged) in [("127.0.0.81", isChallengedInside), ("127.5.0.81", isChallengedOutside)] {
          let phone = try Handset("2001", at: exchange, from: source)
          #expect(try phone.register().status == 200)
          var call = phone.call("2003")
          if !isChallenged { called.reject(try called.incoming(), 486, "Busy Here") }
          try phone.finish(&call)
          #expect(call.final?.status == (isChallenged ? 407 : 486), "\(option) from \(source)")
          // Right credentials reach 2003, wrong ones nobody.
          guard isChallenged, let offer = call.final else { continue }
          for password in ["Wrong_4711", Exchange.password] {
            let guess = Guess(number: "2001", user: "u2001", password: password)
            let uri = "sip:2003@127.0.0.1:\(exchange.udp)"
            let proof = try #require(guess.credentials(for: offer, method: "INVITE", uri: uri))
            var proven = phone.call("2003", extra: ["Proxy-Authorization: \(proof)"])
            if password == Exchange.password { called.reject(try called.incoming(), 486, "Busy Here") }
            try phone.finish(&proven)
            #expect(proven.final?.status == (password == Exchange.password ? 486 : 403), "\(option) from \(source)")
          }
        }
        // In 2001's name from where it is not registered.
        let thief = try Handset("2001", at: exchange, from: "127.0.0.82")
        #expect(try thief.dial("2003").final?.status == 403)
      }
    }
  }
}
