import SIP
import Sessions
import Testing
import Transport

@Suite("UDP") struct DatagramTests {
  @Test("A datagram comes in with its source, and the answer goes back there")
  func echo() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.udp, to: board.port(.udp)))
    phone.send("OPTIONS sip:a SIP/2.0\r\n\r\n")
    #expect(phone.receive() == Array("OPTIONS sip:a SIP/2.0\r\n\r\n".utf8))
    let flow = try #require(board.messages.first?.1)
    #expect(flow.remote == SocketAddress(IPAddress(127, 0, 0, 1), port: phone.port))
    #expect(flow.kind == .udp && flow.local == 0 && flow.connection == 0)
    try board.stop()
  }

  @Test("RELIABILITY 6: 16 KiB pass, one octet more is dropped and counted")
  func oversize() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.udp, to: board.port(.udp)))
    phone.send([UInt8](repeating: 0x41, count: 16 * 1024))
    #expect(phone.receive()?.count == 16 * 1024)
    phone.send([UInt8](repeating: 0x41, count: 16 * 1024 + 1))
    phone.send([UInt8](repeating: 0x41, count: 60_000))
    phone.send("after")
    #expect(phone.receive() == Array("after".utf8))
    #expect(try board.counters.oversize == 2)
    try board.stop()
  }

  @Test("RELIABILITY 17: sends that the system refuses disturb nobody else")
  func refusedSends() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.udp, to: board.port(.udp)))
    let bad = [
      SocketAddress(IPAddress(255, 255, 255, 255), port: 5060), SocketAddress(IPAddress(127, 0, 0, 1), port: 0),
      SocketAddress(try #require(IPAddress("2001:db8::1")), port: 5060), SocketAddress(IPAddress(240, 0, 0, 1), port: 1),
    ]
    for remote in bad { try board.send("INVITE", to: Flow(kind: .udp, local: 0, remote: remote)) }
    #expect(try board.counters.unsent >= 3)
    phone.send("still here")
    #expect(phone.receive() == Array("still here".utf8))
    try board.stop()
  }

  @Test("A flow kept from a configuration with more listeners goes out by one of the same family")
  func unknownListener() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.udp, to: board.port(.udp)))
    try board.send("INVITE", to: Flow(kind: .udp, local: 9, remote: SocketAddress(IPAddress(127, 0, 0, 1), port: phone.port)))
    #expect(phone.receive() == Array("INVITE".utf8))
    try board.stop()
  }

  @Test("A burst of datagrams arrives whole and in order")
  func burst() throws {
    let board = try Switchboard()
    let phone = try #require(Peer(.udp, to: board.port(.udp)))
    for number in 0..<100 { phone.send("message \(number)") }
    for number in 0..<100 { #expect(phone.receive() == Array("message \(number)".utf8)) }
    try board.stop()
  }
}
