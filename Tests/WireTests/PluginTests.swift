import Foundation
import Testing

extension Wire {
  /// The plugins' own features with real phones: each is loaded from its library by the running program.
  @Suite("Plugins with real phones", .enabled(if: Program.baresip != nil, "baresip is not installed"))
  struct Plugins {
    @Test("MOD-2: whoever has found a station busy is called back by code 44, and both hear each other", .timeLimit(.minutes(1)))
    func callBack() throws {
      let office = try Office.plugged(
        #"<module name="CallBack" library="libCallBack.so" pause="1"><code digits="44" action="set"/></module>"#)
      defer { office.close() }
      let (wanted, other) = (try office.phone("2002"), try office.phone("2003"))
      let caller = try office.baresip("2001")
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

    @Test("MOD-2: a short number is stored, survives kill -9, and is called", .timeLimit(.minutes(1)))
    func speedDial() throws {
      let office = try Office.plugged(
        #"<module name="SpeedDial" library="libSpeedDial.so" administrator="2001"><code digits="*0" action="call"/>"#
          + #"<code digits="*1" action="callSystem"/><code digits="*75" action="store"/>"#
          + #"<code digits="*76" action="storeSystem"/></module>"#)
      defer { office.close() }
      let called = try office.phone("2002")
      let caller = try office.baresip("2001")
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
      let caller = try office.baresip("2001")
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

extension Office {
  /// One with the shipped plan and one more module, last in order; libraries are found where the program is.
  static func plugged(_ module: String) throws -> Office {
    let plan = try Office.shipped().replacingOccurrences(of: "</features>", with: "  \(module)\n  </features>")
    let program = try #require(Program.strowger)
    let libraries = URL(fileURLWithPath: program).deletingLastPathComponent().path
    return try Office(plan: plan, arguments: ["--modules", libraries])
  }

  /// A baresip that records what it hears.
  func baresip(_ number: String) throws -> Baresip {
    let phone = try Baresip(number, at: self.exchange, Baresip.Habits(voice: 1990, isRecording: true))
    try phone.waitUntilRegistered()
    return phone
  }
}
