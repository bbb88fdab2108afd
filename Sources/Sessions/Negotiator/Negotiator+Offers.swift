public import Kernel

// Offers of ours: how they are composed, and what becomes of them.
extension Negotiator {
  /// An offer to one leg from what another leg's phone said: its open offer, else its fullest description.
  /// Nil when it has said nothing, or nothing that this leg could take.
  mutating func offer(to index: Int, from source: Int, ignoringHold: Bool = false) -> Session.Asking? {
    let open = self.sessions[source].openOffer
    guard let sdp = open?.sdp ?? self.sessions[source].remote else { return nil }
    let number = open?.number ?? self.sessions[source].remoteNumber
    let old = self.sessions[index].latest
    let isRelayed = self.path(index, source) == .relay
    if !isRelayed, let old, let before = old.audio, let after = sdp.audio, before.profile != after.profile { return nil }
    let order = SlotOrder(of: sdp, into: old, places: self.sessions[index].places)
    var keeping: [PayloadSet]?
    if !self.sessions[index].local.isEmpty, !self.isTold(index, by: source),
      let told = try? SDP(parsing: self.sessions[index].local)
    {
      keeping = sdp.payloadsWithoutConflict(with: told, order)
      for (line, set) in zip(sdp.media, keeping ?? [])
      where line.kind == .audio && !line.isRefused && !sdp.hasCodec(in: set, of: line) { return nil }
    }
    var writer = self.sessions[index].writer()
    writer.keeping = keeping
    if open == nil {
      writer.reopensSetup = true
      if ignoringHold || self.sessions[source].isRestricted { writer.directions = .open }
    }
    writer.anchors = self.anchors(index, from: source, sdp) { place in
      order.sources.map { place < $0.count && $0[place] >= 0 ? Int($0[place]) : nil } ?? place
    }
    let text = writer.write(sdp, order, dialog: old, places: self.sessions[index].places)
    self.shareKey(source, with: index)
    self.sessions[index].places = max(self.sessions[index].places, order.sources?.count ?? sdp.media.count)
    let flows = writer.directions == .open || (sdp.audio.map { $0.direction == .sendrecv && !$0.address.isUnspecified } ?? true)
    return Session.Asking(
      sent: text, fact: .with(self.sessions[source].leg, number), order: order, isRestricted: !flows,
      offered: isRelayed ? try? SDP(parsing: text) : sdp)
  }

  private func isTold(_ index: Int, by source: Int) -> Bool {
    if case .with(let leg, _) = self.sessions[index].fact { leg == self.sessions[source].leg } else { false }
  }

  /// re-INVITEs a stable leg with what another one said.
  mutating func ask(_ index: Int, from source: Int, at now: Instant, into orders: inout [Order]) {
    var readiness = self.ready(index, from: source, into: &orders)
    // A caller that will be answered with this phone's answer needs its own ports by then.
    if case .invited = self.sessions[source].phase, self.path(index, source) == .relay {
      readiness = max(readiness, self.readyToAnswer(source, into: &orders))
    }
    switch readiness {
    case .waiting: return
    case .unavailable:
      self.sessions[index].refused = .with(self.sessions[source].leg, self.sessions[source].remoteNumber)
      return self.withoutPorts(index, at: now, into: &orders)
    case .ready: break
    }
    self.sessions[index].rounds &+= 1
    guard self.sessions[index].rounds <= Self.mostRounds, let asking = self.offer(to: index, from: source) else {
      self.sessions[index].refused = .with(self.sessions[source].leg, self.sessions[source].remoteNumber)
      return self.cannotTell(index, source, .notAcceptableHere, nil, at: now, into: &orders)
    }
    self.send(asking, to: index, at: now, into: &orders)
  }

  /// re-INVITEs a leg with its last description, inactive: `nothing`, and what music degrades to.
  mutating func askForSilence(_ index: Int, at now: Instant, into orders: inout [Order]) {
    self.sessions[index].rounds &+= 1
    guard self.sessions[index].rounds <= Self.mostRounds, let asking = self.silentOffer(to: index) else { return }
    self.send(asking, to: index, at: now, into: &orders)
  }

  /// The leg's last description with every line inactive; G.711 where there is none.
  mutating func silentOffer(to index: Int) -> Session.Asking? {
    var writer = self.sessions[index].writer()
    guard let told = try? SDP(parsing: self.sessions[index].local) else {
      return Session.Asking(sent: writer.silentOffer(), fact: .silent, isRestricted: true)
    }
    writer.directions = .force(.inactive)
    writer.reopensSetup = true
    let text = writer.write(told, dialog: self.sessions[index].latest, places: self.sessions[index].places)
    return Session.Asking(sent: text, fact: .silent, isRestricted: true, offered: told)
  }

  /// Offers the phone again what it had before a splice that failed.
  mutating func restore(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard let settled = self.sessions[index].settled, settled.fact != self.sessions[index].fact,
      settled.fact != self.sessions[index].refused, !self.sessions[index].isHeld,
      let told = try? SDP(parsing: settled.local)
    else { return }
    let writer = self.sessions[index].writer()
    let text = writer.write(told, dialog: self.sessions[index].latest, places: self.sessions[index].places)
    self.send(Session.Asking(sent: text, fact: settled.fact, offered: told), to: index, at: now, into: &orders)
  }

  /// re-INVITEs a phone with what it has been told, unchanged: session timers (RFC 4028 §7.4) and connected-line updates
  /// where UPDATE is not to be had (CALL-6).
  /// - Returns: false while another offer is under way; an UPDATE without a body is possible then.
  public mutating func refresh(_ leg: LegID, at now: Instant, into orders: inout [Order]) -> Bool {
    guard let index = self.index(of: leg), self.sessions[index].isStable, self.sessions[index].retryAt <= now,
      let told = self.told(index)
    else { return false }
    let flows = told.audio.map { $0.direction == .sendrecv } ?? true
    let asking = Session.Asking(
      sent: told.bytes, fact: self.sessions[index].fact, order: self.sessions[index].order,
      isRestricted: !flows, offered: told)
    self.send(asking, to: index, at: now, into: &orders)
    return true
  }

  /// What the phone was told last. Where it has refused something since, under a new version: none goes back.
  mutating func told(_ index: Int) -> SDP? {
    guard let told = try? SDP(parsing: self.sessions[index].local) else { return nil }
    var identity: [UInt8] = []
    SDPText.append(UInt64(self.sessions[index].originID), to: &identity)
    identity.append(0x20)
    SDPText.append(UInt64(self.sessions[index].version), to: &identity)
    if told.octets(told.identity).elementsEqual(identity) { return told }
    let text = self.sessions[index].writer().write(told, dialog: nil, places: told.media.count)
    self.sessions[index].local = text
    return try? SDP(parsing: text)
  }

  mutating func send(_ asking: Session.Asking, to index: Int, at now: Instant, into orders: inout [Order]) {
    self.enter(index, .asking(asking))
    self.arm(index, at: now + Self.longestAsking)
    orders.append(.reinvite(self.sessions[index].leg, asking.sent))
  }

  /// The phone has answered an offer of ours.
  mutating func conclude(_ index: Int, _ asking: Session.Asking, answer: SDP) {
    self.sessions[index].local = asking.sent ?? []
    self.sessions[index].order = asking.order
    self.sessions[index].fact = asking.fact
    self.sessions[index].places = max(self.sessions[index].places, answer.media.count)
    self.sessions[index].latest = answer
    if asking.fact == .served, let old = self.sessions[index].remote?.audio, let new = answer.audio, old.port == new.port,
      old.address == new.address
    {
      // The phone is where it was; what it said to another telephone says more of it than its answer to us.
      return
    }
    if let old = self.sessions[index].remote {
      let offered = asking.order == .same ? asking.offered ?? answer : answer
      if answer.refines(old, answering: offered) { return }
    }
    self.sessions[index].remote = answer
    self.sessions[index].remoteNumber = self.sessions[index].nextNumber()
    self.sessions[index].isRestricted = asking.isRestricted
  }

  /// Whether an answer keeps what was offered: something is switched on, and nothing secure became plain (RELIABILITY 44).
  /// A phone that asked for a change itself may see it answered by a refused line, as with T.38.
  func isAcceptable(_ answer: SDP, to asking: Session.Asking, allowing: SRTPPolicy) -> Bool {
    guard let offered = asking.offered else { return true }
    if let line = answer.audio, !allowing.allows(line.profile) { return false }
    if offered.isUsable, !answer.isUsable {
      guard let source = self.source(of: asking), case .asked = self.sessions[source].phase else { return false }
    }
    guard let before = offered.audio, before.profile.isSecure, let after = answer.audio else { return true }
    return after.profile == before.profile
  }

  /// 2xx to our re-INVITE.
  mutating func reinviteAccepted(
    _ index: Int, _ asking: Session.Asking, _ sdp: [UInt8]?, at now: Instant, into orders: inout [Order]
  ) {
    orders.append(.ack(self.sessions[index].leg, nil))
    self.enter(index, .stable)
    let source = self.source(of: asking)
    guard let sdp, let answer = try? Self.read(sdp, self.sessions[index].traits),
      self.isAcceptable(answer, to: asking, allowing: self.sessions[index].traits.srtp)
    else {
      // The phone has taken our offer in a way that nobody can use: it has to be told something else.
      self.sessions[index].fact = .unknown
      self.sessions[index].refused = asking.fact
      self.cannotTell(index, source, .notAcceptableHere, nil, at: now, into: &orders)
      if self.sessions[index].isStable { self.arm(index, at: now) }
      return
    }
    self.conclude(index, asking, answer: answer)
    if self.sessions[index].report == .failed { self.arm(index, at: now) }
    self.settle(index, at: now, into: &orders)
    if let source { self.reconcile(source, at: now, into: &orders) }
  }

  /// A final answer other than 2xx to our re-INVITE.
  mutating func reinviteRefused(
    _ index: Int, _ asking: Session.Asking, _ status: Status, _ retryAfter: Interval?, at now: Instant, into orders: inout [Order]
  ) {
    self.enter(index, .stable)
    let source = self.source(of: asking)
    switch status.rawValue {
    case 408, 481:
      self.enter(index, .over)
      orders.append(.lost(self.sessions[index].leg))
      self.fail(index, .lost, at: now, into: &orders)
      if let source { self.reconcile(source, at: now, into: &orders) }
    case 491:
      self.retry(index, after: self.glareWait(index), at: now)
      if let source { self.reconcile(source, at: now, into: &orders) }
    case 500 where retryAfter.map { $0 <= .seconds(10) } ?? false:
      self.retry(index, after: max(retryAfter ?? .zero, .milliseconds(10)), at: now)
      if let source { self.reconcile(source, at: now, into: &orders) }
    default:
      let passes = status.rawValue >= 400 && status.rawValue != 401 && status.rawValue != 407
      if asking.fact != self.sessions[index].fact { self.sessions[index].refused = asking.fact }
      self.cannotTell(index, source, passes ? status : .notAcceptableHere, retryAfter, at: now, into: &orders)
      self.settle(index, at: now, into: &orders)
    }
  }

  /// The leg cannot be told what `source` said. A phone whose own wish that was hears it (rule 5); a splice fails.
  private mutating func cannotTell(
    _ index: Int, _ source: Int?, _ status: Status, _ retryAfter: Interval?, at now: Instant, into orders: inout [Order]
  ) {
    if let source, case .asked = self.sessions[source].phase {
      self.refuse(source, status, retryAfter, at: now, into: &orders)
      return
    }
    guard let source else { return }
    if self.sessions[index].refused == .unknown {
      self.sessions[index].refused = .with(self.sessions[source].leg, self.sessions[source].remoteNumber)
    }
    if self.peer(of: index) == source, status == .notAcceptableHere, self.bridge(index, source) {
      self.reconcile(source, at: now, into: &orders)
      return self.reconcile(index, at: now, into: &orders)
    }
    if self.peer(of: index) == source { self.fail(index, .mediaFailed, at: now, into: &orders) }
    self.reconcile(source, at: now, into: &orders)
  }

  private func source(of asking: Session.Asking) -> Int? {
    if case .with(let leg, _) = asking.fact { self.index(of: leg) } else { nil }
  }

  private mutating func retry(_ index: Int, after wait: Interval, at now: Instant) {
    self.sessions[index].retryAt = now + wait
    self.arm(index, at: now + wait)
  }

  /// RFC 3261 §14.1: 2.1–4 s for whoever chose the Call-ID, else 0–2 s, in steps of 10 ms.
  private mutating func glareWait(_ index: Int) -> Interval {
    self.sessions[index].isOutgoing
      ? .milliseconds(2_100 + 10 * self.random.below(191)) : .milliseconds(10 * self.random.below(201))
  }

  /// Offers a leg is sent for one wish before the negotiator gives up: two phones that change their minds with each answer.
  static var mostRounds: UInt8 { 8 }
  /// 64·T1; a phone that says 100 and nothing more is as good as gone.
  static var longestAsking: Interval { .seconds(32) }
}
