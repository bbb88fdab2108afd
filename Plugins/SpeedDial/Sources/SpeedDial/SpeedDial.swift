public import Kernel

/// Short numbers for long ones: a list for each station, and one of the system's for all.
///
/// One machine belongs to each place of a list; it keeps the number that stands there, also through a restart of the exchange.
public enum SpeedDial: Feature {
  public enum State: MachineState {
    case empty
    case holds(Digits)

    public var name: StaticString {
      switch self {
      case .empty: "empty"
      case .holds: "holds"
      }
    }

    public var summary: Note {
      switch self {
      case .empty: Note(self.name)
      case .holds(let number): Note("%", number)
      }
    }
  }

  public enum Event: MachineEvent {
    case called(by: StationNumber)
    case stored(Digits)
    case cleared
    /// What was dialled cannot be done, and why.
    case refused(Note)
    /// The store could not keep it.
    case notKept

    public var name: StaticString {
      switch self {
      case .called: "called"
      case .stored: "stored"
      case .cleared: "cleared"
      case .refused: "refused"
      case .notKept: "not kept"
      }
    }
  }

  public static var initial: State { .empty }

  /// The whole machine: every state × event has a row.
  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch (state, event) {
    case (_, .stored(let number)):
      orders.done(Note("speed dial to % stored", number))
      return .go(.holds(number))
    case (_, .cleared):
      orders.done(Note("speed dial cleared"))
      return .go(.empty)
    case (_, .refused(let why)): return .refuse(.temporarilyUnavailable, why)
    case (_, .notKept): return .ignore("the exchange has put the former state back")
    case (.empty, .called): return .refuse(.temporarilyUnavailable, Note("nothing is stored there"))
    case (.holds(let number), .called(let caller)):
      // Whoever has stored it may have been allowed more, or then: nobody reaches by a short number what he may not dial.
      guard world.may(caller, call: number) else {
        return .refuse(.forbidden, Note("class of service of % does not allow this number", caller.digits))
      }
      orders.translate(to: number)
      return .stay(state)
    }
  }
}
