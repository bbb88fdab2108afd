internal import CStrowger
internal import Kernel
internal import ModuleBridge
internal import Sessions

/// The sessions of an exchange whose host has a SIP stack of its own: what its phones say goes in, what they are to be told waits here
/// until the host has read it.
struct Descriptions {
  private var negotiator: Negotiator
  private var orders: [Negotiator.Order] = []
  private var next = 0
  private var latest = Instant.zero
  /// The host's ports are plain RTP; without any, encrypted voice runs from phone to phone.
  private let srtp: SRTPPolicy

  init(seed: UInt64, channels: UInt32) {
    self.negotiator = Negotiator(seed: seed, media: MediaFacts(channels: Int(channels)))
    self.srtp = channels == 0 ? .optional : .off
  }

  var nextDeadline: Instant { self.negotiator.nextDeadline }

  /// Everything read: the list begins anew. Too much unread: nothing more happens.
  mutating func makeRoom() throws(Refusal) {
    if self.next == self.orders.count {
      self.orders.removeAll(keepingCapacity: true)
      self.next = 0
    } else if self.orders.count - self.next >= Int(STROWGER_UNREAD) {
      throw .unreadFull
    }
  }

  mutating func takeOrder() -> Negotiator.Order? {
    guard self.next < self.orders.count else { return nil }
    defer { self.next += 1 }
    return self.orders[self.next]
  }

  mutating func fire(at now: Instant) {
    self.advance(to: now)
    self.negotiator.fire(at: self.latest, into: &self.orders)
  }

  func isOpen(_ leg: LegID) -> Bool { self.negotiator.descriptions(of: leg) != nil }

  mutating func open(_ leg: LegID, _ role: Negotiator.Role, at address: IPAddress, earlyMedia: Bool) throws(Refusal) {
    var traits = LegTraits(earlyMedia: earlyMedia, localAddress: address)
    traits.srtp = self.srtp
    do { try self.negotiator.open(leg, role: role, traits: traits) } catch { throw Refusal(error) }
  }

  mutating func carryOut(_ event: SessionEvent, at now: Instant) {
    self.advance(to: now)
    let now = self.latest
    switch event {
    case .close(let leg): self.negotiator.close(leg, at: now, into: &self.orders)
    case .goal(let leg, let goal): self.negotiator.goal(leg, goal, at: now, into: &self.orders)
    case .alert(let leg, let peer): self.negotiator.alert(leg, peer: peer, at: now, into: &self.orders)
    case .answer(let leg): self.negotiator.answer(leg, at: now, into: &self.orders)
    case .received(let leg, let received): self.negotiator.received(leg, received, at: now, into: &self.orders)
    case .heard(let heard): self.negotiator.heard(heard, at: now, into: &self.orders)
    }
  }

  private mutating func advance(to now: Instant) { self.latest = max(self.latest, now) }
}

extension Refusal {
  init(_ error: SDPError) {
    self =
      switch error {
      case .malformed: .malformedDescription
      case .outOfRange: .descriptionOutOfRange
      case .tooLarge: .descriptionTooLarge
      case .unusableAddress: .unusableAddress
      case .missingKey: .missingKey
      case .wrongProtection: .wrongProtection
      }
  }
}
