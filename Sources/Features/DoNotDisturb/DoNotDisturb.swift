public import Kernel

/// Nobody reaches a station that wants its peace.
/// DND-1, DND-2; manual, "DND (Do Not Disturb)". Table: `strowger module describe DoNotDisturb`.
///
/// One machine for each station. The manual's text says 401 is on and 400 off while its step list swaps them; text and
/// feature table win.
public enum DoNotDisturb: Feature {
  public enum State: UInt8, MachineState, CaseIterable {
    case off, on

    public var name: StaticString {
      switch self {
      case .off: "off"
      case .on: "on"
      }
    }
  }

  public enum Event: MachineEvent {
    case dialledOn, dialledOff
    /// Somebody calls the station.
    case called
    /// A call that the station itself waits for comes back to it.
    case recalled
    case notKept

    public var name: StaticString {
      switch self {
      case .dialledOn: "dialled on"
      case .dialledOff: "dialled off"
      case .called: "called"
      case .recalled: "recalled"
      case .notKept: "not kept"
      }
    }
  }

  public static let initial = State.off

  public static let descriptor = Descriptor(
    name: "DoNotDisturb", summary: "callers of a station that wants its peace hear busy",
    actions: [
      .init("", argument: .oneOf(["1", "0"]), meaning: "1 turns do not disturb on for the dialling station, 0 off")
    ],
    options: [
      .init(
        "treatAs", .choice(default: 0, ["refuse", "busy"]),
        meaning: "refuse: the caller gets 486; busy: as if the station were busy, so that forward busy may act")
    ],
    points: .attemptAuthorised, status: .flag("doNotDisturb"))

  private static let treatAs = 0

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): .station(code.by)
    case .attemptAuthorised(_, let station): .station(station)
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): code.argument == "1" ? .dialledOn : .dialledOff
    case .attemptAuthorised(let call, _): world.call(call)?.purpose == .recall ? .recalled : .called
    case .notKept: .notKept
    default: nil
    }
  }

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .off:
      switch event {
      case .dialledOn:
        orders.done(Note("do not disturb on"))
        return .go(.on)
      case .dialledOff:
        orders.done(Note("do not disturb off"))
        return .stay(.off)
      case .called, .recalled:
        return .stay(.off)
      case .notKept:
        return .ignore("the kernel has put the former state back")
      }
    case .on:
      switch event {
      case .dialledOn:
        orders.done(Note("do not disturb on"))
        return .stay(.on)
      case .dialledOff:
        orders.done(Note("do not disturb off"))
        return .go(.off)
      case .called:
        self.turnAway(context, &orders)
        return .stay(.on)
      case .recalled:
        return .stay(.on)
      case .notKept:
        return .ignore("the kernel has put the former state back")
      }
    }
  }

  private static func turnAway(_ context: Context, _ orders: inout Orders) {
    let note = Note("do not disturb at %", context.machine.digits)
    if context.options.integer(self.treatAs) == 0 {
      orders.refuse(.busyHere, note)
    } else {
      orders.explain(note)
      orders.fail(as: .busy)
    }
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    fact.put(state.rawValue)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1 else { return nil }
    return fact.octet().flatMap(State.init)
  }

  public static var samples: Samples<State, Event> {
    Samples(states: State.allCases, events: [.dialledOn, .dialledOff, .called, .recalled, .notKept])
  }
}
