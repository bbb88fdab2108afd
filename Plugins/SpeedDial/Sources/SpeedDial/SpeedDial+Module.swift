public import Kernel

/// How the exchange sees the feature: what it is called, what is dialled, and which of its questions mean what.
extension SpeedDial {
  enum Action: Int {
    case call, callSystem, store, storeSystem
  }

  enum Option {
    static let administrator = 0
    static let places = 1
    static let longest = 2
  }

  /// Digits of a place: 00 to 99 in each list.
  static let placeLength = 2

  public static var descriptor: Descriptor {
    Descriptor(
      name: "SpeedDial", summary: "short numbers for long ones, one's own and the system's",
      actions: [
        .init("call", argument: .number(2...2), meaning: "calls what stands at that place (00-99) of one's own list"),
        .init("callSystem", argument: .number(2...2), meaning: "calls what stands at that place of the system's list"),
        .init("store", argument: .number(2...26), meaning: "place and number for one's own list; the place alone clears it"),
        .init("storeSystem", argument: .number(2...26), meaning: "the same for the system's list, by its administrator alone"),
      ],
      options: [
        .init(
          "administrator", .integer(default: 0, 0...99_999_999),
          meaning: "the station that may change the system's list; 0: nobody"),
        .init("places", .integer(default: 100, 1...100), meaning: "places in each list, from 00 on"),
        .init("longest", .integer(default: 24, 1...24), meaning: "digits a stored number may have"),
      ])
  }

  /// One machine for each place: `2001*05` of a station's list, `**05` of the system's.
  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    guard case .code(let code) = consult, let action = Action(rawValue: code.action) else { return nil }
    let owner: Digits =
      switch action {
      case .call, .store: code.by.digits
      case .callSystem, .storeSystem: "*"
      }
    return owner.appending("*")?.appending(code.argument.prefix(self.placeLength)).map { .number($0) }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.event(for: code, context.options, in: world)
    case .notKept: .notKept
    default: nil
    }
  }

  private static func event(for code: DialledCode, _ options: OptionValues, in world: World) -> Event? {
    guard let action = Action(rawValue: code.action) else { return nil }
    let place = code.argument.prefix(self.placeLength)
    guard let index = self.value(of: place) else { return .refused(Note("places are numbers from 00 to 99")) }
    guard index < options.integer(Option.places) else { return .refused(Note("there is no place %", place)) }
    switch action {
    case .call, .callSystem: return .called(by: code.by)
    case .store: break
    case .storeSystem:
      guard self.value(of: code.by.digits) == options.integer(Option.administrator) else {
        return .refused(Note("% may not change the system's list", code.by.digits))
      }
    }
    let number = code.argument.dropFirst(self.placeLength)
    if number.isEmpty { return .cleared }
    guard number.count <= options.integer(Option.longest) else {
      return .refused(Note("% is too long for a short number", number))
    }
    // Codes are no goal either, so that no place can lead to itself.
    return world.may(code.by, call: number) ? .stored(number) : .refused(Note("speed dial may not lead to %", number))
  }

  /// Of at most eight digits; longer ones are no administrator's.
  private static func value(of digits: Digits) -> Int? {
    guard digits.isNumeric, digits.count <= 8 else { return nil }
    return (0..<digits.count).reduce(0) { $0 * 10 + Int(digits[$1]) }
  }

  /// One octet for the layout, so that a later version can read what this one wrote.
  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    if case .holds(let number) = state { fact.put(number) } else { fact.put(Digits()) }
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let number = fact.digits() else { return nil }
    return number.isEmpty ? .empty : .holds(number)
  }

  public static var samples: Samples<State, Event> {
    guard let station = StationNumber("2001") else { return Samples(states: [], events: []) }
    return Samples(
      states: [.empty, .holds("2002")],
      events: [.called(by: station), .stored("2003"), .cleared, .refused(Note("places are numbers from 00 to 99")), .notKept])
  }
}
