import Kernel
import Sessions

/// A bench with a media server that gives port 40,000 + 2 × channel at once.
extension Bench {
  static func served(channels: Int = 100) -> Bench {
    var bench = Bench()
    bench.negotiator.media.channels = channels
    return bench
  }

  mutating func open(_ leg: UInt32, offer: [UInt8]?, _ traits: (inout LegTraits) -> Void) throws {
    var own = LegTraits(localAddress: Self.home)
    traits(&own)
    try self.negotiator.open(Self.leg(leg), role: .incoming(offer: offer), traits: own)
  }

  mutating func call(_ leg: UInt32, for peer: UInt32, _ traits: (inout LegTraits) -> Void) throws {
    var own = LegTraits(localAddress: Self.home)
    traits(&own)
    try self.negotiator.open(Self.leg(leg), role: .outgoing, traits: own)
    self.goal(leg, .with(Self.leg(peer)))
    self.negotiator.alert(Self.leg(leg), peer: Self.leg(peer), at: self.now, into: &self.orders)
  }

  /// The media server opens what it is asked for.
  mutating func giveports() {
    var next = 0
    while next < self.orders.count {
      if case .media(.open(let id, let request)) = self.orders[next] {
        let port = request.port == 0 ? UInt16(40_000 + 2 * id.rawValue) : request.port
        self.negotiator.heard(
          .opened(id, MediaPlace(port: port, key: [UInt8](repeating: UInt8(truncatingIfNeeded: id.rawValue), count: 30))),
          at: self.now, into: &self.orders)
      }
      next += 1
    }
  }

  /// The media server has no port for anything it was asked for.
  mutating func refusePorts() {
    var next = 0
    while next < self.orders.count {
      if case .media(.open(let id, _)) = self.orders[next] {
        self.negotiator.heard(.failed(id, .noPort), at: self.now, into: &self.orders)
      }
      next += 1
    }
  }

  /// The text of the last description that was sent to a leg.
  func lastText(_ leg: UInt32) -> String {
    for order in self.orders.reversed() {
      switch order {
      case .invite(Self.leg(leg), let sdp?), .reinvite(Self.leg(leg), let sdp?), .accept(Self.leg(leg), let sdp?, _),
        .progress(Self.leg(leg), _, let sdp?, _), .ack(Self.leg(leg), let sdp?):
        return String(decoding: sdp, as: UTF8.self)
      default: continue
      }
    }
    return ""
  }

  /// 0, outside the private networks, calls 1 and they talk through the media server.
  mutating func talkRelayed() throws {
    try self.open(0, offer: phone("192.0.2.10", port: 10_000)) { $0.isPrivate = false }
    try self.call(1, for: 0) { _ in }
    self.giveports()
    self.receive(1, .accepted(sdp: phone("192.0.2.20", port: 20_000), branch: 1))
    self.goal(0, .with(Self.leg(1)))
    self.answer(0)
    self.receive(0, .ack(sdp: nil))
    self.orders.removeAll()
  }
}
