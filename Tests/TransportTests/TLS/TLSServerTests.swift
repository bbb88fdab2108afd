#if TLS
import Foundation
import SIP
import Sessions
import Testing
import Transport

private let message = "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody"

extension Switchboard {
  /// One that listens on TLS.
  static func tls(_ files: TLSFiles, limits: TransportLimits = TransportLimits()) throws -> Switchboard {
    try Switchboard([.local(.tls)], limits: limits, credentials: TLSCredentials(files))
  }
}

@Suite("TLS", .serialized, .timeLimit(.minutes(2))) struct TLSServerTests {
  let authority: Authority

  init() throws {
    self.authority = try Authority()
    try self.authority.issue("pbx", for: "DNS:pbx.example,DNS:*.office.example,IP:127.0.0.1")
  }

  private func client(_ board: Switchboard, _ arguments: [String] = [], isBare: Bool = true) throws -> OpenSSL {
    try OpenSSL(to: board.port(.tls), ["-CAfile", self.authority.path("ca.pem")] + arguments, isBare: isBare)
  }

  @Test("SEC-1: TLS 1.2 and 1.3 carry messages; a double CRLF is answered (REG-12)", arguments: ["-tls1_2", "-tls1_3"])
  func versions(_ version: String) throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    let phone = try self.client(board, [version, "-verify_return_error"])
    phone.send(message + "\r\n\r\n" + message)
    #expect(phone.says(message + "\r\n" + message))
    #expect(board.messages.map(\.1.kind) == [.tls, .tls])
    let counters = try board.counters
    #expect(counters.openTLS == 1 && counters.handshaking == 0 && counters.handshakesFailed == 0)
    try board.stop()
  }

  @Test("RELIABILITY 33: TLS 1.0 and 1.1 are refused", arguments: ["-tls1", "-tls1_1"])
  func oldVersions(_ version: String) throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    let phone = try self.client(board, [version, "-cipher", "DEFAULT@SECLEVEL=0"])
    phone.send(message)
    #expect(phone.isClosed)
    #expect(try eventually { try board.counters.handshakesFailed == 1 })
    #expect(board.messages.isEmpty)
    try board.stop()
  }

  @Test("RELIABILITY 33: who asks for another host's name is refused")
  func serverName() throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    for name in ["pbx.example", "PBX.example", "a.office.example"] {
      let phone = try self.client(board, ["-servername", name])
      phone.send(message)
      #expect(phone.says(message), "\(name)")
    }
    for name in ["other.example", "office.example", "a.b.office.example"] {
      let phone = try self.client(board, ["-servername", name])
      phone.send(message)
      #expect(phone.isClosed, "\(name)")
    }
    #expect(board.messages.count == 3)
    #expect(try eventually { try board.counters.handshakesFailed == 3 })
    try board.stop()
  }

  @Test("RELIABILITY 33: who wants to negotiate anew is cut off")
  func renegotiation() throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    let phone = try self.client(board, ["-tls1_2"], isBare: false)
    #expect(phone.says("Verify return code"))
    phone.send("R\n")
    #expect(phone.isClosed)
    #expect(try eventually { try board.counters.open == 0 })
    try board.stop()
  }

  private struct Client: CustomTestStringConvertible, Sendable {
    var name: String?
    var isAccepted: Bool
    var testDescription: String { "\(self.name ?? "none"): \(self.isAccepted ? "accepted" : "refused")" }
  }

  @Test("SEC-1, RELIABILITY 33: mutual TLS wants a certificate of a known authority, valid now")
  func mutual() throws {
    try self.authority.issue("phone")
    try self.authority.issue("stranger", by: "other")
    try self.authority.issue("late", days: -1)
    let board = try Switchboard.tls(self.authority.files("pbx", mutual: true))
    for client in [
      Client(name: nil, isAccepted: false), Client(name: "stranger", isAccepted: false), Client(name: "late", isAccepted: false),
      Client(name: "phone", isAccepted: true),
    ] {
      let phone = try self.client(board, self.shown(client.name))
      phone.send(message)
      #expect(client.isAccepted ? phone.says(message) : phone.isClosed, "\(client.testDescription)")
    }
    #expect(board.messages.count == 1)
    #expect(try eventually { try board.counters.handshakesFailed == 3 })
    try board.stop()
  }

  private func shown(_ name: String?) -> [String] {
    name.map { ["-cert", self.authority.path("\($0).pem"), "-key", self.authority.path("\($0).key")] } ?? []
  }

  @Test("SEC-1: with any certificate allowed, a stranger's will do, but none will not")
  func anyone() throws {
    try self.authority.issue("stranger", by: "other")
    let board = try Switchboard.tls(self.authority.files("pbx", mutual: true, anyone: true))
    let stranger = try self.client(board, self.shown("stranger"))
    stranger.send(message)
    #expect(stranger.says(message))
    let nobody = try self.client(board)
    nobody.send(message)
    #expect(nobody.isClosed)
    #expect(board.messages.count == 1)
    try board.stop()
  }

  @Test("CALL-5: two connections with one certificate are of one peer, with two of two")
  func identity() throws {
    try self.authority.issue("a")
    try self.authority.issue("b")
    let board = try Switchboard.tls(self.authority.files("pbx", mutual: true))
    for name in ["a", "a", "b"] {
      let phone = try self.client(board, self.shown(name))
      phone.send(message)
      #expect(phone.says(message))
    }
    let peers = board.messages.map(\.1.peer)
    try #require(peers.count == 3)
    #expect(peers[0] == peers[1] && peers[1] != peers[2] && !peers.contains(.anybody))
    try board.stop()
  }

  @Test("SEC-1: a renewed certificate is for new connections; those that stand go on")
  func renewal() throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    let before = try self.client(board)
    before.send(message)
    #expect(before.says(message))
    try self.authority.issue("renewed", for: "DNS:pbx.example", by: "other")
    let renewed = try TLSCredentials(self.authority.files("renewed"))
    try board.on { $0.credentials = renewed }
    before.send(message)
    #expect(before.says(message + message))
    let after = try OpenSSL(
      to: board.port(.tls), ["-CAfile", self.authority.path("other.pem"), "-verify_return_error"])
    after.send(message)
    #expect(after.says(message))
    #expect(try board.counters.openTLS == 2)
    try board.stop()
  }
}
#endif
