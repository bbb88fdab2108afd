import Kernel
import LoopbackSIP
import Sessions
import Testing

@testable import SIP

@Suite("Challenges of carriers")
struct TrunkChallengeTests {
  @Test(
    "TRK-1: a challenge to INVITE, BYE and re-INVITE is answered, with MD5 and SHA-256",
    arguments: DigestAlgorithm.allCases)
  func answered(algorithm: DigestAlgorithm) {
    var world = TrunkOffice {
      $0.challenged = [.invite, .bye]
      $0.algorithm = algorithm
    }
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.state == .connected, "\(world.ladder)")
    #expect(world.carrier.requests(.invite).count == 2)
    let invites = world.carrier.requests(.invite)
    #expect(invites.last?.cseq.number == (invites.first?.cseq.number ?? 0) + 1)
    #expect(
      world.carrier.requests(.ack).last?.header(.proxyAuthorization) != nil, "RFC 3261 §13.2.2.4")
    world.office.network.with("2001") { $0.hold(call, true, at: $1) }
    world.run()
    #expect(world.office.call("2001", call)?.reinviteStatus == 200, "\(world.ladder)")
    world.hangUp("2001", call)
    #expect(world.carrier.requests(.bye).count == 2)
    #expect(world.carrier.proven >= 3, "\(world.ladder)")
    #expect(world.leftovers().isEmpty)
  }

  @Test("TRK-1: who challenges for ever gets one answer, and the call fails")
  func forever() {
    var world = TrunkOffice {
      $0.challenged = [.invite]
      $0.isNeverContent = true
    }
    let call = world.dial("90398722999")
    world.run(for: .seconds(8))
    #expect(world.carrier.requests(.invite).count == 2, "\(world.ladder)")
    #expect(world.office.call("2001", call)?.finalStatus == 480)
    #expect(world.leftovers().isEmpty)
  }

  @Test("TRK-1: a nonce that was too old is answered once more")
  func stale() {
    var world = TrunkOffice {
      $0.challenged = [.invite]
      $0.isForgetful = true
    }
    let call = world.dial("90398722999")
    #expect(world.carrier.requests(.invite).count == 3, "\(world.ladder)")
    #expect(world.office.call("2001", call)?.state == .connected)
  }

  @Test(
    "TRK-1: somebody behind the carrier who challenges our BYE learns nothing, and the call is over all the same"
  )
  func foreignRealm() {
    var world = TrunkOffice { $0.challenged = [.invite] }
    let call = world.dial("90398722999")
    #expect(world.office.call("2001", call)?.state == .connected)
    world.carrier.realm = "somebody.else"
    world.carrier.challenged = [.bye]
    world.hangUp("2001", call)
    #expect(world.carrier.requests(.bye).count == 1, "\(world.ladder)")
    #expect(
      world.carrier.requests(.bye).allSatisfy {
        $0.header(.proxyAuthorization) == nil && $0.header(.authorization) == nil
      })
    #expect(world.leftovers().isEmpty)
  }

  @Test(
    "TRK-1: a challenge to a call from a source that is not the trunk's address is not answered")
  func foreignAddress() {
    var world = TrunkOffice()
    var account = TrunkOffice.account()
    account.sources = [AddressBlock("127.0.9.0/24")!]
    world.office.network.exchange.install([account], at: world.office.network.now)
    let gateway = SocketAddress(IPAddress(127, 0, 9, 77), port: 5060)
    let invite = world.carrier.text("INVITE", to: "0398722900", body: Carrier.sdp, source: gateway)
    _ = world.send(invite, from: gateway)
    world.office.network.with("2001") { $0.answer(0, at: $1) }
    world.run()
    let ok = world.office.network.elsewhere.reversed().compactMap { sent -> SIPMessage? in
      if sent.to == gateway,
        case .message(let message) = SIPMessage.parse(sent.bytes, stream: false),
        message.statusCode == 200
      {
        message
      } else {
        nil
      }
    }.first
    let tag = ok.flatMap { message in message.to.tag.map { message.string($0) } } ?? ""
    _ = world.send(
      world.carrier.text("ACK", to: "0398722900", toTag: tag, source: gateway).replacingCSeq(
        of: invite), from: gateway)
    world.hangUp("2001", 0)
    let byes = { (world: TrunkOffice) in
      world.office.network.elsewhere.filter {
        $0.to == gateway && $0.bytes.starts(with: Array("BYE".utf8))
      }
    }
    guard let bye = byes(world).first,
      case .message(let message) = SIPMessage.parse(bye.bytes, stream: false)
    else {
      Issue.record("no BYE: \(world.ladder)")
      return
    }
    world.carrier.answer(
      message, 407, headers: "Proxy-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\"",
      from: gateway,
      &world.office.network)
    world.run()
    #expect(
      Swift.Set(byes(world).map { String(decoding: $0.bytes, as: UTF8.self) }).count == 1,
      "\(world.ladder)")
  }

  @Test("TRK-1: an answer to a challenge is what RFC 7616 says")
  func computed() {
    let challenge = TrunkChallenge(
      Array(
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, nonce=\"7y/\", opaque=\"FQhe\""
          .utf8))
    #expect(challenge?.hasQuality == true && challenge?.algorithm == .md5)
    var account = TrunkOffice.account()
    account.userID = "Mufasa"
    let text = challenge.map {
      String(
        decoding: $0.answer(
          by: account, method: Array("GET".utf8), uri: Array("/dir".utf8), count: 1,
          clientNonce: Array("f2".utf8),
          with: Office.digests),
        as: UTF8.self)
    }
    #expect(
      text?.contains(
        "nc=00000001, cnonce=\"f2\", opaque=\"FQhe\"")
        == true)
    #expect(text?.contains(Carrier.password) == false)
  }

  @Test(
    "TRK-1: challenges that make no sense are not answered",
    arguments: [
      "Basic realm=\"x\"", "Digest", "Digest realm=\"x\"", "Digest realm=\"x\", nonce=\"\"",
      "Digest realm=\"x, nonce=\"n\"",
      "Digest realm=\"x\", nonce=\"n\", algorithm=MD5-sess",
      "Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"",
      "Digest realm=\"x\", realm=\"y\", nonce=\"n\"", "Digest realm=\"x\\\"\", nonce=\"n\"",
      "Digest =,=,=",
    ])
  func senseless(value: String) {
    #expect(TrunkChallenge(Array(value.utf8)) == nil)
  }

  @Test("TRK-1: a secret shows in no description")
  func secret() {
    #expect(!"\(TrunkOffice.account())".contains(Carrier.password))
    #expect(!String(reflecting: TrunkOffice.account()).contains(Carrier.password))
  }
}

extension [UInt8] {
  /// An ACK has the number of its INVITE.
  func replacingCSeq(of invite: [UInt8]) -> [UInt8] {
    let number = { (octets: [UInt8]) -> Substring in
      let line =
        String(decoding: octets, as: UTF8.self).split(separator: "\r\n").first {
          $0.hasPrefix("CSeq: ")
        } ?? ""
      return line.dropFirst(6).prefix { $0 != " " }
    }
    return Array(
      String(decoding: self, as: UTF8.self).replacing(
        "CSeq: \(number(self)) ", with: "CSeq: \(number(invite)) "
      ).utf8)
  }
}
