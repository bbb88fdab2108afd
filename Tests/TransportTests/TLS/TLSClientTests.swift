#if TLS
import Foundation
import Kernel
import SIP
import Sessions
import Testing
import Transport

private let message = "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody"

@Suite("TLS connections of ours", .serialized, .timeLimit(.minutes(2))) struct TLSClientTests {
  let authority: Authority

  init() throws {
    self.authority = try Authority()
    try self.authority.issue("pbx", for: "DNS:pbx.example")
    try self.authority.issue("carrier", for: "DNS:sip.carrier.example")
  }

  private func server(_ port: UInt16, _ name: String, _ arguments: [String] = []) throws -> OpenSSL {
    try OpenSSL(
      listening: port,
      ["-cert", self.authority.path("\(name).pem"), "-key", self.authority.path("\(name).key")] + arguments)
  }

  /// Trunk 1 is at `sip.carrier.example`, trunk 2 at another name.
  private func board(_ files: TLSFiles? = nil, connect: Interval = .seconds(3)) throws -> Switchboard {
    var limits = TransportLimits()
    limits.connect = connect
    let board = try Switchboard.tls(files ?? self.authority.files("pbx"), limits: limits)
    try board.on { $0.hostOf = { [.trunk(1): "sip.carrier.example", .trunk(2): "sip.other.example"][$0] } }
    return board
  }

  private func flow(to port: UInt16, _ peer: Flow.Peer) -> Flow {
    Flow(kind: .tls, local: 0, remote: SocketAddress(IPAddress(127, 0, 0, 1), port: port), peer: peer)
  }

  @Test("SEC-1: a trunk with a certificate for its host is reached, and asked for by its name")
  func trunk() throws {
    let port = OpenSSL.freePort
    let carrier = try self.server(
      port, "carrier",
      [
        "-servername", "sip.carrier.example", "-cert2", self.authority.path("carrier.pem"), "-key2",
        self.authority.path("carrier.key"),
      ])
    let board = try self.board()
    try board.send(message, to: self.flow(to: port, .trunk(1)))
    #expect(carrier.says("body"))
    #expect(carrier.says("Hostname in TLS extension: \"sip.carrier.example\""))
    carrier.send("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n")
    #expect(eventually { board.messages.count == 1 })
    #expect(board.messages.first?.1.peer == .trunk(1))
    try board.stop()
  }

  @Test(
    "RELIABILITY 33: a trunk with another host's, an unknown authority's, or an expired certificate is refused",
    arguments: ["elsewhere", "unknown", "late"])
  func refusedTrunk(_ name: String) throws {
    try self.authority.issue("elsewhere", for: "DNS:elsewhere.example")
    try self.authority.issue("unknown", for: "DNS:sip.carrier.example", by: "other")
    try self.authority.issue("late", for: "DNS:sip.carrier.example", days: -1)
    let port = OpenSSL.freePort
    let carrier = try self.server(port, name)
    let board = try self.board()
    let flow = self.flow(to: port, .trunk(1))
    try board.send(message, to: flow)
    #expect(eventually { board.closed.contains(flow) })
    #expect(try board.counters.handshakesFailed == 1 && board.counters.unreached == 1 && board.counters.open == 0)
    #expect(!carrier.says("body", within: 200))
    try board.stop()
  }

  @Test(
    "RELIABILITY 33: a connection that was verified for one host is not used for another at the same address (CVE-2020-15260)")
  func anotherHost() throws {
    let port = OpenSSL.freePort
    let carrier = try self.server(port, "carrier")
    let board = try self.board(connect: .seconds(1))
    let flow = self.flow(to: port, .trunk(1))
    try board.send(message, to: flow)
    #expect(carrier.says("body"))
    let other = self.flow(to: port, .trunk(2))
    try board.send("OPTIONS sip:b SIP/2.0\r\nCall-ID: other\r\nContent-Length: 0\r\n\r\n", to: other)
    // This server has one connection at a time: the new one is never answered.
    #expect(try board.counters.open == 2)
    #expect(eventually { board.closed.contains(other) })
    try board.send("OPTIONS sip:b SIP/2.0\r\nCall-ID: same\r\nContent-Length: 0\r\n\r\n", to: flow)
    #expect(carrier.says("Call-ID: same"))
    #expect(!carrier.says("Call-ID: other", within: 100))
    try board.stop()
  }

  @Test("REG-12, SEC-1: a telephone is believed by its authority, refused with another's certificate or where none is named")
  func telephone() throws {
    try self.authority.issue("phone")
    try self.authority.issue("stranger", by: "other")
    for (name, files, isReached) in [
      ("phone", self.authority.files("pbx", clients: true), true), ("phone", self.authority.files("pbx"), false),
      ("stranger", self.authority.files("pbx", clients: true), false),
      ("stranger", self.authority.files("pbx", anyone: true), true),
    ] {
      let port = OpenSSL.freePort
      let phone = try self.server(port, name)
      let board = try self.board(files)
      let flow = self.flow(to: port, .anybody)
      try board.send(message, to: flow)
      if isReached {
        #expect(phone.says("body"), "\(name)")
      } else {
        #expect(eventually { board.closed.contains(flow) }, "\(name)")
      }
      try board.stop()
    }
  }

  @Test("RELIABILITY 30: a server that never ends the handshake is given up")
  func silent() throws {
    let listener = Peer(listening: ())
    var limits = TransportLimits.short
    limits.connect = .milliseconds(300)
    let board = try Switchboard.tls(self.authority.files("pbx", clients: true), limits: limits)
    let flow = self.flow(to: listener.port, .anybody)
    try board.send(message, to: flow)
    #expect(eventually { board.closed.contains(flow) })
    #expect(try board.counters.unreached == 1 && board.counters.open == 0)
    try board.stop()
  }
}
#endif
