public import Kernel

/// How the exchange sees the feature: what it is called, what is dialled, and which of its questions mean what.
extension WakeUp {
  enum Option {
    static let repeats = 0
    static let interval = 1
    static let ring = 2
    static let greets = 3
    static let hears = 4
  }

  enum Action {
    static let set = 0
    static let cancel = 1
  }

  public static var descriptor: Descriptor {
    Descriptor(
      name: "WakeUp", summary: "rings a telephone at the time its user has asked for",
      actions: [
        .init("set", argument: .number(4...4), meaning: "hours and minutes, 0630: rings at that time, once"),
        .init("cancel", argument: .none, meaning: "no wake-up call"),
        .init("query", argument: .none, meaning: "tells whether there is one, and for when"),
      ],
      options: [
        .init("repeats", .integer(default: 3, 0...20), meaning: "further attempts where nobody answers"),
        .init("interval", .time(default: .seconds(300), .seconds(10) ... .seconds(3600)), meaning: "seconds between attempts"),
        .init("ring", .time(default: .seconds(45), .seconds(5) ... .seconds(180)), meaning: "seconds an attempt rings"),
        .init("greets", .time(default: .seconds(60), .seconds(1) ... .seconds(600)), meaning: "seconds it is heard"),
        .init("hears", .choice(default: 0, ["music", "tone"]), meaning: "what whoever answers hears"),
      ],
      status: .text("wakeUp"))
  }

  /// One machine for each station.
  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    if case .code(let code) = consult { .station(code.by) } else { nil }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.event(for: code)
    case .timer(Timer.wake): .timeIsUp
    case .timer(Timer.ring): .ringingIsOver
    case .timer: .greetingIsOver
    case .legAnswered(let leg): .answered(leg)
    case .legFailed: .failed(isLast: !world.isSummoned(context.machine.digits))
    case .legReleased: .left
    case .restarted: .restarted
    default: nil
    }
  }

  private static func event(for code: DialledCode) -> Event {
    switch code.action {
    case Action.set: .wanted(TimeOfDay(code.argument), code.by)
    case Action.cancel: .cancelled
    default: .asked
    }
  }

  /// One octet for the layout, so that a later version can read what this one wrote.
  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .set(let wake): self.put(1, wake, into: &fact)
    case .ringing(let wake): self.put(2, wake, into: &fact)
    case .greeting(let leg):
      fact.put(UInt8(3))
      fact.put(leg)
    }
  }

  private static func put(_ kind: UInt8, _ wake: Wake, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(wake.station.digits)
    fact.put(UInt64(wake.time.minutes))
    fact.put(wake.due)
    fact.put(wake.tries)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet() else { return nil }
    switch kind {
    case 0: return State.none
    case 1, 2:
      guard let station = fact.digits().flatMap(StationNumber.init),
        let time = fact.integer().flatMap({ UInt16(exactly: $0) }).flatMap({ TimeOfDay(minutes: $0) }),
        let due = fact.instant(),
        let tries = fact.octet()
      else { return nil }
      let wake = Wake(station: station, time: time, due: due, tries: tries)
      return kind == 1 ? .set(wake) : .ringing(wake)
    case 3: return fact.handle(Leg.self).map { .greeting($0) }
    default: return nil
    }
  }

  public static var samples: Samples<State, Event> {
    guard let station = StationNumber("2001") else { return Samples(states: [], events: []) }
    let wake = Wake(station: station, time: .midnight, due: .zero, tries: 0)
    let leg = LegID(index: 1, generation: 1)
    return Samples(
      states: [.none, .set(wake), .ringing(wake), .greeting(leg)],
      events: [
        .wanted(.midnight, station), .wanted(nil, station), .cancelled, .asked, .timeIsUp, .answered(leg), .failed(isLast: true),
        .failed(isLast: false), .ringingIsOver, .greetingIsOver, .left, .restarted,
      ])
  }
}
