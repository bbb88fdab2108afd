import Kernel
import Sessions

/// Answered calls over a restart: one row a call with the kernel's view, both dialogs and their session descriptions
/// (ARCHITECTURE rule 7; RELIABILITY §3). The row is written before the caller's 200 leaves.
struct CallKeeping: Sendable {
  /// First octet of a row: what it is, and the layout's version.
  static let answered: UInt8 = 4
  /// An answered call of before there were session timers.
  static let answeredUntimed: UInt8 = 3
  static let early: UInt8 = 2
  /// An answered call of before there was a media server.
  static let answeredDirect: UInt8 = 1

  /// Row numbers by the kernel's call slot.
  private var rows: [(call: CallID, row: Int64)?] = []
  var nextRow: Int64 = 1
  /// Number of the next activation's answer.
  var nextAnswer: Int64 = 1
  /// Calls whose kernel fact changed in the turn under way, with that fact.
  var changed: [(call: CallID, fact: [UInt8])] = []

  mutating func row(of call: CallID) -> Int64 {
    while self.rows.count <= Int(call.index) { self.rows.append(nil) }
    if let known = self.rows[Int(call.index)], known.call == call { return known.row }
    let row = self.nextRow
    self.nextRow &+= 1
    self.rows[Int(call.index)] = (call, row)
    return row
  }

  mutating func set(_ call: CallID, _ row: Int64) {
    while self.rows.count <= Int(call.index) { self.rows.append(nil) }
    self.rows[Int(call.index)] = (call, row)
    self.nextRow = max(self.nextRow, row &+ 1)
  }
}

extension Exchange {
  /// The rows of calls that changed in this turn, as they stand at its end.
  mutating func keepCalls() {
    guard !self.keeping.changed.isEmpty else { return }
    let changed = self.keeping.changed
    self.keeping.changed.removeAll(keepingCapacity: true)
    for (call, fact) in changed where self.kernel.world.call(call) != nil {
      let octets = self.encode(call, fact)
      self.outbox.facts.append(.liveCall(self.keeping.row(of: call), handle: call.raw, octets))
    }
  }

  private func encode(_ call: CallID, _ fact: [UInt8]) -> [UInt8] {
    var writer = FactWriter()
    writer.put(CallKeeping.answered)
    writer.block(fact)
    self.kernel.world.forEachLeg(of: call) { leg, _ in
      guard let id = self.dialogID(of: leg), let dialog = self.dialogs[id] else { return }
      writer.put(leg)
      // After a restart its telephone finds the dialog by the tags, whatever stands before them (RFC 3261 §12).
      writer.put(dialog, local: dialog.isCaller ? self.withoutSecrets(in: dialog.local) : dialog.local)
      writer.put(self.negotiator.saved(leg))
      writer.put(dialog.timer.agreement)
    }
    return writer.octets
  }

  /// Takes up calls of an earlier process: CSeq leaps, since the last one used may not have been kept (RELIABILITY §3).
  /// - Returns: how many could not be read.
  mutating func restoreCalls(_ rows: [(row: Int64, handle: UInt64, state: [UInt8])], _ features: [Fact]) -> Int {
    var facts = features
    var legs: [(leg: LegID, dialog: Dialog, session: SavedSession?)] = []
    var rejected = 0
    for row in rows {
      var reader = FactReader(row.state)
      let kind = reader.octet()
      if kind == CallKeeping.early {
        if !self.endEarly(row.row, &reader) { rejected += 1 }
        continue
      }
      guard [CallKeeping.answered, CallKeeping.answeredUntimed, CallKeeping.answeredDirect].contains(kind),
        let fact = reader.block()
      else {
        rejected += 1
        continue
      }
      let call = CallID(raw: row.handle)
      facts.append(.call(call, fact))
      self.keeping.set(call, row.row)
      while !reader.isAtEnd {
        guard let leg = reader.handle(Leg.self), var dialog = reader.dialog(leg),
          let session = reader.session(hasPath: kind != CallKeeping.answeredDirect),
          let timing = kind == CallKeeping.answered ? reader.agreement() : (nil, true)
        else {
          rejected += 1
          break
        }
        dialog.timer = self.timer(after: timing.agreement)
        legs.append((leg, dialog, session.saved))
      }
    }
    rejected += self.kernel.restore(facts)
    for (leg, dialog, session) in legs where self.kernel.world.leg(leg) != nil { self.takeUp(leg, dialog, session) }
    for (leg, _, _) in legs {
      if let goal = self.kernel.world.leg(leg)?.goal { self.negotiator.goal(leg, goal, at: self.now, into: &self.sessions) }
    }
    return rejected
  }

  private mutating func takeUp(_ leg: LegID, _ kept: Dialog, _ session: SavedSession?) {
    var dialog = kept
    // A connection of an earlier process is gone; requests ask for a new one.
    if dialog.flow.kind.isReliable { dialog.flow.connection = 0 }
    if Int(dialog.flow.local) >= self.listeners.count { dialog.flow.local = 0 }
    dialog.trunk = self.kernel.world.leg(leg).flatMap { found in found.party.trunk.map { TrunkUsage($0, found.party.number) } }
    if let trunk = dialog.trunk { dialog.flow.peer = .trunk(UInt16(clamping: trunk.index)) }
    self.callNumbers = max(self.callNumbers, dialog.call)
    let id = self.dialogs.insert(dialog)
    self.file(id, leg)
    self.dialogIndex[self.dialogKey(dialog.callID, dialog.localTag)] = id
    self.setTimer(id, dialog.timer)
    if let session {
      try? self.negotiator.open(
        leg, role: .recovered(session),
        traits: self.traits(
          of: dialog.flow, station: dialog.station, binding: self.registry.binding(dialog.device),
          supportsUpdate: dialog.allows(.update), isTrunk: dialog.trunk != nil))
    }
    // Asked within a minute whether the phone still knows the call, spread out.
    self.probes &+= 1
    _ = self.timers.arm(.probe(id), at: self.now + .milliseconds(Int64(2_000 + (self.probes &* 97) % 58_000)))
  }

  /// When the last refresh was is not kept: we refresh at once, spread out, and give the peer a whole interval.
  private mutating func timer(after agreement: SessionTimer.Agreement?) -> SessionTimer {
    guard let agreement else { return .off }
    switch agreement.refresher {
    case .peer: return .theirs(agreement, since: self.now)
    case .exchange:
      self.probes &+= 1
      let wait = Interval.milliseconds(Int64(2_000 + (self.probes &* 97) % 28_000))
      return .refreshing(agreement, since: self.now, again: self.now + wait)
    }
  }

  mutating func probe(_ id: DialogID) {
    guard let dialog = self.dialogs[id], dialog.isConfirmed else { return }
    let branch = self.beginRequest(id, .options)
    self.writer.header(.contact, self.contact(dialog))
    self.writer.finish()
    self.probing.insert(self.send(id, .options, branch))
  }

  /// The phone does not know the call any more, or does not answer: it is over.
  mutating func probed(_ id: DialogID, _ status: UInt16) {
    guard status == 481 || status == 408, let dialog = self.dialogs[id], dialog.isConfirmed else { return }
    self.end(id)
    self.tell(.released(dialog.leg, .lost))
  }
}

// MARK: Octets

extension FactWriter {
  mutating func block(_ octets: [UInt8]) {
    self.put(UInt64(octets.count))
    self.put(octets)
  }

  mutating func put(_ dialog: Dialog, local: [UInt8]) {
    self.put(dialog.isCaller)
    self.put(dialog.station?.digits ?? Digits())
    self.put(UInt64(bitPattern: dialog.device))
    self.put(dialog.call)
    self.put(dialog.flow)
    self.put(UInt64(dialog.localCSeq))
    self.put(UInt64(dialog.remoteCSeq))
    self.put(UInt64(dialog.allows))
    self.block(dialog.callID)
    self.block(dialog.localTag)
    self.block(dialog.remoteTag)
    self.block(local)
    self.block(dialog.remote)
    self.block(dialog.target)
    self.put(UInt64(dialog.routes.count))
    for route in dialog.routes { self.block(route) }
  }

  mutating func put(_ session: SavedSession?) {
    self.put(session != nil)
    guard let session else { return }
    self.put(UInt64(session.originID))
    self.put(UInt64(session.version))
    self.put(session.isOutgoing)
    self.put(session.isHeld)
    self.put(session.isSilent)
    self.put(session.path.rawValue)
    self.block(session.local)
    self.block(session.remote)
  }
}

extension FactWriter {
  mutating func put(_ agreement: SessionTimer.Agreement?) {
    self.put(UInt64(agreement?.seconds ?? 0))
    self.put(agreement?.refresher == .exchange)
  }
}

extension FactReader {
  /// The outer nil says that the octets do not fit, the inner one that there was no timer.
  mutating func agreement() -> (agreement: SessionTimer.Agreement?, isRead: Bool)? {
    guard let seconds = self.integer().flatMap({ UInt32(exactly: $0) }), let isOurs = self.boolean() else { return nil }
    guard seconds >= SessionTimer.shortest else { return (nil, true) }
    return (SessionTimer.Agreement(seconds: seconds, refresher: isOurs ? .exchange : .peer), true)
  }

  mutating func block() -> [UInt8]? {
    guard let count = self.integer(), count <= 65_536 else { return nil }
    return self.octets(Int(count))
  }

  mutating func dialog(_ leg: LegID) -> Dialog? {
    guard let isCaller = self.boolean(), let station = self.digits(), let device = self.integer(), let call = self.integer(),
      let flow = self.flow(), let localCSeq = self.integer().flatMap({ UInt32(exactly: $0) }),
      let remoteCSeq = self.integer().flatMap({ UInt32(exactly: $0) }),
      let allows = self.integer().flatMap({ UInt32(exactly: $0) }),
      let callID = self.block(), let localTag = self.block(), let remoteTag = self.block(), let own = self.block(),
      let remote = self.block(), let target = self.block(), let count = self.integer(), count <= 64
    else { return nil }
    var routes: [[UInt8]] = []
    for _ in 0..<count {
      guard let route = self.block() else { return nil }
      routes.append(route)
    }
    var dialog = Dialog(
      leg: leg, phase: .confirmed, isCaller: isCaller, station: StationNumber(station), device: Int64(bitPattern: device),
      call: call, flow: flow,
      names: DialogNames(
        callID: callID, localTag: localTag, remoteTag: remoteTag, local: own, remote: remote, target: target, routes: routes),
      localCSeq: localCSeq &+ 1000)
    dialog.remoteCSeq = remoteCSeq
    dialog.allows = allows
    // It may have had one; a number does no harm.
    dialog.hasReferred = true
    return dialog
  }

  /// The outer nil says that the octets do not fit, the inner one that there was no session.
  mutating func session(hasPath: Bool) -> (saved: SavedSession?, isRead: Bool)? {
    guard let isThere = self.boolean() else { return nil }
    guard isThere else { return (nil, true) }
    guard let originID = self.integer().flatMap({ UInt32(exactly: $0) }),
      let version = self.integer().flatMap({ UInt32(exactly: $0) }), let isOutgoing = self.boolean(),
      let isHeld = self.boolean(), let isSilent = self.boolean(),
      let path = hasPath ? self.octet().flatMap(MediaPath.init) : .direct, let local = self.block(), let remote = self.block()
    else { return nil }
    return (
      SavedSession(
        originID: originID, version: version, isOutgoing: isOutgoing, isHeld: isHeld, isSilent: isSilent, path: path,
        local: local, remote: remote), true
    )
  }
}
