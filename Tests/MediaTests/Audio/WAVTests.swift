import Kernel
import Testing

@testable import Media

@Suite("Sound files")
struct WAVTests {
  private func number(_ value: Int, _ octets: Int) -> [UInt8] {
    (0..<octets).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func chunk(_ name: String, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
    Array(name.utf8) + self.number(length ?? body.count, 4) + body
  }

  private func format(_ tag: Int, channels: Int, rate: Int, bits: Int) -> [UInt8] {
    self.chunk(
      "fmt ",
      self.number(tag, 2) + self.number(channels, 2) + self.number(rate, 4) + self.number(rate * channels * bits / 8, 4)
        + self.number(channels * bits / 8, 2) + self.number(bits, 2))
  }

  private func file(_ chunks: [UInt8]...) -> [UInt8] {
    let body = Array("WAVE".utf8) + chunks.joined()
    return Array("RIFF".utf8) + self.number(body.count, 4) + body
  }

  private func refusal(_ octets: [UInt8]) -> String? {
    do {
      _ = try WAV.read(octets, name: "music.wav")
      return nil
    } catch { return error.description }
  }

  @Test("MED-1: PCM of 16 and 8 bits, A-law and µ-law, one or two channels, at all common rates sound alike")
  func formats() throws {
    for rate in [4000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000] {
      for (tag, bits) in [(1, 16), (1, 8), (6, 8), (7, 8)] where bits == 16 || rate <= 8000 {
        for channels in [1, 2] {
          let sine = (0..<rate / 2).map { Spectrum.peak(700, -10, rate: rate, $0) }
          let data = sine.flatMap { sample -> [UInt8] in
            let one =
              switch (tag, bits) {
              case (1, 16): self.number(Int(sample), 2)
              case (1, 8): [UInt8(clamping: Int(sample) / 256 + 128)]
              case (6, _): [G711.octet(sample, .a)]
              default: [G711.octet(sample, .mu)]
              }
            return channels == 2 ? one + one : one
          }
          let file = self.file(
            self.format(tag, channels: channels, rate: rate, bits: bits), self.chunk("LIST", [1, 2, 3]) + [0],
            self.chunk("data", data))
          let samples = try WAV.read(file, name: "music.wav")
          #expect(abs(samples.count - 4000) <= 2, "\(rate)")
          #expect(abs(Spectrum.level(samples[400..<3600]) + 10) < 0.3, "\(rate) \(tag) \(bits): \(Spectrum.level(samples))")
          #expect(Spectrum.purity(samples[400..<3600], 700) > (bits == 8 && tag == 1 ? 25 : 34), "\(rate) \(tag) \(bits)")
        }
      }
    }
  }

  @Test("MED-1: nothing above 4.3 kHz of a file is folded into what is heard")
  func folding() throws {
    for rate in [11025, 16000, 44100, 48000] {
      let sine = (0..<rate / 2).flatMap { self.number(Int(Spectrum.peak(4900, -6, rate: rate, $0)), 2) }
      let samples = try WAV.read(
        self.file(self.format(1, channels: 1, rate: rate, bits: 16), self.chunk("data", sine)), name: "x")
      #expect(Spectrum.level(samples[400..<3600]) < -55, "\(rate): \(Spectrum.level(samples[400..<3600]))")
    }
  }

  @Test("RELIABILITY 47: hostile files are refused with the place, the reason and the mend")
  func refused() {
    let format = self.format(1, channels: 1, rate: 8000, bits: 16)
    let data = self.chunk("data", [0, 0, 0, 0])
    for (octets, reason) in [
      ([], "no WAV file"), (Array("RIFF".utf8), "no WAV file"), (Array("RIFXaaaaWAVE".utf8), "no WAV file"),
      (self.file(), "no fmt chunk"), (self.file(format), "no data chunk"), (self.file(data), "before the fmt chunk"),
      (self.file(format, format, data), "second of its kind"),
      (self.file(self.chunk("fmt ", []), data), "needs 16 or more"),
      (self.file(self.chunk("fmt ", [1, 0, 1, 0], length: 0xFFFF_FFFF)), "needs 16 or more"),
      (self.file(self.format(1, channels: 0, rate: 8000, bits: 16), data), "0 channels"),
      (self.file(self.format(1, channels: 65535, rate: 8000, bits: 16), data), "65535 channels"),
      (self.file(self.format(1, channels: 1, rate: 0, bits: 16), data), "0 samples a second"),
      (self.file(self.format(1, channels: 1, rate: 0x7FFF_FFFF, bits: 16), data), "2147483647 samples a second"),
      (self.file(self.format(1, channels: 1, rate: 8000, bits: 0), data), "0 bits"),
      (self.file(self.format(1, channels: 1, rate: 8000, bits: 24), data), "24 bits"),
      (self.file(self.format(2, channels: 1, rate: 8000, bits: 4), data), "coding 2"),
      (self.file(format, self.chunk("data", [])), "is empty"),
      (self.file(format, self.chunk("data", [7])), "less than one sample"),
      (self.file(format, self.chunk("data", [0, 0], length: 0x7FFF_FFFF)), "cut short"),
      (self.file(format, self.chunk("data", [0, 0], length: 0xFFFF_FFFE)), "cut short"),
      (self.file(format, self.chunk("junk", [0, 0], length: 0x8000_0000), data), "cut short"),
    ] {
      let said = self.refusal(octets) ?? "taken"
      #expect(said.contains(reason), "\(said)")
      #expect(said.contains("music.wav") && said.contains("at octet"))
      #expect(said.contains("sox") || said.contains("anew"))
    }
    // A file still being written has no length yet.
    #expect(self.refusal(self.file(format, self.chunk("data", [0, 0], length: 0xFFFF_FFFF))) == nil)
    // Chunks without end, each of no length.
    #expect(self.refusal(self.file(format) + (0..<100_000).flatMap { _ in self.chunk("zero", []) }) != nil)
  }

  @Test("RELIABILITY 47: of 10,000 files with octets changed none traps, and none becomes longer than it is")
  func fuzz() {
    let seed: UInt64 = 20260_47
    var random = Seeded(seed)
    let bases = [
      self.file(self.format(1, channels: 2, rate: 16000, bits: 16), self.chunk("data", Array(repeating: 9, count: 400))),
      self.file(
        self.format(7, channels: 1, rate: 11025, bits: 8), self.chunk("LIST", [1, 2, 3, 4]),
        self.chunk("data", [1, 2, 3, 4, 5, 6])),
      WAV.file(mu: Array(repeating: 0x80, count: 33)), WAV.file([1, 2, 3], .pcm16),
    ]
    var taken = 0
    for _ in 0..<10_000 {
      var octets = bases.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<max(1, min(octets.count, 64)), using: &random)
        guard place < octets.count else { continue }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
        case 1: octets[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: octets.removeLast(Int.random(in: 0...min(octets.count, 60), using: &random))
        default: octets.insert(contentsOf: octets[place...].prefix(8), at: place)
        }
      }
      guard let samples = try? WAV.read(octets, name: "x") else { continue }
      taken += 1
      #expect(samples.count <= 2 * octets.count, "seed \(seed)")
    }
    #expect((1000...9500).contains(taken), "\(taken)")
  }

  @Test("MWI-2: a recording is a file that can be read again, as µ-law or PCM")
  func written() throws {
    let sine = Spectrum.sine(500, -10, count: 801)
    #expect(try WAV.read(WAV.file(sine, .pcm16), name: "x") == sine)
    let back = try WAV.read(WAV.file(sine, .mu), name: "x")
    #expect(back == sine.map { G711.sample(G711.octet($0, .mu), .mu) })
    #expect(WAV.file(sine, .mu).count % 2 == 0)
    #expect(try WAV.read(WAV.file(sine), name: "x", limit: 100) == Array(sine[..<100]))
  }
}

@Suite("Recorder")
struct RecorderTests {
  private func take(_ recorder: inout Recorder, _ samples: [Int16]) {
    for start in stride(from: 0, to: samples.count, by: 160) {
      samples[start..<min(start + 160, samples.count)].withUnsafeBufferPointer { recorder.take($0) }
    }
  }

  @Test("MWI-2: what is said is kept up to the limit, over the borders of memory's pieces")
  func limit() throws {
    var recorder = Recorder(limit: .seconds(20))
    let voice = Spectrum.sine(440, -15, count: 8000 * 21)
    self.take(&recorder, voice)
    #expect(recorder.isFull && recorder.length == .seconds(20) && !recorder.isSilent)
    let back = try WAV.read(recorder.file(), name: "x")
    #expect(back == voice[..<160_000].map { G711.sample(G711.octet($0, .mu), .mu) })
    recorder.takeSilence(160)
    #expect(recorder.length == .seconds(20))
  }

  @Test("MWI-2: silence at the end is known and can be left out")
  func silence() throws {
    var recorder = Recorder(limit: .seconds(60))
    #expect(recorder.isSilent && recorder.length == .zero)
    recorder.takeSilence(8000)
    #expect(recorder.isSilent && recorder.silence == .seconds(1))
    self.take(&recorder, Spectrum.sine(440, -30, count: 8000))
    #expect(!recorder.isSilent && recorder.silence == .zero)
    recorder.takeSilence(24000)
    #expect(recorder.length == .seconds(5) && recorder.silence == .seconds(3))
    #expect(try WAV.read(recorder.file(), name: "x").count == 40_000)
    #expect(try WAV.read(recorder.file(trimming: true), name: "x").count == 20_000)
    var none = Recorder(limit: Interval(nanoseconds: -5))
    none.takeSilence(-3)
    none.takeSilence(160)
    #expect(none.isFull && none.length == .zero)
  }
}
