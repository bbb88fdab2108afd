public import Sessions

/// Who hears whom at one moment: where telephones send by the descriptions in force, and what the media server does with it.
public struct Hearing: Sendable {
  /// One call of one telephone.
  public struct Party: Hashable, Sendable {
    /// Index among the network's phones.
    public let phone: Int
    public let call: Int
  }

  public enum Voice: Equatable, Sendable {
    case party(Party)
    case server(MediaFeed)
  }

  /// A party with its descriptions.
  struct Talker: Sendable {
    let party: Party
    /// Where its packets come from.
    let host: IPAddress
    /// Packets that are not from a neighbour do not reach it unless it has opened the way.
    let isHidden: Bool
    let isPrivate: Bool
    let codecs: [Int]
    /// It holds: what it was told before may be out of date until it resumes (ARCHITECTURE rule 5).
    let isHolding: Bool
    let own: VoiceLine
    let theirs: VoiceLine
  }

  private(set) var talkers: [Talker] = []
  private var heard: [Party: [Voice]] = [:]
  /// What must not be, whoever is meant to hear what: plain packets for encrypted telephones, wrong keys, wrong addresses.
  public private(set) var faults: [String] = []

  /// What a party hears, in no order that means anything.
  public func voices(for party: Party) -> [Voice] { self.heard[party] ?? [] }

  public init(phones: [Phone], media: MediaDouble, surroundings: Surroundings) {
    for (index, phone) in phones.enumerated() where !phone.isDeaf {
      for call in phone.calls where call.state == .connected {
        guard let agreement = call.agreement, let own = VoiceLine(agreement.own), let theirs = VoiceLine(agreement.theirs)
        else { continue }
        self.talkers.append(
          Talker(
            party: Party(phone: index, call: call.id), host: phone.address.address, isHidden: phone.hiddenAddress != nil,
            isPrivate: surroundings.isPrivate(phone.address.address), codecs: phone.codecs, isHolding: call.isHeldByUs,
            own: own, theirs: theirs))
      }
    }
    for talker in self.talkers where Self.sends(talker) { self.send(talker, media, surroundings) }
    for id in media.channels.keys.sorted(by: { $0.rawValue < $1.rawValue }) { self.speak(id, media) }
  }

  private static func sends(_ talker: Talker) -> Bool {
    talker.own.sends && talker.theirs.receives && !talker.theirs.address.address.isUnspecified
      && !talker.own.address.address.isUnspecified
  }

  private static func receives(_ talker: Talker) -> Bool {
    talker.own.receives && talker.theirs.sends && !talker.own.address.address.isUnspecified
  }

  // MARK: A telephone speaks

  private mutating func send(_ talker: Talker, _ media: MediaDouble, _ surroundings: Surroundings) {
    let target = talker.theirs.address
    guard surroundings.isExchange(target.address) else { return self.sendDirectly(talker, target) }
    if target.address != (talker.isPrivate ? surroundings.privateAddress : surroundings.publicAddress) {
      self.faults.append("\(talker.party) sends to \(target.address), which is not for its network")
    }
    guard let (id, channel) = media.channels.first(where: { $0.value.port == target.port }) else { return }
    guard channel.target.receives, channel.target.address.map({ $0.address == talker.host }) ?? true else { return }
    guard Self.key(channel.target.theirKey) == talker.own.key else {
      return self.faults.append("\(talker.party) encrypts with \(talker.own.key), channel \(id.rawValue) expects another key")
    }
    let other: ChannelID
    switch channel.feed {
    case .relay(let far):
      guard media.feed(of: far) == .relay(id) else { return }
      other = far
    case .bridge(let far):
      guard media.feed(of: far) == .bridge(id) else { return }
      other = far
    case .nothing, .music, .tone, .room, .sound, .playback, .recording: return
    }
    var payload = self.payload(of: talker)
    if case .bridge = channel.feed { payload = nil }
    self.leave(other, media, .party(talker.party), payload)
  }

  /// Nil where it does not matter.
  private func payload(of talker: Talker) -> Int? {
    talker.isHolding ? nil : talker.theirs.payloads.first { talker.codecs.contains($0) }
  }

  private mutating func sendDirectly(_ talker: Talker, _ target: SocketAddress) {
    for listener in self.talkers where listener.own.address == target {
      // Between networks, and through somebody's NAT, there is no way.
      guard listener.isPrivate == talker.isPrivate, !listener.isHidden, !talker.isHidden else { continue }
      self.arrive(.party(talker.party), at: listener, key: talker.own.key, self.payload(of: talker))
    }
  }

  // MARK: The media server speaks

  private mutating func speak(_ id: ChannelID, _ media: MediaDouble) {
    guard let feed = media.feed(of: id) else { return }
    switch feed {
    case .music, .tone, .room, .sound, .playback: self.leave(id, media, .server(feed), nil)
    case .nothing, .relay, .bridge, .recording: break
    }
  }

  /// A packet leaves a channel towards its telephone.
  private mutating func leave(_ id: ChannelID, _ media: MediaDouble, _ voice: Voice, _ payload: Int?) {
    guard let channel = media.channels[id], channel.target.sends, let target = channel.target.address else { return }
    for listener in self.talkers where listener.host == target.address && listener.own.address.port == target.port {
      self.arrive(voice, at: listener, key: Self.key(channel.target.ourKey), payload)
    }
  }

  private mutating func arrive(_ voice: Voice, at listener: Talker, key: String, _ payload: Int?) {
    if listener.own.isSecure, key.isEmpty { self.faults.append("\(voice) reaches \(listener.party) in the clear") }
    guard Self.receives(listener) else { return }
    guard key == listener.theirs.key else {
      return self.faults.append("\(listener.party) expects key \(listener.theirs.key), and gets \(key) from \(voice)")
    }
    if let payload, !listener.own.payloads.contains(payload) {
      self.faults.append("\(listener.party) gets payload \(payload), and has agreed to \(listener.own.payloads)")
    }
    if !self.voices(for: listener.party).contains(voice) { self.heard[listener.party, default: []].append(voice) }
  }

  private static func key(_ octets: [UInt8]) -> String { VoiceLine.base64(octets) }
}

/// The networks around an exchange, as far as voice is concerned.
public struct Surroundings: Sendable {
  /// Where the media server is for telephones in the private networks, and for all others.
  public var privateAddress: IPAddress
  public var publicAddress: IPAddress
  public var privateNetworks: [AddressBlock]

  func isPrivate(_ address: IPAddress) -> Bool { self.privateNetworks.contains { $0.contains(address) } }
  func isExchange(_ address: IPAddress) -> Bool { address == self.privateAddress || address == self.publicAddress }
}
