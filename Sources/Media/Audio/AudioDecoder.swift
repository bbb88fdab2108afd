import CSpanDSP
import Sessions

/// Payloads of one stream to samples at one rate (MED-1). G.722 is decoded by spandsp, which makes 8 kHz of its lower band alone;
/// G.711 becomes 16 kHz through ``Upsampler``. Packets come in their order: codec and filter go on over them.
final class AudioDecoder {
  let codec: MediaFormat.Codec
  let rate: SampleRate
  private let g722: OpaquePointer?
  private var up = Upsampler()
  private var narrow = [Int16](repeating: 0, count: HalfBand.block)

  /// Nil for codecs that are only relayed, or when no memory is left.
  init?(_ codec: MediaFormat.Codec, rate: SampleRate) {
    self.codec = codec
    self.rate = rate
    switch codec {
    case .pcmu, .pcma: self.g722 = nil
    case .g722:
      self.g722 = g722_decode_init(nil, 64000, rate == .narrow ? Int32(G722_SAMPLE_RATE_8000) : 0)
      if self.g722 == nil { return nil }
    case .events, .comfortNoise, .other: return nil
    }
  }

  deinit { if let g722 = self.g722 { g722_decode_free(g722) } }

  /// Any octets are a valid payload; ``SampleRate/perOctet`` samples for each. What the output has no room for is left out.
  /// - Returns: samples written.
  @discardableResult
  func decode(_ payload: UnsafeBufferPointer<UInt8>, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    let count = min(payload.count, samples.count / self.rate.perOctet)
    guard count > 0, let octets = payload.baseAddress, let output = samples.baseAddress else { return 0 }
    if let g722 = self.g722 {
      // Two samples an octet at 16 kHz, one at 8: both fit by the count above.
      return Int(g722_decode(g722, output, octets, Int32(truncatingIfNeeded: count)))
    }
    let law: G711.Law = self.codec == .pcma ? .a : .mu
    guard self.rate == .wide else {
      return G711.decode(UnsafeBufferPointer(start: octets, count: count), law, into: samples)
    }
    var start = 0
    while start < count {
      let block = min(HalfBand.block, count - start)
      self.narrow.withUnsafeMutableBufferPointer { narrow in
        G711.decode(UnsafeBufferPointer(start: octets + start, count: block), law, into: narrow)
        self.up.process(
          UnsafeBufferPointer(rebasing: narrow[..<block]),
          into: UnsafeMutableBufferPointer(start: output + 2 * start, count: 2 * block))
      }
      start += block
    }
    return 2 * count
  }
}
