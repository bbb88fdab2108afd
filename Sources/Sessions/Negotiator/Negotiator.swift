public import Kernel

/// The offer/answer side of a back-to-back user agent: compares what each leg shall hear with what its phone has been
/// told, and does what is missing (ARCHITECTURE rule 5; RFC 3264, 3725, 6337).
///
/// It owns the state of every leg's INVITE usage as far as session descriptions go. Tags, CSeq, retransmissions and
/// timeouts belong to the dialog layer, calls and features to the kernel. A pure value: time is an argument, orders
/// are appended to the caller's array, equal input and seed give equal output.
///
/// After each turn call ``fire(at:into:)`` while ``nextDeadline`` is not later than now: a hold waits until the
/// end of its instant for the kernel's new goals.
public struct Negotiator: Sendable {
  /// Slots by the leg's index; `LegID`s are the kernel's.
  var sessions: [Session] = []
  var deadlines = DeadlineQueue()
  var random: SplitMix
  /// Whose port pair a channel is; only looked up.
  var lineLegs: [ChannelID: LegID] = [:]
  var lastChannel: UInt64 = 0
  /// Port pairs that are open or being opened.
  public internal(set) var openLines = 0
  /// Legs that have any (MED-2).
  public internal(set) var openChannels = 0
  /// What the media server can do. Whoever changes it sets the goals concerned again.
  public var media: MediaFacts

  /// - `seed`: of back-off times, `o=` ids and idle keys. Take it from the system's generator.
  public init(seed: UInt64, media: MediaFacts = MediaFacts()) {
    self.random = SplitMix(seed: seed)
    self.media = media
  }

  /// When ``fire(at:into:)`` is to be called; `never` while nothing waits.
  public var nextDeadline: Instant { self.deadlines.first?.time ?? .never }

  /// A leg exists.
  /// - Throws: ``SDPError`` of an offer that cannot be used; the leg is then not opened and the INVITE is to be
  ///   answered with the error's `status`.
  public mutating func open(_ leg: LegID, role: Role, traits: LegTraits) throws(SDPError) {
    var session = Session(
      leg: leg, isOutgoing: false, traits: traits, originID: UInt32(truncatingIfNeeded: self.random.next() >> 33))
    switch role {
    case .incoming(let offer):
      session.phase = .invited(Session.Invited(hasOffer: offer != nil))
      if let offer {
        let sdp = try Self.read(offer, traits)
        if let line = sdp.audio, !traits.srtp.allows(line.profile) { throw .wrongProtection }
        session.places = sdp.media.count
        session.remoteNumber = session.nextNumber()
        session.remote = sdp
        session.latest = sdp
      }
    case .outgoing:
      session = Session(leg: leg, isOutgoing: true, traits: traits, originID: session.originID)
    case .recovered(let saved): session = try Session(leg: leg, saved, traits)
    }
    guard !leg.isNone else { return }
    while self.sessions.count <= Int(leg.index) { self.sessions.append(.vacant) }
    self.sessions[Int(leg.index)] = session
  }

  /// The leg is gone, whatever it was doing. Who was to be joined with it hears *joinFailed*.
  public mutating func close(_ leg: LegID, at now: Instant, into orders: inout [Order]) {
    guard let index = self.index(of: leg) else { return }
    let peer = self.peer(of: index)
    self.endCalling(index)
    self.closeLines(index, into: &orders)
    self.sessions[index] = .vacant
    self.forgetStaleDeadlines()
    guard let peer else { return }
    if self.sessions[peer].report == .open, !self.sessions[peer].isOver { self.fail(peer, .lost, at: now, into: &orders) }
    self.reconcile(peer, at: now, into: &orders)
    self.steer(peer, into: &orders)
  }

  /// The kernel says what the leg shall hear and feed (`Directive.media(_:_:)`). The last goal wins.
  public mutating func goal(_ leg: LegID, _ goal: Goal, at now: Instant, into orders: inout [Order]) {
    guard let index = self.index(of: leg) else { return }
    let former = self.peer(of: index)
    if case .with(let other) = goal { self.callFor(other, index, at: now, into: &orders) }
    if self.sessions[index].goal != goal || self.sessions[index].report == .failed {
      self.sessions[index].report = .open
      self.sessions[index].rounds = 0
      self.sessions[index].refused = .unknown
      self.sessions[index].isUnserved = false
      if goal != .with(self.sessions[index].bridge) { self.sessions[index].bridge = .none }
    }
    if self.sessions[index].goal == goal, goal.endsByItself { self.playAgain(index, into: &orders) }
    self.sessions[index].goal = goal
    self.settle(index, at: now, into: &orders)
    // Who enters a room, or is sent there again, gets an offer, also where its voice comes here already (CONF-1, CONF-2).
    if case .room = goal, self.sessions[index].fact == .served, !self.sessions[index].isHeld {
      _ = self.refresh(leg, at: now, into: &orders)
    }
    if let former, former != self.peer(of: index) {
      self.reconcile(former, at: now, into: &orders)
      self.steer(former, into: &orders)
    }
  }

  /// The kernel orders an INVITE to this leg, to talk to `peer` (`Directive.alert(_:_:)`): with the peer's
  /// description as offer, or without one where the peer has none.
  public mutating func alert(_ leg: LegID, peer: LegID, at now: Instant, into orders: inout [Order]) {
    guard let index = self.index(of: leg), case .idle = self.sessions[index].phase else { return }
    self.sessions[index].caller = peer
    if let source = self.index(of: peer) { self.sessions[source].ringing &+= 1 }
    self.call(index, at: now, into: &orders)
  }

  /// The kernel orders 200 for the caller (`Directive.answer(_:)`). It leaves as soon as its body is known.
  public mutating func answer(_ leg: LegID, at now: Instant, into orders: inout [Order]) {
    guard let index = self.index(of: leg), case .invited(var invited) = self.sessions[index].phase else { return }
    invited.mayAnswer = true
    self.sessions[index].phase = .invited(invited)
    if self.sessions[index].goal == nil { self.arm(index, at: now) }
    self.settle(index, at: now, into: &orders)
  }

  /// Whether the leg may still be sent a description before it has what its goal says.
  public func isSettling(_ leg: LegID) -> Bool {
    guard let index = self.index(of: leg), case .with? = self.sessions[index].goal else { return false }
    return self.sessions[index].report == .open && !self.sessions[index].isHeld
  }

  /// Whether our 2xx was an offer, and no ACK has brought the answer.
  public func awaitsAnswer(_ leg: LegID) -> Bool {
    guard let index = self.index(of: leg), case .accepted(.some) = self.sessions[index].phase else { return false }
    return true
  }

  /// What our INVITE or re-INVITE under way offers; nil where there is none, or it offers nothing.
  public func offer(of leg: LegID) -> [UInt8]? {
    guard let index = self.index(of: leg) else { return nil }
    switch self.sessions[index].phase {
    case .calling(let asking), .asking(let asking): return asking.sent
    case .idle, .waiting, .invited, .accepted, .owing, .stable, .asked, .over: return nil
    }
  }

  /// What the leg's phone was told last, and what it said last; nil for a leg that is not open.
  public func descriptions(of leg: LegID) -> (local: [UInt8], remote: [UInt8]?, isHeld: Bool)? {
    guard let index = self.index(of: leg) else { return nil }
    let session = self.sessions[index]
    return (session.local, session.latest?.bytes, session.isHeld)
  }
}
