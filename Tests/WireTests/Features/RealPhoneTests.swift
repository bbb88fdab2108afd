import Foundation
import Testing

extension Wire {
  @Suite("Features as phones that people have do them")
  struct RealPhones {
    /// A baresip that records what it hears.
    private func baresip(_ number: String, voice: Int, at office: Office) throws -> Baresip {
      let phone = try Baresip(number, at: office.exchange, Baresip.Habits(voice: voice, isRecording: true))
      try phone.waitUntilRegistered()
      return phone
    }

    private func expectHears(_ phone: Baresip, _ voices: [Double], sourceLocation: SourceLocation = #_sourceLocation) throws {
      let isRight = wait(10) { (try? phone.heard().last(0.5).tones(among: Voices.all)) == voices.sorted() }
      #expect(
        isRight, "\(phone.number) hears \(String(describing: try? phone.heard().last(0.5).tones(among: Voices.all)))",
        sourceLocation: sourceLocation)
    }

    /// Dials a code and sees it end.
    private func dial(_ code: String, _ phone: Baresip) throws {
      try phone.command("dial", code)
      #expect(try phone.event("CALL_CLOSED").contains("480"))
    }

    @Test(
      "XFER-1: baresip transfers blind", .timeLimit(.minutes(1)),
      .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func blindTransfer() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let phone = try baresip("2001", voice: 710, at: office)
      let (party, target) = (try office.phone("2002"), try office.phone("2003"))
      try phone.command("dial", "2002")
      let line = try party.incoming()
      try phone.event("CALL_ESTABLISHED")
      #expect(line.hears([710]), "\(line.hearing)")
      try phone.command("hold")
      #expect(line.hearsTheExchange(), "\(line.hearing)")
      try phone.command("transfer", "sip:2003@127.0.0.1:\(office.exchange.udp)")
      let other = try target.incoming()
      #expect(other.hears(line) && line.hears(other), "\(other.hearing) \(line.hearing)")
      try phone.event("CALL_CLOSED")
      try office.exchange.flow("blind-transfer-baresip").expect(["2001> REFER 2003", "2001< 202", "2001< NOTIFY 200"])
    }

    @Test(
      "PARK-1, PARK-2: one baresip parks, another fetches", .timeLimit(.minutes(1)),
      .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func parkAndFetch() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let party = try office.phone("2002")
      let (parker, fetcher) = (try baresip("2001", voice: 710, at: office), try baresip("2003", voice: 1990, at: office))
      try parker.command("dial", "2002")
      let line = try party.incoming()
      try parker.event("CALL_ESTABLISHED")
      try parker.command("hold")
      #expect(line.hearsTheExchange(), "\(line.hearing)")
      // The code is answered 480 and the held call ends with BYE, whichever the phone hears of first.
      try parker.command("dial", "11")
      #expect(wait(5) { (try? parker.command("listcalls").contains("[0]")) == true || line.hearsTheExchange(within: 0.2) })
      #expect(line.hearsTheExchange(), "\(line.hearing)")
      try fetcher.command("dial", "122001")
      try fetcher.event("CALL_ESTABLISHED")
      #expect(line.hears([1990]), "\(line.hearing)")
      try expectHears(fetcher, [party.voice])
      try office.exchange.flow("park-baresip").expect(["2001> INVITE 11", "2003> INVITE 122001", "2003< 200 SDP"])
    }

    @Test(
      "PICK-1, PICK-2: a baresip picks a call up", .timeLimit(.minutes(1)),
      .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func pickup() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let called = try office.phone("2002") { $0.answer = .whenTold }
      let caller = try office.phone("2001")
      let taker = try baresip("2003", voice: 1990, at: office)
      let line = try caller.dial("2002")
      let rings = try called.incoming()
      try taker.command("dial", "652002")
      try taker.event("CALL_ESTABLISHED")
      #expect(wait(3) { rings.hasEnded })
      #expect(line.hears([1990]), "\(line.hearing)")
      try expectHears(taker, [caller.voice])
      try office.exchange.flow("pickup-baresip").expect(["2003> INVITE 652002", "2003< 200 SDP"])
    }

    @Test(
      "CONF-1, CONF-2: a baresip, which takes a call back by itself after each code, builds a conference of three",
      .timeLimit(.minutes(1)), .enabled(if: Program.baresip != nil, "baresip is not installed"))
    func conference() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let owner = try baresip("2001", voice: 1990, at: office)
      var lines: [Line] = []
      for number in ["2002", "2003"] {
        let member = try office.phone(number)
        try owner.command("dial", number)
        let line = try member.incoming()
        try owner.event("CALL_ESTABLISHED")
        #expect(line.hears([1990]), "\(line.hearing)")
        try owner.command("hold")
        #expect(line.hearsTheExchange(), "\(line.hearing)")
        try owner.command("dial", "46")
        lines.append(line)
        let others = lines.dropLast().map(\.phone.voice)
        #expect(line.hears([1990] + others, within: 10), "\(line.hearing)")
      }
      #expect(lines[0].hears([1990, lines[1].phone.voice], within: 10), "\(lines[0].hearing)")
      try office.exchange.flow("conference-baresip").expect(["2001> INVITE 46", "2001< 480", "2001> INVITE 46", "2001< 480"])
    }

    @Test(
      "XFER-2: linphone transfers after a consultation", .timeLimit(.minutes(1)),
      .enabled(if: Linphone.program != nil, "linphonec is not installed"))
    func attendedTransfer() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (party, target) = (try office.phone("2002"), try office.phone("2003"))
      let phone = try Linphone("2001", at: office.exchange)
      try phone.call("2002", at: office.exchange, index: 1)
      let line = try party.incoming()
      try phone.command("pause")
      #expect(line.hearsTheExchange(), "\(line.hearing)")
      try phone.call("2003", at: office.exchange, index: 2)
      let other = try target.incoming()
      try phone.command("transfer 1 --to-call 2")
      #expect(line.hears(other, within: 10) && other.hears(line), "\(line.hearing) \(other.hearing) \(phone.text.suffix(600))")
      #expect(office.path == "direct")
      try office.exchange.flow("consultation-transfer-linphone").expect(["2001> REFER", "2001< 202", "2001< NOTIFY 200"])
    }
  }
}
