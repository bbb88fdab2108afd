import Foundation
import Testing

extension Wire {
  /// RELIABILITY §1, 14–16: bodies. All are sent by a registered telephone's address: a stranger gets 403 before anybody looks.
  @Suite("Abuse of bodies", .serialized)
  struct AbuseOfBodies {
    @Test(
      "RELIABILITY 14: multipart of every bad shape is 400, 415 or 488 within 5 ms of processor time",
      arguments: [Socket.Kind.udp, .tcp])
    func multipart(over kind: Socket.Kind) throws {
      let sdp = Handset.sdp(port: 30_000)
      let part = "Content-Type: application/sdp\r\n\r\n\(sdp)\r\n"
      let levels = (0..<60).map { "--b\($0)\r\nContent-Type: multipart/mixed;boundary=b\($0 + 1)\r\n\r\n" }.joined()
      let cases: [(String, String, String)] = [
        ("no boundary", "multipart/mixed", "--x\r\n\(part)--x--\r\n"),
        ("empty boundary", "multipart/mixed;boundary=\"\"", "--\r\n\(part)----\r\n"),
        ("boundary never found", "multipart/mixed;boundary=zz", "--x\r\n\(part)--x--\r\n"),
        ("unclosed", "multipart/mixed;boundary=x", "--x\r\n\(part)"), ("no parts", "multipart/mixed;boundary=x", "--x--\r\n"),
        ("part without blank line", "multipart/mixed;boundary=x", "--x\r\nContent-Type: application/sdp\r\n--x--\r\n"),
        (
          "part of length -1", "multipart/mixed;boundary=x",
          "--x\r\nContent-Type: application/sdp\r\nContent-Length: -1\r\n\r\n\(sdp)\r\n--x--\r\n"
        ),
        ("60 levels", "multipart/mixed;boundary=b0", levels),
        ("2,000 parts", "multipart/mixed;boundary=x", String(repeating: "--x\r\n\r\n", count: 2_000) + "--x--\r\n"),
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let handset = try Handset("2003", at: abuse.exchange, over: kind)
        try handset.register()
        let phone = try Stranger(kind, at: abuse.exchange, from: "127.0.0.1")
        for (name, type, body) in cases {
          let draft = Draft("INVITE", by: phone, from: "2003").carrying(Array(body.utf8), type: type)
          let before = abuse.processorTime
          let outcome = try phone.send(draft.octets)
          let time = abuse.processorTime - before
          #expect([400, 415, 488].contains(outcome.status ?? 0), "\(name): \(outcome.answers.map(\.startLine))")
          #expect(time < 0.005 * Abuse.slowness, "\(name): \(time * 1000) ms")
        }
        #expect(abuse.two.staysQuiet(for: 0.1))
        try handset.register(expires: 0)
      }
    }

    @Test(
      "RELIABILITY 15: a description cut at every octet up to its first format is 400 or 488, also where CR or LF ends it alone")
    func cut() throws {
      let whole = Array(Handset.sdp(port: 30_000).utf8)
      let text = Handset.sdp(port: 30_000)
      let line = text.range(of: " RTP/AVP").map { text.utf8.distance(from: text.startIndex, to: $0.upperBound) } ?? 0
      let head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      let tails = [
        "m=audio 9 RTP/AVP\r", "m=audio 9 RTP/AVP\n", "m=audio 9 RTP/AVP", "m=audio 9 RTP/AVP 0\r\nm=audio 9 RTP/AVP\r",
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let phone = try Stranger(.udp, at: abuse.exchange, from: "127.0.0.1")
        let bodies = (1...line).map { Array(whole.prefix($0)) } + tails.map { Array((head + $0).utf8) }
        for body in bodies {
          let outcome = try phone.send(Draft("INVITE", by: phone, to: "2009").carrying(body).octets)
          #expect([400, 488].contains(outcome.status ?? 0), "\(body.count) octets: \(outcome.answers.map(\.startLine))")
        }
        // Behind that the description may be whole: any answer, and never a trap.
        for length in (line + 1)..<whole.count {
          let draft = Draft("INVITE", by: phone, to: "2009").carrying(Array(whole.prefix(length)))
          #expect(!(try phone.send(draft.octets, pause: 0.005).answers.isEmpty), "\(length) octets")
        }
      }
    }

    @Test("RELIABILITY 16: impossible numbers and addresses are 400 or 488, and no packet is ever sent to such an address")
    func descriptions() throws {
      let plain = Handset.sdp(port: 30_000)
      func with(_ old: String, _ new: String) -> String { plain.replacingOccurrences(of: old, with: new) }
      let (media, own) = ("m=audio 30000 RTP/AVP 8 0 101", "c=IN IP4 127.0.0.1")
      var bodies = ["-1", "65536", "100000000000000000000"].map { with("audio 30000", "audio \($0)") }
      bodies += [with(media, "m=audio 30000 RTP/AVP 4294967296"), with(media, media + String(repeating: " 0", count: 400))]
      bodies += [plain + String(repeating: "m=audio 30000 RTP/AVP 0\r\n", count: 300)]
      bodies += ["a=ptime:0", "a=ptime:2147483648", "a=rtpmap:0 PCMU/0", "a=fmtp:101 0\u{0}16"].map { plain + $0 + "\r\n" }
      bodies += ["224.2.1.1/127", "239.1.2.3", "255.255.255.255", "169.254.169.254", "0.1.2.3"].map {
        with(own, "c=IN IP4 \($0)")
      }
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let phone = try Stranger(.udp, at: abuse.exchange, from: "127.0.0.1")
        let sent = try abuse.counters()["mediaSent"]
        for (number, body) in bodies.enumerated() {
          let outcome = try phone.send(Draft("INVITE", by: phone, body: body).octets)
          #expect(
            [400, 488].contains(outcome.status ?? 0), "body \(number): \(outcome.answers.map(\.startLine)) to \(body.prefix(120))"
          )
        }
        #expect(abuse.two.staysQuiet(for: 0.1), "nobody is rung")
        #expect(try abuse.counters()["mediaSent"] == sent, "no packet has left")
        #expect(try abuse.exchange.json("calls").isEmpty)
      }
    }
  }
}
