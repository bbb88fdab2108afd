import Foundation
import Testing

extension Wire {
  @Suite("Calls are transferred")
  struct Transferring {
    private func expectTalk(_ near: Line, _ far: Line, sourceLocation: SourceLocation = #_sourceLocation) {
      #expect(near.hears(far), "\(near.hearing)", sourceLocation: sourceLocation)
      #expect(far.hears(near), "\(far.hearing)", sourceLocation: sourceLocation)
    }

    @Test(
      "XFER-1: blind, held first or not: 202, NOTIFY, ringing, then both talk directly", .timeLimit(.minutes(1)),
      arguments: [true, false])
    func blind(holdsFirst: Bool) throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      expectTalk(near, far)
      if holdsFirst { try near.hold() }
      #expect(try near.refer(to: "2003").status == 202)
      let rings = try target.incoming()
      #expect(rings.invite?["Referred-By"]?.contains("2001") == true)
      #expect(rings.invite?["From"]?.contains("2002") == true, "the target sees whom it will talk to")
      #expect(far.hearsTheExchange(), "the held party hears ringing: \(far.hearing)")
      #expect(wait(3) { near.transferProgress.contains(180) }, "\(near.transferProgress)")
      rings.answer()
      expectTalk(rings, far)
      #expect(near.hasTransferred(), "\(near.transferProgress)")
      #expect(wait(3) { near.hasEnded }, "the transferor is released")
      #expect(near.transferProgress.first == 100)
      far.draw("transferred", "Transferred: what the party hears")
      #expect(office.path == "direct")
      #expect(wait(3) { office.openMediaPorts.isEmpty })
      try rings.hangUp()
      #expect(wait(3) { far.hasEnded })
      #expect(try office.isIdle())
    }

    @Test("XFER-1: the transferor hangs up at once: the transfer goes on", .timeLimit(.minutes(1)))
    func hangsUpAtOnce() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      try near.refer(to: "2003")
      try near.hangUp()
      let rings = try target.incoming()
      rings.answer()
      expectTalk(rings, far)
    }

    @Test("XFER-5: the target is busy: NOTIFY says so, and the transferor has its call back", .timeLimit(.minutes(1)))
    func busy() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      _ = try office.phone("2003") { $0.answer = .busy }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      try near.hold()
      try near.refer(to: "2003")
      #expect(near.hasTransferred(486), "\(near.transferProgress)")
      try near.resume()
      expectTalk(near, far)
    }

    @Test("XFER-5: nobody answers and the transferor has hung up: it is rung", .timeLimit(.minutes(1)))
    func recall() throws {
      let office = try Office(plan: Office.shipped((#"name="Transfer" recallTime="30""#, #"name="Transfer" recallTime="2""#)))
      defer { office.close() }
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let transferor = try office.phone("2001")
      let (near, far) = try transferor.call(office.phone("2002"))
      try near.refer(to: "2003")
      let rings = try target.incoming()
      try near.hangUp()
      let recall = try transferor.incoming()
      #expect(wait(3) { rings.hasEnded })
      expectTalk(recall, far)
    }

    @Test("XFER-2, CALL-6: after a consultation both remaining phones talk directly and see each other", .timeLimit(.minutes(1)))
    func attended() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let transferor = try office.phone("2001")
      let (first, far) = try transferor.call(office.phone("2002"))
      try first.hold()
      let (second, target) = try transferor.call(office.phone("2003"))
      expectTalk(second, target)
      try second.hold()
      #expect(try first.refer(to: "2003", replacing: second).status == 202)
      expectTalk(far, target)
      #expect(first.hasTransferred(), "\(first.transferProgress)")
      #expect(wait(3) { first.hasEnded && second.hasEnded })
      #expect(wait(3) { far.with { $0.requests.contains { $0["P-Asserted-Identity"]?.contains("2003") == true } } })
      #expect(wait(3) { target.with { $0.requests.contains { $0["P-Asserted-Identity"]?.contains("2002") == true } } })
      #expect(office.path == "direct")
      try far.hangUp()
      #expect(wait(3) { target.hasEnded })
      #expect(try office.isIdle())
    }

    @Test("XFER-7: transferred while the target still rings: it keeps ringing and gets the party", .timeLimit(.minutes(1)))
    func semiAttended() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let target = try office.phone("2003") { $0.answer = .whenTold }
      let transferor = try office.phone("2001")
      let (first, far) = try transferor.call(office.phone("2002"))
      try first.hold()
      let second = try transferor.dial("2003")
      let rings = try target.incoming()
      #expect(wait(3) { second.with { $0.provisional.contains(180) } })
      #expect(try first.refer(to: "2003", replacing: second).status == 202)
      usleep(300_000)
      #expect(!rings.hasEnded, "the transferor's call does not take the ringing with it")
      rings.answer()
      expectTalk(rings, far)
      #expect(wait(3) { first.hasEnded })
    }

    @Test("XFER-3: toggling between two parties and cancelling loses nobody", .timeLimit(.minutes(1)))
    func toggle() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let transferor = try office.phone("2001")
      let (first, far) = try transferor.call(office.phone("2002"))
      try first.hold()
      let (second, other) = try transferor.call(office.phone("2003"))
      for _ in 1...3 {
        expectTalk(second, other)
        try second.hold()
        try first.resume()
        expectTalk(first, far)
        #expect(other.hearsTheExchange(), "\(other.hearing)")
        try first.hold()
        try second.resume()
      }
      try second.hangUp()
      try first.resume()
      expectTalk(first, far)
    }

    @Test("XFER-6: an unknown dialog, oneself, nobody, no number: refused, and the call goes on", .timeLimit(.minutes(1)))
    func refused() throws {
      let office = try Office(plan: Office.shipped())
      defer { office.close() }
      let (near, far) = try office.phone("2001").call(office.phone("2002"))
      for target in [
        "<sip:2003@127.0.0.1?Replaces=nobody%3Bto-tag%3Da%3Bfrom-tag%3Db>", "<sip:2001@127.0.0.1>", "<http://127.0.0.1/2003>",
        "<sip:@127.0.0.1>", "<sip:9999999@127.0.0.1>", "<sip:401@127.0.0.1>", "nonsense",
      ] {
        let answer = try near.request("REFER", extra: ["Refer-To: \(target)"])
        #expect((400..<700).contains(answer.status ?? 0), "\(target): \(answer)")
      }
      expectTalk(near, far)
    }
  }
}
