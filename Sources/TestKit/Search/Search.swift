public import Kernel

/// Every way a small world can go: breadth first over all that its telephones and timers can do, up to a depth. Each state, known
/// again by `Kernel.shape()` and what the telephones hear, is looked at once: the invariants hold, a kernel made from its facts is
/// the same, and when all hang up nothing is left. A violation comes with the shortest ladder that leads to it.
///
/// Paths are kept, not snapshots: a state costs 24 octets, and is reached again by going its path.
public struct Search {
  /// A few stations, modules, and what may be dialled.
  public struct World: Sendable {
    public var name: String
    public var modules: [Module]
    public var plan: Plan
    public var stations: [StationNumber]
    /// What each station may dial: numbers and codes.
    public var numbers: [Digits]
    /// Telephones may ask for a transfer, to a number or to whom they have on another line.
    public var transfers = false
    /// Trunks by name: they go up and down, and somebody calls in by the first to the first station.
    public var trunks: [String] = []

    public init(name: String, modules: [Module], plan: Plan, stations: [StationNumber], numbers: [Digits]) {
      self.name = name
      self.modules = modules
      self.plan = plan
      self.stations = stations
      self.numbers = numbers
    }
  }

  public struct Report: Sendable, CustomStringConvertible {
    public var world: String
    public var states = 0
    public var transitions = 0
    /// The longest of the shortest ways to a state.
    public var depth = 0
    /// No state was left unvisited for want of room or depth.
    public var isComplete = false
    /// What did not hold, each with its ladder; the search ends with the first.
    public var violations: [String] = []
    public var ladder = ""

    public var description: String {
      "\(self.world): \(self.states) states, \(self.transitions) transitions, depth \(self.depth)"
        + (self.isComplete ? ", complete" : "") + ", violations \(self.violations.count)"
        + self.violations.map { "\n" + $0 }.joined() + (self.violations.isEmpty ? "" : "\n" + self.ladder)
    }
  }

  private struct State {
    /// Index of the state it was reached from; -1 for the beginning.
    var parent: Int32
    var move: Move
  }

  private let world: World
  private let invariants: Invariants
  private let beginning: TestExchange
  private var known: Set<Fingerprint> = []
  private var states: [State] = []
  private var report: Report

  /// - `depth`: things that happen one after another.
  /// - `states`: no more than so many are looked at.
  public static func run(_ world: World, depth: Int, states: Int) -> Report {
    var search = Search(world)
    search.run(depth, states)
    return search.report
  }

  private init(_ world: World) {
    self.world = world
    self.invariants = Invariants(modules: world.modules, plan: world.plan)
    var exchange = TestExchange(modules: world.modules, plan: world.plan)
    exchange.telephones.keepsRecords = false
    exchange.countsVisits = false
    for (index, station) in world.stations.enumerated() {
      let devices = [DeviceID(UInt64(index + 1))]
      exchange.telephones.register(station, devices)
      exchange.receive(.registered(station, devices))
    }
    exchange.signs.removeAll()
    self.beginning = exchange
    self.report = Report(world: world.name)
  }

  private mutating func run(_ depth: Int, _ limit: Int) {
    self.known.insert(Fingerprint(self.beginning))
    self.states.append(State(parent: -1, move: Move(.time)))
    self.report.states = 1
    var layer = 0..<1
    while !layer.isEmpty, self.report.depth < depth {
      for index in layer {
        self.expand(index, limit)
        if !self.report.violations.isEmpty || self.states.count >= limit { return self.finish() }
      }
      layer = layer.upperBound..<self.states.count
      if !layer.isEmpty { self.report.depth += 1 }
    }
    self.report.isComplete = layer.isEmpty
    self.finish()
  }

  private mutating func finish() { self.report.states = self.states.count }

  private mutating func expand(_ index: Int, _ limit: Int) {
    let exchange = self.replay(self.path(to: index), ladder: nil)
    for move in Move.all(of: exchange, in: self.world) {
      self.report.transitions += 1
      var next = exchange
      let findings = self.take(move, &next)
      if findings.isEmpty {
        guard self.known.insert(Fingerprint(next)).inserted else { continue }
        self.states.append(State(parent: Int32(index), move: move))
        let more = self.look(at: next)
        if more.isEmpty, self.states.count < limit { continue }
        if more.isEmpty { return }
        return self.violate(more, self.path(to: index) + [move])
      }
      return self.violate(findings, self.path(to: index) + [move])
    }
  }

  /// - Returns: what does not hold after it.
  private func take(_ move: Move, _ exchange: inout TestExchange) -> [String] {
    let before = self.invariants.conversations(of: exchange)
    exchange.signs.removeAll(keepingCapacity: true)
    let leaver = move.carryOut(in: &exchange, self.world)
    var findings = exchange.telephones.objections + self.invariants.ofSigns(exchange)
    if let leaver { findings += self.invariants.ofLeaving(leaver, before, exchange) }
    return findings
  }

  /// A state that has not been seen before.
  private func look(at exchange: TestExchange) -> [String] {
    var findings = self.invariants.ofState(exchange)
    let (fresh, rejected) = exchange.rebuiltKernel()
    if rejected > 0 { findings.append("\(rejected) facts cannot be read") }
    if fresh.canonicalState(durable: true) != exchange.kernel.canonicalState(durable: true) {
      findings.append("a kernel rebuilt from its facts is not the live one")
    }
    var last = exchange
    last.signs.removeAll()
    while let line = last.telephones.lines.last, last.telephones.objections.isEmpty { last.leave(line) }
    findings += last.telephones.objections
    let kernel = last.kernel
    if kernel.world.callCount + kernel.world.legCount + kernel.armedTimers + last.kept.callCount > 0 {
      findings.append(
        "all have hung up; \(kernel.world.callCount) calls, \(kernel.world.legCount) legs, \(kernel.armedTimers) timers and "
          + "\(last.kept.callCount) calls in the store are left")
    }
    return findings
  }

  private func path(to index: Int) -> [Move] {
    var path: [Move] = []
    var state = self.states[index]
    while state.parent >= 0 {
      path.append(state.move)
      state = self.states[Int(state.parent)]
    }
    return path.reversed()
  }

  private func replay(_ path: [Move], ladder: Ladder?) -> TestExchange {
    var exchange = self.beginning
    exchange.ladder = ladder
    for move in path {
      exchange.signs.removeAll(keepingCapacity: true)
      _ = move.carryOut(in: &exchange, self.world)
    }
    return exchange
  }

  private mutating func violate(_ findings: [String], _ path: [Move]) {
    self.report.violations = findings
    self.report.ladder = self.replay(path, ladder: Ladder()).ladder?.text() ?? ""
  }
}
