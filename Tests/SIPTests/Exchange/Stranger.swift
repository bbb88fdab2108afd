import Kernel
import LoopbackSIP
import SIP
import Sessions

/// Somebody with an address and a text editor: sends whatever octets he likes and reads what comes back.
struct Stranger {
  var address: SocketAddress
  var number = "2001"
  var callID = "stranger-1"
  var cseq = 0
  private var branches = 0

  init(_ last: UInt8 = 1, host: IPAddress? = nil, number: String = "2001", callID: String = "stranger-1") {
    self.address = SocketAddress(host ?? IPAddress(127, 0, 7, last), port: 5090)
    self.number = number
    self.callID = callID
  }

  /// A request outside any dialog, unless `toTag` is given.
  mutating func text(
    _ method: String, uri: String? = nil, to: String? = nil, tag: String = "st", toTag: String? = nil, contact: String? = "",
    headers: String = "", body: String = "", branch: String? = nil
  ) -> [UInt8] {
    self.cseq += 1
    self.branches += 1
    let target = to ?? self.number
    var text = "\(method) \(uri ?? "sip:\(target)@127.0.0.1") SIP/2.0\r\n"
    text +=
      "Via: SIP/2.0/UDP \(self.address);branch=\(branch ?? "z9hG4bK-\(self.callID)-\(self.branches)");rport\r\n"
    text += "Max-Forwards: 70\r\n"
    text +=
      "From: <sip:\(self.number)@127.0.0.1>;tag=\(tag)\r\nTo: <sip:\(target)@127.0.0.1>\(toTag.map { ";tag=\($0)" } ?? "")\r\n"
    text += "Call-ID: \(self.callID)\r\nCSeq: \(self.cseq) \(method)\r\n"
    if let contact { text += "Contact: \(contact.isEmpty ? "<sip:\(self.number)@\(self.address)>" : contact)\r\n" }
    text += headers
    if !body.isEmpty { text += "Content-Type: application/sdp\r\n" }
    return Array("\(text)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }

  /// An Authorization line for the challenge in `message`.
  func credentials(
    for message: SIPMessage?, user: String? = nil, password: String? = nil, method: String = "REGISTER",
    count: String = "00000001",
    algorithm: DigestAlgorithm = .md5, header: String = "Authorization"
  ) -> String {
    let wanted = algorithm == .md5 ? "algorithm=MD5" : "algorithm=SHA-256"
    let name: HeaderName = header == "Authorization" ? .wwwAuthenticate : .proxyAuthenticate
    let value = message.map { message in message.headers(name).map { message.string($0) } }?.first { $0.contains(wanted) } ?? ""
    let nonce = String(value.components(between: "nonce=\"", and: "\""))
    let user = user ?? "\(self.number)-u"
    let digests = DigestFunctions.toy
    let ha1 = digests.ha1(
      algorithm, user: Array(user.utf8), realm: Array("strowger".utf8),
      password: Array((password ?? "secret-\(self.number)").utf8))
    let response = DigestResponse.compute(
      algorithm, ha1: ha1, method: Array(method.utf8), uri: Array("sip:127.0.0.1".utf8), nonce: Array(nonce.utf8),
      count: Array(count.utf8), clientNonce: Array("c".utf8), with: digests)
    return """
      \(header): Digest username="\(user)", realm="strowger", nonce="\(nonce)", uri="sip:127.0.0.1", \
      response="\(String(decoding: response, as: UTF8.self))", \(wanted), qop=auth, nc=\(count), cnonce="c"\r\n
      """
  }

  static let sdp = """
    v=0\r\no=- 1 1 IN IP4 127.0.7.1\r\ns=-\r\nc=IN IP4 127.0.7.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n
    """
}

extension String {
  fileprivate func components(between start: String, and end: Character) -> Substring {
    guard let range = self.firstRange(of: start) else { return "" }
    return self[range.upperBound...].prefix { $0 != end }
  }
}

extension Office {
  /// Sends octets from the stranger's address; what came back to it at once and in the following 20 ms.
  @discardableResult
  mutating func send(_ bytes: [UInt8], from stranger: Stranger) -> [SIPMessage] {
    let before = self.network.elsewhere.count
    self.network.inject(bytes, from: stranger.address)
    self.network.advance(by: .milliseconds(20))
    return self.network.elsewhere.dropFirst(before).filter { $0.to == stranger.address }.compactMap {
      if case .message(let message) = SIPMessage.parse($0.bytes, stream: false) { message } else { nil }
    }
  }

  /// REGISTER with a challenge in between: the last answer.
  @discardableResult
  mutating func register(
    _ stranger: inout Stranger, contact: String? = "", expires: Int? = nil, password: String? = nil, user: String? = nil,
    algorithm: DigestAlgorithm = .md5
  ) -> SIPMessage? {
    let line = expires.map { "Expires: \($0)\r\n" } ?? ""
    let uri = "sip:127.0.0.1"
    let challenge = self.send(stranger.text("REGISTER", uri: uri, contact: contact, headers: line), from: stranger).last
    let credentials = stranger.credentials(for: challenge, user: user, password: password, algorithm: algorithm)
    return self.send(stranger.text("REGISTER", uri: uri, contact: contact, headers: line + credentials), from: stranger).last
  }

  var access: [AccessRecord] {
    self.network.facts.compactMap { if case .access(let record) = $0 { record } else { nil } }
  }

  /// Everything that is over has left nothing behind, now that time has passed (CALL-8).
  mutating func leftovers(after interval: Interval = .seconds(80)) -> [String] {
    self.network.advance(by: interval)
    return self.network.exchange.leftovers() + self.network.exchange.audit() + self.network.phones.flatMap(\.complaints)
  }

  /// An exchange with options and accounts of the test's own.
  init(options: (inout ExchangeOptions) -> Void, account: (inout StationAccount) -> Void = { _ in }, isRegistered: Bool = true) {
    self.init(isRegistered: false)
    var changed = ExchangeOptions()
    changed.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options(&changed)
    self.network.exchange.install(changed)
    let accounts = ["2001", "2002", "2003"].map { number in
      var found = Self.account(number)
      account(&found)
      return found
    }
    self.network.exchange.install(accounts, at: Self.start)
    guard isRegistered else { return }
    for phone in self.network.phones { self.network.with(phone.number) { $0.register(at: $1) } }
    self.network.advance(by: .seconds(1))
  }
}

extension SIPMessage {
  /// The first value of a header field as text.
  func text(_ name: HeaderName) -> String { self.header(name).map { self.string($0) } ?? "" }

  /// The message without what it echoes of the request.
  var own: String {
    String(decoding: self.bytes, as: UTF8.self).split(separator: "\r\n").filter { line in
      !["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
    }.joined(separator: "\n")
  }
}
