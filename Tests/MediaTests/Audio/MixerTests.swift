import Testing

@testable import Media

@Suite("Mixer")
struct MixerTests {
  @Test("CONF-6: each of five hears the four others and never itself", arguments: [false, true])
  func others(isWide: Bool) throws {
    let mixer = Mixer(members: 5)
    var places: [Int] = []
    for index in 0..<5 { places.append(try #require(mixer.join(isWide: isWide && index == 2))) }
    #expect(mixer.join(isWide: false) == nil)
    let rate = mixer.rate
    #expect(rate == (isWide ? .wide : .narrow))
    let tones = [400.0, 700, 1100, 1700, 2500]
    let voices = tones.map { Spectrum.sine($0, -16, rate: rate, count: rate.frame * 50) }
    var heard = [[Int16]](repeating: [], count: 5)
    for tick in 0..<50 {
      mixer.begin()
      for (index, place) in places.enumerated() {
        mixer.put(place, voices[index][tick * rate.frame..<(tick + 1) * rate.frame])
      }
      for (index, place) in places.enumerated() {
        var frame = [Int16](repeating: 0, count: rate.frame)
        #expect(frame.withUnsafeMutableBufferPointer { mixer.take(place, into: $0) })
        heard[index] += frame
      }
    }
    for listener in 0..<5 {
      for speaker in 0..<5 {
        let share = Spectrum.share(heard[listener], tones[speaker], rate: rate)
        #expect(speaker == listener ? share < -70 : abs(share + 6) < 0.5, "\(listener) hears \(speaker) at \(share) dB")
      }
    }
  }

  @Test("CONF-6: who says nothing costs nothing and hears all; who speaks alone hears silence")
  func silence() throws {
    let mixer = Mixer(members: 3)
    let (a, b) = (try #require(mixer.join(isWide: false)), try #require(mixer.join(isWide: false)))
    var frame = [Int16](repeating: 7, count: 160)
    mixer.begin()
    #expect(!frame.withUnsafeMutableBufferPointer { mixer.take(a, into: $0) })
    mixer.put(a, [Int16](repeating: 1000, count: 160))
    #expect(!mixer.hears(a) && mixer.hearsAll(b))
    #expect(!frame.withUnsafeMutableBufferPointer { mixer.take(a, into: $0) })
    #expect(frame.allSatisfy { $0 == 7 })
    #expect(frame.withUnsafeMutableBufferPointer { mixer.take(b, into: $0) })
    #expect(frame.allSatisfy { $0 == 1000 })
    mixer.begin()
    #expect(!mixer.hears(b))
  }

  @Test("CONF-6: voices that are too loud together are cut, not wrapped round")
  func loud() throws {
    let mixer = Mixer(members: 20)
    var places: [Int] = []
    for _ in 0..<20 { places.append(try #require(mixer.join(isWide: false))) }
    mixer.begin()
    for (index, place) in places.enumerated() {
      mixer.put(place, [Int16](repeating: index % 2 == 0 ? .max : 20000, count: 160))
      // A second frame in a round, and one of another length, are not taken.
      mixer.put(place, [Int16](repeating: .min, count: 160))
      mixer.put(place, [Int16](repeating: .min, count: 161))
    }
    var frame = [Int16](repeating: 0, count: 160)
    _ = frame.withUnsafeMutableBufferPointer { mixer.take(places[0], into: $0) }
    #expect(frame.allSatisfy { $0 == .max })
    mixer.begin()
    for place in places { mixer.put(place, [Int16](repeating: .min, count: 160)) }
    _ = frame.withUnsafeMutableBufferPointer { mixer.take(places[0], into: $0) }
    #expect(frame.allSatisfy { $0 == .min })
  }

  @Test("CONF-6: the room is wideband exactly as long as somebody with G.722 is in it")
  func rates() throws {
    let mixer = Mixer(members: 3)
    let a = try #require(mixer.join(isWide: false))
    #expect(mixer.rate == .narrow)
    let b = try #require(mixer.join(isWide: true))
    #expect(mixer.rate == .wide && mixer.count == 2)
    mixer.change(b, isWide: false)
    #expect(mixer.rate == .narrow)
    mixer.change(a, isWide: true)
    #expect(mixer.rate == .wide)
    mixer.leave(a)
    mixer.leave(a)
    mixer.leave(99)
    mixer.leave(-1)
    #expect(mixer.rate == .narrow && mixer.count == 1)
    #expect(mixer.join(isWide: false) == a)
  }
}

extension Mixer {
  /// These samples; others than a frame's are nothing said.
  fileprivate func put(_ place: Int, _ samples: some Collection<Int16>) {
    self.put(place) { $0.count == samples.count && $0.update(fromContentsOf: samples) == $0.count }
  }
}
