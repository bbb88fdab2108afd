public import Kernel

/// Every telephone there is, obeying the kernel's directives and objecting to those that are impossible: releasing a leg
/// twice, answering a released one, ringing a telephone that is not registered, media for a leg that is gone.
public struct Telephones: Sendable {
  /// In no particular, but always the same order.
  public private(set) var lines: [Line] = []
  /// Position in `lines` for each leg's slot, -1 when there is none.
  private var positions: [Int32] = []
  /// Devices that are registered now, by station.
  public private(set) var stations: [(number: StationNumber, devices: [DeviceID])] = []
  /// Legs whose goal or phase has changed: they may be joined now.
  var unsettled: [LegID] = []
  /// Goals ordered for legs that are not there yet: an alert of the same turn must follow.
  private var early: [(leg: LegID, goal: Goal)] = []
  /// What was impossible.
  public internal(set) var objections: [String] = []
  /// Calls whose record has been written, and how many altogether.
  public private(set) var records: [CallRecord] = []
  public private(set) var recordCount = 0
  /// How many of them tell of a telephone that a module has summoned: nobody had dialled.
  public private(set) var summonsCount = 0
  /// Whether records are kept for reading: an explorer writes too many.
  public var keepsRecords = true

  public init() {}

  public subscript(leg: LegID) -> Line? { self.position(leg).map { self.lines[$0] } }

  public func devices(of station: StationNumber) -> [DeviceID] {
    self.stations.first { $0.number == station }?.devices ?? []
  }

  /// Lines of `station`, oldest first.
  public func lines(of station: StationNumber) -> [Line] {
    self.lines.filter { $0.station == station }
  }

  // MARK: What the telephones do

  mutating func register(_ station: StationNumber, _ devices: [DeviceID]) {
    if let index = self.stations.firstIndex(where: { $0.number == station }) {
      self.stations[index].devices = devices
    } else {
      self.stations.append((station, devices))
    }
  }

  mutating func dial(_ leg: LegID, _ party: Party) {
    self.add(Line(leg: leg, party: party, direction: .originating, phase: .dialling))
  }

  mutating func ring(_ leg: LegID) { self.change(leg) { $0.isRinging = true } }
  mutating func hold(_ leg: LegID, _ isHolding: Bool) { self.change(leg) { $0.isHolding = isHolding } }
  mutating func hasJoined(_ leg: LegID) { self.change(leg) { $0.isJoined = true } }

  mutating func answer(_ leg: LegID) {
    self.change(leg) { $0.phase = .talking }
    self.settleAgain(leg)
  }

  /// The telephone is through with this leg.
  @discardableResult
  mutating func leave(_ leg: LegID) -> Line? {
    guard let position = self.position(leg) else { return nil }
    let line = self.lines[position]
    self.positions[Int(leg.index)] = -1
    self.lines.swapAt(position, self.lines.count - 1)
    self.lines.removeLast()
    if position < self.lines.count { self.positions[Int(self.lines[position].leg.index)] = Int32(position) }
    return line
  }

  // MARK: What the exchange orders

  /// Carries out one directive; what it means for a telephone, if it means something.
  mutating func obey(_ directive: Directive) -> (leg: LegID, party: Party, sign: Sign)? {
    switch directive {
    case .progress(let leg, let progress):
      guard let line = self[leg], line.direction == .originating, line.phase == .dialling else {
        return self.object("progress for leg \(leg), which does not wait for an answer")
      }
      return (leg, line.party, progress == .ringing ? .ringing : .forwarded)
    case .alert(let leg, let alert): return self.alerted(leg, alert)
    case .answer(let leg):
      guard let line = self[leg], line.direction == .originating, line.phase == .dialling else {
        return self.object("answer to leg \(leg), which does not wait for one")
      }
      self.answer(leg)
      return (leg, line.party, .answer)
    case .finish(let leg, let status, _):
      guard let line = self[leg], line.direction == .originating, line.phase == .dialling else {
        return self.object("final answer \(status) to leg \(leg), which does not wait for one")
      }
      self.leave(leg)
      return (leg, line.party, .final(status))
    case .release(let leg, let cause):
      guard let line = self[leg] else { return self.object("release of leg \(leg), which is gone") }
      guard line.phase != .dialling else { return self.object("release of leg \(leg), which waits for a final answer") }
      self.leave(leg)
      return (leg, line.party, .release(cause))
    case .media(let leg, let goal):
      guard let line = self[leg] else {
        self.early.append((leg, goal))
        return nil
      }
      self.change(leg) {
        $0.isJoined = $0.isJoined && $0.goal == goal && !goal.isSound
        $0.goal = goal
      }
      self.settleAgain(leg)
      return (leg, line.party, .media(goal))
    case .present(let leg, let number):
      guard let line = self[leg] else { return self.object("presentation to leg \(leg), which is gone") }
      self.change(leg) { $0.shown = number }
      return (leg, line.party, .present(number))
    case .transfer(let leg, let report):
      guard let line = self[leg] else { return self.object("transfer report to leg \(leg), which is gone") }
      return (leg, line.party, .transfer(report))
    case .record(let record):
      self.recordCount += 1
      if record.caller.isEmpty, record.callerTrunk == nil { self.summonsCount += 1 }
      if self.keepsRecords { self.records.append(record) }
      return nil
    case .note, .recording, .verify: return nil
    case .fault(let module, let why): return self.object("fault of module \(module): \(why)")
    }
  }

  /// After all directives of a turn: goals must belong to legs that are there, and to partners that are there.
  mutating func checkTurn() {
    for (leg, goal) in self.early { self.objections.append("media \(goal) for leg \(leg), which is gone") }
    self.early.removeAll(keepingCapacity: true)
    for leg in self.unsettled {
      guard let line = self[leg], case .with(let other) = line.goal, self[other] == nil else { continue }
      self.objections.append("leg \(leg) shall talk to leg \(other), which is gone")
    }
  }

  private mutating func alerted(_ leg: LegID, _ alert: Alert) -> (leg: LegID, party: Party, sign: Sign)? {
    guard self[leg] == nil else { return self.object("alert on leg \(leg), which is there already") }
    if case .station(let station, let device) = alert.party, !self.devices(of: station).contains(device) {
      return self.object("alert to a telephone of \(station) that is not registered")
    }
    guard alert.peer.isNone || self[alert.peer] != nil else { return self.object("alert for leg \(alert.peer), which is gone") }
    var line = Line(leg: leg, party: alert.party, direction: .terminating, phase: .called)
    line.alert = alert
    line.shown = alert.calling
    if let index = self.early.firstIndex(where: { $0.leg == leg }) { line.goal = self.early.remove(at: index).goal }
    self.add(line)
    self.settleAgain(leg)
    return (leg, line.party, .alert)
  }

  private mutating func object(_ what: String) -> (leg: LegID, party: Party, sign: Sign)? {
    self.objections.append(what)
    return nil
  }

  // MARK: Bookkeeping

  private func position(_ leg: LegID) -> Int? {
    guard Int(leg.index) < self.positions.count else { return nil }
    let position = Int(self.positions[Int(leg.index)])
    return position >= 0 && self.lines[position].leg == leg ? position : nil
  }

  private mutating func add(_ line: Line) {
    while self.positions.count <= Int(line.leg.index) { self.positions.append(-1) }
    self.positions[Int(line.leg.index)] = Int32(self.lines.count)
    self.lines.append(line)
  }

  private mutating func change(_ leg: LegID, _ body: (inout Line) -> Void) {
    guard let position = self.position(leg) else { return }
    body(&self.lines[position])
  }

  /// The leg may be joined now, and so may those that shall talk to it.
  private mutating func settleAgain(_ leg: LegID) {
    self.unsettled.append(leg)
    if let line = self[leg], case .with(let other) = line.goal { self.unsettled.append(other) }
  }

  /// Whether what the exchange wants `line` to hear can be had now: both ends have answered, or one has and the other has
  /// offered what it needs.
  func isWithinReach(_ line: Line) -> Bool {
    switch line.goal {
    case .nothing: return false
    case .with(let other):
      guard let far = self[other], far.goal == .with(line.leg) else { return false }
      return line.phase != .called && far.phase != .called
        && (line.phase == .talking || far.phase == .talking)
    case .music, .tone, .room, .announcement, .playback, .recording: return line.phase == .talking
    }
  }
}

extension Goal {
  /// It has an end, and begins anew each time it is ordered.
  fileprivate var isSound: Bool {
    switch self {
    case .announcement, .playback: true
    case .nothing, .with, .music, .tone, .room, .recording: false
    }
  }
}
