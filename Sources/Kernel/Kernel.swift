/// The call kernel: parties, legs, calls, time, and the modules it consults in plan order. Events go in, directives and
/// facts come out; it has no socket, thread, clock, file or randomness, and a copy of it is a snapshot (MOD-3).
///
/// Three doors: ``receive(_:at:)``, ``fire(at:)`` and ``nextDeadline``. After each the host takes ``outbox`` and empties it
/// with ``clearOutbox()``. Nothing here is safe to call from two threads at once.
public struct Kernel: Sendable {
  public internal(set) var world: World
  /// All modules there are, built in and loaded; the plan says which of them act, in which order.
  public let modules: [Module]
  /// What the last turns produced, in order.
  public internal(set) var outbox = Outbox()
  /// Makes modules that let a call pass say so too: for `plan explain` and the ladder.
  public var isTracing = false

  /// The longest time a telephone rings (`call.ring-time`, CALL-11).
  public var ringTime: Interval = .seconds(180)
  /// No provisional answer within this time: not reachable (CALL-11).
  public var provisionalTime: Interval = .seconds(5)
  /// How far the clock on the wall is ahead of the kernel's scale, read as if it counted from 1970: for hours of classes of service.
  public var localOffset: Interval = .zero
  /// How long a caller hears the tone that says how its code came out (DIAL-2).
  public static let outcomeTime = Interval.seconds(2)
  /// Hops no plan may exceed (FWD-4).
  public static let hopLimit = 10

  /// What features did in one call, as far as its record tells: a telephone may hold and resume without end.
  static let mostActs = 64

  var now: Instant = .zero
  var timers = TimerTable<TimerPurpose>()
  var machines: [MachineID: Machine] = [:]
  var orders = Orders()
  /// Module index for each placement of the plan, and back: placement options by module index.
  var placements: [Int] = []
  var options: [OptionValues]
  /// Module indices that care, for each detection point's bit, in plan order.
  var careful: [[Int]] = Array(repeating: [], count: DetectionPoints.count)
  /// What machines are to be told once the step under way is through.
  var told: [(MachineID, Consult)] = []
  var dirtyCalls: [CallID] = []
  /// Facts that have been given out and not been confirmed yet, oldest first.
  var unconfirmed: [Unconfirmed] = []
  /// What goes on though its fact could not be kept: it is written again with the next turn.
  var unkept: [Unconfirmed.What] = []
  /// Calls that have lost a leg in this turn.
  var thinned: [CallID] = []
  /// Legs that were connected while their own telephones hold: modules are asked about that as about a new hold.
  var rejoined: [LegID] = []
  /// Machines that are told what happens to a leg without owning it.
  var watchers: [LegID: [MachineID]] = [:]
  /// Timers that run only while the device of the leg has no other conversation.
  var idleTimers: [LegID: [(machine: MachineID, number: UInt8)]] = [:]
  var changedStations: [StationNumber] = []
  /// How many machines belong to a call or leg and die with it.
  var mortalMachines = 0
  /// The leg that is about to go, while modules are asked about that.
  var departing: LegID = .none
  /// The machine whose step is under way: it knows what it ordered.
  var stepping: MachineID = .none

  struct Machine: Sendable {
    var storage: MachineStorage
    var timers: [MachineTimer] = []
    /// The legs it made ring.
    var alerted: [LegID] = []
    /// Its timers have changed since its fact was written.
    var isStale = false
  }
  struct MachineTimer: Sendable {
    var number: UInt8
    /// None while it stands still.
    var handle: TimerHandle
    var idle: LegID = .none
    var remaining: Interval = .zero
  }
  struct Unconfirmed: Sendable {
    enum What: Sendable {
      /// Dialled by somebody and no leg was moved: can be taken back.
      case setting(MachineID, Former)
      case machine(MachineID)
      case call(CallID)
    }
    var turn: UInt64
    var what: What
  }
  struct Former: Sendable {
    var storage: MachineStorage
    var timers: [(number: UInt8, deadline: Instant)]
  }
  enum TimerPurpose: Sendable {
    /// The attempt of a call: provisional time, then ring time.
    case attempt(CallID)
    case machine(MachineID, UInt8)
    /// A caller has heard how its code came out.
    case outcome(CallID, Cause)
  }

  /// Directives and facts in the order in which they were given.
  public struct Outbox: Sendable {
    public internal(set) var directives: [Directive] = []
    public internal(set) var facts: [Fact] = []
    /// Number of the turn the facts belong to: what ``Event/kept(turn:)`` names.
    public internal(set) var turn: UInt64 = 0
  }

  public init(modules: [Module]) {
    self.modules = modules
    self.world = World(modules: modules)
    self.options = modules.map { OptionValues(defaultsOf: $0.descriptor) }
  }

  /// Puts a checked plan in force. Calls and machines go on (PLAN-3); a module the plan no longer names is not asked again.
  public mutating func install(_ plan: Plan) {
    self.placements = plan.modules.map { placement in
      self.modules.firstIndex { $0.descriptor.name == placement.module } ?? -1
    }
    let descriptors = self.placements.map { $0 >= 0 ? self.modules[$0].descriptor : Descriptor(name: "", summary: "") }
    self.world.plan = plan
    self.world.dispatch = Dispatch(plan, descriptors: descriptors)
    for index in self.world.trunks.indices { self.world.trunks[index].channels = 0 }
    for trunk in plan.trunks { self.world.withTrunk(trunk.name) { $0.channels = trunk.channels } }
    self.careful = (0..<DetectionPoints.count).map { bit in
      self.placements.filter { $0 >= 0 && self.modules[$0].descriptor.points.rawValue & (1 << UInt32(bit)) != 0 }
    }
    self.options = self.modules.map { OptionValues(defaultsOf: $0.descriptor) }
    for (placement, module) in zip(plan.modules, self.placements) where module >= 0 {
      self.options[module] = placement.options
    }
  }

  /// A leg for a call that is about to be dialled.
  public mutating func reserveLeg() -> LegID {
    self.world.legs.insert(
      Leg(call: .none, party: .stranger(Digits()), direction: .originating, phase: .dialling, purpose: .direct))
  }

  public var nextDeadline: Instant? { self.timers.nextDeadline }

  /// Takes what has been carried out; keeps the room.
  public mutating func clearOutbox() {
    self.outbox.directives.removeAll(keepingCapacity: true)
    self.outbox.facts.removeAll(keepingCapacity: true)
  }

  /// One event, all its consequences.
  public mutating func receive(_ event: Event, at now: Instant) {
    self.begin(at: now)
    self.take(event)
    self.endTurn()
  }

  /// Fires every timer that is due, with all consequences: one turn, whatever their number.
  public mutating func fire(at now: Instant) {
    self.begin(at: now)
    while let purpose = self.timers.popDue(at: now) {
      switch purpose {
      case .attempt(let call): self.attemptTimerFired(call)
      case .machine(let machine, let number): self.machineTimerFired(machine, number)
      case .outcome(let call, let cause): self.end(call, cause, .ok)
      }
      self.endTurn()
    }
  }

  private mutating func begin(at now: Instant) {
    if now > self.now { self.now = now }
    self.world.localTime = self.now + self.localOffset
    self.outbox.turn &+= 1
    if !self.unkept.isEmpty { self.keepAgain() }
    // After a restore: modules hear that the exchange has started anew before anything else.
    if !self.told.isEmpty || !self.thinned.isEmpty { self.endTurn() }
  }

  private mutating func take(_ event: Event) {
    switch event {
    case .dialled(let origination): self.dialled(origination)
    case .proceeding(let leg): self.proceeding(leg)
    case .alerting(let leg): self.alerting(leg)
    case .answered(let leg): self.answered(leg)
    case .failed(let leg, let status): self.failed(leg, status)
    case .redirected(let leg, let number): self.redirected(leg, number)
    case .released(let leg, let cause): self.released(leg, cause)
    case .held(let leg): self.hold(leg, true)
    case .resumed(let leg): self.hold(leg, false)
    case .transferRequested(let leg, let number, let replacing):
      self.transferRequested(leg, number, replacing)
    case .verified(let leg, let authorization): self.verified(leg, authorization)
    case .trunk(let name, let isUp): self.world.withTrunk(name) { $0.isUp = isUp }
    case .joined(let leg): self.joined(leg)
    case .joinFailed(let leg, let cause): self.joinFailed(leg, cause)
    case .played(let leg): self.played(leg)
    case .pressed(let leg, let key): self.pressed(leg, key)
    case .recordings(let owner, let recordings): self.world.kept.set(recordings, of: owner)
    case .registered(let station, let devices): self.world.withStation(station) { $0.devices = devices }
    case .settings(let station, let settings): self.world.withStation(station) { $0.settings = settings }
    case .kept(let turn): self.confirm(turn)
    case .notKept(let turn): self.takeBack(turn)
    }
  }

  private mutating func endTurn() {
    var rounds = 0
    while true {
      if !self.told.isEmpty {
        let (machine, consult) = self.told.removeFirst()
        rounds += 1
        if rounds > 1000 {
          self.outbox.directives.append(.fault(module: Int(machine.module), "modules tell each other things without end"))
          self.told.removeAll()
        } else {
          self.tell(machine, consult)
        }
      } else if let call = self.thinned.popLast() {
        self.settle(call)
      } else if let leg = self.rejoined.popLast() {
        if self.world.legs[leg]?.isHolding ?? false { self.midCall(leg, .held(leg)) }
      } else {
        break
      }
    }
    if !self.changedStations.isEmpty { self.reviewIdleTimers() }
    if !self.dirtyCalls.isEmpty { self.keepDirtyCalls() }
  }

  /// Whatever people read has no secrets in it, whoever wrote it (TRK-4).
  mutating func emit(_ directive: Directive) {
    switch directive {
    case .finish(let leg, let status, let note):
      self.outbox.directives.append(.finish(leg, status, self.world.withoutSecrets(note)))
    case .note(let call, let module, let note):
      self.outbox.directives.append(.note(call, module: module, self.world.withoutSecrets(note)))
    case .transfer(let leg, .refused(let status, let note)):
      self.outbox.directives.append(.transfer(leg, .refused(status, self.world.withoutSecrets(note))))
    case .progress, .alert, .answer, .release, .media, .present, .transfer, .verify, .recording, .record, .fault:
      self.outbox.directives.append(directive)
    }
  }
}
