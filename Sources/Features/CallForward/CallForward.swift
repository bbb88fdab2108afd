public import Kernel

/// Sends a station's calls elsewhere: all, when busy, when nobody answers, when its telephone is not registered.
/// FWD-1 to FWD-8; manual, "Call Forward", "Call forwarding Unreachable"; RFC 5806.
/// Table: `strowger module describe CallForward`.
///
/// One machine for each station, whose state is what its user has set. Ring time, loops, hops and the payer are the
/// kernel's business; forward unreachable is a setting of the administrator and reads it from the station.
public enum CallForward: Feature {
  public enum State: MachineState {
    case none
    case all(Digits)
    case busy(Digits)
    case noAnswer(Digits)
    case busyOrNoAnswer(Digits)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .all: "all"
      case .busy: "busy"
      case .noAnswer: "no answer"
      case .busyOrNoAnswer: "busy or no answer"
      }
    }

    public var summary: Note {
      switch self {
      case .none: Note("none")
      case .all(let number): Note("all to %", number)
      case .busy(let number): Note("busy to %", number)
      case .noAnswer(let number): Note("no answer to %", number)
      case .busyOrNoAnswer(let number): Note("busy or no answer to %", number)
      }
    }
  }

  public enum Event: MachineEvent {
    case cleared
    /// A forward that its station may set.
    case set(State)
    /// A destination that is the station itself, no number, or barred to it (FWD-2).
    case setBarred(Digits)
    /// Somebody calls the station and may be forwarded.
    case called
    case foundBusy
    case unanswered
    /// The station is not registered; the administrator's destination for that, if there is one.
    case unreachable(Digits?)
    case notKept

    public var name: StaticString {
      switch self {
      case .cleared: "cleared"
      case .set(.all): "set all"
      case .set(.busy): "set busy"
      case .set(.noAnswer): "set no answer"
      case .set: "set busy or no answer"
      case .setBarred: "set barred"
      case .called: "called"
      case .foundBusy: "found busy"
      case .unanswered: "unanswered"
      case .unreachable: "unreachable"
      case .notKept: "not kept"
      }
    }
  }

  public static let initial = State.none

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .cleared:
      orders.done(Note("forward cleared"))
      return .go(.none)
    case .set(let next):
      orders.done(self.confirmation(of: next))
      return .go(next)
    case .setBarred(let number):
      return .refuse(.temporarilyUnavailable, Note("forward to % is not possible, nothing changed", number))
    case .unreachable(let destination):
      if let destination { self.forward(to: destination, .unavailable, context, &orders) }
      return .stay(state)
    case .notKept:
      return .ignore("the kernel has put the former state back")
    case .called, .foundBusy, .unanswered:
      self.act(state, event, context, &orders)
      return .stay(state)
    }
  }

  /// Setting and clearing are the same in every state; what a call meets is not.
  private static func act(_ state: State, _ event: Event, _ context: Context, _ orders: inout Orders) {
    switch (state, event) {
    case (.all(let number), .called):
      self.forward(to: number, .unconditional, context, &orders)
    case (.noAnswer, .called), (.busyOrNoAnswer, .called):
      orders.ring(atMost: context.options.time(Option.noAnswerTime))
    case (.busy(let number), .foundBusy), (.busyOrNoAnswer(let number), .foundBusy):
      self.forward(to: number, .userBusy, context, &orders)
    case (.noAnswer(let number), .unanswered), (.busyOrNoAnswer(let number), .unanswered):
      self.forward(to: number, .noAnswer, context, &orders)
    case (.none, _), (.all, _), (.busy, _), (.noAnswer, _), (.busyOrNoAnswer, _):
      break  // this kind of forward has nothing to do with what the call met
    }
  }

  private static func forward(to number: Digits, _ reason: Diversion.Reason, _ context: Context, _ orders: inout Orders) {
    orders.explain(self.explanation(of: reason, to: number))
    orders.reroute(number, reason, maximumHops: context.options.integer(Option.maximumHops))
  }
}

extension CallForward {
  enum Option {
    static let noAnswerTime = 0
    static let maximumHops = 1
  }

  enum Action: Int, CaseIterable {
    case clear, all, busy, noAnswer, busyOrNoAnswer
  }

  public static let descriptor = Descriptor(
    name: "CallForward", summary: "sends a station's calls to another number: all, on busy, on no answer, when unreachable",
    actions: [
      .init("clear", argument: .none, meaning: "the dialling station's forward is cleared"),
      .init("all", argument: .number(1...24), meaning: "every call goes to the number"),
      .init("busy", argument: .number(1...24), meaning: "calls that find the station busy go to the number"),
      .init("noAnswer", argument: .number(1...24), meaning: "calls not answered in noAnswerTime go to the number"),
      .init("busyOrNoAnswer", argument: .number(1...24), meaning: "both"),
    ],
    options: [
      .init(
        "noAnswerTime", .time(default: .seconds(15), .milliseconds(100)...(.seconds(600))),
        meaning: "seconds a telephone rings before no answer is assumed"),
      .init("maximumHops", .integer(default: 10, 1...10), meaning: "forwards that one call may follow"),
      .init(
        "historyInfo", .boolean(default: false),
        meaning: "the target also gets History-Info, for telephones that know no Diversion"),
    ],
    points: [.attemptAuthorised, .busy, .noAnswer, .notReachable], status: .text("forward"))

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .code(let code): .station(code.by)
    case .attemptAuthorised(let call, let station), .busy(let call, let station), .noAnswer(let call, let station),
      .notReachable(let call, let station):
      self.mayForward(world.call(call)?.purpose) ? .station(station) : nil
    default: nil
    }
  }

  /// Group and recall calls are not forwarded (FWD-6).
  private static func mayForward(_ purpose: Purpose?) -> Bool {
    switch purpose {
    case .direct, .transfer, .overflow: true
    case .groupMember, .recall, nil: false
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .code(let code): self.event(for: code, in: world)
    case .attemptAuthorised: .called
    case .busy: .foundBusy
    case .noAnswer: .unanswered
    case .notReachable(_, let station): .unreachable(world.station(station)?.settings.forwardUnreachable)
    case .notKept: .notKept
    default: nil
    }
  }

  private static func event(for code: DialledCode, in world: World) -> Event? {
    guard let action = Action(rawValue: code.action) else { return nil }
    let number = code.argument
    guard action == .clear || (number != code.by.digits && world.mayForward(code.by, to: number)) else {
      return .setBarred(number)
    }
    return switch action {
    case .clear: .cleared
    case .all: .set(.all(number))
    case .busy: .set(.busy(number))
    case .noAnswer: .set(.noAnswer(number))
    case .busyOrNoAnswer: .set(.busyOrNoAnswer(number))
    }
  }

  private static func confirmation(of state: State) -> Note {
    switch state {
    case .none: Note("forward cleared")
    case .all(let number): Note("forward all to % set", number)
    case .busy(let number): Note("forward busy to % set", number)
    case .noAnswer(let number): Note("forward no answer to % set", number)
    case .busyOrNoAnswer(let number): Note("forward busy or no answer to % set", number)
    }
  }

  private static func explanation(of reason: Diversion.Reason, to number: Digits) -> Note {
    switch reason {
    case .unconditional: Note("forward all to %", number)
    case .userBusy: Note("busy, forward to %", number)
    case .noAnswer: Note("no answer, forward to %", number)
    case .unavailable: Note("not registered, forward to %", number)
    case .deflection: Note("the telephone forwards to %", number)
    }
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    let (kind, number): (Action, Digits) =
      switch state {
      case .none: (.clear, Digits())
      case .all(let number): (.all, number)
      case .busy(let number): (.busy, number)
      case .noAnswer(let number): (.noAnswer, number)
      case .busyOrNoAnswer(let number): (.busyOrNoAnswer, number)
      }
    fact.put(UInt64(kind.rawValue))
    fact.put(number)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet().flatMap({ Action(rawValue: Int($0)) }), let number = fact.digits() else {
      return nil
    }
    return switch kind {
    case .clear: State.none
    case .all: .all(number)
    case .busy: .busy(number)
    case .noAnswer: .noAnswer(number)
    case .busyOrNoAnswer: .busyOrNoAnswer(number)
    }
  }

  public static var samples: Samples<State, Event> {
    let settings: [State] = [.all("2002"), .busy("2002"), .noAnswer("2002"), .busyOrNoAnswer("2002")]
    return Samples(
      states: [.none] + settings,
      events: [.cleared] + settings.map { .set($0) } + [
        .setBarred("9"), .called, .foundBusy, .unanswered, .unreachable("2002"), .unreachable(nil), .notKept,
      ])
  }
}
