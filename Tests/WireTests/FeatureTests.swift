import Foundation
import Testing

extension Wire {
  @Suite("Phones dial feature codes")
  struct Features {
    /// Dials a code and returns the text of the Warning that came with its 480.
    private func activate(_ digits: String, from phone: Handset) throws -> String {
      let call = try phone.dial(digits)
      #expect(call.final?.status == 480, "\(digits) gets \(call.final?.startLine ?? "nothing")")
      let warning = call.final?["Warning"] ?? ""
      #expect(warning.hasPrefix("399 strowger \""), "Warning: \(warning)")
      return warning.components(separatedBy: "\"").dropFirst().first ?? ""
    }

    /// An exchange with 2001, 2002 and 2003 registered.
    private func office() throws -> (exchange: Exchange, phones: [Handset]) {
      let exchange = try Exchange()
      let phones = try ["2001", "2002", "2003"].map { try Handset($0, at: exchange) }
      for phone in phones { #expect(try phone.register().status == 200) }
      return (exchange, phones)
    }

    /// The forward shows: 2003 calls 2001, 2002 answers and sees who forwarded and why.
    private func expectForwarded(by caller: Handset, to target: Handset, reason: String, first: (() throws -> Void)? = nil) throws
    {
      var call = caller.call("2001")
      try first?()
      let incoming = try target.incoming(within: 6)
      let diversion = incoming.invite?["Diversion"] ?? ""
      #expect(diversion.contains("2001"), "Diversion: \(diversion)")
      #expect(diversion.contains("reason=\(reason)"), "Diversion: \(diversion)")
      target.answer(incoming)
      try caller.finish(&call)
      #expect(call.final?.status == 200)
      #expect(try caller.hangUp(call).status == 200)
      try target.expect("BYE")
    }

    /// 2001 rings and answers as it is told.
    private func expectRings(_ phone: Handset, calledBy caller: Handset) throws {
      var call = caller.call(phone.number)
      phone.answer(try phone.incoming())
      try caller.finish(&call)
      #expect(call.final?.status == 200)
      try caller.hangUp(call)
      try phone.expect("BYE")
    }

    @Test("FWD-1: 601 forwards every call, through kill -9, until 600", .timeLimit(.minutes(1)))
    func forwardAll() throws {
      let (exchange, phones) = try office()
      #expect(try activate("6012002", from: phones[0]) == "forward all to 2002 set")
      try exchange.crashAndRestart()
      try expectForwarded(by: phones[2], to: phones[1], reason: "unconditional")
      #expect(phones[0].staysQuiet(for: 0.2))
      #expect(try !activate("600", from: phones[0]).isEmpty)
      try exchange.crashAndRestart()
      try expectRings(phones[0], calledBy: phones[2])
    }

    @Test("FWD-3: 602 forwards when the phone says busy", .timeLimit(.minutes(1)))
    func forwardBusy() throws {
      let (exchange, phones) = try office()
      #expect(try activate("6022002", from: phones[0]) == "forward busy to 2002 set")
      try exchange.crashAndRestart()
      try expectForwarded(by: phones[2], to: phones[1], reason: "user-busy") {
        let ringing = try phones[0].incoming()
        phones[0].reject(ringing, 486, "Busy Here")
      }
    }

    @Test("FWD-3: 603 forwards a phone that rings too long and cancels it", .timeLimit(.minutes(1)))
    func forwardNoAnswer() throws {
      let (exchange, phones) = try office()
      #expect(try activate("6032002", from: phones[0]) == "forward no answer to 2002 set")
      try exchange.crashAndRestart()
      try expectForwarded(by: phones[2], to: phones[1], reason: "no-answer") {
        let ringing = try phones[0].incoming()
        phones[0].ring(ringing)
        try phones[0].expect("CANCEL")
        phones[0].reject(ringing, 487, "Request Terminated")
      }
    }

    @Test("FWD-3: 604 forwards both a busy phone and one that rings too long", .timeLimit(.minutes(1)))
    func forwardBusyOrNoAnswer() throws {
      let (exchange, phones) = try office()
      #expect(try activate("6042002", from: phones[0]) == "forward busy or no answer to 2002 set")
      try exchange.crashAndRestart()
      try expectForwarded(by: phones[2], to: phones[1], reason: "user-busy") {
        let ringing = try phones[0].incoming()
        phones[0].reject(ringing, 486, "Busy Here")
      }
      try expectForwarded(by: phones[2], to: phones[1], reason: "no-answer") {
        let ringing = try phones[0].incoming()
        phones[0].ring(ringing)
        try phones[0].expect("CANCEL")
        phones[0].reject(ringing, 487, "Request Terminated")
      }
    }

    @Test("FWD-2: forwarding to oneself or to nobody changes nothing")
    func forwardNowhere() throws {
      let (exchange, phones) = try office()
      for digits in ["6012001", "6017777", "601"] { #expect(try !activate(digits, from: phones[0]).isEmpty) }
      try expectRings(phones[0], calledBy: phones[2])
      #expect(exchange.isAlive)
    }

    @Test("FWD-4: two phones that forward to each other give 486, not a carousel")
    func forwardLoop() throws {
      let (exchange, phones) = try office()
      defer { withExtendedLifetime(exchange) {} }
      _ = try activate("6012002", from: phones[0])
      _ = try activate("6012001", from: phones[1])
      #expect(try phones[2].dial("2001").final?.status == 486)
    }

    @Test("DND-1: 401 keeps calls away, through kill -9, until 400", .timeLimit(.minutes(1)))
    func doNotDisturb() throws {
      let (exchange, phones) = try office()
      #expect(try activate("401", from: phones[0]) == "do not disturb on")
      try exchange.crashAndRestart()
      let refused = try phones[2].dial("2001")
      #expect(refused.final?.status == 486)
      #expect(refused.final?["Warning"]?.lowercased().contains("disturb") == true)
      #expect(phones[0].staysQuiet(for: 0.2), "no message reaches the phone")
      #expect(try activate("400", from: phones[0]) == "do not disturb off")
      try exchange.crashAndRestart()
      try expectRings(phones[0], calledBy: phones[2])
    }

    @Test("DIAL-2: wrong and missing arguments get 480 and change nothing")
    func wrongArguments() throws {
      let (exchange, phones) = try office()
      defer { withExtendedLifetime(exchange) {} }
      for digits in ["40", "402", "4011"] { #expect(try !activate(digits, from: phones[0]).isEmpty) }
      try expectRings(phones[0], calledBy: phones[2])
    }

    @Test(
      "DIAL-2: sipp dials 601 to 604, 600, 401 and 400 and finds the Warning",
      .enabled(if: Program.sipp != nil, "sipp is not installed"))
    func sippDials() throws {
      let exchange = try Exchange()
      let port = freePort()
      let station = "2001;[authentication username=u2001 password=\(Exchange.password)];\(port)"
      try Sipp("register-with-digest", at: exchange, times: 1, fields: [station]).finish()
      let codes = ["6012002", "6022002", "6032002", "6042002", "600", "401", "400"].map { "2001;\($0)" }
      try Sipp("activation-gets-480", at: exchange, times: codes.count, rate: 20, port: port, fields: codes).finish()
    }

    @Test(
      "FWD-5: baresip dials the code and forwards to another baresip",
      .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func baresipForwards() throws {
      let exchange = try Exchange()
      let phones = try ["2001", "2002", "2003"].map { try Baresip($0, at: exchange) }
      for phone in phones { try phone.waitUntilRegistered() }
      try phones[0].command("dial", "6012002")
      #expect(try phones[0].event("CALL_CLOSED").contains("480"))
      try phones[2].command("dial", "2001")
      try phones[2].event("CALL_ESTABLISHED")
      try phones[1].event("CALL_ESTABLISHED")
      try phones[2].command("hangup")
      try phones[1].event("CALL_CLOSED")
    }
  }
}
