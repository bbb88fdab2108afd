import Kernel
import Sessions

/// What one phone says, as an even stream of 20 ms frames: jitter buffer, decoder and concealment in one. Packets go in as they
/// come; ``read(into:)`` every 20 ms. Packets may last from 1 octet to ``JitterBuffer/longest``, and change codec at any time.
final class VoiceReceiver {
  private var jitter = JitterBuffer()
  private var decoders: [AudioDecoder?]
  /// The last packet's, and its codec: looked at before the list.
  private var current: (codec: MediaFormat.Codec, decoder: AudioDecoder)?
  private var concealer: Concealer
  // What does not come in packets of 20 ms waits here. Allocated once: arrays would be looked at for other owners each time.
  private let samples: UnsafeMutableBufferPointer<Int16>
  private let spare: UnsafeMutableBufferPointer<Int16>
  private var spareCount = 0
  private var start = 0
  private var end = 0

  /// Samples per second that come out. Setting another one forgets what is decoded but not read.
  var rate: SampleRate {
    didSet {
      guard self.rate != oldValue else { return }
      for index in self.decoders.indices { self.decoders[index] = nil }
      self.current = nil
      self.concealer = Concealer(rate: self.rate)
      self.start = 0
      self.end = 0
      self.spareCount = 0
    }
  }

  init(rate: SampleRate = .narrow) {
    self.rate = rate
    self.decoders = Array(repeating: nil, count: MediaFormat.Codec.allCases.count)
    self.concealer = Concealer(rate: rate)
    // Less than a frame is left when the next packet is decoded.
    let room = JitterBuffer.longest * SampleRate.wide.perOctet + SampleRate.wide.frame
    self.samples = .allocate(capacity: room)
    self.spare = .allocate(capacity: room)
    self.samples.initialize(repeating: 0)
    self.spare.initialize(repeating: 0)
  }

  deinit {
    self.samples.deallocate()
    self.spare.deallocate()
  }

  /// What became of the packets so far.
  var counts: JitterBuffer.Counts { self.jitter.counts }

  /// A packet of a codec that is decoded here; others (`events`, `comfortNoise`) only count as not lost.
  @discardableResult
  func receive(
    _ payload: UnsafeBufferPointer<UInt8>, _ codec: MediaFormat.Codec, sequence: UInt16, timestamp: UInt32, isMarked: Bool,
    at: Instant
  ) -> JitterBuffer.Arrival {
    let isVoice = codec == .pcmu || codec == .pcma || codec == .g722
    return self.jitter.insert(
      isVoice ? payload : UnsafeBufferPointer(start: nil, count: 0), codec, sequence: sequence, timestamp: timestamp,
      isMarked: isMarked,
      at: at)
  }

  /// Another stream begins (SSRC or source have changed).
  func reset() {
    self.jitter.reset()
    self.start = 0
    self.end = 0
    self.spareCount = 0
  }

  /// The next 20 ms.
  /// - Parameter frame: ``SampleRate/frame`` samples; another count is not served.
  /// - Returns: false for silence: the frame is not touched.
  func read(into frame: UnsafeMutableBufferPointer<Int16>) -> Bool {
    guard frame.count == self.rate.frame else { return false }
    self.jitter.tick()
    while self.end - self.start < frame.count {
      switch self.jitter.next() {
      case .packet(let packet, let isSpare):
        if !isSpare, self.spareCount == 0, self.start == self.end, packet.count * self.rate.perOctet == frame.count {
          // What is usual, a packet for a frame, goes where it is wanted at once.
          if self.decode(packet, into: frame) == frame.count { self.concealer.heard(frame) } else { self.concealer.fill(frame) }
          return true
        }
        self.decode(packet, isSpare)
      case .lost(let octets): self.conceal(octets * self.rate.perOctet)
      case .silence:
        guard self.end > self.start else { return false }
        self.conceal(frame.count - (self.end - self.start))
      }
    }
    // The loop above has seen to it that so many are there.
    _ = frame.update(fromContentsOf: UnsafeMutableBufferPointer(rebasing: self.samples[self.start..<self.start + frame.count]))
    self.start += frame.count
    return true
  }

  private func decode(_ packet: PacketShelf.Packet, _ isSpare: Bool) {
    self.makeRoom()
    let end = self.end
    let decoded = self.decode(packet, into: UnsafeMutableBufferPointer(rebasing: self.samples[end...]))
    guard decoded > 0 else { return self.conceal(packet.count * self.rate.perOctet) }
    if isSpare, self.spareCount == 0 {
      // Too much is held back: this packet is faded over into the next instead of standing before it.
      for index in 0..<decoded { self.spare[index] = self.samples[end + index] }
      self.spareCount = decoded
      return
    }
    let fresh = UnsafeMutableBufferPointer(rebasing: self.samples[end..<end + decoded])
    let blend = min(self.spareCount, decoded)
    for index in 0..<blend {
      let share = Float(index + 1) / Float(blend + 1)
      fresh[index] = Int16(rounding: Float(self.spare[index]) * (1 - share) + Float(fresh[index]) * share)
    }
    self.spareCount = 0
    self.concealer.heard(fresh)
    self.end += decoded
  }

  /// - Returns: samples written; 0 where the packet cannot be decoded.
  private func decode(_ packet: PacketShelf.Packet, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    guard let decoder = self.decoder(packet.codec) else { return 0 }
    return self.jitter.read(packet) { decoder.decode($0, into: samples) } ?? 0
  }

  private func conceal(_ count: Int) {
    self.makeRoom()
    let end = self.end
    let count = min(count, self.samples.count - end)
    self.concealer.fill(UnsafeMutableBufferPointer(rebasing: self.samples[end..<end + count]))
    self.end += count
  }

  /// Moves what is left to the front.
  private func makeRoom() {
    guard self.start > 0 else { return }
    let count = self.end - self.start
    for index in 0..<count { self.samples[index] = self.samples[self.start + index] }
    self.start = 0
    self.end = count
  }

  /// Made at a codec's first packet.
  private func decoder(_ codec: MediaFormat.Codec) -> AudioDecoder? {
    if let current = self.current, current.codec == codec { return current.decoder }
    let index = Int(codec.rawValue)
    guard let decoder = self.decoders[index] ?? AudioDecoder(codec, rate: self.rate) else { return nil }
    self.decoders[index] = decoder
    self.current = (codec, decoder)
    return decoder
  }
}
