import Foundation
import Testing

extension Wire {
  /// RELIABILITY §1, 1–5: where a message ends.
  @Suite("Abuse of framing", .serialized)
  struct AbuseOfFraming {
    @Test(
      "RELIABILITY 1: a Content-Length that cannot be meant is answered 400, and a stream is closed; nobody waits for the octets",
      arguments: [Socket.Kind.udp, .tcp])
    func lengths(over kind: Socket.Kind) throws {
      let values = [
        "-1", "-999", "2147483648", "4294967296", "4294967328", "18446744073709551616", "0x10", "0, 0", "five", "",
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let memory = abuse.exchange.memory
        for value in values {
          let stranger = try abuse.stranger(kind)
          let start = Date()
          let outcome = try stranger.send(Draft("INVITE", by: stranger).length(value).octets)
          #expect(outcome.status == 400, "Content-Length \(value): \(outcome.answers.map(\.startLine))")
          #expect(outcome.isClosed == (kind == .tcp), "Content-Length \(value)")
          #expect(Date().timeIntervalSince(start) < 1, "Content-Length \(value)")
        }
        #expect(abuse.exchange.memory < memory + 16 * 1024, "nothing of that size is put aside")
      }
    }

    @Test(
      "RELIABILITY 2: two Content-Lengths, also one in the short form, are answered 400 and end a stream",
      arguments: [Socket.Kind.udp, .tcp])
    func twoLengths(over kind: Socket.Kind) throws {
      let pairs = [
        ["Content-Length: 0", "Content-Length: 40"], ["Content-Length: 40", "l: 0"], ["l: 5", "L: 0"],
        ["content-length: 0", "CONTENT-LENGTH : 300"], ["Content-Length: 0", "l: 0"],
      ]
      try Abuse.survived(counting: ["rejected"]) { abuse in
        for pair in pairs {
          let stranger = try abuse.stranger(kind)
          var draft = Draft("INVITE", by: stranger).adding("Content-Length: 0")
          draft.lines.removeLast()
          draft.lines += pair
          // A request hidden in the body of the one length, and behind the message of the other.
          let hidden = Draft("OPTIONS", by: stranger)
          let outcome = try stranger.send(unlengthened(draft) + hidden.octets)
          #expect(outcome.status == 400, "\(pair): \(outcome.answers.map(\.startLine))")
          #expect(!outcome.answers.contains { $0.callID == hidden.callID }, "\(pair): the hidden request was read")
          #expect(outcome.isClosed == (kind == .tcp), "\(pair)")
        }
      }
    }

    /// Without the length that a draft adds by itself.
    private func unlengthened(_ draft: Draft) -> [UInt8] {
      Array((["\(draft.method) \(draft.uri) SIP/2.0"] + draft.lines).joined(separator: "\r\n").utf8) + [13, 10, 13, 10]
    }

    @Test("RELIABILITY 3: a length beyond the datagram is answered 400 at once")
    func longerThanTheDatagram() throws {
      try Abuse.survived(counting: ["rejected"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        for length in ["1", "400", "65535"] {
          #expect(try stranger.send(Draft("INVITE", by: stranger).length(length).octets).status == 400, "\(length)")
        }
      }
    }

    @Test(
      "RELIABILITY 3: a body that does not come is waited for at most 10 s, and closes the connection with all it began",
      .timeLimit(.minutes(1)))
    func bodyThatDoesNotCome() throws {
      try Abuse.survived(counting: ["slow"], rounds: 1) { abuse in
        let strangers = try (0..<8).map { _ in try abuse.stranger(.tcp) }
        let start = Date()
        for stranger in strangers { stranger.socket.send(Draft("INVITE", by: stranger).length("4000").octets + [0x76]) }
        try abuse.call()
        // One more octet now and then does not give him more time.
        _ = wait(11.5) {
          for stranger in strangers where !stranger.socket.isClosedByPeer {
            stranger.socket.send([0x3d])
            _ = stranger.socket.receiveOctets(within: 0.05)
          }
          return strangers.allSatisfy(\.socket.isClosedByPeer)
        }
        let time = Date().timeIntervalSince(start)
        let open = strangers.filter { !$0.socket.isClosedByPeer }
        #expect(open.isEmpty, "\(open.count) connections are still open")
        #expect((8...11.5).contains(time), "after \(time) s")
      }
    }

    @Test("RELIABILITY 4: a second message behind the first in one datagram is ignored")
    func secondMessage() throws {
      try Abuse.survived { abuse in
        let stranger = try abuse.stranger(.udp)
        for method in ["OPTIONS", "INVITE", "REGISTER", "MESSAGE"] {
          let (first, second) = (Draft("MESSAGE", by: stranger), Draft(method, by: stranger))
          let outcome = try stranger.send(first.octets + second.octets, pause: 0.05)
          #expect(outcome.answers.count == 1, "\(method): \(outcome.answers.map(\.startLine))")
          #expect(outcome.answers.first?.callID == first.callID)
        }
      }
    }

    @Test("RELIABILITY 5: what is not SIP is dropped in under 1 ms of processor time; CRLFCRLF is a keep-alive, over UDP")
    func noise() throws {
      try Abuse.survived(counting: ["dropped", "oversize"]) { abuse in
        let stranger = try abuse.stranger(.udp)
        for (name, octets) in noises {
          let before = abuse.processorTime
          for _ in 0..<20 { stranger.socket.send(octets) }
          let outcome = try stranger.send(octets)
          let each = (abuse.processorTime - before) / 22
          #expect(outcome.answers.isEmpty && outcome.other.isEmpty, "\(name): \(outcome)")
          #expect(each < 0.001 * Abuse.slowness, "\(name): \(each * 1000) ms each")
        }
        #expect(try stranger.send([13, 10, 13, 10]).other == [13, 10])
      }
    }

    @Test("RELIABILITY 5: what is not SIP ends a stream without an answer; CRLFCRLF is a keep-alive, over TCP")
    func noiseOnStreams() throws {
      try Abuse.survived(counting: ["garbage"]) { abuse in
        for (name, all) in noises where all.count > 1 {
          // Whole keep-alives, so that a request can stand behind them.
          let octets = name == "CRLF" ? Array(all.prefix(65_504)) : all
          let stranger = try abuse.stranger(.tcp)
          let before = abuse.processorTime
          let outcome = try stranger.send(octets)
          let time = abuse.processorTime - before
          #expect(outcome.answers.isEmpty, "\(name): \(outcome.answers.map(\.startLine))")
          // Line ends alone are keep-alives, however many.
          #expect(outcome.isClosed || name == "CRLF", "\(name) is cut off")
          #expect(time < 0.02 * Abuse.slowness, "\(name): \(time * 1000) ms")
        }
        let stranger = try abuse.stranger(.tcp)
        #expect(try stranger.send([13, 10, 13, 10]).other == [13, 10])
        #expect(try stranger.send([13, 10, 13, 10]).isClosed == false)
      }
    }

    private var noises: [(name: String, octets: [UInt8])] {
      let whole = 65_507
      let hello: [UInt8] = [
        0x16, 3, 1, 0, 0x2f, 1, 0, 0, 0x2b, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 4, 0, 0x2f, 0, 0x35, 1, 0,
      ]
      return [
        ("A", [UInt8](repeating: 0x41, count: whole)), ("NUL", [UInt8](repeating: 0, count: whole)),
        ("CRLF", (0..<whole).map { $0 % 2 == 0 ? 13 : 10 }), ("no octet", []), ("one octet", [0x41]), ("NUL alone", [0]),
        ("16 KiB of A", [UInt8](repeating: 0x41, count: 16_384)), ("16 KiB of NUL", [UInt8](repeating: 0, count: 16_384)),
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: curl\r\n\r\n".utf8)), ("TLS hello", hello),
        ("STUN", [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42] + [UInt8](repeating: 7, count: 12)),
        ("RTP", [0x80, 8, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4] + [UInt8](repeating: 0xd5, count: 160)),
      ]
    }
  }
}
