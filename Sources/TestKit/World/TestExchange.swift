public import Kernel

/// A kernel in a world that obeys it: telephones, a store, virtual time, and a ladder of what went to and fro.
public struct TestExchange: Sendable {
  public internal(set) var kernel: Kernel
  /// What is in force, also after a restart.
  private(set) var plan: Plan
  /// Calls that were being set up when the exchange was started anew: the host ended them, no record tells of them.
  private(set) var unrecorded = 0
  public private(set) var now: Instant = .zero
  public internal(set) var telephones = Telephones()
  public private(set) var kept = KeptFacts()
  /// Nil: nothing is noted, for speed.
  public var ladder: Ladder?
  /// What the telephones got since this was last emptied.
  public internal(set) var signs: [(leg: LegID, party: Party, sign: Sign, note: Note?)] = []
  /// Events and timers the kernel has seen.
  public private(set) var eventCount = 0
  /// A hash over every directive so far, in order: equal for equal runs in any process.
  public private(set) var trace = TraceHash()
  /// The next commit of facts fails.
  public var failsNextCommit = false
  /// How long every sound and playback takes.
  public var soundLength: Interval = .seconds(4)
  var sounding: [Sounding] = []
  public internal(set) var recorder = Recorder()
  /// Whether a leg's goal is reached by itself as soon as it can be.
  public var joinsByItself = true
  /// Stations for whose legs the next goal cannot be reached, and why.
  public internal(set) var deaf: [(station: StationNumber, cause: Cause)] = []
  /// Whether it is counted how often machines came to their states: takes time.
  public var countsVisits = true
  /// How often each module's machines came to each state.
  public private(set) var visits: [String: Int] = [:]
  private var states: [String: String] = [:]
  /// Authorisation codes that the host knows, and whose they are (TRK-4).
  public var authorizations: [(code: Digits, authorization: Authorization)] = []
  private var settings: [(station: StationNumber, settings: StationSettings)] = []

  public init(modules: [Module], plan: Plan, start: Instant = .zero) {
    self.plan = plan
    self.kernel = Kernel(modules: modules)
    self.kernel.install(plan)
    self.now = start
  }

  /// The administrator puts another plan in force (PLAN-3).
  public mutating func install(_ plan: Plan) {
    self.plan = plan
    self.kernel.install(plan)
  }

  /// A kernel made from what the store has, and how many facts it could not read.
  public func rebuiltKernel() -> (kernel: Kernel, rejected: Int) {
    var kernel = Kernel(modules: self.kernel.modules)
    kernel.localOffset = self.kernel.localOffset
    kernel.install(self.plan)
    // As a host does: what it knows of its surroundings comes before the calls that go on.
    var recorder = self.recorder
    recorder.restart()
    for owner in recorder.owners { kernel.receive(.recordings(of: owner, recorder.recordings(of: owner)), at: self.now) }
    for (number, settings) in self.settings { kernel.receive(.settings(number, settings), at: self.now) }
    for (number, devices) in self.telephones.stations { kernel.receive(.registered(number, devices), at: self.now) }
    let rejected = kernel.restore(self.kept.facts())
    return (kernel, rejected)
  }

  /// The exchange starts anew with `kernel`. What was being set up is ended by the host; conversations go on.
  /// - Returns: those that did not, which must not be.
  public mutating func restart(with kernel: Kernel) -> [Line] {
    self.ladder?.remark("the exchange starts anew", at: self.now)
    var lost: [Line] = []
    for line in self.telephones.lines where kernel.world.leg(line.leg) == nil {
      if line.phase == .talking { lost.append(line) }
      self.telephones.leave(line.leg)
      self.unrecorded += line.phase == .dialling ? 1 : 0
    }
    self.kernel = kernel
    self.sounding.removeAll()
    self.recorder.restart()
    self.receive(.kept(turn: 0))
    return lost
  }

  /// The administrator's settings of a station: told again when the exchange starts anew.
  public mutating func administer(_ station: StationNumber, _ settings: StationSettings) {
    self.settings.removeAll { $0.station == station }
    self.settings.append((station, settings))
    self.receive(.settings(station, settings))
  }

  /// Gives the kernel one event, and then everything that the obeying world answers with.
  public mutating func receive(_ event: Event) {
    self.eventCount += 1
    self.kernel.receive(event, at: self.now)
    self.takeOutbox()
    if self.joinsByItself { self.joinWhatCanBe() }
    if !self.recorder.entries.isEmpty { self.endRecordings() }
  }

  /// Lets time pass, from deadline to deadline.
  public mutating func advance(to then: Instant) {
    while let deadline = [self.kernel.nextDeadline, self.nextSoundEnd].compactMap(\.self).min(), deadline <= then {
      self.now = max(self.now, deadline)
      self.endSounds()
      guard self.kernel.nextDeadline.map({ $0 <= self.now }) ?? false else { continue }
      self.eventCount += 1
      self.kernel.fire(at: self.now)
      self.takeOutbox()
      if self.joinsByItself { self.joinWhatCanBe() }
      if !self.recorder.entries.isEmpty { self.endRecordings() }
    }
    self.now = max(self.now, then)
  }

  private mutating func takeOutbox() {
    let outbox = self.kernel.outbox
    self.kernel.clearOutbox()
    for directive in outbox.directives {
      self.trace.add(directive)
      if case .recording(let order) = directive, let objection = self.recorder.obey(order) {
        self.telephones.objections.append(objection)
      }
      if case .media(let leg, _) = directive { self.sounding.removeAll { $0.leg == leg } }
      let objections = self.telephones.objections.count
      let sign = self.telephones.obey(directive)
      if let sign {
        var note: Note?
        if case .finish(_, _, let why) = directive { note = why }
        self.signs.append((sign.leg, sign.party, sign.sign, note))
      }
      if self.ladder != nil { self.note(directive, sign) }
      if self.telephones.objections.count > objections {
        self.ladder?.remark("!! \(self.telephones.objections.last ?? "")", at: self.now)
      }
    }
    self.telephones.checkTurn()
    if !outbox.facts.isEmpty { self.commit(outbox.facts, turn: outbox.turn) }
    for case .verify(let leg, let code) in outbox.directives {
      self.eventCount += 1
      self.kernel.receive(.verified(leg, self.authorizations.first { $0.code == code }?.authorization), at: self.now)
      self.takeOutbox()
    }
  }

  private mutating func commit(_ facts: [Fact], turn: UInt64) {
    for fact in facts { self.noteState(fact) }
    guard !self.failsNextCommit else {
      self.failsNextCommit = false
      self.ladder?.remark("the store cannot keep this", at: self.now)
      self.eventCount += 1
      self.kernel.receive(.notKept(turn: turn), at: self.now)
      return self.takeOutbox()
    }
    for fact in facts { self.kept.keep(fact) }
    self.eventCount += 1
    self.kernel.receive(.kept(turn: turn), at: self.now)
    self.takeOutbox()
  }

  /// The end of `line`'s conversation, or `line` itself, that cannot take part this time.
  private mutating func deafEnd(_ line: Line) -> (line: Line, cause: Cause)? {
    var ends = [line]
    if case .with(let other) = line.goal, let far = self.telephones[other] { ends.append(far) }
    for end in ends {
      if let station = end.station, let index = self.deaf.firstIndex(where: { $0.station == station }) {
        return (end, self.deaf.remove(at: index).cause)
      }
    }
    return nil
  }

  /// Reports every goal that can be reached now. Bounded: modules that order goals for ever are objected to.
  mutating func joinWhatCanBe() {
    var rounds = 0
    while let leg = self.telephones.unsettled.popLast() {
      guard let line = self.telephones[leg], !line.isJoined, self.telephones.isWithinReach(line) else { continue }
      rounds += 1
      guard rounds < 10_000 else {
        self.telephones.objections.append("goals are ordered without end")
        return
      }
      self.eventCount += 1
      if let broken = self.deafEnd(line) {
        self.draw(broken.line.party, .in, "488", "no media")
        self.kernel.receive(.joinFailed(broken.line.leg, broken.cause), at: self.now)
      } else {
        self.telephones.hasJoined(leg)
        self.noteSound(leg, line.goal)
        self.kernel.receive(.joined(leg), at: self.now)
      }
      self.takeOutbox()
    }
  }

  /// A telephone's name in the ladder: its station, and a letter for its second and later devices.
  public func name(of party: Party) -> String {
    guard case .station(let number, let device) = party else { return party.number.description }
    let index = self.telephones.devices(of: number).firstIndex(of: device) ?? 0
    return index == 0 ? number.description : "\(number)\(Character(UnicodeScalar(UInt8(97 + min(index, 25)))))"
  }

  /// Draws an arrow between `party` and the exchange, if anything is drawn at all.
  mutating func draw(_ party: Party, _ way: Ladder.Way, _ label: String, _ remark: String = "") {
    guard self.ladder != nil else { return }
    let name = self.name(of: party)
    let now = self.now
    self.ladder?.arrow(name, way, label, remark, at: now)
  }

  private mutating func noteState(_ fact: Fact) {
    guard self.countsVisits || self.ladder != nil, case .machine(let module, let key, _) = fact,
      let state = self.kernel.state(of: module, key)
    else { return }
    self.visits["\(module) \(state)", default: 0] += 1
    guard self.ladder != nil else { return }
    let name = "\(module) \(key)"
    let former = self.states.updateValue(state, forKey: name)
    guard former != state else { return }
    self.ladder?.remark(
      "\(module)\(key.digits.isEmpty ? "" : " of \(key.digits)"): \(former ?? "initial") -> \(state)", at: self.now)
  }

  private mutating func note(_ directive: Directive, _ sign: (leg: LegID, party: Party, sign: Sign)?) {
    if case .note(_, let module, let note) = directive {
      let name = self.kernel.modules.indices.contains(module) ? self.kernel.modules[module].descriptor.name : "exchange"
      self.ladder?.remark("\(name): \(note)", at: self.now)
    }
    guard let sign else { return }
    var remark = ""
    if case .finish(_, _, let why) = directive { remark = why.description }
    if case .alert(_, let alert) = directive {
      remark = "for \(alert.calling)" + (alert.purpose == .direct ? "" : " (\(alert.purpose))")
      for diversion in alert.diversions { remark += ", diverted by \(diversion.from) \(diversion.reason.text)" }
    }
    self.draw(sign.party, .out, self.label(sign.sign), remark)
  }

  private func label(_ sign: Sign) -> String {
    switch sign {
    case .alert: "INVITE"
    case .ringing: "180"
    case .forwarded: "181"
    case .answer: "200"
    case .final(let status): status.description
    case .release(let cause): cause == .answeredElsewhere ? "BYE/CANCEL 200" : "BYE/CANCEL"
    case .media(let goal): "[\(self.words(goal))]"
    case .present(let number): "[shows \(number)]"
    case .transfer(let report): self.words(report)
    }
  }

  private func words(_ report: TransferReport) -> String {
    switch report {
    case .accepted: "202"
    case .refused(let status, _): status.description
    case .ringing: "NOTIFY 180"
    case .done: "NOTIFY 200"
    case .failed(let status): "NOTIFY \(status)"
    }
  }

  private func words(_ goal: Goal) -> String {
    switch goal {
    case .with(let leg): "with \(self.telephones[leg].map { self.name(of: $0.party) } ?? "\(leg)")"
    case .nothing: "nothing"
    case .music: "music"
    case .tone(let tone): "\(tone)"
    case .room(let number): "room \(number)"
    case .announcement(let sound): "\(sound)"
    case .playback(let number): "plays \(number)"
    case .recording(let number): "records \(number)"
    }
  }
}
