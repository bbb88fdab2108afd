import Kernel
import Sessions
import Testing

/// A negotiator with legs 0, 1, 2 …, and what it has ordered since last asked.
struct Bench {
  var negotiator: Negotiator
  var now = Instant.zero
  var orders: [Negotiator.Order] = []
  static let home = IPAddress(192, 0, 2, 1)

  init(seed: UInt64 = 1) { self.negotiator = Negotiator(seed: seed) }

  static func leg(_ number: UInt32) -> LegID { LegID(index: number, generation: 1) }

  mutating func open(_ leg: UInt32, offer: [UInt8]?, earlyMedia: Bool = false) throws {
    let traits = LegTraits(earlyMedia: earlyMedia, localAddress: Self.home)
    try self.negotiator.open(Self.leg(leg), role: .incoming(offer: offer), traits: traits)
  }
  /// The kernel makes `leg` ring to talk to `peer`.
  mutating func call(_ leg: UInt32, for peer: UInt32, isTrunk: Bool = false) throws {
    try self.negotiator.open(
      Self.leg(leg), role: .outgoing, traits: LegTraits(isTrunk: isTrunk, localAddress: Self.home))
    self.goal(leg, .with(Self.leg(peer)))
    self.negotiator.alert(Self.leg(leg), peer: Self.leg(peer), at: self.now, into: &self.orders)
  }
  mutating func goal(_ leg: UInt32, _ goal: Goal) {
    self.negotiator.goal(Self.leg(leg), goal, at: self.now, into: &self.orders)
  }
  mutating func connect(_ a: UInt32, _ b: UInt32) {
    self.goal(a, .with(Self.leg(b)))
    self.goal(b, .with(Self.leg(a)))
  }
  mutating func answer(_ leg: UInt32) { self.negotiator.answer(Self.leg(leg), at: self.now, into: &self.orders) }
  mutating func close(_ leg: UInt32) { self.negotiator.close(Self.leg(leg), at: self.now, into: &self.orders) }
  mutating func receive(_ leg: UInt32, _ event: Negotiator.Received) {
    self.negotiator.received(Self.leg(leg), event, at: self.now, into: &self.orders)
  }
  /// The end of an instant: what is due now happens.
  mutating func tick() { self.negotiator.fire(at: self.now, into: &self.orders) }
  mutating func advance(_ time: Interval) {
    let end = self.now + time
    while self.negotiator.nextDeadline <= end {
      self.now = max(self.now, self.negotiator.nextDeadline)
      self.tick()
    }
    self.now = end
  }
  /// The orders since last time, in words.
  mutating func take() -> [String] {
    defer { self.orders.removeAll() }
    return self.orders.map(words)
  }

  /// 0 calls 1 and they talk.
  mutating func talk() throws {
    try self.open(0, offer: phone("192.0.2.10", port: 10_000))
    try self.call(1, for: 0)
    self.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    self.goal(0, .with(Self.leg(1)))
    self.answer(0)
    self.receive(0, .ack(sdp: nil))
    self.orders.removeAll()
  }
}

/// `invite 1 10000`: what, which leg, and of a description its audio port and, unless `sendrecv`, direction.
func words(_ order: Negotiator.Order) -> String {
  switch order {
  case .invite(let leg, let sdp): "invite \(leg.index) \(about(sdp))"
  case .reinvite(let leg, let sdp): "reinvite \(leg.index) \(about(sdp))"
  case .accept(let leg, let sdp, let dialog): "accept \(leg.index) \(about(sdp))" + (dialog > 0 ? " dialog \(dialog)" : "")
  case .progress(let leg, let status, let sdp, let dialog):
    "progress \(leg.index) \(status) \(about(sdp))" + (dialog > 0 ? " dialog \(dialog)" : "")
  case .refuse(let leg, let status, _): "refuse \(leg.index) \(status)"
  case .ack(let leg, let sdp): "ack \(leg.index) \(about(sdp))"
  case .held(let leg): "held \(leg.index)"
  case .resumed(let leg): "resumed \(leg.index)"
  case .joined(let leg): "joined \(leg.index)"
  case .joinFailed(let leg, let cause): "joinFailed \(leg.index) \(cause)"
  case .path(let a, let b, let path): "path \(a.index) \(b.index) \(path)"
  case .lost(let leg): "lost \(leg.index)"
  case .media(let command): words(command)
  case .played(let leg): "played \(leg.index)"
  case .pressed(let leg, let key): "pressed \(leg.index) key \(key)"
  case .inform(let leg, let key, _): "inform \(leg.index) key \(key)"
  case .recorded(let done): "recorded \(done.number)"
  }
}

/// `open 1`, `aim 1 192.0.2.10:10000`, `attach 1 music`.
func words(_ command: MediaCommand) -> String {
  switch command {
  case .open(let id, let request): "open \(id.rawValue)" + (request.port == 0 ? "" : " at \(request.port)")
  case .aim(let id, let target):
    "aim \(id.rawValue) \(target.address.map { "\($0)" } ?? "-")" + (target.sends ? "" : " mute")
      + (target.receives ? "" : " deaf") + (target.theirKey.isEmpty ? "" : " srtp") + (target.learnsSource ? " learning" : "")
  case .attach(let id, let feed):
    switch feed {
    case .relay(let other): "attach \(id.rawValue) relay \(other.rawValue)"
    case .bridge(let other): "attach \(id.rawValue) bridge \(other.rawValue)"
    default: "attach \(id.rawValue) \(feed)"
    }
  case .press(let id, let key, _): "press \(id.rawValue) key \(key)"
  case .close(let id): "close \(id.rawValue)"
  }
}

func about(_ bytes: [UInt8]?) -> String {
  guard let bytes else { return "-" }
  guard let sdp = try? SDP(parsing: bytes) else { return "rubbish" }
  return sdp.media.map { line in
    line.isRefused ? "x" : "\(line.port)" + (line.direction == .sendrecv ? "" : " \(line.direction)")
  }.joined(separator: "+")
}

/// The `o=` line of a description: session id and version.
func origin(_ bytes: [UInt8]) -> (id: Int, version: Int)? {
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
  guard let line = lines.first(where: { $0.hasPrefix("o=strowger ") }) else { return nil }
  let fields = line.split(separator: " ")
  guard fields.count == 6, let id = Int(fields[1]), let version = Int(fields[2]) else { return nil }
  return (id, version)
}
