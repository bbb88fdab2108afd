import Glibc
import Kernel
import NIOCore
import NIOPosix
import SIP
import Sessions
import Synchronization
import Testing
import Transport

@Suite("The exchange on its sockets", .serialized) struct ExchangeLoopTests {
  /// A hash that every password fits.
  private static let hash = [UInt8](repeating: 0, count: 16)
  private static let digests = DigestFunctions(md5: { _ in Self.hash }, sha256: { _ in Self.hash + Self.hash })

  private func exchange(_ clock: WallClock) -> Exchange {
    Exchange(
      options: ExchangeOptions(), listeners: [], modules: [], digests: Self.digests, seed: (1, 2, 3, 4),
      secret: [1, 2, 3, 4, 5, 6, 7, 8], at: clock.now)
  }

  private func running(
    _ endpoints: [Endpoint], onFacts: ExchangeLoop.FactsHandler? = nil
  ) throws -> (ExchangeLoop, [Listener]) {
    let clock = WallClock()
    let loop = ExchangeLoop(
      eventLoop: MultiThreadedEventLoopGroup.singleton.next(), exchange: self.exchange(clock), limits: .short, clock: clock)
    let listeners = try loop.bind(endpoints)
    try loop.perform { exchange, _ in exchange.setListeners(listeners) }.wait()
    try loop.run(onFacts: onFacts).wait()
    return (loop, listeners)
  }

  private func request(_ method: String, kind: String, port: UInt16, length: String = "0") -> String {
    """
    \(method) sip:127.0.0.1 SIP/2.0\r
    Via: SIP/2.0/\(kind) 127.0.0.1:\(port);branch=z9hG4bK1\(method);rport\r
    Max-Forwards: 70\r
    From: <sip:2001@127.0.0.1>;tag=1\r
    To: <sip:2001@127.0.0.1>\r
    Call-ID: 1@127.0.0.1\r
    CSeq: 1 \(method)\r
    Contact: <sip:2001@127.0.0.1:\(port)>\r
    Content-Length: \(length)\r
    \r\n
    """
  }

  @Test("A request over UDP and over TCP gets its answer")
  func answers() throws {
    let (loop, listeners) = try self.running([.local(.udp), .local(.tcp)])
    for listener in listeners {
      let phone = try #require(Peer(listener.kind, to: listener.address.port))
      phone.send(self.request("OPTIONS", kind: listener.kind == .udp ? "UDP" : "TCP", port: phone.port))
      let answer = String(decoding: try #require(phone.receive()), as: UTF8.self)
      #expect(answer.hasPrefix("SIP/2.0 "))
      #expect(answer.contains("branch=z9hG4bK1OPTIONS"))
    }
    try loop.stop().wait()
  }

  @Test("RELIABILITY 1: a malformed Content-Length over TCP is answered 400 and the connection closed")
  func badLength() throws {
    let (loop, listeners) = try self.running([.local(.tcp)])
    let phone = try #require(Peer(.tcp, to: listeners[0].address.port))
    phone.send(self.request("OPTIONS", kind: "TCP", port: phone.port, length: "five"))
    #expect(String(decoding: phone.receive(100_000), as: UTF8.self).hasPrefix("SIP/2.0 400 "))
    #expect(phone.isClosedByPeer)
    try loop.stop().wait()
  }

  @Test("Administration reads and changes the exchange between two messages; its clock goes forward and is the wall's")
  func perform() throws {
    let (loop, _) = try self.running([.local(.udp)])
    let first = try loop.perform { $1 }.wait()
    let second = try loop.perform { $1 }.wait()
    #expect(second > first)
    var wall = timespec()
    clock_gettime(CLOCK_REALTIME, &wall)
    #expect(abs(second.nanoseconds / 1_000_000_000 - Int64(wall.tv_sec)) <= 1)
    try loop.stop().wait()
  }

  @Test("The timer fires: an INVITE transaction that nobody acknowledges repeats its answer over UDP (RFC 3261 §17.2.1)")
  func timer() throws {
    let (loop, listeners) = try self.running([.local(.udp)])
    let phone = try #require(Peer(.udp, to: listeners[0].address.port))
    phone.send(self.request("INVITE", kind: "UDP", port: phone.port))
    var finals = 0
    while finals < 2, let octets = phone.receive() {
      if !String(decoding: octets, as: UTF8.self).hasPrefix("SIP/2.0 1") { finals += 1 }
    }
    #expect(finals == 2)
    try loop.stop().wait()
  }

  @Test("REG-1: 200 leaves when the store has answered from its own thread, and stop waits for that")
  func facts() throws {
    let batches = Mutex<[(UInt64, Int)]>([])
    let (loop, listeners) = try self.running([.local(.udp)]) { token, facts in
      batches.withLock { $0.append((token, facts.count)) }
    }
    let number = try #require(Digits(ascii: Array("2001".utf8)).flatMap { StationNumber($0) })
    let account = StationAccount(number: number, userID: "2001", md5: Array("00".utf8), usesWhiteList: false)
    try loop.perform { exchange, now in
      var options = ExchangeOptions()
      options.offersSHA256 = false
      exchange.install(options)
      exchange.install([account], at: now)
    }.wait()
    let phone = try #require(Peer(.udp, to: listeners[0].address.port))
    let request = self.request("REGISTER", kind: "UDP", port: phone.port)
    phone.send(request)
    let challenge = String(decoding: try #require(phone.receive()), as: UTF8.self)
    let nonce = try #require(challenge.split(separator: "nonce=\"").dropFirst().first?.split(separator: "\"").first)
    let credentials = """
      Authorization: Digest username="2001", realm="strowger", nonce="\(nonce)", uri="sip:127.0.0.1", algorithm=MD5, \
      qop=auth, nc=00000001, cnonce="1", response="\(String(repeating: "0", count: 32))"\r\nCSeq: 2
      """
    let parts = request.split(separator: "branch=z9hG4bK1", maxSplits: 1)
    let second = (parts[0] + "branch=z9hG4bK2" + parts[1]).split(separator: "CSeq: 1", maxSplits: 1)
    phone.send(second[0] + credentials + second[1])
    #expect(eventually { batches.withLock { $0.contains { $0.0 != 0 } } })
    let batch = try #require(batches.withLock { $0.first { $0.0 != 0 } })
    let stopped = loop.stop()
    let began = ContinuousClock.now
    usleep(20_000)
    loop.committed(batch.0, succeeded: true)
    #expect(String(decoding: phone.receive() ?? [], as: UTF8.self).hasPrefix("SIP/2.0 200 "))
    try stopped.wait()
    let took = ContinuousClock.now - began
    #expect(took >= .milliseconds(20) && took < .milliseconds(250))
  }

  @Test("After stop nothing answers and the port is free")
  func stopped() throws {
    let (loop, listeners) = try self.running([.local(.tcp)])
    let phone = try #require(Peer(.tcp, to: listeners[0].address.port))
    try loop.stop().wait()
    #expect(phone.isClosedByPeer)
    #expect(Peer(.tcp, to: listeners[0].address.port) == nil)
  }
}
