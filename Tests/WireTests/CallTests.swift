import Foundation
import Testing

extension Wire {
  @Suite("Phones call each other")
  struct Calls {
    @Test(
      "CALL-1: two baresip phones talk, RTP flows directly both ways, and nothing is left when they hang up",
      .enabled(if: Program.baresip != nil, "baresip is not installed"), .timeLimit(.minutes(1)), arguments: ["udp", "tcp"])
    func baresipsTalk(over transport: String) throws {
      let exchange = try Exchange()
      let caller = try Baresip("2001", at: exchange, over: transport)
      let called = try Baresip("2002", at: exchange, over: transport)
      try caller.waitUntilRegistered()
      try called.waitUntilRegistered()
      try caller.command("dial", "2002")
      try caller.event("CALL_ESTABLISHED")
      try called.event("CALL_ESTABLISHED")
      for phone in [caller, called] { try phone.event("CALL_RTPESTAB") }
      let flows = try wait(5) {
        try [caller, called].allSatisfy {
          let media = try $0.media()
          return media.sent > 25 && media.received > 25
        }
      }
      #expect(flows, "RTP flows both ways at both phones")
      #expect(try caller.media().remote == "127.0.0.1:\(called.mediaPort())", "RTP goes straight to the other phone")
      #expect(try called.media().remote == "127.0.0.1:\(caller.mediaPort())", "RTP goes straight to the other phone")

      let calls = try exchange.json("calls")
      #expect(calls.count == 1)
      #expect(calls.first?["mediaPath"] as? String == "direct")
      try caller.command("hangup")
      try called.event("CALL_CLOSED")
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
      let record = try exchange.json("cdr").last
      #expect(record?["caller"] as? String == "2001")
      #expect(record?["answeredBy"] as? String == "2002")
      let ladder = try exchange.command("ladder", "last")
      for word in ["INVITE", "180", "200", "ACK", "BYE"] { #expect(ladder.contains(word), "the ladder shows \(word)") }
    }

    @Test(
      "CALL-1: sipp phones register and make 200 calls one after the other",
      .enabled(if: Program.sipp != nil, "sipp is not installed"), .timeLimit(.minutes(2)))
    func sippCalls() throws {
      let exchange = try Exchange()
      let (callerPort, calledPort) = (freePort(), freePort())
      let stations = (2001...2010).map { number in
        "\(number);[authentication username=u\(number) password=\(Exchange.password)];\(number <= 2005 ? callerPort : calledPort)"
      }
      try Sipp("register-with-digest", at: exchange, times: 10, fields: stations).finish()
      #expect(try exchange.json("registrations").count == 10)
      let called = try Sipp("callee-answers", at: exchange, times: 200, port: calledPort)
      let pairs = (2001...2005).map { "\($0);\($0 + 5)" }
      try Sipp("caller-hangs-up", at: exchange, times: 200, rate: 10, port: callerPort, fields: pairs).finish()
      try called.finish()
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
    }

    @Test("CALL-1: the callee hangs up, the caller cancels: nobody is left ringing or talking")
    func bothEndsEnd() throws {
      let exchange = try Exchange()
      let (one, two) = try registered("2001", "2002", at: exchange)
      var call = one.call("2002")
      let first = try two.incoming()
      two.ring(first)
      two.answer(first)
      try one.finish(&call)
      #expect(call.responses.map(\.status) == [100, 180, 200])
      try two.expect("ACK")
      #expect(try two.hangUp(first).status == 200)
      try one.expect("BYE")

      var second = one.call("2002")
      two.ring(try two.incoming())
      #expect(one.next(within: 2, where: { $0.status == 180 && $0.branch == second.branch }) != nil)
      #expect(try one.cancel(second).status == 200)
      try two.expect("CANCEL")
      try one.finish(&second)
      #expect(second.final?.status == 487)
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
    }

    @Test("CALL-3: a phone in a call is busy to a further caller")
    func busy() throws {
      let exchange = try Exchange()
      let (one, two) = try registered("2001", "2002", at: exchange)
      let three = try Handset("2003", at: exchange)
      #expect(try three.register().status == 200)
      var call = one.call("2002")
      two.answer(try two.incoming())
      try one.finish(&call)
      #expect(try three.dial("2002").final?.status == 486)
      try one.hangUp(call)
      try two.expect("BYE")
    }

    @Test("CALL-4: not registered 480, not in the plan 404, only the beginning of a number 484")
    func nobodyThere() throws {
      let exchange = try Exchange()
      let one = try Handset("2001", at: exchange)
      #expect(try one.register().status == 200)
      #expect(try one.dial("2009").final?.status == 480)
      #expect(try one.dial("7777").final?.status == 404)
      #expect(try one.dial("20").final?.status == 484)
    }

    @Test("CALL-5: a stranger, and a stranger under a station's name, reach nobody")
    func strangers() throws {
      let exchange = try Exchange()
      let (_, two) = try registered("2001", "2002", at: exchange)
      #expect(try Handset("2001", at: exchange, from: "127.0.0.9").dial("2002").final?.status == 403)
      let unknown = try Handset("5551234", at: exchange, from: "127.0.0.9").dial("2002").final?.status ?? 0
      #expect((400..<500).contains(unknown))
      #expect(two.staysQuiet(for: 0.5))
    }

    @Test("CALL-8: 300 calls leave no call, and memory and descriptors as they were", .timeLimit(.minutes(1)))
    func nothingIsLeft() throws {
      let exchange = try Exchange()
      let (one, two) = try registered("2001", "2002", at: exchange)
      func talk() throws {
        var call = one.call("2002")
        two.answer(try two.incoming())
        try one.finish(&call)
        #expect(try one.hangUp(call).status == 200)
        try two.expect("BYE")
      }
      for _ in 0..<30 { try talk() }
      let (memory, descriptors) = (exchange.memory, exchange.descriptors)
      for _ in 0..<270 { try talk() }
      #expect(try wait(3) { try exchange.json("calls").isEmpty })
      #expect(exchange.memory < memory + 20_000, "\(memory) KiB before, \(exchange.memory) after")
      #expect(exchange.descriptors <= descriptors + 2)
    }
  }
}

/// Two phones that have registered.
func registered(_ first: String, _ second: String, at exchange: Exchange) throws -> (Handset, Handset) {
  let phones = try (Handset(first, at: exchange), Handset(second, at: exchange))
  for phone in [phones.0, phones.1] {
    let answer = try phone.register()
    guard answer.status == 200 else { throw WireFailure("\(phone.number) cannot register: \(answer)") }
  }
  return phones
}
