public import Kernel

/// Keeps a held call on a number until somebody fetches it, and rings the one who parked it when nobody does.
/// PARK-1 to PARK-5; manual, "Call Park (System Hold)". Table: `strowger module describe CallPark`.
///
/// One machine for each place, so two who race for it meet in one machine. It owns the parked party: that one outlives the
/// dialog of whoever parked it.
public enum CallPark: Feature {
  /// Who is parked, by whom, and how often that one has been rung for it.
  public struct Parked: Equatable, Sendable, BitwiseCopyable {
    public var party: LegID
    public var by: StationNumber
    public var recalls: UInt8

    public init(_ party: LegID, by station: StationNumber, recalls: UInt8 = 0) {
      self.party = party
      self.by = station
      self.recalls = recalls
    }

    func replaced(by other: LegID) -> Parked { Parked(other, by: self.by, recalls: self.recalls) }
  }

  public enum State: MachineState {
    case empty
    case parked(Parked)
    /// The one who parked it is rung.
    case recalling(Parked)
    /// Somebody is being connected with the party; if that fails it is parked again.
    case fetching(Parked, by: LegID)

    public var name: StaticString {
      switch self {
      case .empty: "empty"
      case .parked: "parked"
      case .recalling: "recalling"
      case .fetching: "fetching"
      }
    }

    public var summary: Note {
      switch self {
      case .empty: Note("empty")
      case .parked(let parked): Note("parked by %", parked.by.digits)
      case .recalling(let parked): Note("recalls %", parked.by.digits)
      case .fetching(let parked, _): Note("being fetched, parked by %", parked.by.digits)
      }
    }
  }

  public enum Event: MachineEvent {
    case park(Parked, holding: LegID)
    /// Why the held call, if there is one, cannot be parked.
    case cannotPark(Note)
    case retrieve(by: LegID)
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    /// One telephone of the parking station will not be answered.
    case recallFailed
    case joined, joinFailed
    /// The party, or whoever was being connected with it, has hung up.
    case left(LegID)
    /// Another has taken the parked party's place, or has picked up the recall.
    case replaced(LegID, by: LegID)
    case restarted

    public var name: StaticString {
      switch self {
      case .park: "park"
      case .cannotPark: "cannot park"
      case .retrieve: "retrieve"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed: "recall failed"
      case .joined: "joined"
      case .joinFailed: "join failed"
      case .left: "left"
      case .replaced: "replaced"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.empty

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .empty:
      switch event {
      case .park(let parked, let holder):
        orders.own(parked.party)
        orders.hear(parked.party, .music)
        orders.release(holder, .normal)
        orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time)
        orders.done(Note("parked at %", context.machine.digits))
        return .go(.parked(parked))
      case .cannotPark(let why): return .refuse(.temporarilyUnavailable, why)
      case .retrieve: return .refuse(.temporarilyUnavailable, Note("nothing is parked at %", context.machine.digits))
      case .recallDue, .recallOver, .recallAnswered, .recallFailed, .joined, .joinFailed, .left, .replaced, .restarted:
        return .ignore("nobody is parked")
      }
    case .parked(let parked):
      switch event {
      case .retrieve(let leg): return self.fetch(parked, leg, context, in: world, &orders)
      case .recallDue: return self.recall(parked, context, in: world, &orders)
      case .left: return .go(.empty)
      case .replaced(_, by: let other): return .stay(.parked(parked.replaced(by: other)))
      case .restarted: return .ignore("the party hears music, and the recall comes in its time")
      case .park, .cannotPark: return .refuse(.temporarilyUnavailable, Note("% is taken", context.machine.digits))
      case .recallOver, .recallAnswered, .recallFailed, .joined, .joinFailed: return .ignore("it is parked again")
      }
    case .recalling(let parked):
      switch event {
      case .retrieve(let leg): return self.fetch(parked, leg, context, in: world, &orders)
      case .recallAnswered(let leg): return self.connect(parked, leg, &orders)
      case .recallFailed where world.isCalledFor(parked.party): return .stay(state)
      case .recallFailed, .recallOver, .restarted: return self.parkAgain(parked, context, &orders)
      case .left: return .go(.empty)
      case .replaced(let old, by: let other):
        guard old == parked.party else { return self.connect(parked, other, &orders) }
        return self.parkAgain(parked.replaced(by: other), context, &orders)
      case .park, .cannotPark: return .refuse(.temporarilyUnavailable, Note("% is taken", context.machine.digits))
      case .recallDue, .joined, .joinFailed: return .ignore("the recall rings")
      }
    case .fetching(let parked, let fetcher):
      switch event {
      case .joined:
        orders.giveBack(parked.party)
        orders.giveBack(fetcher)
        return .go(.empty)
      case .joinFailed:
        self.turnAway(fetcher, in: world, &orders)
        return self.parkAgain(parked, context, &orders)
      case .left(let gone) where gone == parked.party:
        self.turnAway(fetcher, in: world, &orders)
        return .go(.empty)
      case .left: return self.parkAgain(parked, context, &orders)
      case .restarted:
        guard world.leg(fetcher)?.phase == .active else { return self.parkAgain(parked, context, &orders) }
        orders.connect(fetcher, parked.party)
        return .stay(state)
      case .recallAnswered(let late):
        orders.release(late, .answeredElsewhere)
        return .stay(state)
      case .replaced(let old, by: let other):
        let next: (parked: Parked, fetcher: LegID) =
          old == parked.party ? (parked.replaced(by: other), fetcher) : (parked, other)
        orders.connect(next.fetcher, next.parked.party)
        return .stay(.fetching(next.parked, by: next.fetcher))
      case .park, .cannotPark, .retrieve:
        return .refuse(.temporarilyUnavailable, Note("% is being fetched", context.machine.digits))
      case .recallDue, .recallOver, .recallFailed: return .ignore("somebody is being connected")
      }
    }
  }

  private static func fetch(
    _ parked: Parked, _ leg: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard context.options.boolean(Option.stationCalls) || world.leg(parked.party)?.party.station == nil else {
      return .refuse(.temporarilyUnavailable, Note("calls between stations cannot be fetched"))
    }
    if let fetcher = world.leg(leg)?.party.station, fetcher == world.leg(parked.party)?.party.station {
      return .refuse(.temporarilyUnavailable, Note("the parked party would talk to itself"))
    }
    orders.explain(Note("fetched from %", context.machine.digits))
    return self.connect(parked, leg, &orders)
  }

  private static func connect(_ parked: Parked, _ leg: LegID, _ orders: inout Orders) -> Step<State> {
    orders.own(leg)
    orders.connect(leg, parked.party)
    return .go(.fetching(parked, by: leg))
  }

  private static func recall(_ parked: Parked, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
    let recall = Recall(context.options, at: Option.recall)
    guard !recall.isOver(after: parked.recalls) else {
      orders.explain(Note("parked too long"))
      orders.release(parked.party, .noAnswer)
      return .go(.empty)
    }
    recall.alert(parked.by, for: parked.party, in: world, &orders)
    orders.arm(Timer.ring, after: recall.ring)
    return .go(.recalling(Parked(parked.party, by: parked.by, recalls: parked.recalls &+ 1)))
  }

  private static func parkAgain(_ parked: Parked, _ context: Context, _ orders: inout Orders) -> Step<State> {
    orders.hear(parked.party, .music)
    orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time)
    return .go(.parked(parked))
  }

  private static func turnAway(_ leg: LegID, in world: World, _ orders: inout Orders) {
    if world.leg(leg)?.phase == .dialling {
      orders.finish(leg, .temporarilyUnavailable, Note("the parked call could not be connected"))
    } else {
      orders.release(leg, .mediaFailed)
    }
  }
}
