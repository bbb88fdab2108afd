import Foundation
import Testing

extension Wire {
  /// What each phone hears, by the frequencies of the others' voices.
  @Suite("Phones hear each other")
  struct Direct {
    @Test("MED-1, CALL-2: on one network RTP goes straight: each hears exactly the other", .timeLimit(.minutes(1)))
    func direct() throws {
      // No module that needs the media server is in this plan.
      let office = try Office(plan: Exchange.plan)
      defer { office.close() }
      let (one, two) = (try office.phone("2001"), try office.phone("2002"))
      let (near, far) = try one.call(two)
      #expect(near.hears(far), "\(near.hearing)")
      #expect(far.hears(near), "\(far.hearing)")
      near.draw("direct-caller", "Direct: what the caller hears")
      #expect(office.path == "direct")
      #expect(near.remote?.place == far.endpoint.rtp.local, "the description names the other phone itself")
      #expect(Set(near.endpoint.packets.map(\.from)) == [far.endpoint.rtp.local])
      #expect(near.endpoint.gaps == 0 && near.endpoint.others == 0)
      try near.hangUp()
      #expect(wait(3) { far.hasEnded })
      #expect(try office.isIdle())
      #expect(office.openMediaPorts.isEmpty)
    }

    @Test("CALL-2: a µ-law phone and one with both codecs agree on µ-law", .timeLimit(.minutes(1)))
    func commonCodec() throws {
      let office = try Office(plan: Exchange.plan)
      defer { office.close() }
      let one = try office.phone("2001") { $0.formats = [0] }
      let two = try office.phone("2002")
      let (near, far) = try two.call(one)
      #expect(near.hears(far), "\(near.hearing)")
      #expect(far.hears(near), "\(far.hearing)")
      #expect(Set(far.endpoint.packets.map(\.payload)) == [0])
      #expect(office.path == "direct")
    }

    @Test("MED-4: keys as events go through between two phones that both have them", .timeLimit(.minutes(1)))
    func events() throws {
      let office = try Office(plan: Exchange.plan)
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      #expect(near.hears(far), "\(near.hearing)")
      for key in "15*#" { near.press(key) }
      #expect(wait(5) { far.eventKeys == "15*#" }, "\(far.eventKeys)")
    }
  }
}
