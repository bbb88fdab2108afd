import Foundation

/// Samples that somebody heard, and what is in them.
struct Sound: Sendable {
  var samples: [Int16]
  /// Samples a second.
  var rate = 8000

  /// Seconds.
  var length: Double { Double(samples.count) / Double(rate) }

  /// The level of one frequency in dB below a full-scale sine (0 is the loudest), by Goertzel's algorithm under a Hann window:
  /// other frequencies more than four windows' worth away do not count.
  func level(of frequency: Double) -> Double {
    guard samples.count > 80 else { return Sound.silence }
    let coefficient = 2 * cos(2 * .pi * frequency / Double(rate))
    let step = 2 * .pi / Double(samples.count)
    var (last, before) = (0.0, 0.0)
    for (index, sample) in samples.enumerated() {
      let windowed = Double(sample) / 32_768 * (0.5 - 0.5 * cos(step * Double(index)))
      (last, before) = (windowed + coefficient * last - before, last)
    }
    let power = last * last + before * before - coefficient * last * before
    // A sine of amplitude 1 gives half the samples' sum, and the window takes half of that.
    let amplitude = power.squareRoot() * 4 / Double(samples.count)
    return amplitude > 0 ? max(Sound.silence, 20 * log10(amplitude)) : Sound.silence
  }

  /// The level of everything together, on the same scale.
  var level: Double {
    guard !samples.isEmpty else { return Sound.silence }
    let power = samples.reduce(0.0) { $0 + pow(Double($1) / 32_768, 2) } / Double(samples.count)
    return power > 0 ? max(Sound.silence, 10 * log10(2 * power)) : Sound.silence
  }

  /// Which of these frequencies are clearly there. Nil when one is neither clearly there nor clearly absent.
  func tones(among frequencies: [Double]) -> [Double]? {
    var found: [Double] = []
    for frequency in frequencies {
      let level = level(of: frequency)
      if level >= Sound.clearly { found.append(frequency) } else if level > Sound.hardly { return nil }
    }
    return found
  }

  /// The loudest frequency between 200 and 3600 Hz, in steps of 10 Hz.
  var loudest: (frequency: Double, level: Double) {
    stride(from: 200.0, through: 3600, by: 10).map { ($0, level(of: $0)) }.max { $0.1 < $1.1 } ?? (0, Sound.silence)
  }

  /// The last part of it.
  func last(_ seconds: Double) -> Sound { Sound(samples: samples.suffix(Int(seconds * Double(rate))), rate: rate) }

  static let silence = -120.0
  /// Test voices speak at −14 dB; what reaches an ear above −26 dB has come through, below −46 dB it has not.
  static let clearly = -26.0
  static let hardly = -46.0
}

/// The frequencies with which the tests' phones speak: no tone of an exchange, no harmonic of each other, far apart.
enum Voices {
  static let all: [Double] = [710, 1130, 1570, 1990, 2530, 2970]
  static let amplitude = 0.2
}
