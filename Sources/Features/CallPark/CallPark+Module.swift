public import Kernel

extension CallPark {
  enum Action {
    static let park = 0
    static let retrieve = 1
  }

  enum Option {
    /// The first of three.
    static let recall = 0
    static let stationCalls = 3
  }

  enum Timer {
    static let recall: UInt8 = 1
    static let ring: UInt8 = 2
  }

  public static let descriptor = Descriptor(
    name: "CallPark", summary: "keeps a held call on a number until somebody fetches it",
    actions: [
      .init(
        "park", argument: .optionalNumber(1...24), meaning: "parks the held call on that number, or on the station's own",
        actsOnHeld: true),
      .init("retrieve", argument: .number(1...24), meaning: "fetches the call that is parked on that number"),
    ],
    options: Recall.options(
      time: .seconds(60), meaning: "after which the parking station is rung; 0: never", released: "the parked party is released")
      + [
        .init(
          "stationCalls", .boolean(default: true),
          meaning: "whether calls between stations may be parked and fetched, not only those of trunks (Pickup held station)")
      ])

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    guard case .code(let code) = consult else { return nil }
    return .number(code.argument.isEmpty ? code.by.digits : code.argument)
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): code.action == Action.park ? self.park(code, context, in: world) : .retrieve(by: code.leg)
    case .timer(let number): number == Timer.recall ? .recallDue : .recallOver
    case .legAnswered(let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed
    case .joined: .joined
    case .joinFailed: .joinFailed
    case .legReleased(let leg, _): .left(leg)
    case .replaced(let old, by: let new): .replaced(old, by: new)
    case .restarted: .restarted
    default: nil
    }
  }

  /// The one call that the telephone holds, or the one that is transferred here (PARK-1, XFER-7).
  private static func park(_ code: DialledCode, _ context: Context, in world: World) -> Event {
    guard world.isStation(context.machine.digits) else {
      return .cannotPark(Note("% is no station's number", context.machine.digits))
    }
    var holder = code.subject
    if holder.isNone {
      guard case .station(let station, let device)? = world.leg(code.leg)?.party else {
        return .cannotPark(Note("there is no held call"))
      }
      let held = world.legsHeld(by: station, device: device)
      guard held.count == 1 else {
        return .cannotPark(held.isEmpty ? Note("there is no held call") : Note("there is more than one held call"))
      }
      holder = held[0]
    }
    guard let party = world.peer(of: holder), let found = world.leg(party), found.owner.isNone,
      world.leg(holder)?.owner.isNone ?? false
    else { return .cannotPark(Note("the held call belongs to another feature")) }
    guard found.party.station == nil || context.options.boolean(Option.stationCalls) else {
      return .cannotPark(Note("calls between stations cannot be parked"))
    }
    return .park(Parked(party, by: code.by), holding: holder)
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .empty: fact.put(UInt8(0))
    case .parked(let parked): self.put(1, parked, .none, into: &fact)
    case .recalling(let parked): self.put(2, parked, .none, into: &fact)
    case .fetching(let parked, let fetcher): self.put(3, parked, fetcher, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ parked: Parked, _ fetcher: LegID, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(parked.party)
    fact.put(parked.by.digits)
    fact.put(parked.recalls)
    fact.put(fetcher)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet(), kind < 4 else { return nil }
    guard kind > 0 else { return .empty }
    guard let party = fact.handle(Leg.self), let by = fact.digits().flatMap({ StationNumber($0) }), let recalls = fact.octet(),
      let fetcher = fact.handle(Leg.self)
    else { return nil }
    let parked = Parked(party, by: by, recalls: recalls)
    switch kind {
    case 1: return .parked(parked)
    case 2: return .recalling(parked)
    default: return .fetching(parked, by: fetcher)
    }
  }

  public static var samples: Samples<State, Event> {
    let (party, other, third) = (
      LegID(index: 1, generation: 1), LegID(index: 2, generation: 1), LegID(index: 3, generation: 1)
    )
    var digits = Digits()
    for symbol: UInt8 in [2, 0, 0, 1] { digits.append(symbol: symbol) }
    guard let station = StationNumber(digits) else { return Samples(states: [.empty], events: []) }
    let parked = Parked(party, by: station)
    return Samples(
      states: [
        .empty, .parked(parked), .parked(Parked(party, by: station, recalls: 10)), .recalling(parked),
        .fetching(parked, by: other),
      ],
      events: [
        .park(parked, holding: other), .cannotPark(Note("there is no held call")), .retrieve(by: other), .recallDue, .recallOver,
        .recallAnswered(by: other), .recallFailed, .joined, .joinFailed, .left(party), .left(other), .replaced(party, by: third),
        .replaced(other, by: third), .restarted,
      ])
  }
}
