import Kernel
import SIP
import Sessions

/// What must hold.
extension SIPExplorer {
  /// With everything delivered: as many connected telephones as the exchange has connected legs.
  mutating func checkConversations() {
    var findings = self.conversationFindings()
    if findings.isEmpty { return }
    // A BYE that is just on its way is no failure.
    self.network.advance(by: .seconds(1))
    let later = self.conversationFindings()
    findings = findings.filter { later.contains($0) }
    self.failures += findings.map { "\(self.clock) \($0)" }
  }

  private func conversationFindings() -> [String] {
    var findings: [String] = []
    for phone in self.network.phones where !phone.isDeaf {
      for call in phone.calls where call.state == .connected {
        if !self.network.exchange.knowsDialog(callID: call.callID, tag: call.remoteTag) {
          findings.append("\(phone.number) believes in call \(call.id), the exchange does not")
        }
        if call.awaitsAnswer { findings.append("\(phone.number) call \(call.id): an offer got no answer") }
      }
    }
    let active = self.network.exchange.callStatus().filter { $0.state == "active" || $0.state == "held" }
    let alone = ["announcement", "playback", "recording"]
    for call in active where call.legs.count < 2 && !call.legs.contains(where: { alone.contains($0.hears) }) {
      findings.append("call \(call.id) has one party only")
    }
    return findings
  }

  mutating func checkEnd() {
    self.failures += self.network.exchange.audit()
    for phone in self.network.phones {
      for complaint in phone.complaints where !self.isOurDoing(complaint) {
        self.failures.append("\(phone.number) complains: \(complaint)")
      }
      for call in phone.calls {
        if call.state != .ended { self.failures.append("\(phone.number) call \(call.id) is still \(call.state)") }
        if call.isOutgoing, call.finalStatus == nil {
          self.failures.append("\(phone.number) call \(call.id) got no final answer")
        }
      }
      if phone.transactions.count > 0 {
        self.failures.append("\(phone.number) has \(phone.transactions.count) transactions left")
      }
    }
    self.checkAnswers()
    self.checkKeys()
    if self.network.media.openChannels > 0 { self.failures.append("left at the end: \(self.network.media.summary)") }
    self.failures += self.network.media.complaints
  }

  /// A dialog that came of an INVITE repeated out of turn.
  private func isOurDoing(_ complaint: String) -> Bool {
    guard complaint.contains("never was"), let callID = complaint.split(separator: " ").last else { return false }
    return self.repeated.contains(Array(callID.utf8))
  }

  /// One final answer to each INVITE, however often it was repeated.
  private mutating func checkAnswers() {
    struct Answer { var phone: String, callID: [UInt8], cseq: UInt32, branch: [UInt8], status: UInt16 }
    var answers: [[UInt8]: Answer] = [:]
    for entry in self.network.trace where !entry.isToExchange && entry.bytes.starts(with: Array("SIP/2.0 ".utf8)) {
      guard case .message(let message) = SIPMessage.parse(entry.bytes, stream: false) else {
        if entry.bytes.starts(with: Array("SIP/2.0 4".utf8)) { continue }
        self.failures.append("sent to \(entry.phone), and cannot be read: \(String(decoding: entry.bytes, as: UTF8.self))")
        continue
      }
      guard let status = message.statusCode, status >= 200, message.cseq.method == .invite else { continue }
      let branch = message.topVia.branch.map { message.array($0) } ?? []
      let answer = Answer(
        phone: entry.phone, callID: message.array(message.callID), cseq: message.cseq.number, branch: branch, status: status)
      let key = branch + Array(entry.phone.utf8)
      if let former = answers[key], former.status != status, !self.repeated.contains(branch) {
        self.failures.append("\(entry.phone) was answered \(former.status) and then \(status)")
      }
      answers[key] = answer
    }
  }
}
