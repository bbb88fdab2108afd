import Foundation
import Testing

extension Wire {
  @Suite("Octets on the wire")
  struct Octets {
    private func options(_ port: UInt16, _ number: Int) -> String {
      "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:\(port);branch=z9hG4bKo\(number)\r\nMax-Forwards: 70\r\n"
        + "From: <sip:2001@127.0.0.1>;tag=o\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o\(number)-\(port)\r\nCSeq: 1 OPTIONS\r\n"
        + "Content-Length: 0\r\n\r\n"
    }

    @Test("SEC-2: a stream cut anywhere, and two messages in one segment, read the same")
    func framing() throws {
      let exchange = try Exchange()
      let socket = try Socket(.tcp, to: exchange.tcp)
      for octet in options(socket.port, 1).utf8 { socket.send([octet]) }
      #expect(socket.receive(within: 2)?.callID == "o1-\(socket.port)")
      socket.send(options(socket.port, 2) + options(socket.port, 3))
      #expect(socket.receive(within: 2)?.callID == "o2-\(socket.port)")
      #expect(socket.receive(within: 2)?.callID == "o3-\(socket.port)")
    }

    @Test("REG-12: a double CRLF on a stream is answered with one (RFC 5626)")
    func keepAlive() throws {
      let exchange = try Exchange()
      let socket = try Socket(.tcp, to: exchange.tcp)
      socket.send("\r\n\r\n")
      #expect(socket.receiveOctets(within: 2) == [13, 10])
    }

    @Test("REG-12: a registered phone's STUN is answered with its address, a stranger's is not (RFC 5626 §3.5.2)")
    func binding() throws {
      let exchange = try Exchange()
      let request: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42] + (1...12).map { UInt8($0) }
      let phone = try Handset("2001", at: exchange)
      phone.socket.send(request)
      #expect(phone.socket.receiveOctets(within: 0.3) == nil, "not registered yet")
      #expect(try phone.register().status == 200)
      phone.socket.send(request)
      let answer = try #require(phone.socket.receiveOctets(within: 2))
      let port = [UInt8(phone.socket.port >> 8) ^ 0x21, UInt8(phone.socket.port & 0xff) ^ 0x12]
      #expect(
        Array(answer) == [1, 1, 0, 12] + request[4...] + [0, 0x20, 0, 8, 0, 1] + port + [127 ^ 0x21, 0x12, 0xa4, 1 ^ 0x42])
      let stranger = try Socket(.udp, to: exchange.udp, from: "127.0.0.1")
      stranger.send(request)
      #expect(stranger.receiveOctets(within: 0.3) == nil)
      #expect(try phone.register(expires: 0).status == 200)
      phone.socket.send(request)
      #expect(phone.socket.receiveOctets(within: 0.3) == nil, "no longer registered")
    }

    @Test("SEC-2: rubbish and a datagram beyond every limit are dropped; the next request is answered")
    func rubbish() throws {
      let exchange = try Exchange()
      let socket = try Socket(.udp, to: exchange.udp)
      socket.send([UInt8](repeating: 0, count: 2000))
      socket.send((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37) })
      socket.send(String(repeating: "A", count: 60_000))
      socket.send("\r\n")
      #expect(socket.receiveOctets(within: 0.3).map { $0.count <= 4 } ?? true, "no answer to rubbish")
      socket.send(options(socket.port, 4).replacingOccurrences(of: "SIP/2.0/TCP", with: "SIP/2.0/UDP"))
      #expect(socket.receive(within: 2)?.callID == "o4-\(socket.port)")
      #expect(exchange.isAlive)
    }

    @Test("RELIABILITY 31: how many connections one address may hold is an option: of four, three are served and one is closed")
    func connectionsPerSource() throws {
      for (limit, served) in [("3", 3), ("4", 4)] {
        let exchange = try Exchange(options: [("sip.connections-per-source", limit)])
        let sockets = try (0..<4).map { _ in try Socket(.tcp, to: exchange.tcp) }
        for (index, socket) in sockets.enumerated() { socket.send(options(socket.port, index)) }
        #expect(sockets.count { $0.receive(within: 1) != nil } == served, "with a limit of \(limit)")
      }
    }

    @Test("SEC-2: a peer that opens connections and says nothing keeps nobody else out", .timeLimit(.minutes(1)))
    func silentConnections() throws {
      let exchange = try Exchange()
      let silent = (0..<200).compactMap { _ in try? Socket(.tcp, to: exchange.tcp, from: "127.0.0.7") }
      #expect(!silent.isEmpty)
      let socket = try Socket(.tcp, to: exchange.tcp)
      socket.send(options(socket.port, 5))
      #expect(socket.receive(within: 2)?.callID == "o5-\(socket.port)")
    }
  }
}
