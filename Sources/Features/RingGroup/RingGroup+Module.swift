public import Kernel

extension RingGroup {
  enum Option {
    static let maximumStations = 0
    static let maximumMembers = 1
    static let memberTime = 2
  }

  enum Timer {
    static let batch: UInt8 = 1
    static let member: UInt8 = 2
    static let end: UInt8 = 3
  }

  public static let descriptor = Descriptor(
    name: "RingGroup", summary: "one number that rings several telephones: all at once, in order, or in turn",
    options: [
      .init("maximumStations", .integer(default: 10, 1...32), meaning: "members of a group that ring at once"),
      .init(
        "maximumMembers", .integer(default: 32, 1...64), meaning: "members of a group that are looked at, in the plan's order"),
      .init(
        "memberTime", .time(default: .seconds(15), .seconds(1) ... .seconds(180)),
        meaning: "seconds each member rings in a sequential or distributed group"),
    ],
    points: .groupCalled)

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    guard case .groupCalled(let call, let index) = consult, world.plan.groups.indices.contains(index) else { return nil }
    let group = world.plan.groups[index]
    return group.ring == .distributed ? .number(group.number) : .call(call)
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .groupCalled(let call, _):
      context.machine == .call(call)
        ? .called(self.roll(call, context, in: world), start: 0) : .turnAsked(self.roll(call, context, in: world))
    case .handedOver(let call, let start): .called(self.roll(call, context, in: world), start: start)
    case .timer(Timer.batch): .batchDue(self.roll(context.machine.ofCall, context, in: world))
    case .timer(Timer.member): .memberOver(self.roll(context.machine.ofCall, context, in: world))
    case .timer: .timeIsOver(self.roll(context.machine.ofCall, context, in: world))
    case .legFailed(let leg, _): self.failed(leg, context, in: world)
    case .legAnswered(let leg): .memberAnswered(leg)
    // A member's telephone was picked up; whoever takes the caller's place is the caller.
    case .replaced(_, by: let leg): world.call(context.machine.ofCall)?.origin == leg ? nil : .memberAnswered(leg)
    case .legReleased: .left
    case .restarted: .restarted
    default: nil
    }
  }

  private static func failed(_ leg: LegID, _ context: Context, in world: World) -> Event {
    let call = context.machine.ofCall
    let isAlone = !world.isCalledFor(world.call(call)?.origin ?? .none)
    let roll = self.roll(call, context, in: world)
    return leg.isNone ? .memberPassedOver(roll, alone: isAlone) : .memberFailed(roll, alone: isAlone)
  }

  /// The group that `call` has come to; nobody when a new plan has none of that number.
  private static func roll(_ call: CallID, _ context: Context, in world: World) -> Roll {
    let target = world.call(call)?.target
    guard let group = world.plan.groups.first(where: { $0.number == target }) else {
      return Roll(call: call, members: [], ring: .unconditional, overflow: nil, overflowTime: .zero)
    }
    let members = group.members.prefix(context.options.integer(Option.maximumMembers)).map { member in
      let station = world.station(member)
      return Roll.Member(station: member, telephones: station?.isBusy ?? true ? 0 : station?.devices.count ?? 0)
    }
    return Roll(
      call: call, members: members, ring: group.ring, overflow: group.overflow, overflowTime: group.overflowTime)
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .turn(let member):
      fact.put(UInt8(1))
      fact.put(member)
    case .ringing(let next, let called):
      fact.put(UInt8(2))
      fact.put(next)
      fact.put(called)
    case .hunting(let start, let tried, let until):
      fact.put(UInt8(3))
      fact.put(start)
      fact.put(tried)
      fact.put(until)
    }
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1 else { return nil }
    switch fact.octet() {
    case 0: return State.none
    case 1: return fact.octet().map { .turn($0) }
    case 2:
      guard let next = fact.octet(), let called = fact.octet() else { return nil }
      return .ringing(next: next, called: called)
    case 3:
      guard let start = fact.octet(), let tried = fact.octet(), let until = fact.instant() else { return nil }
      return .hunting(start: start, tried: tried, until: until)
    default: return nil
    }
  }

  public static var samples: Samples<State, Event> {
    let leg = LegID(index: 1, generation: 1)
    let numbers = (1...5).compactMap { StationNumber("200\($0)") }
    func roll(_ ring: Plan.Ring, free: Int) -> Roll {
      Roll(
        call: CallID(index: 1, generation: 1),
        members: numbers.enumerated().map { Roll.Member(station: $1, telephones: $0 < free ? 1 : 0) }, ring: ring, overflow: nil,
        overflowTime: .seconds(30))
    }
    let all = roll(.unconditional, free: 5)
    let inOrder = roll(.sequential, free: 5)
    return Samples(
      states: [.none, .turn(1), .turn(4), .ringing(next: 4, called: 4), .ringing(next: 5, called: 5)]
        + [1, 5].map { .hunting(start: 1, tried: $0, until: .zero + .seconds(30)) },
      events: [
        .turnAsked(inOrder), .called(all, start: 0), .called(inOrder, start: 0), .called(roll(.sequential, free: 0), start: 0),
        .batchDue(all), .memberOver(inOrder), .memberPassedOver(all, alone: true), .memberFailed(all, alone: false),
        .memberFailed(all, alone: true),
        .memberAnswered(leg), .timeIsOver(all), .left, .restarted,
      ])
  }
}

extension MachineKey {
  /// The call the machine belongs to; none for others.
  var ofCall: CallID { if case .call(let call) = self { call } else { .none } }
}
