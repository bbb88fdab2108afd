import Foundation
import Testing

extension Wire {
  @Suite("Keys reach the other side in the way it understands")
  struct Keys {
    /// 2001 sends events as every phone does, 2002 is set to SIP INFO and has no events.
    private func office() throws -> (Office, events: TestPhone, info: TestPhone) {
      let office = try Office(settings: [("2002", "dtmf-type=info")])
      return (office, try office.phone("2001"), try office.phone("2002") { $0.events = nil })
    }

    @Test("MED-4: keys as events reach a phone with dtmf-type=info as INFO, each once", .timeLimit(.minutes(1)))
    func eventsToInfo() throws {
      let (office, events, info) = try office()
      defer { office.close() }
      let (near, far) = try events.call(info)
      #expect(far.hears(near), "\(far.hearing)")
      for key in "159*0#5" { near.press(key, milliseconds: 100) }
      #expect(wait(6) { far.infoKeys.count >= 7 }, "\(far.infoKeys)")
      #expect(far.infoKeys == "159*0#5")
      #expect(far.requests("INFO").allSatisfy { $0["Content-Type"] == "application/dtmf-relay" })
      #expect(far.eventKeys.isEmpty, "and not a second time as events")
      #expect(far.hears(near) && near.hears(far), "the voice goes on")
    }

    @Test("MED-4: keys as INFO reach the other phone as events", .timeLimit(.minutes(1)))
    func infoToEvents() throws {
      let (office, events, info) = try office()
      defer { office.close() }
      let (near, far) = try info.call(events)
      #expect(far.hears(near), "\(far.hearing)")
      for key in "7#" { try near.pressByInfo(key, milliseconds: 200) }
      #expect(wait(6) { far.eventKeys == "7#" }, "\(far.eventKeys)")
      #expect(wait(3) { far.endpoint.keys().allSatisfy { $0.milliseconds >= 100 } }, "\(far.endpoint.keys())")
      #expect(far.infoKeys.isEmpty)
      #expect(far.hears(near) && near.hears(far), "the voice goes on")
    }

    @Test("MED-4: INFO between two phones that both want it goes straight through", .timeLimit(.minutes(1)))
    func infoToInfo() throws {
      let office = try Office(settings: [("2001", "dtmf-type=info"), ("2002", "dtmf-type=info")])
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      for key in "42" { try near.pressByInfo(key) }
      try far.pressByInfo("D")
      #expect(wait(4) { far.infoKeys == "42" && near.infoKeys == "D" }, "\(far.infoKeys) \(near.infoKeys)")
    }

    @Test("MED-4: through the relay, events stay events, each once", .timeLimit(.minutes(1)))
    func relayed() throws {
      let office = try Office.withTwoNetworks()
      defer { office.close() }
      // The two number their events differently.
      let (near, far) = try office.phone("2001") { $0.events = 96 }.call(office.outside("2002"))
      #expect(far.hears(near), "\(far.hearing)")
      for key in "380" { near.press(key) }
      for key in "A1" { far.press(key) }
      #expect(wait(6) { far.eventKeys == "380" && near.eventKeys == "A1" }, "\(far.eventKeys) \(near.eventKeys)")
    }

    @Test(
      "MED-4: a door phone that listens for INFO opens when baresip presses 5",
      .enabled(if: Program.baresip != nil, "baresip is not installed"), .timeLimit(.minutes(1)))
    func door() throws {
      let office = try Office(settings: [("2002", "dtmf-type=info")])
      defer { office.close() }
      let door = try office.phone("2002") { $0.events = nil }
      let resident = try Baresip("2001", at: office.exchange)
      try resident.waitUntilRegistered()
      let ringing = try door.call("2001")
      try resident.event("CALL_ESTABLISHED")
      #expect(ringing.hears([]) || ringing.hearsTheExchange(), "the door hears the resident")
      try resident.command("sndcode", "5")
      #expect(wait(5) { ringing.infoKeys == "5" }, "\(ringing.infoKeys)")
      try resident.command("hangup")
      #expect(wait(3) { ringing.hasEnded })
    }
  }
}
