public import Kernel

/// Lights the lamp of a station whose mailbox holds new messages. MWI-1; manual, "MWI".
///
/// It has no part in any call: the exchange tells telephones what their mailbox holds (NOTIFY, RFC 3842) as long as the plan names this
/// module. Its machine is never asked and never told anything.
public enum MessageWaiting: Feature {
  public enum State: UInt8, MachineState {
    case idle

    public var name: StaticString { "idle" }
  }

  public enum Event: UInt8, MachineEvent {
    /// Never comes: no call concerns a lamp.
    case called

    public var name: StaticString { "called" }
  }

  public static let descriptor = Descriptor(
    name: "MessageWaiting", summary: "lights the lamp of a station whose mailbox holds new messages")

  public static let initial = State.idle

  public static func machine(for consult: Consult, in world: World) -> MachineKey? { nil }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? { nil }

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    .ignore("a lamp has no part in a call")
  }

  public static func encode(_ state: State, into fact: inout FactWriter) { fact.put(state.rawValue) }

  public static func decode(_ fact: inout FactReader) -> State? { fact.octet().flatMap(State.init) }

  public static var samples: Samples<State, Event> { Samples(states: [.idle], events: [.called]) }
}
