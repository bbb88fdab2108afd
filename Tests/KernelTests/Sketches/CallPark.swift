import Kernel

/// A sketch of call park, to prove that the kernel carries it: PARK-1 to PARK-4. One machine for each place.
enum CallPark: Feature {
  /// Who is parked, by whom, and how often the parker was rung in vain.
  struct Held: Equatable, Sendable, BitwiseCopyable {
    var party: LegID
    var parker: StationNumber
    var recalls: UInt8 = 0
  }
  enum State: MachineState {
    case empty
    case parked(Held)
    case recalling(Held)
    /// Somebody is being connected; if that fails the party is parked again.
    case fetching(Held, by: LegID)

    var name: StaticString {
      switch self {
      case .empty: "empty"
      case .parked: "parked"
      case .recalling: "recalling"
      case .fetching: "fetching"
      }
    }
  }
  enum Event: MachineEvent {
    case parkCode(Held, holding: LegID)
    /// Nothing held, more than one, or somebody else's already.
    case badParkCode
    case fetchCode(by: LegID)
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    /// One of the parker's telephones will not be answered.
    case recallFailed
    case joined, joinFailed
    case left(LegID)
    case restarted

    var name: StaticString {
      switch self {
      case .parkCode: "park code"
      case .badParkCode: "bad park code"
      case .fetchCode: "fetch code"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed: "recall failed"
      case .joined: "joined"
      case .joinFailed: "join failed"
      case .left: "left"
      case .restarted: "restarted"
      }
    }
  }

  static let initial = State.empty
  static let descriptor = Descriptor(
    name: "CallPark", summary: "keeps a held call on a number until somebody fetches it",
    actions: [
      .init("park", argument: .optionalNumber(1...24), meaning: "parks the held call"),
      .init("fetch", argument: .number(1...24), meaning: "fetches the call parked there"),
    ],
    options: [
      .init("recallTime", .time(default: .seconds(60), .zero ... .seconds(3600)), meaning: ""),
      .init("recallRing", .time(default: .seconds(20), .seconds(1) ... .seconds(180)), meaning: ""),
      .init("recallLimit", .integer(default: 10, 1...100), meaning: ""),
    ])

  static func machine(for consult: Consult, in world: World) -> MachineKey? {
    guard case .code(let code) = consult else { return nil }
    return .number(code.argument.isEmpty ? code.by.digits : code.argument)
  }

  static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): code.action == 0 ? self.parkEvent(code, in: world) : .fetchCode(by: code.leg)
    case .timer(let number): number == 1 ? .recallDue : .recallOver
    case .legAnswered(let leg), .replaced(_, by: let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed
    case .joined: .joined
    case .joinFailed: .joinFailed
    case .legReleased(let leg, _): .left(leg)
    case .restarted: .restarted
    default: nil
    }
  }

  private static func parkEvent(_ code: DialledCode, in world: World) -> Event {
    guard case .station(let station, let device)? = world.leg(code.leg)?.party else { return .badParkCode }
    let held = world.legsHeld(by: station, device: device)
    guard held.count == 1, let party = world.peer(of: held[0]), world.leg(party)?.owner.isNone == true,
      world.leg(held[0])?.owner.isNone == true
    else { return .badParkCode }
    return .parkCode(Held(party: party, parker: station), holding: held[0])
  }

  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .empty:
      switch event {
      case .parkCode(let held, let leg):
        orders.own(held.party)
        orders.hear(held.party, .music)
        orders.release(leg, .normal)
        orders.arm(1, after: context.options.time(0))
        orders.done(Note("parked at %", context.machine.digits))
        return .go(.parked(held))
      case .badParkCode: return .refuse(.temporarilyUnavailable, Note("there is not one held call to park"))
      case .fetchCode: return .refuse(.temporarilyUnavailable, Note("nothing is parked at %", context.machine.digits))
      case .recallDue, .recallOver, .recallAnswered, .recallFailed, .joined, .joinFailed, .left, .restarted:
        return .ignore("comes late")
      }
    case .parked(let held):
      switch event {
      case .fetchCode(let leg): return self.fetch(held, leg, &orders)
      case .recallDue: return self.recall(held, context, in: world, &orders)
      case .left: return .go(.empty)
      case .restarted: return world.leg(held.party) == nil ? .go(.empty) : .stay(state)
      case .parkCode, .badParkCode: return .refuse(.temporarilyUnavailable, Note("% is taken", context.machine.digits))
      case .recallOver, .recallAnswered, .recallFailed, .joined, .joinFailed: return .ignore("comes late")
      }
    case .recalling(let held):
      switch event {
      case .fetchCode(let leg), .recallAnswered(let leg): return self.fetch(held, leg, &orders)
      case .recallFailed where world.isCalledFor(held.party): return .stay(state)
      case .recallFailed, .recallOver, .restarted: return self.parkAgain(held, context, in: world, &orders)
      case .left: return .go(.empty)
      case .parkCode, .badParkCode: return .refuse(.temporarilyUnavailable, Note("% is taken", context.machine.digits))
      case .recallDue, .joined, .joinFailed: return .ignore("comes late")
      }
    case .fetching(let held, let leg):
      switch event {
      case .joined:
        orders.giveBack(held.party)
        orders.giveBack(leg)
        return .go(.empty)
      case .joinFailed:
        self.turnAway(leg, in: world, &orders)
        return self.parkAgain(held, context, in: world, &orders)
      case .left(let gone) where gone == held.party:
        self.turnAway(leg, in: world, &orders)
        return .go(.empty)
      case .left: return self.parkAgain(held, context, in: world, &orders)
      case .restarted:
        guard world.leg(leg)?.phase == .active else { return self.parkAgain(held, context, in: world, &orders) }
        orders.connect(leg, held.party)
        return .stay(state)
      case .recallAnswered(let late):
        orders.release(late, .answeredElsewhere)
        return .stay(state)
      case .parkCode, .badParkCode, .fetchCode:
        return .refuse(.temporarilyUnavailable, Note("% is taken", context.machine.digits))
      case .recallDue, .recallOver, .recallFailed: return .ignore("comes late")
      }
    }
  }

  private static func fetch(_ held: Held, _ leg: LegID, _ orders: inout Orders) -> Step<State> {
    orders.own(leg)
    orders.connect(leg, held.party)
    return .go(.fetching(held, by: leg))
  }

  private static func recall(_ held: Held, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
    guard Int(held.recalls) < context.options.integer(2) else {
      orders.release(held.party, .noAnswer)
      return .go(.empty)
    }
    orders.alert(held.parker, for: held.party, calling: world.leg(held.party)?.party.number ?? Digits(), .recall)
    orders.arm(2, after: context.options.time(1))
    return .go(.recalling(held))
  }

  private static func parkAgain(_ held: Held, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
    guard world.leg(held.party) != nil else { return .go(.empty) }
    var again = held
    again.recalls &+= 1
    orders.hear(held.party, .music)
    orders.arm(1, after: context.options.time(0))
    return .go(.parked(again))
  }

  private static func turnAway(_ leg: LegID, in world: World, _ orders: inout Orders) {
    if world.leg(leg)?.phase == .dialling {
      orders.finish(leg, .temporarilyUnavailable, Note("the parked call could not be connected"))
    } else {
      orders.release(leg, .mediaFailed)
    }
  }

  static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .empty: fact.put(UInt8(0))
    case .parked(let held): self.put(1, held, .none, into: &fact)
    case .recalling(let held): self.put(2, held, .none, into: &fact)
    case .fetching(let held, let leg): self.put(3, held, leg, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ held: Held, _ leg: LegID, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(held.party)
    fact.put(held.parker.digits)
    fact.put(held.recalls)
    fact.put(leg)
  }

  static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    guard kind > 0 else { return .empty }
    guard let party = fact.handle(Leg.self), let parker = fact.digits().flatMap({ StationNumber($0) }),
      let recalls = fact.octet(),
      let leg = fact.handle(Leg.self)
    else { return nil }
    let held = Held(party: party, parker: parker, recalls: recalls)
    switch kind {
    case 1: return .parked(held)
    case 2: return .recalling(held)
    case 3: return .fetching(held, by: leg)
    default: return nil
    }
  }

  static var samples: Samples<State, Event> { Samples(states: [], events: []) }
}
