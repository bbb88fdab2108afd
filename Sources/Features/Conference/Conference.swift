public import Kernel

/// Brings held calls together in a room, by a code dialled between one call and the next.
/// CONF-1 to CONF-6; manual, "Conference", "Conferencing feature – SIP Message Flow". Table:
/// `strowger module describe Conference`.
///
/// One machine for each owner. It owns every member's leg, so that a member outlives the dialog that brought him, and the owner's
/// line on which the last of them is held.
public enum Conference: Feature {
  public enum State: MachineState {
    case none
    /// The owner holds, on `line`, the one who was added last.
    case building(Room, line: LegID)
    /// The owner is in a conversation, on `line`, with somebody who is not in the room.
    case inviting(Room, line: LegID)
    /// The owner has no dialog any more.
    case ownerless(Room)
    /// The owner is rung; `line` is the one he holds, or none.
    case recalling(Room, line: LegID)
    /// The owner has joined; none after leaving.
    case running(Room, owner: LegID)
    /// Two are left and are being connected directly; `owner` is none when both are members.
    case pairing(Room, owner: LegID)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .building: "building"
      case .inviting: "inviting"
      case .ownerless: "ownerless"
      case .recalling: "recalling"
      case .running: "running"
      case .pairing: "pairing"
      }
    }

    public var summary: Note {
      switch self {
      case .none: Note("no conference")
      case .building(let room, _): Note("% waiting for their owner", room.count.digits)
      case .inviting(let room, _): Note("% waiting for the next", room.count.digits)
      case .ownerless(let room): Note("% without their owner", room.count.digits)
      case .recalling(let room, _): Note("% whose owner is rung", room.count.digits)
      case .running(let room, let owner): Note("conference of %", room.with(owner).count.digits)
      case .pairing: Note("two are left")
      }
    }
  }

  public enum Event: MachineEvent {
    /// The code was dialled with `party` held on `line`.
    case add(LegID, line: LegID)
    /// The code was dialled with somebody held on `line` who is in the room: that was all.
    case addedAll(line: LegID)
    case cannotAdd(Note)
    /// A call of the owner's, on this line, is answered.
    case ownerTalks(LegID)
    case resumed(LegID)
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
      case .addedAll: "code again"
      case .cannotAdd: "code in vain"
      case .ownerTalks: "owner's next call"
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
      case .addedAll, .ownerTalks, .resumed, .left, .recallDue, .recallOver, .recallAnswered, .recallFailed, .joined,
        .joinFailed, .replaced, .restarted:
        return .ignore("there is no conference")
      }
    case .building(let room, let line): return self.building(room, line, event, context, in: world, &orders)
    case .inviting(let room, let line): return self.inviting(room, line, event, context, in: world, &orders)
    case .ownerless(let room): return self.ownerless(room, event, context, in: world, &orders)
    case .recalling(let room, let line): return self.recalling(room, line, event, context, in: world, &orders)
    case .running(let room, let owner): return self.running(room, owner, event, context, in: world, &orders)
    case .pairing(let room, let owner): return self.pairing(room, owner, event, context, in: world, &orders)
    }
  }

  // MARK: Building

  private static func building(
    _ room: Room, _ line: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .add(let party, let next):
      guard self.hasPlace(room, context) else { return self.full }
      orders.release(line, .normal)
      return self.add(party, next, to: room, context, in: world, &orders)
    case .addedAll:
      // Everybody is sent to the media server, the owner's held line too; it joins with its resume (CONF-2).
      for leg in room.members + [line] { orders.hear(leg, .room(room.number)) }
      orders.done(Note("the conference waits for its owner"))
      return .stay(.building(room, line: line))
    case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
    case .ownerTalks(let next):
      // The owner moves on to the next call: that is not leaving (CONF-1).
      orders.release(line, .normal)
      return self.invite(next, room, in: world, &orders)
    case .resumed(let leg) where leg == line: return self.enter(line, room, in: world, &orders)
    case .left(line): return self.wait(without: room, context, in: world, &orders)
    case .joinFailed(line):
      orders.release(line, .mediaFailed)
      return self.wait(without: room, context, in: world, &orders)
    case .left(let leg), .joinFailed(let leg):
      guard let rest = self.rest(of: room, leg, in: world, &orders) else {
        orders.release(line, .normal)
        return .go(.none)
      }
      return .stay(.building(rest, line: line))
    case .recallDue: return self.recall(room, line, context, in: world, &orders)
    case .replaced(line, by: let new): return self.enter(new, room, in: world, &orders)
    case .replaced(let old, by: let new):
      return .stay(.building(self.unite(room.replacing(old, by: new), in: world, &orders), line: line))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.building(room, line: line))
    case .resumed, .recallOver, .recallFailed, .joined, .restarted: return .ignore("the owner gathers members")
    }
  }

  private static func inviting(
    _ room: Room, _ line: LegID, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .add(let party, let next):
      guard self.hasPlace(room, context) else { return self.full }
      orders.unwatch(line)
      return self.add(party, next, to: room, context, in: world, &orders)
    case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
    case .ownerTalks(let next):
      // A call that was not added is left alone.
      orders.unwatch(line)
      return self.invite(next, room, in: world, &orders)
    case .left(line): return self.wait(without: room, context, in: world, &orders)
    case .left(let leg), .joinFailed(let leg):
      guard room.contains(leg) else { return .ignore("that one is in another's hands") }
      guard let rest = self.rest(of: room, leg, in: world, &orders) else {
        orders.unwatch(line)
        return .go(.none)
      }
      return .stay(.inviting(rest, line: line))
    case .replaced(line, by: let new):
      orders.watch(new)
      return .stay(.inviting(room, line: new))
    case .replaced(let old, by: let new):
      return .stay(.inviting(self.unite(room.replacing(old, by: new), in: world, &orders), line: line))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.inviting(room, line: line))
    case .addedAll, .resumed, .recallDue, .recallOver, .recallFailed, .joined, .restarted:
      return .ignore("the owner talks to somebody else")
    }
  }

  private static func ownerless(
    _ room: Room, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .add(let party, let line):
      guard self.hasPlace(room, context) else { return self.full }
      return self.add(party, line, to: room, context, in: world, &orders)
    case .cannotAdd(let why): return .refuse(.temporarilyUnavailable, why)
    case .ownerTalks(let next): return self.invite(next, room, in: world, &orders)
    case .left(let leg), .joinFailed(let leg):
      guard let rest = self.rest(of: room, leg, in: world, &orders) else { return .go(.none) }
      return .stay(.ownerless(rest))
    case .recallDue: return self.recall(room, .none, context, in: world, &orders)
    case .replaced(let old, by: let new): return .stay(.ownerless(self.unite(room.replacing(old, by: new), in: world, &orders)))
    case .recallAnswered(let late):
      orders.release(late, .answeredElsewhere)
      return .stay(.ownerless(room))
    case .addedAll, .resumed, .recallOver, .recallFailed, .joined, .restarted: return .ignore("the owner has no call")
    }
  }
}
