public import Kernel

/// Puts a station's trunk code in front of numbers: of those that it dials, or of callers from outside so that its call list can dial
/// them back. TRK-2, TRK-3; manual, "Insert Trunk Port", "Insert Trunk Type". Table: `strowger module describe TrunkCodeInsertion`.
///
/// It remembers nothing: which numbers, and the code, are the station's settings.
public enum TrunkCodeInsertion: Feature {
  public enum State: UInt8, MachineState {
    case idle

    public var name: StaticString { "idle" }
  }

  public enum Event: MachineEvent {
    /// The station has dialled an outside number without the code.
    case dialledOutside(withCode: Digits)
    /// Somebody outside calls the station.
    case calledFromOutside(withCode: Digits)

    public var name: StaticString {
      switch self {
      case .dialledOutside: "dialled outside"
      case .calledFromOutside: "called from outside"
      }
    }
  }

  public static let initial = State.idle

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .dialledOutside(let number):
      orders.explain(Note("dials %", number))
      orders.translate(to: number)
      return .stay(.idle)
    case .calledFromOutside(let number):
      orders.show(number)
      return .stay(.idle)
    }
  }
}
