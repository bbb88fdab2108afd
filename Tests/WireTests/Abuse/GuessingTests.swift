import Foundation
import Testing

/// A REGISTER by somebody on a socket of his own, and what he makes of the challenge.
struct Guess {
  var number: String
  var user: String
  var password: String

  /// The challenge and, unless there was none, the answer to the credentials.
  /// - Parameters:
  ///   - pause: how long to wait for an answer that has to be kept first, in seconds.
  ///   - spoil: changes the second REGISTER.
  static func attempt(
    _ guess: Guess, by stranger: Stranger, pause: Double = 0, spoil: (Draft) -> Draft = { $0 }
  ) throws -> (challenge: Stranger.Outcome, verdict: Stranger.Outcome?) {
    let draft = Draft("REGISTER", by: stranger, from: guess.number).adding("User-Agent: abuse/1")
    let challenge = try stranger.send(draft.octets)
    guard let offer = challenge.answers.last, let credentials = guess.credentials(for: offer) else { return (challenge, nil) }
    let second = draft.again().with("CSeq", "2 REGISTER").adding("Authorization: \(credentials)")
    return (challenge, try stranger.send(spoil(second).octets, pause: pause))
  }

  func credentials(for answer: SIPText, method: String = "REGISTER", uri: String = "sip:127.0.0.1", count: UInt32 = 1) -> String?
  {
    let offers = answer.all("WWW-Authenticate") + answer.all("Proxy-Authenticate")
    return offers.first { $0.contains("MD5") }.map {
      Digest.answer(to: $0, user: user, password: password, method: method, uri: uri, count: count)
    }
  }
}

extension Draft {
  /// The same once more as a request of its own.
  func again() -> Draft {
    var copy = self
    copy.lines = lines.map { line in
      guard line.hasPrefix("Via:"), let branch = line.range(of: "z9hG4bK") else { return line }
      let rest = line[branch.upperBound...].drop { $0 != ";" }
      return "\(line[..<branch.upperBound])\(UInt64.random(in: 0...UInt64.max))\(rest)"
    }
    return copy
  }
}

extension SIPText {
  /// What two refusals may not differ in: code, reason, names of the headers and all values that are not the asker's own.
  var own: String {
    let echoed = ["via", "from", "to", "call-id", "cseq"]
    return ([startLine] + headers.map { echoed.contains($0.name.lowercased()) ? $0.name : "\($0.name): \($0.value)" })
      .joined(separator: "\n")
      .replacingOccurrences(of: #"nonce="[^"]*""#, with: "nonce", options: .regularExpression)
  }
}

extension Wire {
  @Suite("Abuse: guessing who is there and with what password")
  struct Guessing {
    static let right = Guess(number: "2001", user: "u2001", password: Exchange.password)

    @Test(
      "RELIABILITY 19: a scan of extensions learns nothing: refusals are equal in code, reason, headers, length and time",
      .timeLimit(.minutes(2)), arguments: ["REGISTER", "INVITE", "OPTIONS"])
    func scan(_ method: String) throws {
      // Stations 2001 to 2010 exist, the others of the thousand do not.
      try Abuse.survived(counting: ["rejected"], options: [("sip.register-block-time", "0")], rounds: 1) { abuse in
        let stranger = try abuse.stranger(.udp)
        var kinds: Set<String> = []
        var times: [Bool: [UInt64]] = [true: [], false: []]
        for round in 0..<500 {
          for number in ["\(2001 + round % 10)", "\(3000 + round)"] {
            let (answer, time) = try timed(method, number, round, stranger)
            kinds.insert(answer)
            times[number < "3", default: []].append(time)
          }
        }
        #expect(kinds.count == 1, "\(kinds)")
        let medians = times.mapValues { $0.sorted()[$0.count / 2] }
        let (there, absent) = (Double(medians[true] ?? 0), Double(medians[false] ?? 0))
        print("scan by \(method): stations \(there / 1000) µs, others \(absent / 1000) µs")
        #expect(abs(there - absent) < 0.1 * max(there, absent), "\(method): medians of \(there) and \(absent) ns")
      }
    }

    /// The refusal but for what it echoes, its length, and how long it took in nanoseconds. A REGISTER has a wrong password for a right or a wrong user.
    private func timed(_ method: String, _ number: String, _ round: Int, _ stranger: Stranger) throws -> (String, UInt64) {
      var draft = Draft(method, by: stranger, from: number, to: number)
      if method == "REGISTER" {
        stranger.socket.send(draft.octets)
        let guess = Guess(number: number, user: round % 20 < 10 ? "u\(number)" : "x\(number)", password: "Wrong_4711")
        guard let challenge = stranger.socket.receive(within: 2), let credentials = guess.credentials(for: challenge) else {
          throw WireFailure("no challenge")
        }
        draft = draft.again().with("CSeq", "2 REGISTER").adding("Authorization: \(credentials)")
      }
      let start = DispatchTime.now().uptimeNanoseconds
      stranger.socket.send(draft.octets)
      guard let answer = stranger.socket.receive(within: 2), answer.callID == draft.callID else {
        throw WireFailure("no refusal of \(method) \(number)")
      }
      let time = DispatchTime.now().uptimeNanoseconds - start
      if method == "INVITE" { stranger.socket.send(draft.acknowledging(answer).octets) }
      let echoed = draft.lines.filter { line in ["Via", "From", "To", "Call-ID", "CSeq"].contains { line.hasPrefix($0 + ":") } }
      return ("\(answer.own) \(answer.description.utf8.count - echoed.joined().utf8.count)", time)
    }

    @Test(
      "RELIABILITY 20: who guesses passwords is blocked; guesses from many sources do not lock the station's own phone out",
      .timeLimit(.minutes(1)))
    func guessing() throws {
      try Abuse.survived(counting: ["rejected", "blocked"], rounds: 1) { abuse in
        let guesser = try Socket(.udp, to: abuse.exchange.udp, from: "127.0.0.67")
        var refusals = 0
        for round in 0..<1000 {
          let draft = Draft("REGISTER", over: guesser, host: "127.0.0.67", from: "2001")
          guesser.send(draft.octets)
          // Once blocked nothing comes back: not waited for a thousand times.
          guard let challenge = guesser.receive(within: refusals < 5 ? 2 : 0.002) else { continue }
          let guess = Guess(number: "2001", user: "u2001", password: "Wrong_\(round)")
          guard let credentials = guess.credentials(for: challenge) else { continue }
          guesser.send(draft.again().with("CSeq", "2 REGISTER").adding("Authorization: \(credentials)").octets)
          if guesser.receive(within: 2)?.status == 403 { refusals += 1 }
        }
        #expect(refusals == 5, "as often as the option says")
        #expect(try abuse.exchange.json("blocked").map { $0["source"] as? String } == ["127.0.0.67"])
        for host in 0..<1000 {
          let source = "127.3.\(host / 250).\(host % 250 + 1)"
          let many = try Socket(.udp, to: abuse.exchange.udp, from: source)
          let draft = Draft("REGISTER", over: many, host: source, from: "2001")
          many.send(draft.octets)
          let guess = Guess(number: "2001", user: "u2001", password: "Wrong_\(host)")
          guard let challenge = many.receive(within: 2), let credentials = guess.credentials(for: challenge) else {
            throw WireFailure("no challenge for \(source)")
          }
          many.send(draft.again().with("CSeq", "2 REGISTER").adding("Authorization: \(credentials)").octets)
          #expect(many.receive(within: 2)?.status == 403)
        }
        #expect(try abuse.one.register().status == 200, "its own phone")
        #expect(try abuse.exchange.json("blocked").count == 1)
      }
    }

    @Test("RELIABILITY 21: failures that come from somebody's address without his having been challenged there block nobody")
    func victim() throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        // The attacker has a nonce of his own; the packets say they come from the victim.
        let attacker = try abuse.stranger(.udp, from: "127.0.0.68")
        let victim = try abuse.stranger(.udp, from: "127.0.0.69")
        let offer = try attacker.send(Draft("REGISTER", by: attacker).octets).answers.last
        let guess = Guess(number: "2001", user: "u2001", password: "Wrong_4711")
        for round in 0..<20 {
          let credentials = try #require(offer.flatMap { guess.credentials(for: $0, count: UInt32(round + 1)) })
          let forged = try victim.send(Draft("REGISTER", by: victim).adding("Authorization: \(credentials)").octets)
          #expect(forged.status == 401, "challenged anew, not counted")
        }
        #expect(try abuse.exchange.json("blocked").isEmpty)
        let phone = try Handset("2003", at: abuse.exchange, from: "127.0.0.69")
        #expect(try phone.register().status == 200)
        #expect(try phone.register(expires: 0).status == 200)
      }
    }

    @Test("RELIABILITY 22: captured credentials are good for nothing; stale is said only where the digest was right")
    func replayed() throws {
      try Abuse.survived(counting: ["rejected"], answersMayBe2xx: true) { abuse in
        let phone = try abuse.stranger(.udp, from: "127.0.0.70")
        var captured = Draft("REGISTER", by: phone)
        let granted = try Guess.attempt(Self.changed(to: "2004"), by: phone, pause: 0.5) { draft in
          captured = draft
          return draft
        }
        #expect(granted.verdict?.status == 200)
        let nonces = Set(granted.challenge.answers.flatMap { $0.all("WWW-Authenticate") }.map { Digest.field("nonce", of: $0) })
        #expect(nonces.allSatisfy { $0.count == 48 })
        let again = try phone.send(captured.again().with("CSeq", "3 REGISTER").octets)
        #expect(again.status == 401 && again.answers.last?["WWW-Authenticate"]?.contains("stale=true") == true, "same count")
        let elsewhere = try abuse.stranger(.udp, from: "127.0.0.71")
        for (what, outcome) in [
          ("other source", try elsewhere.send(captured.again().with("CSeq", "4 REGISTER").octets)),
          ("other URI", try phone.send(captured.to("sip:127.0.0.1:5060").again().with("CSeq", "5 REGISTER").octets)),
          ("old process", try phone.send(Self.foreign(captured).with("CSeq", "6 REGISTER").octets)),
        ] {
          #expect(outcome.status == 401, "\(what): \(outcome.answers)")
          if what != "other URI" {
            #expect(outcome.answers.last?["WWW-Authenticate"]?.contains("stale") == false, "\(what)")
          }
        }
        var invite = Draft("INVITE", by: elsewhere, from: "2004", body: Handset.sdp(port: 30_000))
        let line = try #require(captured.lines.first(where: { $0.hasPrefix("Authorization:") }), "\(captured.lines)")
        invite.lines.append("Proxy-\(line)")
        let called = try elsewhere.send(invite.octets)
        #expect([401, 403, 407].contains(called.status), "other method: \(called.answers)")
        _ = try Guess.attempt(Self.changed(to: "2004"), by: phone, pause: 0.5) { $0.with("Expires", "0") }
      }
    }

    private static func changed(to number: String) -> Guess {
      Guess(number: number, user: "u\(number)", password: Exchange.password)
    }

    /// With a nonce that the exchange never gave.
    private static func foreign(_ draft: Draft) -> Draft {
      var copy = draft.again()
      copy.lines = copy.lines.map { $0.replacingOccurrences(of: " nonce=\"1", with: " nonce=\"2") }
      return copy
    }
  }
}

extension Draft {
  /// The same by somebody on a plain socket.
  init(_ method: String, over socket: Socket, host: String, from: String, to: String = "2002") {
    self.init(method, over: socket.kind, host: host, port: socket.port, from: from, to: to)
  }

  /// The ACK of a refusal of this INVITE.
  func acknowledging(_ answer: SIPText) -> Draft {
    var copy = with("CSeq", "1 ACK").with("To", answer["To"] ?? "").carrying([])
    copy.method = "ACK"
    return copy
  }
}
