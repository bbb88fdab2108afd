import Kernel
import Sessions
import Testing

@Suite struct SDPFuzzTests {
  static let full = phone(
    extra: [
      "m=video 20000/2 RTP/SAVP 99 100", "c=IN IP6 2001:db8::1", "a=rtpmap:99 H264/90000",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", "a=rtcp:20001 IN IP4 192.0.2.1",
      "m=image 0 udptl t38", "a=setup:active",
    ])

  /// Everything a description goes through in a call: read, offered on, offered again inactive, answered.
  private func exercise(_ bytes: [UInt8], _ seed: UInt64) {
    _ = try? SDP(parsing: bytes)
    var negotiator = Negotiator(seed: seed)
    var orders: [Negotiator.Order] = []
    let (a, b) = (LegID(index: 0, generation: 1), LegID(index: 1, generation: 1))
    let traits = LegTraits(localAddress: IPAddress(192, 0, 2, 1))
    do { try negotiator.open(a, role: .incoming(offer: bytes), traits: traits) } catch {
      try? negotiator.open(a, role: .incoming(offer: phone()), traits: traits)
    }
    try? negotiator.open(b, role: .outgoing, traits: traits)
    negotiator.goal(b, .with(a), at: .zero, into: &orders)
    negotiator.alert(b, peer: a, at: .zero, into: &orders)
    negotiator.received(b, .provisional(.init(rawValue: 183), sdp: bytes, branch: 1, reliable: false), at: .zero, into: &orders)
    negotiator.received(b, .accepted(sdp: bytes, branch: 1), at: .zero, into: &orders)
    negotiator.goal(a, .with(b), at: .zero, into: &orders)
    negotiator.answer(a, at: .zero, into: &orders)
    negotiator.received(a, .ack(sdp: nil), at: .zero, into: &orders)
    negotiator.received(a, .reinvite(sdp: bytes), at: .zero, into: &orders)
    negotiator.goal(a, .music, at: .zero, into: &orders)
    negotiator.goal(b, .nothing, at: .zero, into: &orders)
    while negotiator.nextDeadline != .never { negotiator.fire(at: negotiator.nextDeadline, into: &orders) }
    for case .reinvite(_, let sent?) in orders { #expect((try? SDP(parsing: sent)) != nil) }
    for case .accept(_, let sent?, _) in orders { #expect((try? SDP(parsing: sent)) != nil) }
  }

  @Test("RELIABILITY 15: a description cut at every octet is read or refused, never worse")
  func prefixes() {
    for count in 0...Self.full.count { self.exercise(Array(Self.full.prefix(count)), 1) }
  }

  @Test("RELIABILITY 15, 16: 4,000 damaged descriptions are read or refused, and what we write can be read")
  func mutations() {
    var random = Dice(seed: 20)
    for round in 0..<4_000 {
      var bytes = Self.full
      for _ in 0...random.below(4) {
        let place = random.below(bytes.count)
        switch random.below(5) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(UInt8(random.below(256)), at: place)
        case 3: bytes.insert(contentsOf: bytes[place..<min(place + 20, bytes.count)], at: random.below(bytes.count))
        default: bytes.insert(contentsOf: Array("999999999999".utf8), at: place)
        }
        if bytes.isEmpty { bytes = Self.full }
      }
      self.exercise(bytes, UInt64(round))
    }
  }
}

/// Chance for tests, replayed by its seed.
struct Dice {
  private var state: UInt64
  init(seed: UInt64) { self.state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
  mutating func below(_ bound: Int) -> Int {
    self.state ^= self.state << 13
    self.state ^= self.state >> 7
    self.state ^= self.state << 17
    return Int(self.state % UInt64(bound))
  }
}
