import Glibc

/// Paints notes and tones into samples at 8 kHz.
struct Score {
  /// How a note begins and ends.
  enum Touch {
    /// The same loudness all along, with 5 ms at both ends against clicks.
    case even
    /// Struck and fading, as a plucked string or a music box does.
    case struck
  }

  private var line: [Float]

  init(milliseconds: Int) { self.line = Array(repeating: 0, count: milliseconds * 8) }

  /// Adds a note. What would reach beyond the end begins again at the start, so that an endless clip has no seam.
  /// - Parameters:
  ///   - level: dBm0 of an even sine (0 dBm0: peak 22,000 or so, 3.17 dB below the loudest sine of A-law).
  ///   - overtones: loudness of the second, third … partial relative to the first.
  mutating func add(
    _ frequency: Double, at start: Int, lasting milliseconds: Int, level: Double, _ touch: Touch = .even, overtones: [Double] = []
  ) {
    let count = milliseconds * 8
    guard !self.line.isEmpty, count > 0 else { return }
    let peak = Score.peak(level)
    for (partial, share) in ([1] + overtones).enumerated() {
      let multiple = Double(partial + 1)
      guard frequency * multiple < 3600 else { continue }
      let step = 2 * Double.pi * frequency * multiple / 8000
      for index in 0..<count {
        let envelope =
          switch touch {
          case .even: Score.edge(index, count, 40)
          case .struck: Score.edge(index, count, 48) * exp(-3.5 * multiple.squareRoot() * Double(index) / Double(count))
          }
        let place = (start * 8 + index) % self.line.count
        self.line[place] += Float(peak * share * envelope * sin(step * Double(index)))
      }
    }
  }

  /// What has been painted.
  var samples: [Int16] { self.line.map { Int16(rounding: $0) } }

  /// The peak of a sine of so many dBm0: 3.14 dBm0 is as loud as a sample can be (ITU-T G.711 §4).
  static func peak(_ level: Double) -> Double { 32767 * pow(10, (level - 3.14) / 20) }

  /// Rises from 0 to 1 within `rise` samples, and falls so at the end (raised cosine).
  private static func edge(_ index: Int, _ count: Int, _ rise: Int) -> Double {
    let distance = min(index, count - 1 - index)
    guard distance < rise else { return 1 }
    return 0.5 - 0.5 * cos(.pi * Double(distance) / Double(rise))
  }
}
