import Foundation
import Testing

/// Whoever judges by ear has to have good ears: the tests' own tools, without any exchange.
@Suite("The tests' own ears")
struct EarTests {
  private func sine(_ frequencies: [Double], seconds: Double = 0.5, amplitude: Double = Voices.amplitude) -> Sound {
    Sound(
      samples: (0..<Int(seconds * 8000)).map { index in
        Int16(clamping: Int(frequencies.reduce(0.0) { $0 + amplitude * 32_767 * sin(2 * .pi * $1 * Double(index) / 8000) }))
      })
  }

  @Test("G.711 brings every voice back within its steps", arguments: [G711.aLaw, .muLaw])
  func codec(law: G711) {
    for sample in stride(from: -32_700, through: 32_700, by: 7) {
      let back = Int(law.decode(law.encode(Int16(sample))))
      #expect(abs(back - sample) <= max(16, abs(sample) / 26), "\(sample) comes back as \(back)")
    }
    for octet in UInt8.min...UInt8.max where !(law == .muLaw && octet == 0x7f) {
      #expect(law.encode(law.decode(octet)) == octet)
    }
  }

  @Test("A sine is heard at its level, its neighbours are not, and so is each of four at once")
  func levels() {
    let one = sine([1130])
    #expect(abs(one.level(of: 1130) - 20 * log10(Voices.amplitude)) < 0.5)
    #expect(abs(one.level - 20 * log10(Voices.amplitude)) < 0.5)
    #expect(one.tones(among: Voices.all) == [1130])
    #expect(sine([710, 1130, 1990, 2970]).tones(among: Voices.all) == [710, 1130, 1990, 2970])
    #expect(sine([]).tones(among: Voices.all) == [])
    #expect(sine([425]).tones(among: Voices.all) == [], "a dial tone is nobody's voice")
    #expect(sine([1130], amplitude: 0.02).tones(among: Voices.all) == nil, "neither clearly there nor clearly absent")
  }

  @Test("A WAV file is read as it was written, and as far as it goes while it grows")
  func files() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("a.wav")
    try WAV.write(sine([710]), to: file)
    #expect(try WAV.read(file).samples == sine([710]).samples)
    try Data(try Data(contentsOf: file).prefix(1000)).write(to: file)
    #expect(try WAV.read(file).samples == Array(sine([710]).samples.prefix(478)))
  }

  @Test("Two endpoints hear each other's voice and keys; a third one nobody")
  func endpoints() throws {
    let (one, two, three) = (try ToneEndpoint(710), try ToneEndpoint(1130, at: "127.0.3.4"), try ToneEndpoint(1570))
    one.aim(at: two.rtp.local, events: 101)
    two.aim(at: one.rtp.local, law: .muLaw)
    #expect(wait(3) { one.sound(last: 0.5).tones(among: Voices.all) == [1130] && one.sound(last: 0.5).length > 0.3 })
    #expect(wait(3) { two.sound(last: 0.5).tones(among: Voices.all) == [710] && two.sound(last: 0.5).length > 0.3 })
    for key in "09A" { one.press(key, milliseconds: 100) }
    #expect(wait(3) { two.keys().map(\.key) == Array("09A") && two.keys().last?.milliseconds == 100 }, "\(two.keys())")
    #expect(two.packets.filter { $0.payload == 101 }.count == 21, "five for each key, the last of them three times")
    #expect(two.gaps == 0 && three.packets.isEmpty)
    three.aim(at: two.rtp.local)
    #expect(wait(3) { two.sound(last: 0.3).level(of: 1570) > Sound.clearly }, "a third voice between the others is noticed")
    for endpoint in [one, two, three] { endpoint.close() }
  }
}
