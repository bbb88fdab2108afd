internal import Sessions

/// The voice that the server makes for one phone: samples in, RTP payloads of the agreed length out.
final class Speaker {
  let payloadType: UInt8
  let codec: MediaFormat.Codec
  let rate: SampleRate
  private let encoder: AudioEncoder
  /// A packet under way: header, voice, room for a tag.
  private let packet: UnsafeMutableRawBufferPointer
  private let octetsInPacket: Int
  private var filled = 0

  /// Nil where the phone has no codec that the server knows.
  /// - Parameters:
  ///   - packetTime: milliseconds of voice in a packet; taken as 10 to 60.
  ///   - rate: of the samples; nil for the codec's own.
  init?(_ formats: [MediaFormat], packetTime: Int, rate: SampleRate? = nil) {
    guard let format = Speaker.format(of: formats) else { return nil }
    let rate = rate ?? (format.codec == .g722 ? .wide : .narrow)
    guard let encoder = AudioEncoder(format.codec, rate: rate) else { return nil }
    self.payloadType = format.payload
    self.codec = format.codec
    self.rate = rate
    self.encoder = encoder
    self.octetsInPacket = max(10, min(60, packetTime)) * 8
    self.packet = .allocate(byteCount: RTPHeader.length + 480 + 160, alignment: 8)
    self.packet.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { self.packet.deallocate() }

  /// The phone's voice codec that comes first.
  static func format(of formats: [MediaFormat]) -> MediaFormat? {
    formats.first { $0.codec == .pcmu || $0.codec == .pcma || $0.codec == .g722 }
  }

  /// Whether it would be the same one for these.
  func fits(_ formats: [MediaFormat], packetTime: Int, rate: SampleRate?) -> Bool {
    guard let format = Speaker.format(of: formats) else { return false }
    return format.codec == self.codec && format.payload == self.payloadType
      && self.octetsInPacket == max(10, min(60, packetTime)) * 8
      && (rate ?? self.rate) == self.rate
  }

  /// Whether the octets of these samples are the same for everybody with this codec, and make one packet.
  var isShareable: Bool { self.encoder.isStateless && self.octetsInPacket == 160 && self.filled == 0 }

  /// Octets of voice in a frame, one each for 8000ths of a second.
  static let frameOctets = 160

  /// Encodes samples; gives each packet that is full, its header still to be written.
  func speak(_ samples: UnsafeBufferPointer<Int16>, _ send: (UnsafeMutableRawBufferPointer, _ octets: Int) -> Void) {
    var start = 0
    while start < samples.count {
      let count = min((self.octetsInPacket - self.filled) * self.rate.perOctet, samples.count - start)
      let octets = UnsafeMutableBufferPointer(
        rebasing: self.packet.bindMemory(to: UInt8.self)[
          (RTPHeader.length + self.filled)..<(RTPHeader.length + self.octetsInPacket)])
      let written = self.encoder.encode(UnsafeBufferPointer(rebasing: samples[start..<start + count]), into: octets)
      guard written > 0 else { return }
      start += count
      self.filled += written
      guard self.filled >= self.octetsInPacket else { continue }
      self.filled = 0
      send(self.packet, self.octetsInPacket)
    }
  }

  /// Gives a packet of octets that another speaker with the same codec has made.
  func repeatPacket(_ octets: UnsafeRawBufferPointer, _ send: (UnsafeMutableRawBufferPointer, _ octets: Int) -> Void) {
    let count = min(octets.count, self.octetsInPacket)
    UnsafeMutableRawBufferPointer(rebasing: self.packet[RTPHeader.length...]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: octets[..<count]))
    send(self.packet, count)
  }

  /// Forgets what is under way: another source begins.
  func reset() { self.filled = 0 }
}
