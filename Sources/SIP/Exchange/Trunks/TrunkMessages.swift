import Kernel
import Sessions

/// OPTIONS and REGISTER to trunks (TRK-1).
extension Exchange {
  /// The way to a trunk now; nil while its name could not be looked up, or where we listen by no such transport.
  func flow(to trunk: Trunk) -> Flow? {
    let addresses = trunk.account.addresses
    guard addresses.indices.contains(trunk.target) else { return nil }
    let (address, kind) = (addresses[trunk.target], trunk.account.address.kind)
    let fitting = self.listeners.indices.filter { self.listeners[$0].kind == kind }
    let family = fitting.filter { self.listeners[$0].address.address.family == address.family }
    // A socket of the loopback reaches nobody else.
    let near = family.filter { self.listeners[$0].address.address.isLoopback == address.isLoopback }
    guard let local = near.first ?? family.first ?? fitting.first else { return nil }
    return Flow(
      kind: kind, local: UInt16(clamping: local), remote: SocketAddress(address, port: trunk.account.address.port),
      peer: .trunk(UInt16(clamping: trunk.index)))
  }

  /// The host that the plan names for a trunk: whom its TLS certificate must be for. Nil where there is no such trunk.
  public func host(of peer: Flow.Peer) -> String? {
    guard case .trunk(let index) = peer else { return nil }
    return self.trunks.trunk(Int(index))?.account.address.host
  }

  /// Puts a request of ours to a trunk down, so that a challenge can be answered.
  mutating func noteTrunkRequest(_ transaction: ClientTransactionID, _ request: TrunkRequest) {
    self.trunks.requests[transaction] = request
  }

  mutating func ask(_ index: Int) {
    guard let trunk = self.trunks.trunk(index), let flow = self.flow(to: trunk) else {
      self.trunks.update(index) { $0.lastError = "no --listen for its transport" }
      return self.reach(index, .missed)
    }
    self.beginTrunkRequest(.options, trunk, flow, user: [])
    self.writer.header(.accept, "application/sdp")
    let transaction = self.sendToTrunk(.options, trunk, flow, .question)
    self.trunks.update(index) { $0.question = transaction }
  }

  mutating func stopAsking(_ index: Int) {
    guard let transaction = self.trunks.trunk(index)?.question else { return }
    self.trunks.update(index) { $0.question = nil }
    self.trunks.requests[transaction] = nil
    self.transactions.stop(transaction)
  }

  mutating func sendRegister(_ index: Int, _ seconds: UInt32) {
    guard let trunk = self.trunks.trunk(index), let flow = self.flow(to: trunk) else {
      self.trunks.update(index) { $0.lastError = "no --listen for its transport" }
      return self.register(index, .refused(retryAfter: 0))
    }
    if let former = trunk.registering { self.trunks.requests[former] = nil }
    self.beginTrunkRequest(.register, trunk, flow, user: Self.escapedUser(Array(trunk.account.userID.utf8)))
    self.writer.begin(.contact)
    self.writer.text("<sip:")
    self.writer.octets(Self.escapedUser(Array(trunk.account.userID.utf8)))
    self.writer.text("@")
    let host = self.advertised(flow)
    self.writer.address(host.address, port: host.port)
    self.writer.text(trunk.account.address.parameters)
    self.writer.text(">")
    self.writer.endLine()
    self.writer.header(.expires, UInt64(seconds))
    if let proof = self.proof(ahead: index) { self.writer.header(proof.name, proof.value) }
    let transaction = self.sendToTrunk(.register, trunk, flow, .registration)
    self.trunks.update(index) {
      $0.registering = transaction
      $0.asked = seconds
    }
  }

  /// The carrier's last nonce once more: one message less, and the only way to say goodbye when the exchange stops.
  private mutating func proof(ahead index: Int) -> TrunkProof? {
    guard let trunk = self.trunks.trunk(index), let (challenge, proxy, count) = trunk.challenge, challenge.hasQuality else {
      return nil
    }
    self.trunks.update(index) { $0.challenge?.count = count &+ 1 }
    let value = challenge.answer(
      by: trunk.account, method: Array("REGISTER".utf8), uri: Self.uri(of: trunk, user: []), count: count &+ 1,
      clientNonce: self.generator.token(), with: self.authenticator.digests)
    return TrunkProof(name: proxy ? .proxyAuthorization : .authorization, value: value)
  }

  /// Start line to Call-ID and CSeq of a request outside any dialog.
  private mutating func beginTrunkRequest(_ method: Method, _ trunk: Trunk, _ flow: Flow, user: [UInt8]) {
    self.trunks.update(trunk.index) { $0.cseq &+= 1 }
    let branch = self.generator.token("z9hG4bK")
    self.trunks.update(trunk.index) { $0.branch = branch }
    self.writer.request(method, uri: Self.uri(of: trunk, user: []))
    self.writeTrunkVia(flow, branch)
    self.writer.header(.maxForwards, 70)
    let own = user.isEmpty ? Array("strowger@".utf8) + self.host(of: flow) : user + [0x40] + trunk.account.address.domain
    self.writeParty(.from, own, tag: trunk.tag)
    self.writeParty(.to, method == .register ? own : trunk.account.address.domain, tag: [])
    self.writer.header(.callID, method == .register ? trunk.callID : trunk.questionCallID)
    self.writer.cseq(trunk.cseq &+ 1, method)
  }

  private mutating func writeParty(_ name: HeaderName, _ address: [UInt8], tag: [UInt8]) {
    self.writer.begin(name)
    self.writer.text("<sip:")
    self.writer.octets(address)
    self.writer.text(">")
    if !tag.isEmpty {
      self.writer.text(";tag=")
      self.writer.octets(tag)
    }
    self.writer.endLine()
  }

  func host(of flow: Flow) -> [UInt8] {
    var text: [UInt8] = []
    self.advertised(flow).address.append(to: &text, brackets: true)
    return text
  }

  mutating func writeTrunkVia(_ flow: Flow, _ branch: [UInt8]) {
    self.writer.begin(.via)
    switch flow.kind {
    case .udp: self.writer.text("SIP/2.0/UDP ")
    case .tcp: self.writer.text("SIP/2.0/TCP ")
    case .tls: self.writer.text("SIP/2.0/TLS ")
    }
    let host = self.advertised(flow)
    self.writer.address(host.address, port: host.port)
    self.writer.text(";branch=")
    self.writer.octets(branch)
    self.writer.text(";rport")
    self.writer.endLine()
  }

  private mutating func sendToTrunk(
    _ method: Method, _ trunk: Trunk, _ flow: Flow, _ purpose: TrunkRequest.Purpose
  ) -> ClientTransactionID {
    self.writer.finish()
    let bytes = self.written()
    let branch = self.trunks.trunk(trunk.index)?.branch ?? []
    let transaction = self.transactions.send(
      bytes, method: method, branch: Key128(branch, seed: self.seed), to: flow, owner: DialogID.none.raw, at: self.now)
    self.noteTrunkRequest(
      transaction, TrunkRequest(trunk: trunk.index, purpose: purpose, method: method, bytes: bytes, flow: flow))
    return transaction
  }

  /// `sip:user@HOST[:PORT][;transport=tcp]`.
  static func uri(of trunk: Trunk, user: [UInt8]) -> [UInt8] {
    var text = Array("sip:".utf8)
    if !user.isEmpty {
      text += user
      text.append(0x40)
    }
    text += trunk.account.address.authority
    trunk.account.address.parameters.withUTF8Buffer { text.append(contentsOf: $0) }
    return text
  }

  /// A user part with everything escaped that may not stand there as it is.
  static func escapedUser(_ octets: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    for octet in octets {
      let isPlain = octet != 0x25 && octet != 0x3a && octet != 0x23 && OctetClass.user.contains(octet)
      if isPlain {
        text.append(octet)
      } else {
        text += "%".utf8
        text += [octet >> 4, octet & 15].map { $0 < 10 ? 0x30 &+ $0 : 0x37 &+ $0 }
      }
    }
    return text
  }
}
