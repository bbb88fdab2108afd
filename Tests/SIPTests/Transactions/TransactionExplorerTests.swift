import Kernel
import Sessions
import Testing

@testable import SIP

/// Two layers that talk through a pipe which loses, repeats, delays and reorders, with a user on each side who plays the
/// protocol right; afterwards each request has been seen once and has one outcome.
private struct LossyWorld {
  struct Flight {
    var due: Int64
    var order: Int
    var toCallee: Bool
    var bytes: [UInt8]
  }

  struct CallerSide {
    var id: ClientTransactionID
    var method: Method
    var isCancelled = false
    var outcomes: [String] = []
  }

  var dice: Dice
  let loss: Int
  var caller = TransactionLayer(seed: TransactionRig.seed)
  var callee = TransactionLayer(seed: HashSeed(5, 6))
  var now: Int64 = 0
  var flights: [Flight] = []
  var order = 0
  var requests: [CallerSide] = []
  /// By request number: what the callee's user has seen and decided.
  var seen: [Int: Int] = [:]
  var answers: [(due: Int64, id: ServerTransactionID, status: UInt16)] = []
  var open: [Int: ServerTransactionID] = [:]
  var acknowledgedMissing = 0

  init(seed: UInt64) {
    self.dice = Dice(seed: seed)
    self.loss = self.dice.below(4) * 15
  }

  var instant: Instant { .zero + .milliseconds(self.now) }

  mutating func fly(_ bytes: [UInt8], toCallee: Bool) {
    let copies = self.dice.below(10) == 0 ? 2 : 1
    for _ in 0..<copies where self.dice.below(100) >= self.loss {
      self.order += 1
      let due = self.now + Int64(self.dice.below(self.dice.below(8) == 0 ? 3_000 : 60))
      self.flights.append(Flight(due: due, order: self.order, toCallee: toCallee, bytes: bytes))
    }
  }

  mutating func flush() {
    for send in self.caller.outbox.sends { self.fly(send.bytes, toCallee: true) }
    for send in self.callee.outbox.sends { self.fly(send.bytes, toCallee: false) }
    for event in self.caller.outbox.events {
      switch event {
      case .timeout(_, let owner): self.requests[Int(owner)].outcomes.append("timeout")
      default: Issue.record("\(event)")
      }
    }
    for event in self.callee.outbox.events {
      guard case .ackMissing = event else {
        Issue.record("\(event)")
        continue
      }
      self.acknowledgedMissing += 1
    }
    self.caller.outbox.clear()
    self.callee.outbox.clear()
  }

  mutating func start(_ method: Method) {
    let number = self.requests.count
    let branch = "z9hG4bK\(number)"
    let bytes = TransactionRig.request("\(method.spelling)", branch: branch, callID: "\(number)@x")
    let id = self.caller.send(
      bytes, method: method, branch: Key128(Array(branch.utf8), seed: TransactionRig.seed), to: TransactionRig.udp,
      owner: UInt64(number), at: self.instant)
    self.requests.append(CallerSide(id: id, method: method))
  }

  mutating func cancel(_ number: Int) {
    let (id, branch) = (self.requests[number].id, "z9hG4bK\(number)")
    guard self.caller.hasProvisional(id) else { return }
    self.requests[number].isCancelled = true
    let bytes = TransactionRig.request("CANCEL", branch: branch, callID: "\(number)@x")
    let own = self.requests.count
    let cancel = self.caller.send(
      bytes, method: .cancel, branch: Key128(Array(branch.utf8), seed: TransactionRig.seed), to: TransactionRig.udp,
      owner: UInt64(own), at: self.instant)
    self.requests.append(CallerSide(id: cancel, method: .cancel))
  }

  mutating func deliver(_ flight: Flight) {
    guard let message = TransactionRig.message(flight.bytes) else {
      Issue.record("malformed on the pipe: \(String(decoding: flight.bytes, as: UTF8.self))")
      return
    }
    if flight.toCallee { self.deliverToCallee(message) } else { self.deliverToCaller(message) }
  }

  private func number(_ message: SIPMessage) -> Int { Int(message.string(message.callID).dropLast(2)) ?? -1 }

  private mutating func deliverToCallee(_ message: SIPMessage) {
    let number = self.number(message)
    switch self.callee.receive(message, from: TransactionRig.udp, at: self.instant) {
    case .request(let id):
      self.seen[number, default: 0] += 1
      self.open[number] = id
      if message.method == .invite, self.dice.below(2) == 0 { self.answer(id, message, 180) }
      self.answers.append(
        (self.now + Int64(self.dice.below(5_000)), id, [200, 200, 486, 603][self.dice.below(4)]))
      self.pending[id] = message
    case .cancel(let id, let target):
      self.answer(id, message, self.callee.cancelStatus(of: id))
      if let target, let invite = self.pending[target] { self.answer(target, invite, 487) }
    case .ack(owner: nil):
      if let id = self.open[number] { self.callee.acknowledged(id) }
    case .absorbed: break
    case let other: Issue.record("\(other)")
    }
  }

  var pending: [ServerTransactionID: SIPMessage] = [:]

  private mutating func answer(_ id: ServerTransactionID, _ request: SIPMessage, _ status: UInt16) {
    var writer = MessageWriter()
    writer.response(to: request, status, toTag: Array("tag".utf8), source: TransactionRig.udp.remote)
    writer.finish()
    self.callee.respond(id, writer.bytes, status: status, at: self.instant)
  }

  private mutating func deliverToCaller(_ message: SIPMessage) {
    switch self.caller.receive(message, from: TransactionRig.udp, at: self.instant) {
    case .response(let id, let owner, let isRepeat):
      let number = Int(owner)
      #expect(self.requests[number].id == id)
      guard let status = message.statusCode, status >= 200 else { return }
      if !isRepeat { self.requests[number].outcomes.append("\(status)") }
      if message.method == .invite, status < 300 {
        // The user acknowledges each 2xx, outside of any transaction.
        self.fly(
          TransactionRig.request("ACK", branch: "z9hG4bKack\(self.order)", callID: "\(number)@x", toTag: "tag"), toCallee: true)
      }
    case .absorbed, .stray: break
    case let other: Issue.record("\(other)")
    }
  }

  /// The next thing that happens; false when nothing is left.
  mutating func step() -> Bool {
    let timers = [self.caller.nextDeadline, self.callee.nextDeadline].compactMap { $0 }.map { $0.nanoseconds / 1_000_000 }
    let dues = timers + self.flights.map(\.due) + self.answers.map(\.due)
    guard let next = dues.min() else { return false }
    self.now = Swift.max(self.now, next)
    self.caller.fire(at: self.instant)
    self.callee.fire(at: self.instant)
    for flight in self.flights.filter({ $0.due <= self.now }).sorted(by: { $0.order < $1.order }) { self.deliver(flight) }
    self.flights.removeAll { $0.due <= self.now }
    for answer in self.answers where answer.due <= self.now {
      if let request = self.pending[answer.id] { self.answer(answer.id, request, answer.status) }
    }
    self.answers.removeAll { $0.due <= self.now }
    self.flush()
    return true
  }
}

@Suite("Transactions over a network that loses, repeats, delays and reorders")
struct TransactionExplorerTests {
  @Test("Each request is seen at most once and has one outcome; nothing is left", arguments: 0..<60)
  func explore(seed: UInt64) {
    var world = LossyWorld(seed: seed)
    for _ in 0..<25 {
      world.start([Method.invite, .invite, .bye, .options, .register][world.dice.below(5)])
      world.flush()
      for _ in 0..<world.dice.below(12) { _ = world.step() }
      let number = world.dice.below(world.requests.count)
      if world.requests[number].method == .invite, !world.requests[number].isCancelled { world.cancel(number) }
      world.flush()
    }
    var steps = 0
    while world.step(), steps < 100_000 { steps += 1 }
    #expect(steps < 100_000)
    for (number, request) in world.requests.enumerated() {
      #expect(request.outcomes.count == 1, "\(number) \(request.method) \(request.outcomes)")
      if request.method != .cancel { #expect((world.seen[number] ?? 0) <= 1) }
      if request.outcomes != ["timeout"], request.method != .cancel { #expect(world.seen[number] == 1) }
      if world.loss == 0 { #expect(request.outcomes != ["timeout"]) }
    }
    if world.loss == 0 { #expect(world.acknowledgedMissing == 0) }
    for layer in [world.caller, world.callee] {
      #expect(layer.count == 0)
      #expect(layer.nextDeadline == nil)
      #expect(layer.counters.faults == 0)
    }
  }

  @Test("The same seed gives the same run")
  func repeats() {
    func counters(_ seed: UInt64) -> [TransactionCounters] {
      var world = LossyWorld(seed: seed)
      for _ in 0..<10 { world.start(.invite) }
      world.flush()
      while world.step() {}
      return [world.caller.counters, world.callee.counters]
    }
    for seed: UInt64 in 0..<8 { #expect(counters(seed) == counters(seed)) }
  }
}
