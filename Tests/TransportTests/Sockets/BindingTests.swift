import SIP
import Sessions
import Testing
import Transport

@Suite("Listening") struct BindingTests {
  private func failure(_ endpoint: Endpoint) -> TransportError? {
    do {
      try Switchboard([endpoint]).stop()
      return nil
    } catch let error as TransportError {
      return error
    } catch {
      return nil
    }
  }

  @Test("A port in use is refused in words that help, for UDP and TCP", arguments: [TransportKind.udp, .tcp])
  func inUse(kind: TransportKind) throws {
    let board = try Switchboard([.local(kind)])
    let error = try #require(self.failure(Endpoint(kind: kind, host: "127.0.0.1", port: board.port(kind))))
    #expect(error.code == .addressInUse)
    let place = "\(kind):127.0.0.1:\(board.port(kind))"
    #expect(error.description == "\(place): the port is in use by another program; stop it or choose another port")
    try board.stop()
  }

  @Test("A name, another machine's address, and TLS without a certificate are refused")
  func badHosts() {
    #expect(self.failure(Endpoint(kind: .udp, host: "localhost", port: 0))?.code == .badEndpoint)
    #expect(self.failure(Endpoint(kind: .udp, host: "192.0.2.1", port: 0))?.code == .addressNotHere)
    let tls = self.failure(Endpoint(kind: .tls, host: "127.0.0.1", port: 0))?.code
    #expect(tls == (TLSCredentials.isBuiltIn ? .badCertificate : .badEndpoint))
  }

  @Test("All endpoints are bound, or none")
  func allOrNone() throws {
    let board = try Switchboard([.local(.tcp)])
    let taken = board.port(.tcp)
    try board.stop()
    let bad = Endpoint(kind: .udp, host: "192.0.2.1", port: 0)
    #expect(throws: TransportError(.addressNotHere, at: "", "")) {
      _ = try Switchboard([Endpoint(kind: .tcp, host: "127.0.0.1", port: taken), bad])
    }
    let again = try Switchboard([Endpoint(kind: .tcp, host: "127.0.0.1", port: taken)])
    #expect(again.port(.tcp) == taken)
    try again.stop()
  }

  @Test("Endpoints are read as people write them")
  func texts() throws {
    #expect(try Endpoint(parsing: "udp:0.0.0.0:5060") == Endpoint(kind: .udp, host: "0.0.0.0", port: 5060))
    #expect(try Endpoint(parsing: "TCP:[::1]:0").description == "tcp:[::1]:0")
    for text in ["udp", "udp:5060", "sctp:0.0.0.0:5060", "udp:0.0.0.0:65536", "udp:0.0.0.0:", "udp:host:5060", "udp::5060", ""] {
      #expect(throws: TransportError(.badEndpoint, at: "", "")) { try Endpoint(parsing: text) }
    }
  }
}
