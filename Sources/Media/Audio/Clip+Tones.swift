import Kernel

extension Clip {
  /// A tone with its cadence (ITU-T E.180; ring-back and busy as most of Europe has them). All are endless but `confirmation`.
  static func tone(_ tone: Tone) -> Clip {
    switch tone {
    case .ringback:
      // 425 Hz for 1 s, 4 s of silence.
      var score = Score(milliseconds: 5000)
      score.add(425, at: 0, lasting: 1000, level: -13)
      return Clip(score.samples, isEndless: true)
    case .busy:
      var score = Score(milliseconds: 1000)
      score.add(425, at: 0, lasting: 500, level: -13)
      return Clip(score.samples, isEndless: true)
    case .confirmation:
      // Two short rising notes, then silence: it has been done.
      var score = Score(milliseconds: 1000)
      score.add(523.25, at: 100, lasting: 150, level: -13)
      score.add(659.25, at: 250, lasting: 250, level: -13)
      return Clip(score.samples, isEndless: false)
    case .error:
      // The special information tone: 950, 1400 and 1800 Hz for a third of a second each, one second of silence.
      var score = Score(milliseconds: 2000)
      score.add(950, at: 0, lasting: 330, level: -16)
      score.add(1400, at: 330, lasting: 330, level: -16)
      score.add(1800, at: 660, lasting: 330, level: -16)
      return Clip(score.samples, isEndless: true)
    case .hold:
      // A short double beep every 5 s: the call is there, nobody listens.
      var score = Score(milliseconds: 5000)
      score.add(425, at: 0, lasting: 120, level: -19)
      score.add(425, at: 220, lasting: 120, level: -19)
      return Clip(score.samples, isEndless: true)
    }
  }

  /// A sound of the media server, once. There is no voice: each is told by its melody. Notes go up for good news and down for the
  /// end.
  static func sound(_ sound: Sound) -> Clip {
    switch sound {
    case .greeting:
      // A chime asks to speak after the tone; then 1 kHz for 0.4 s.
      var score = Score(milliseconds: 2400)
      score.chime([(392, 0), (523.25, 300), (659.25, 600), (783.99, 900)], lasting: 900)
      score.add(1000, at: 1950, lasting: 400, level: -10)
      return Clip(score.samples, isEndless: false)
    case .noMessages:
      // Two equal low notes.
      var score = Score(milliseconds: 900)
      score.chime([(329.63, 0), (329.63, 350)], lasting: 500)
      return Clip(score.samples, isEndless: false)
    case .newMessages:
      // Three rising notes, twice.
      var score = Score(milliseconds: 1800)
      score.chime([(523.25, 0), (659.25, 160), (783.99, 320), (523.25, 800), (659.25, 960), (783.99, 1120)], lasting: 600)
      return Clip(score.samples, isEndless: false)
    case .endOfMessages:
      // Three falling notes.
      var score = Score(milliseconds: 1400)
      score.chime([(783.99, 0), (659.25, 250), (523.25, 500)], lasting: 800)
      return Clip(score.samples, isEndless: false)
    case .kept:
      var score = Score(milliseconds: 700)
      score.chime([(523.25, 0), (783.99, 150)], lasting: 500)
      return Clip(score.samples, isEndless: false)
    case .deleted:
      var score = Score(milliseconds: 700)
      score.chime([(523.25, 0), (349.23, 150)], lasting: 500)
      return Clip(score.samples, isEndless: false)
    case .beep:
      var score = Score(milliseconds: 450)
      score.add(1000, at: 0, lasting: 400, level: -10)
      return Clip(score.samples, isEndless: false)
    }
  }
}

extension Score {
  fileprivate mutating func chime(_ notes: [(frequency: Double, start: Int)], lasting: Int) {
    for note in notes {
      self.add(note.frequency, at: note.start, lasting: lasting, level: -12, .struck, overtones: [0.3, 0.1])
    }
  }
}
