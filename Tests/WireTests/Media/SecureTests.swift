import Foundation
import Testing

extension Wire {
  /// baresip against baresip: another maker's codecs and encryption at both ends.
  @Suite(
    "baresip phones hear each other, in the clear and encrypted", .enabled(if: Program.baresip != nil, "baresip is not installed")
  )
  struct Secure {
    enum Way: String, CaseIterable, Sendable { case g711, g722, secure, secureG722 }

    /// Two baresips that have registered and talk; the second one's voice differs by what a test can hear.
    private func talk(_ way: Way, at office: Office) throws -> (Baresip, Baresip) {
      var habits = Baresip.Habits(isRecording: true)
      if way == .g722 || way == .secureG722 { habits.codecs = ["g722"] }
      if way == .secure || way == .secureG722 { habits.encryption = "srtp-mand" }
      let phones = try [("2001", 710), ("2002", 1130)].map { number, voice in
        habits.voice = voice
        return try Baresip(number, at: office.exchange, habits)
      }
      for phone in phones { try phone.waitUntilRegistered() }
      try phones[0].command("dial", "2002")
      for phone in phones { try phone.event("CALL_ESTABLISHED", within: 8) }
      return (phones[0], phones[1])
    }

    /// Exactly that voice was heard in the last part of what was recorded.
    private func expectHears(
      _ phone: Baresip, _ voice: [Double], _ words: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      var last = Sound(samples: [])
      let came = wait(8) {
        guard let all = try? phone.heard(), all.length > 1.5 else { return false }
        last = all.last(0.5)
        return last.tones(among: [710, 1130]) == voice
      }
      let levels = [710.0, 1130].map { "\(Int($0)) Hz \(Int(last.level(of: $0))) dB" }
      #expect(came, "baresip \(phone.number): \(levels), loudest \(last.loudest)", sourceLocation: sourceLocation)
    }

    @Test("MED-3, CALL-2: direct, each hears exactly the other", .timeLimit(.minutes(1)), arguments: Way.allCases)
    func direct(way: Way) throws {
      let office = try Office(plan: Exchange.plan)
      defer { office.close() }
      let (near, far) = try talk(way, at: office)
      try expectHears(near, [1130])
      try expectHears(far, [710])
      Picture.draw(try near.heard().last(0.5), "baresip-direct-\(way)", title: "baresip, direct, \(way): what 2001 hears")
      #expect(office.path == "direct")
      #expect(try near.media().remote == "127.0.0.1:\(far.mediaPort())")
    }

    @Test("MED-3, CALL-9: through the relay, which ends the encryption", .timeLimit(.minutes(1)), arguments: Way.allCases)
    func relayed(way: Way) throws {
      // The two want their keys in different ways, so the exchange stands between them (MED-4).
      let office = try Office(settings: [("2002", "dtmf-type=info")])
      defer { office.close() }
      let (near, far) = try talk(way, at: office)
      try expectHears(near, [1130])
      try expectHears(far, [710])
      Picture.draw(try near.heard().last(0.5), "baresip-relay-\(way)", title: "baresip, relayed, \(way): what 2001 hears")
      #expect(office.path == "relay")
      for phone in [near, far] {
        let port = try phone.media().remote.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        #expect(office.ports.contains(port), "RTP comes from \(port)")
      }
      try near.command("hold")
      try expectHears(far, [], "held")
      let heard = try far.heard().last(0.5)
      #expect(heard.level > Sound.hardly, "music reaches the held party: \(heard.level) dB")
      try near.command("resume")
      try expectHears(near, [1130], "resumed")
      try expectHears(far, [710], "resumed")
    }

    @Test("MED-3, HOLD-2: held: music and no voice; resumed: the other again", .timeLimit(.minutes(1)), arguments: Way.allCases)
    func held(way: Way) throws {
      let office = try Office()
      defer { office.close() }
      let (near, far) = try talk(way, at: office)
      try expectHears(near, [1130])
      try expectHears(far, [710])
      for turn in 1...2 {
        try near.command("hold")
        try expectHears(far, [], "held, turn \(turn)")
        let heard = try far.heard().last(0.5)
        #expect(heard.level > Sound.hardly, "music reaches the held party: \(heard.level) dB")
        Picture.draw(try far.heard().last(0.5), "baresip-held-\(way)", title: "baresip, held, \(way): what 2002 hears")
        try near.command("resume")
        try expectHears(near, [1130], "resumed, turn \(turn)")
        try expectHears(far, [710], "resumed, turn \(turn)")
      }
    }

    @Test(
      "MED-3: an encrypting phone and one that cannot: the exchange stands between them, never silently plain",
      .timeLimit(.minutes(1)))
    func oneSideOnly() throws {
      let office = try Office()
      defer { office.close() }
      let plain = try office.phone("2001")
      let secure = try Baresip(
        "2002", at: office.exchange, Baresip.Habits(voice: 1990, encryption: "srtp-mand", isRecording: true))
      try secure.waitUntilRegistered()
      try secure.command("dial", "2001")
      var line = try plain.incoming()
      // It refuses encrypted voice; what it is offered then is a call of its own to it.
      if line.hasEnded { line = try plain.incoming() }
      try secure.event("CALL_ESTABLISHED", within: 8)
      #expect(line.hears([1990]), "\(line.hearing)")
      #expect(wait(8) { (try? secure.heard().last(0.5).tones(among: Voices.all)) == [plain.voice] })
      #expect(line.remote?.profile == "RTP/AVP")
      #expect(line.remote?.crypto == [])
    }

    @Test("MED-3: srtp=required: a phone that does not encrypt is refused 488", .timeLimit(.minutes(1)))
    func required() throws {
      let office = try Office(settings: [("2002", "srtp=required")])
      defer { office.close() }
      let (one, two) = (try office.phone("2001"), try office.phone("2002"))
      #expect(try two.outcome("2001").status == 488)
      #expect(one.staysQuiet(for: 0.3))
    }
  }
}
