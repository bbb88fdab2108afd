public import Kernel

/// A day in an office, in telephone terms and in virtual time:
///
///     let office = Scenario(plan: .office(BuiltIn.modules), modules: BuiltIn.modules)
///     office.register("2001").register("2002").dial("2002", from: "2001").answer("2002").expectTalking("2001", "2002")
///
/// `expect` looks at what the last verb brought about. Failures are values, given to `report` and kept in ``failures``;
/// at the end ``finish()``, which also happens by itself, sees that nothing is left over.
public final class Scenario {
  public typealias Location = Failure.Location

  public internal(set) var exchange: TestExchange
  public private(set) var failures: [Failure] = []
  /// Called with every failure as it happens.
  public var report: ((Failure) -> Void)?
  /// Telephones that are called and show no sign of life.
  var silent: [StationNumber] = []
  private let start: Location
  private var isFinished = false
  private var objectionsSeen = 0

  public init(
    plan: Plan, modules: [Module], report: ((Failure) -> Void)? = nil, fileID: String = #fileID, filePath: String = #filePath,
    line: Int = #line, column: Int = #column
  ) {
    self.exchange = TestExchange(modules: modules, plan: plan)
    self.exchange.ladder = Ladder()
    self.report = report
    self.start = Location(fileID: fileID, filePath: filePath, line: line, column: column)
  }

  deinit { self.finish() }

  public var kernel: Kernel { self.exchange.kernel }
  public var now: Instant { self.exchange.now }
  public var records: [CallRecord] { self.exchange.telephones.records }

  /// What has gone to and fro so far, where the script stands, what timers are armed.
  public var ladder: String {
    let timers = self.kernel.armedTimers
    let next = self.kernel.nextDeadline.map { ", the next in \($0 - self.now) s" } ?? ""
    let place = "\(self.now - .zero) s <- here; armed timers: \(timers == 0 ? "none" : "\(timers)")\(next)\n"
    return (self.exchange.ladder?.text() ?? "") + place
  }

  /// All hang up; then no call, leg, timer or fact of a call may be left, and whoever dialled has had one final answer.
  public func finish() {
    guard !self.isFinished else { return }
    self.isFinished = true
    let here = self.start
    while let line = self.exchange.telephones.lines.first { self.leave(line, here) }
    self.exchange.receive(.kept(turn: 0))  // what could not be kept before is written with the next turn
    let kernel = self.kernel
    var calls = 0
    kernel.world.forEachCall { _, _ in calls += 1 }
    var legs = 0
    kernel.world.forEachLeg { _, _ in legs += 1 }
    if calls > 0 { self.fail("\(calls) calls are left when all have hung up", here) }
    if legs > 0 { self.fail("\(legs) legs are left when all have hung up", here) }
    if kernel.armedTimers > 0 { self.fail("\(kernel.armedTimers) timers are left when all have hung up", here) }
    if self.exchange.kept.callCount > 0 { self.fail("\(self.exchange.kept.callCount) calls are left in the store", here) }
    let records = self.exchange.telephones.recordCount - self.exchange.telephones.summonsCount + self.exchange.unrecorded
    if records != self.dialledCount { self.fail("\(self.dialledCount) calls were dialled, \(records) are accounted for", here) }
  }

  var dialledCount = 0

  func fail(_ message: String, _ location: Location) {
    let failure = Failure(message: message, location: location, ladder: self.ladder)
    self.failures.append(failure)
    self.report?(failure)
  }

  /// One thing a telephone does. What it brings about replaces what is looked at by `expect`.
  func verb(_ location: Location, _ body: () -> Void) {
    self.exchange.signs.removeAll()
    body()
    self.ringTheCalled()
    self.checkObjections(location)
  }

  /// Telephones that are called ring by themselves, but the silent ones.
  func ringTheCalled() {
    var rang = true
    while rang {
      rang = false
      for line in self.exchange.telephones.lines where line.phase == .called && !line.isRinging {
        guard let station = line.station, !self.silent.contains(station) else { continue }
        self.say(line, "180")
        self.exchange.telephones.ring(line.leg)
        self.exchange.receive(.alerting(line.leg))
        rang = true
        break
      }
    }
  }

  func checkObjections(_ location: Location) {
    let objections = self.exchange.telephones.objections
    for objection in objections[self.objectionsSeen...] { self.fail("impossible: \(objection)", location) }
    self.objectionsSeen = objections.count
  }

  func say(_ line: Line, _ label: String, _ remark: String = "") {
    self.exchange.draw(line.party, .in, label, remark)
  }

  func leave(_ line: Line, _ location: Location) {
    self.verb(location) {
      let label =
        switch line.phase {
        case .dialling: "CANCEL"
        case .called: "480"
        case .talking: "BYE"
        }
      self.say(line, label)
      self.exchange.telephones.leave(line.leg)
      if line.phase == .called {
        self.exchange.receive(.failed(line.leg, .temporarilyUnavailable))
      } else {
        self.exchange.receive(.released(line.leg, line.phase == .dialling ? .cancelled : .normal))
      }
    }
  }
}
