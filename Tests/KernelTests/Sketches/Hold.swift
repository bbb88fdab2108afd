import Kernel

/// A sketch of hold with recall: HOLD-2, HOLD-3. One machine for each leg whose telephone holds; it owns nobody, it watches
/// the held party, so that park, conference or transfer can take that one over.
enum Hold: Feature {
  enum State: MachineState {
    case talking
    case held(LegID, recalls: UInt8)
    case recalling(LegID, recalls: UInt8)

    var name: StaticString {
      switch self {
      case .talking: "talking"
      case .held: "held"
      case .recalling: "recalling"
      }
    }
  }
  enum Event: MachineEvent {
    case held(LegID)
    case resumed
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    case recallFailed
    /// Another module looks after the held party now, or it is gone.
    case lost
    case replaced(by: LegID)
    case restarted

    var name: StaticString {
      switch self {
      case .held: "held"
      case .resumed: "resumed"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed: "recall failed"
      case .lost: "lost"
      case .replaced: "replaced"
      case .restarted: "restarted"
      }
    }
  }

  static let initial = State.talking
  static let descriptor = Descriptor(
    name: "Hold", summary: "music for who is held, and a recall for who forgets",
    options: [
      .init("recallTime", .time(default: .seconds(45), .zero ... .seconds(3600)), meaning: ""),
      .init("recallRing", .time(default: .seconds(20), .seconds(1) ... .seconds(180)), meaning: ""),
      .init("recallLimit", .integer(default: 10, 1...100), meaning: ""),
    ], points: .midCall)

  static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .held(let leg), .resumed(let leg): .leg(leg)
    default: nil
    }
  }

  static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .held(let leg):
      context.machine == .leg(leg) ? world.peer(of: leg).flatMap { world.leg($0)?.owner.isNone == true ? .held($0) : nil } : nil
    case .resumed(let leg): context.machine == .leg(leg) ? .resumed : nil
    case .timer(let number): number == 1 ? .recallDue : .recallOver
    case .legAnswered(let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed
    case .taken, .legReleased: .lost
    // Somebody has picked up the recall, or taken the held party's place.
    case .replaced(_, by: let new):
      if world.leg(new)?.owner.key == context.machine { .recallAnswered(by: new) } else { .replaced(by: new) }
    case .restarted: .restarted
    default: nil
    }
  }

  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard case .leg(let holder) = context.machine else { return .unreachable("a hold belongs to a leg") }
    switch state {
    case .talking:
      switch event {
      case .held(let party):
        orders.watch(party)
        return self.keep(party, 0, holder, context, &orders)
      case .resumed, .recallDue, .recallOver, .recallAnswered, .recallFailed, .lost, .replaced, .restarted:
        return .ignore("nobody is held")
      }
    case .held(let party, let recalls):
      switch event {
      case .resumed: return self.resume(party, holder, &orders)
      case .recallDue: return self.recall(party, recalls, holder, context, in: world, &orders)
      case .lost:
        orders.unwatch(party)
        return .go(.talking)
      case .replaced(by: let other):
        orders.watch(other)
        return self.keep(other, recalls, holder, context, &orders)
      case .held, .recallOver, .recallAnswered, .recallFailed, .restarted: return .ignore("comes late")
      }
    case .recalling(let party, let recalls):
      switch event {
      case .resumed: return self.resume(party, holder, &orders)
      case .recallAnswered(let leg):
        orders.unwatch(party)
        orders.substitute(leg, for: holder)
        return .go(.talking)
      case .recallFailed where world.isCalledFor(party): return .stay(state)
      case .recallFailed, .recallOver, .restarted: return self.keep(party, recalls &+ 1, holder, context, &orders)
      case .lost:
        orders.unwatch(party)
        return .go(.talking)
      case .replaced(by: let other):
        orders.watch(other)
        return self.keep(other, recalls, holder, context, &orders)
      case .held, .recallDue: return .ignore("comes late")
      }
    }
  }

  private static func keep(
    _ party: LegID, _ recalls: UInt8, _ holder: LegID, _ context: Context, _ orders: inout Orders
  ) -> Step<State> {
    orders.hear(party, .music)
    orders.arm(1, after: context.options.time(0), whileIdle: holder)
    return .go(.held(party, recalls: recalls))
  }

  private static func resume(_ party: LegID, _ holder: LegID, _ orders: inout Orders) -> Step<State> {
    orders.hear(party, .with(holder))
    orders.unwatch(party)
    return .go(.talking)
  }

  private static func recall(
    _ party: LegID, _ recalls: UInt8, _ holder: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard let station = world.leg(holder)?.party.station, let number = world.leg(party)?.party.number else {
      return .go(.talking)
    }
    guard Int(recalls) < context.options.integer(2) else {
      orders.release(party, .noAnswer)
      return .go(.talking)
    }
    orders.alert(station, for: party, calling: number, .recall)
    orders.arm(2, after: context.options.time(1))
    return .go(.recalling(party, recalls: recalls))
  }

  static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .talking: fact.put(UInt8(0))
    case .held(let party, let recalls): self.put(1, party, recalls, into: &fact)
    case .recalling(let party, let recalls): self.put(2, party, recalls, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ party: LegID, _ recalls: UInt8, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(party)
    fact.put(recalls)
  }

  static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    guard kind > 0 else { return .talking }
    guard let party = fact.handle(Leg.self), let recalls = fact.octet() else { return nil }
    return kind == 1 ? .held(party, recalls: recalls) : .recalling(party, recalls: recalls)
  }

  static var samples: Samples<State, Event> { Samples(states: [], events: []) }
}
