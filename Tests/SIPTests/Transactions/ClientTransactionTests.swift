import Kernel
import Sessions
import Testing

@testable import SIP

@Suite("Requests that we send")
struct ClientTransactionTests {
  @Test("Timer A doubles without limit, B ends it at 32 s to the millisecond")
  func silentCallee() {
    var rig = TransactionRig()
    let id = rig.send()
    #expect(rig.layer.isPending(id))
    rig.run(until: 31_999)
    #expect(
      rig.take() == [
        "0 INVITE", "500 INVITE", "1500 INVITE", "3500 INVITE", "7500 INVITE", "15500 INVITE", "31500 INVITE",
      ])
    #expect(rig.layer.count == 1)
    rig.run(until: 32_000)
    #expect(rig.take() == ["32000 timeout 7"])
    rig.expectNothingLeft()
    #expect(rig.layer.counters.timeouts == 1)
    #expect(rig.layer.counters.retransmitted == 6)
  }

  @Test("Timer E doubles up to 4 s, F ends it at 32 s")
  func silentRegistrar() {
    var rig = TransactionRig()
    _ = rig.send(.options)
    rig.run(until: 60_000)
    let times = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
    #expect(rig.take() == times.map { "\($0) OPTIONS" } + ["32000 timeout 7"])
    rig.expectNothingLeft()
  }

  @Test("After a provisional a non-INVITE goes on every 4 s (E), still until 32 s")
  func slowPeer() {
    var rig = TransactionRig()
    let id = rig.send(.bye)
    rig.run(until: 600)
    #expect(rig.receive(TransactionRig.response(100, "BYE")) == .response(id, owner: 7, isRepeat: false))
    rig.run(until: 60_000)
    let times = [0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500]
    #expect(rig.take() == times.map { "\($0) BYE" } + ["32000 timeout 7"])
    rig.expectNothingLeft()
  }

  @Test("Timer K: repetitions of an answer end here for 5 s, on TCP there are none")
  func answered() {
    var rig = TransactionRig()
    let id = rig.send(.bye)
    #expect(rig.receive(TransactionRig.response(200, "BYE")) == .response(id, owner: 7, isRepeat: false))
    #expect(rig.receive(TransactionRig.response(200, "BYE")) == .absorbed)
    #expect(rig.receive(TransactionRig.response(100, "BYE")) == .absorbed)
    rig.run(until: 4_999)
    #expect(rig.receive(TransactionRig.response(481, "BYE")) == .absorbed)
    #expect(rig.layer.count == 1)
    rig.run(until: 5_000)
    rig.expectNothingLeft()
    #expect(rig.receive(TransactionRig.response(200, "BYE")) == .stray)

    let second = rig.send(.bye, to: TransactionRig.tcp)
    #expect(rig.receive(TransactionRig.response(200, "BYE")) == .response(second, owner: 7, isRepeat: false))
    rig.expectNothingLeft()
  }

  @Test("TCP: nothing is repeated, B and F are as on UDP")
  func reliable() {
    var rig = TransactionRig()
    _ = rig.send(.invite, to: TransactionRig.tcp)
    _ = rig.send(.bye, branch: "z9hG4bKother", to: TransactionRig.tcp, owner: 8)
    rig.run(until: 40_000)
    #expect(rig.take() == ["0 INVITE", "0 BYE", "32000 timeout 7", "32000 timeout 8"])
    rig.expectNothingLeft()
  }

  @Test("A ringing phone may ring as long as the user lets it")
  func ringing() {
    var rig = TransactionRig()
    let id = rig.send()
    #expect(!rig.layer.hasProvisional(id))
    #expect(rig.receive(TransactionRig.response(180)) == .response(id, owner: 7, isRepeat: false))
    #expect(rig.layer.hasProvisional(id))
    #expect(rig.layer.nextDeadline == nil)
    rig.run(until: 3_600_000)
    #expect(rig.receive(TransactionRig.response(180)) == .response(id, owner: 7, isRepeat: false))
    #expect(rig.receive(TransactionRig.response(200)) == .response(id, owner: 7, isRepeat: false))
    #expect(!rig.layer.hasProvisional(id))
    #expect(rig.take() == ["0 INVITE"])
  }

  @Test("A refusal is acknowledged each time it comes, reported once, forgotten after 32 s (D)")
  func refused() throws {
    var rig = TransactionRig()
    let id = rig.layer.send(
      TransactionRig.request("INVITE", branch: "z9hG4bKours", route: true), method: .invite,
      branch: Key128(Array("z9hG4bKours".utf8), seed: TransactionRig.seed), to: TransactionRig.udp, owner: 7, at: rig.now)
    #expect(rig.receive(TransactionRig.response(486, toTag: "busy")) == .response(id, owner: 7, isRepeat: false))
    let ack = try #require(TransactionRig.message(rig.lastSent))
    #expect(ack.method == .ack)
    #expect(ack.cseq.number == 1 && ack.cseq.method == .ack)
    #expect(ack.string(ack.requestURI.whole) == "sip:2002@192.0.2.1")
    #expect(ack.string(ack.topVia.whole) == "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKours")
    #expect(ack.to.tag.map(ack.string) == "busy")
    #expect(ack.from.tag.map(ack.string) == "f1")
    #expect(ack.string(ack.callID) == "c1@example.net")
    #expect(ack.elements(.route).map(ack.string) == ["<sip:192.0.2.3;lr>", "<sip:p2;lr>"])
    #expect(ack.header(.contact) == nil && ack.body.isEmpty)
    rig.run(until: 31_999)
    #expect(rig.receive(TransactionRig.response(486, toTag: "busy")) == .absorbed)
    #expect(rig.receive(TransactionRig.response(180)) == .absorbed)
    #expect(rig.receive(TransactionRig.response(200)) == .absorbed)
    #expect(rig.take() == ["0 INVITE", "0 ACK", "31999 ACK"])
    rig.run(until: 32_000)
    rig.expectNothingLeft()
    #expect(rig.receive(TransactionRig.response(486)) == .stray)
  }

  @Test("On TCP a refusal is acknowledged once and forgotten at once")
  func refusedReliable() {
    var rig = TransactionRig()
    let id = rig.send(.invite, to: TransactionRig.tcp)
    #expect(rig.receive(TransactionRig.response(404), from: TransactionRig.tcp) == .response(id, owner: 7, isRepeat: false))
    #expect(rig.take() == ["0 INVITE", "0 ACK"])
    rig.expectNothingLeft()
  }

  @Test("RFC 6026: every 2xx reaches the user until M, of the same callee and of another")
  func accepted() {
    var rig = TransactionRig()
    let id = rig.send()
    rig.run(until: 100)
    #expect(rig.receive(TransactionRig.response(200, toTag: "a")) == .response(id, owner: 7, isRepeat: false))
    #expect(rig.receive(TransactionRig.response(200, toTag: "a")) == .response(id, owner: 7, isRepeat: true))
    #expect(rig.receive(TransactionRig.response(200, toTag: "b")) == .response(id, owner: 7, isRepeat: true))
    #expect(rig.receive(TransactionRig.response(180, toTag: "b")) == .absorbed)
    #expect(rig.receive(TransactionRig.response(486, toTag: "c")) == .absorbed)
    rig.run(until: 32_099)
    #expect(rig.receive(TransactionRig.response(200, toTag: "a")) == .response(id, owner: 7, isRepeat: true))
    rig.run(until: 32_100)
    rig.expectNothingLeft()
    #expect(rig.take() == ["0 INVITE"])
    #expect(rig.receive(TransactionRig.response(200, toTag: "a")) == .stray)
  }

  @Test("RFC 3261 §9.1: after the CANCEL the INVITE has 32 s, and another ring does not prolong it")
  func cancelled() {
    var rig = TransactionRig()
    let id = rig.send()
    #expect(rig.receive(TransactionRig.response(180)) == .response(id, owner: 7, isRepeat: false))
    rig.run(until: 10_000)
    let cancel = rig.send(.cancel, owner: 8)
    #expect(rig.receive(TransactionRig.response(200, "CANCEL")) == .response(cancel, owner: 8, isRepeat: false))
    rig.run(until: 20_000)
    #expect(rig.receive(TransactionRig.response(180)) == .response(id, owner: 7, isRepeat: false))
    rig.run(until: 60_000)
    #expect(rig.take() == ["0 INVITE", "10000 CANCEL", "42000 timeout 7"])
    rig.expectNothingLeft()
  }

  @Test("CANCEL against 200: the 2xx reaches the user, who acknowledges it and hangs up")
  func cancelAgainstAnswer() {
    var rig = TransactionRig()
    let id = rig.send()
    _ = rig.receive(TransactionRig.response(180))
    _ = rig.send(.cancel, owner: 8)
    #expect(rig.receive(TransactionRig.response(200)) == .response(id, owner: 7, isRepeat: false))
  }

  @Test("A transaction that was stopped keeps its duties and reports nothing")
  func stopped() {
    var rig = TransactionRig()
    let invite = rig.send()
    rig.layer.stop(invite)
    let bye = rig.send(.bye, branch: "z9hG4bKbye")
    rig.layer.stop(bye)
    rig.run(until: 500)
    #expect(rig.receive(TransactionRig.response(180)) == .absorbed)
    rig.run(until: 600)
    #expect(rig.receive(TransactionRig.response(486)) == .absorbed)
    rig.run(until: 64_000)
    #expect(rig.take().filter { $0.hasSuffix("INVITE") || $0.hasSuffix("ACK") } == ["0 INVITE", "500 INVITE", "600 ACK"])
    rig.expectNothingLeft()

    let ringing = rig.send(branch: "z9hG4bKringing")
    _ = rig.receive(TransactionRig.response(180, branch: "z9hG4bKringing"))
    rig.layer.stop(ringing)
    rig.run(until: 95_999)
    #expect(rig.layer.count == 1)
    rig.run(until: 96_000)
    #expect(rig.take() == ["64000 INVITE"])
    rig.expectNothingLeft()
    // Both were told to nobody, and counted.
    #expect(rig.layer.counters.timeouts == 2)
  }

  @Test("RELIABILITY 31: a connection that closes fails what waits on it, and nothing else")
  func connectionClosed() {
    var rig = TransactionRig()
    var other = TransactionRig.tcp
    other.connection = 10
    _ = rig.send(.invite, branch: "z9hG4bK1", to: TransactionRig.tcp, owner: 1)
    _ = rig.send(.bye, branch: "z9hG4bK2", to: other, owner: 2)
    let answered = rig.send(.invite, branch: "z9hG4bK3", to: TransactionRig.tcp, owner: 3)
    _ = rig.send(.options, branch: "z9hG4bK4", to: TransactionRig.tcp, owner: 4)
    _ = rig.send(.options, branch: "z9hG4bK5", owner: 5)
    _ = rig.receive(TransactionRig.response(200, branch: "z9hG4bK3"))
    _ = rig.take()
    rig.layer.connectionClosed(TransactionRig.udp, at: rig.now)
    rig.layer.connectionClosed(TransactionRig.tcp, at: rig.now)
    rig.note()
    #expect(rig.take() == ["0 transportFailed 4", "0 transportFailed 1"])
    #expect(rig.layer.count == 3)
    // A fork's second 2xx may yet come by another way.
    #expect(rig.receive(TransactionRig.response(200, branch: "z9hG4bK3")) == .response(answered, owner: 3, isRepeat: true))
    rig.layer.connectionClosed(TransactionRig.tcp, at: rig.now)
    rig.layer.connectionClosed(other, at: rig.now)
    rig.note()
    #expect(rig.take() == ["0 transportFailed 2"])
    rig.run(until: 64_000)
    rig.expectNothingLeft()
  }

  @Test("RELIABILITY 31: a connection that cannot be opened fails what waits on it, not what waits on others being opened")
  func notOpened() {
    var rig = TransactionRig()
    var first = TransactionRig.tcp
    first.connection = 0
    var other = first
    other.remote.port = 41_001
    var trunk = first
    trunk.peer = .trunk(1)
    for (owner, flow) in [first, other, trunk].enumerated() {
      _ = rig.send(.options, branch: "z9hG4bK\(owner)", to: flow, owner: UInt64(owner))
    }
    _ = rig.take()
    for (flow, expected) in [(other, "0 transportFailed 1"), (trunk, "0 transportFailed 2"), (first, "0 transportFailed 0")] {
      rig.layer.connectionClosed(flow, at: rig.now)
      rig.note()
      #expect(rig.take() == [expected])
    }
    rig.run(until: 64_000)
    rig.expectNothingLeft()
  }

  @Test(
    "RELIABILITY 18: responses nobody waits for are dropped",
    arguments: [100, 180, 200, 302, 404, 486, 503, 603, 699] as [UInt16])
  func stray(status: UInt16) {
    var rig = TransactionRig()
    let id = rig.send()
    _ = rig.take()
    #expect(rig.receive(TransactionRig.response(status, branch: "z9hG4bKwrong")) == .stray)
    #expect(rig.receive(TransactionRig.response(status, branch: "z9hG4bKour")) == .stray)
    #expect(rig.receive(TransactionRig.response(status, "BYE")) == .stray)
    #expect(rig.receive(TransactionRig.response(status, "FOO")) == .stray)
    #expect(rig.receive(TransactionRig.response(status, "ACK")) == .stray)
    #expect(rig.receive(TransactionRig.response(status, branch: nil)) == .stray)
    #expect(rig.receive(TransactionRig.response(status, branch: "1")) == .stray)
    #expect(rig.take() == [])
    #expect(rig.layer.counters.stray == 7)
    #expect(rig.layer.isPending(id))
    #expect(rig.receive(TransactionRig.response(status)) == .response(id, owner: 7, isRepeat: false))
  }

  @Test("A jump over hours: each message once, then the time-out, in order")
  func jump() {
    var rig = TransactionRig()
    _ = rig.send(owner: 1)
    _ = rig.send(.options, branch: "z9hG4bK2", owner: 2)
    _ = rig.take()
    rig.now = .zero + .seconds(36_000)
    rig.layer.fire(at: rig.now)
    rig.note()
    #expect(rig.take() == ["36000000 INVITE", "36000000 OPTIONS", "36000000 timeout 1", "36000000 timeout 2"])
    rig.expectNothingLeft()
  }
}

extension TransactionRig {
  /// CALL-8: no transaction and no timer is left, and nothing impossible has happened.
  func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(self.layer.count == 0, sourceLocation: sourceLocation)
    #expect(self.layer.nextDeadline == nil, sourceLocation: sourceLocation)
    #expect(self.layer.serverKeys.count == 0, sourceLocation: sourceLocation)
    #expect(self.layer.clientKeys.count == 0, sourceLocation: sourceLocation)
    #expect(self.layer.connections.count == 0, sourceLocation: sourceLocation)
    #expect(self.layer.wheel.count == 0, sourceLocation: sourceLocation)
    #expect(self.layer.counters.faults == 0, sourceLocation: sourceLocation)
  }
}
