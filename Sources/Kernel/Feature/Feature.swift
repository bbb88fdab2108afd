/// A feature module: an explicit state machine as static functions. The kernel owns every machine's state; a feature has
/// no storage, clock, timer or side effect of its own (MOD-1).
///
/// `event` translates what the kernel says into the machine's own words, `step` is the transition table.
public protocol Feature: SendableMetatype {
  associatedtype State: MachineState
  associatedtype Event: MachineEvent

  static var descriptor: Descriptor { get }
  /// The state of a machine nobody has touched. A machine in it is not stored.
  static var initial: State { get }
  /// Where a machine goes when it met what its table calls unreachable.
  static var failed: State { get }

  /// Which machine a detection point or code concerns; nil when none of this module (the call goes on).
  static func machine(for consult: Consult, in world: World) -> MachineKey?
  /// The consult in the machine's own words; nil when it means nothing to it.
  static func event(for consult: Consult, _ context: Context, in world: World) -> Event?
  /// The transition table: every state × event has a row.
  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State>

  /// The state as a fact. The first octet is the layout's version.
  static func encode(_ state: State, into fact: inout FactWriter)
  /// Nil when the fact is not one of ours: the machine then begins anew and the loss is reported.
  static func decode(_ fact: inout FactReader) -> State?

  /// States and events with which the table is walked: for the diagram, `module describe` and the tests.
  static var samples: Samples<State, Event> { get }
}

extension Feature {
  public static var failed: State { self.initial }
}

/// A plain value of at most ``MachineStorage/capacity`` octets.
public protocol MachineState: Equatable, Sendable, BitwiseCopyable {
  /// The name in the diagram: `parked`.
  var name: StaticString { get }
  /// What the status shows: `all to 2003`. The name unless the state says more.
  var summary: Note { get }
}

extension MachineState {
  public var summary: Note { Note(self.name) }
}

public protocol MachineEvent: Sendable {
  var name: StaticString { get }
}

public struct Samples<State: Sendable, Event: Sendable>: Sendable {
  public var states: [State]
  public var events: [Event]
  /// What the host keeps in the world in which the table is walked.
  public var recordings: [(owner: Digits, recordings: [Recording])]
  /// Who talks to whom in that world, by their legs.
  public var conversations: [(a: LegID, b: LegID)]

  public init(
    states: [State], events: [Event], recordings: [(owner: Digits, recordings: [Recording])] = [],
    conversations: [(a: LegID, b: LegID)] = []
  ) {
    self.states = states
    self.events = events
    self.recordings = recordings
    self.conversations = conversations
  }
}

/// What a row of the table says.
public enum Step<State: MachineState> {
  /// Leave the state; its timers and alerting legs are dropped.
  case go(State)
  /// Keep the state with its timers; its payload may change.
  case stay(State)
  /// The phone or peer is wrong: the consult is answered with this, nothing changes.
  case refuse(Status, Note)
  /// A race, with its reason.
  case ignore(StaticString)
  /// We are wrong: this machine ends, it is counted, tests fail, the exchange stays up.
  case unreachable(StaticString)
}

/// What a step may know besides the world.
public struct Context: Sendable {
  public var machine: MachineKey
  public var options: OptionValues
  public var now: Instant

  public init(machine: MachineKey, options: OptionValues, now: Instant) {
    self.machine = machine
    self.options = options
    self.now = now
  }
}
