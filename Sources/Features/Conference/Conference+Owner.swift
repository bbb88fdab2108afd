internal import Kernel

/// What the owner does, and how he is called back.
extension Conference {
  static var full: Step<State> { .refuse(.temporarilyUnavailable, Note("the conference is full")) }

  static func hasPlace(_ room: Room, _ context: Context) -> Bool {
    room.count + 1 < context.options.integer(Option.maximumMembers)
  }

  /// `party`, held on `line`, is in the room from now on. The line is kept, also when the party on it leaves: its owner
  /// joins on it.
  static func add(
    _ party: LegID, _ line: LegID, to room: Room, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    var room = self.unite(room, in: world, &orders)
    room.add(party)
    orders.own(party)
    orders.own(line)
    orders.hear(party, .room(room.number))
    orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time, whileIdle: line)
    orders.done(Note("% is in the conference", world.leg(party)?.party.number ?? Digits()))
    return .go(.building(room, line: line))
  }

  /// The owner talks to somebody who may become a member; a forgotten hold of that call is not this feature's business.
  static func invite(_ line: LegID, _ room: Room, in world: World, _ orders: inout Orders) -> Step<State> {
    orders.watch(line)
    return .go(.inviting(self.unite(room, in: world, &orders), line: line))
  }

  /// The owner is there, on `leg`.
  static func enter(_ leg: LegID, _ room: Room, in world: World, _ orders: inout Orders) -> Step<State> {
    let room = self.unite(room, in: world, &orders)
    orders.own(leg)
    if world.leg(leg)?.goal != .room(room.number) { orders.hear(leg, .room(room.number)) }
    return .go(.running(room, owner: leg))
  }

  /// The owner has no dialog any more.
  static func wait(without room: Room, _ context: Context, in world: World, _ orders: inout Orders) -> Step<State> {
    if !self.mayTalk(room.members, context, in: world) {
      // Nobody inside hears or pays for what those outside say to each other (TRK-1).
      for member in room.members { orders.hear(member, .music) }
    }
    orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time)
    return .go(.ownerless(room))
  }

  static func recall(
    _ room: Room, _ line: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let recall = Recall(context.options, at: Option.recall)
    guard !recall.isOver(after: room.recalls) else {
      orders.explain(Note("the owner never came"))
      for leg in room.members + [line] { orders.release(leg, .noAnswer) }
      return .go(.none)
    }
    if let owner = StationNumber(context.machine.digits), let first = room.members.first {
      recall.alert(owner, for: first, in: world, &orders)
    }
    orders.arm(Timer.ring, after: recall.ring)
    return .go(.recalling(room, line: line))
  }

  static func recalling(
    _ room: Room, _ line: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .recallAnswered(let leg):
      orders.release(line, .normal)
      return self.enter(leg, room, in: world, &orders)
    case .resumed(line): return self.enter(line, room, in: world, &orders)
    case .recallFailed where room.members.contains(where: { world.isCalledFor($0) }): return .stay(.recalling(room, line: line))
    case .recallFailed, .recallOver, .restarted: return self.waitAgain(room, line, context, &orders)
    case .ownerTalks(let next):
      orders.release(line, .normal)
      return self.invite(next, room, in: world, &orders)
    case .left(line): return .stay(.recalling(room, line: .none))
    case .joinFailed(line):
      orders.release(line, .mediaFailed)
      return .stay(.recalling(room, line: .none))
    case .left(let leg), .joinFailed(let leg):
      guard let rest = self.rest(of: room, leg, in: world, &orders) else {
        orders.release(line, .normal)
        return .go(.none)
      }
      // It rings for one of the members: when that one has left it begins anew for those who are there.
      return rest.members.contains(where: { world.isCalledFor($0) })
        ? .stay(.recalling(rest, line: line)) : self.recall(rest, line, context, in: world, &orders)
    case .replaced(let old, by: let new):
      guard room.contains(old) else {
        if old != line { orders.release(line, .normal) }
        return self.enter(new, room, in: world, &orders)
      }
      return .stay(.recalling(self.unite(room.replacing(old, by: new), in: world, &orders), line: line))
    case .add, .addedAll, .cannotAdd: return .refuse(.temporarilyUnavailable, Note("the conference calls back"))
    case .resumed, .recallDue, .joined: return .ignore("the owner is rung")
    }
  }

  private static func waitAgain(_ room: Room, _ line: LegID, _ context: Context, _ orders: inout Orders) -> Step<State> {
    orders.arm(Timer.recall, after: Recall(context.options, at: Option.recall).time, whileIdle: line)
    let room = room.recalledAgain()
    return .go(line.isNone ? .ownerless(room) : .building(room, line: line))
  }
}
