import Foundation
import Testing

extension Wire {
  /// The plugins' own features with real phones: each is loaded from its library by the running program.
  @Suite("Plugins with real phones", .enabled(if: Program.baresip != nil, "baresip is not installed"))
  struct Plugins {
    /// The shipped plan with one more module, last in order.
    private func office(_ module: String) throws -> Office {
      let plan = try Office.shipped().replacingOccurrences(of: "</features>", with: "  \(module)\n  </features>")
      let program = try #require(Program.strowger)
      let libraries = URL(fileURLWithPath: program).deletingLastPathComponent().path
      return try Office(plan: plan, arguments: ["--modules", libraries])
    }

    private func baresip(_ number: String, at office: Office) throws -> Baresip {
      let phone = try Baresip(number, at: office.exchange, Baresip.Habits(voice: 1990, isRecording: true))
      try phone.waitUntilRegistered()
      return phone
    }

    @Test("MOD-2: whoever has found a station busy is called back by code 44, and both hear each other", .timeLimit(.minutes(1)))
    func callBack() throws {
      let office = try office(
        #"<module name="CallBack" library="libCallBack.so" pause="1"><code digits="44" action="set"/></module>"#)
      defer { office.close() }
      let (wanted, other) = (try office.phone("2002"), try office.phone("2003"))
      let caller = try baresip("2001", at: office)
      let talk = try wanted.dial("2003")
      _ = try other.incoming()
      try caller.command("dial", "2002")
      #expect(try caller.event("CALL_CLOSED").contains("486"))
      try caller.command("dial", "44")
      #expect(try caller.event("CALL_CLOSED").contains("480"))
      try office.exchange.crashAndRestart()
      try talk.hangUp()
      // It answers by itself, is rung for, and hears the ringing tone before the station it wants.
      try caller.event("CALL_ESTABLISHED", within: 10)
      let line = try wanted.incoming(within: 10)
      #expect(line.hears([1990]), "\(line.hearing)")
      let hears = wait(10) { (try? caller.heard().last(0.5).tones(among: Voices.all)) == [wanted.voice] }
      #expect(hears, "\(String(describing: try? caller.heard().last(0.5).tones(among: Voices.all)))")
      #expect(try office.exchange.json("calls").count == 1)
      try office.exchange.flow("call-back-baresip").expect(["2002< INVITE 2002 SDP", "2001< ACK SDP"])
    }

    /// Waits for the next full minute.
    @Test("MOD-2: a wake-up call rings at its minute, also after kill -9, and plays music", .timeLimit(.minutes(3)))
    func wakeUp() throws {
      let office = try office(
        #"<module name="WakeUp" library="libWakeUp.so"><code digits="*55" action="set"/><code digits="*56" action="cancel"/>"#
          + #"<code digits="*57" action="query"/></module>"#)
      defer { office.close() }
      let sleeper = try baresip("2001", at: office)
      let format = DateFormatter()
      format.dateFormat = "HHmm"
      let wanted = Date(timeIntervalSinceNow: 65)
      try sleeper.command("dial", "*55" + format.string(from: wanted))
      #expect(try sleeper.event("CALL_CLOSED").contains("480"))
      try office.exchange.crashAndRestart()
      try sleeper.event("CALL_ESTABLISHED", within: 75)
      #expect(format.string(from: Date()) == format.string(from: wanted))
      let hearsMusic = wait(5) {
        guard let sound = try? sleeper.heard().last(0.5) else { return false }
        return sound.level > -40 && sound.tones(among: Voices.all) == []
      }
      #expect(hearsMusic, "it hears \(String(describing: try? sleeper.heard().last(0.5).level)) dB")
      try sleeper.command("hangup")
      #expect(try office.isIdle())
      #expect(try office.exchange.command("status", "--json").contains("wake-up call") == false)
    }

    @Test("MOD-2: a short number is stored, survives kill -9, and is called", .timeLimit(.minutes(1)))
    func speedDial() throws {
      let office = try office(
        #"<module name="SpeedDial" library="libSpeedDial.so" administrator="2001"><code digits="*0" action="call"/>"#
          + #"<code digits="*1" action="callSystem"/><code digits="*75" action="store"/>"#
          + #"<code digits="*76" action="storeSystem"/></module>"#)
      defer { office.close() }
      let called = try office.phone("2002")
      let caller = try baresip("2001", at: office)
      for code in ["*75052002", "*76102002"] {
        try caller.command("dial", code)
        #expect(try caller.event("CALL_CLOSED").contains("480"))
      }
      try office.exchange.crashAndRestart()
      for code in ["*005", "*110"] {
        try caller.command("dial", code)
        let line = try called.incoming()
        #expect(line.hears([1990]), "\(line.hearing)")
        try caller.command("hangup")
        #expect(wait(3) { line.hasEnded })
      }
    }

    @Test("MOD-2: a hot line in C is set and called", .timeLimit(.minutes(1)))
    func hotLine() throws {
      let folder = try TemporaryFolder()
      let library = folder.url.appendingPathComponent("libHotLine.so").path
      let source = Program.repository.appendingPathComponent("Plugins/HotLine/hotline.c").path
      let headers = Program.repository.appendingPathComponent("Sources/CStrowger/include").path
      let gcc = try Child(
        "/usr/bin/env", ["gcc", "-fPIC", "-shared", "-I", headers, "-o", library, source], in: folder.url, name: "gcc")
      #expect(gcc.exitStatus(within: 30) == 0)
      let plan = try Office.shipped().replacingOccurrences(
        of: "</features>",
        with: #"<module name="HotLine" library="libHotLine.so"><code digits="*91" action="set"/>"#
          + #"<code digits="*90" action="clear"/><code digits="*9" action="call"/></module></features>"#)
      let office = try Office(plan: plan, arguments: ["--modules", folder.url.path])
      defer { office.close() }
      let called = try office.phone("2002")
      let caller = try baresip("2001", at: office)
      try caller.command("dial", "*912002")
      #expect(try caller.event("CALL_CLOSED").contains("480"))
      try caller.command("dial", "*9")
      let line = try called.incoming()
      #expect(line.hears([1990]), "\(line.hearing)")
      try office.exchange.flow("hot-line-baresip").expect([
        "2001> INVITE *912002", "2001< 480", "2001> INVITE *9", "2002< INVITE",
      ])
    }
  }
}
