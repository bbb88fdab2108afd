import Glibc
import Kernel
import Testing

@testable import Media

@Suite("Keys")
struct KeyTests {
  private func reports(_ samples: [Int16], rate: SampleRate = .narrow) throws -> [KeyDetector.Report] {
    let detector = try #require(KeyDetector(rate: rate))
    var reports: [KeyDetector.Report] = []
    for start in stride(from: 0, to: samples.count, by: rate.frame) {
      Array(samples[start..<min(start + rate.frame, samples.count)]).withUnsafeBufferPointer { block in
        detector.listen(block) { reports.append($0) }
      }
    }
    return reports
  }

  private func pressed(_ keys: [UInt8], _ milliseconds: Int64, pause: Int) throws -> [Int16] {
    try keys.reduce(into: [Int16](repeating: 0, count: 800)) { line, key in
      line += try #require(Key.clip(key, duration: .milliseconds(milliseconds))).samples + [Int16](repeating: 0, count: pause * 8)
    }
  }

  @Test("MED-4: each of the 16 keys is heard once, for as long as it was pressed", arguments: [60, 100, 500])
  func keys(_ milliseconds: Int64) throws {
    let reports = try self.reports(try self.pressed(Array(0...15), milliseconds, pause: 40))
    #expect(reports.count == 32)
    for (index, report) in reports.enumerated() {
      switch report {
      case .down(let key): #expect(index % 2 == 0 && Int(key) == index / 2)
      case .up(let key, let length):
        #expect(index % 2 == 1 && Int(key) == index / 2)
        #expect(abs(length.nanoseconds / 1_000_000 - milliseconds) <= 26, "\(length.nanoseconds)")
      }
    }
  }

  @Test("MED-4: keys are heard in noise, through A-law and at 16 kHz")
  func noise() throws {
    var random = Seeded(41)
    let line = try self.pressed([1, 2, 3, 3, 0, 11], 80, pause: 60).map { sample in
      // White noise 20 dB below the tones.
      G711.sample(G711.octet(Int16(clamping: Int(sample) + Int.random(in: -1300...1300, using: &random)), .a), .a)
    }
    let expected: [UInt8] = [1, 2, 3, 3, 0, 11]
    let downs = { (reports: [KeyDetector.Report]) in reports.compactMap { if case .down(let key) = $0 { key } else { nil } } }
    #expect(downs(try self.reports(line)) == expected)
    var filter = Upsampler()
    var wide = [Int16](repeating: 0, count: line.count * 2)
    line.withUnsafeBufferPointer { line in _ = wide.withUnsafeMutableBufferPointer { filter.process(line, into: $0) } }
    #expect(downs(try self.reports(wide, rate: .wide)) == expected)
  }

  @Test("MED-4: a voice, music, tones and noise are no keys", arguments: 1...3)
  func voice(_ number: Int) throws {
    var random = Seeded(UInt64(number))
    // Twenty seconds of something like vowels: a wandering pitch with formants, in syllables.
    var line: [Int16] = []
    var phase = 0.0
    while line.count < 8000 * 20 {
      let pitch = Double.random(in: 90...260, using: &random)
      let glide = Double.random(in: -0.2...0.2, using: &random)
      let formants = [
        Double.random(in: 300...900, using: &random), .random(in: 900...2300, using: &random),
        .random(in: 2300...3200, using: &random),
      ]
      let count = Int.random(in: 800...3200, using: &random)
      let gains = (1...20).map { harmonic in
        formants.reduce(0.02) { $0 + exp(-pow((Double(harmonic) * pitch - $1) / 120, 2)) }
      }
      for index in 0..<count {
        let share = Double(index) / Double(count)
        phase += 2 * .pi * pitch * (1 + glide * share) / 8000
        var sum = 0.0
        for (harmonic, gain) in gains.enumerated() where gain > 0.03 { sum += gain * sin(phase * Double(harmonic + 1)) }
        line.append(Int16(clamping: Int(6000 * sum * sin(.pi * share))))
      }
      line += (0..<Int.random(in: 0...1600, using: &random)).map { _ in Int16.random(in: -300...300, using: &random) }
    }
    #expect(try self.reports(line) == [], "seed \(number)")
    if number == 1 {
      for clip in Tone.allCases.map(Clip.tone) + Sound.allCases.map(Clip.sound) + [.music()] {
        #expect(try self.reports(clip.samples) == [])
      }
    }
  }

  @Test("MED-4: what is no key has no tones; lengths are bounded")
  func none() {
    #expect(Key.clip(16, duration: .milliseconds(100)) == nil)
    #expect(Key.clip(255, duration: .milliseconds(100)) == nil)
    #expect(Key.clip(5, duration: Interval(nanoseconds: .min))?.samples.count == 90 * 8)
    #expect(Key.clip(5, duration: Interval(nanoseconds: .max))?.samples.count == 10_050 * 8)
  }
}
