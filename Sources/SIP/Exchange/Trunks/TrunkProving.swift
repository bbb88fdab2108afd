import Kernel
import Sessions

/// Challenges of carriers (RFC 3261 §22.2).
extension Exchange {
  /// Sends a request once more with credentials (RFC 3261 §22.2): once, and a second time where the nonce was too old; to the
  /// trunk's own address only, and for the realm that has taken them before. Who challenges behind the carrier learns nothing.
  mutating func provesItself(
    to message: SIPMessage, proxy: Bool, _ request: TrunkRequest, _ former: ClientTransactionID
  ) -> Bool {
    guard let trunk = self.trunks.trunk(request.trunk), trunk.account.hasSecret, self.mayRepeat(request, former),
      trunk.account.addresses.contains(request.flow.remote.address),
      let challenge = TrunkChallenge(message, proxy: proxy),
      request.answered == 0 || request.answered == 1 && challenge.isStale,
      case .message(let sent) = SIPMessage.parse(request.bytes, stream: request.flow.kind.isReliable)
    else { return false }
    guard trunk.realm == challenge.realm || trunk.realm == nil && self.mayLearnRealm(request) else {
      self.outbox.notices.append(
        .warning("trunk \(trunk.account.name): a challenge for the realm of somebody else is not answered"))
      return false
    }
    let value = challenge.answer(
      by: trunk.account, method: sent.array(sent.methodBytes), uri: sent.array(sent.requestURI.whole), count: 1,
      clientNonce: self.generator.token(), with: self.authenticator.digests)
    let proof = TrunkProof(name: proxy ? .proxyAuthorization : .authorization, value: value)
    let cseq = self.nextCSeq(of: request, sent)
    let branch = self.generator.token("z9hG4bK")
    self.write(sent, again: request.flow, branch, cseq: cseq, proof)
    let bytes = self.written()
    let owner: DialogID = if case .dialog(let id) = request.purpose { id } else { .none }
    let transaction = self.transactions.send(
      bytes, method: request.method, branch: Key128(branch, seed: self.seed), to: request.flow, owner: owner.raw, at: self.now)
    var repeated = request
    repeated.bytes = bytes
    repeated.answered += 1
    repeated.realm = challenge.realm
    self.noteTrunkRequest(transaction, repeated)
    switch request.purpose {
    case .question: break
    case .registration:
      self.trunks.update(request.trunk) {
        $0.registering = transaction
        $0.challenge = (challenge, proxy, 1)
      }
    case .dialog(let id): self.repeated(id, request.method, branch, bytes, proof, from: former, to: transaction)
    }
    return true
  }

  /// Whether the carrier's realm may be learned by this request. Within a call it may not: there the challenge can be the callee's,
  /// passed on by a carrier that never asked for credentials itself (RELIABILITY 27).
  private func mayLearnRealm(_ request: TrunkRequest) -> Bool {
    switch request.purpose {
    case .question: return false
    case .registration: return true
    case .dialog(let id): return request.method == .invite && self.dialogs[id]?.isCalling ?? false
    }
  }

  /// Whether it still matters: nobody proves himself for a call that is over, but to end it.
  private func mayRepeat(_ request: TrunkRequest, _ transaction: ClientTransactionID) -> Bool {
    switch request.purpose {
    case .question: return false
    case .registration: return self.trunks.trunk(request.trunk)?.registering == transaction
    case .dialog(let id):
      guard let dialog = self.dialogs[id] else { return request.method == .bye }
      switch dialog.phase {
      case .calling, .ringing: return true
      case .confirmed, .answered: return request.method != .invite || dialog.reinvite == transaction
      case .invited, .answeredLeaving, .preparing: return request.method != .invite
      case .cancelWanted, .cancelling: return false
      }
    }
  }

  private mutating func nextCSeq(of request: TrunkRequest, _ sent: SIPMessage) -> UInt32 {
    switch request.purpose {
    case .question, .registration:
      self.trunks.update(request.trunk) { $0.cseq &+= 1 }
      return self.trunks.trunk(request.trunk)?.cseq ?? sent.cseq.number &+ 1
    case .dialog(let id):
      self.dialogs.update(id) { $0.localCSeq &+= 1 }
      return self.dialogs[id]?.localCSeq ?? sent.cseq.number &+ 1
    }
  }

  /// The same request with another branch, number and credentials.
  private mutating func write(_ sent: SIPMessage, again flow: Flow, _ branch: [UInt8], cseq: UInt32, _ proof: TrunkProof) {
    self.writer.request(sent.method, uri: sent.requestURI.whole, of: sent)
    for index in 0..<sent.headerCount {
      guard let header = sent.header(at: index) else { continue }
      switch header.name {
      case .via: self.writeTrunkVia(flow, branch)
      case .cseq: self.writer.cseq(cseq, sent.method)
      case .authorization, .proxyAuthorization, .contentLength, .contentType: break
      default: self.writer.copy(header, of: sent)
      }
    }
    self.writer.header(proof.name, proof.value)
    self.writer.finish(bodyOf: sent)
  }

  /// Whoever waits for the old transaction waits for the new one.
  private mutating func repeated(
    _ id: DialogID, _ method: Method, _ branch: [UInt8], _ bytes: [UInt8], _ proof: TrunkProof,
    from former: ClientTransactionID, to transaction: ClientTransactionID
  ) {
    if let farewell = self.farewells.removeValue(forKey: former) {
      self.farewells[transaction] = farewell
      self.ladder.sent(bytes, call: farewell.call, party: farewell.party, at: self.now)
    }
    if let relay = self.relays.removeValue(forKey: former) { self.relays[transaction] = relay }
    if self.probing.remove(former) != nil { self.probing.insert(transaction) }
    guard let dialog = self.dialogs[id] else { return }
    self.ladder.sent(bytes, call: dialog.call, party: self.party(of: dialog), at: self.now)
    self.dialogs.update(id) {
      if $0.reinvite == former { $0.reinvite = transaction }
      if $0.refresh == former { $0.refresh = transaction }
      guard method == .invite else { return }
      switch $0.phase {
      case .calling, .ringing: $0.phase = .calling(transaction)
      case .invited, .answered, .answeredLeaving, .preparing, .cancelWanted, .cancelling, .confirmed: break
      }
      $0.inviteCSeq = $0.localCSeq
      $0.inviteBranch = branch
      $0.trunk = $0.trunk.map { TrunkUsage($0.index, $0.number, proof: proof) }
    }
    guard method == .invite, dialog.isCalling else { return }
    let caller = self.alerts[dialog.leg].flatMap { self.dialogID(of: $0.peer) }
    self.forgetEarly(id)
    self.keepEarly(id, invite: bytes, caller: caller)
  }
}
