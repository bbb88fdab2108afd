public import Kernel

extension Conference {
  enum Option {
    static let maximumMembers = 0
    /// The first of three.
    static let recall = 1
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
    options: [.init("maximumMembers", .integer(default: 5, 3...5), meaning: "members, the owner included")]
      + Recall.options(
        time: .seconds(45), meaning: "without another conversation after which an owner who has not joined is rung; 0: never",
        released: "the members are released") + [
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
    case .answer(let call, let leg):
      // Whoever answers while a conference is being built at his telephone; else whoever has called.
      self.builder(at: leg, in: world) ?? world.call(call)?.caller.station.map { .station($0) }
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.add(code, context, in: world)
    case .answer(let call, let leg): self.talks(call, leg, context, in: world)
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

  /// The one call that the telephone holds besides the one that is in the room, or the one that is transferred here
  /// (CONF-1, XFER-7).
  private static func add(_ code: DialledCode, _ context: Context, in world: World) -> Event {
    var line = code.subject
    if line.isNone {
      guard case .station(let station, let device)? = world.leg(code.leg)?.party else {
        return .cannotAdd(Note("there is no held call"))
      }
      let held = world.legsHeld(by: station, device: device)
      let others = held.filter { !self.isOurs($0, context.machine, in: world) }
      guard others.count < 2 else { return .cannotAdd(Note("there is more than one held call")) }
      guard let found = others.first ?? held.first else { return .cannotAdd(Note("there is no held call")) }
      line = found
    }
    if self.isOurs(line, context.machine, in: world) { return .addedAll(line: line) }
    guard let party = world.peer(of: line), let found = world.leg(party) else {
      return .cannotAdd(Note("there is no held call"))
    }
    // Who is in another's conference cannot take its owner into one of his own.
    guard found.owner.isNone, world.leg(line)?.owner.isNone ?? false else {
      return .cannotAdd(Note("the held call belongs to another feature"))
    }
    guard self.isWhereItIsBuilt(line, context, in: world) else {
      return .cannotAdd(Note("another telephone of % has a conference", code.by.digits))
    }
    return .add(party, line: line)
  }

  /// Several telephones of one number do not meddle with each other's conference.
  private static func isWhereItIsBuilt(_ line: LegID, _ context: Context, in world: World) -> Bool {
    guard let party = world.leg(line)?.party, let station = party.station else { return false }
    var isHere = true
    world.forEachLeg(of: station) { other, found in
      if found.party != party, self.isOurs(other, context.machine, in: world) { isHere = false }
    }
    return isHere
  }

  /// The owner's line in `call`, which `leg` has answered, where he has gone on to that call: at the telephone at which he
  /// builds the conference, or joined it and holds it, and not at another of the same number.
  private static func talks(_ call: CallID, _ leg: LegID, _ context: Context, in world: World) -> Event? {
    guard let origin = world.call(call)?.origin else { return nil }
    let line = self.builder(at: leg, in: world) == context.machine ? leg : origin
    guard let party = world.leg(line)?.party, let station = party.station else { return nil }
    var goesOn = true
    world.forEachLeg(of: station) { other, found in
      if self.isOurs(other, context.machine, in: world), found.party != party || !found.isHolding { goesOn = false }
    }
    return goesOn ? .ownerTalks(line) : nil
  }

  /// The machine of the conference that is being built at the telephone of `leg`.
  private static func builder(at leg: LegID, in world: World) -> MachineKey? {
    guard case .station(let station, let device)? = world.leg(leg)?.party else { return nil }
    let key = MachineKey.station(station)
    let builds = world.legsHeld(by: station, device: device).contains { line in
      guard self.isOurs(line, key, in: world) else { return false }
      if case .room? = world.leg(line)?.goal { return false }
      return true
    }
    return builds ? key : nil
  }

  /// Whether that conference's machine looks after `leg`: park's places have the same keys.
  private static func isOurs(_ leg: LegID, _ key: MachineKey, in world: World) -> Bool {
    guard let owner = world.leg(leg)?.owner, owner.key == key, world.descriptors.indices.contains(Int(owner.module)) else {
      return false
    }
    return world.descriptors[Int(owner.module)].name == self.descriptor.name
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .building(let room, let line): self.put(1, room, line, into: &fact)
    case .inviting(let room, let line): self.put(2, room, line, into: &fact)
    case .ownerless(let room): self.put(3, room, .none, into: &fact)
    case .recalling(let room, let line): self.put(4, room, line, into: &fact)
    case .running(let room, let owner): self.put(5, room, owner, into: &fact)
    case .pairing(let room, let owner): self.put(6, room, owner, into: &fact)
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
    guard fact.octet() == 1, let kind = fact.octet(), kind < 7 else { return nil }
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
    case 2: return .inviting(room, line: leg)
    case 3: return .ownerless(room)
    case 4: return .recalling(room, line: leg)
    case 5: return .running(room, owner: leg)
    default: return .pairing(room, owner: leg)
    }
  }

  public static var samples: Samples<State, Event> {
    let legs = (1...6).map { LegID(index: UInt32($0), generation: 1) }
    var one = Room(number: 1)
    one.add(legs[0])
    var two = one
    two.add(legs[1])
    var full = two
    full.add(legs[2])
    full.add(legs[3])
    var late = one
    late.recalls = 10
    return Samples(
      states: [
        .none, .building(one, line: legs[4]), .building(full, line: legs[4]), .building(late, line: legs[4]),
        .inviting(two, line: legs[4]), .inviting(one, line: legs[4]), .ownerless(two), .ownerless(one), .ownerless(late),
        .recalling(one, line: legs[4]), .recalling(two, line: .none), .running(two, owner: legs[4]),
        .running(full, owner: legs[4]), .running(one, owner: legs[4]), .pairing(one, owner: legs[4]),
      ],
      events: [
        .add(legs[5], line: legs[4]), .addedAll(line: legs[4]), .cannotAdd(Note("there is no held call")), .ownerTalks(legs[5]),
        .resumed(legs[4]), .left(legs[0]), .left(legs[4]), .recallDue, .recallOver, .recallAnswered(by: legs[5]), .recallFailed,
        .joined, .joinFailed(legs[0]), .replaced(legs[0], by: legs[5]), .replaced(legs[4], by: legs[5]), .restarted,
      ])
  }
}
