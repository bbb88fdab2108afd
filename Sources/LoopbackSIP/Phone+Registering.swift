import Kernel
import SIP
import Sessions

/// What the exchange asked for before it believes who we are.
struct Challenge: Sendable {
  var nonce: [UInt8]
  var realm: [UInt8]
}

/// REGISTER and digests.
extension Phone {
  mutating func sendRegister(challenge: Challenge?) {
    self.registerCSeq += 1
    let branch = self.token("z9hG4bK")
    let uri = Array("sip:\(self.exchange.address)".utf8)
    self.writer.request(.register, uri: uri)
    self.writer.header(.via, Array("SIP/2.0/UDP \(self.contact);branch=".utf8) + branch + Array(";rport".utf8))
    self.writer.header(.maxForwards, 70)
    let own = Array("<sip:\(self.number)@\(self.exchange.address)>".utf8)
    self.writer.header(.from, own + Array(";tag=r".utf8))
    self.writer.header(.to, own)
    self.writer.header(.callID, self.registerCallID)
    self.writer.cseq(self.registerCSeq, .register)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.contact)>".utf8))
    self.writer.header(.expires, UInt64(self.registerExpires))
    self.writer.header(.userAgent, "Loopback 1")
    self.writer.header(.allow, "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO")
    if let challenge { self.writer.header(.authorization, self.credentials(challenge, method: "REGISTER", uri: uri)) }
    self.writer.finish()
    _ = self.send(.register, branch, owner: Self.registerOwner)
  }

  mutating func registerAnswered(_ message: SIPMessage, _ status: UInt16) {
    guard status >= 200, message.cseq.number == self.registerCSeq else { return }
    self.registerAnswer = message
    if status == 401, self.registerTries < 2 {
      self.registerTries += 1
      guard let challenge = self.challenge(in: message, .wwwAuthenticate) else {
        return self.complaints.append("no challenge we can answer")
      }
      return self.sendRegister(challenge: challenge)
    }
    self.registerStatus = status
    if status == 200 { self.isRegistered = self.registerExpires > 0 && message.contact != nil }
  }

  func credentials(_ challenge: Challenge, method: String, uri: [UInt8]) -> [UInt8] {
    let ha1 = self.digests.ha1(self.algorithm, user: self.userID, realm: challenge.realm, password: self.password)
    let response = DigestResponse.compute(
      self.algorithm, ha1: ha1, method: Array(method.utf8), uri: uri, nonce: challenge.nonce, count: Array("00000001".utf8),
      clientNonce: Array("c".utf8), with: self.digests)
    func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
    return Array(
      """
      Digest username="\(text(self.userID))", realm="\(text(challenge.realm))", nonce="\(text(challenge.nonce))", \
      uri="\(text(uri))", response="\(text(response))", algorithm=\(self.algorithm == .md5 ? "MD5" : "SHA-256"), qop=auth, \
      nc=00000001, cnonce="c"
      """.utf8)
  }

  func challenge(in message: SIPMessage, _ header: HeaderName) -> Challenge? {
    let wanted = self.algorithm == .md5 ? "algorithm=MD5" : "algorithm=SHA-256"
    for value in message.headers(header) {
      let text = message.string(value)
      guard text.contains(wanted), let nonce = Self.quoted("nonce", in: text), let realm = Self.quoted("realm", in: text)
      else { continue }
      return Challenge(nonce: nonce, realm: realm)
    }
    return nil
  }

  private static func quoted(_ name: String, in text: String) -> [UInt8]? {
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].split(separator: " ").last.map(String.init) == name else { continue }
      return Array(pair[1].filter { $0 != "\"" }.utf8)
    }
    return nil
  }
}
