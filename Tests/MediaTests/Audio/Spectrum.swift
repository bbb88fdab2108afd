import Glibc

@testable import Media

/// Signals and their measure, for tests.
enum Spectrum {
  /// A sine of so many dBm0.
  static func sine(_ frequency: Double, _ level: Double, rate: SampleRate = .narrow, count: Int) -> [Int16] {
    let peak = Score.peak(level)
    return (0..<count).map { Int16((peak * sin(2 * .pi * frequency * Double($0) / Double(rate.rawValue))).rounded()) }
  }

  /// Power of one frequency (Goertzel), as the mean square of the sine that it is. Hann window.
  static func power(_ samples: some Collection<Int16>, _ frequency: Double, rate: SampleRate = .narrow) -> Double {
    let samples = Array(samples)
    let factor = 2 * cos(2 * .pi * frequency / Double(rate.rawValue))
    var (one, two) = (0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let window = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(samples.count))
      (one, two) = (Double(sample) * window + factor * one - two, one)
    }
    let square = one * one + two * two - factor * one * two
    let half = Double(samples.count) / 4
    return square / (half * half) / 2
  }

  static func power(_ samples: some Collection<Int16>) -> Double {
    samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
  }

  /// Level of one frequency in dB relative to the whole.
  static func share(_ samples: some Collection<Int16>, _ frequency: Double, rate: SampleRate = .narrow) -> Double {
    10 * log10((self.power(samples, frequency, rate: rate) + 1e-9) / (self.power(samples) + 1e-9))
  }

  /// Signal to everything else, dB: how much of `heard` is one clean sine of that frequency.
  static func purity(_ samples: some Collection<Int16>, _ frequency: Double, rate: SampleRate = .narrow) -> Double {
    let samples = Array(samples)
    let step = 2 * Double.pi * frequency / Double(rate.rawValue)
    var (ss, cc, sc, xs, xc) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let (s, c) = (sin(step * Double(index)), cos(step * Double(index)))
      ss += s * s
      cc += c * c
      sc += s * c
      xs += Double(sample) * s
      xc += Double(sample) * c
    }
    let determinant = ss * cc - sc * sc
    let a = (xs * cc - xc * sc) / determinant
    let b = (xc * ss - xs * sc) / determinant
    var noise = 0.0
    for (index, sample) in samples.enumerated() {
      let fit = a * sin(step * Double(index)) + b * cos(step * Double(index))
      noise += (Double(sample) - fit) * (Double(sample) - fit)
    }
    let signal = (a * a + b * b) / 2 * Double(samples.count)
    return 10 * log10((signal + 1e-9) / (noise + 1e-9))
  }

  /// dBm0 of samples as a whole.
  static func level(_ samples: some Collection<Int16>) -> Double {
    10 * log10((self.power(samples) + 1e-9) / (32767.0 * 32767.0 / 2)) + 3.14
  }
}

/// A repeatable source of numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { self.state = seed }
  mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var z = self.state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension AudioDecoder {
  func decode(_ payload: [UInt8]) -> [Int16] {
    var samples = [Int16](repeating: 0, count: payload.count * self.rate.perOctet)
    let count = payload.withUnsafeBufferPointer { payload in
      samples.withUnsafeMutableBufferPointer { self.decode(payload, into: $0) }
    }
    return Array(samples[..<count])
  }
}

extension AudioEncoder {
  func encode(_ samples: [Int16]) -> [UInt8] {
    var payload = [UInt8](repeating: 0, count: samples.count / self.rate.perOctet)
    let count = samples.withUnsafeBufferPointer { samples in
      payload.withUnsafeMutableBufferPointer { self.encode(samples, into: $0) }
    }
    return Array(payload[..<count])
  }
}

extension Player {
  mutating func read(_ count: Int = 160) -> [Int16]? {
    var frame = [Int16](repeating: 0, count: count)
    let isThere = frame.withUnsafeMutableBufferPointer { self.read(into: $0) }
    return isThere ? frame : nil
  }
}

extension Spectrum {
  /// One sample of a sine at any rate.
  static func peak(_ frequency: Double, _ level: Double, rate: Int, _ index: Int) -> Int16 {
    Int16((Score.peak(level) * sin(2 * .pi * frequency * Double(index) / Double(rate))).rounded())
  }
}
