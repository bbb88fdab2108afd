public import Kernel

extension VoiceMail {
  enum Option {
    static let number = 0
    static let maximumLength = 1
    static let maximumMessages = 2
    static let pause = 3
  }

  enum Timer {
    static let limit: UInt8 = 1
    static let pause: UInt8 = 2
  }

  public static let descriptor = Descriptor(
    name: "VoiceMail", summary: "takes messages for stations that do not answer, and lets them be heard",
    actions: [.init("retrieve", argument: .none, meaning: "the dialling station hears its messages")],
    options: [
      .init("number", .number, meaning: "calls forwarded here leave a message; who dials it hears its own"),
      .init(
        "maximumLength", .time(default: .seconds(180), .seconds(1) ... .seconds(3600)),
        meaning: "seconds after which a message ends"),
      .init(
        "maximumMessages", .integer(default: 50, 1...World.mostRecordings),
        meaning: "messages in one mailbox; a caller who finds it full hears busy"),
      .init(
        "pause", .time(default: .seconds(3), .milliseconds(100) ... .seconds(60)),
        meaning: "seconds after a message in which a key still means that message"),
    ])

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .called(let call, _): .call(call)
    case .code(let code): world.leg(code.leg).map { .call($0.call) }
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .called(let call, _): self.visit(call, context, in: world)
    case .code(let code): self.retrieval(code.leg, by: code.by, in: world)
    case .played: .played
    case .pressed(_, let key): .key(self.key(key))
    case .timer(let number): number == Timer.limit ? .limit : .pauseOver
    case .joinFailed(_, let cause): .mediaFailed(cause)
    case .replaced(_, by: let leg): .replaced(by: leg)
    case .restarted: .restarted
    default: nil
    }
  }

  /// The last station that forwarded gets the message; one that forwards itself here, or dials the number, hears its own.
  private static func visit(_ id: CallID, _ context: Context, in world: World) -> Event? {
    guard let call = world.call(id) else { return nil }
    if let owner = call.diversions.last?.from, call.caller.station?.digits != owner {
      return self.message(for: owner, from: call.origin, context, in: world)
    }
    guard let station = call.caller.station else {
      return .refused(.temporarilyUnavailable, Note("% has no mailbox here", call.caller.number))
    }
    return self.retrieval(call.origin, by: station, in: world)
  }

  private static func message(for owner: Digits, from leg: LegID, _ context: Context, in world: World) -> Event {
    guard let station = StationNumber(owner), self.hasMailbox(station, in: world) else {
      return .refused(.temporarilyUnavailable, Note("% has no mailbox", owner))
    }
    let count = world.recordings(of: owner).count + self.callers(leavingMessagesFor: owner, in: world)
    guard count < context.options.integer(Option.maximumMessages) else {
      return .refused(.busyHere, Note("the mailbox of % is full", owner))
    }
    return .leaves(Visit(leg: leg, owner: owner))
  }

  /// Those who are here already: their messages need room too.
  private static func callers(leavingMessagesFor owner: Digits, in world: World) -> Int {
    var count = 0
    world.forEachLeg { _, leg in
      switch leg.goal {
      case .announcement(.greeting), .recording: if world.call(leg.call)?.diversions.last?.from == owner { count += 1 }
      case .nothing, .with, .music, .tone, .room, .announcement, .playback: break
      }
    }
    return count
  }

  private static func retrieval(_ leg: LegID, by station: StationNumber, in world: World) -> Event {
    guard self.hasMailbox(station, in: world) else {
      return .refused(.temporarilyUnavailable, Note("% has no mailbox", station.digits))
    }
    return .retrieves(Visit(leg: leg, owner: station.digits))
  }

  private static func hasMailbox(_ station: StationNumber, in world: World) -> Bool {
    world.station(station)?.settings.mailbox ?? false
  }

  private static func key(_ key: UInt8) -> Key {
    switch key {
    case 5: .again
    case 6: .next
    case 7: .delete
    case 9: .keep
    case 11: .end
    default: .other
    }
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .greeting(let visit): self.put(1, visit, 0, into: &fact)
    case .recording(let visit): self.put(2, visit, 0, into: &fact)
    case .opening(let visit): self.put(3, visit, 0, into: &fact)
    case .playing(let visit, let message): self.put(4, visit, message, into: &fact)
    case .deciding(let visit, let message): self.put(5, visit, message, into: &fact)
    case .moving(let visit, let message): self.put(6, visit, message, into: &fact)
    case .closing(let visit): self.put(7, visit, 0, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ visit: Visit, _ message: UInt32, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(visit.leg)
    fact.put(visit.owner)
    fact.put(visit.hearsNew)
    fact.put(UInt64(message))
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    guard kind > 0 else { return State.none }
    guard let leg = fact.handle(Leg.self), let owner = fact.digits(), let hearsNew = fact.boolean(),
      let message = fact.integer().flatMap({ UInt32(exactly: $0) })
    else { return nil }
    let visit = Visit(leg: leg, owner: owner, hearsNew: hearsNew)
    switch kind {
    case 1: return .greeting(visit)
    case 2: return .recording(visit)
    case 3: return .opening(visit)
    case 4: return .playing(visit, message)
    case 5: return .deciding(visit, message)
    case 6: return .moving(visit, message)
    case 7: return .closing(visit)
    default: return nil
    }
  }

  public static var samples: Samples<State, Event> {
    let visit = Visit(leg: LegID(index: 1, generation: 1), owner: "2002", hearsNew: true)
    return Samples(
      states: [
        .none, .greeting(visit), .recording(visit), .opening(visit), .playing(visit, 1), .playing(visit, 2), .deciding(visit, 1),
        .deciding(visit, 2), .moving(visit, 1), .moving(visit, 2), .closing(visit),
      ],
      events: [
        .leaves(visit), .retrieves(visit), .retrieves(Visit(leg: visit.leg, owner: "2003")),
        .retrieves(Visit(leg: visit.leg, owner: "2004")), .refused(.temporarilyUnavailable, Note("% has no mailbox", "2002")),
        .played,
      ] + Key.allCases.map { .key($0) } + [
        .limit, .pauseOver, .mediaFailed(.noChannel), .replaced(by: LegID(index: 2, generation: 1)), .restarted,
      ],
      recordings: [
        ("2002", [Recording(number: 1, isNew: true), Recording(number: 2, isNew: true)]),
        ("2004", [Recording(number: 3, isNew: false)]),
      ])
  }
}
