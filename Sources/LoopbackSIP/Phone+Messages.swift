import Kernel
import SIP
import Sessions

/// What it writes.
extension Phone {
  mutating func begin(_ method: Method, _ call: Call, cseq: UInt32, branch: [UInt8]) {
    self.writer.request(method, uri: call.target)
    self.writer.header(.via, Array("SIP/2.0/UDP \(self.contact);branch=".utf8) + branch + Array(";rport".utf8))
    self.writer.header(.maxForwards, self.maxForwards)
    self.writer.header(.from, Array("<sip:\(self.number)@\(self.exchange.address)>;tag=".utf8) + call.localTag)
    // CANCEL repeats the INVITE's To, which had no tag.
    let hasTag = !call.remoteTag.isEmpty && method != .cancel
    self.writer.header(.to, hasTag ? call.remote + Array(";tag=".utf8) + call.remoteTag : call.remote)
    self.writer.header(.callID, call.callID)
    self.writer.cseq(cseq, method)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.contact)>".utf8))
    self.writer.header(.allow, Array(self.methods.utf8))
  }

  /// The next request within a call; its branch is returned.
  mutating func beginRequest(_ method: Method, _ id: Int) -> [UInt8] {
    self.calls[id].cseq += 1
    let branch = self.token("z9hG4bK")
    self.begin(method, self.calls[id], cseq: self.calls[id].cseq, branch: branch)
    return branch
  }

  mutating func send(_ method: Method, _ branch: [UInt8], owner: UInt64) -> ClientTransactionID {
    self.transactions.send(
      self.writer.bytes, method: method, branch: Key128(branch, seed: self.seed), to: self.flow, owner: owner, at: self.now)
  }

  mutating func sendFirstInvite(_ id: Int, challenge: Challenge?) {
    self.calls[id].cseq += 1
    self.calls[id].inviteBranch = self.token("z9hG4bK")
    self.calls[id].inviteCSeq = self.calls[id].cseq
    let body = self.calls[id].offer ?? self.offer(of: self.calls[id])
    self.calls[id].isOfferless = body.isEmpty
    self.calls[id].offered = Self.mediaLines(of: body).count
    self.calls[id].sentOffer = body
    let call = self.calls[id]
    self.begin(.invite, call, cseq: call.cseq, branch: call.inviteBranch)
    if let challenge {
      self.writer.header(.proxyAuthorization, self.credentials(challenge, method: "INVITE", uri: call.target))
    }
    self.writer.finish(body: body, type: "application/sdp")
    self.calls[id].inviteClient = self.transactions.send(
      self.spelled(self.extraHeaders), method: .invite, branch: Key128(call.inviteBranch, seed: self.seed), to: self.flow,
      owner: UInt64(id), at: self.now)
  }

  mutating func sendReinvite(_ id: Int, offer: [UInt8]) {
    self.calls[id].offer = offer
    self.calls[id].isOfferless = offer.isEmpty
    self.calls[id].offered = Self.mediaLines(of: offer).count
    self.calls[id].sentOffer = offer
    self.calls[id].reinviteStatus = nil
    self.calls[id].retryAt = nil
    let branch = self.beginRequest(.invite, id)
    self.calls[id].inviteBranch = branch
    self.calls[id].inviteCSeq = self.calls[id].cseq
    self.writer.finish(body: offer, type: "application/sdp")
    self.calls[id].reinvite = self.send(.invite, branch, owner: UInt64(id))
  }

  mutating func sendACK(_ id: Int, cseq: UInt32, body: [UInt8]) {
    self.begin(.ack, self.calls[id], cseq: cseq, branch: self.token("z9hG4bK"))
    self.writer.finish(body: body, type: "application/sdp")
    self.calls[id].ack = self.writer.bytes
    self.extra.append(Send(flow: self.flow, bytes: self.writer.bytes))
  }

  /// Answers the call's first INVITE.
  mutating func respond(_ id: Int, _ status: UInt16, hasSDP: Bool = false, contact: String? = nil, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), let invite = self.calls[id].invite, let transaction = self.calls[id].inviteServer
    else {
      return
    }
    let call = self.calls[id]
    let body = !hasSDP ? [] : invite.hasSDP ? self.answer(to: call.remoteSDP, of: call) : self.offer(of: call)
    if status == 200 {
      self.calls[id].awaitsAnswer = !invite.hasSDP
      self.answered(id, body, isAnswer: invite.hasSDP)
    }
    self.answer(invite, transaction, status, call, body: body, contact: contact)
  }

  mutating func answer(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ status: UInt16, _ call: Call?, body: [UInt8] = [],
    contact: String? = nil
  ) {
    self.writer.response(to: message, status, toTag: call?.localTag ?? Array("none".utf8), source: self.exchange)
    self.writer.header(.contact, Array((contact ?? "<sip:\(self.number)@\(self.contact)>").utf8))
    self.writer.header(.allow, Array(self.methods.utf8))
    self.writer.finish(body: body, type: "application/sdp")
    let isAnswer = message.method == .invite ? status > 100 : message.method == .update && status < 300
    self.transactions.respond(
      transaction, isAnswer ? self.spelled(self.answerHeaders) : self.writer.bytes, status: status, at: self.now)
  }

  /// What has been written, with more header lines behind the first one: the writer itself lets nobody smuggle lines in.
  func spelled(_ headers: String) -> [UInt8] {
    var bytes = self.writer.bytes
    if let end = bytes.firstIndex(of: 0x0a) { bytes.insert(contentsOf: Array(headers.utf8), at: end + 1) }
    return bytes
  }
}
