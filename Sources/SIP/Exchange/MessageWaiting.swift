import Kernel
import Sessions

/// The lamp of the mailbox: NOTIFY `message-summary` that no telephone asked for (MWI-1, RFC 3842; INTEROP 13). Each registered device
/// of a station with a mailbox is told after it registers and whenever the counts change.
extension Exchange {
  /// The module whose place in the plan switches lamps of mailboxes on.
  static let lampModule = "MessageWaiting"

  /// Whether a lamp of this station may burn.
  func hasLamp(_ account: StationAccount) -> Bool { account.hasMailbox && self.lightsLamps }

  mutating func tellWaiting(_ owner: Digits) {
    if let station = StationNumber(owner) { self.tellWaiting(station) }
  }

  /// Tells every device of the station what it does not know yet.
  mutating func tellWaiting(_ station: StationNumber) {
    guard let account = self.accounts[station] else { return }
    let mailbox = Resource.mailbox(station)
    if self.hasLamp(account) { self.tellWatchers(of: mailbox) } else { self.endSubscriptions(to: mailbox) }
    let counts = self.mailboxes.counts(of: station.digits)
    // A device that has subscribed is told by that alone.
    for id in self.registry.devices(of: station) where !self.subscriptions.hasMessages(device: id) {
      self.tellWaiting(id, account, counts)
    }
  }

  private mutating func tellWaiting(_ id: Int64, _ account: StationAccount, _ counts: MessageCounts) {
    switch self.mailboxes.lamps[id] {
    case .none:
      if self.hasLamp(account) { self.notify(id, counts) }
    case .told(let told):
      // Without a mailbox any more, a lamp that burns is put out.
      let wanted = self.hasLamp(account) ? counts : MessageCounts()
      if told != wanted { self.notify(id, wanted) }
    case .telling, .refused: break
    }
  }

  /// The answer to a NOTIFY of ours; 408 when there was none.
  /// - Returns: whether the transaction was one.
  mutating func notified(_ transaction: ClientTransactionID, _ status: UInt16) -> Bool {
    guard status >= 200, let id = self.mailboxes.telling[transaction] else { return false }
    self.mailboxes.telling[transaction] = nil
    // The device may be gone, or have registered anew.
    guard case .telling(let counts, transaction) = self.mailboxes.lamps[id] else { return true }
    switch status {
    case 200...299:
      self.mailboxes.lamps[id] = .told(counts)
      // What has changed meanwhile.
      if let binding = self.registry.binding(id) { self.tellWaiting(binding.station) }
    case 408, 480, 486, 491, 500, 503, 504:
      // Not now: at its next REGISTER, or with the next change.
      self.mailboxes.lamps[id] = nil
    default:
      // 405, 481, 489, 501 and whatever else says no; a challenge is never answered (RELIABILITY 27).
      self.mailboxes.lamps[id] = .refused
    }
    return true
  }

  private mutating func notify(_ id: Int64, _ counts: MessageCounts) {
    guard let binding = self.registry.binding(id) else { return }
    let flow = binding.callFlow
    let host = self.advertised(flow)
    let branch = self.generator.token("z9hG4bK")
    let account = self.mailboxAccount
    self.writer.request(.notify, uri: binding.contact)
    self.writer.begin(.via)
    switch flow.kind {
    case .udp: self.writer.text("SIP/2.0/UDP ")
    case .tcp: self.writer.text("SIP/2.0/TCP ")
    case .tls: self.writer.text("SIP/2.0/TLS ")
    }
    self.writer.address(host.address, port: host.port)
    self.writer.text(";branch=")
    self.writer.octets(branch)
    self.writer.text(";rport")
    self.writer.endLine()
    self.writer.header(.maxForwards, 70)
    self.writer.begin(.from)
    self.writer.text("<")
    self.writer.octets(account + self.hostPart(host))
    self.writer.text(">;tag=")
    self.writer.octets(self.generator.token())
    self.writer.endLine()
    self.writer.header(.to, self.address(binding.station.digits, Presentation(), host: host))
    self.writer.header(.callID, self.generator.token())
    self.writer.cseq(1, .notify)
    // The account is a sip URI without its host, so that it takes an s more towards a sips target.
    let isSecure = Self.isSecure(binding.contact)
    var contact: [UInt8] = Array(isSecure ? "<sips:".utf8 : "<sip:".utf8) + account.dropFirst(4)
    self.appendHost(flow, isSecure: isSecure, to: &contact)
    self.writer.header(.contact, contact)
    self.writer.header(.event, "message-summary")
    self.writer.header(.subscriptionState, "terminated;reason=timeout")
    self.writer.finish(
      body: Self.summary(counts, account: account + self.hostPart(host)), type: "application/simple-message-summary")
    let transaction = self.transactions.send(
      self.written(), method: .notify, branch: Key128(branch, seed: self.seed), to: flow, owner: DialogID.none.raw, at: self.now)
    self.mailboxes.lamps[id] = .telling(counts, transaction)
    self.mailboxes.telling[transaction] = id
  }

  /// RFC 3842 §3.5: new and old messages, none of them urgent.
  static func summary(_ counts: MessageCounts, account: [UInt8]) -> [UInt8] {
    var text = Array("Messages-Waiting: \(counts.new > 0 ? "yes" : "no")\r\nMessage-Account: ".utf8)
    text.append(contentsOf: account)
    text.append(contentsOf: "\r\nVoice-Message: \(counts.new)/\(counts.old) (0/0)\r\n".utf8)
    return text
  }

  func hostPart(_ host: SocketAddress) -> [UInt8] {
    var text: [UInt8] = [0x40]
    host.address.append(to: &text, brackets: true)
    return text
  }

  /// Scheme and user of the mailbox: many telephones dial it at the press of their message key.
  var mailboxAccount: [UInt8] {
    let code = self.mailboxes.code
    guard !code.isEmpty else { return Array("sip:voicemail".utf8) }
    var text: [UInt8] = Array("sip:".utf8)
    for index in 0..<code.count {
      let octet = code.ascii(index)
      if octet == 0x23 { text.append(contentsOf: "%23".utf8) } else { text.append(octet) }
    }
    return text
  }

  /// The code by which the plan lets owners hear their messages, else the number of voice mail itself.
  func retrievalCode(of plan: Plan) -> Digits {
    for placement in plan.modules where placement.module == "VoiceMail" {
      guard let module = self.kernel.modules.first(where: { $0.descriptor.name == placement.module }) else { continue }
      for code in placement.codes where module.descriptor.actions.indices.contains(code.action) {
        if module.descriptor.actions[code.action].name == "retrieve" { return code.digits }
      }
      if let option = module.descriptor.options.firstIndex(where: { $0.name == "number" }),
        let number = placement.options.number(option)
      {
        return number
      }
    }
    return Digits()
  }
}
