import Kernel
import LoopbackSIP
import SIP
import Sessions
import Testing

/// Telephones that come by TCP and TLS, without sockets: which flow a message leaves by, and what it says of us.
@Suite("Streams")
struct StreamFlowTests {
  /// An exchange with listeners for UDP, TCP and TLS, to which messages are handed by hand.
  private struct Desk {
    var exchange: Exchange
    var now = Office.start

    init(reusesConnections: Bool = true) {
      self.exchange = Office(["2001", "2002"], isRegistered: false).network.exchange
      let address = Office.exchangeAddress.address
      self.exchange.setListeners([
        Listener(kind: .udp, address: SocketAddress(address, port: 5060)),
        Listener(kind: .tcp, address: SocketAddress(address, port: 5060)),
        Listener(kind: .tls, address: SocketAddress(address, port: 5061)),
      ])
      var options = self.exchange.options
      options.reusesConnections = reusesConnections
      self.exchange.install(options)
    }

    /// What leaves because of a message, the store having kept everything.
    mutating func receive(_ octets: [UInt8], _ flow: Flow) -> [Send] {
      self.now = self.now + .milliseconds(20)
      self.exchange.receive(octets, from: flow, at: self.now)
      var sends: [Send] = []
      while true {
        sends += self.exchange.outbox.sends
        let token = self.exchange.outbox.token
        self.exchange.clearOutbox()
        guard token != 0 else { return sends }
        self.exchange.committed(token, succeeded: true, at: self.now)
      }
    }

    mutating func register(_ phone: inout Stranger, contact: String, _ flow: Flow) -> Bool {
      let challenge = self.receive(phone.text("REGISTER", uri: "sip:127.0.0.1", contact: contact), flow).last?.message
      let answer = self.receive(
        phone.text("REGISTER", uri: "sip:127.0.0.1", contact: contact, headers: phone.credentials(for: challenge)), flow)
      return answer.last?.message?.statusCode == 200
    }
  }

  private static let address = IPAddress(127, 0, 9, 1)

  private static func flow(_ kind: TransportKind, _ connection: UInt64, peer: Flow.Peer = .anybody) -> Flow {
    Flow(
      kind: kind, local: kind == .udp ? 0 : kind == .tcp ? 1 : 2, remote: SocketAddress(Self.address, port: 40_000),
      connection: connection, peer: peer)
  }

  private static let offer =
    "v=0\r\no=- 1 1 IN IP4 127.0.9.1\r\ns=-\r\nc=IN IP4 127.0.9.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

  /// The INVITE to 2001 and how it leaves, when 2002 calls it by UDP.
  private func called(_ desk: inout Desk) -> Send? {
    var caller = Stranger(2, number: "2002", callID: "caller")
    let flow = Flow(kind: .udp, local: 0, remote: caller.address)
    guard desk.register(&caller, contact: "<sip:2002@\(caller.address)>", flow) else { return nil }
    return desk.receive(caller.text("INVITE", to: "2001", body: Self.offer), flow)
      .first { $0.message?.method == .invite && $0.message?.isRequest == true }
  }

  @Test("REG-12: a call goes by the connection that registered, or to the Contact by a new one", arguments: [true, false])
  func reuse(isOn: Bool) throws {
    for (kind, port, expected) in [(TransportKind.tcp, ":5070", 5070), (.tls, ":5071", 5071), (.tcp, "", 5060), (.tls, "", 5061)]
    {
      var desk = Desk(reusesConnections: isOn)
      var phone = Stranger(1, callID: "phone")
      #expect(desk.register(&phone, contact: "<sip:2001@127.0.9.1\(port);transport=\(kind)>", Self.flow(kind, 7)))
      let invite = try #require(self.called(&desk))
      #expect(invite.flow.kind == kind)
      #expect(invite.flow.connection == (isOn ? 7 : 0))
      #expect(invite.flow.remote == SocketAddress(Self.address, port: isOn ? 40_000 : UInt16(expected)))
    }
  }

  @Test("SEC-1: Via and Contact towards a telephone on TLS name TLS and its port; towards a sips Contact ours is sips")
  func names() throws {
    for (contact, own) in [
      ("<sip:2001@127.0.9.1:5071;transport=tls>", "<sip:2002@127.0.0.1:5061;transport=tls>"),
      ("<sips:2001@127.0.9.1:5071>", "<sips:2002@127.0.0.1:5061>"),
    ] {
      var desk = Desk()
      var phone = Stranger(1, callID: "phone")
      #expect(desk.register(&phone, contact: contact, Self.flow(.tls, 7)))
      let invite = String(decoding: try #require(self.called(&desk)).bytes, as: UTF8.self)
      #expect(invite.contains("Via: SIP/2.0/TLS 127.0.0.1:5061;"), "\(invite)")
      #expect(invite.contains("Contact: \(own)"), "\(invite)")
    }
  }

  @Test("CALL-5: who registered with a certificate calls by any connection with it, and by none without")
  func certificate() {
    let own = Flow.Peer.certificate(11)
    for (connection, peer, isTaken) in [
      (UInt64(7), own, true), (8, own, true), (8, .certificate(12), false), (8, .anybody, false),
    ] {
      var desk = Desk()
      var phone = Stranger(1, callID: "phone")
      #expect(desk.register(&phone, contact: "<sip:2001@127.0.9.1:5071;transport=tls>", Self.flow(.tls, 7, peer: own)))
      var call = Stranger(1, callID: "call")
      let sends = desk.receive(call.text("INVITE", to: "2002", body: Self.offer), Self.flow(.tls, connection, peer: peer))
      #expect(sends.contains { $0.message?.statusCode == 403 } == !isTaken, "\(connection) \(peer)")
    }
  }
}

extension Send {
  fileprivate var message: SIPMessage? {
    if case .message(let message) = SIPMessage.parse(self.bytes, stream: true) { message } else { nil }
  }
}
