import Glibc

extension Clip {
  /// Music on hold where no file is given: a calm melody over broken chords, 28.8 s, endless. Our own composition, played by the
  /// program itself, so nobody's rights are touched.
  static func music() -> Clip {
    var score = Score(milliseconds: Music.beat * Music.bars.count * 4)
    for (bar, (chord, melody)) in Music.bars.enumerated() {
      let start = bar * 4 * Music.beat
      // The chord from below, one note in each half beat, up and down again.
      for (step, note) in [0, 1, 2, 3, 2, 1, 2, 1].enumerated() {
        score.add(
          Music.frequency(chord[note]), at: start + step * Music.beat / 2, lasting: Music.beat * 2, level: -26, .struck,
          overtones: [0.25])
      }
      var beat = 0
      for (note, length) in melody {
        if note > 0 {
          score.add(
            Music.frequency(note), at: start + beat * Music.beat / 2, lasting: Music.beat / 2 * length + Music.beat, level: -17,
            .struck,
            overtones: [0.35, 0.12, 0.05])
        }
        beat += length
      }
    }
    return Clip(score.samples, isEndless: true)
  }
}

private enum Music {
  /// Milliseconds of a quarter note: 100 in a minute.
  static let beat = 600

  /// Keys as MIDI counts them; lengths in eighths, 0 for a rest.
  static let bars: [(chord: [Int], melody: [(Int, Int)])] = [
    ([48, 55, 60, 64], [(76, 3), (74, 1), (72, 2), (67, 2)]),
    ([45, 52, 57, 60], [(69, 3), (72, 1), (76, 4)]),
    ([41, 53, 57, 60], [(77, 2), (76, 2), (72, 2), (69, 2)]),
    ([43, 50, 55, 59], [(71, 3), (72, 1), (74, 4)]),
    ([48, 55, 60, 64], [(76, 2), (79, 2), (76, 2), (72, 2)]),
    ([45, 52, 57, 60], [(69, 2), (72, 2), (76, 3), (74, 1)]),
    ([50, 53, 57, 62], [(77, 3), (76, 1), (74, 2), (69, 2)]),
    ([43, 53, 59, 62], [(71, 2), (74, 2), (67, 4)]),
    ([45, 52, 57, 60], [(72, 3), (74, 1), (76, 2), (81, 2)]),
    ([40, 52, 55, 59], [(79, 3), (76, 1), (71, 4)]),
    ([41, 53, 57, 60], [(69, 2), (72, 2), (77, 2), (76, 2)]),
    ([48, 52, 55, 60], [(72, 6), (0, 2)]),
  ]

  /// Equal temperament, a' = 440 Hz.
  static func frequency(_ key: Int) -> Double { 440 * pow(2, Double(key - 69) / 12) }
}
