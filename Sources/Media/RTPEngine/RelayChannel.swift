internal import Sessions

/// One channel of the exchange at rtpengine, with a channel of the exchange's own media server behind it.
final class RelayChannel {
  let id: ChannelID
  let request: MediaRequest
  /// The call's name at rtpengine.
  let call: [UInt8]
  var state = State.backing
  var target = MediaTarget()
  var feed = MediaFeed.nothing

  enum State {
    /// The own media server has been asked for the channel behind; nobody is known at rtpengine.
    case backing
    /// rtpengine has been asked for ports.
    case opening(Opening)
    case open(Open)
    /// Given back while rtpengine had not answered: what is asked now would call it to life again, so it ends after that.
    case closing
  }

  struct Opening {
    let own: MediaPlace
    let plan: RelayPlan
    var steps: [RelayPlan.Step]
    /// Where the phone is to send, once rtpengine has said so.
    var phone: SocketAddress?
  }

  struct Open {
    let own: MediaPlace
    /// rtpengine's ports: what the phone has been told, and what lies inside.
    let phone: SocketAddress
    let inside: SocketAddress
    /// What rtpengine does now; nil where that is unknown after a failure.
    var agreed: RelayPlan?
    var change: Change?
  }

  /// A change that rtpengine has been asked for.
  struct Change {
    let plan: RelayPlan
    var steps: [RelayPlan.Step]
  }

  init(_ id: ChannelID, _ request: MediaRequest, call: [UInt8]) {
    self.id = id
    self.request = request
    self.call = call
  }

  var open: Open? { if case .open(let open) = self.state { open } else { nil } }

  /// The channel that the exchange wants it relayed to.
  var partner: ChannelID? { if case .relay(let other) = self.feed { other } else { nil } }

  /// Whether rtpengine alone can do what the exchange wants of two channels: packets as they are, both ways. Keys that are to be
  /// taken out, silence in a direction and payload types with different numbers take the own media server in between.
  static func isPlain(_ one: RelayChannel, _ other: RelayChannel) -> Bool {
    guard one.partner == other.id, other.partner == one.id else { return false }
    return one.target.isPlain && other.target.isPlain
      && self.agree(one.target.formats, other.target.formats) && self.agree(other.target.formats, one.target.formats)
  }

  private static func agree(_ formats: [MediaFormat], _ others: [MediaFormat]) -> Bool {
    formats.allSatisfy { format in
      format.codec == .other || others.contains(format) || !others.contains { $0.codec == format.codec }
    }
  }
}

extension MediaTarget {
  fileprivate var isPlain: Bool { self.address != nil && self.sends && self.receives && !self.reportsKeys && !self.detectsTones }
}

/// What rtpengine is to do for a channel: its two sides.
struct RelayPlan: Equatable {
  var inside: NGDescription
  var phone: NGDescription
  /// The key with which rtpengine encrypts to the phone; nil for plain RTP.
  var ourKey: NGDescription.Key?
  var learns: Bool

  enum Step { case key, offer, answer }

  /// - Parameters:
  ///   - inside: who speaks with the inside: the own media server, or the inside of another channel.
  ///   - spare: a key that nobody knows, for a channel whose own cannot be used: nothing then passes, and nothing plainly.
  init(_ target: MediaTarget, inside: SocketAddress, family: IPAddress.Family, spare: [UInt8]) {
    // The discard port of rtpengine's own machine: an unspecified address would make it hide its own.
    let nobody = SocketAddress(family == .v4 ? IPAddress(127, 0, 0, 1) : IPAddress(high: 0, low: 1), port: 9)
    let (theirs, ours) = (target.theirKey, target.ourKey)
    let isUsable = theirs.count == SecureContext.keyLength && ours.count == SecureContext.keyLength
    let isKeyed = !theirs.isEmpty || !ours.isEmpty
    let isBroken = isKeyed && !isUsable
    self.inside = NGDescription(address: inside, formats: target.formats)
    self.phone = NGDescription(
      address: isBroken ? nobody : target.address ?? nobody, control: isBroken ? nil : target.control,
      isMultiplexed: target.isMultiplexed, formats: target.formats)
    let tagBits = target.tagBits == 32 ? 32 : 80
    self.phone.key = isKeyed ? .init(octets: isBroken ? spare : theirs, tagBits: tagBits) : nil
    self.ourKey = isKeyed ? .init(octets: isBroken ? spare : ours, tagBits: tagBits) : nil
    // Whoever speaks before the phone's description is known is nobody yet.
    self.learns = target.learnsSource && target.address != nil
  }

  /// What leads there. rtpengine makes keys of its own, but goes on with one that an inside with SRTP has offered when that
  /// inside then offers plain RTP: so it is given ours.
  func steps(from old: RelayPlan?) -> [Step] {
    let isNewKey = self.ourKey != nil && self.ourKey != old?.ourKey
    return (isNewKey ? [.key] : []) + [.offer, .answer]
  }

  func message(_ step: Step, _ call: [UInt8]) -> Bencode {
    switch step {
    case .key:
      var keyed = self.inside
      keyed.key = self.ourKey
      return NGMessage.offer(call, keyed, phone: self.phone)
    case .offer: return NGMessage.offer(call, self.inside, phone: self.phone)
    case .answer:
      return NGMessage.answer(call, self.phone, learns: self.learns, inside: self.inside.address.address.family)
    }
  }
}
