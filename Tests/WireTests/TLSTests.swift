import Foundation
import Testing

extension Wire {
  @Suite("TLS", .enabled(if: Program.openssl != nil, "openssl is not installed"))
  struct TLS {
    private let folder = try? TemporaryFolder()

    private func certificates() throws -> Certificates {
      guard let folder else { throw WireFailure("no folder") }
      return try Certificates(in: folder.url)
    }

    private func exchange(_ options: [(String, String)]) throws -> Exchange {
      try Exchange(options: options, arguments: ["--listen", "tls:127.0.0.1:0"])
    }

    private static let question =
      "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKtls\r\nMax-Forwards: 70\r\n"
      + "From: <sip:2001@127.0.0.1>;tag=t\r\nTo: <sip:127.0.0.1>\r\nCall-ID: tls\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

    private func counter(_ name: String, of exchange: Exchange) throws -> Int {
      let text = try exchange.command("status", "--counters")
      let line = text.split(separator: "\n").first { $0.split(separator: " ").first.map(String.init) == name }
      guard let value = line?.split(separator: " ").last.flatMap({ Int($0) }) else { throw WireFailure("no \(name) in \(text)") }
      return value
    }

    private func expectHears(_ phone: Baresip, _ voice: Double, sourceLocation: SourceLocation = #_sourceLocation) {
      var last = Sound(samples: [])
      let came = wait(8) {
        guard let all = try? phone.heard(), all.length > 1.5 else { return false }
        last = all.last(0.5)
        return last.tones(among: [710, 1130]) == [voice]
      }
      #expect(came, "baresip \(phone.number): loudest \(last.loudest)", sourceLocation: sourceLocation)
    }

    @Test(
      "SEC-1: a baresip by TLS and one by UDP call each other and hear each other",
      .enabled(if: Program.baresip != nil, "baresip is not installed"), .timeLimit(.minutes(1)), arguments: [true, false])
    func baresips(isTLSCalling: Bool) throws {
      let certificates = try certificates()
      let exchange = try exchange(certificates.options())
      let secure = try Baresip(
        "2001", at: exchange, over: "tls", Baresip.Habits(voice: 710, isRecording: true, authority: certificates.url("ca.pem")))
      let plain = try Baresip("2002", at: exchange, Baresip.Habits(voice: 1130, isRecording: true))
      for phone in [secure, plain] { try phone.waitUntilRegistered() }
      #expect(try exchange.json("registrations").map { $0["transport"] as? String } == ["tls", "udp"])
      let (caller, called) = isTLSCalling ? (secure, plain) : (plain, secure)
      try caller.command("dial", called.number)
      for phone in [caller, called] { try phone.event("CALL_ESTABLISHED", within: 8) }
      expectHears(secure, 1130)
      expectHears(plain, 710)
      try caller.command("hangup")
      try called.event("CALL_CLOSED")
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
      let sent = try exchange.json("ladder", "last").filter { $0["sent"] as? Bool == true }.compactMap {
        $0["message"] as? String
      }
      #expect(sent.contains { $0.contains("127.0.0.1:\(exchange.tls);transport=tls>") }, "our Contact towards the TLS phone")
      #expect(isTLSCalling || sent.contains { $0.contains("Via: SIP/2.0/TLS 127.0.0.1:\(exchange.tls)") })
    }

    @Test("SEC-1, RELIABILITY 33: TLS 1.1, another host's name and a plain message are refused; TLS 1.2 and 1.3 answered")
    func versions() throws {
      let certificates = try certificates()
      let exchange = try exchange(certificates.options())
      for words in [["-tls1_2"], ["-tls1_3"], ["-servername", "pbx.example"]] {
        #expect(try certificates.ask(exchange.tls, words, message: Self.question).contains("SIP/2.0 403"), "\(words)")
      }
      for words in [["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], ["-servername", "elsewhere.example"]] {
        let answer = try certificates.ask(exchange.tls, words, message: Self.question)
        #expect(answer.contains("alert") && !answer.contains("SIP/2.0 403"), "\(words): \(answer)")
      }
      let plain = try Socket(.tcp, to: exchange.tls)
      plain.send(Self.question)
      #expect(wait(3) { plain.receive(within: 0.1) == nil && plain.isClosedByPeer })
      #expect(try counter("handshakesFailed", of: exchange) == 3)
      #expect(exchange.log.contains("a TLS older than 1.2"))
    }

    @Test("SEC-1, RELIABILITY 33: mutual TLS takes a known authority's certificate, and none, another's, an expired one not")
    func mutual() throws {
      let certificates = try certificates()
      for (name, authority, days) in [("phone", "ca", 90), ("stranger", "other", 90), ("late", "ca", -1)] {
        try certificates.issue(name, by: authority, days: days)
      }
      let exchange = try exchange(
        certificates.options("pbx", [("sip.tls-client-ca", certificates.url("ca.pem").path), ("sip.tls-mutual", "on")]))
      func answer(_ name: String) throws -> String {
        try certificates.ask(exchange.tls, ["-cert", "\(name).pem", "-key", "\(name).key"], message: Self.question)
      }
      #expect(try answer("phone").contains("SIP/2.0 403"))
      for name in ["stranger", "late"] { #expect(try !answer(name).contains("SIP/2.0 403"), "\(name)") }
      #expect(try !certificates.ask(exchange.tls, message: Self.question).contains("SIP/2.0 403"))
      #expect(try counter("handshakesFailed", of: exchange) == 3)
      try exchange.command("option", "set", "sip.tls-validate-any", "on")
      #expect(try answer("stranger").contains("SIP/2.0 403"))
      #expect(try !certificates.ask(exchange.tls, message: Self.question).contains("SIP/2.0 403"))
    }

    @Test(
      "SEC-1: a renewed certificate is for new connections, a broken one is refused; the call on the old connection goes on",
      .enabled(if: Program.baresip != nil, "baresip is not installed"), .timeLimit(.minutes(1)))
    func renewal() throws {
      let certificates = try certificates()
      let exchange = try exchange(certificates.options())
      let secure = try Baresip("2001", at: exchange, over: "tls", Baresip.Habits(authority: certificates.url("ca.pem")))
      let plain = try Baresip("2002", at: exchange)
      for phone in [secure, plain] { try phone.waitUntilRegistered() }
      try secure.command("dial", "2002")
      for phone in [secure, plain] { try phone.event("CALL_ESTABLISHED", within: 8) }
      let serial = try shown(certificates, exchange)
      #expect(serial.count > 8)

      try certificates.issue("pbx", for: "DNS:pbx.example,IP:127.0.0.1")
      let reloaded = try exchange.command("reload")
      #expect(reloaded.contains("reloaded"))
      let renewed = try shown(certificates, exchange)
      #expect(renewed != serial)

      try Data("-----BEGIN CERTIFICATE-----\nrubbish\n".utf8).write(to: certificates.url("pbx.pem"))
      #expect(throws: WireFailure.self) { try exchange.command("reload") }
      #expect(exchange.log.contains("the old certificate stays in force"))
      #expect(try shown(certificates, exchange) == renewed)
      try certificates.issue("other-key")
      try certificates.issue("pbx", for: "DNS:pbx.example", days: -1)
      #expect(throws: WireFailure.self) { try exchange.command("reload") }
      #expect(try shown(certificates, exchange) == renewed)

      #expect(try counter("connectionsTLS", of: exchange) == 1, "the phone's connection is the one it began with")
      #expect(try exchange.json("calls").count == 1)
      try plain.command("hangup")
      try secure.event("CALL_CLOSED")
    }

    /// The serial number of the certificate that new connections are shown.
    private func shown(_ certificates: Certificates, _ exchange: Exchange) throws -> String {
      let text = try certificates.ask(exchange.tls)
      guard let start = text.range(of: "-----BEGIN CERTIFICATE-----"), let end = text.range(of: "-----END CERTIFICATE-----")
      else {
        throw WireFailure("no certificate: \(text)")
      }
      return String(text[start.upperBound..<end.lowerBound])
    }

    @Test(
      "RELIABILITY 30: with 200 half TLS handshakes and 200 idle connections a phone registers and calls within a second",
      .timeLimit(.minutes(1)))
    func strangers() throws {
      let certificates = try certificates()
      let exchange = try exchange(certificates.options())
      let hello: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]
      var strangers: [Socket] = []
      for number in 0..<200 {
        let half = try Socket(.tcp, to: exchange.tls, from: "127.0.0.\(10 + number % 4)")
        half.send(hello)
        strangers.append(half)
        strangers.append(try Socket(.tcp, to: exchange.tcp, from: "127.0.0.\(20 + number % 4)"))
      }
      // So many a second are taken up; the rest waits in the system's queue.
      #expect(wait(8) { (try? counter("handshaking", of: exchange)) == 200 })
      let begin = Date()
      let phones = try (Handset("2001", at: exchange, over: .tcp), Handset("2002", at: exchange))
      #expect(try phones.0.register().status == 200)
      #expect(try phones.1.register().status == 200)
      let call = phones.0.call("2002")
      let incoming = try phones.1.incoming()
      phones.1.ring(incoming)
      #expect(phones.0.next(within: 1, where: { $0.status == 180 && $0.branch == call.branch }) != nil)
      #expect(Date().timeIntervalSince(begin) < 1)
      #expect(try certificates.ask(exchange.tls, message: Self.question).contains("SIP/2.0 403"))
      #expect(wait(14) { (try? counter("handshaking", of: exchange)) == 0 })
      #expect(try counter("handshakesFailed", of: exchange) == 200)
      _ = strangers
    }

    @Test(
      "REG-12: without connection reuse a phone is called at its Contact by a connection of the exchange's",
      .enabled(if: Program.baresip != nil, "baresip is not installed"), .timeLimit(.minutes(1)), arguments: ["tcp", "tls"],
      [true, false])
    func reuse(over transport: String, isOn: Bool) throws {
      let certificates = try certificates()
      try certificates.issue("phone")
      let exchange = try exchange(
        certificates.options(
          "pbx", [("sip.connection-reuse", isOn ? "on" : "off"), ("sip.tls-client-ca", certificates.url("ca.pem").path)]))
      var habits = Baresip.Habits(authority: certificates.url("ca.pem"))
      habits.certificate = certificates.url("phone.both")
      let called = try Baresip("2001", at: exchange, over: transport, habits)
      let caller = try Baresip("2002", at: exchange)
      for phone in [called, caller] { try phone.waitUntilRegistered() }
      #expect(try counter("connections", of: exchange) == 1)
      try caller.command("dial", "2001")
      for phone in [caller, called] { try phone.event("CALL_ESTABLISHED", within: 8) }
      #expect(try counter("connections", of: exchange) == (isOn ? 1 : 2))
      try caller.command("hangup")
      try called.event("CALL_CLOSED")
    }

    @Test("SEC-1: without a certificate the exchange says what it wants, and does not start")
    func noCertificate() throws {
      #expect(throws: WireFailure.self) { try exchange([]) }
      let folder = try TemporaryFolder()
      let plan = try folder.write("plan.xml", Exchange.plan)
      let (status, _, errors) = try Exchange.run(
        [
          "serve", "--plan", plan.path, "--database", folder.url.appendingPathComponent("a.sqlite").path, "--listen",
          "tls:127.0.0.1:0",
        ],
        in: folder.url)
      #expect(status == 1 && errors.contains("strowger option set sip.tls-certificate"), "\(errors)")
    }
  }
}
