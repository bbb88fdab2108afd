public import Kernel

extension Conference {
  enum Option {
    static let maximumMembers = 0
    static let recallTime = 1
    static let recallRing = 2
    static let recallLimit = 3
    static let twoLeft = 4
    static let ownerLeaves = 5
  }

  enum Timer {
    static let recall: UInt8 = 1
    static let ring: UInt8 = 2
  }

  public static let descriptor = Descriptor(
    name: "Conference", summary: "brings held calls together in a room",
    actions: [.init("", argument: .none, meaning: "adds the held party, or ends the adding", actsOnHeld: true)],
    options: [
      .init("maximumMembers", .integer(default: 5, 3...5), meaning: "members, the owner included"),
      .init(
        "recallTime", .time(default: .seconds(45), .zero ... .seconds(3600)),
        meaning: "seconds without another conversation after which an owner who has not joined is rung; 0: never"),
      .init(
        "recallRing", .time(default: .seconds(20), .seconds(1) ... .seconds(180)), meaning: "seconds a recall rings"),
      .init(
        "recallLimit", .integer(default: 10, 1...100), meaning: "recalls nobody answers before the members are released"),
      .init(
        "twoLeft", .choice(default: 0, ["direct", "mixed"]),
        meaning: "whether the last two talk directly again or stay on the media server"),
      .init(
        "ownerLeaves", .choice(default: 0, ["continue", "end"]), meaning: "what becomes of the others when the owner hangs up"),
    ],
    points: .answer)

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): .station(code.by)
    case .answer(let call, _): world.call(call)?.caller.station.map { .station($0) }
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.add(code, context, in: world)
    case .answer(let call, _): world.call(call).map { .ownerTalks($0.origin) }
    case .held(let leg): .held(leg)
    case .resumed(let leg): .resumed(leg)
    case .legReleased(let leg, _): .left(leg)
    case .timer(let number): number == Timer.recall ? .recallDue : .recallOver
    case .legAnswered(let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed
    case .joined: .joined
    case .joinFailed(let leg, _): .joinFailed(leg)
    case .replaced(let old, by: let new): .replaced(old, by: new)
    case .restarted: .restarted
    default: nil
    }
  }

  /// The one call that the telephone holds, or the one that is transferred here (CONF-1, XFER-7).
  private static func add(_ code: DialledCode, _ context: Context, in world: World) -> Event {
    var line = code.subject
    if line.isNone {
      guard case .station(let station, let device)? = world.leg(code.leg)?.party else {
        return .cannotAdd(Note("there is no held call"))
      }
      let held = world.legsHeld(by: station, device: device)
      guard held.count == 1 else {
        return .cannotAdd(held.isEmpty ? Note("there is no held call") : Note("there is more than one held call"))
      }
      line = held[0]
    }
    guard let party = world.peer(of: line), let found = world.leg(party) else {
      return .cannotAdd(Note("there is no held call"))
    }
    // Who is in another's conference cannot take its owner into one of his own.
    guard world.leg(line)?.owner.isNone ?? false else { return .cannotAdd(Note("the held call belongs to another feature")) }
    // This conference's own member: the adding ends.
    guard found.owner.isNone || found.owner.key == context.machine && self.isInRoom(found) else {
      return .cannotAdd(Note("the held call belongs to another feature"))
    }
    return .add(party, line: line)
  }

  private static func isInRoom(_ leg: Leg) -> Bool { if case .room = leg.goal { true } else { false } }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .building(let room, let line): self.put(1, room, line, into: &fact)
    case .recalling(let room): self.put(2, room, .none, into: &fact)
    case .running(let room, let owner): self.put(3, room, owner, into: &fact)
    case .pairing(let room, let owner): self.put(4, room, owner, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ room: Room, _ leg: LegID, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(leg)
    fact.put(UInt64(room.number))
    fact.put(room.recalls)
    fact.put(UInt64(room.count))
    for member in room.members { fact.put(member) }
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet(), kind < 5 else { return nil }
    guard kind > 0 else { return State.none }
    guard let leg = fact.handle(Leg.self), let number = fact.integer().flatMap({ UInt32(exactly: $0) }),
      let recalls = fact.octet(), let count = fact.integer(), count <= UInt64(Room.most)
    else { return nil }
    var room = Room(number: number)
    room.recalls = recalls
    for _ in 0..<count {
      guard let member = fact.handle(Leg.self) else { return nil }
      room.add(member)
    }
    switch kind {
    case 1: return .building(room, line: leg)
    case 2: return .recalling(room)
    case 3: return .running(room, owner: leg)
    default: return .pairing(room, owner: leg)
    }
  }

  public static var samples: Samples<State, Event> {
    let legs = (1...6).map { LegID(index: UInt32($0), generation: 1) }
    var two = Room(number: 1)
    two.add(legs[0])
    two.add(legs[1])
    var one = Room(number: 1)
    one.add(legs[0])
    var full = two
    full.add(legs[2])
    full.add(legs[3])
    var late = one
    late.recalls = 10
    return Samples(
      states: [
        .none, .building(one, line: legs[4]), .building(full, line: legs[4]), .building(late, line: .none), .recalling(one),
        .running(two, owner: legs[4]), .running(full, owner: legs[4]), .pairing(one, owner: legs[4]),
      ],
      events: [
        .add(legs[0], line: legs[4]), .add(legs[5], line: legs[4]), .cannotAdd(Note("there is no held call")),
        .ownerTalks(legs[5]), .held(legs[4]), .resumed(legs[4]), .left(legs[0]), .left(legs[4]), .recallDue, .recallOver,
        .recallAnswered(by: legs[5]), .recallFailed, .joined, .joinFailed(legs[0]), .replaced(legs[0], by: legs[5]), .restarted,
      ],
      conversations: [(legs[0], legs[4])])
  }
}
