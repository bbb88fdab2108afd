import Kernel
import Testing

@testable import Media

@Suite("Tones and sounds")
struct ClipTests {
  /// Milliseconds of sound and of silence, in turn, in steps of 10 ms.
  private func cadence(_ samples: [Int16]) -> [(isLoud: Bool, length: Int)] {
    var result: [(isLoud: Bool, length: Int)] = []
    for start in stride(from: 0, to: samples.count, by: 80) {
      let isLoud = Spectrum.level(samples[start..<min(start + 80, samples.count)]) > -50
      if let last = result.last, last.isLoud == isLoud {
        result[result.count - 1].length += 10
      } else {
        result.append((isLoud, 10))
      }
    }
    return result
  }

  @Test("MED-1: ring-back is 425 Hz, 1 s in 5; busy half a second in one")
  func cadences() {
    for (tone, on, off) in [(Tone.ringback, 1000, 4000), (.busy, 500, 500)] {
      var player = Player(Clip.tone(tone))
      var heard: [Int16] = []
      for _ in 0..<(2 * (on + off) / 20) { heard += player.read() ?? [] }
      let cadence = self.cadence(heard)
      #expect(cadence.map(\.isLoud) == [true, false, true, false])
      #expect(zip(cadence, [on, off, on, off]).allSatisfy { abs($0.length - $1) <= 20 }, "\(tone): \(cadence)")
      #expect(Spectrum.share(heard[800..<3200], 425) > -0.1)
    }
  }

  @Test("MED-1: no tone, sound or melody begins, ends or goes round with a click, or is too loud")
  func clicks() {
    for clip in Tone.allCases.map(Clip.tone) + Sound.allCases.map(Clip.sound) + [.music()] {
      let samples = clip.isEndless ? clip.samples + clip.samples.prefix(800) : [0] + clip.samples + [0]
      // 1800 Hz at −16 dBm0 moves by 3,500 a sample; a click would by its whole peak.
      let greatest = zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
      #expect(greatest < 9000, "\(greatest)")
      #expect(samples.contains { abs(Int($0)) > 1000 })
      #expect(samples.allSatisfy { abs(Int($0)) < 26000 })
    }
    for clip in Tone.allCases.map(Clip.tone) where clip.isEndless {
      #expect(abs(Int(clip.samples.first ?? 0)) < 50 && abs(Int(clip.samples.last ?? 0)) < 50)
    }
  }

  @Test("MED-1: the error tone is 950, 1400 and 1800 Hz one after the other")
  func error() {
    let samples = Clip.tone(.error).samples
    for (index, frequency) in [950.0, 1400, 1800].enumerated() {
      let start = index * 2640 + 200
      #expect(Spectrum.share(samples[start..<start + 2000], frequency) > -0.2)
    }
  }

  @Test("MWI-2: the greeting ends in a clear tone of 1 kHz, 0.4 s long")
  func greeting() {
    let samples = Clip.sound(.greeting).samples
    let end = 1950 * 8
    #expect(Spectrum.share(samples[(end + 100)..<(end + 3000)], 1000) > -0.5)
    #expect(Spectrum.level(samples[(end + 3280)...]) < -60)
    let sounds = Sound.allCases.map { Clip.sound($0).samples }
    #expect(Set(sounds).count == sounds.count)
    #expect(sounds.allSatisfy { $0.count <= 8000 * 3 })
  }

  @Test("MED-1: the music lasts over 20 s, is the same each time and never falls silent")
  func music() {
    let clip = Clip.music()
    #expect(clip.samples.count >= 8000 * 20)
    #expect(clip.samples == Clip.music().samples)
    for start in stride(from: 0, to: clip.samples.count, by: 8000) {
      #expect((-40...(-10)).contains(Spectrum.level(clip.samples[start..<min(start + 8000, clip.samples.count)])))
    }
    var player = Player(clip, from: clip.samples.count - 80)
    let round = player.read()
    #expect(round == Array(clip.samples.suffix(80) + clip.samples.prefix(80)))
  }

  @Test("MED-1: a sound that is over says so, and its last packet ends in silence")
  func over() {
    var player = Player(Clip([Int16](repeating: 5, count: 200), isEndless: false))
    let frames = [player.read(), player.read(), player.read()]
    #expect(frames[0] == [Int16](repeating: 5, count: 160))
    #expect(frames[1] == [Int16](repeating: 5, count: 40) + [Int16](repeating: 0, count: 120))
    #expect(player.isOver && frames[2] == nil)
    var empty = Player(Clip([], isEndless: true), from: 9)
    let nothing = empty.read()
    #expect(empty.isOver && nothing == nil)
    var far = Player(Clip([1, 2, 3], isEndless: true), from: 10)
    let round = far.read(4)
    #expect(round == [2, 3, 1, 2])
  }
}
