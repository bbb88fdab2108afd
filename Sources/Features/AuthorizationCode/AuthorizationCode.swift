public import Kernel

/// Lets a person call outside from any telephone: with a code of one's own that pays for that call.
/// TRK-4; manual, "Auth code dialling". Table: `strowger module describe AuthorizationCode`.
///
/// One machine for each station that dials, so that guessing is counted where it happens. The host knows the codes; this machine
/// never keeps one.
public enum AuthorizationCode: Feature {
  public enum State: MachineState {
    case ready(failures: UInt8)
    /// The host looks up whose code it is; then `rest` is called.
    case checking(LegID, rest: Digits, failures: UInt8)
    /// Too many wrong codes: none is looked up for a time.
    case barred

    public var name: StaticString {
      switch self {
      case .ready: "ready"
      case .checking: "checking"
      case .barred: "barred"
      }
    }
  }

  public enum Event: MachineEvent {
    case dialled(LegID, code: Digits, rest: Digits)
    /// Too short, or no outside number behind the code.
    case malformed
    case valid, invalid
    /// Whoever dialled has hung up.
    case left
    case barOver, tookTooLong
    case restarted

    public var name: StaticString {
      switch self {
      case .dialled: "dialled"
      case .malformed: "malformed"
      case .valid: "valid"
      case .invalid: "invalid"
      case .left: "left"
      case .barOver: "bar over"
      case .tookTooLong: "took too long"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.ready(failures: 0)

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .ready(let failures):
      switch event {
      case .dialled(let leg, let code, let rest):
        orders.own()
        orders.verify(code, for: leg)
        orders.arm(Timer.check, after: .seconds(5))
        return .go(.checking(leg, rest: rest, failures: failures))
      case .malformed:
        return .refuse(.temporarilyUnavailable, Note("no authorisation code with an outside number behind it"))
      case .barOver: return .go(.ready(failures: 0))
      case .restarted:
        // What was being checked is over; wrong codes are forgotten in their time.
        return self.remember(failures, context, &orders)
      case .valid, .invalid, .left, .tookTooLong: return .ignore("no code is being checked")
      }
    case .checking(let leg, let rest, let failures):
      switch event {
      case .valid:
        orders.proceed(leg, as: rest, dialled: world.leg(leg).flatMap { world.call($0.call)?.dialled } ?? rest)
        return .go(.ready(failures: 0))
      case .invalid:
        orders.finish(leg, .forbidden, Note("authorisation code not valid"), .refused)
        return self.count(failures &+ 1, context, &orders)
      case .tookTooLong:
        orders.finish(leg, .temporarilyUnavailable, Note("the authorisation code could not be checked"), .refused)
        return self.remember(failures, context, &orders)
      case .left, .restarted: return self.remember(failures, context, &orders)
      case .dialled, .malformed: return .refuse(.temporarilyUnavailable, Note("another code is being checked"))
      case .barOver: return .ignore("a code is being checked")
      }
    case .barred:
      switch event {
      case .dialled, .malformed: return .refuse(.forbidden, Note("too many wrong codes, barred for a time"))
      case .barOver: return .go(.ready(failures: 0))
      case .valid, .invalid, .left, .tookTooLong, .restarted: return .ignore("no code is being checked")
      }
    }
  }

  private static func count(_ failures: UInt8, _ context: Context, _ orders: inout Orders) -> Step<State> {
    guard Int(failures) >= context.options.integer(Option.maximumFailures) else {
      return self.remember(failures, context, &orders)
    }
    orders.arm(Timer.bar, after: context.options.time(Option.barTime))
    return .go(.barred)
  }

  /// Wrong codes are forgotten after the time that a bar lasts.
  private static func remember(_ failures: UInt8, _ context: Context, _ orders: inout Orders) -> Step<State> {
    if failures > 0 { orders.arm(Timer.bar, after: context.options.time(Option.barTime)) }
    return .go(.ready(failures: failures))
  }
}
