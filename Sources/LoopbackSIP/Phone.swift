public import Kernel
public import SIP
public import Sessions

/// A telephone without sockets: speaks SIP through the same message and transaction code a real one would write itself,
/// and does what its owner (a test, the explorer) says. It never invents anything: what it did not expect it notes.
public struct Phone: Sendable {
  public enum CallState: Sendable, Equatable {
    case calling, ringing, offered, connected, ended
  }

  /// One call of this telephone.
  public struct Call: Sendable {
    public var id: Int
    public var state: CallState
    public let isOutgoing: Bool
    public let callID: [UInt8]
    public let localTag: [UInt8]
    public var remoteTag: [UInt8] = []
    public var remote: [UInt8]
    public var target: [UInt8]
    public var cseq: UInt32
    /// Final status of the first INVITE.
    public var finalStatus: UInt16?
    /// Text of Warning in it.
    public var warning: String = ""
    public var provisionals: [UInt16] = []
    public var isHeldByUs = false
    public var invite: SIPMessage?
    public var inviteServer: ServerTransactionID?
    public var inviteClient: ClientTransactionID?
    public var inviteBranch: [UInt8] = []
    public var inviteCSeq: UInt32 = 0
    public var ack: [UInt8] = []
    /// The SDP that the other side sent last.
    public var remoteSDP: [UInt8] = []
    var sdpVersion: UInt32 = 1
  }

  public let number: String
  public let address: SocketAddress
  public private(set) var calls: [Call] = []
  public private(set) var isRegistered = false
  public private(set) var registerStatus: UInt16 = 0
  /// What came that no telephone should see.
  public private(set) var complaints: [String] = []
  /// INVITEs seen, retransmissions left out.
  public private(set) var invites: [SIPMessage] = []
  public var transactions: TransactionLayer

  let exchange: SocketAddress
  private let userID: [UInt8]
  private let password: [UInt8]
  private let digests: DigestFunctions
  private let seed: HashSeed
  private var writer = MessageWriter()
  private var tokens: UInt64
  private var registerCSeq: UInt32 = 0
  private var registerCallID: [UInt8] = []
  private var now: Instant = .zero
  private static let registerOwner = UInt64.max
  /// ACKs, which no transaction sends.
  private var extra: [Send] = []
  private var outgoing: [Send] = []

  public init(
    number: String, userID: String, password: String, address: SocketAddress, exchange: SocketAddress,
    digests: DigestFunctions, seed: UInt64
  ) {
    self.number = number
    self.address = address
    self.exchange = exchange
    self.userID = Array(userID.utf8)
    self.password = Array(password.utf8)
    self.digests = digests
    self.seed = HashSeed(seed, ~seed)
    self.tokens = seed
    self.transactions = TransactionLayer(seed: self.seed)
  }

  var flow: Flow { Flow(kind: .udp, local: 0, remote: self.exchange) }

  private mutating func token(_ prefix: StaticString = "") -> [UInt8] {
    self.tokens = self.tokens &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Array("\(prefix)\(String(self.tokens >> 11, radix: 16))".utf8)
  }

  /// Takes what it has sent since.
  public mutating func takeSends() -> [Send] {
    self.drain()
    let sends = self.outgoing
    self.outgoing.removeAll()
    return sends
  }

  private mutating func drain() {
    self.outgoing.append(contentsOf: self.transactions.outbox.sends)
    self.outgoing.append(contentsOf: self.extra)
    self.extra.removeAll()
    self.transactions.outbox.clear()
  }

  // MARK: What its owner does

  public mutating func register(expires: UInt32 = 600, at now: Instant) {
    self.now = now
    self.registerCallID = self.token()
    self.registerStatus = 0
    self.sendRegister(expires: expires, challenge: nil)
  }

  /// Dials; the call's number is returned.
  @discardableResult
  public mutating func dial(_ digits: String, offer: [UInt8]? = nil, at now: Instant) -> Int {
    self.now = now
    var call = Call(
      id: self.calls.count, state: .calling, isOutgoing: true, callID: self.token(), localTag: self.token(),
      remote: Array("<sip:\(digits)@\(self.exchange.address)>".utf8), target: Array("sip:\(digits)@\(self.exchange)".utf8), cseq: 1)
    call.inviteBranch = self.token("z9hG4bK")
    call.inviteCSeq = 1
    self.calls.append(call)
    self.begin(.invite, call, cseq: 1, branch: call.inviteBranch)
    self.writer.finish(body: offer ?? self.sdp(of: call, direction: "sendrecv"), type: "application/sdp")
    self.calls[call.id].inviteClient = self.send(.invite, call.inviteBranch, owner: UInt64(call.id))
    return call.id
  }

  public mutating func ring(_ id: Int, at now: Instant) { self.respond(id, 180, at: now) }

  public mutating func answer(_ id: Int, at now: Instant) {
    self.respond(id, 200, at: now)
    if self.calls.indices.contains(id) { self.calls[id].state = .connected }
  }

  public mutating func refuse(_ id: Int, _ status: UInt16, at now: Instant) {
    self.respond(id, status, at: now)
    if self.calls.indices.contains(id) { self.calls[id].state = .ended }
  }

  /// Hangs up in whatever state the call is.
  public mutating func hangUp(_ id: Int, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id) else { return }
    let call = self.calls[id]
    switch call.state {
    case .calling:
      break  // no provisional answer yet: nothing may be sent
    case .ringing:
      self.begin(.cancel, call, cseq: call.inviteCSeq, branch: call.inviteBranch)
      self.writer.finish()
      _ = self.send(.cancel, call.inviteBranch, owner: UInt64(id))
    case .offered: self.refuse(id, 486, at: now)
    case .connected:
      self.request(.bye, id)
      self.calls[id].state = .ended
    case .ended: break
    }
  }

  public mutating func hold(_ id: Int, _ isHeld: Bool, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), self.calls[id].state == .connected else { return }
    self.calls[id].isHeldByUs = isHeld
    self.calls[id].sdpVersion += 1
    self.calls[id].cseq += 1
    let branch = self.token("z9hG4bK")
    self.calls[id].inviteBranch = branch
    self.calls[id].inviteCSeq = self.calls[id].cseq
    let call = self.calls[id]
    self.begin(.invite, call, cseq: call.cseq, branch: branch)
    self.writer.finish(body: self.sdp(of: call, direction: isHeld ? "sendonly" : "sendrecv"), type: "application/sdp")
    self.calls[id].inviteClient = self.send(.invite, branch, owner: UInt64(id))
  }

  // MARK: What arrives

  public mutating func receive(_ bytes: [UInt8], at now: Instant) {
    self.now = now
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else {
      self.complaints.append("not a message: \(String(decoding: bytes.prefix(60), as: UTF8.self))")
      return
    }
    switch self.transactions.receive(message, from: self.flow, at: now) {
    case .request(let transaction): self.request(message, transaction)
    case .cancel(let transaction, let invite): self.cancelled(message, transaction, invite)
    case .ack: self.acknowledged(message)
    case .response(_, let owner, let isRepeat): self.response(message, owner, isRepeat: isRepeat)
    case .absorbed, .stray: break
    case .overload: self.complaints.append("overload")
    }
  }

  public mutating func fire(at now: Instant) {
    self.now = now
    self.transactions.fire(at: now)
    for event in self.transactions.outbox.events {
      if case .timeout(_, let owner) = event, owner != Self.registerOwner, self.calls.indices.contains(Int(owner)) {
        if self.calls[Int(owner)].finalStatus == nil, self.calls[Int(owner)].isOutgoing { self.calls[Int(owner)].finalStatus = 408 }
        self.calls[Int(owner)].state = .ended
      }
    }
    self.drain()
  }

  private mutating func request(_ message: SIPMessage, _ transaction: ServerTransactionID) {
    let known = self.index(of: message)
    switch message.method {
    case .invite where known == nil:
      self.invites.append(message)
      var call = Call(
        id: self.calls.count, state: .offered, isOutgoing: false, callID: message.array(message.callID), localTag: self.token(),
        remote: message.array(message.from.whole), target: message.contact.map { message.array($0.uri.whole) } ?? [], cseq: 0)
      call.remoteTag = message.from.tag.map { message.array($0) } ?? []
      call.invite = message
      call.inviteServer = transaction
      call.remoteSDP = message.array(message.body)
      self.calls.append(call)
      self.transactions.setOwner(transaction, UInt64(call.id))
      self.answer(message, transaction, 100, call)
    case .invite:
      guard let id = known else { return }
      self.calls[id].remoteSDP = message.array(message.body)
      self.calls[id].sdpVersion += 1
      let isHeld = String(decoding: message.array(message.body), as: UTF8.self).contains("a=sendonly")
      self.answer(
        message, transaction, 200, self.calls[id],
        body: self.sdp(of: self.calls[id], direction: isHeld ? "recvonly" : self.calls[id].isHeldByUs ? "sendonly" : "sendrecv"))
    case .bye:
      guard let id = known else { return self.answer(message, transaction, 481, nil) }
      self.answer(message, transaction, 200, self.calls[id])
      self.calls[id].state = .ended
    case .update, .info, .options: self.answer(message, transaction, 200, known.map { self.calls[$0] })
    default: self.answer(message, transaction, 405, known.map { self.calls[$0] })
    }
  }

  private mutating func cancelled(_ message: SIPMessage, _ transaction: ServerTransactionID, _ invite: ServerTransactionID?) {
    self.answer(message, transaction, self.transactions.cancelStatus(of: transaction), nil)
    guard let invite, let owner = self.transactions.owner(of: invite), self.calls.indices.contains(Int(owner)) else { return }
    self.refuse(Int(owner), 487, at: self.now)
  }

  private mutating func acknowledged(_ message: SIPMessage) {
    guard let id = self.index(of: message) else { return }
    if let transaction = self.calls[id].inviteServer { self.transactions.acknowledged(transaction) }
  }

  private mutating func response(_ message: SIPMessage, _ owner: UInt64, isRepeat: Bool) {
    guard let status = message.statusCode else { return }
    if owner == Self.registerOwner { return self.registerAnswered(message, status) }
    let id = Int(owner)
    guard message.cseq.method == .invite, self.calls.indices.contains(id) else { return }
    if isRepeat {
      if !self.calls[id].ack.isEmpty { self.extra.append(Send(flow: self.flow, bytes: self.calls[id].ack)) }
      return
    }
    if status < 200 {
      self.calls[id].provisionals.append(status)
      if self.calls[id].state == .calling { self.calls[id].state = .ringing }
      return
    }
    let isFirst = message.cseq.number == 1 && self.calls[id].isOutgoing
    if isFirst {
      self.calls[id].finalStatus = status
      if let warning = message.header(.warning) { self.calls[id].warning = message.string(warning) }
    }
    guard status < 300 else {
      if isFirst { self.calls[id].state = .ended }
      return
    }
    if let tag = message.to.tag { self.calls[id].remoteTag = message.array(tag) }
    if let contact = message.contact { self.calls[id].target = message.array(contact.uri.whole) }
    self.calls[id].remoteSDP = message.array(message.body)
    if isFirst, self.calls[id].state != .ended { self.calls[id].state = .connected }
    let call = self.calls[id]
    self.begin(.ack, call, cseq: message.cseq.number, branch: self.token("z9hG4bK"))
    self.writer.finish()
    self.calls[id].ack = self.writer.bytes
    self.extra.append(Send(flow: self.flow, bytes: self.writer.bytes))
  }

  private func index(of message: SIPMessage) -> Int? {
    let callID = message.array(message.callID)
    return self.calls.lastIndex { $0.callID == callID }
  }

  // MARK: Messages

  private mutating func begin(_ method: Method, _ call: Call, cseq: UInt32, branch: [UInt8]) {
    self.writer.request(method, uri: call.target)
    self.writer.header(.via, Array("SIP/2.0/UDP \(self.address);branch=".utf8) + branch + Array(";rport".utf8))
    self.writer.header(.maxForwards, 70)
    let own = Array("<sip:\(self.number)@\(self.exchange.address)>;tag=".utf8) + call.localTag
    self.writer.header(.from, own)
    let hasTag = String(decoding: call.remote, as: UTF8.self).contains(";tag=") || call.remoteTag.isEmpty
    self.writer.header(.to, hasTag ? call.remote : call.remote + Array(";tag=".utf8) + call.remoteTag)
    self.writer.header(.callID, call.callID)
    self.writer.cseq(cseq, method)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.address)>".utf8))
  }

  private mutating func request(_ method: Method, _ id: Int) {
    self.calls[id].cseq += 1
    let branch = self.token("z9hG4bK")
    self.begin(method, self.calls[id], cseq: self.calls[id].cseq, branch: branch)
    self.writer.finish()
    _ = self.send(method, branch, owner: UInt64(id))
  }

  private mutating func send(_ method: Method, _ branch: [UInt8], owner: UInt64) -> ClientTransactionID {
    self.transactions.send(
      self.writer.bytes, method: method, branch: Key128(branch, seed: self.seed), to: self.flow, owner: owner, at: self.now)
  }

  private mutating func respond(_ id: Int, _ status: UInt16, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id), let invite = self.calls[id].invite, let transaction = self.calls[id].inviteServer else {
      return
    }
    let call = self.calls[id]
    self.answer(
      invite, transaction, status, call, body: status == 200 ? self.sdp(of: call, direction: "sendrecv") : [])
  }

  private mutating func answer(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ status: UInt16, _ call: Call?, body: [UInt8] = []
  ) {
    self.writer.response(to: message, status, toTag: call?.localTag ?? Array("none".utf8), source: self.exchange)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.address)>".utf8))
    self.writer.finish(body: body, type: "application/sdp")
    self.transactions.respond(transaction, self.writer.bytes, status: status, at: self.now)
  }

  func sdp(of call: Call, direction: String) -> [UInt8] {
    let port = 20_000 + 2 * call.id
    return Array(
      """
      v=0\r\no=\(self.number) \(1000 + call.id) \(call.sdpVersion) IN IP4 \(self.address.address)\r\ns=call\r\n\
      c=IN IP4 \(self.address.address)\r\nt=0 0\r\nm=audio \(port) RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n\
      a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=\(direction)\r\n
      """.utf8)
  }

  private mutating func sendRegister(expires: UInt32, challenge: (nonce: [UInt8], realm: [UInt8])?) {
    self.registerCSeq += 1
    let branch = self.token("z9hG4bK")
    self.writer.request(.register, uri: Array("sip:\(self.exchange.address)".utf8))
    self.writer.header(.via, Array("SIP/2.0/UDP \(self.address);branch=".utf8) + branch + Array(";rport".utf8))
    self.writer.header(.maxForwards, 70)
    let own = Array("<sip:\(self.number)@\(self.exchange.address)>".utf8)
    self.writer.header(.from, own + Array(";tag=r".utf8))
    self.writer.header(.to, own)
    self.writer.header(.callID, self.registerCallID)
    self.writer.cseq(self.registerCSeq, .register)
    self.writer.header(.contact, Array("<sip:\(self.number)@\(self.address)>".utf8))
    self.writer.header(.expires, UInt64(expires))
    self.writer.header(.userAgent, "Loopback 1")
    if let challenge {
      let uri = Array("sip:\(self.exchange.address)".utf8)
      let ha1 = self.digests.ha1(.md5, user: self.userID, realm: challenge.realm, password: self.password)
      let response = DigestResponse.compute(
        .md5, ha1: ha1, method: Array("REGISTER".utf8), uri: uri, nonce: challenge.nonce, count: Array("00000001".utf8),
        clientNonce: Array("c".utf8), with: self.digests)
      func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
      self.writer.header(
        .authorization,
        Array(
          """
          Digest username="\(text(self.userID))", realm="\(text(challenge.realm))", nonce="\(text(challenge.nonce))", \
          uri="\(text(uri))", response="\(text(response))", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"
          """.utf8))
    }
    self.writer.finish()
    _ = self.send(.register, branch, owner: Self.registerOwner)
  }

  private mutating func registerAnswered(_ message: SIPMessage, _ status: UInt16) {
    guard status >= 200 else { return }
    guard status == 401, self.registerStatus != 401 else {
      self.registerStatus = status
      self.isRegistered = status == 200 && message.contact != nil
      return
    }
    self.registerStatus = 401
    for value in message.headers(.wwwAuthenticate) {
      let text = message.string(value)
      guard text.contains("algorithm=MD5"), let nonce = Self.quoted("nonce", in: text), let realm = Self.quoted("realm", in: text)
      else { continue }
      return self.sendRegister(expires: 600, challenge: (nonce, realm))
    }
    self.complaints.append("no MD5 challenge")
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
