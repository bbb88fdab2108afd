public import Kernel

extension CallPickup {
  enum Action {
    static let directed = 0
    static let group = 1
    static let myGroup = 2
  }

  public static let descriptor = Descriptor(
    name: "CallPickup", summary: "takes a call that rings on another telephone",
    actions: [
      .init("directed", argument: .number(1...24), meaning: "takes the call that rings on that station"),
      .init("group", argument: .number(1...4), meaning: "takes the oldest call that rings in that pickup group"),
      .init("myGroup", argument: .none, meaning: "takes the oldest call that rings in the station's own pickup group"),
    ],
    points: .replaceRequested)

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): return .station(code.by)
    case .replaceRequested(let call, let leg):
      // Answered legs are not rung for: taking those over is another feature's business.
      guard let found = world.leg(leg), self.rings(found), let station = world.call(call)?.caller.station else { return nil }
      return .station(station)
    default: return nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.event(for: code, in: world)
    case .replaceRequested(let call, let leg): world.call(call).flatMap { self.event(replacing: leg, by: $0, in: world) }
    default: nil
    }
  }

  private static func event(for code: DialledCode, in world: World) -> Event {
    switch code.action {
    case Action.directed:
      let ringing = StationNumber(code.argument).flatMap { self.oldest(at: $0, for: code.by, world) }
      return self.pickUp(code.leg, ringing, Note("nothing rings at %", code.argument))
    case Action.group:
      let ringing = self.oldest(in: code.argument.number, for: code.by, world)
      return self.pickUp(code.leg, ringing, Note("nothing rings in group %", code.argument))
    default:
      let ringing = self.oldest(in: world.pickupGroup(of: code.by), for: code.by, world)
      return self.pickUp(code.leg, ringing, Note("nothing rings in the group of %", code.by.digits))
    }
  }

  private static func pickUp(_ leg: LegID, _ ringing: LegID?, _ otherwise: Note) -> Event {
    ringing.map { .pickUp(leg, ringing: $0) } ?? .nothing(otherwise)
  }

  /// A lamp key: as directed pickup, also in what a class of service bars.
  private static func event(replacing leg: LegID, by call: Call, in world: World) -> Event? {
    guard let found = world.leg(leg), self.rings(found), let station = call.caller.station else { return nil }
    guard world.may(station, useModule: self.descriptor.name) else {
      return .nothing(Note("class of service of % bars pickup", station.digits))
    }
    guard !self.isCall(of: station, found, world) else { return .nothing(Note("% would talk to itself", station.digits)) }
    return .pickUp(call.origin, ringing: leg)
  }

  /// A telephone that is called and has not answered.
  private static func rings(_ leg: Leg) -> Bool {
    guard case .with = leg.goal else { return false }  // nobody waits for one that was summoned
    return leg.direction == .terminating && leg.phase != .active && leg.party.station != nil
  }

  /// Whether `station` itself is who the leg rings for.
  private static func isCall(of station: StationNumber, _ leg: Leg, _ world: World) -> Bool {
    guard case .with(let caller) = leg.goal else { return false }
    return world.leg(caller)?.party.station == station
  }

  private static func oldest(at station: StationNumber, for picker: StationNumber, _ world: World) -> LegID? {
    world.ringingLegs(of: station).last { world.leg($0).map { !self.isCall(of: picker, $0, world) } ?? false }
  }

  /// Of the calls that ring in the group the one that began first.
  private static func oldest(in group: Int?, for picker: StationNumber, _ world: World) -> LegID? {
    guard let group else { return nil }
    var oldest: (leg: LegID, since: Instant)?
    world.forEachLeg { leg, found in
      guard self.rings(found), let station = found.party.station, world.pickupGroup(of: station) == group,
        !self.isCall(of: picker, found, world), let since = world.call(found.call)?.startedAt
      else { return }
      if oldest.map({ since < $0.since }) ?? true { oldest = (leg, since) }
    }
    return oldest?.leg
  }

  public static func encode(_ state: State, into fact: inout FactWriter) { fact.put(state.rawValue) }

  public static func decode(_ fact: inout FactReader) -> State? { fact.octet().flatMap(State.init) }

  public static var samples: Samples<State, Event> {
    Samples(
      states: [.idle],
      events: [
        .pickUp(LegID(index: 1, generation: 1), ringing: LegID(index: 2, generation: 1)), .nothing(Note("nothing rings there")),
      ])
  }
}

extension Digits {
  /// The number that decimal digits make; nil for anything else.
  fileprivate var number: Int? {
    guard self.isNumeric, self.count <= 9 else { return nil }
    var number = 0
    for position in 0..<self.count { number = number * 10 + Int(self[position]) }
    return number
  }
}
