internal import Kernel

// Legs that talk to the media server itself: music, tones, rooms, announcements, recordings, and two-party mixing.
extension Negotiator {
  /// The media server speaks a codec of the leg's phone, protected as the phone wants it.
  func canServe(_ index: Int) -> Bool {
    guard self.media.channels > 0 else { return false }
    guard let sdp = self.sessions[index].openOffer?.sdp ?? self.sessions[index].remote ?? self.voice(of: index) else {
      return true
    }
    guard let line = sdp.audio else { return false }
    switch line.profile {
    case .plain: return !sdp.served(line).isEmpty
    case .keyed: return !sdp.served(line).isEmpty && sdp.crypto(of: line) != nil
    case .dtls, .other: return false
    }
  }

  /// Whether the leg's goal is to be met by the media server's own voice.
  func isServed(_ index: Int) -> Bool {
    guard let goal = self.sessions[index].goal, !self.sessions[index].isUnserved, self.sessions[index].refused != .served
    else { return false }
    if case .with = goal {
      guard let peer = self.peer(of: index) else { return false }
      return self.path(index, peer) == .mixed
    }
    return goal != .nothing && self.canServe(index)
  }

  /// A port for the leg's audio line.
  mutating func readyToServe(_ index: Int, into orders: inout [Order]) -> Readiness {
    let open = self.sessions[index].openOffer?.sdp
    let place = open?.media.firstIndex { $0.kind == .audio && !$0.isRefused } ?? self.audioPlace(index)
    return self.prepare(index, [place], into: &orders)
  }

  /// re-INVITEs a stable leg with the media server's description.
  mutating func askServed(_ index: Int, at now: Instant, into orders: inout [Order]) {
    switch self.readyToServe(index, into: &orders) {
    case .waiting: return
    case .unavailable: return self.withoutPorts(index, at: now, into: &orders)
    case .ready: break
    }
    self.sessions[index].rounds &+= 1
    guard self.sessions[index].rounds <= Self.mostRounds, let asking = self.servedOffer(to: index) else {
      self.sessions[index].refused = .served
      return self.settle(index, at: now, into: &orders)
    }
    self.send(asking, to: index, at: now, into: &orders)
  }

  /// The media server's own offer; nil without a port.
  mutating func servedOffer(to index: Int) -> Session.Asking? {
    let place = self.audioPlace(index)
    guard let port = self.sessions[index].line(place)?.place else { return nil }
    let known = self.sessions[index].remote ?? self.voice(of: index)
    var formats = [MediaFormat(8, .pcma), MediaFormat(0, .pcmu), MediaFormat(9, .g722), MediaFormat(101, .events)]
    var isKeyed = self.sessions[index].traits.srtp == .required
    if let known, let line = known.audio {
      formats = known.served(line)
      isKeyed = line.profile == .keyed
    }
    guard !formats.isEmpty else { return nil }
    var anchor = SDPAnchor(port: port.port, address: port.address, profile: isKeyed ? .keyed : .plain, crypto: nil)
    if isKeyed { anchor.crypto = SDPCrypto(tag: [0x31], tagBits: 80, key: self.ownKey(index, place) ?? port.key) }
    let text = self.sessions[index].writer().own(
      anchor, formats: formats, direction: .sendrecv, at: place, dialog: self.voice(of: index),
      places: self.sessions[index].places)
    self.sessions[index].places = max(self.sessions[index].places, place + 1)
    return Session.Asking(sent: text, fact: .served, offered: try? SDP(parsing: text))
  }

  /// Answers the leg's open offer with the media server's description.
  mutating func answerServed(_ index: Int, at now: Instant, into orders: inout [Order]) {
    guard let offer = self.sessions[index].openOffer?.sdp else { return }
    switch self.readyToServe(index, into: &orders) {
    case .waiting: return
    case .unavailable:
      // Music and tones degrade to silence (MED-2).
      self.withoutPorts(index, at: now, into: &orders)
      if self.sessions[index].openOffer != nil, self.sessions[index].report != .failed {
        self.answerSilently(index, at: now, into: &orders)
      }
      return
    case .ready: break
    }
    guard let place = offer.media.firstIndex(where: { $0.kind == .audio && !$0.isRefused }),
      let port = self.sessions[index].line(place)?.place
    else { return self.answerSilently(index, at: now, into: &orders) }
    let line = offer.media[place]
    var anchor = SDPAnchor(port: port.port, address: port.address, profile: line.profile, crypto: nil)
    if line.profile == .keyed, let theirs = offer.crypto(of: line) {
      anchor.crypto = SDPCrypto(tag: theirs.tag, tagBits: theirs.tagBits, key: self.ownKey(index, place) ?? port.key)
    }
    let direction: MediaDirection =
      switch line.address.isUnspecified ? .sendonly : line.direction {
      case .sendrecv: .sendrecv
      case .sendonly: .recvonly
      case .recvonly: .sendonly
      case .inactive: .inactive
      }
    let text = self.sessions[index].writer().own(
      anchor, formats: offer.served(line), direction: direction, at: place, dialog: offer, places: offer.media.count)
    self.deliver(index, text, .served, dialog: self.nextDialog(index), at: now, into: &orders)
  }

  /// A sound that is wanted once more begins anew.
  mutating func playAgain(_ index: Int, into orders: inout [Order]) {
    let place = self.audioPlace(index)
    guard let line = self.sessions[index].line(place), line.feed != .nothing else { return }
    self.sessions[index].report = .open
    self.sessions[index].lines[place]?.feed = .nothing
    orders.append(.media(.attach(line.id, .nothing)))
  }

  /// The key that the phone has been told to expect at a place.
  private func toldKey(_ index: Int, _ place: Int) -> [UInt8]? {
    guard let told = try? SDP(parsing: self.sessions[index].local), place < told.media.count else { return nil }
    return told.crypto(of: told.media[place])?.key
  }

  /// The key for sounds that are no secret: the one that the phone expects already, though it is its peer's, since many phones never take
  /// a second key in one call. Whoever hears other people gets a key of its own (rule 5).
  private func ownKey(_ index: Int, _ place: Int) -> [UInt8]? {
    switch self.sessions[index].goal {
    case .music, .tone, .announcement: self.toldKey(index, place)
    case .nothing, .with, .room, .playback, .recording, nil: nil
    }
  }

  // MARK: Aim and feed

  /// Tells the media server what has changed for the leg's ports and for its peer's.
  mutating func steer(_ index: Int, into orders: inout [Order]) {
    self.steerOne(index, into: &orders)
    if let peer = self.peer(of: index) { self.steerOne(peer, into: &orders) }
  }

  private mutating func steerOne(_ index: Int, into orders: inout [Order]) {
    for place in self.sessions[index].lines.indices {
      guard let line = self.sessions[index].lines[place], line.place != nil else { continue }
      let aim = self.aim(index, place)
      if aim != line.aim {
        self.sessions[index].lines[place]?.aim = aim
        orders.append(.media(.aim(line.id, aim)))
      }
      let feed = self.feed(index, place)
      if feed != line.feed {
        self.sessions[index].lines[place]?.feed = feed
        orders.append(.media(.attach(line.id, feed)))
      }
    }
  }

  /// Where and how the phone receives and sends at a place.
  private func aim(_ index: Int, _ place: Int) -> MediaTarget {
    var target = MediaTarget()
    guard let sdp = self.voice(of: index), place < sdp.media.count, !sdp.media[place].isRefused else { return target }
    let line = sdp.media[place]
    let traits = self.sessions[index].traits
    if !line.address.isUnspecified { target.address = SocketAddress(traits.hiddenBehind ?? line.address, port: line.port) }
    // Behind a NAT the host is known, the port is not.
    target.learnsSource = traits.hiddenBehind != nil
    target.learnsFrom = traits.hiddenBehind
    target.control = sdp.control(of: line).address
    target.sends = line.direction.receives && !line.address.isUnspecified
    target.receives = line.direction.sends
    target.formats = sdp.formats(of: line)
    target.packetTime = sdp.packetTime(of: line)
    if line.profile == .keyed, let theirs = sdp.crypto(of: line), let ours = self.toldKey(index, place) {
      target.theirKey = theirs.key
      target.ourKey = ours
      target.tagBits = theirs.tagBits
    }
    if let peer = self.peer(of: index) { target.reportsKeys = self.sessions[peer].traits.keysByInfo }
    return target
  }

  /// What the phone hears at a place.
  private func feed(_ index: Int, _ place: Int) -> MediaFeed {
    let session = self.sessions[index]
    guard let goal = session.goal else { return self.earlyFeed(index, place) }
    if case .with = goal {
      guard let peer = self.peer(of: index) else { return self.earlyFeed(index, place) }
      switch self.path(index, peer) {
      case .direct: return .nothing
      case .relay: return self.partner(index, place, of: peer).map { .relay($0) } ?? .nothing
      case .mixed:
        guard place == self.audioPlace(index), session.fact == .served,
          let line = self.sessions[peer].line(self.audioPlace(peer)), line.place != nil
        else { return .nothing }
        return .bridge(line.id)
      }
    }
    guard place == self.audioPlace(index), session.fact == .served, !session.isHeld else { return .nothing }
    switch goal {
    case .nothing, .with: return .nothing
    case .music: return .music
    case .tone(let tone): return .tone(tone)
    case .room(let number): return .room(number)
    case .announcement(let sound): return .sound(sound)
    case .playback(let number): return .playback(number)
    case .recording(let number): return .recording(number)
    }
  }

  /// Early media: a caller hears the only telephone that rings for it, once it has been given its description.
  private func earlyFeed(_ index: Int, _ place: Int) -> MediaFeed {
    if case .invited = self.sessions[index].phase, let pin = self.sessions[index].pins.last,
      let callee = self.index(of: pin.callee)
    {
      return self.partner(index, place, of: callee).map { .relay($0) } ?? .nothing
    }
    if case .calling = self.sessions[index].phase, let caller = self.index(of: self.sessions[index].caller),
      self.sessions[caller].pins.last?.callee == self.sessions[index].leg
    {
      return self.partner(index, place, of: caller).map { .relay($0) } ?? .nothing
    }
    return .nothing
  }

  /// The peer's port for the line of the same kind: the first audio line with the first, and so on.
  private func partner(_ index: Int, _ place: Int, of peer: Int) -> ChannelID? {
    guard let own = self.voice(of: index), let other = self.voice(of: peer), place < own.media.count else { return nil }
    let kind = own.media[place].kind
    let rank = own.media[..<place].count { $0.kind == kind && !$0.isRefused }
    let places = other.media.indices.filter { other.media[$0].kind == kind && !other.media[$0].isRefused }
    guard rank < places.count, let line = self.sessions[peer].line(places[rank]), line.place != nil else { return nil }
    return line.id
  }
}
