import Kernel

/// A sketch of conference by code: CONF-1 to CONF-5. One machine for each owner; it owns every member's leg.
enum Conference: Feature {
  /// The room and who is in it, besides the owner: at most four.
  struct Room: Equatable, Sendable, BitwiseCopyable {
    var number: UInt32
    var a: LegID = .none
    var b: LegID = .none
    var c: LegID = .none
    var d: LegID = .none
    var recalls: UInt8 = 0

    var members: [LegID] { [self.a, self.b, self.c, self.d].filter { !$0.isNone } }

    /// False when it is full.
    mutating func add(_ leg: LegID) -> Bool {
      if self.a.isNone {
        self.a = leg
      } else if self.b.isNone {
        self.b = leg
      } else if self.c.isNone {
        self.c = leg
      } else if self.d.isNone {
        self.d = leg
      } else {
        return false
      }
      return true
    }
    mutating func remove(_ leg: LegID) {
      if self.a == leg { self.a = .none }
      if self.b == leg { self.b = .none }
      if self.c == leg { self.c = .none }
      if self.d == leg { self.d = .none }
    }
  }
  enum State: MachineState {
    case none
    /// The owner gathers members; `held` is the dialog on which he last held one, `.none` when he has hung it up.
    case building(Room, held: LegID)
    case recalling(Room)
    case running(Room, owner: LegID)
    /// Two are left and are being connected directly.
    case pairing(LegID, LegID)

    var name: StaticString {
      switch self {
      case .none: "none"
      case .building: "building"
      case .recalling: "recalling"
      case .running: "running"
      case .pairing: "pairing"
      }
    }
  }
  enum Event: MachineEvent {
    case code(LegID?, held: LegID)
    case resumed(LegID)
    /// The owner has another conversation.
    case ownerTalks
    case left(LegID)
    case recallDue, recallOver
    case recallAnswered(by: LegID)
    case recallFailed
    case joined, joinFailed(LegID)
    case restarted

    var name: StaticString {
      switch self {
      case .code: "code"
      case .resumed: "resumed"
      case .ownerTalks: "owner talks"
      case .left: "left"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed: "recall failed"
      case .joined: "joined"
      case .joinFailed: "join failed"
      case .restarted: "restarted"
      }
    }
  }

  static let initial = State.none
  static let descriptor = Descriptor(
    name: "Conference", summary: "brings held calls together in a room",
    actions: [.init("", argument: .none, meaning: "adds the held party, or ends the adding")],
    options: [
      .init("recallTime", .time(default: .seconds(45), .zero ... .seconds(3600)), meaning: ""),
      .init("recallRing", .time(default: .seconds(20), .seconds(1) ... .seconds(180)), meaning: ""),
      .init("recallLimit", .integer(default: 10, 1...100), meaning: ""),
    ], points: [.midCall, .answer])

  static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): .station(code.by)
    case .resumed(let leg): world.leg(leg)?.party.station.map { .station($0) }
    case .answer(let call, _): world.call(call)?.caller.station.map { .station($0) }
    default: nil
    }
  }

  static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code):
      guard case .station(let station, let device)? = world.leg(code.leg)?.party else { return .code(nil, held: .none) }
      let held = world.legsHeld(by: station, device: device)
      return held.count == 1 ? .code(world.peer(of: held[0]), held: held[0]) : .code(nil, held: .none)
    case .resumed(let leg): return .resumed(leg)
    case .answer: return .ownerTalks
    case .legReleased(let leg, _): return .left(leg)
    case .timer(let number): return number == 1 ? .recallDue : .recallOver
    case .legAnswered(let leg), .replaced(_, by: let leg): return .recallAnswered(by: leg)
    case .legFailed: return .recallFailed
    case .joined: return .joined
    case .joinFailed(let leg, _): return .joinFailed(leg)
    case .restarted: return .restarted
    default: return nil
    }
  }

  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .none:
      guard case .code(let party, let held) = event else { return .ignore("there is no conference") }
      return self.add(party, held, to: Room(number: world.freeRoom()), former: .none, context, in: world, &orders)
    case .building(let room, let held):
      switch event {
      case .code(let party?, let leg) where room.members.contains(party) && leg == held:
        orders.done(Note("the conference waits for its owner"))
        return .stay(state)
      case .code(let party, let leg): return self.add(party, leg, to: room, former: held, context, in: world, &orders)
      case .resumed(let leg) where leg == held: return self.enter(leg, room, &orders)
      case .ownerTalks where !held.isNone:
        orders.unwatch(held)
        orders.release(held, .normal)
        orders.arm(1, after: context.options.time(0))
        return .stay(.building(room, held: .none))
      case .left(let leg) where leg == held:
        orders.arm(1, after: context.options.time(0))
        return .stay(.building(room, held: .none))
      case .left(let leg), .joinFailed(let leg): return self.leave(leg, room, held, state, in: world, &orders)
      case .recallDue: return self.recall(room, held, context, in: world, &orders)
      case .resumed, .ownerTalks, .recallOver, .recallFailed, .joined, .restarted: return .ignore("nothing to do")
      case .recallAnswered(let leg): return self.enter(leg, room, &orders)
      }
    case .recalling(let room):
      switch event {
      case .code: return .refuse(.temporarilyUnavailable, Note("the conference calls you back"))
      case .recallAnswered(let leg): return self.enter(leg, room, &orders)
      case .recallFailed where room.members.contains(where: { world.isCalledFor($0) }): return .stay(state)
      case .recallFailed, .recallOver, .restarted:
        var again = room
        again.recalls &+= 1
        orders.arm(1, after: context.options.time(0))
        return .go(.building(again, held: .none))
      case .left(let leg), .joinFailed(let leg): return self.leave(leg, room, .none, state, in: world, &orders)
      case .resumed, .ownerTalks, .recallDue, .joined: return .ignore("nothing to do")
      }
    case .running(let room, let owner):
      switch event {
      case .code: return .refuse(.temporarilyUnavailable, Note("the conference is running"))
      case .left(let leg), .joinFailed(let leg):
        var rest = room
        rest.remove(leg)
        if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
        let left = leg == owner ? rest.members : rest.members + [owner]
        if left.count == 2 {
          orders.connect(left[0], left[1])
          return .go(.pairing(left[0], left[1]))
        }
        if left.count < 2 {
          for last in left { orders.release(last, .normal) }
          return .go(.none)
        }
        return .stay(.running(rest, owner: leg == owner ? .none : owner))
      case .recallAnswered(let late):
        orders.release(late, .answeredElsewhere)
        return .stay(state)
      case .resumed, .ownerTalks, .recallDue, .recallOver, .recallFailed, .joined, .restarted: return .ignore("nothing to do")
      }
    case .pairing(let a, let b):
      switch event {
      case .joined, .joinFailed, .left, .restarted:
        orders.giveBack(a)
        orders.giveBack(b)
        return .go(.none)
      case .code: return .refuse(.temporarilyUnavailable, Note("the conference is ending"))
      case .resumed, .ownerTalks, .recallDue, .recallOver, .recallAnswered, .recallFailed: return .ignore("nothing to do")
      }
    }
  }

  private static func add(
    _ party: LegID?, _ held: LegID, to room: Room, former: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    var room = room
    guard let party, world.leg(party)?.owner.isNone == true, world.leg(held)?.owner.isNone == true, room.add(party) else {
      return .refuse(.temporarilyUnavailable, Note("nobody is held who could be added"))
    }
    orders.own(party)
    orders.hear(party, .room(room.number))
    if !former.isNone {
      orders.unwatch(former)
      orders.release(former, .normal)
    }
    orders.watch(held)
    orders.arm(1, after: context.options.time(0), whileIdle: held)
    orders.done(Note("added to the conference"))
    return .go(.building(room, held: held))
  }

  private static func enter(_ leg: LegID, _ room: Room, _ orders: inout Orders) -> Step<State> {
    orders.unwatch(leg)
    orders.own(leg)
    orders.hear(leg, .room(room.number))
    return .go(.running(room, owner: leg))
  }

  private static func leave(
    _ leg: LegID, _ room: Room, _ held: LegID, _ state: State, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    var rest = room
    rest.remove(leg)
    if world.leg(leg) != nil { orders.release(leg, .mediaFailed) }
    guard rest.members.isEmpty else {
      if case .recalling = state { return .stay(.recalling(rest)) }
      return .stay(.building(rest, held: held))
    }
    if !held.isNone {
      orders.unwatch(held)
      orders.release(held, .normal)
    }
    return .go(.none)
  }

  private static func recall(
    _ room: Room, _ held: LegID, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    guard let first = room.members.first, let owner = StationNumber(context.machine.digits) else { return .go(.none) }
    if !held.isNone {
      orders.unwatch(held)
      orders.release(held, .normal)
    }
    guard Int(room.recalls) < context.options.integer(2) else {
      for member in room.members { orders.release(member, .noAnswer) }
      return .go(.none)
    }
    orders.alert(owner, for: first, calling: world.leg(first)?.party.number ?? Digits(), .recall)
    orders.arm(2, after: context.options.time(1))
    return .go(.recalling(room))
  }

  static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .building(let room, let held): self.put(1, room, held, into: &fact)
    case .recalling(let room): self.put(2, room, .none, into: &fact)
    case .running(let room, let owner): self.put(3, room, owner, into: &fact)
    case .pairing(let a, let b):
      fact.put(UInt8(4))
      fact.put(a)
      fact.put(b)
    }
  }

  private static func put(_ kind: UInt8, _ room: Room, _ leg: LegID, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(leg)
    fact.put(UInt64(room.number))
    fact.put(room.recalls)
    for member in [room.a, room.b, room.c, room.d] { fact.put(member) }
  }

  static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    guard kind > 0 else { return State.none }
    guard let leg = fact.handle(Leg.self) else { return nil }
    if kind == 4 { return fact.handle(Leg.self).map { .pairing(leg, $0) } }
    guard let number = fact.integer().flatMap({ UInt32(exactly: $0) }), let recalls = fact.octet(),
      let a = fact.handle(Leg.self), let b = fact.handle(Leg.self), let c = fact.handle(Leg.self), let d = fact.handle(Leg.self)
    else { return nil }
    let room = Room(number: number, a: a, b: b, c: c, d: d, recalls: recalls)
    switch kind {
    case 1: return .building(room, held: leg)
    case 2: return .recalling(room)
    case 3: return .running(room, owner: leg)
    default: return nil
    }
  }

  static var samples: Samples<State, Event> { Samples(states: [], events: []) }
}
