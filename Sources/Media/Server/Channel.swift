internal import CMediaShims
internal import Kernel
internal import Sessions

/// A port pair and everything that belongs to it. Only the media thread touches it.
final class Channel {
  /// How the phone's packets are protected.
  enum Protection {
    case plain
    case secure(inbound: SecureContext, outbound: SecureContext)
    /// Keys were named that cannot be used: nothing goes in or out, never plain instead (MED-3).
    case broken
  }

  let id: ChannelID
  let slot: Int
  let port: UInt16
  let rtp: Int32
  let rtcp: Int32
  /// Our key as long as the channel lives.
  let key: [UInt8]

  private(set) var target = MediaTarget()
  var lock = SourceLock()
  var controlLock = ControlLock()
  /// The number (SSRC) of the phone's voice, once it is heard.
  var voice: UInt32?
  var gate = Channel.voiceGate
  var controlGate = FloodGate(perSecond: 20, burst: 20)
  private(set) var protection = Protection.plain

  var feed = MediaFeed.nothing
  /// Counts changes of the feed: an answer from the shelf for an earlier one is not played.
  var run: UInt64 = 0
  var activity = Activity.quiet
  /// What each payload type becomes on its way to the peer.
  var translation = PayloadTable()
  var payloads = PayloadTable()
  var stream: OutgoingStream
  var keys = KeyReader()
  /// The voice that the server makes for the phone, where it makes one.
  private(set) var speaker: Speaker?
  /// The phone's voice, where the server listens to it.
  private(set) var receiver: VoiceReceiver?
  private var heard: UInt32?
  /// Listens for keys in the phone's voice, where that is wanted.
  private(set) var detector: KeyDetector?
  /// Keys the server presses: the first is under way.
  var presses: [Pressing] = []
  /// When the press under way began, on the phone's clock.
  var pressed: UInt32 = 0
  /// When the next may begin.
  var pressedUntil: UInt32 = 0
  /// When an event of RFC 4733 came last.
  var lastEvent: UInt64?
  var isTicking = false

  /// Where RTP and RTCP go; nil while nothing may be sent.
  private(set) var destination: media_endpoint?
  private(set) var controlDestination: media_endpoint?

  init(id: ChannelID, slot: Int, port: UInt16, rtp: Int32, rtcp: Int32, key: [UInt8], seed: (UInt64, UInt64)) {
    self.id = id
    self.slot = slot
    self.port = port
    self.rtp = rtp
    self.rtcp = rtcp
    self.key = key
    self.stream = OutgoingStream(seed: seed)
  }

  /// The phone has said something new of itself.
  func aim(_ target: MediaTarget) {
    let old = self.target
    self.target = target
    let state = self.lock.state
    self.lock.aim(at: target.address, learns: target.learnsSource, from: target.learnsFrom)
    if self.lock.state != state || target.control != old.control || target.isMultiplexed != old.isMultiplexed {
      self.controlLock.reset()
    }
    if target.theirKey != old.theirKey || target.ourKey != old.ourKey || target.tagBits != old.tagBits {
      self.protection = self.protect(target, old)
    }
    self.gate = target.formats.contains { $0.codec == .other } ? Self.otherGate : Self.voiceGate
    self.payloads = PayloadTable(target.formats)
    if target.detectsTones != old.detectsTones {
      self.detector = target.detectsTones ? KeyDetector(rate: self.receiver?.rate ?? .narrow) : nil
    }
    self.redirect()
  }

  /// Finds out anew where packets go: after the phone has said so, or its source is known.
  func redirect() {
    self.destination = nil
    self.controlDestination = nil
    guard self.target.sends, let said = self.target.address, said.port != 0 else { return }
    let rtp = self.lock.source ?? said
    guard rtp.address.isSendable else { return }
    self.destination = media_endpoint(rtp)
    if self.target.isMultiplexed {
      self.controlDestination = self.destination
      return
    }
    guard let control = self.controlLock.source ?? self.expectedControl, control.port != 0, control.address.isSendable else {
      return
    }
    self.controlDestination = media_endpoint(control)
  }

  /// Where the phone's RTCP should come from: as it said, or the port behind its voice's.
  var expectedControl: SocketAddress? {
    guard let said = self.target.address else { return nil }
    let rtp = self.lock.source ?? said
    if rtp.address == said.address, let control = self.target.control { return control }
    return SocketAddress(rtp.address, port: rtp.port == .max ? 0 : rtp.port + 1)
  }

  /// Gets ready to speak to the phone with samples of that rate (nil: its codec's own); a voice that fits already goes on.
  func prepare(rate: SampleRate?) {
    if let speaker = self.speaker, speaker.fits(self.target.formats, packetTime: self.target.packetTime, rate: rate) {
      return speaker.reset()
    }
    self.speaker = Speaker(self.target.formats, packetTime: self.target.packetTime, rate: rate)
  }

  /// Gets ready to listen to the phone at that rate.
  func listen(at rate: SampleRate) {
    if let receiver = self.receiver {
      if self.detector != nil, receiver.rate != rate { self.detector = KeyDetector(rate: rate) }
      receiver.rate = rate
    } else {
      if self.detector != nil { self.detector = KeyDetector(rate: rate) }
      self.receiver = VoiceReceiver(rate: rate)
      self.heard = nil
    }
  }

  /// The server listens no longer.
  func stopListening() { self.receiver = nil }

  /// A packet of the phone's voice, for the server's own ears.
  func hear(_ payload: UnsafeBufferPointer<UInt8>, _ codec: MediaFormat.Codec, _ header: RTPHeader, at now: UInt64) -> Bool {
    guard let receiver = self.receiver else { return true }
    if let heard = self.heard, heard != header.ssrc { receiver.reset() }
    self.heard = header.ssrc
    let arrival = receiver.receive(
      payload, codec, sequence: header.sequence, timestamp: header.timestamp, isMarked: header.hasMarker,
      at: Instant(nanoseconds: Int64(clamping: now)))
    return arrival == .kept
  }

  /// Whether the server presses keys for the phone now: nothing else is heard meanwhile.
  var isPressing: Bool { !self.presses.isEmpty }

  /// The phone's number for events, where it takes them.
  var events: UInt8? { self.target.formats.first { $0.codec == .events }?.payload }

  /// The context of a key that has not changed is kept: the rollover counter lives in it. A new key begins anew.
  private func protect(_ new: MediaTarget, _ old: MediaTarget) -> Protection {
    if new.theirKey.isEmpty, new.ourKey.isEmpty { return .plain }
    var inbound: SecureContext?
    var outbound: SecureContext?
    if case .secure(let theirs, let ours) = self.protection, new.tagBits == old.tagBits {
      if new.theirKey == old.theirKey { inbound = theirs }
      if new.ourKey == old.ourKey { outbound = ours }
    }
    inbound = inbound ?? SecureContext(key: new.theirKey, tagBits: new.tagBits, direction: .inbound)
    outbound = outbound ?? SecureContext(key: new.ourKey, tagBits: new.tagBits, direction: .outbound)
    if let inbound, let outbound { return .secure(inbound: inbound, outbound: outbound) }
    return .broken
  }

  /// Voice comes 50 to 100 times a second; five times that is no voice (RELIABILITY 45).
  static let voiceGate = FloodGate(perSecond: 500, burst: 150)
  /// Video and what else is relayed untouched.
  static let otherGate = FloodGate(perSecond: 4000, burst: 1000)
}

/// A number for each payload type: what it becomes, or what it means.
struct PayloadTable {
  /// No packet of this type passes.
  static let none: UInt8 = 0xff
  // Inline: looked at for each packet.
  private var table = InlineArray<128, UInt8>(repeating: PayloadTable.none)

  init() {}

  /// What each type means: the codec's number.
  init(_ formats: [MediaFormat]) {
    for format in formats where format.payload < 128 { self.table[Int(format.payload)] = format.codec.rawValue }
  }

  /// What each type of one phone becomes for another: the number that stands for the same codec there. What is relayed untouched
  /// keeps its number.
  init(from: [MediaFormat], to: [MediaFormat]) {
    for format in from where format.payload < 128 {
      if format.codec == .other {
        self.table[Int(format.payload)] = format.payload
      } else if let other = to.first(where: { $0.codec == format.codec }), other.payload < 128 {
        // The same number is best where a codec has several.
        let isSame = to.contains { $0.codec == format.codec && $0.payload == format.payload }
        self.table[Int(format.payload)] = isSame ? format.payload : other.payload
      }
    }
  }

  subscript(payload: UInt8) -> UInt8 { self.table[Int(payload & 0x7f)] }

  func codec(_ payload: UInt8) -> MediaFormat.Codec? { MediaFormat.Codec(rawValue: self[payload]) }
}

extension media_endpoint {
  init(_ address: SocketAddress) {
    self.init(
      high: address.address.high, low: address.address.low, port: address.port, is_v6: address.address.family == .v6 ? 1 : 0)
  }
}

extension SocketAddress {
  init(_ endpoint: media_endpoint) {
    self.init(
      endpoint.is_v6 != 0
        ? IPAddress(high: endpoint.high, low: endpoint.low) : IPAddress(v4: UInt32(truncatingIfNeeded: endpoint.low)),
      port: endpoint.port)
  }
}
