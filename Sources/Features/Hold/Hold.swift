public import Kernel

/// What a held party hears, and a recall for whoever forgets it.
/// HOLD-1 to HOLD-3; manual, "Hold/Resume", "Tone Source". Table: `strowger module describe Hold`.
///
/// One machine for each leg whose telephone holds. It owns nobody; it watches the held party, so that another module can take
/// that one over. While both hold there are two machines, and neither knows of the other.
public enum Hold: Feature {
  public enum State: MachineState {
    case talking
    case held(LegID, recalls: UInt8)
    /// The holder is rung.
    case recalling(LegID, recalls: UInt8)

    public var name: StaticString {
      switch self {
      case .talking: "talking"
      case .held: "held"
      case .recalling: "recalling"
      }
    }
  }

  public enum Event: MachineEvent {
    case held(LegID)
    case resumed
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    /// One of the holder's telephones will not be answered; `last`: none of them rings any more.
    case recallFailed(last: Bool)
    /// Another module looks after the held party now, or it is gone.
    case lost
    /// Another has taken the held party's place.
    case replaced(by: LegID)
    case restarted

    public var name: StaticString {
      switch self {
      case .held: "held"
      case .resumed: "resumed"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed(last: false): "one recall failed"
      case .recallFailed(last: true): "recall failed"
      case .lost: "lost"
      case .replaced: "replaced"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.talking

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .talking:
      switch event {
      case .held(let party):
        orders.watch(party)
        orders.explain(Note("% held", world.leg(party)?.party.number ?? Digits()))
        return self.hold(party, 0, context, in: world, &orders)
      case .resumed, .recallDue, .recallOver, .recallAnswered, .recallFailed, .lost, .replaced, .restarted:
        return .ignore("nobody is held")
      }
    case .held(let party, let recalls):
      switch event {
      case .resumed: return self.resume(party, context, in: world, &orders)
      case .recallDue: return self.recall(party, recalls, context, in: world, &orders)
      case .lost: return self.leave(party, &orders)
      case .replaced(by: let other):
        orders.watch(other)
        return self.hold(other, recalls, context, in: world, &orders)
      case .restarted: return .ignore("the conversation and its timer are as they were")
      case .held: return .ignore("it is held already")
      case .recallOver, .recallAnswered, .recallFailed: return .ignore("the recall has been stopped")
      }
    case .recalling(let party, let recalls):
      switch event {
      case .resumed: return self.resume(party, context, in: world, &orders)
      case .recallAnswered(let leg):
        orders.unwatch(party)
        orders.explain(Note("recall answered by %", world.leg(leg)?.party.number ?? Digits()))
        if case .leg(let holder) = context.machine { orders.substitute(leg, for: holder) }
        return .go(.talking)
      case .recallFailed(last: false): return .stay(state)
      case .recallFailed(last: true), .recallOver, .restarted:
        return self.keep(party, recalls &+ 1, context, in: world, &orders)
      case .lost: return self.leave(party, &orders)
      case .replaced(by: let other):
        orders.watch(other)
        return self.hold(other, recalls, context, in: world, &orders)
      case .held: return .ignore("it is held already")
      case .recallDue: return .ignore("it is being recalled")
      }
    }
  }

  private static func hold(
    _ party: LegID, _ recalls: UInt8, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    if let goal = self.goal(of: party, context, in: world), world.leg(party)?.goal != goal { orders.hear(party, goal) }
    return self.keep(party, recalls, context, in: world, &orders)
  }

  /// The party goes on hearing what it hears; the recall comes in its time, where the holder is a station.
  private static func keep(
    _ party: LegID, _ recalls: UInt8, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    if case .leg(let holder) = context.machine, world.leg(holder)?.party.station != nil {
      orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time, whileIdle: holder)
    }
    return .go(.held(party, recalls: recalls))
  }

  private static func resume(_ party: LegID, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
    if case .leg(let holder) = context.machine, world.leg(party)?.goal != .with(holder) { orders.hear(party, .with(holder)) }
    return self.leave(party, &orders)
  }

  private static func leave(_ party: LegID, _ orders: inout Orders) -> Step<State> {
    orders.unwatch(party)
    return .go(.talking)
  }

  private static func recall(
    _ party: LegID, _ recalls: UInt8, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let recall = Recall(context.options, at: Option.recall)
    guard !recall.isOver(after: recalls) else {
      orders.explain(Note("held too long"))
      orders.release(party, .noAnswer)
      return self.leave(party, &orders)
    }
    if case .leg(let holder) = context.machine, let station = world.leg(holder)?.party.station {
      recall.alert(station, for: party, in: world, &orders)
    }
    orders.arm(Timer.ring, after: recall.ring)
    return .go(.recalling(party, recalls: recalls))
  }

  /// Nil: the telephone that holds makes the tone itself, and the party goes on hearing it (HOLD-2).
  private static func goal(of party: LegID, _ context: Context, in world: World) -> Goal? {
    if let station = world.leg(party)?.party.station, world.station(station)?.settings.toneSource == .phone { return nil }
    return context.options.integer(Option.sound) == 0 ? .music : .tone(.hold)
  }
}
