import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions

/// The other side of a trunk: a carrier's server with a script. It reads what the exchange sends to its address and answers.
struct Carrier {
  /// What becomes of a call to it.
  enum Manner {
    case answers, rings
    /// 183 with a description, and no more.
    case speaks
    case refuses(UInt16)
    case isSilent
  }

  let address: SocketAddress
  var manner = Manner.answers
  /// Methods that need credentials, and what it thinks of those it gets.
  var challenged: Swift.Set<Method> = []
  var isNeverContent = false
  /// The first answer's nonce is too old.
  var isForgetful = false
  var algorithm = DigestAlgorithm.md5
  var realm = "carrier.example"
  /// nil: silence.
  var optionsStatus: UInt16? = 200
  var registerStatus: UInt16? = 200
  var granted: UInt32 = 600
  var minimum: UInt32 = 0
  /// Requests that were new, in order.
  private(set) var requests: [SIPMessage] = []
  /// How many of them had right credentials.
  private(set) var proven = 0
  /// Final answers to requests of its own.
  private(set) var answers: [SIPMessage] = []
  var provisionals: [UInt16] = []
  private var seen = 0
  private var branches: Swift.Set<String> = []
  private var nonces = 0
  private var ownRequests = 0

  static let user = "acct-7"
  static let password = "carrier-secret"
  static let sdp = """
    v=0\r\no=- 1 1 IN IP4 127.0.9.1\r\ns=-\r\nc=IN IP4 127.0.9.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 8 0\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n
    """

  init(_ last: UInt8 = 1) { self.address = SocketAddress(IPAddress(127, 0, 9, last), port: 5060) }

  func requests(_ method: Method) -> [SIPMessage] { self.requests.filter { $0.method == method } }

  /// Reads what has come since and answers it.
  mutating func work(_ network: inout Network) {
    while self.seen < network.elsewhere.count {
      let (to, bytes) = network.elsewhere[self.seen]
      self.seen += 1
      guard to == self.address, case .message(let message) = SIPMessage.parse(bytes, stream: false) else { continue }
      if let status = message.statusCode {
        if status < 200 { self.provisionals.append(status) } else { self.answers.append(message) }
      } else {
        self.take(message, &network)
      }
    }
  }

  private mutating func take(_ message: SIPMessage, _ network: inout Network) {
    let branch = message.topVia.branch.map { message.string($0) } ?? ""
    guard message.method == .ack || self.branches.insert("\(branch) \(message.method)").inserted else { return }
    self.requests.append(message)
    guard message.method != .ack else { return }
    if self.challenged.contains(message.method), message.method != .cancel {
      if !self.accepts(message) || self.isNeverContent { return self.challenge(message, isStale: false, &network) }
      if self.isForgetful {
        self.isForgetful = false
        return self.challenge(message, isStale: true, &network)
      }
      self.proven += 1
    }
    switch message.method {
    case .options: if let status = self.optionsStatus { self.answer(message, status, &network) }
    case .register: self.register(message, &network)
    case .invite: self.invited(message, &network)
    case .cancel:
      self.answer(message, 200, &network)
      if let invite = self.requests.last(where: {
        $0.method == .invite && $0.topVia.branch.map { $0.count } == message.topVia.branch?.count
      }) {
        self.answer(invite, 487, &network)
      }
    default: self.answer(message, 200, &network)
    }
  }

  private mutating func invited(_ message: SIPMessage, _ network: inout Network) {
    switch self.manner {
    case .answers:
      if message.to.tag == nil { self.answer(message, 180, &network) }
      self.answer(message, 200, body: Self.sdp, &network)
    case .rings: self.answer(message, 180, &network)
    case .speaks: self.answer(message, 183, body: Self.sdp, &network)
    case .refuses(let status): self.answer(message, status, &network)
    case .isSilent: break
    }
  }

  private mutating func register(_ message: SIPMessage, _ network: inout Network) {
    guard let status = self.registerStatus else { return }
    let asked = message.expires ?? 3600
    if asked > 0, asked < self.minimum { return self.answer(message, 423, headers: "Min-Expires: \(self.minimum)", &network) }
    let contact = message.header(.contact).map { message.string($0) } ?? ""
    let given = min(asked, self.granted)
    self.answer(message, status, headers: status == 200 && given > 0 ? "Contact: \(contact);expires=\(given)" : "", &network)
  }

  // MARK: What it says

  mutating func answer(
    _ request: SIPMessage, _ status: UInt16, body: String = "", tag: String = "ct", headers: String = "",
    from: SocketAddress? = nil,
    _ network: inout Network
  ) {
    var writer = MessageWriter()
    writer.response(to: request, status, toTag: Array(tag.utf8), source: self.address)
    var text = String(decoding: writer.bytes, as: UTF8.self)
    if !headers.isEmpty { text += headers + "\r\n" }
    text += "Contact: <sip:gw@\(self.address)>\r\n"
    if !body.isEmpty { text += "Content-Type: application/sdp\r\n" }
    text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    if text.contains("Contact: \"") || headers.hasPrefix("Contact") {
      text = text.replacing("Contact: <sip:gw@\(self.address)>\r\n", with: "")
    }
    network.inject(Array(text.utf8), from: from ?? self.address)
  }

  private mutating func challenge(_ message: SIPMessage, isStale: Bool, _ network: inout Network) {
    self.nonces += 1
    let name = message.method == .register ? "WWW-Authenticate" : "Proxy-Authenticate"
    self.answer(
      message, message.method == .register ? 401 : 407,
      headers: "\(name): Digest realm=\"\(self.realm)\", nonce=\"n\(self.nonces)\", opaque=\"o\", qop=\"auth,auth-int\", "
        + "algorithm=\(self.algorithm == .md5 ? "MD5" : "SHA-256")\(isStale ? ", stale=true" : "")", &network)
  }

  private func accepts(_ message: SIPMessage) -> Bool {
    guard
      let credentials = (try? message.credentials(realm: Array(self.realm.utf8), proxy: message.method != .register)) ?? nil,
      credentials.algorithm == self.algorithm, credentials.matches(user: Array(Self.user.utf8), in: message.bytes)
    else { return false }
    let ha1 = Office.digests.ha1(
      self.algorithm, user: Array(Self.user.utf8), realm: Array(self.realm.utf8), password: Array(Self.password.utf8))
    return credentials.verify(method: message.array(message.methodBytes), ha1: ha1, in: message.bytes, with: Office.digests)
  }

  /// A request of its own; `toTag` within a call.
  mutating func text(
    _ method: String, to user: String, from: String = "0398722900", callID: String = "carrier-1", toTag: String? = nil,
    headers: String = "", body: String = "", source: SocketAddress? = nil
  ) -> [UInt8] {
    self.ownRequests += 1
    var text = "\(method) sip:\(user)@127.0.0.1 SIP/2.0\r\n"
    text += "Via: SIP/2.0/UDP \(source ?? self.address);branch=z9hG4bK-c\(self.ownRequests);rport\r\nMax-Forwards: 20\r\n"
    text += "From: <sip:\(from)@carrier.example>;tag=cf\r\nTo: <sip:\(user)@127.0.0.1>\(toTag.map { ";tag=\($0)" } ?? "")\r\n"
    text +=
      "Call-ID: \(callID)\r\nCSeq: \(self.ownRequests) \(method)\r\nContact: <sip:gw@\(source ?? self.address)>\r\n\(headers)"
    if !body.isEmpty { text += "Content-Type: application/sdp\r\n" }
    return Array("\(text)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
  }
}

/// An office with a trunk `carrier` behind code 9, and a second one behind it in the group.
struct TrunkOffice {
  var office: Office
  var carrier = Carrier(1)
  var second = Carrier(2)

  static func account(_ name: String = "carrier", _ last: UInt8 = 1, registers: Bool = false) -> TrunkAccount {
    TrunkAccount(
      name: name, address: TrunkAddress("sip:127.0.9.\(last)")!, addresses: [IPAddress(127, 0, 9, last)], registers: registers,
      userID: Carrier.user, password: Carrier.password)
  }

  static func plan(channels: Int = 0) -> Plan {
    var plan = Office.plan()
    plan.trunks = [
      Plan.TrunkEntry(
        name: "carrier", address: "sip:127.0.9.1", channels: channels,
        inward: [("0398722900", "2001"), ("+61398722901", "2002")]),
      Plan.TrunkEntry(name: "other", address: "sip:127.0.9.2"),
    ]
    plan.trunkGroups = [Plan.TrunkGroupEntry(code: "9", trunks: ["carrier", "other"])]
    plan.classes = [Plan.ClassEntry(name: "national", trunkCodes: ["9"])]
    plan.emergency = [Plan.EmergencyEntry(digits: "112", trunkGroup: "9")]
    return plan
  }

  init(
    channels: Int = 0, registers: Bool = false, hasSecond: Bool = false, media: Int = 0,
    _ prepare: (inout Carrier) -> Void = { _ in }
  ) {
    self.office = Office()
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options.mediaChannels = media
    self.office.network.exchange.install(options)
    self.office.network.exchange.install(Self.plan(channels: channels))
    prepare(&self.carrier)
    self.office.network.exchange.install(
      [Self.account(registers: registers)] + (hasSecond ? [Self.account("other", 2)] : []), at: self.office.network.now)
    self.run(for: .milliseconds(500))
  }

  /// Lets time pass with the carriers at work.
  mutating func run(for time: Interval = .milliseconds(200)) {
    let end = self.office.network.now + time
    while self.office.network.now < end {
      self.carrier.work(&self.office.network)
      self.second.work(&self.office.network)
      let left = end - self.office.network.now
      self.office.network.advance(by: min(left, time > .seconds(5) ? .milliseconds(100) : .milliseconds(10)))
    }
    self.carrier.work(&self.office.network)
    self.second.work(&self.office.network)
  }

  mutating func dial(_ digits: String, from number: String = "2001") -> Int {
    var call = -1
    self.office.network.with(number) { call = $0.dial(digits, at: $1) }
    self.run()
    return call
  }

  /// The carrier sends something of its own; what came back in the next moments.
  mutating func send(_ bytes: [UInt8], from source: SocketAddress? = nil) -> [SIPMessage] {
    let before = self.office.network.elsewhere.count
    let source = source ?? self.carrier.address
    self.office.network.inject(bytes, from: source)
    self.run()
    return self.office.network.elsewhere.dropFirst(before).filter { $0.to == source }.compactMap {
      if case .message(let message) = SIPMessage.parse($0.bytes, stream: false), !message.isRequest { message } else { nil }
    }
  }

  mutating func hangUp(_ number: String, _ call: Int) {
    self.office.network.with(number) { $0.hangUp(call, at: $1) }
    self.run()
  }

  var status: TrunkStatus? { self.office.network.exchange.trunkStatus().first }

  /// What is left once the trunks are gone from the plan and everything has run out.
  mutating func leftovers() -> [String] {
    self.office.network.exchange.install([TrunkAccount](), at: self.office.network.now)
    self.run(for: .seconds(10))
    return self.office.leftovers()
  }

  var ladder: String { self.office.network.ladder }
}
