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
      guard self.rings(leg, in: world), let station = world.call(call)?.caller.station else { return nil }
      return .station(station)
    default: return nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code):
      switch code.action {
      case Action.directed:
        guard let station = StationNumber(code.argument), let ringing = world.ringingLegs(of: station).last else {
          return .nothing(Note("nothing rings at %", code.argument))
        }
        return .pickUp(code.leg, ringing: ringing)
      case Action.group:
        guard let ringing = self.oldest(in: code.argument.number, world) else {
          return .nothing(Note("nothing rings in group %", code.argument))
        }
        return .pickUp(code.leg, ringing: ringing)
      default:
        guard let ringing = self.oldest(in: world.pickupGroup(of: code.by), world) else {
          return .nothing(Note("nothing rings in the group of %", code.by.digits))
        }
        return .pickUp(code.leg, ringing: ringing)
      }
    case .replaceRequested(let call, let leg):
      guard let origin = world.call(call)?.origin else { return nil }
      return self.rings(leg, in: world) ? .pickUp(origin, ringing: leg) : nil
    default: return nil
    }
  }

  private static func rings(_ leg: LegID, in world: World) -> Bool {
    guard let found = world.leg(leg) else { return false }
    return found.direction == .terminating && found.phase != .active
  }

  /// Of the calls that ring in the group the one that began first.
  private static func oldest(in group: Int?, _ world: World) -> LegID? {
    guard let group else { return nil }
    var oldest: (leg: LegID, since: Instant)?
    world.forEachLeg { leg, found in
      guard found.direction == .terminating, found.phase != .active, let station = found.party.station,
        world.pickupGroup(of: station) == group, let since = world.call(found.call)?.startedAt
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
