import CSpanDSP
import Sessions

/// Samples at one rate to payloads of one stream (MED-1): the way back of ``AudioDecoder``.
final class AudioEncoder {
  let codec: MediaFormat.Codec
  let rate: SampleRate
  private let g722: OpaquePointer?
  private var down = Downsampler()
  private var narrow = [Int16](repeating: 0, count: HalfBand.block)

  /// Nil for codecs that are only relayed, or when no memory is left.
  init?(_ codec: MediaFormat.Codec, rate: SampleRate) {
    self.codec = codec
    self.rate = rate
    switch codec {
    case .pcmu, .pcma: self.g722 = nil
    case .g722:
      self.g722 = g722_encode_init(nil, 64000, rate == .narrow ? Int32(G722_SAMPLE_RATE_8000) : 0)
      if self.g722 == nil { return nil }
    case .events, .comfortNoise, .other: return nil
    }
  }

  deinit { if let g722 = self.g722 { g722_encode_free(g722) } }

  /// G.711 keeps nothing from one packet to the next at 8 kHz: the same samples give the same octets for everybody.
  var isStateless: Bool { self.g722 == nil && self.rate == .narrow }

  /// An octet for ``SampleRate/perOctet`` samples. An odd last sample at 16 kHz, and what the output has no room for, are left
  /// out.
  /// - Returns: octets written.
  @discardableResult
  func encode(_ samples: UnsafeBufferPointer<Int16>, into payload: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let count = min(payload.count, samples.count / self.rate.perOctet)
    guard count > 0, let input = samples.baseAddress, let octets = payload.baseAddress else { return 0 }
    if let g722 = self.g722 {
      return Int(g722_encode(g722, octets, input, Int32(truncatingIfNeeded: count * self.rate.perOctet)))
    }
    let law: G711.Law = self.codec == .pcma ? .a : .mu
    guard self.rate == .wide else {
      return G711.encode(UnsafeBufferPointer(start: input, count: count), law, into: payload)
    }
    var start = 0
    while start < count {
      let block = min(HalfBand.block, count - start)
      self.narrow.withUnsafeMutableBufferPointer { narrow in
        self.down.process(UnsafeBufferPointer(start: input + 2 * start, count: 2 * block), into: narrow)
        G711.encode(
          UnsafeBufferPointer(rebasing: narrow[..<block]), law,
          into: UnsafeMutableBufferPointer(start: octets + start, count: block))
      }
      start += block
    }
    return count
  }
}
