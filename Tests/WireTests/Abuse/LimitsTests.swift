import Foundation
import Testing

extension Wire {
  /// RELIABILITY §1, 6–13: what stands in the start line and the header fields.
  @Suite("Abuse of headers", .serialized)
  struct AbuseOfHeaders {
    @Test(
      "RELIABILITY 6: too much of anything is 400 or 513 within 5 ms of processor time; what RFC 4475 calls long passes",
      arguments: [Socket.Kind.udp, .tcp])
    func tooMuch(over kind: Socket.Kind) throws {
      let cases: [(String, [String])] = [
        ("30,000 parameters", ["Subject: " + String(repeating: ";a", count: kind == .udp ? 8_000 : 30_000)]),
        ("33 parameters", ["Subject: x" + String(repeating: ";a=1", count: 33)]),
        ("12,000 headers", [String](repeating: "N: y", count: kind == .udp ? 2_500 : 12_000)),
        ("200 headers", [String](repeating: "N: y", count: 200)),
        ("500 Contacts", ["Contact: " + (0..<500).map { _ in "<sip:a>" }.joined(separator: ",")]),
        ("90 Vias", (0..<90).map { "Via: SIP/2.0/UDP h\($0);branch=z9hG4bK\($0)" }),
        ("10,000 folded empty lines", ["N: y"] + [String](repeating: " ", count: kind == .udp ? 5_000 : 10_000)),
        ("a header of 3 KiB", ["X: " + String(repeating: "y", count: 3_000)]),
        ("headers of 9 KiB", (0..<9).map { "X\($0): " + String(repeating: "y", count: 1_024) }),
      ]
      try Abuse.survived(counting: [kind == .udp ? "rejected" : "garbage"]) { abuse in
        for (name, lines) in cases {
          let stranger = try abuse.stranger(kind)
          var draft = Draft("INVITE", by: stranger)
          draft.lines += lines
          let before = abuse.processorTime
          let outcome = try stranger.send(draft.octets)
          let time = abuse.processorTime - before
          // A header section without end is cut off on a stream before it is read to its end.
          let isFitting = outcome.status == 400 || outcome.status == 513 || kind == .tcp && outcome.answers.isEmpty
          #expect(isFitting, "\(name): \(outcome.answers.map(\.startLine))")
          #expect(outcome.isClosed == (kind == .tcp), "\(name)")
          #expect(time < 0.005 * Abuse.slowness, "\(name): \(time * 1000) ms")
        }
        let stranger = try abuse.stranger(kind)
        let long = Draft("INVITE", by: stranger).to("sip:\(String(repeating: "2", count: 300))@127.0.0.1")
        #expect(try stranger.send(long.octets).status == 414)
        let method = Draft(String(repeating: "M", count: 33), by: stranger)
        #expect(try stranger.send(method.octets).status == 501)
        var allowed = Draft("INVITE", by: stranger)
        allowed.lines += (0..<30).map { "N\($0): y" } + ["X: " + String(repeating: "y", count: 593)]
        #expect(try stranger.send(allowed.octets).status == 403, "long, and only not a station")
      }
    }

    @Test("RELIABILITY 7: a NUL shortens nothing; 20%0001 is not 20 and not 2001")
    func nul() throws {
      try Abuse.survived(counting: ["dropped", "rejected"]) { abuse in
        let phone = try Stranger(.udp, at: abuse.exchange, from: "127.0.0.1")
        #expect(try phone.send(Draft("INV\0ITE", by: phone).octets).answers.isEmpty, "in the method")
        #expect(try phone.send(Draft("INVITE", by: phone).adding("Subject: a\0b").octets).status == 400, "in a header")
        #expect(try phone.send(Draft("INVITE", by: phone).to("sip:20\0@127.0.0.1").octets).answers.isEmpty, "in the user part")
        // In a quoted string it is allowed (RFC 4475 §3.1.1.2): the caller, whose name it is, gets on.
        let quoted = Draft("INVITE", by: phone, to: "2009").with("From", "\"Al\0ice\" <sip:2001@127.0.0.1>;tag=q")
        #expect(try phone.send(quoted.octets, pause: 0.05).answers.allSatisfy { ($0.status ?? 0) / 100 != 2 })
        for user in ["20%0001", "2001%00", "%002001", "2002%00"] {
          let outcome = try phone.send(Draft("INVITE", by: phone, to: user, body: Handset.sdp(port: 30_000)).octets, pause: 0.05)
          #expect([400, 404, 484].contains(outcome.status ?? 0), "\(user): \(outcome.answers.map(\.startLine))")
        }
        let body = Handset.sdp(port: 30_000).replacingOccurrences(of: "s=-", with: "s=\0")
        let outcome = try phone.send(Draft("INVITE", by: phone, to: "2009", body: body).octets, pause: 0.1)
        #expect(outcome.status != nil, "the body is not shortened: \(outcome.answers.map(\.startLine))")
        #expect(abuse.two.staysQuiet(for: 0.1))
      }
    }

    @Test(
      "RELIABILITY 8: CR or LF alone is 400, and never two headers for the other telephone", arguments: [Socket.Kind.udp, .tcp])
    func lineEnds(over kind: Socket.Kind) throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        for line in ["X: a\nInjected: 1", "X: a\rInjected: 1", "Subject: a\nInjected: 1", "Subject: a\r\rInjected: 1"] {
          let phone = try Stranger(kind, at: abuse.exchange, from: "127.0.0.1")
          var draft = Draft("INVITE", by: phone, body: Handset.sdp(port: 30_000))
          draft.lines.insert(line, at: 1)
          #expect(try phone.send(draft.octets).status == 400, "\(line.debugDescription)")
        }
        let phone = try Stranger(kind, at: abuse.exchange, from: "127.0.0.1")
        let name = "\"a\nInjected: 1\" <sip:2001@127.0.0.1>;tag=n"
        #expect(try phone.send(Draft("INVITE", by: phone).with("From", name).octets).status == 400)
        #expect(abuse.two.staysQuiet(for: 0.1), "nothing goes on to 2002")
      }
    }

    @Test("RELIABILITY 9: blanks, tabs, folding, short forms and case mean the same, also where a header is not believed")
    func spellings() throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        for name in ["From :", "from\t:", "FROM:\r\n ", "f:", "F :", "f\t \t:\r\n\t"] {
          for method in ["INVITE", "MESSAGE"] {
            var draft = Draft(method, by: stranger)
            draft.lines = draft.lines.map { $0.hasPrefix("From:") ? name + $0.dropFirst("From:".count) : $0 }
            #expect(try stranger.send(draft.octets).status == 403, "\(method) with \(name.debugDescription)")
          }
        }
        let names = [
          "P-Asserted-Identity", "p-asserted-identity ", "P-ASSERTED-IDENTITY\t", "Remote-Party-ID :", "Diversion\r\n ",
        ]
        for name in names {
          // A telephone's call; what it asserts must not reach the other.
          var call = abuse.one.call(
            "2002", extra: ["\(name)\(name.contains(":") ? "" : ":") <sip:evil@198.51.100.7>"], sdp: nil)
          let ringing = try #require(
            abuse.two.next(within: 1) { $0.status == nil && $0.method == "INVITE" }, "\(name.debugDescription)")
          #expect(!ringing.description.contains("evil"), "\(name.debugDescription)")
          abuse.two.respond(486, "Busy Here", to: ringing, tag: "busy")
          try abuse.one.finish(&call)
        }
      }
    }

    @Test("RELIABILITY 10: hostile names are 400 or data, and reach log, status and ladder escaped")
    func names() throws {
      let names: [(String, Bool)] = [
        ("\"open", false), ("\"trail\\", false), (String(repeating: "a", count: 8_192), false), ("\"\u{1b}[2J\"", true),
        ("\"<script>alert(1)</script>\"", true), ("\"%n%s%n\"", true), ("\"@@\"", true),
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        for (name, isData) in names {
          let draft = Draft("INVITE", by: stranger).with("From", "\(name) <sip:2001@127.0.0.1>;tag=d")
          let octets = replacing("@@", in: draft.octets, by: [0xff, 0xfe, 0xc3, 0x28, 0x80])
          let status = try stranger.send(octets).status
          #expect(isData ? status == 403 : status == 400 || status == 513, "\(name.debugDescription.prefix(40)): \(status ?? 0)")
          let user = Draft("REGISTER", by: stranger, from: "%1b[2J<script>")
          #expect(try stranger.send(user.octets).status != nil)
        }
        #expect(try stranger.send(Draft("INVITE", by: stranger).with("Call-ID", "%n%s%n").octets).status == 403)
        for words in [["accesslog"], ["status"], ["ladder", "last"]] {
          let (_, output, errors) = try Exchange.run(
            words + ["--database", abuse.exchange.database.path], in: abuse.exchange.folder.url)
          #expect(!(output + errors).unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(words)")
        }
      }
    }

    private func replacing(_ mark: String, in octets: [UInt8], by other: [UInt8]) -> [UInt8] {
      var data = Data(octets)
      if let place = data.range(of: Data(mark.utf8)) { data.replaceSubrange(place, with: other) }
      return Array(data)
    }

    @Test("RELIABILITY 11: a status that is none is dropped", arguments: [Socket.Kind.udp, .tcp])
    func statusCodes(over kind: Socket.Kind) throws {
      try Abuse.survived(counting: ["dropped"]) { abuse in
        let stranger = try abuse.stranger(kind)
        for code in ["4294967301 x", "0 x", "99 x", "700 x", "999 x", "-200 x", "", "18446744073709551816 x", "2000 x"] {
          let draft = Draft("INVITE", by: stranger)
          let text = String(decoding: draft.octets, as: UTF8.self)
          let response = "SIP/2.0 \(code)" + text.dropFirst(draft.method.count + draft.uri.count + " SIP/2.0".count + 1)
          #expect(try stranger.send(response.utf8).answers.isEmpty, "\(code)")
        }
        if kind == .udp { #expect(try stranger.send("SIP/2.0 \r\n\r\n".utf8).answers.isEmpty) }
      }
    }

    @Test("RELIABILITY 12: numbers out of range are 400; an expiry out of range counts as the default")
    func numbers() throws {
      let cases = [
        ("CSeq", "4294967296 INVITE"), ("CSeq", "36893488147419103232 INVITE"), ("CSeq", "-1 INVITE"), ("CSeq", "1 BYE"),
        ("CSeq", "1"), ("CSeq", "INVITE"), ("Max-Forwards", "256"), ("Max-Forwards", "-1"), ("Max-Forwards", "70 x"),
        ("Max-Forwards", "18446744073709551686"), ("Contact", "<sip:2001@127.0.0.66>;q=2"),
        ("Contact", "<sip:2001@127.0.0.66>;q=-0.1"), ("Contact", "<sip:2001@127.0.0.66>;q=0.12345"),
      ]
      try Abuse.survived(counting: ["rejected"], answersMayBe2xx: true) { abuse in
        let stranger = try abuse.stranger(.udp)
        for (name, value) in cases {
          let status = try stranger.send(Draft("INVITE", by: stranger).with(name, value).octets).status
          #expect(status == 400, "\(name): \(value): \(status ?? 0)")
        }
        let unset = try Handset("2003", at: abuse.exchange)
        let usual = SIPText.parameter("expires", of: try unset.register(expires: nil)["Contact"] ?? "")
        #expect(usual != nil)
        let phone = try Handset("2004", at: abuse.exchange)
        let contact = "<sip:2004@127.0.0.1:\(phone.socket.port)>"
        for expiry in ["4294967296", "-5", "36893488147419103232"] {
          let answer = try phone.register(expires: nil, contact: "\(contact)\r\nExpires: \(expiry)")
          #expect(answer.status == 200)
          #expect(SIPText.parameter("expires", of: answer["Contact"] ?? "") == usual, "\(expiry): \(answer)")
        }
      }
    }

    @Test("RELIABILITY 13: a hostile request-URI is 400, 416 or 404, and nothing is relayed")
    func targets() throws {
      let relay = try Socket(.udp, to: 9, from: "127.0.0.77")
      let uris: [(String, [Int])] = [
        ("<sip:2002@127.0.0.1>", [400]), ("sip:2002@127.0.0.1 ", [400]), ("sip:20 02@127.0.0.1", [400]),
        ("sip:2002@127.0.0.1?Route=%3Csip:127.0.0.77:\(relay.port)%3E", [400]), ("http://127.0.0.1/", [416]),
        ("nobodyKnowsThisScheme:totallyopaquecontent", [416]), ("soap.beep://127.0.0.1/", [416]),
        ("tel:+4930123", [404, 416]), ("sip:nobody@127.0.0.77:\(relay.port)", [404]),
        ("sip:9@127.0.0.77:\(relay.port);maddr=127.0.0.77", [404, 484]),
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let phone = try Stranger(.udp, at: abuse.exchange, from: "127.0.0.1")
        for (uri, codes) in uris {
          for extra in [[], ["Route: <sip:127.0.0.77:\(relay.port);lr>"]] {
            var draft = Draft("INVITE", by: phone, body: Handset.sdp(port: 30_000)).to(uri)
            draft.lines += extra
            let outcome = try phone.send(draft.octets, pause: 0.03)
            #expect(codes.contains(outcome.status ?? 0), "\(uri): \(outcome.answers.map(\.startLine))")
          }
        }
        #expect(relay.receiveOctets(within: 0.2) == nil, "nothing was relayed")
      }
    }
  }
}
