import Kernel
import Sessions
import Testing

@testable import SIP

/// A transaction layer in virtual time with a diary: `500 INVITE` is a message sent at 500 ms, `32000 timeout 7` an event.
struct TransactionRig {
  static let seed = HashSeed(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210)
  static let udp = Flow(kind: .udp, local: 0, remote: SocketAddress(IPAddress(192, 0, 2, 7), port: 5060))
  static let tcp = Flow(kind: .tcp, local: 0, remote: SocketAddress(IPAddress(192, 0, 2, 7), port: 41000), connection: 9)

  var layer: TransactionLayer
  var now = Instant.zero
  var diary: [String] = []
  /// The octets of what was sent last.
  var lastSent: [UInt8] = []

  init(timing: TransactionTiming = .standard, limit: Int = 400_000) {
    self.layer = TransactionLayer(timing: timing, seed: Self.seed, limit: limit)
  }

  var milliseconds: Int64 { self.now.nanoseconds / 1_000_000 }

  /// Writes down what the outbox holds and empties it.
  mutating func note() {
    for send in self.layer.outbox.sends {
      self.diary.append("\(self.milliseconds) \(Self.summary(send.bytes))")
      self.lastSent = send.bytes
    }
    for event in self.layer.outbox.events {
      switch event {
      case .timeout(_, let owner): self.diary.append("\(self.milliseconds) timeout \(owner)")
      case .transportFailed(_, let owner): self.diary.append("\(self.milliseconds) transportFailed \(owner)")
      case .ackMissing(_, let owner): self.diary.append("\(self.milliseconds) ackMissing \(owner)")
      case .unanswered(_, let owner): self.diary.append("\(self.milliseconds) unanswered \(owner)")
      }
    }
    self.layer.outbox.clear()
  }

  /// Lets time pass, timer by timer.
  mutating func run(until milliseconds: Int64) {
    let end = Instant.zero + .milliseconds(milliseconds)
    while let next = self.layer.nextDeadline, next <= end {
      self.now = next
      self.layer.fire(at: next)
      self.note()
    }
    self.now = end
    self.layer.fire(at: end)
    self.note()
  }

  /// The diary since it was last taken.
  mutating func take() -> [String] {
    defer { self.diary = [] }
    return self.diary
  }

  mutating func receive(_ bytes: [UInt8], from flow: Flow = Self.udp) -> TransactionLayer.Incoming {
    guard let message = Self.message(bytes) else {
      Issue.record("the test's own message is malformed: \(String(decoding: bytes, as: UTF8.self))")
      return .stray
    }
    let incoming = self.layer.receive(message, from: flow, at: self.now)
    self.note()
    return incoming
  }

  mutating func respond(_ id: ServerTransactionID, _ status: UInt16) {
    self.layer.respond(id, Array("SIP/2.0 \(status) Reason\r\n".utf8), status: status, at: self.now)
    self.note()
  }

  mutating func send(
    _ method: Method = .invite, branch: String = "z9hG4bKours", to flow: Flow = Self.udp, owner: UInt64 = 7
  ) -> ClientTransactionID {
    let bytes = Self.request("\(method.spelling)", branch: branch)
    let key = Key128(Array(branch.utf8), seed: Self.seed)
    let id = self.layer.send(bytes, method: method, branch: key, to: flow, owner: owner, at: self.now)
    self.note()
    return id
  }

  // MARK: messages

  static func message(_ bytes: [UInt8]) -> SIPMessage? {
    if case .message(let message) = SIPMessage.parse(bytes, stream: false) { return message }
    return nil
  }

  static func request(
    _ method: String, branch: String? = "z9hG4bKtheirs", sentBy: String = "192.0.2.7:5060", callID: String = "c1@example.net",
    cseq: UInt32 = 1, fromTag: String = "f1", toTag: String? = nil, route: Bool = false
  ) -> [UInt8] {
    Array(
      ("\(method) sip:2002@192.0.2.1 SIP/2.0\r\n" + "Via: SIP/2.0/UDP \(sentBy)"
        + (branch.map { ";branch=\($0)" } ?? "") + "\r\n" + (route ? "Route: <sip:192.0.2.3;lr>\r\nRoute: <sip:p2;lr>\r\n" : "")
        + "From: <sip:2001@192.0.2.1>;tag=\(fromTag)\r\n" + "To: <sip:2002@192.0.2.1>" + (toTag.map { ";tag=\($0)" } ?? "")
        + "\r\n" + "Call-ID: \(callID)\r\nCSeq: \(cseq) \(method)\r\nMax-Forwards: 70\r\n"
        + "Contact: <sip:2001@192.0.2.7>\r\nContent-Length: 0\r\n\r\n").utf8)
  }

  static func response(
    _ status: UInt16, _ method: String = "INVITE", branch: String? = "z9hG4bKours", callID: String = "c1@example.net",
    toTag: String = "t1"
  ) -> [UInt8] {
    Array(
      ("SIP/2.0 \(status) Reason\r\nVia: SIP/2.0/UDP 192.0.2.1:5060" + (branch.map { ";branch=\($0)" } ?? "") + "\r\n"
        + "From: <sip:2001@192.0.2.1>;tag=f1\r\nTo: <sip:2002@192.0.2.1>;tag=\(toTag)\r\n"
        + "Call-ID: \(callID)\r\nCSeq: 1 \(method)\r\nContent-Length: 0\r\n\r\n").utf8)
  }

  /// The method of a request, the status of a response.
  static func summary(_ bytes: [UInt8]) -> String {
    let words = String(decoding: bytes.prefix(40), as: UTF8.self).split(separator: " ")
    return String(words[0] == "SIP/2.0" ? words[1] : words[0])
  }
}

/// Numbers that look random and repeat by seed.
struct Dice: Sendable {
  private var state: UInt64

  init(seed: UInt64) { self.state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  mutating func roll() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// 0 to `limit` − 1.
  mutating func below(_ limit: Int) -> Int { Int(self.roll() % UInt64(limit)) }
}
