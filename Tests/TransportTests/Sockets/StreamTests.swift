import Glibc
import Kernel
import SIP
import Sessions
import Testing
import Transport

@Suite("TCP") struct StreamTests {
  private static let options = "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody"

  @Test("A message split into single octets is one message")
  func singleOctets() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    var on: Int32 = 1
    setsockopt(phone.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    for octet in Self.options.utf8 { phone.send([octet]) }
    #expect(phone.receive(Self.options.utf8.count) == Array(Self.options.utf8))
    #expect(board.messages.count == 1)
    #expect(board.messages[0].1.connection != 0 && board.messages[0].1.kind == .tcp && board.messages[0].1.local == 1)
    try board.stop()
  }

  @Test("Messages sent together are taken one by one; a double CRLF is answered (REG-12)")
  func together() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    phone.send(Self.options + Self.options + "\r\n\r\n" + Self.options)
    let answers = Self.options + Self.options + "\r\n" + Self.options
    #expect(phone.receive(answers.utf8.count) == Array(answers.utf8))
    #expect(board.messages.count == 3)
    try board.stop()
  }

  @Test("RELIABILITY 3, 30: who dribbles a message is cut off, first message or later", arguments: [false, true])
  func dribbler(afterMessage: Bool) throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    if afterMessage {
      phone.send(Self.options)
      #expect(phone.receive(Self.options.utf8.count) == Array(Self.options.utf8))
    }
    var sent = 0
    let isCut = eventually {
      usleep(20_000)
      sent += 1
      return !phone.send("O")
    }
    #expect(isCut)
    #expect(sent > 10)
    #expect(try board.counters.slow == 1)
    try board.stop()
  }

  @Test("RELIABILITY 30: who connects and says nothing is cut off; who has spoken may be silent for longer")
  func silent() throws {
    let board = try Switchboard()
    let stranger = try #require(Peer(.tcp, to: board.port(.tcp)))
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    phone.send(Self.options)
    #expect(phone.receive(Self.options.utf8.count).count == Self.options.utf8.count)
    #expect(stranger.isClosedByPeer)
    #expect(try board.counters.open == 1)
    #expect(phone.isClosedByPeer)
    let counters = try board.counters
    #expect(counters.slow == 1 && counters.idle == 1)
    #expect(eventually { board.closed == [board.messages[0].1] })
    try board.stop()
  }

  @Test("RELIABILITY 30: a thousand idle connections do not keep a phone out, even from their own address")
  func idlers() throws {
    var limits = TransportLimits.short
    limits.message = .seconds(10)
    limits.idle = .seconds(10)
    limits.connectionsPerSource = 50
    let board = try Switchboard(limits: limits)
    let old = try #require(Peer(.tcp, to: board.port(.tcp)))
    old.send(Self.options)
    #expect(old.receive(Self.options.utf8.count).count == Self.options.utf8.count)
    let idlers = (0..<300).compactMap { _ in Peer(.tcp, to: board.port(.tcp)) }
    #expect(try eventually { try board.counters.turnedAway == 251 })
    let new = try #require(Peer(.tcp, to: board.port(.tcp)))
    for phone in [new, old] {
      phone.send(Self.options)
      #expect(phone.receive(Self.options.utf8.count).count == Self.options.utf8.count)
    }
    #expect(try board.counters.open == 50)
    #expect(idlers.first?.isClosedByPeer == true)
    withExtendedLifetime((new, old)) {}
    try board.stop()
  }

  @Test(
    "RELIABILITY 30: connections are limited per source and in all; a place that gets free is given again",
    arguments: [(5, 100), (100, 5)]
  )
  func limits(perSource: Int, inAll: Int) throws {
    var limits = TransportLimits.short
    limits.message = .seconds(10)
    limits.connectionsPerSource = perSource
    limits.connections = inAll
    let board = try Switchboard(limits: limits)
    var phones: [Peer] = []
    for _ in 0..<5 {
      let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
      phone.send(Self.options)
      #expect(phone.receive(Self.options.utf8.count).count == Self.options.utf8.count)
      phones.append(phone)
    }
    let sixth = try #require(Peer(.tcp, to: board.port(.tcp)))
    #expect(sixth.isClosedByPeer)
    #expect(try board.counters.turnedAway == 1)
    phones.removeLast()
    #expect(try eventually { try board.counters.open == 4 })
    let seventh = try #require(Peer(.tcp, to: board.port(.tcp)))
    seventh.send(Self.options)
    #expect(seventh.receive(Self.options.utf8.count).count == Self.options.utf8.count)
    try board.stop()
  }

  @Test("RELIABILITY 1: a length that cannot be told is handed over once, answered, and the connection closed")
  func broken() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    let head = "OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n"
    phone.send(head + Self.options)
    #expect(phone.receive(10_000) == Array(head.utf8))
    #expect(phone.isClosedByPeer)
    #expect(board.messages.count == 1)
    try board.stop()
  }

  @Test("RELIABILITY 10: what is not SIP is closed without an answer")
  func garbage() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    phone.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
    #expect(phone.isClosedByPeer)
    #expect(try board.counters.garbage == 1)
    #expect(board.messages.isEmpty && board.closed.isEmpty)
    try board.stop()
  }

  @Test("RELIABILITY 31: 200 × a request and a reset at once leave nothing behind")
  func resets() throws {
    let board = try Switchboard()
    for _ in 0..<200 {
      let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
      phone.send(Self.options)
      phone.reset()
    }
    #expect(try eventually { try board.counters.open == 0 })
    #expect(try board.on { $0.isEmpty })
    let numbers = Set(board.messages.map(\.1.connection))
    #expect(numbers.count == board.messages.count)
    #expect(Set(board.closed.map(\.connection)) == numbers)
    try board.stop()
  }

  @Test("RELIABILITY 30: who does not read is cut off before a mebibyte waits for him")
  func clogged() throws {
    var limits = TransportLimits.short
    limits.message = .seconds(10)
    limits.idle = .seconds(10)
    let board = try Switchboard(echoes: false, limits: limits)
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    phone.send(Self.options)
    #expect(eventually { board.messages.count == 1 })
    let flow = board.messages[0].1
    let piece = String(repeating: "x", count: 60_000)
    for _ in 0..<400 where board.closed.isEmpty { try board.send(piece, to: flow) }
    #expect(try board.counters.clogged == 1)
    #expect(board.closed == [flow])
    try board.stop()
  }

  @Test("To a connection that is gone a response is dropped, a request is reported as undeliverable")
  func gone() throws {
    let board = try Switchboard()
    let flow = Flow(kind: .tcp, local: 1, remote: SocketAddress(IPAddress(127, 0, 0, 1), port: 9), connection: 17)
    try board.send("SIP/2.0 200 OK\r\n\r\n", to: flow)
    #expect(board.closed.isEmpty)
    try board.send("BYE sip:a SIP/2.0\r\n\r\n", to: flow)
    #expect(board.closed == [flow])
    #expect(try board.counters.unsent == 2)
    try board.stop()
  }

  @Test("A send to connection 0 opens a connection, the next one takes it, and answers come in on it")
  func outgoing() throws {
    let board = try Switchboard(echoes: false)
    let trunk = Peer(listening: ())
    let asked = Flow(kind: .tcp, local: 1, remote: SocketAddress(IPAddress(127, 0, 0, 1), port: trunk.port))
    try board.send("first ", to: asked)
    try board.send("second", to: asked)
    let line = try #require(trunk.accepted())
    #expect(line.receive(12) == Array("first second".utf8))
    line.send(Self.options)
    #expect(eventually { board.messages.count == 1 })
    let flow = board.messages[0].1
    #expect(flow.remote == asked.remote && flow.connection != 0)
    try board.send("third", to: flow)
    #expect(line.receive(5) == Array("third".utf8))
    line.reset()
    #expect(eventually { board.closed.count == 2 })
    #expect(board.closed == [asked, flow])
    try board.stop()
  }

  @Test("A connection that cannot be opened is reported")
  func refused() throws {
    let board = try Switchboard()
    let dead = Peer(listening: ())
    let port = dead.port
    dead.reset()
    let asked = Flow(kind: .tcp, local: 1, remote: SocketAddress(IPAddress(127, 0, 0, 1), port: port))
    try board.send("INVITE", to: asked)
    #expect(eventually { board.closed.first == asked })
    #expect(try board.counters.unreached == 1)
    try board.stop()
  }

  @Test("Stopping lets what was sent arrive, then closes everything")
  func stop() throws {
    let board = try Switchboard(echoes: false)
    let phone = try #require(Peer(.tcp, to: board.port(.tcp)))
    phone.send(Self.options)
    #expect(eventually { board.messages.count == 1 })
    let flow = board.messages[0].1
    let long = String(repeating: "x", count: 200_000)
    try board.on {
      $0.send(Array(long.utf8), to: flow)
      _ = $0.stop()
    }
    #expect(phone.receive(1_000_000).count == 200_000)
    let port = board.port(.tcp)
    try board.stop()
    #expect(Peer(.tcp, to: port) == nil)
  }
}
