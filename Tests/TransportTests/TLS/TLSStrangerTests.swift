#if TLS
import Foundation
import Kernel
import SIP
import Sessions
import Testing
import Transport

private let message = "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody"

@Suite("TLS and strangers", .serialized, .timeLimit(.minutes(2))) struct TLSStrangerTests {
  let authority: Authority

  init() throws {
    self.authority = try Authority()
    try self.authority.issue("pbx", for: "DNS:pbx.example")
  }

  /// The beginning of a ClientHello of 512 octets.
  private let half: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]

  @Test("RELIABILITY 30: half handshakes end with their time; what is no TLS ends at once")
  func halves() throws {
    var limits = TransportLimits.short
    limits.message = .milliseconds(400)
    let board = try Switchboard.tls(self.authority.files("pbx"), limits: limits)
    let silent = try #require(Peer(.tcp, to: board.port(.tls)))
    let half = try #require(Peer(.tcp, to: board.port(.tls)))
    half.send(self.half)
    #expect(try eventually { try board.counters.handshaking == 2 })
    let plain = try #require(Peer(.tcp, to: board.port(.tls)))
    plain.send(message)
    #expect(plain.isClosedByPeer)
    #expect(silent.isClosedByPeer)
    #expect(half.isClosedByPeer)
    let counters = try board.counters
    #expect(counters.slow == 2 && counters.handshakesFailed == 3 && counters.handshaking == 0 && counters.open == 0)
    #expect(board.messages.isEmpty)
    try board.stop()
  }

  @Test("RELIABILITY 30: 200 half handshakes keep nobody out, and no more than the limit are kept", arguments: [false, true])
  func flood(isOneSource: Bool) throws {
    var limits = TransportLimits()
    limits.handshakes = isOneSource ? 1_000 : 20
    limits.connectionsPerSource = isOneSource ? 30 : 1_000
    let board = try Switchboard.tls(self.authority.files("pbx"), limits: limits)
    let strangers = (0..<200).compactMap { _ in Peer(.tcp, to: board.port(.tls)) }
    for stranger in strangers { stranger.send(self.half) }
    let phone = try OpenSSL(to: board.port(.tls))
    phone.send(message)
    #expect(phone.says(message))
    let counters = try board.counters
    #expect(strangers.count == 200 && counters.turnedAway >= 150)
    #expect(counters.handshaking <= (isOneSource ? 30 : 20) && counters.openTLS <= 31)
    try board.stop()
  }

  @Test("RELIABILITY 30: more connections than the limit of handshakes a second wait, and none is lost")
  func rate() throws {
    var limits = TransportLimits()
    limits.handshakesPerSecond = 100
    let board = try Switchboard.tls(self.authority.files("pbx"), limits: limits)
    let begin = Date()
    let strangers = (0..<90).compactMap { _ in Peer(.tcp, to: board.port(.tls)) }
    #expect(try eventually { try board.counters.accepted == 90 })
    // Ten in each tenth of a second, and up to fifteen more of one look at the queue.
    #expect(Date().timeIntervalSince(begin) > 0.3)
    #expect(strangers.count == 90)
    #expect(try (3...9).contains(board.counters.handshakesPaused))
    try board.stop()
  }

  @Test("RELIABILITY 31: whoever resets after a message leaves nothing behind")
  func resets() throws {
    let board = try Switchboard.tls(self.authority.files("pbx"))
    for _ in 0..<10 {
      let phone = try OpenSSL(to: board.port(.tls))
      phone.send(message)
      #expect(phone.says("OPTIONS"))
    }
    for _ in 0..<100 {
      let stranger = try #require(Peer(.tcp, to: board.port(.tls)))
      stranger.send(self.half)
      stranger.reset()
    }
    #expect(try eventually { try board.on { $0.isEmpty } })
    #expect(board.closed.count == 10)
    #expect(try board.counters.openTLS == 0)
    try board.stop()
  }

  @Test("RELIABILITY 32: a TLS peer that does not read is cut off")
  func clogged() throws {
    var limits = TransportLimits()
    limits.writeQueue = 64 * 1024
    let board = try Switchboard.tls(self.authority.files("pbx"), limits: limits)
    let phone = try OpenSSL(to: board.port(.tls))
    phone.send(message)
    #expect(eventually { board.messages.count == 1 })
    let flow = try #require(board.messages.first?.1)
    let octets = [UInt8](repeating: 0x41, count: 60_000)
    let isCut = try eventually {
      try board.on {
        $0.send(octets, to: flow)
        $0.flush()
      }
      return try board.counters.clogged == 1
    }
    #expect(isCut)
    #expect(try eventually { try board.on { $0.isEmpty } })
    try board.stop()
  }

  @Test("SEC-1: certificates that cannot be used are refused, and it is said why")
  func refusals() throws {
    try self.authority.issue("other")
    try self.authority.issue("soon", days: 3)
    let good = self.authority.files("pbx")
    func failure(_ change: (inout TLSFiles) -> Void) -> String {
      var files = good
      change(&files)
      do {
        _ = try TLSCredentials(files)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(failure { $0.certificate = "" }.contains("sip.tls-certificate"))
    #expect(failure { $0.certificate = "/nowhere" }.contains("/nowhere cannot be read"))
    #expect(failure { $0.certificate = $0.key }.contains("holds no certificate"))
    #expect(failure { $0.key = $0.certificate }.contains("holds no private key"))
    #expect(failure { $0.key = self.authority.path("other.key") }.contains("do not belong together"))
    #expect(failure { $0.isMutual = true }.contains("sip.tls-client-ca"))
    #expect(failure { _ in } == "")
    let soon = try TLSCredentials(self.authority.files("soon"))
    let now = Int64(time(nil))
    #expect(soon.expiry(at: now + 60)?.contains("expires in 2 days") ?? false)
    #expect(soon.expiry(at: now + 4 * 86_400)?.contains("has expired") ?? false)
    #expect(soon.expiry(at: now - 86_400)?.contains("not valid yet") ?? false)
    #expect(try TLSCredentials(good).expiry(at: now) == nil)
    chmod(good.key, 0o644)
    #expect(try TLSCredentials(good).warnings.count == 1)
    chmod(good.key, 0o600)
    #expect(try TLSCredentials(good).warnings.isEmpty)
  }
}
#endif
