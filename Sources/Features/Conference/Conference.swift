public import Kernel

/// Brings held calls together in a room, by a code dialled between one call and the next.
/// CONF-1 to CONF-6; manual, "Conference", "Conferencing feature – SIP Message Flow". Table: `strowger module describe Conference`.
///
/// One machine for each owner. It owns every member's leg, so that a member outlives the dialog that brought him, and follows the
/// owner's line: the dialog on which the owner last held, or now talks to, somebody.
public enum Conference: Feature {
  public enum State: MachineState {
    case none
    /// The owner gathers members; `line` is none when the owner has no dialog any more.
    case building(Room, line: LegID)
    /// The owner is rung.
    case recalling(Room)
    /// The owner has joined; none after leaving.
    case running(Room, owner: LegID)
    /// Two are left and are being connected directly; `owner` is none when both are members.
    case pairing(Room, owner: LegID)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .building: "building"
      case .recalling: "recalling"
      case .running: "running"
      case .pairing: "pairing"
      }
    }
  }

  public enum Event: MachineEvent {
    /// The code was dialled with `party` held on `line`.
    case add(LegID, line: LegID)
    case cannotAdd(Note)
    /// A call that the owner has made is answered.
    case ownerTalks(LegID)
    case held(LegID), resumed(LegID)
    case left(LegID)
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    /// One of the owner's telephones will not be answered.
    case recallFailed
    case joined, joinFailed(LegID)
    /// Another has taken that one's place, or has picked up the recall.
    case replaced(LegID, by: LegID)
    case restarted

    public var name: StaticString {
      switch self {
      case .add: "code"
      case .cannotAdd: "code in vain"
      case .ownerTalks: "owner's next call"
      case .held: "held"
      case .resumed: "resumed"
      case .left: "left"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed: "recall failed"
      case .joined: "joined"
      case .joinFailed: "join failed"
      case .replaced: "replaced"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.none

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .none:
      switch event {
      case .add(let party, let line):
        return self.add(party, line, to: Room(number: world.freeRoom()), context, in: world, &orders)
      case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
      case .ownerTalks, .held, .resumed, .left, .recallDue, .recallOver, .recallAnswered, .recallFailed, .joined, .joinFailed,
        .replaced, .restarted:
        return .ignore("there is no conference")
      }
    case .building(let room, let line): return self.building(room, line, event, context, in: world, &orders)
    case .recalling(let room): return self.recalling(room, event, context, in: world, &orders)
    case .running(let room, let owner): return self.running(room, owner, event, context, in: world, &orders)
    case .pairing(let room, let owner):
      switch event {
      case .joined, .restarted:
        for leg in self.present(room, owner) { orders.giveBack(leg) }
        return .go(.none)
      case .joinFailed:
        // They could talk in the room before, and can again.
        for leg in self.present(room, owner) { orders.hear(leg, .room(room.number)) }
        return .go(.running(room, owner: owner))
      case .left(let leg): return self.leave(leg, room, owner, context, in: world, &orders)
      case .replaced(let old, by: let new): return self.replace(old, new, room, owner, &orders)
      case .add, .cannotAdd: return .refuse(.temporarilyUnavailable, Note("the conference is ending"))
      case .recallAnswered(let late):
        orders.release(late, .answeredElsewhere)
        return .stay(state)
      case .ownerTalks, .held, .resumed, .recallDue, .recallOver, .recallFailed: return .ignore("the conference is ending")
      }
    }
  }

  // MARK: Building

  private static func building(
    _ room: Room, _ line: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .add(let party, let held):
      guard room.contains(party) else { return self.add(party, held, to: room, context, in: world, &orders) }
      orders.done(Note("the conference waits for its owner"))
      return .stay(.building(room, line: line))
    case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
    case .ownerTalks(let next):
      // The owner moves on to the next call: that is not leaving (CONF-1).
      self.letGo(line, room, in: world, &orders)
      orders.watch(next)
      return .go(.building(room, line: next))
    case .held(let leg) where leg == line:
      self.waitForOwner(line, context, &orders)
      return .go(.building(room, line: line))
    case .resumed(let leg) where leg == line:
      guard let party = world.peer(of: line), room.contains(party) else { return .go(.building(room, line: line)) }
      return self.enter(line, room, &orders)
    case .left(let leg) where leg == line:
      self.waitForOwner(.none, context, &orders)
      return .go(.building(room, line: .none))
    case .left(let leg), .joinFailed(let leg):
      if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
      let rest = room.without(leg)
      guard rest.count == 0 else { return .stay(.building(rest, line: line)) }
      orders.unwatch(line)
      return .go(.none)
    case .recallDue: return self.recall(room, line, context, in: world, &orders)
    case .replaced(let old, by: let new) where room.contains(old):
      orders.hear(new, .room(room.number))
      return .stay(.building(room.replacing(old, by: new), line: line))
    case .replaced(_, by: let new): return .stay(.building(room, line: new))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.building(room, line: line))
    case .held, .resumed: return .ignore("another of the owner's calls")
    case .recallOver, .recallFailed, .joined, .restarted: return .ignore("the owner gathers members")
    }
  }

  private static func add(
    _ party: LegID, _ line: LegID, to room: Room, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard room.count + 1 < context.options.integer(Option.maximumMembers) else {
      return .refuse(.temporarilyUnavailable, Note("the conference is full"))
    }
    var room = room
    room.add(party)
    orders.own(party)
    orders.hear(party, .room(room.number))
    orders.watch(line)
    self.waitForOwner(line, context, &orders)
    orders.done(Note("% is in the conference", world.leg(party)?.party.number ?? Digits()))
    return .go(.building(room, line: line))
  }

  /// The owner's former line is not needed any more if its party is in the room; a call that was not added is left alone.
  private static func letGo(_ line: LegID, _ room: Room, in world: World, _ orders: inout Orders) {
    guard world.leg(line) != nil else { return }
    orders.unwatch(line)
    if let party = world.peer(of: line), room.contains(party) { orders.release(line, .normal) }
  }

  private static func waitForOwner(_ line: LegID, _ context: Context, _ orders: inout Orders) {
    orders.arm(Timer.recall, after: context.options.time(Option.recallTime), whileIdle: line)
  }

  private static func enter(_ leg: LegID, _ room: Room, _ orders: inout Orders) -> Step<State> {
    orders.unwatch(leg)
    orders.own(leg)
    orders.hear(leg, .room(room.number))
    return .go(.running(room, owner: leg))
  }

  // MARK: Recalling the owner

  private static func recall(
    _ room: Room, _ line: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard let first = room.members.first else { return .go(.none) }
    self.letGo(line, room, in: world, &orders)
    guard Int(room.recalls) < context.options.integer(Option.recallLimit) else {
      orders.explain(Note("the owner never came"))
      for member in room.members { orders.release(member, .noAnswer) }
      return .go(.none)
    }
    if let owner = StationNumber(context.machine.digits) {
      orders.explain(Note("recall of %", owner.digits))
      orders.alert(owner, for: first, calling: world.leg(first)?.party.number ?? Digits(), .recall)
    }
    orders.arm(Timer.ring, after: context.options.time(Option.recallRing))
    return .go(.recalling(room))
  }

  private static func recalling(
    _ room: Room, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .recallAnswered(let leg): return self.enter(leg, room, &orders)
    case .recallFailed where room.members.contains(where: { world.isCalledFor($0) }): return .stay(.recalling(room))
    case .recallFailed, .recallOver, .restarted:
      self.waitForOwner(.none, context, &orders)
      return .go(.building(room.recalledAgain(), line: .none))
    case .left(let leg), .joinFailed(let leg):
      if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
      let rest = room.without(leg)
      guard rest.count == 0 else {
        // The recall was for the one who has left, perhaps: it is begun anew for those who are there.
        return self.recall(rest, .none, context, in: world, &orders)
      }
      return .go(.none)
    case .replaced(let old, by: let new):
      guard room.contains(old) else { return self.enter(new, room, &orders) }
      orders.hear(new, .room(room.number))
      return .stay(.recalling(room.replacing(old, by: new)))
    case .add, .cannotAdd: return .refuse(.temporarilyUnavailable, Note("the conference calls back"))
    case .ownerTalks, .held, .resumed, .recallDue, .joined: return .ignore("the owner is rung")
    }
  }

  // MARK: Running

  private static func running(
    _ room: Room, _ owner: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .left(let leg), .joinFailed(let leg): return self.leave(leg, room, owner, context, in: world, &orders)
    case .replaced(let old, by: let new): return self.replace(old, new, room, owner, &orders)
    case .add, .cannotAdd: return .refuse(.temporarilyUnavailable, Note("the conference is running"))
    case .ownerTalks(let next) where world.leg(owner)?.isHolding ?? false:
      // Some telephones take the held call back by themselves after the code: the owner joined, and calls the next member now.
      orders.release(owner, .normal)
      orders.watch(next)
      return .go(.building(room, line: next))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.running(room, owner: owner))
    case .ownerTalks, .held, .resumed, .recallDue, .recallOver, .recallFailed, .joined, .restarted:
      return .ignore("the conference is running")
    }
  }

  /// The rest go on; two are connected directly, one alone is released (CONF-5).
  private static func leave(
    _ leg: LegID, _ room: Room, _ owner: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
    let rest = room.without(leg)
    let left = self.present(rest, leg == owner ? .none : owner)
    if leg == owner, context.options.integer(Option.ownerLeaves) == 1 || left.count < 2 {
      for member in left { orders.release(member, .normal) }
      return .go(.none)
    }
    guard left.count > 1 else {
      for last in left { orders.release(last, .normal) }
      return .go(.none)
    }
    let remaining = leg == owner ? LegID.none : owner
    guard left.count == 2, context.options.integer(Option.twoLeft) == 0 else {
      // From pairing back to the room, where they hear each other.
      for member in left where world.leg(member)?.goal != .room(room.number) { orders.hear(member, .room(room.number)) }
      return .go(.running(rest, owner: remaining))
    }
    orders.connect(left[0], left[1])
    return .go(.pairing(rest, owner: remaining))
  }

  private static func replace(
    _ old: LegID, _ new: LegID, _ room: Room, _ owner: LegID, _ orders: inout Orders
  ) -> Step<State> {
    orders.hear(new, .room(room.number))
    return .go(.running(room.replacing(old, by: new), owner: old == owner ? new : owner))
  }

  private static func present(_ room: Room, _ owner: LegID) -> [LegID] {
    owner.isNone ? room.members : room.members + [owner]
  }
}
