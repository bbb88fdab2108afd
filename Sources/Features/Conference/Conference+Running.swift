internal import Kernel

/// The conference itself, and its end.
extension Conference {
  static func running(
    _ room: Room, _ owner: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .left(let leg), .joinFailed(let leg): return self.leave(leg, room, owner, context, in: world, &orders)
    case .replaced(let old, by: let new):
      orders.hear(new, .room(room.number))
      return .go(.running(room.replacing(old, by: new), owner: old == owner ? new : owner))
    case .add(let party, let line):
      guard !owner.isNone else { return .refuse(.temporarilyUnavailable, Note("the conference goes on without its owner")) }
      guard self.hasPlace(room, context) else { return self.full }
      guard world.leg(owner)?.isHolding ?? false else { return self.join(party, line, room, owner, in: world, &orders) }
      orders.release(owner, .normal)
      return self.add(party, line, to: room, context, in: world, &orders)
    case .addedAll:
      orders.done(Note("the conference waits for its owner"))
      return .stay(.running(room, owner: owner))
    case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
    case .ownerTalks(let next):
      guard !owner.isNone else { return .ignore("the owner has left") }
      // Some telephones take the held call back by themselves after the code: the owner joined, and calls the next member now.
      orders.release(owner, .normal)
      return self.invite(next, room, in: world, &orders)
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.running(room, owner: owner))
    case .resumed, .recallDue, .recallOver, .recallFailed, .joined, .restarted: return .ignore("the conference is running")
    }
  }

  /// The owner is in the room himself: the line on which he held the new one is not needed any more.
  private static func join(
    _ party: LegID, _ line: LegID, _ room: Room, _ owner: LegID, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    var room = room
    room.add(party)
    orders.own(party)
    orders.hear(party, .room(room.number))
    orders.release(line, .normal)
    orders.done(Note("% is in the conference", world.leg(party)?.party.number ?? Digits()))
    return .stay(.running(room, owner: owner))
  }

  static func pairing(
    _ room: Room, _ owner: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .joined, .restarted:
      for leg in room.with(owner) { orders.giveBack(leg) }
      return .go(.none)
    case .joinFailed:
      // They could talk in the room before, and can again.
      let room = self.unite(room, in: world, &orders)
      if !owner.isNone { orders.hear(owner, .room(room.number)) }
      return .go(.running(room, owner: owner))
    case .left(let leg): return self.leave(leg, room, owner, context, in: world, &orders)
    case .replaced(let old, by: let new):
      let rest = room.replacing(old, by: new)
      return self.pair(rest, old == owner ? new : owner, &orders)
    case .add, .addedAll, .cannotAdd: return .refuse(.temporarilyUnavailable, Note("the conference is ending"))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.pairing(room, owner: owner))
    case .ownerTalks, .resumed, .recallDue, .recallOver, .recallFailed: return .ignore("the conference is ending")
    }
  }

  /// The rest go on; two are connected directly, one alone is released (CONF-5).
  private static func leave(
    _ leg: LegID, _ room: Room, _ owner: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
    let rest = room.without(leg)
    let remaining = leg == owner ? LegID.none : owner
    let left = rest.with(remaining)
    let ends = leg == owner && context.options.integer(Option.ownerLeaves) == 1
    guard left.count > 1, !ends, self.mayTalk(left, context, in: world) else {
      for last in left { orders.release(last, .normal) }
      return .go(.none)
    }
    guard left.count == 2, context.options.integer(Option.twoLeft) == 0 else { return .go(.running(rest, owner: remaining)) }
    return self.pair(rest, remaining, &orders)
  }

  /// Connects the two who are left.
  private static func pair(_ room: Room, _ owner: LegID, _ orders: inout Orders) -> Step<State> {
    let left = room.with(owner)
    if let first = left.first, let last = left.last { orders.connect(first, last) }
    return .go(.pairing(room, owner: owner))
  }

  /// Whether these may talk to each other with nobody else there: outsiders among themselves only where the owner's class of
  /// service lets trunks be joined (TRK-1). One alone has nobody to talk to.
  static func mayTalk(_ legs: [LegID], _ context: Context, in world: World) -> Bool {
    guard legs.count > 1, legs.allSatisfy({ world.leg($0).map { $0.party.station == nil } ?? false }) else { return true }
    return StationNumber(context.machine.digits).map { world.mayJoinTrunks($0) } ?? false
  }

  /// Lets all members hear each other who do not. A room that nobody was in may have become another's: then it is a new one.
  static func unite(_ room: Room, in world: World, _ orders: inout Orders) -> Room {
    var room = room
    func isInside(_ leg: LegID) -> Bool { world.leg(leg)?.goal == .room(room.number) }
    if !room.members.contains(where: isInside) { room.number = world.freeRoom() }
    for member in room.members where !isInside(member) { orders.hear(member, .room(room.number)) }
    return room
  }

  /// The room without `leg`, which is released if it is still there; nil when nobody is left.
  static func rest(of room: Room, _ leg: LegID, in world: World, _ orders: inout Orders) -> Room? {
    if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
    let rest = room.without(leg)
    return rest.count > 0 ? rest : nil
  }
}
