import Foundation
import Testing

extension Wire {
  @Suite("Phones hold each other")
  struct Holding {
    private func expectTalk(_ near: Line, _ far: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(near.hears(far), "\(near.hearing)", sourceLocation: sourceLocation)
      #expect(far.hears(near), "\(far.hearing)", sourceLocation: sourceLocation)
    }

    private func expectMusic(_ held: Line, holder: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(held.hearsTheExchange(), "\(held.hearing)", sourceLocation: sourceLocation)
      #expect(holder.hearsNothing(), "\(holder.hearing)", sourceLocation: sourceLocation)
    }

    @Test(
      "HOLD-1, HOLD-2: who is held hears music, the holder nothing; resumed they hear each other", .timeLimit(.minutes(1)),
      arguments: Line.Hold.allCases, [true, false])
    func music(way: Line.Hold, byCaller: Bool) throws {
      let office = try Office()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      let (holder, held) = byCaller ? (near, far) : (far, near)
      expectTalk(near, far)
      for turn in 1...2 {
        try holder.hold(way)
        expectMusic(held, holder: holder)
        if turn == 1 { held.draw("held-\(way)", "On hold (\(way)): what the held party hears") }
        try holder.resume()
        expectTalk(near, far)
      }
      held.draw("resumed-\(way)", "Resumed: what the held party hears again")
      #expect(office.path == "direct")
      #expect(wait(3) { office.openMediaPorts.isEmpty }, "\(office.openMediaPorts)")
      try near.hangUp()
      #expect(wait(3) { far.hasEnded })
    }

    @Test("HOLD-2: tone-source=phone: the held party hears what the holding phone sends", .timeLimit(.minutes(1)))
    func phonesOwnTone() throws {
      let office = try Office(settings: [("2002", "tone-source=phone")])
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold(.sendonly)
      #expect(near.hearsNothing(), "\(near.hearing)")
      #expect(far.hears(near), "\(far.hearing)")
      #expect(far.remote?.direction == .sends)
      try near.resume()
      expectTalk(near, far)
    }

    @Test("HOLD-1: both hold each other, and resume one after the other", .timeLimit(.minutes(1)))
    func both() throws {
      let office = try Office()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      try far.hold()
      for line in [near, far] { #expect(line.hearsNothing(), "\(line.hearing)") }
      try near.resume()
      #expect(near.hearsTheExchange(), "\(near.hearing)")
      try far.resume()
      expectTalk(near, far)
    }

    @Test("HOLD-1: both press hold in the same moment", .timeLimit(.minutes(1)))
    func glare() throws {
      let office = try Office()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      let done = DispatchGroup()
      for line in [near, far] {
        DispatchQueue.global().async(group: done) {
          do { try line.hold() } catch { Issue.record(error) }
        }
      }
      done.wait()
      for line in [near, far] { try line.resume() }
      expectTalk(near, far)
    }

    @Test("HOLD-2: hold and resume through the relay", .timeLimit(.minutes(1)))
    func relayed() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.outside("2002"))
      expectTalk(near, far)
      for (holder, held) in [(near, far), (far, near)] {
        try holder.hold()
        expectMusic(held, holder: holder)
        try holder.resume()
        expectTalk(near, far)
      }
      #expect(office.path == "relay")
    }

    @Test("HOLD-2: held through kill -9: the call can be resumed", .timeLimit(.minutes(1)))
    func survivesACrash() throws {
      let office = try Office()
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      expectMusic(far, holder: near)
      try office.exchange.crashAndRestart()
      try near.resume()
      expectTalk(near, far)
    }

    @Test("HOLD-2: music of one's own from a WAV file", .timeLimit(.minutes(1)))
    func ownMusic() throws {
      let folder = try TemporaryFolder()
      let file = folder.url.appendingPathComponent("music.wav")
      let samples = (0..<16_000).map { Int16(8000 * sin(2 * .pi * 1570 * Double($0) / 8000)) }
      try WAV.write(Sound(samples: samples), to: file)
      let office = try Office(options: [("media.music", file.path)])
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      try near.hold()
      #expect(far.hears([1570]), "\(far.hearing)")
      far.draw("held-own-music", "On hold with a 1570 Hz sine as music")
    }
  }
}
