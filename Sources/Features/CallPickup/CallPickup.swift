public import Kernel

/// Takes a call that rings on another telephone. PICK-1 to PICK-3; manual, "Call Pickup". Table:
/// `strowger module describe CallPickup`.
///
/// It remembers nothing: one step, one order. Pickup, answer and CANCEL are events in a row, and whoever comes second finds
/// nothing that rings.
public enum CallPickup: Feature {
  public enum State: UInt8, MachineState {
    case idle

    public var name: StaticString { "idle" }
  }

  public enum Event: MachineEvent {
    case pickUp(LegID, ringing: LegID)
    /// Why nothing is picked up.
    case nothing(Note)

    public var name: StaticString {
      switch self {
      case .pickUp: "pick up"
      case .nothing: "nothing to pick up"
      }
    }
  }

  public static let initial = State.idle

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .nothing(let why): return .refuse(.temporarilyUnavailable, why)
    case .pickUp(let leg, let ringing):
      orders.explain(Note("picked up for %", world.leg(ringing)?.party.number ?? Digits()))
      orders.substitute(leg, for: ringing)
      return .stay(.idle)
    }
  }
}
