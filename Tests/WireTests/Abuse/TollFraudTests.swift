import Foundation
import Testing

extension Wire {
  /// Each way round the class of service that is known from telephone exchanges, tried with real packets: no call reaches the
  /// carrier, and the refusal stands in the call records or the access log. The kernel's own tests have more of each.
  @Suite("Toll fraud: each way round the class of service ends in a refusal that is recorded")
  struct TollFraud {
    private func town(_ options: [(String, String)] = [], _ body: (TollTown, TestPhone) throws -> Void) throws {
      let town = try TollTown(options: options)
      defer { town.office.close() }
      let payer = try town.phone("2001")
      try body(town, payer)
      try town.expectNobodyOutside(payer)
    }

    // MARK: Transfer

    @Test("RELIABILITY 41: a transfer by REFER to the outside is paid by who presses the key, whatever Referred-By says")
    func blindTransfer() throws {
      try town { town, payer in
        let thief = try town.phone("2002")
        let (line, far) = try thief.call(town.phone("2003"))
        for extra in ["Referred-By: <sip:2001@\(thief.exchange)>", "P-Asserted-Identity: <sip:2001@\(thief.exchange)>"] {
          let answer = try line.request("REFER", extra: ["Refer-To: <sip:90411@\(thief.exchange)>", extra])
          #expect(answer.status == 403 || line.hasTransferred(403), "\(answer.startLine) \(line.transferProgress)")
        }
        #expect(line.isUp && far.isUp, "both are still there")
        try line.hangUp()
        try town.expectRecord("2002", "2003", note: "Transfer: ")
      }
    }

    @Test("RELIABILITY 41: two calls to the outside are not put together so that who pays can hang up")
    func trunkToTrunk() throws {
      try town { town, payer in
        let first = try town.callOutside("0411", from: payer)
        let second = try town.callOutside("0412", from: payer)
        let answer = try first.refer(to: "0412", replacing: second)
        #expect(answer.status == 403 || first.hasTransferred(403), "\(answer.startLine) \(first.transferProgress)")
        for line in [first, second] where line.isUp { try line.hangUp() }
        try town.expectRecord("2001", "90411", note: "nobody may connect trunk to trunk")
      }
    }

    @Test("RELIABILITY 41: nobody takes over another station's call to the outside by naming its dialog")
    func takenDialog() throws {
      try town { town, payer in
        let outside = try town.callOutside("0411", from: payer)
        let thief = try town.phone("2002")
        let (line, _) = try thief.call(town.phone("2003"))
        let answer = try line.refer(to: "0411", replacing: outside)
        #expect(answer.status == 400, "\(answer.startLine)")
        try town.expectRefusal(number: "2002", from: TollTown.address("2002"))
        // The same by a call of its own in the place of 2001.
        let intruder = try Handset("2003", at: town.exchange, from: TollTown.address("2004"))
        #expect(try intruder.register().status == 200)
        var call = intruder.call("2001", extra: ["Replaces: \(outside.replaces)"])
        try intruder.finish(&call)
        #expect((call.final?.status ?? 0) >= 400, "\(call.responses.map(\.startLine))")
        try town.expectRecord("2003", "2001", cause: "refused")
        #expect(outside.isUp && line.isUp)
        for line in [outside, line] { try line.hangUp() }
      }
    }

    // MARK: Forward

    @Test("RELIABILITY 41: forward to the outside by each code is refused when it is dialled", arguments: [1, 2, 3, 4])
    func forwardCode(_ way: Int) throws {
      try town { town, _ in
        let thief = try town.phone("2002")
        #expect(try thief.outcome("60\(way)90411").status == 480)
        try town.expectRecord("2002", "60\(way)90411", cause: "refused", note: "not possible")
        let line = try town.phone("2003").call("2002")
        try line.hangUp()
      }
    }

    @Test("RELIABILITY 41: a call is not forwarded outside by a telephone that may not call there, by 302 or by its settings")
    func forwarded() throws {
      try town { town, payer in
        let thief = try Handset("2002", at: town.exchange, from: TollTown.address("2002"))
        #expect(try thief.register().status == 200)
        let line = try payer.dial("2002")
        let incoming = try thief.incoming()
        thief.redirect(incoming, to: "90411")
        #expect(try line.final().status == 403)
        try town.expectRecord("2001", "2002", cause: "barred")
        try town.exchange.command("station", "set", "2003", "forward-unreachable=90411")
        #expect(try payer.outcome("2003").status == 403)
        try town.expectRecord("2001", "2003", cause: "barred")
      }
    }

    // MARK: Conference, pickup, park, voice mail

    @Test("RELIABILITY 41: a conference adds nobody whom its owner may not call")
    func conference() throws {
      try town { town, _ in
        let thief = try town.phone("2002")
        let (line, far) = try thief.call(town.phone("2003"))
        try line.hold()
        let room = try thief.dial("46")
        _ = try room.final()
        #expect(try thief.outcome("90411").status == 403)
        try town.expectRecord("2002", "90411", cause: "barred")
        #expect(far.isUp)
      }
    }

    @Test("RELIABILITY 41: pickup takes only what rings here: neither a number outside nor another's call to the outside")
    func pickup() throws {
      try town { town, payer in
        let ringing = try payer.dial("90411")
        let invite = try #require(town.carrier.next("INVITE", within: 3))
        town.carrier.respond(180, "Ringing", to: invite)
        let thief = try town.phone("2002")
        for code in ["652001", "6590411", "650411", "66"] {
          #expect(try thief.outcome(code).status == 480, "\(code)")
          try town.expectRecord("2002", code, cause: "refused")
        }
        #expect(ringing.phase == .early)
        town.carrier.respond(486, "Busy Here", to: invite)
        #expect(try ringing.final().status == 486)
      }
    }

    @Test("RELIABILITY 41: codes to park and to fetch lead nowhere outside, dialled or by transfer")
    func park() throws {
      try town { town, _ in
        let thief = try town.phone("2002")
        let (line, far) = try thief.call(town.phone("2003"))
        try line.hold()
        for code in ["1190411", "1290411", "120411"] {
          #expect((try thief.outcome(code).status ?? 0) >= 400, "\(code)")
          try town.expectRecord("2002", code, cause: "refused")
        }
        #expect(line.isUp && far.isUp)
        let answer = try line.refer(to: "1190411")
        #expect((answer.status ?? 0) >= 400 || wait(3) { (line.transferProgress.last ?? 0) >= 400 }, "\(answer.startLine)")
        if line.isUp { try line.hangUp() }
        try town.expectRecord("2002", "2003", note: "CallPark: 90411 is no station's number")
      }
    }

    @Test("RELIABILITY 41: a mailbox calls nobody: neither by the keys of who speaks to it nor by digits behind its number")
    func voiceMail() throws {
      try town { town, _ in
        try town.exchange.command("station", "set", "2002", "mailbox=on")
        let thief = try town.phone("2002")
        for code in ["*9890411", "299990411", "601299990411"] {
          #expect((try thief.outcome(code).status ?? 0) >= 400, "\(code)")
          #expect(try town.record("2002", code)?["answer"] is NSNull, "\(code)")
        }
        #expect(try thief.outcome("6012999").status == 480)
        let lines = [try town.phone("2003").call("2002"), try thief.call("*98")]
        for line in lines {
          for key in "90411#*0090411" { line.press(key, milliseconds: 60) }
          for key in "90411#" where line.isUp { try line.pressByInfo(key) }
        }
        #expect(try town.exchange.json("calls").count == lines.count { $0.isUp }, "no further call")
        for line in lines where line.isUp { try line.hangUp() }
      }
    }

    // MARK: Codes

    @Test("RELIABILITY 41: three wrong authorisation codes bar the station, the right one too; each try is recorded, no code is")
    func guessing() throws {
      try town { town, _ in
        #expect(try Authcodes.add("314159", "--label Sales --class national", town.exchange).status == 0)
        let thief = try town.phone("2002")
        for guess in ["000000", "000001", "271828"] {
          #expect(try thief.outcome("*85\(guess)90411").status == 403)
        }
        let barred = try thief.outcome("*8531415990411")
        #expect(barred.status == 403 && barred["Warning"]?.contains("barred") == true, "\(barred)")
        #expect(
          try wait(3) {
            try town.exchange.json("cdr").count { $0["caller"] as? String == "2002" && $0["cause"] as? String == "refused" } == 4
          })
        try town.expectRecord("2002", "*85******90411", cause: "refused", note: "authorisation code not valid")
        let records = try town.exchange.command("cdr", "--json")
        for code in ["314159", "000000", "000001", "271828"] { #expect(!records.contains(code)) }
      }
    }

    // MARK: Somebody else's name

    @Test("RELIABILITY 41: nobody calls in the name of who may: From and identity headers, from his own or a stranger's address")
    func spoofed() throws {
      try town { town, payer in
        let thief = try Handset("2002", at: town.exchange, from: TollTown.address("2002"))
        #expect(try thief.register().status == 200)
        // His own name, another's identity: he is asked as himself.
        let claims = [
          "P-Asserted-Identity: <sip:2001@127.0.0.1>", "P-Preferred-Identity: <sip:2001@127.0.0.1>",
          "Remote-Party-ID: <sip:2001@127.0.0.1>;party=calling", "Diversion: <sip:2001@127.0.0.1>;reason=unconditional",
        ]
        for claim in claims {
          var call = thief.call("90411", extra: [claim])
          try thief.finish(&call)
          #expect(call.final?.status == 403, "\(claim)")
        }
        try town.expectRecord("2002", "90411", cause: "barred")
        // Another's name, from a telephone's address and from a stranger's.
        for source in [TollTown.address("2002"), Stranger.address] {
          let liar = try Handset("2001", at: town.exchange, from: source)
          #expect(try liar.dial("90411").final?.status == 403, "\(source)")
          try town.expectRefusal(number: "2001", from: source)
        }
      }
    }

    @Test("RELIABILITY 41: where calls are challenged, a station's own password does not prove that it is another")
    func otherPassword() throws {
      try town([("sip.call-authentication", "digest")]) { town, _ in
        let source = TollTown.address("2001")
        let thief = try Handset("2001", at: town.exchange, from: source)
        var call = thief.call("90411")
        try thief.finish(&call)
        let challenge = try #require(call.final)
        #expect(challenge.status == 407)
        for user in ["u2002", "u2001"] {
          let guess = Guess(number: "2001", user: user, password: user == "u2002" ? Exchange.password : "Wrong_4711")
          let uri = "sip:90411@127.0.0.1:\(town.exchange.udp)"
          let proof = try #require(guess.credentials(for: challenge, method: "INVITE", uri: uri))
          var proven = thief.call("90411", extra: ["Proxy-Authorization: \(proof)"])
          try thief.finish(&proven)
          #expect(proven.final?.status == 403, "\(user)")
        }
        try town.expectRefusal(number: "2001", from: source)
      }
    }

    @Test("RELIABILITY 41: a caller from outside reaches no trunk, code or emergency number, in whoever's name he comes")
    func fromOutside() throws {
      try town { town, _ in
        let numbers = ["90411", "60190411", "*8531415990411", "*98", "122001", "652001", "46"]
        for number in numbers {
          let id = town.carrier.send("INVITE", to: number, extra: ["P-Asserted-Identity: <sip:2001@127.0.0.1>"])
          let answer = try #require(town.carrier.answer(to: id, within: 3), "\(number)")
          #expect(answer.status == 404, "\(number): \(answer.startLine)")
        }
        #expect(
          try wait(3) { try town.exchange.json("cdr").count { $0["cause"] as? String == "barred" } == numbers.count },
          "each is recorded")
        // The same packets from an address that is not the carrier's are a stranger's.
        let stranger = try Stranger(.udp, at: town.exchange)
        let forged = Draft("INVITE", by: stranger, from: "0370101234", to: "0398722900", body: Handset.sdp(port: 4000))
          .with("P-Asserted-Identity", "<sip:2001@127.0.0.1>")
        #expect(try stranger.send(forged.octets).status == 403)
        try town.expectRefusal(number: "0370101234", from: Stranger.address)
      }
    }
  }
}

extension Handset {
  /// 302: the call shall go there instead.
  fileprivate func redirect(_ call: Call, to number: String) {
    guard let invite = call.invite else { return }
    var lines = ["SIP/2.0 302 Moved Temporarily"] + invite.all("Via").map { "Via: \($0)" }
    lines += ["From: \(invite["From"] ?? "")", "To: \(invite["To"] ?? "");tag=\(call.localTag)", "Call-ID: \(invite.callID)"]
    lines += ["CSeq: \(invite["CSeq"] ?? "")", "Contact: <sip:\(number)@127.0.0.1>", "Content-Length: 0"]
    socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
  }
}
