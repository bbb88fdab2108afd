import Kernel
import Sessions

/// What arrives: told apart, matched to transactions and dialogs, or answered at once.
extension Exchange {
  static let allowed: StaticString =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, SUBSCRIBE, REGISTER"
  /// Option tags that we know (RFC 3261 §19.2): what Supported says, and what Require may ask for.
  static let supported: StaticString = "timer, replaces, norefersub"
  /// The same in an INVITE that has an offer. An answer to one without would have to go into PRACK (RFC 3262 §5).
  static let supportedByInvite: StaticString = "100rel, timer, replaces, norefersub"
  private static let optionTags: [StaticString] = ["100rel", "timer", "replaces", "norefersub"]

  mutating func receive(_ message: SIPMessage, from flow: Flow) {
    guard message.isRequest || self.mayAnswer(message, flow) else {
      self.counters.stray &+= 1
      return
    }
    guard !message.isRequest || self.isWithinRate(message, from: flow) else { return }
    let isUrgent = self.transactions.isFull && message.isRequest && self.isEmergency(message)
    switch self.transactions.receive(message, from: flow, at: self.now, isUrgent: isUrgent) {
    case .request(let transaction): self.request(message, transaction, from: flow)
    case .cancel(let transaction, let invite): self.cancel(message, transaction, of: invite)
    case .ack: self.acknowledged(message, from: flow)
    case .absorbed: break
    case .response(let transaction, let owner, let isRepeat):
      self.response(message, transaction, owner: DialogID(raw: owner), isRepeat: isRepeat, from: flow)
    case .stray: self.counters.stray &+= 1
    case .overload:
      self.counters.overload &+= 1
      self.counters.transactionLimit &+= 1
      self.refuseStatelessly(message, "too many requests at once", from: flow)
    }
    self.takeTransactionEvents()
  }

  private mutating func request(_ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow) {
    guard message.method != .other else {
      // Strangers get no list: their answers stay small (RELIABILITY 34).
      let isKnown = self.isKnown(message, flow)
      return self.answer(transaction, message, 501) { if isKnown { $0.header(.allow, Self.allowed) } }
    }
    guard message.uriScheme == .sip || message.uriScheme == .sips || message.method == .register else {
      return self.answer(transaction, message, 416)
    }
    let foreign = message.requires.filter { option in
      !Self.optionTags.contains { option.equalsIgnoringCase($0, in: message.bytes) }
    }
    if !foreign.isEmpty, message.method != .cancel {
      return self.answer(transaction, message, 420) { writer in
        for option in foreign { writer.header(.unsupported, option, of: message) }
      }
    }
    if message.method == .register { return self.register(message, transaction, from: flow) }
    if message.method == .subscribe, let id = self.subscription(message, tag: message.to.tag, peer: message.from.tag) {
      return self.resubscribe(id, message, transaction, from: flow)
    }
    if message.to.tag != nil {
      guard let dialog = self.dialog(of: message), self.mayAct(flow, in: dialog) else {
        return self.answer(transaction, message, 481)
      }
      return self.request(message, transaction, in: dialog, from: flow)
    }
    switch message.method {
    case .invite: self.invite(message, transaction, from: flow)
    case .options: self.options(message, transaction, from: flow)
    case .subscribe: self.subscribe(message, transaction, from: flow)
    case .ack, .cancel: break
    case .bye, .prack, .update: self.answer(transaction, message, 481)
    // Only within a call; strangers are not told even that (RELIABILITY 26).
    case .refer, .info, .notify: self.answer(transaction, message, self.isKnown(message, flow) ? 481 : 403)
    case .message, .publish, .register, .other:
      guard self.isKnown(message, flow) else { return self.answer(transaction, message, 403) }
      self.answer(transaction, message, 405) { $0.header(.allow, Self.allowed) }
    }
  }

  /// A station or trunk asks whether we live: 200. Strangers learn nothing.
  private mutating func options(_ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow) {
    guard self.isKnown(message, flow) || self.trunks.trunk(at: flow.remote.address) != nil else {
      return self.answer(transaction, message, 403)
    }
    self.answer(transaction, message, 200) { writer in
      writer.header(.allow, Self.allowed)
      writer.header(.supported, Self.supportedByInvite)
      writer.header(.accept, "application/sdp")
      writer.header(.allowEvents, EventPackage.allowEvents)
    }
  }

  /// From is a station and the request comes from where it registered.
  private func isKnown(_ message: SIPMessage, _ flow: Flow) -> Bool {
    guard let number = self.number(of: message.from, in: message) else { return false }
    return self.registry.device(of: number, at: flow) != nil
  }

  func number(of address: NameAddress, in message: SIPMessage) -> StationNumber? {
    guard address.uri.scheme == .sip || address.uri.scheme == .sips else { return nil }
    return Digits(ascii: message.user(of: address.uri)).flatMap { StationNumber($0) }
  }

  // MARK: Dialogs

  func dialogKey(_ callID: [UInt8], _ tag: [UInt8]) -> Key128 {
    Key128(callID, seed: self.seed).mixed(with: Key128(tag, seed: self.seed))
  }

  /// The dialog a request within one belongs to: Call-ID, our tag and the peer's must all fit.
  func dialog(of message: SIPMessage) -> DialogID? {
    guard let tag = message.to.tag else { return nil }
    let key = message.key(message.callID, seed: self.seed).mixed(with: message.key(tag, seed: self.seed))
    guard let id = self.dialogIndex[key], let dialog = self.dialogs[id] else { return nil }
    let remote = message.from.tag.map { message.array($0) } ?? []
    return dialog.remoteTag == remote || dialog.remoteTag.isEmpty ? id : nil
  }

  /// Whether what comes by `flow` may touch the dialog: its own peer's address, or where its station is registered now
  /// (RELIABILITY 38).
  func mayAct(_ flow: Flow, in id: DialogID) -> Bool {
    guard let dialog = self.dialogs[id] else { return false }
    if dialog.flow.remote.address == flow.remote.address { return true }
    if let trunk = dialog.trunk { return self.trunks.isSource(flow.remote.address, of: trunk.index) }
    guard let station = dialog.station else { return false }
    return self.registry.device(of: station, at: flow) != nil
  }

  /// Whether a response comes from the phone that was asked, be its branch and tags as right as they may (RELIABILITY 18, 38).
  private func mayAnswer(_ message: SIPMessage, _ flow: Flow) -> Bool {
    guard let tag = message.from.tag else { return true }
    let key = message.key(message.callID, seed: self.seed).mixed(with: message.key(tag, seed: self.seed))
    if let trunk = self.trunks.conversations[key] { return self.trunks.isSource(flow.remote.address, of: trunk) }
    if let dialog = self.dialogIndex[key] { return self.mayAct(flow, in: dialog) }
    return self.subscriptions.find(key).flatMap { self.subscriptions[$0] }.map { self.mayAct(flow, in: $0) } ?? true
  }

  // MARK: Answers

  /// Writes a response; the caller sends it.
  mutating func write(
    _ transaction: ServerTransactionID, _ message: SIPMessage, _ status: UInt16, reason: StaticString? = nil,
    tag: [UInt8]? = nil, headers: (inout MessageWriter) -> Void = { _ in }
  ) {
    let source = self.transactions.flow(of: transaction)?.remote ?? SocketAddress(.unspecified, port: 0)
    self.writer.response(
      to: message, status, reason: reason, toTag: tag ?? self.statelessTag(message), source: source)
    headers(&self.writer)
    self.writer.finish()
  }

  /// The answer in the writer is more than 1.5 times a request that no telephone would send: it goes without its reason phrase, or
  /// a forged source would be sent more than the forger spent (RELIABILITY 34).
  func isTooLong(answering message: SIPMessage) -> Bool {
    message.bytes.count < Self.ampleRequest && self.writer.bytes.count &* 2 > message.bytes.count &* 3
  }

  /// Answers at once, outside any dialog.
  mutating func answer(
    _ transaction: ServerTransactionID, _ message: SIPMessage, _ status: UInt16, reason: StaticString? = nil,
    headers: (inout MessageWriter) -> Void = { _ in }
  ) {
    if status >= 400 { self.counters.rejected &+= 1 }
    self.write(transaction, message, status, reason: reason, headers: headers)
    if status >= 400, status != 401, status != 407, self.isTooLong(answering: message) {
      self.write(transaction, message, status, reason: "", headers: headers)
    }
    self.transactions.respond(transaction, self.written(), status: status, at: self.now)
  }
}
