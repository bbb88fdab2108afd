public import Kernel

/// Many stations do random things for many steps; after each, what must hold is looked at. The same seed gives the same run.
public struct Explorer: Sendable {
  /// What a run came to.
  public struct Report: Sendable, CustomStringConvertible {
    public var seed: UInt64
    /// Things that telephones, time and the store did.
    public var steps = 0
    /// Events and timers the kernel has seen, and commits.
    public var events = 0
    public var calls = 0
    /// Telephones called, of them after a diversion; calls answered.
    public var alerts = 0
    public var diverted = 0
    public var answers = 0
    /// Calls to the outside; transfers that came about.
    public var outside = 0
    public var transfers = 0
    /// How often a kernel rebuilt from its facts was compared with the live one, and how often it took its place.
    public var comparisons = 0
    public var restarts = 0
    /// Messages that were begun.
    public var messages = 0
    /// How often everybody hung up and nothing was left.
    public var quiet = 0
    /// How often each module's machines came to each state: what the run has seen of the features.
    public var visitedStates: [(state: String, count: Int)] = []
    /// Hash over all directives.
    public var trace: UInt64 = 0
    /// Empty when all is well; the run ends with the first.
    public var violations: [String] = []
    /// The last of what went to and fro before the violation.
    public var ladder = ""

    public var description: String {
      let head =
        "seed \(self.seed): \(self.steps) steps, \(self.events) events, \(self.calls) calls, "
        + "\(self.alerts) alerts (\(self.diverted) diverted), "
        + "\(self.answers) answers, \(self.outside) calls outside, \(self.transfers) transfers, "
        + "\(self.comparisons) comparisons with a "
        + "kernel rebuilt from facts, \(self.restarts) restarts, \(self.messages) messages, "
        + "\(self.quiet) times all quiet, trace \(self.trace); "
        + self.visitedStates.map { "\($0.state) \($0.count)" }.joined(separator: ", ") + "; violations \(self.violations.count)"
      return self.violations.isEmpty ? head : head + "\n" + self.violations.joined(separator: "\n") + "\n" + self.ladder
    }
  }

  var exchange: TestExchange
  let invariants: Invariants
  /// Everything is looked at after every step, so that a ladder ends where something went wrong.
  var looksAlways = false
  var patience = Interval.zero
  var random: SplitMix64
  let plan: Plan
  let stations: [StationNumber]
  var report: Report
  /// Legs that are gone: late events come for them.
  var dead: [LegID] = []
  /// Numbers of stations that dialled codes lately.
  var recent: [Digits]

  /// Runs `steps` random steps.
  /// - `stations`: how many stations take part, with one to three telephones each; the first of the plan's ranges must
  ///   have room for them.
  /// - `restarts`: whether the exchange is now and then started anew from its facts.
  /// - `patience`: how long a timer may run that has nothing to do with calls, once all have hung up.
  public static func run(
    seed: UInt64, steps: Int, stations: Int = 20, modules: [Module], plan: Plan, restarts: Bool = true,
    patience: Interval = .seconds(600)
  ) -> Report {
    var explorer = Explorer(seed: seed, stations: stations, modules: modules, plan: plan)
    explorer.patience = patience
    let report = explorer.walk(steps, restarts)
    guard !report.violations.isEmpty else { return report }
    // Again, up to the same step, this time with a ladder.
    var witness = Explorer(seed: seed, stations: stations, modules: modules, plan: plan)
    witness.patience = patience
    var ladder = Ladder()
    ladder.limit = 400
    witness.exchange.ladder = ladder
    witness.looksAlways = true
    return witness.walk(steps, restarts)
  }

  private init(seed: UInt64, stations count: Int, modules: [Module], plan: Plan) {
    self.exchange = TestExchange(modules: modules, plan: plan)
    self.exchange.telephones.keepsRecords = false
    self.exchange.authorizations = Self.authorizations
    self.invariants = Invariants(modules: modules, plan: plan)
    self.random = SplitMix64(seed: seed)
    self.plan = plan
    self.stations = Self.stations(count, of: plan)
    self.report = Report(seed: seed)
    self.recent = self.stations.prefix(3).map(\.digits) + [Digits()]
    for station in self.stations { self.exchange.administer(station, Self.settings(of: station)) }
    for index in self.stations.indices { self.register(index, telephones: 1 + index % 3) }
  }

  private static func stations(_ count: Int, of plan: Plan) -> [StationNumber] {
    guard let first = plan.stations.first?.from else { return [] }
    var stations: [StationNumber] = []
    var number = UInt64(first.description) ?? 0
    while stations.count < count {
      guard let station = StationNumber("\(number)") else { break }
      stations.append(station)
      number += 1
    }
    return stations
  }

  private mutating func walk(_ steps: Int, _ restarts: Bool) -> Report {
    for step in 1...max(1, steps) {
      self.report.steps = step
      self.exchange.signs.removeAll(keepingCapacity: true)
      self.move()
      self.checkSigns()
      if step % 32 == 0 || self.looksAlways { self.checkEverything() }
      if self.looksAlways { self.compareCopy() }
      if step % 200 == 0 { self.compare(restarting: restarts && self.random.once(in: 8)) }
      if step % 1000 == 0 { self.hangUpAll() }
      self.report.violations += self.exchange.telephones.objections
      if !self.report.violations.isEmpty { break }
    }
    if self.report.violations.isEmpty {
      self.hangUpAll()
      self.report.violations += self.exchange.telephones.objections
    }
    self.report.events = self.exchange.eventCount
    self.report.calls = self.exchange.telephones.recordCount
    self.report.visitedStates = self.exchange.visits.map { ($0.key, $0.value) }.sorted { $0.state < $1.state }
    self.report.trace = self.exchange.trace.value
    self.report.messages = Int(self.exchange.recorder.last)
    self.report.ladder = self.exchange.ladder?.text(last: 80) ?? ""
    return self.report
  }

  mutating func violate(_ what: String) { self.report.violations.append(what) }

  mutating func register(_ index: Int, telephones: Int) {
    let station = self.stations[index]
    let devices = (0..<telephones).map { DeviceID(UInt64(index * 16 + $0)) }
    self.exchange.telephones.register(station, devices)
    self.exchange.receive(.registered(station, devices))
  }
}
