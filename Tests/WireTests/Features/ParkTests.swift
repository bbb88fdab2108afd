import Foundation
import Synchronization
import Testing

extension Wire {
  @Suite("Calls are parked and fetched")
  struct Parking {
    /// 2001 talks to 2002, holds and parks.
    private func parked(_ office: Office) throws -> (parker: TestPhone, parked: Line) {
      let parker = try office.phone("2001")
      let (near, far) = try parker.call(office.phone("2002"))
      #expect(near.hears(far), "\(near.hearing)")
      try near.hold()
      let answer = try parker.outcome("11")
      #expect(answer.status == 480, "\(answer)")
      #expect(wait(3) { near.hasEnded }, "the parking phone's held call gets BYE")
      return (parker, far)
    }

    @Test("PARK-1, PARK-2: parked, the party hears music; fetched, both talk directly", .timeLimit(.minutes(1)))
    func parkAndFetch() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (_, far) = try parked(office)
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      far.draw("parked", "Parked: what the party hears")
      let line = try office.phone("2003").call("122001")
      #expect(line.hears(far), "\(line.hearing)")
      #expect(far.hears(line), "\(far.hearing)")
      far.draw("fetched", "Fetched: what the party hears")
      #expect(office.path == "direct")
      #expect(wait(3) { office.openMediaPorts.isEmpty })
      try line.hangUp()
      #expect(wait(3) { far.hasEnded })
      #expect(try office.isIdle())
    }

    @Test("PARK-2: nothing is parked there: 480", .timeLimit(.minutes(1)))
    func nothingThere() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let phone = try office.phone("2001")
      for number in ["122005", "11", "46", "652005"] {
        let answer = try phone.outcome(number)
        #expect(answer.status == 480, "\(number): \(answer)")
      }
    }

    @Test("PARK-3: not fetched, the parking phone is rung, and talks to the party", .timeLimit(.minutes(1)))
    func recall() throws {
      let office = try Office(plan: Office.shipped((#"name="CallPark" recallTime="60""#, #"name="CallPark" recallTime="1""#)))
      defer { office.close() }
      let (parker, far) = try parked(office)
      let recall = try parker.incoming()
      #expect(recall.invite?["Alert-Info"] != nil)
      #expect(recall.hears(far) && far.hears(recall), "\(recall.hearing) \(far.hearing)")
    }

    @Test("PARK-4: parked calls are seen in the list of calls and survive kill -9", .timeLimit(.minutes(1)))
    func restart() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (_, far) = try parked(office)
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      #expect(try office.exchange.json("calls").map { $0["state"] as? String } == ["parked"])
      try office.exchange.crashAndRestart()
      #expect(try office.exchange.json("calls").map { $0["state"] as? String } == ["parked"])
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      let line = try office.phone("2003").call("122001")
      #expect(line.hears(far) && far.hears(line), "\(line.hearing) \(far.hearing)")
    }

    @Test("XFER-7: a transfer to 11 parks the party", .timeLimit(.minutes(1)))
    func parkByTransferKey() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      #expect(near.hears(far))
      #expect(try near.refer(to: "11").status == 202)
      #expect(wait(3) { near.hasEnded })
      #expect(far.hearsTheExchange(), "\(far.hearing)")
      let line = try office.phone("2003").call("122001")
      #expect(line.hears(far) && far.hears(line), "\(line.hearing) \(far.hearing)")
    }

    @Test("PARK-2: two phones fetch at once: exactly one gets the call", .timeLimit(.minutes(20)))
    func race() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (parker, party) = (try office.phone("2001"), try office.phone("2002"))
      let (one, other) = (try office.phone("2003"), try office.phone("2004"))
      for round in 1...Office.rounds {
        let (near, far) = try parker.call(party)
        try near.hold()
        #expect(try parker.outcome("11").status == 480)
        let answers = Mutex<[Int]>([])
        let winners = Mutex<[Line]>([])
        let fetch: @Sendable (TestPhone) -> Void = { phone in
          do {
            let line = try phone.dial("122001")
            let status = try line.final().status ?? 0
            answers.withLock { $0.append(status) }
            if status == 200 { winners.withLock { $0.append(line) } }
          } catch { Issue.record(error) }
        }
        Office.race(0.02, { fetch(one) }, { fetch(other) })
        #expect(answers.withLock { $0.sorted() } == [200, 480], "round \(round)")
        for line in winners.withLock({ $0 }) { try line.hangUp() }
        #expect(wait(3) { far.hasEnded }, "round \(round)")
        if round.isMultiple(of: 200) { for phone in [parker, party, one, other] { try phone.register() } }
      }
      #expect(try office.isIdle())
    }
  }
}
