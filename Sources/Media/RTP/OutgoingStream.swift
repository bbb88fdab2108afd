/// What one phone is sent, as RTP sees it: the packets of another phone as they are, or a stream of our own, each with numbers
/// that only rise under one SSRC (RFC 3550 §5.1).
struct OutgoingStream {
  /// The stream that we make ourselves: one for the channel's life.
  let ssrc: UInt32
  private var sequence: UInt16
  private let epoch: UInt32
  private var timestamp: UInt32
  private var needsMarker = true

  /// The stream that is relayed now, as it was last sent.
  private var relayed: (ssrc: UInt32, sequence: UInt16, timestamp: UInt32)?
  /// The same of what was relayed before.
  private var past: (ssrc: UInt32, sequence: UInt16)?
  /// What is added to the relayed sequence since packets of our own were put between.
  private var shift: UInt16 = 0
  /// Packets of our own were put into the relayed stream: the next relayed one follows them.
  private var isSpliced = false
  /// Where the relayed stream went on after them; for a second what comes from before is too late.
  private var spliced: (from: UInt16, until: UInt64)?

  /// - Parameter seed: random numbers.
  init(seed: (UInt64, UInt64)) {
    self.ssrc = UInt32(truncatingIfNeeded: seed.0)
    self.sequence = UInt16(truncatingIfNeeded: seed.0 >> 32) & 0x7fff
    self.epoch = UInt32(truncatingIfNeeded: seed.1)
    self.timestamp = self.epoch
  }

  /// A source of our own begins to be heard: its timestamps go on where the clock is.
  mutating func begin(at time: UInt64) {
    let clock = self.epoch &+ UInt32(truncatingIfNeeded: time / 125_000)
    if Int32(bitPattern: clock &- self.timestamp) > 0 { self.timestamp = clock }
    self.needsMarker = true
  }

  /// The header of the next packet of our own voice, which is that long.
  /// - Parameter samples: timestamp units of 1/8000 s in it.
  mutating func next(_ payloadType: UInt8, samples: UInt32) -> RTPHeader {
    let header = RTPHeader(
      payloadType: payloadType, hasMarker: self.needsMarker, sequence: self.sequence, timestamp: self.timestamp, ssrc: self.ssrc)
    self.needsMarker = false
    self.sequence &+= 1
    self.timestamp &+= samples
    return header
  }

  /// The header of an event packet: many share the timestamp of their press (RFC 4733 §2.5.1.1).
  mutating func event(_ payloadType: UInt8, hasMarker: Bool, timestamp: UInt32) -> RTPHeader {
    let header = RTPHeader(
      payloadType: payloadType, hasMarker: hasMarker, sequence: self.sequence, timestamp: timestamp, ssrc: self.ssrc)
    self.sequence &+= 1
    return header
  }

  /// Time passes in which others fill our stream.
  mutating func skip(samples: UInt32) { self.timestamp &+= samples }

  /// Where our own stream is.
  var now: UInt32 { self.timestamp }

  /// The sequence with which a relayed packet is sent on; nil where it comes from before a splice.
  mutating func relay(_ header: RTPHeader, at time: UInt64) -> UInt16? {
    if self.isSpliced, let relayed = self.relayed {
      self.isSpliced = false
      if relayed.ssrc == header.ssrc {
        self.shift = relayed.sequence &+ 1 &- header.sequence
        self.spliced = (header.sequence, time &+ 1_000_000_000)
      }
    }
    if let spliced = self.spliced {
      if time >= spliced.until {
        self.spliced = nil
      } else if Int16(bitPattern: header.sequence &- spliced.from) < 0 {
        return nil
      }
    }
    if self.relayed == nil, let past = self.past, past.ssrc == header.ssrc,
      Int16(bitPattern: header.sequence &+ self.shift &- past.sequence) <= 0
    {
      // Another phone with the same SSRC, or the same one begun anew: its numbers go on from the last, as those of one source
      // must.
      self.shift = past.sequence &+ 1 &- header.sequence
    }
    let sequence = header.sequence &+ self.shift
    if let relayed = self.relayed, relayed.ssrc == header.ssrc, Int16(bitPattern: sequence &- relayed.sequence) <= 0 {
      return sequence
    }
    self.relayed = (header.ssrc, sequence, header.timestamp)
    return sequence
  }

  /// A packet of ours put into the relayed stream, under its SSRC, as long as one is relayed.
  mutating func splice(_ payloadType: UInt8, hasMarker: Bool, timestamp: UInt32) -> RTPHeader? {
    guard let relayed = self.relayed else { return nil }
    self.isSpliced = true
    self.relayed?.sequence = relayed.sequence &+ 1
    return RTPHeader(
      payloadType: payloadType, hasMarker: hasMarker, sequence: relayed.sequence &+ 1, timestamp: timestamp, ssrc: relayed.ssrc)
  }

  /// The timestamp of the relayed stream's last packet.
  var relayedTimestamp: UInt32? { self.relayed?.timestamp }

  /// Nothing is relayed any longer.
  mutating func endRelay() {
    guard let relayed = self.relayed else { return }
    self.past = (relayed.ssrc, relayed.sequence)
    self.relayed = nil
    self.isSpliced = false
    self.spliced = nil
  }
}
