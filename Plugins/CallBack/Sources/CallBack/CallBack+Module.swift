public import Kernel

/// How the exchange sees the feature: what it is called, what is dialled, and which of its questions mean what.
extension CallBack {
  enum Option {
    static let expires = 0
    static let ring = 1
    static let attempts = 2
    static let pause = 3
    static let interval = 4
    static let telling = 5
  }

  public static var descriptor: Descriptor {
    Descriptor(
      name: "CallBack", summary: "rings whoever has found a station busy when it is free, and connects them",
      actions: [
        .init(
          "set", argument: .optionalNumber(1...8), meaning: "calls back the station found busy last, or the one dialled behind it"
        ),
        .init("cancel", argument: .none, meaning: "waits no longer"),
      ],
      options: [
        .init("expires", .time(default: .seconds(1800), .seconds(60) ... .seconds(86_400)), meaning: "seconds it waits at most"),
        .init("ring", .time(default: .seconds(20), .seconds(5) ... .seconds(180)), meaning: "seconds the caller is rung"),
        .init("attempts", .integer(default: 3, 1...20), meaning: "how often the caller is rung before it is given up"),
        .init("pause", .time(default: .seconds(3), .seconds(1) ... .seconds(60)), meaning: "seconds both must have been free"),
        .init(
          "interval", .time(default: .seconds(30), .seconds(5) ... .seconds(600)),
          meaning: "seconds until the next attempt at a telephone that says busy by itself"),
        .init("telling", .time(default: .seconds(5), .seconds(1) ... .seconds(60)), meaning: "seconds of busy tone"),
      ],
      points: .busy, status: .text("callBack"))
  }

  /// One machine for each calling station.
  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): .station(code.by)
    case .busy(let call, _): world.call(call)?.caller.station.map { .station($0) }
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.event(for: code, in: world)
    case .busy(let call, let station): self.isInVain(call, in: world) ? .foundBusy(station) : nil
    case .timer(Timer.look): .lookAgain
    case .timer(Timer.expiry): .expired
    case .timer(Timer.ring): .ringingIsOver
    case .timer: .tellingIsOver
    case .legAnswered(let leg): .answered(leg)
    case .legFailed(.none, _): .notCalled
    case .legFailed: .declined(isLast: !world.isSummoned(context.machine.digits))
    case .legReleased(let leg, _): .left(leg)
    case .replaced: .mayBeFree
    case .dialAnswered: .connected
    case .dialFailed(_, let status): .dialFailed(status)
    case .restarted: .restarted
    default: nil
    }
  }

  private static func event(for code: DialledCode, in world: World) -> Event {
    guard code.action == 0 else { return .cancelled }
    guard !code.argument.isEmpty else { return .wantedLast(by: code.by) }
    guard let target = StationNumber(code.argument), world.isStation(code.argument), target != code.by else {
      return .noStation(code.argument)
    }
    return .wanted(target, by: code.by)
  }

  /// Whoever has dialled a number hears busy; a call that comes back, is transferred or rings a group's member is another matter.
  private static func isInVain(_ call: CallID, in world: World) -> Bool {
    guard let found = world.call(call) else { return false }
    return found.purpose == .direct && found.diversions.isEmpty
  }

  // MARK: Facts

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .idle: fact.put(UInt8(0))
    case .knows(let station):
      fact.put(UInt8(1))
      fact.put(station.digits)
    case .waiting(let wish): self.put(2, wish, into: &fact)
    case .ringing(let wish): self.put(3, wish, into: &fact)
    case .calling(let wish, let leg):
      self.put(4, wish, into: &fact)
      fact.put(leg)
    case .telling(let wish, let leg, let mayTryAgain):
      self.put(5, wish, into: &fact)
      fact.put(leg)
      fact.put(mayTryAgain)
    }
  }

  private static func put(_ kind: UInt8, _ wish: Wish, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(wish.caller.digits)
    fact.put(wish.target.digits)
    fact.put(wish.until)
    fact.put(wish.tries)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    if kind == 0 { return .idle }
    guard let first = fact.digits().flatMap(StationNumber.init) else { return nil }
    if kind == 1 { return .knows(first) }
    guard let target = fact.digits().flatMap(StationNumber.init), let until = fact.instant(), let tries = fact.octet() else {
      return nil
    }
    let wish = Wish(caller: first, target: target, until: until, tries: tries)
    switch kind {
    case 2: return .waiting(wish)
    case 3: return .ringing(wish)
    case 4: return fact.handle(Leg.self).map { .calling(wish, $0) }
    case 5:
      guard let leg = fact.handle(Leg.self), let mayTryAgain = fact.boolean() else { return nil }
      return .telling(wish, leg, mayTryAgain: mayTryAgain)
    default: return nil
    }
  }

  public static var samples: Samples<State, Event> {
    guard let caller = StationNumber("2001"), let target = StationNumber("2002") else { return Samples(states: [], events: []) }
    let wish = Wish(caller: caller, target: target, until: .never, tries: 1)
    let leg = LegID(index: 1, generation: 1)
    return Samples(
      states: [
        .idle, .knows(target), .waiting(wish), .ringing(wish), .calling(wish, leg), .telling(wish, leg, mayTryAgain: true),
        .telling(wish, leg, mayTryAgain: false),
      ],
      events: [
        .foundBusy(target), .wanted(target, by: caller), .wantedLast(by: caller), .noStation("99"), .cancelled, .mayBeFree,
        .lookAgain, .expired, .answered(leg), .notCalled, .declined(isLast: true), .declined(isLast: false), .ringingIsOver,
        .tellingIsOver, .left(leg), .connected, .dialFailed(.busyHere), .dialFailed(.temporarilyUnavailable), .restarted,
      ])
  }
}
