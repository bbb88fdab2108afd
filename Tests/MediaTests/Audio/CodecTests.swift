import Sessions
import Testing

@testable import Media

@Suite("Codecs")
struct CodecTests {
  @Test("MED-1: µ-law has the values of G.711 table 2, both ways")
  func mu() {
    // Decoder output values of G.711 tables 2a and 2b, at 16 bits (times four).
    let known: [(UInt8, Int16)] = [
      (0x80, 32124), (0x8F, 16764), (0x90, 15996), (0x9F, 8316), (0xA0, 7932), (0xAF, 4092), (0xB0, 3900), (0xBF, 1980),
      (0xC0, 1884),
      (0xCF, 924), (0xD0, 876), (0xDF, 396), (0xE0, 372), (0xEF, 132), (0xF0, 120), (0xFE, 8), (0xFF, 0),
    ]
    for (octet, sample) in known {
      #expect(G711.sample(octet, .mu) == sample)
      #expect(G711.sample(octet & 0x7F, .mu) == -sample)
    }
    for octet in UInt8.min...UInt8.max where octet != 0x7F {
      #expect(G711.octet(G711.sample(octet, .mu), .mu) == octet)
    }
    #expect(G711.octet(0, .mu) == 0xFF)
    #expect(G711.octet(-1, .mu) == 0x7F)
    #expect(G711.octet(.min, .mu) == 0x00)
    #expect(G711.octet(.max, .mu) == 0x80)
    // Decision values of table 2: 31 at 14 bits is where 4 becomes 5 steps of the second chord.
    #expect(G711.octet(4, .mu) == 0xFE)
    #expect(G711.octet(3, .mu) == 0xFF)
  }

  @Test("MED-1: A-law has the values of G.711 table 1, both ways")
  func a() {
    let known: [(UInt8, Int16)] = [
      (0xD5, 8), (0xD4, 24), (0xC5, 264), (0xDA, 248), (0xF5, 528), (0xE5, 1056), (0x95, 2112), (0x85, 4224), (0xB5, 8448),
      (0xA5, 16896), (0xAA, 32256),
    ]
    for (octet, sample) in known {
      #expect(G711.sample(octet, .a) == sample)
      #expect(G711.sample(octet & 0x7F, .a) == -sample)
    }
    for octet in UInt8.min...UInt8.max { #expect(G711.octet(G711.sample(octet, .a), .a) == octet) }
    #expect(G711.octet(.min, .a) == 0x2A)
    #expect(G711.octet(.max, .a) == 0xAA)
    #expect(G711.octet(-1, .a) == 0x55)
    #expect(G711.octet(0, .a) == 0xD5)
  }

  @Test("MED-1: every sample goes to the nearest value of its law, above and below zero alike", arguments: [G711.Law.mu, .a])
  func nearest(_ law: G711.Law) {
    let values = (0...255).map { Int(G711.sample(UInt8($0), law)) }.sorted()
    for sample in stride(from: -32768, through: 32767, by: 7) {
      let back = Int(G711.sample(G711.octet(Int16(sample), law), law))
      let best = values.map { abs($0 - sample) }.min() ?? 0
      // At the border of two chords G.711 decides at the smaller interval's end, not in the middle.
      #expect(abs(back - sample) <= best + max(8, abs(sample) / 48), "\(sample) became \(back)")
    }
  }

  @Test("MED-1: a sine through G.711 stays more than 35 dB above its noise", arguments: [MediaFormat.Codec.pcmu, .pcma])
  func purity(_ codec: MediaFormat.Codec) throws {
    for frequency in stride(from: 204.0, through: 3400, by: 273) {
      let sine = Spectrum.sine(frequency, -10, count: 4000)
      let heard = try #require(AudioDecoder(codec, rate: .narrow)).decode(
        try #require(AudioEncoder(codec, rate: .narrow)).encode(sine))
      #expect(Spectrum.purity(heard, frequency) > 35, "\(frequency) Hz")
      #expect(abs(Spectrum.level(heard) + 10) < 0.2)
    }
  }

  @Test("MED-1: G.722 keeps wideband voice, 200 Hz to 6.5 kHz")
  func wideband() throws {
    for frequency in stride(from: 205.0, through: 6500, by: 450) {
      let sine = Spectrum.sine(frequency, -10, rate: .wide, count: 8000)
      let heard = try #require(AudioDecoder(.g722, rate: .wide)).decode(
        try #require(AudioEncoder(.g722, rate: .wide)).encode(sine))
      #expect(Spectrum.purity(heard[2000...], frequency, rate: .wide) > 15, "\(frequency) Hz")
      #expect(abs(Spectrum.level(heard[2000...]) + 10) < 1.5, "\(frequency) Hz: \(Spectrum.level(heard[2000...]))")
    }
  }

  @Test("CALL-2: all codecs understand each other at either rate, as loud as before")
  func across() throws {
    let codecs: [MediaFormat.Codec] = [.pcmu, .pcma, .g722]
    for from in codecs {
      for to in codecs {
        for rate in [SampleRate.narrow, .wide] {
          // A phone's own encoder and decoder run at the codec's own rate; the server in between at either.
          let (own, other) = (from == .g722 ? SampleRate.wide : .narrow, to == .g722 ? SampleRate.wide : .narrow)
          let sine = Spectrum.sine(1020, -10, rate: own, count: own.frame * 50)
          let sent = try #require(AudioEncoder(from, rate: own)).encode(sine)
          let mixed = try #require(AudioDecoder(from, rate: rate)).decode(sent)
          let relayed = try #require(AudioEncoder(to, rate: rate)).encode(mixed)
          #expect(relayed.count == 160 * 50)
          let heard = try #require(AudioDecoder(to, rate: other)).decode(relayed)[2000...]
          #expect(Spectrum.share(heard, 1020, rate: other) > -0.2, "\(from) to \(to) at \(rate)")
          #expect(abs(Spectrum.level(heard) + 10) < 1, "\(from) to \(to) at \(rate): \(Spectrum.level(heard)) dBm0")
        }
      }
    }
  }

  @Test("RELIABILITY 45: payloads of any octets and 0 to 2,000 of them only make sound")
  func anyPayload() throws {
    let seed: UInt64 = 722
    var random = Seeded(seed)
    for codec in [MediaFormat.Codec.pcmu, .pcma, .g722] {
      for rate in [SampleRate.narrow, .wide] {
        let decoder = try #require(AudioDecoder(codec, rate: rate))
        let encoder = try #require(AudioEncoder(codec, rate: rate))
        for _ in 0..<120 {
          let payload = (0..<Int.random(in: 0...2000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
          let samples = decoder.decode(payload)
          #expect(samples.count == payload.count * rate.perOctet, "seed \(seed)")
          #expect(encoder.encode(samples).count == payload.count)
          // Odd counts and outputs that are too small.
          #expect(encoder.encode(Array(samples.dropLast())).count == max(0, samples.count - 1) / rate.perOctet)
        }
      }
    }
    #expect(AudioDecoder(.events, rate: .narrow) == nil)
    #expect(AudioEncoder(.other, rate: .narrow) == nil)
  }
}

@Suite("Between 8 and 16 kHz")
struct HalfBandTests {
  private func up(_ samples: [Int16]) -> [Int16] {
    var filter = Upsampler()
    var output = [Int16](repeating: 0, count: samples.count * 2)
    samples.withUnsafeBufferPointer { samples in _ = output.withUnsafeMutableBufferPointer { filter.process(samples, into: $0) } }
    return output
  }

  private func down(_ samples: [Int16]) -> [Int16] {
    var filter = Downsampler()
    var output = [Int16](repeating: 0, count: samples.count / 2)
    samples.withUnsafeBufferPointer { samples in _ = output.withUnsafeMutableBufferPointer { filter.process(samples, into: $0) } }
    return output
  }

  @Test("MED-1: up to 16 kHz, voice is as it was and has no image above 4.6 kHz")
  func up() {
    for frequency in [100.0, 300, 1000, 2000, 3000, 3400] {
      let wide = self.up(Spectrum.sine(frequency, -6, count: 4000))[400...]
      #expect(abs(Spectrum.level(wide) + 6) < 0.1, "\(frequency): \(Spectrum.level(wide))")
      #expect(Spectrum.share(wide, 8000 - frequency, rate: .wide) < -55, "\(frequency)")
    }
  }

  @Test("MED-1: down to 8 kHz, voice is as it was and nothing above 4.6 kHz is folded into it")
  func down() {
    for frequency in [100.0, 300, 1000, 2000, 3000, 3400] {
      let narrow = self.down(Spectrum.sine(frequency, -6, rate: .wide, count: 8000))[200...]
      #expect(abs(Spectrum.level(narrow) + 6) < 0.1, "\(frequency): \(Spectrum.level(narrow))")
      #expect(Spectrum.purity(narrow, frequency) > 55, "\(frequency)")
    }
    for frequency in [4600.0, 5000, 6000, 7000, 7900] {
      let narrow = self.down(Spectrum.sine(frequency, -6, rate: .wide, count: 8000))[200...]
      #expect(Spectrum.level(narrow) < -60, "\(frequency): \(Spectrum.level(narrow))")
    }
  }

  @Test("MED-1: the cuts between packets are not heard, whatever their lengths")
  func pieces() {
    let sine = Spectrum.sine(700, -6, rate: .wide, count: 3200)
    let whole = self.down(sine)
    var filter = Downsampler()
    var pieces: [Int16] = []
    var (start, length) = (0, 2)
    while start < sine.count {
      let piece = Array(sine[start..<min(start + length, sine.count)])
      var output = [Int16](repeating: 0, count: piece.count / 2)
      piece.withUnsafeBufferPointer { piece in _ = output.withUnsafeMutableBufferPointer { filter.process(piece, into: $0) } }
      pieces += output
      start += length
      length += 14
    }
    #expect(pieces == whole)
  }
}
