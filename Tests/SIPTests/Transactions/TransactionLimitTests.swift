import Kernel
import Sessions
import Testing

@testable import SIP

@Suite("Many transactions, and none left from before")
struct TransactionLimitTests {
  @Test("RELIABILITY 36: a full table refuses requests, lets BYE and CANCEL through, and recovers")
  func overload() {
    var rig = TransactionRig(limit: 80)
    var ids: [ServerTransactionID] = []
    for number in 0..<80 { ids.append(rig.open(TransactionRig.request("INVITE", branch: "z9hG4bK\(number)"))) }
    #expect(rig.receive(TransactionRig.request("INVITE", branch: "z9hG4bKmore")) == .overload)
    #expect(rig.receive(TransactionRig.request("OPTIONS", branch: "z9hG4bKmore")) == .overload)
    #expect(rig.receive(TransactionRig.request("INVITE", branch: "z9hG4bK3")) == .absorbed)
    guard case .cancel(let cancel, of: ids[3]) = rig.receive(TransactionRig.request("CANCEL", branch: "z9hG4bK3")) else {
      Issue.record("a full table does not let a CANCEL through")
      return
    }
    rig.respond(cancel, 200)
    for number in 0..<9 { _ = rig.open(TransactionRig.request("BYE", branch: "z9hG4bKbye\(number)")) }
    #expect(rig.receive(TransactionRig.request("BYE", branch: "z9hG4bKbye9")) == .overload)
    #expect(rig.layer.count == 90)
    #expect(rig.layer.counters.overloads == 3)
    // Our own requests always go.
    #expect(rig.send(.bye) != .none)
    for id in ids { rig.respond(id, 503) }
    rig.run(until: 64_000)
    rig.expectNothingLeft()
    _ = rig.open(TransactionRig.request("INVITE", branch: "z9hG4bKmore"))
  }

  @Test("With 50,000 transactions alive each one costs what it costs with 1,000")
  func flat() {
    /// Timer moves for each transaction, and table entries looked at for each search.
    func cost(_ count: Int) -> (moves: Double, probes: Double) {
      var layer = TransactionLayer(seed: TransactionRig.seed)
      var invites = Numbered { TransactionRig.request($0, branch: $1) }
      var answers = Numbered { TransactionRig.response(200, $0, branch: $1) }
      var servers: [ServerTransactionID] = []
      for number in 0..<count {
        let now = Instant.zero + .milliseconds(Int64(number % 1000))
        guard let invite = TransactionRig.message(invites[number]),
          case .request(let id) = layer.receive(invite, from: TransactionRig.udp, at: now)
        else { continue }
        servers.append(id)
        let branch = Key128(answers.branch(number), seed: TransactionRig.seed)
        _ = layer.send([], method: .invite, branch: branch, to: TransactionRig.udp, owner: 1, at: now)
      }
      #expect(layer.count == 2 * count)
      var probes = 0
      for number in 0..<count {
        let branch = Key128(answers.branch(number), seed: TransactionRig.seed)
        probes += layer.clientKeys.probes(branch.mixed(with: UInt64(Method.invite.rawValue)))
      }
      for (number, id) in servers.enumerated() {
        layer.respond(id, [], status: 180, at: .zero + .seconds(1))
        layer.respond(id, [], status: 200, at: .zero + .seconds(1))
        layer.acknowledged(id)
        guard let answer = TransactionRig.message(answers[number]) else { continue }
        _ = layer.receive(answer, from: TransactionRig.udp, at: .zero + .seconds(1))
      }
      while let next = layer.nextDeadline { layer.fire(at: next) }
      #expect(layer.count == 0)
      #expect(layer.counters.faults == 0)
      return (Double(layer.wheel.moves) / Double(2 * count), Double(probes) / Double(count))
    }
    let (few, many) = (cost(500), cost(25_000))
    #expect(many.moves < few.moves * 1.1)
    #expect(many.moves < 8)
    #expect(many.probes < 2)
  }

  @Test("Nothing grows: a million milliseconds of calls leave the tables as they were")
  func steady() {
    var rig = TransactionRig()
    for number in 0..<2_000 {
      let id = rig.open(TransactionRig.request("BYE", branch: "z9hG4bK\(number)"))
      rig.respond(id, 200)
      rig.run(until: Int64(number + 1) * 500)
      #expect(rig.layer.count <= 64)
    }
    rig.run(until: 2_000_000)
    rig.expectNothingLeft()
  }

  @Test("ARCHITECTURE 7: an activation repeated after a restart gets its answer again, in any process")
  func restored() throws {
    var rig = TransactionRig()
    let invite = TransactionRig.request("INVITE")
    let key = TransactionLayer.requestKey(of: try #require(TransactionRig.message(invite)))
    rig.layer = TransactionLayer(seed: HashSeed(77, 78))
    rig.layer.restoreAnswered(
      request: key, method: .invite, response: Array("SIP/2.0 480 Done".utf8), until: .zero + .seconds(20), at: .zero)
    rig.layer.restoreAnswered(request: key, method: .invite, response: [], until: .zero + .seconds(90), at: .zero)
    rig.run(until: 5_000)
    #expect(rig.take() == [])
    #expect(rig.receive(invite) == .absorbed)
    #expect(rig.receive(TransactionRig.request("ACK", toTag: "ours")) == .absorbed)
    #expect(rig.receive(invite) == .absorbed)
    guard case .cancel(_, of: nil) = rig.receive(TransactionRig.request("CANCEL")) else {
      Issue.record("an answered INVITE was cancelled")
      return
    }
    #expect(rig.take() == ["5000 480", "5000 480"])
    rig.run(until: 60_000)
    _ = rig.take()
    rig.expectNothingLeft()
    // Too old: nothing to restore.
    rig.layer.restoreAnswered(request: key, method: .invite, response: [], until: .zero + .seconds(20), at: rig.now)
    rig.expectNothingLeft()
  }

  @Test("A restored answer goes where the repetition came from, over TCP too")
  func restoredOverTCP() throws {
    var rig = TransactionRig()
    for (number, method) in [Method.invite, .register].enumerated() {
      let request = TransactionRig.request("\(method.spelling)", branch: "z9hG4bK\(number)")
      let key = TransactionLayer.requestKey(of: try #require(TransactionRig.message(request)))
      rig.layer.restoreAnswered(
        request: key, method: method, response: Array("SIP/2.0 200 OK".utf8), until: .zero + .seconds(20), at: .zero)
      let message = try #require(TransactionRig.message(request))
      #expect(rig.layer.receive(message, from: TransactionRig.tcp, at: .zero) == .absorbed)
      #expect(rig.layer.outbox.sends.last?.flow == TransactionRig.tcp)
    }
    rig.run(until: 20_000)
    rig.expectNothingLeft()
  }
}

/// A message of which only the branch changes, written quickly.
private struct Numbered {
  private var bytes: [UInt8]
  private let digits: Int

  init(_ make: (String, String) -> [UInt8]) {
    let bytes = make("INVITE", "z9hG4bK000000")
    let zero = UInt8(ascii: "0")
    self.digits = bytes.indices.dropLast(6).first { bytes[$0..<($0 + 6)].allSatisfy { $0 == zero } } ?? 0
    self.bytes = bytes
  }

  private mutating func write(_ number: Int) {
    var rest = number
    for place in (0..<6).reversed() {
      self.bytes[self.digits + place] = 0x30 + UInt8(rest % 10)
      rest /= 10
    }
  }

  subscript(_ number: Int) -> [UInt8] {
    mutating get {
      self.write(number)
      return self.bytes
    }
  }

  mutating func branch(_ number: Int) -> [UInt8] {
    self.write(number)
    return Array(self.bytes[(self.digits - 7)..<(self.digits + 6)])
  }
}
