public import Kernel

extension AuthorizationCode {
  enum Option {
    static let codeLength = 0
    static let maximumFailures = 1
    static let barTime = 2
  }

  enum Timer {
    static let bar: UInt8 = 1
    static let check: UInt8 = 2
  }

  public static let descriptor = Descriptor(
    name: "AuthorizationCode", summary: "lets a person call outside from any telephone, by a code of one's own",
    actions: [
      .init(
        "", argument: .number(6...31), meaning: "authorisation code, trunk access code and outside number, in one",
        secretLength: Option.codeLength)
    ],
    options: [
      .init("codeLength", .integer(default: 6, 4...16), meaning: "digits of an authorisation code"),
      .init("maximumFailures", .integer(default: 3, 1...20), meaning: "wrong codes from one station before it is barred"),
      .init(
        "barTime", .time(default: .seconds(300), .seconds(1) ... .seconds(86_400)),
        meaning: "seconds for which a station is barred, and after which wrong codes are forgotten"),
    ])

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    if case .code(let code) = consult { .station(code.by) } else { nil }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code):
      let length = context.options.integer(Option.codeLength)
      let rest = code.argument.dropFirst(min(length, code.argument.count))
      switch world.dispatch.match(rest) {
      case .trunk, .route: return .dialled(code.leg, code: code.argument.prefix(length), rest: rest)
      case .emergency, .station, .group, .module, .code, .badArgument, .surplusArgument, .incomplete, .unknown:
        return .malformed
      }
    case .verified(_, let isValid): return isValid ? .valid : .invalid
    case .legReleased: return .left
    case .timer(let number): return number == Timer.bar ? .barOver : .tookTooLong
    case .restarted: return .restarted
    default: return nil
    }
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .ready(let failures):
      fact.put(UInt8(0))
      fact.put(failures)
    case .checking(let leg, let rest, let failures):
      fact.put(UInt8(1))
      fact.put(failures)
      fact.put(leg)
      fact.put(rest)
    case .barred:
      fact.put(UInt8(2))
      fact.put(UInt8(0))
    }
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet(), let failures = fact.octet() else { return nil }
    switch kind {
    case 0: return .ready(failures: failures)
    case 1:
      guard let leg = fact.handle(Leg.self), let rest = fact.digits() else { return nil }
      return .checking(leg, rest: rest, failures: failures)
    case 2: return .barred
    default: return nil
    }
  }

  public static var samples: Samples<State, Event> {
    let leg = LegID(index: 1, generation: 1)
    return Samples(
      states: [
        .ready(failures: 0), .ready(failures: 2), .checking(leg, rest: Digits(), failures: 0),
        .checking(leg, rest: Digits(), failures: 19), .barred,
      ],
      events: [
        .dialled(leg, code: Digits(), rest: Digits()), .malformed, .valid, .invalid, .left, .barOver, .tookTooLong, .restarted,
      ])
  }
}
