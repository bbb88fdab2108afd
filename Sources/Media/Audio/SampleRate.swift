/// Samples in a second: of telephone voice, and of wideband voice (G.722).
enum SampleRate: Int, Sendable, Comparable {
  case narrow = 8000
  case wide = 16000

  /// Samples in the 20 ms that everything here goes by.
  var frame: Int { self.rawValue / 50 }
  /// Samples for one octet of a payload: all codecs here have 8 octets in a millisecond, and so has their RTP clock (RFC 3551
  /// §4.5.2).
  var perOctet: Int { self == .wide ? 2 : 1 }

  static func < (left: SampleRate, right: SampleRate) -> Bool { left.rawValue < right.rawValue }
}

extension Int16 {
  /// The nearest sample to a number, at most as loud as a sample can be. Without the trap, and without the call, of the
  /// ordinary conversion: a sum with 1.5 · 2²³ has the rounded number in its low bits.
  @inline(__always)
  init(rounding value: Float) {
    let bounded = Swift.max(-32768, Swift.min(32767, value))
    self.init(truncatingIfNeeded: Int32(bitPattern: (bounded + 12_582_912).bitPattern) &- 0x4B40_0000)
  }
}
