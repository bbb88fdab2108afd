import Kernel
import Sessions
import Testing

@testable import SIP

extension TransactionRig {
  /// Receives a request that must be new, and gives it an owner.
  mutating func open(_ bytes: [UInt8], from flow: Flow = Self.udp, owner: UInt64 = 5) -> ServerTransactionID {
    guard case .request(let id) = self.receive(bytes, from: flow) else {
      Issue.record("not taken as a new request")
      return .none
    }
    self.layer.setOwner(id, owner)
    return id
  }
}

@Suite("Requests that come in")
struct ServerTransactionTests {
  let invite = TransactionRig.request("INVITE")
  let ack = TransactionRig.request("ACK", toTag: "ours")

  @Test("A repeated INVITE never reaches the user: nothing, then the latest answer, is sent again")
  func pending() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    #expect(rig.layer.method(of: id) == .invite)
    #expect(rig.layer.flow(of: id) == TransactionRig.udp)
    #expect(rig.layer.owner(of: id) == 5)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.take() == [])
    rig.respond(id, 100)
    rig.respond(id, 180)
    rig.run(until: 500)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.take() == ["0 100", "0 180", "500 180"])
    #expect(rig.layer.isPending(id))
    // However long it rings.
    rig.run(until: 3_600_000)
    #expect(rig.layer.isPending(id))
    #expect(rig.layer.counters.absorbed == 2)
  }

  @Test("RFC 3261 §17.2.1: 100 goes out by itself after 200 ms, unless something has")
  func trying() throws {
    var rig = TransactionRig()
    _ = rig.open(self.invite)
    rig.run(until: 199)
    #expect(rig.take() == [])
    rig.run(until: 500)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.take() == ["200 100", "500 100"])
    let trying = try #require(TransactionRig.message(rig.lastSent))
    #expect(trying.statusCode == 100 && trying.to.tag == nil && trying.cseq.number == 1)
    #expect(trying.topVia.branch.map(trying.string) == "z9hG4bKtheirs")

    let quick = rig.open(TransactionRig.request("INVITE", branch: "z9hG4bK2"))
    rig.respond(quick, 180)
    rig.run(until: 10_000)
    #expect(rig.take() == ["500 180"])

    var silent = TransactionRig(
      timing: TransactionTiming(t1: .milliseconds(500), t2: .seconds(4), t4: .seconds(5), trying: nil))
    _ = silent.open(self.invite)
    silent.run(until: 10_000)
    #expect(silent.take() == [])
  }

  @Test("A refusal is repeated 0.5, 1, 2, 4, 4 … s (G) until 32 s (H)")
  func refusalNobodyAcknowledges() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    rig.respond(id, 486)
    rig.run(until: 31_999)
    let times = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
    #expect(rig.take() == times.map { "\($0) 486" })
    rig.run(until: 32_000)
    #expect(rig.take() == [])
    rig.expectNothingLeft()
  }

  @Test("The ACK ends the repetitions; it and its copies are absorbed for 5 s (I)")
  func refused() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    rig.respond(id, 480)
    rig.run(until: 600)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.receive(self.ack) == .absorbed)
    #expect(rig.take() == ["0 480", "500 480", "600 480"])
    rig.run(until: 5_599)
    #expect(rig.receive(self.ack) == .absorbed)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.take() == [])
    rig.run(until: 5_600)
    rig.expectNothingLeft()
    #expect(rig.receive(self.ack) == .ack(owner: nil))
  }

  @Test("TCP: a refusal is sent once, waits 32 s for its ACK and is forgotten with it")
  func refusedReliable() {
    var rig = TransactionRig()
    let id = rig.open(self.invite, from: TransactionRig.tcp)
    rig.respond(id, 480)
    rig.run(until: 20_000)
    #expect(rig.receive(self.ack, from: TransactionRig.tcp) == .absorbed)
    #expect(rig.take() == ["0 480"])
    rig.expectNothingLeft()
    let lost = rig.open(self.invite, from: TransactionRig.tcp)
    rig.respond(lost, 480)
    rig.run(until: 51_999)
    #expect(rig.layer.count == 1)
    rig.run(until: 52_000)
    #expect(rig.take() == ["20000 480"])
    rig.expectNothingLeft()
  }

  @Test("A 2xx is repeated T1 to T2, on TCP too, until 32 s (L), then the user is told", arguments: [false, true])
  func answerNobodyAcknowledges(overTCP: Bool) {
    var rig = TransactionRig()
    let id = rig.open(self.invite, from: overTCP ? TransactionRig.tcp : TransactionRig.udp)
    rig.respond(id, 200)
    rig.run(until: 64_000)
    let times = [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]
    #expect(rig.take() == times.map { "\($0) 200" } + ["32000 ackMissing 5"])
    rig.expectNothingLeft()
  }

  @Test("Once the dialog saw the ACK the 2xx rests; late INVITEs are absorbed until 32 s (L)")
  func acknowledged() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    rig.respond(id, 200)
    rig.run(until: 700)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.receive(TransactionRig.request("ACK", branch: "z9hG4bKack", toTag: "ours")) == .ack(owner: nil))
    rig.layer.acknowledged(id)
    rig.layer.acknowledged(id)
    #expect(rig.take() == ["0 200", "500 200", "700 200"])
    rig.run(until: 31_999)
    #expect(rig.receive(self.invite) == .absorbed)
    #expect(rig.take() == [])
    rig.run(until: 32_000)
    rig.expectNothingLeft()
  }

  @Test("An ACK to a 2xx that carries the INVITE's own branch names its owner and stops the 2xx")
  func ackWithTheInvitesBranch() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    #expect(rig.receive(self.ack) == .absorbed)
    rig.respond(id, 200)
    #expect(rig.receive(self.ack) == .ack(owner: 5))
    #expect(rig.receive(self.ack) == .ack(owner: 5))
    rig.run(until: 40_000)
    #expect(rig.take() == ["0 200"])
    rig.expectNothingLeft()
  }

  @Test("What has been answered stays answered; unknown statuses and identifiers send nothing")
  func answeredOnce() {
    var rig = TransactionRig()
    let id = rig.open(self.invite)
    for status: UInt16 in [0, 99, 700, 65535] { rig.respond(id, status) }
    rig.respond(id, 200)
    for status: UInt16 in [180, 200, 486] { rig.respond(id, status) }
    rig.respond(.none, 200)
    rig.respond(ServerTransactionID(raw: .max), 200)
    #expect(rig.take() == ["0 200"])
    let bye = rig.open(TransactionRig.request("BYE"))
    rig.respond(bye, 200)
    rig.respond(bye, 481)
    #expect(rig.take() == ["0 200"])
    #expect(!rig.layer.isPending(bye))
  }

  @Test("A repeated BYE gets its 200 again for 32 s (J); on TCP it is forgotten at once")
  func nonInvite() {
    var rig = TransactionRig()
    let bye = TransactionRig.request("BYE")
    let id = rig.open(bye)
    #expect(rig.receive(bye) == .absorbed)
    rig.respond(id, 100)
    #expect(rig.receive(bye) == .absorbed)
    rig.respond(id, 200)
    rig.run(until: 31_999)
    #expect(rig.receive(bye) == .absorbed)
    #expect(rig.take() == ["0 100", "0 100", "0 200", "31999 200"])
    rig.run(until: 32_000)
    rig.expectNothingLeft()

    let second = rig.open(bye, from: TransactionRig.tcp)
    rig.respond(second, 200)
    rig.expectNothingLeft()
  }

  @Test("RELIABILITY 36: what the user never answers is gone after 64·T1, and the user knows")
  func unanswered() {
    var rig = TransactionRig()
    let id = rig.open(TransactionRig.request("OPTIONS"))
    let second = rig.open(TransactionRig.request("INFO"), owner: 6)
    rig.respond(second, 100)
    rig.run(until: 40_000)
    #expect(rig.take() == ["0 100", "32000 unanswered 5", "32000 unanswered 6"])
    rig.expectNothingLeft()
    rig.respond(id, 200)
    #expect(rig.take() == [])
    #expect(rig.layer.owner(of: id) == nil && rig.layer.flow(of: id) == nil && rig.layer.method(of: id) == nil)
  }

  @Test("A challenge to a stranger is forgotten at once, its request is new when it comes again")
  func forgotten() {
    var rig = TransactionRig()
    let id = rig.open(TransactionRig.request("REGISTER"))
    rig.respond(id, 401)
    rig.layer.forget(id)
    rig.expectNothingLeft()
    #expect(rig.open(TransactionRig.request("REGISTER")) != id)
  }

  @Test("Transactions are told apart by branch, sent-by and method, case of the method included")
  func matching() {
    var rig = TransactionRig()
    let first = rig.open(self.invite)
    let others = [
      TransactionRig.request("INVITE", branch: "z9hG4bKtheirs2"), TransactionRig.request("INVITE", sentBy: "192.0.2.8:5060"),
      TransactionRig.request("INVITE", sentBy: "192.0.2.7:5061"), TransactionRig.request("INFO"),
      TransactionRig.request("FOO"), TransactionRig.request("BAR"), TransactionRig.request("invite"),
    ]
    var seen: Set<ServerTransactionID> = [first]
    for other in others { seen.insert(rig.open(other)) }
    #expect(seen.count == others.count + 1)
    for other in others + [self.invite] { #expect(rig.receive(other) == .absorbed) }
    // The same transaction from another port, Call-ID or CSeq: the branch decides.
    var moved = TransactionRig.udp
    moved.remote.port = 6000
    #expect(rig.receive(self.invite, from: moved) == .absorbed)
    #expect(rig.receive(TransactionRig.request("INVITE", callID: "other", cseq: 9)) == .absorbed)
  }

  @Test(
    "RFC 2543 callers: URI, From tag, Call-ID, CSeq and Via decide, with a branch without cookie or none",
    arguments: [nil, "1"])
  func oldCallers(branch: String?) {
    var rig = TransactionRig()
    let old = TransactionRig.request("INVITE", branch: branch)
    let id = rig.open(old)
    #expect(rig.receive(old) == .absorbed)
    _ = rig.open(TransactionRig.request("INVITE", branch: branch, callID: "c2"))
    _ = rig.open(TransactionRig.request("INVITE", branch: branch, cseq: 2))
    _ = rig.open(TransactionRig.request("INVITE", branch: branch, fromTag: "f2"))
    _ = rig.open(TransactionRig.request("INVITE", branch: branch, sentBy: "192.0.2.9"))
    #expect(rig.receive(TransactionRig.request("ACK", branch: branch, cseq: 7, toTag: "ours")) == .ack(owner: nil))
    guard case .cancel(let cancel, of: id) = rig.receive(TransactionRig.request("CANCEL", branch: branch)) else {
      Issue.record("the CANCEL does not meet its INVITE")
      return
    }
    rig.respond(cancel, 200)
    rig.respond(id, 487)
    #expect(rig.receive(TransactionRig.request("ACK", branch: branch, toTag: "ours")) == .absorbed)
    #expect(rig.take() == ["0 200", "0 487"])
  }
}
