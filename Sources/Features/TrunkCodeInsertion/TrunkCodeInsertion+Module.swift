public import Kernel

extension TrunkCodeInsertion {
  public static let descriptor = Descriptor(
    name: "TrunkCodeInsertion",
    summary: "puts a station's trunk code in front of what it dials, or of callers from outside",
    points: [.informationAnalysed, .attemptAuthorised])

  /// Shorter numbers are left alone (TRK-3).
  private static let shortest = 5

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .informationAnalysed(let call): world.call(call).flatMap { StationNumber($0.payer) }.map { .station($0) }
    case .attemptAuthorised(_, let station): .station(station)
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .informationAnalysed(let call):
      guard let number = world.call(call)?.target, number.count >= self.shortest,
        let code = self.code(.outgoing, context, in: world), self.isOutside(world.dispatch.match(number))
      else { return nil }
      return code.appending(number).map { .dialledOutside(withCode: $0) }
    case .attemptAuthorised(let call, _):
      guard let caller = world.call(call)?.caller, caller.trunk != nil, !caller.number.isEmpty,
        let code = self.code(.incoming, context, in: world)
      else { return nil }
      return code.appending(caller.number).map { .calledFromOutside(withCode: $0) }
    default: return nil
    }
  }

  private static func code(_ kind: StationSettings.Insertion, _ context: Context, in world: World) -> Digits? {
    guard let settings = StationNumber(context.machine.digits).flatMap({ world.station($0)?.settings }),
      settings.insertion == kind, !settings.insertedCode.isEmpty
    else { return nil }
    return settings.insertedCode
  }

  /// The plan is matched first: what is a feature, a telephone or an emergency number is no outside number (TRK-3).
  private static func isOutside(_ match: Match) -> Bool {
    switch match {
    case .surplusArgument, .trunk, .route, .incomplete, .unknown: true
    case .emergency, .station, .group, .module, .code, .badArgument: false
    }
  }

  public static func encode(_ state: State, into fact: inout FactWriter) { fact.put(state.rawValue) }

  public static func decode(_ fact: inout FactReader) -> State? { fact.octet().flatMap(State.init) }

  public static var samples: Samples<State, Event> {
    Samples(
      states: [.idle],
      events: [.dialledOutside(withCode: Digits()), .calledFromOutside(withCode: Digits())])
  }
}
