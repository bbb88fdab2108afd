import Kernel
import Sessions
import Testing

@testable import Media

@Suite("Voice of a phone")
struct VoiceReceiverTests {
  /// Sends a sine over a line that loses packets, and gives back what is heard.
  private func heard(
    _ codec: MediaFormat.Codec, rate: SampleRate, frequency: Double, octets: Int = 160, ticks: Int = 100, losing: Set<Int> = []
  ) throws -> [Int16] {
    let own: SampleRate = codec == .g722 ? .wide : .narrow
    let receiver = VoiceReceiver(rate: rate)
    let encoder = try #require(AudioEncoder(codec, rate: own))
    let sine = Spectrum.sine(frequency, -10, rate: own, count: (ticks + 10) * own.frame)
    var output: [Int16] = []
    var (sent, packet) = (0, 0)
    for tick in 0..<ticks {
      while sent < (tick + 1) * 160 {
        let samples = Array(sine[sent * own.perOctet..<(sent + octets) * own.perOctet])
        let payload = encoder.encode(samples)
        if !losing.contains(packet) {
          payload.withUnsafeBufferPointer {
            _ = receiver.receive(
              $0, codec, sequence: UInt16(packet), timestamp: UInt32(sent), isMarked: packet == 0,
              at: Instant(nanoseconds: Int64(tick) * 20_000_000))
          }
        }
        sent += octets
        packet += 1
      }
      var frame = [Int16](repeating: 0, count: rate.frame)
      _ = frame.withUnsafeMutableBufferPointer { receiver.read(into: $0) }
      output += frame
    }
    return output
  }

  @Test("MED-1: packets of 10, 20, 30 and 60 ms become even frames without a gap", arguments: [80, 160, 240, 480])
  func lengths(_ octets: Int) throws {
    for codec in [MediaFormat.Codec.pcmu, .g722] {
      let rate: SampleRate = codec == .g722 ? .wide : .narrow
      let output = try self.heard(codec, rate: rate, frequency: 800, octets: octets)[(rate.frame * 20)...]
      #expect(Spectrum.purity(output, 800, rate: rate) > 20)
      #expect(abs(Spectrum.level(output) + 10) < 0.5)
    }
  }

  @Test("MED-1: a lost packet in a hundred leaves the voice whole: no hole, no click", arguments: [SampleRate.narrow, .wide])
  func concealed(_ rate: SampleRate) throws {
    // A voice's fundamental of 150 Hz: a pitch the concealment has to find.
    let output = try self.heard(rate == .wide ? .g722 : .pcma, rate: rate, frequency: 150, losing: [40])
    let lost = output[(rate.frame * 38)..<(rate.frame * 45)]
    for start in stride(from: lost.startIndex, to: lost.endIndex - rate.frame, by: rate.frame / 2) {
      #expect(abs(Spectrum.level(lost[start..<start + rate.frame]) + 10) < 3)
    }
    let greatest = zip(lost, lost.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    // A sine of 150 Hz moves by this much from one sample to the next.
    #expect(Double(greatest) < 3 * Score.peak(-10) * 2 * .pi * 150 / Double(rate.rawValue), "\(greatest)")
  }

  @Test("MED-1: a long loss fades to silence within 80 ms, and the voice comes back without a click")
  func faded() throws {
    let output = try self.heard(.pcma, rate: .narrow, frequency: 150, losing: Set(40..<60))
    #expect(Spectrum.level(output[(160 * 46)..<(160 * 58)]) < -60)
    #expect(abs(Spectrum.level(output[(160 * 70)...]) + 10) < 0.5)
    let greatest = zip(output, output.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(Double(greatest) < 3 * Score.peak(-10) * 2 * .pi * 150 / 8000)
  }

  @Test("MED-1: when a phone's clock is fast, what piles up is taken out again without holes")
  func drift() throws {
    let receiver = VoiceReceiver()
    let encoder = try #require(AudioEncoder(.pcmu, rate: .narrow))
    let payload = encoder.encode(Spectrum.sine(400, -10, count: 160))
    var sent = 0
    for tick in 0..<3000 {
      // One packet more in a hundred: a clock no phone has.
      for _ in 0..<(tick % 100 == 99 ? 2 : 1) {
        payload.withUnsafeBufferPointer {
          _ = receiver.receive(
            $0, .pcmu, sequence: UInt16(sent), timestamp: UInt32(sent * 160), isMarked: false,
            at: Instant(nanoseconds: Int64(tick) * 20_000_000))
        }
        sent += 1
      }
      var frame = [Int16](repeating: 0, count: 160)
      #expect(frame.withUnsafeMutableBufferPointer { receiver.read(into: $0) })
      if tick > 0 { #expect(abs(Spectrum.level(frame) + 10) < 3) }
    }
    #expect(receiver.counts.dropped == 0 && receiver.counts.lost == 0)
  }
}
