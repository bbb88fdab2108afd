internal import Kernel

// Goal against fact, for one leg and its peer.
extension Negotiator {
  func index(of leg: LegID) -> Int? {
    let index = Int(leg.index)
    return index < self.sessions.count && self.sessions[index].leg == leg && !leg.isNone ? index : nil
  }

  /// Who the leg shall talk to.
  func goalPeer(of index: Int) -> LegID? {
    if case .with(let leg)? = self.sessions[index].goal { leg } else { nil }
  }

  /// The leg at the other end, when both shall talk to each other.
  func peer(of index: Int) -> Int? {
    guard let leg = self.goalPeer(of: index), let peer = self.index(of: leg), peer != index,
      self.goalPeer(of: peer) == self.sessions[index].leg
    else { return nil }
    return peer
  }

  /// One step towards the goals of the leg and of its peer.
  mutating func settle(_ index: Int, at now: Instant, into orders: inout [Order]) {
    self.reconcile(index, at: now, into: &orders)
    if let peer = self.peer(of: index) { self.reconcile(peer, at: now, into: &orders) }
    self.report(index, at: now, into: &orders)
    self.steer(index, into: &orders)
  }

  /// Does what the leg's phase allows to bring it nearer to its goal.
  mutating func reconcile(_ index: Int, at now: Instant, into orders: inout [Order]) {
    switch self.sessions[index].phase {
    case .invited(let invited):
      if invited.hasOffer {
        self.answerOpenOffer(index, mayAnswer: invited.mayAnswer, at: now, into: &orders)
      } else if invited.mayAnswer {
        self.answerWithOffer(index, at: now, into: &orders)
      }
    case .asked, .owing: self.answerOpenOffer(index, mayAnswer: true, at: now, into: &orders)
    case .stable: self.tellPhone(index, at: now, into: &orders)
    case .idle, .waiting, .calling, .accepted, .asking, .over: return
    }
    self.report(index, at: now, into: &orders)
  }

  /// re-INVITEs a phone that has not been told what its goal says. One that holds the call itself is left alone: it is
  /// answered at its resume (rule 5).
  private mutating func tellPhone(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard let goal = self.sessions[index].goal, !self.sessions[index].isHeld, self.sessions[index].retryAt <= now else { return }
    if self.sessions[index].wasAnchored {
      self.sessions[index].wasAnchored = false
      self.reopen(index, into: &orders)
    }
    // Until the ports of before the restart are there again, or are not.
    if self.sessions[index].lines.contains(where: { if case .reopening? = $0?.state { true } else { false } }) { return }
    if self.isServed(index) {
      if self.sessions[index].fact != .served { self.askServed(index, at: now, into: &orders) }
      return
    }
    guard case .with = goal else {
      if goal.needsServer, self.sessions[index].report == .open || self.sessions[index].due <= now { return }
      if self.sessions[index].fact != .silent, self.sessions[index].refused != .silent {
        self.askForSilence(index, at: now, into: &orders)
      }
      return
    }
    guard self.sessions[index].report != .failed, let peer = self.peer(of: index), self.sessions[peer].remote != nil
    else { return }
    self.recognise(index, peer)
    let wanted = Session.Fact.with(self.sessions[peer].leg, self.sessions[peer].remoteNumber)
    guard self.sessions[index].fact != wanted, self.sessions[index].refused != wanted else { return }
    switch self.sessions[peer].phase {
    case .stable, .accepted(nil): self.ask(index, from: peer, at: now, into: &orders)
    // Whoever has an open offer brings it to this leg itself; the others are not ready.
    case .idle, .waiting, .invited, .calling, .accepted, .owing, .asked, .asking, .over: return
    }
  }

  /// Tells the kernel, once for each goal, that it is reached.
  mutating func report(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard self.sessions[index].report == .open, let goal = self.sessions[index].goal else { return }
    if self.isServed(index) { return self.reportServed(index, goal, into: &orders) }
    if goal.needsServer {
      // Worth nothing without one, and a feature must be able to go back (MED-2): it has until the end of this instant.
      self.sessions[index].report = .failed
      orders.append(.joinFailed(self.sessions[index].leg, self.sessions[index].isUnserved ? .noChannel : .mediaFailed))
      if self.sessions[index].isStable { self.arm(index, at: now) }
      return
    }
    // What a phone is being told just now is not known yet.
    if case .asking = self.sessions[index].phase { return }
    switch goal {
    case .with:
      guard let peer = self.peer(of: index) else { return }
      if case .asking = self.sessions[peer].phase { return }
      guard self.knows(index, peer), self.knows(peer, index) else { return }
      let wasOpen = self.sessions[peer].report == .open
      self.joined(index, into: &orders)
      if wasOpen { self.joined(peer, into: &orders) }
      self.reportPath(index, peer, into: &orders)
    case .nothing, .music, .tone:
      // A phone that refuses to be silent keeps what it has: silence is the least that can be done for it.
      if self.sessions[index].fact == .silent || self.sessions[index].refused == .silent || self.sessions[index].isHeld {
        self.joined(index, into: &orders)
      }
    case .room, .announcement, .playback, .recording: return
    }
  }

  /// Ports are given back when both talk directly.
  private mutating func reportPath(_ index: Int, _ peer: Int, into orders: inout [Order]) {
    let path = self.path(index, peer)
    if path == .direct {
      self.closeLines(index, into: &orders)
      self.closeLines(peer, into: &orders)
    }
    orders.append(.path(self.sessions[index].leg, self.sessions[peer].leg, path))
  }

  /// A phone that holds the call is told when it comes back; all others must have been told.
  private mutating func reportServed(_ index: Int, _ goal: Goal, into orders: inout [Order]) {
    let isTold = self.sessions[index].fact == .served || self.sessions[index].isHeld
    guard isTold, self.sessions[index].isStable || self.isAccepted(index) else { return }
    guard case .with = goal else {
      self.joined(index, into: &orders)
      if goal != .nothing { orders.append(.path(self.sessions[index].leg, self.sessions[index].leg, .mixed)) }
      return
    }
    guard let peer = self.peer(of: index), self.sessions[peer].fact == .served || self.sessions[peer].isHeld,
      self.sessions[peer].isStable || self.isAccepted(peer)
    else { return }
    let wasOpen = self.sessions[peer].report == .open
    self.joined(index, into: &orders)
    if wasOpen { self.joined(peer, into: &orders) }
    self.reportPath(index, peer, into: &orders)
  }

  private func isAccepted(_ index: Int) -> Bool {
    if case .accepted(nil) = self.sessions[index].phase { true } else { false }
  }

  private mutating func joined(_ index: Int, into orders: inout [Order]) {
    self.sessions[index].report = .joined
    orders.append(.joined(self.sessions[index].leg))
    if self.sessions[index].local.isEmpty { return }
    self.sessions[index].settled = Session.Settled(local: self.sessions[index].local, fact: self.sessions[index].fact)
  }

  /// The leg's phone has been told the peer's description, or its INVITE can be answered with it at any time.
  private func knows(_ index: Int, _ peer: Int) -> Bool {
    if case .invited(let invited) = self.sessions[index].phase {
      guard invited.hasOffer, let remote = self.sessions[index].remote, self.hasPorts(index, peer) else { return false }
      if self.sessions[peer].isStable {
        return self.sessions[peer].fact == .with(self.sessions[index].leg, self.sessions[index].remoteNumber)
      }
      guard case .invited = self.sessions[peer].phase, let other = self.sessions[peer].remote else { return false }
      return remote.fits(other)
    }
    if case .asked = self.sessions[index].phase { return false }
    return self.sessions[index].fact == .with(self.sessions[peer].leg, self.sessions[peer].remoteNumber)
  }

  /// A caller that talks through the media server can be answered: each of its lines has a port.
  private func hasPorts(_ index: Int, _ peer: Int) -> Bool {
    guard self.path(index, peer) == .relay, let offer = self.sessions[index].openOffer?.sdp else { return true }
    return offer.media.indices.lazy.filter { !offer.media[$0].isRefused }.prefix(Self.mostLines).allSatisfy {
      self.sessions[index].line($0)?.place != nil
    }
  }

  /// The goal of the leg and of its peer cannot be reached. Each hears it once; both go back to what they had at the end
  /// of this instant, unless the kernel wants something else by then.
  mutating func fail(_ index: Int, _ cause: Cause, at now: Instant, into orders: inout [Order]) {
    let peer = self.peer(of: index)
    for leg in [index, peer ?? index] where self.sessions[leg].report == .open {
      guard case .with? = self.sessions[leg].goal else { continue }
      self.sessions[leg].report = .failed
      orders.append(.joinFailed(self.sessions[leg].leg, cause))
      if self.sessions[leg].isStable { self.arm(leg, at: now) }
    }
  }
}

extension Goal {
  /// A sound that is heard once.
  var endsByItself: Bool {
    switch self {
    case .announcement, .playback: true
    case .nothing, .with, .music, .tone, .room, .recording: false
    }
  }

  /// Music and tones degrade to silence without a media server; these do not.
  var needsServer: Bool {
    switch self {
    case .room, .announcement, .playback, .recording: true
    case .nothing, .with, .music, .tone: false
    }
  }
}
