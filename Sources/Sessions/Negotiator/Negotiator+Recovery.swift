public import Kernel

// Calls that outlive a restart (RELIABILITY §3).
extension Negotiator {
  /// What is to be kept of a leg; nil before both descriptions are known.
  public func saved(_ leg: LegID) -> SavedSession? {
    guard let index = self.index(of: leg), let remote = self.sessions[index].latest, !self.sessions[index].local.isEmpty else {
      return nil
    }
    let session = self.sessions[index]
    return SavedSession(
      originID: session.originID, version: session.version, isOutgoing: session.isOutgoing, isHeld: session.isHeld,
      isSilent: session.fact == .silent, path: self.pathTold(index), local: session.local, remote: remote.bytes)
  }

  /// Where voice runs by what the phone has been told.
  private func pathTold(_ index: Int) -> MediaPath {
    if self.sessions[index].fact == .served { return .mixed }
    return self.sessions[index].lines.contains { $0 != nil } ? .relay : .direct
  }

  /// Asks for the ports that the phone of a recovered leg sends to, with the keys it knows.
  mutating func reopen(_ index: Int, into orders: inout [Order]) {
    guard let told = try? SDP(parsing: self.sessions[index].local) else { return }
    for (place, line) in told.media.enumerated().prefix(Self.mostLines) where !line.isRefused && line.port != 9 {
      guard self.hasChannel(index) else { return }
      self.open(
        index, place,
        MediaRequest(family: line.address.family, port: line.port, key: told.crypto(of: line)?.key ?? []), into: &orders)
    }
  }

  /// Two legs that talked to each other before the restart know each other still.
  mutating func recognise(_ index: Int, _ peer: Int) {
    guard self.sessions[index].fact == .recovered, self.sessions[peer].fact == .recovered else { return }
    self.sessions[index].fact = .with(self.sessions[peer].leg, self.sessions[peer].remoteNumber)
    self.sessions[peer].fact = .with(self.sessions[index].leg, self.sessions[index].remoteNumber)
  }
}

extension Session {
  /// A dialog from before a restart. Its version leaps, for the last one sent may not have been kept.
  init(leg: LegID, _ saved: SavedSession, _ traits: LegTraits) throws(SDPError) {
    let remote = try SDP(parsing: saved.remote)
    self.init(leg: leg, isOutgoing: saved.isOutgoing, traits: traits, originID: saved.originID)
    self.version = saved.version &+ 100
    self.isHeld = saved.isHeld
    self.local = saved.local
    self.remote = remote
    self.latest = remote
    self.remoteNumber = self.nextNumber()
    self.places = max(remote.media.count, (try? SDP(parsing: saved.local))?.media.count ?? 0)
    self.isRestricted = saved.isSilent
    self.fact = saved.isSilent ? .silent : saved.path == .mixed ? .served : .recovered
    self.wasAnchored = saved.path != .direct
    self.phase = .stable
  }
}
