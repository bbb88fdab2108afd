import Foundation
import Synchronization
import Testing

extension Wire {
  @Suite("Calls are picked up")
  struct Pickup {
    @Test(
      "PICK-1, PICK-2: picked up by code and station: both talk directly, the ringing phone gets CANCEL", .timeLimit(.minutes(1)))
    func directed() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let caller = try office.phone("2001").dial("2002")
      let ringing = try office.phone("2002") { $0.answer = .whenTold }
      // Registered after the call was made: it is dialled again.
      caller.cancel()
      _ = try? caller.final()
      let again = try caller.phone.dial("2002")
      let rings = try ringing.incoming()
      let taker = try office.phone("2003").call("652002")
      #expect(try again.final().status == 200)
      #expect(taker.hears(again) && again.hears(taker), "\(taker.hearing) \(again.hearing)")
      taker.draw("picked-up", "Picked up: what the phone hears")
      #expect(wait(3) { rings.hasEnded })
      let cancel = rings.requests("CANCEL").first
      #expect(cancel?["Reason"]?.contains("cause=200") == true, "\(String(describing: cancel))")
      #expect(office.path == "direct")
    }

    @Test("PICK-1: the group's oldest call is taken", .timeLimit(.minutes(1)))
    func group() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let first = try office.phone("2002") { $0.answer = .whenTold }
      let second = try office.phone("2003") { $0.answer = .whenTold }
      let older = try office.phone("2001").dial("2002")
      _ = try first.incoming()
      let younger = try office.phone("2004").dial("2003")
      let stays = try second.incoming()
      let taker = try office.phone("2005").call("661")
      #expect(taker.hears(older) && older.hears(taker), "\(taker.hearing)")
      #expect(!stays.hasEnded)
      younger.cancel()
    }

    @Test("PICK-3: pickup against answer, and against the caller's CANCEL: exactly one gets the call", .timeLimit(.minutes(40)))
    func races() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (caller, taker) = (try office.phone("2001"), try office.phone("2003"))
      let called = try office.phone("2002") { $0.answer = .whenTold }
      for round in 1...Office.rounds {
        for cancels in [false, true] {
          let line = try caller.dial("2002")
          let rings = try called.incoming()
          let pickup = Mutex<(Int, Line?)>((0, nil))
          let take: @Sendable () -> Void = {
            do {
              let line = try taker.dial("652002")
              let status = try line.final().status ?? 0
              pickup.withLock { $0 = (status, line) }
            } catch { Issue.record(error) }
          }
          Office.race(0.02, take) { if cancels { line.cancel() } else { rings.answer() } }
          let final = try line.final()
          let (status, taken) = pickup.withLock { $0 }
          #expect([200, 480].contains(status), "round \(round)")
          if cancels {
            #expect((final.status == 200) == (status == 200), "round \(round): \(final.startLine), pickup \(status)")
          } else {
            #expect(final.status == 200, "round \(round)")
            #expect(wait(3) { rings.hasEnded } == (status == 200) || status == 480, "round \(round)")
          }
          if final.status == 200 { try line.hangUp() }
          #expect(wait(3) { taken?.hasEnded ?? true }, "round \(round)")
          #expect(wait(3) { rings.hasEnded }, "round \(round)")
        }
        if round.isMultiple(of: 200) { for phone in [caller, called, taker] { try phone.register() } }
      }
      #expect(try office.isIdle())
    }
  }
}
