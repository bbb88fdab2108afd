import Kernel
import Sessions

/// What trunks answer to OPTIONS, to REGISTER, and to requests within calls as far as a challenge is meant (TRK-1).
extension Exchange {
  /// An answer to a request of ours to a trunk.
  /// - Returns: whether nothing is left to be done: it was OPTIONS or REGISTER, or a challenge that has been answered.
  mutating func trunkAnswered(_ message: SIPMessage, _ status: UInt16, _ transaction: ClientTransactionID) -> Bool {
    guard status >= 200, let request = self.trunks.requests.removeValue(forKey: transaction) else { return false }
    if status == 401 || status == 407 {
      if self.provesItself(to: message, proxy: status == 407, request, transaction) { return true }
    } else if status != 403, request.answered > 0 {
      self.trunks.update(request.trunk) { if $0.realm == nil { $0.realm = request.realm } }
    }
    switch request.purpose {
    case .dialog: return false
    case .question:
      guard self.trunks.trunk(request.trunk)?.question == transaction else { return true }
      self.trunks.update(request.trunk) {
        $0.question = nil
        if status / 100 == 5 { $0.lastError = "OPTIONS: \(status) \(SIPStatus.phrase(status))" }
      }
      self.reach(request.trunk, status / 100 == 5 ? .missed : .answered)
    case .registration:
      guard self.trunks.trunk(request.trunk)?.registering == transaction else { return true }
      self.registerAnswered(message, status, request)
    }
    return true
  }

  private mutating func registerAnswered(_ message: SIPMessage, _ status: UInt16, _ request: TrunkRequest) {
    self.trunks.update(request.trunk) {
      $0.registering = nil
      $0.lastError = status < 300 ? "" : "REGISTER: \(status) \(SIPStatus.phrase(status))"
      if status == 401 || status == 403 || status == 407 { $0.challenge = nil }
    }
    switch status {
    case 200...299: self.register(request.trunk, .granted(self.granted(message, request)))
    case 423: self.register(request.trunk, .tooBrief(message.number(.minExpires) ?? 0))
    default: self.register(request.trunk, .refused(retryAfter: message.number(.retryAfter) ?? 0))
    }
  }

  /// How long our Contact is registered for; 0 where the carrier has others only (RFC 3261 §10.2.4).
  private func granted(_ message: SIPMessage, _ request: TrunkRequest) -> UInt32 {
    let asked = self.trunks.trunk(request.trunk)?.asked ?? 0
    let contacts = message.contacts
    guard !contacts.isEmpty else { return message.expires ?? asked }
    guard case .message(let sent) = SIPMessage.parse(request.bytes, stream: false), let own = sent.contact else { return 0 }
    let user = sent.user(of: own.uri)
    let host = own.uri.address(in: sent.bytes)
    for contact in contacts where message.user(of: contact.uri) == user {
      guard contact.uri.address(in: message.bytes) == host, contact.uri.port == own.uri.port else { continue }
      let seconds = contact.parameters.parameter("expires", in: message.bytes)?.value.flatMap {
        UInt32(String(decoding: $0.array(in: message.bytes), as: UTF8.self))
      }
      return seconds ?? message.expires ?? asked
    }
    return 0
  }

  /// No answer came to a request of ours to a trunk.
  /// - Returns: whether it was OPTIONS or REGISTER.
  mutating func trunkUnanswered(_ transaction: ClientTransactionID) -> Bool {
    guard let request = self.trunks.requests.removeValue(forKey: transaction) else { return false }
    switch request.purpose {
    case .dialog: return false
    case .question:
      guard self.trunks.trunk(request.trunk)?.question == transaction else { return true }
      self.trunks.update(request.trunk) {
        $0.question = nil
        $0.lastError = "no answer to OPTIONS"
      }
      self.reach(request.trunk, .missed)
    case .registration:
      guard self.trunks.trunk(request.trunk)?.registering == transaction else { return true }
      self.trunks.update(request.trunk) {
        $0.registering = nil
        $0.lastError = "no answer to REGISTER"
      }
      self.register(request.trunk, .refused(retryAfter: 0))
    }
    return true
  }
}
