import Foundation
import Testing

extension Wire {
  @Suite("Both ends decide at once")
  struct CallRaces {
    @Test("RELIABILITY 37: the caller's CANCEL against the callee's 200: a whole call or none", .timeLimit(.minutes(20)))
    func cancelAgainstAnswer() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let caller = try office.phone("2001")
      let called = try office.phone("2002") { $0.answer = .whenTold }
      for round in 1...Office.rounds {
        let line = try caller.dial("2002")
        let rings = try called.incoming()
        Office.race(0.01, { line.cancel() }, { rings.answer() })
        let final = try line.final()
        #expect([200, 487].contains(final.status), "round \(round): \(final.startLine)")
        if final.status == 200 {
          #expect(!rings.hasEnded, "round \(round): the caller is connected, the called telephone is not")
          try line.hangUp()
        }
        #expect(wait(3) { rings.hasEnded }, "round \(round): the called telephone is left in a call")
        if round.isMultiple(of: 200) { for phone in [caller, called] { try phone.register() } }
      }
      #expect(try office.isIdle())
    }
  }
}
