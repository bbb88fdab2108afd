internal import Kernel

// Which way voice takes between two legs, and what stands in their descriptions for it (CALL-2, CALL-9, MED-3).
extension Negotiator {
  /// The way between two legs that shall talk to each other.
  func path(_ index: Int, _ other: Int) -> MediaPath {
    guard self.media.channels > 0 else { return .direct }
    if self.sessions[index].bridge == self.sessions[other].leg, self.sessions[other].bridge == self.sessions[index].leg {
      return .mixed
    }
    let (a, b) = (self.sessions[index].traits, self.sessions[other].traits)
    if a.isTrunk || b.isTrunk || a.hiddenBehind != nil || b.hiddenBehind != nil { return .relay }
    if a.isPrivate != b.isPrivate || a.keysByInfo != b.keysByInfo { return .relay }
    let profile = self.profile(of: index, facing: other)
    if profile != self.profile(of: other, facing: index) { return .relay }
    // A key that somebody else has had is passed on to nobody (rule 5).
    if profile == .keyed, self.isSpent(index, for: other) || self.isSpent(other, for: index) { return .relay }
    return .direct
  }

  private func isSpent(_ index: Int, for other: Int) -> Bool {
    !self.sessions[index].keyPeer.isNone && self.sessions[index].keyPeer != self.sessions[other].leg
  }

  /// How the leg's phone protects its voice; for one that has not been called yet, how it will be asked to.
  func profile(of index: Int, facing other: Int) -> MediaDescription.Profile {
    if let line = self.voice(of: index)?.audio { return line.profile }
    switch self.sessions[index].traits.srtp {
    case .off: return .plain
    case .required: return .keyed
    case .optional: return self.voice(of: other)?.audio?.profile ?? .plain
    }
  }

  /// What the leg's phone says of itself now: where it is to be sent to.
  func voice(of index: Int) -> SDP? {
    let session = self.sessions[index]
    switch session.phase {
    case .calling: return session.early.last?.sdp ?? session.latest
    case .invited, .owing: return session.remote
    case .idle, .waiting, .accepted, .stable, .asked, .asking, .over: return session.latest ?? session.remote
    }
  }

  /// The place of the leg's first audio line.
  func audioPlace(_ index: Int) -> Int {
    let lines = self.voice(of: index)?.media ?? []
    return lines.firstIndex { $0.kind == .audio && !$0.isRefused } ?? lines.firstIndex { $0.kind == .audio } ?? 0
  }

  // MARK: Ports for a description

  /// Whether the leg can be told what `source` says: at once where voice runs directly, else when ports are there.
  mutating func ready(_ index: Int, from source: Int, into orders: inout [Order]) -> Readiness {
    guard self.path(index, source) == .relay else { return .ready }
    let open = self.sessions[index].openOffer?.sdp
    guard let sdp = open ?? self.sessions[source].openOffer?.sdp ?? self.sessions[source].remote else { return .ready }
    let order = open == nil ? SlotOrder(of: sdp, into: self.sessions[index].latest, places: self.sessions[index].places) : .same
    var places: [Int] = []
    for (line, media) in sdp.media.enumerated() where Self.isCarried(media, sdp) && places.count < Self.mostLines {
      if let place = order.place(of: line) { places.append(place) }
    }
    return self.prepare(index, places, partner: source, into: &orders)
  }

  /// The media server carries whatever goes by UDP.
  private static func isCarried(_ media: MediaDescription, _ sdp: SDP) -> Bool {
    !media.isRefused && !sdp.octets(media.proto).starts(with: "TCP".utf8)
  }

  /// What stands in the leg's description for the addresses of `sdp`. `line` says which line of it goes to a place. nil where voice
  /// runs directly.
  func anchors(_ index: Int, from source: Int, _ sdp: SDP, line: (Int) -> Int?) -> [SDPAnchor?]? {
    guard self.path(index, source) == .relay else { return nil }
    let wanted = self.profile(of: index, facing: source)
    let offer = self.sessions[index].openOffer?.sdp
    return self.sessions[index].lines.indices.map { place in
      guard let port = self.sessions[index].lines[place]?.place, let from = line(place), from < sdp.media.count,
        Self.isCarried(sdp.media[from], sdp)
      else { return nil }
      var anchor = SDPAnchor(port: port.port, address: port.address, profile: sdp.media[from].profile, crypto: nil)
      guard anchor.profile == .plain || anchor.profile == .keyed else { return anchor }
      anchor.events = self.addedEvents(index, source, place, sdp, sdp.media[from])
      if let offer, place < offer.media.count {
        anchor.profile = offer.media[place].profile
        guard anchor.profile == .keyed else { return anchor }
        guard let theirs = offer.crypto(of: offer.media[place]) else { return nil }
        anchor.crypto = SDPCrypto(tag: theirs.tag, tagBits: theirs.tagBits, key: port.key)
      } else {
        anchor.profile = wanted == .keyed ? .keyed : .plain
        if anchor.profile == .keyed { anchor.crypto = SDPCrypto(tag: [0x31], tagBits: 80, key: port.key) }
      }
      return anchor
    }
  }

  /// Events for a phone whose peer has none to offer, since its keys come and go as INFO.
  private func addedEvents(_ index: Int, _ source: Int, _ place: Int, _ sdp: SDP, _ line: MediaDescription) -> UInt8? {
    guard line.kind == .audio, !self.sessions[index].traits.keysByInfo, self.sessions[source].traits.keysByInfo,
      !sdp.formats(of: line).contains(where: { $0.codec == .events })
    else { return nil }
    if let offer = self.sessions[index].openOffer?.sdp, place < offer.media.count {
      return offer.formats(of: offer.media[place]).first { $0.codec == .events }?.payload
    }
    if let told = self.voice(of: index), place < told.media.count,
      let known = told.formats(of: told.media[place]).first(where: { $0.codec == .events })
    {
      return known.payload
    }
    return ([101] + Array(96...127)).first { !line.payloads.contains($0) }
  }

  /// The key of the leg's phone is `other`'s now and nobody else's.
  mutating func shareKey(_ index: Int, with other: Int) {
    guard self.sessions[index].keyPeer.isNone, self.voice(of: index)?.audio?.profile == .keyed,
      self.path(index, other) == .direct
    else { return }
    self.sessions[index].keyPeer = self.sessions[other].leg
  }

  // MARK: No common codec (CALL-2)

  /// Lets two legs that cannot be told of each other both talk to the media server. False where that does not help.
  mutating func bridge(_ index: Int, _ other: Int) -> Bool {
    guard self.media.channels > 0, self.path(index, other) != .mixed, self.canServe(index), self.canServe(other) else {
      return false
    }
    self.sessions[index].bridge = self.sessions[other].leg
    self.sessions[other].bridge = self.sessions[index].leg
    for leg in [index, other] {
      self.sessions[leg].rounds = 0
      self.sessions[leg].refused = .unknown
    }
    return true
  }
}
