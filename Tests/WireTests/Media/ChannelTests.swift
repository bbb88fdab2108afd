import Foundation
import Testing

extension Wire {
  @Suite("The media server's channels are limited")
  struct Channels {
    // A relayed call takes two channels, one for each phone.
    @Test("MED-2: the relayed call beyond the limit gets 503; calls in progress and direct calls go on", .timeLimit(.minutes(1)))
    func beyondTheLimit() throws {
      let office = try Office.withTwoNetworks(options: [("media.channels", "4")])
      defer { office.close() }
      let inside = try ["2001", "2002", "2003", "2004"].map { try office.phone($0) }
      let outside = try ["2005", "2006", "2007"].map { try office.outside($0) }
      var calls = try [0, 1].map { try inside[$0].call(outside[$0]) }
      for (near, far) in calls {
        #expect(near.hears(far), "\(near.hearing)")
        #expect(far.hears(near), "\(far.hearing)")
      }
      #expect(try inside[2].outcome("2007").status == 503)
      let direct = try inside[2].call(inside[3])
      calls.append(direct)
      for (near, far) in calls {
        #expect(near.hears(far), "\(near.hearing)")
        #expect(far.hears(near), "\(far.hearing)")
      }
      try direct.0.hangUp()
      try calls[0].0.hangUp()
      #expect(wait(3) { calls[0].1.hasEnded && direct.1.hasEnded })
      let (near, far) = try inside[2].call(outside[2])
      #expect(near.hears(far), "given back: \(near.hearing)")
    }

    @Test("MED-2: when no channel is free, music is silence, and the call can be resumed", .timeLimit(.minutes(1)))
    func musicDegrades() throws {
      let office = try Office(options: [("media.channels", "1")])
      defer { office.close() }
      let phones = try (2001...2004).map { try office.phone("\($0)") }
      let calls = try [0, 2].map { try phones[$0].call(phones[$0 + 1]) }
      for (near, far) in calls { #expect(near.hears(far) && far.hears(near), "\(near.hearing) \(far.hearing)") }
      try calls[0].0.hold()
      #expect(calls[0].1.hearsTheExchange(), "\(calls[0].1.hearing)")
      try calls[1].0.hold()
      #expect(calls[1].1.hearsNothing(), "\(calls[1].1.hearing)")
      #expect(!calls[1].1.hasEnded)
      for (near, far) in calls {
        try near.resume()
        #expect(near.hears(far) && far.hears(near), "\(near.hearing) \(far.hearing)")
      }
    }

    @Test("MED-2: no port is left: 503, and the call in progress goes on", .timeLimit(.minutes(1)))
    func noPorts() throws {
      let office = try Office(
        options: [("net.private", "127.0.0.0/16")], arguments: ["--public-address", "127.0.0.1"], ports: 4)
      defer { office.close() }
      let (one, two) = (try office.phone("2001"), try office.phone("2002"))
      let (three, _) = (try office.outside("2003"), try office.outside("2004"))
      let (near, far) = try one.call(three)
      #expect(near.hears(far) && far.hears(near), "\(near.hearing) \(far.hearing)")
      #expect(try two.outcome("2004").status == 503)
      #expect(near.hears(far) && far.hears(near), "\(near.hearing) \(far.hearing)")
    }

    @Test("DIAL-2: outcome=\"200\": the code is answered, a tone is heard, then the exchange hangs up", .timeLimit(.minutes(1)))
    func activationTones() throws {
      let office = try Office()
      defer { office.close() }
      let phone = try office.phone("2001")
      for (digits, name) in [("401", "confirmation"), ("402", "error"), ("400", "confirmation")] {
        let line = try phone.call(digits)
        #expect(line.hearsTheExchange(window: 0.15), "\(name) tone after \(digits): \(line.hearing)")
        #expect(wait(10) { line.hasEnded }, "BYE after the \(name) tone")
        #expect(!line.requests("BYE").isEmpty)
        Picture.draw(line.endpoint.sound, "tone-\(digits)", title: "What \(digits) hears: \(name) tone", marking: [])
      }
      #expect(try office.isIdle())
      #expect(wait(3) { office.openMediaPorts.isEmpty })
    }
  }
}
