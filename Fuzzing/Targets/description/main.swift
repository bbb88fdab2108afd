import Fuzz
import Kernel
import Sessions

// Two session descriptions through a call: offer, early media, answer, re-INVITE, UPDATE, hold, relay, end (RELIABILITY 15, 16).
// The first octet chooses the circumstances; a line of `%%` stands between the descriptions.
let (a, b) = (LegID(index: 0, generation: 1), LegID(index: 1, generation: 1))

fuzz { octets in
  var input = Input(octets)
  let choice = input.octet()
  let first = input.section()
  let second = input.isEmpty ? first : input.section()
  var call = Call(choice)
  call.run(first, second)
}

struct Call {
  var negotiator: Negotiator
  var orders: [Negotiator.Order] = []
  let choice: UInt8
  var now = Instant.zero

  init(_ choice: UInt8) {
    self.choice = choice
    self.negotiator = Negotiator(seed: UInt64(choice), media: MediaFacts(channels: choice & 1 == 0 ? 0 : 8))
  }

  func traits(isCaller: Bool) -> LegTraits {
    var traits = LegTraits(earlyMedia: self.choice & 2 != 0, localAddress: IPAddress(192, 0, 2, 1))
    traits.srtp = self.choice & 4 != 0 ? .required : .optional
    traits.isPrivate = isCaller || self.choice & 8 == 0
    traits.isTrunk = !isCaller && self.choice & 16 != 0
    return traits
  }

  mutating func run(_ first: [UInt8], _ second: [UInt8]) {
    do { try self.negotiator.open(a, role: .incoming(offer: first), traits: self.traits(isCaller: true)) } catch {
      try? self.negotiator.open(a, role: .incoming(offer: nil), traits: self.traits(isCaller: true))
    }
    try? self.negotiator.open(b, role: .outgoing, traits: self.traits(isCaller: false))
    self.negotiator.goal(b, .with(a), at: self.now, into: &self.orders)
    self.negotiator.alert(b, peer: a, at: self.now, into: &self.orders)
    self.hear(b, .provisional(.init(rawValue: 183), sdp: second, branch: 1, reliable: self.choice & 32 != 0))
    self.hear(b, .accepted(sdp: second, branch: 1))
    self.negotiator.goal(a, .with(b), at: self.now, into: &self.orders)
    self.negotiator.answer(a, at: self.now, into: &self.orders)
    self.hear(a, .ack(sdp: self.choice & 64 != 0 ? first : nil))
    self.hear(a, .reinvite(sdp: second))
    self.hear(b, .accepted(sdp: first, branch: 1))
    self.hear(a, .ack(sdp: nil))
    self.hear(b, .update(sdp: first))
    self.hear(a, .accepted(sdp: second, branch: 1))
    self.negotiator.goal(a, .music, at: self.now, into: &self.orders)
    self.hear(a, .accepted(sdp: first, branch: 1))
    self.negotiator.goal(b, .nothing, at: self.now, into: &self.orders)
    self.hear(b, .accepted(sdp: second, branch: 1))
    self.pass()
    _ = (self.negotiator.descriptions(of: a), self.negotiator.descriptions(of: b))
    self.negotiator.close(a, at: self.now, into: &self.orders)
    self.negotiator.close(b, at: self.now, into: &self.orders)
    self.pass()
    self.check()
  }

  mutating func hear(_ leg: LegID, _ event: Negotiator.Received) {
    self.negotiator.received(leg, event, at: self.now, into: &self.orders)
    if self.choice & 128 != 0 { self.pass() }
  }

  /// Until nothing waits; it must not go on for ever.
  mutating func pass() {
    var turns = 0
    while self.negotiator.nextDeadline != .never {
      self.now = Swift.max(self.now, self.negotiator.nextDeadline)
      self.negotiator.fire(at: self.now, into: &self.orders)
      turns += 1
      promise(turns < 1000, "a negotiator comes to rest")
    }
  }

  /// Whatever came in, what we send can be read.
  func check() {
    for order in self.orders {
      switch order {
      case .invite(_, let sdp?), .reinvite(_, let sdp?), .accept(_, let sdp?, _), .progress(_, _, let sdp?, _), .ack(_, let sdp?):
        promise((try? SDP(parsing: sdp)) != nil, "our description can be read: \(String(decoding: sdp, as: UTF8.self))")
        promise(!sdp.contains(0), "no NUL in our description")
      default: break
      }
    }
  }
}
