public import Kernel

/// Rings a telephone at the time its user has asked for, and again where nobody answers.
///
/// One machine belongs to each station; it keeps one wake-up call, which survives a restart of the exchange.
public enum WakeUp: Feature {
  public enum State: MachineState {
    case none
    /// Waits for the time, or for the next attempt.
    case set(Wake)
    case ringing(Wake)
    /// Somebody has answered, and hears it.
    case greeting(LegID)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .set: "set"
      case .ringing: "ringing"
      case .greeting: "greeting"
      }
    }

    public var summary: Note {
      switch self {
      case .set(let wake), .ringing(let wake): Note("wake-up call at %", wake.time.digits)
      case .none, .greeting: Note(self.name)
      }
    }
  }

  /// One wake-up call.
  public struct Wake: Equatable, Sendable, BitwiseCopyable {
    public var station: StationNumber
    public var time: TimeOfDay
    /// When it rings next, by the clock on the wall.
    public var due: Instant
    /// How often it has rung in vain.
    public var tries: UInt8
  }

  public enum Event: MachineEvent {
    /// The time that was dialled; nil where there is no such time.
    case wanted(TimeOfDay?, StationNumber)
    case cancelled, asked
    /// The timer has fired: it may be time, by the clock on the wall.
    case timeIsUp
    case answered(LegID)
    /// A telephone has refused, or none could be called.
    case failed(isLast: Bool)
    case ringingIsOver, greetingIsOver
    case left
    /// The exchange has started anew.
    case restarted

    public var name: StaticString {
      switch self {
      case .wanted(.some, _): "wanted"
      case .wanted(nil, _): "no time"
      case .cancelled: "cancelled"
      case .asked: "asked"
      case .timeIsUp: "time is up"
      case .answered: "answered"
      case .failed(true): "failed"
      case .failed(false): "one failed"
      case .ringingIsOver: "ringing is over"
      case .greetingIsOver: "greeting is over"
      case .left: "left"
      case .restarted: "restarted"
      }
    }
  }

  public static var initial: State { .none }

  /// The whole machine: every state × event has a row.
  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let desk = Desk(options: context.options, now: world.localTime)
    switch state {
    case .none: return self.none(event, desk, &orders)
    case .set(let wake): return self.set(wake, event, desk, &orders)
    case .ringing(let wake): return self.ringing(wake, event, desk, &orders)
    case .greeting(let leg): return self.greeting(leg, event, desk, in: world, &orders)
    }
  }

  private static func none(_ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .wanted(let time, let station): return desk.set(time, station, &orders)
    case .cancelled: return .refuse(.temporarilyUnavailable, Note("there is no wake-up call"))
    case .asked: return .refuse(.temporarilyUnavailable, Note("there is no wake-up call"))
    case .answered(let leg):
      orders.release(leg, .normal)
      return .stay(.none)
    case .failed, .left: return .ignore("what rang has been given up")
    case .restarted: return .ignore("nothing is to be done")
    case .timeIsUp, .ringingIsOver, .greetingIsOver: return .unreachable("no timer runs")
    }
  }

  private static func set(_ wake: Wake, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .wanted(let time, let station): return desk.set(time, station, &orders)
    case .cancelled: return desk.cancel(&orders)
    case .asked: return desk.tell(wake, .set(wake), &orders)
    case .timeIsUp:
      if desk.now < wake.due { return desk.wait(wake, &orders) }
      if desk.now - wake.due > self.longestDelay { return .go(.none) }
      return desk.ring(wake, &orders)
    case .answered(let leg):
      orders.release(leg, .normal)
      return .stay(.set(wake))
    case .failed, .left: return .ignore("what rang has been given up")
    case .restarted: return .stay(.set(wake))
    case .ringingIsOver, .greetingIsOver: return .unreachable("nothing rings")
    }
  }

  private static func ringing(_ wake: Wake, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .wanted(let time, let station): return desk.set(time, station, &orders)
    case .cancelled: return desk.cancel(&orders)
    case .asked: return desk.tell(wake, .ringing(wake), &orders)
    case .answered(let leg):
      orders.arm(Timer.greeting, after: desk.options.time(Option.greets))
      return .go(.greeting(leg))
    case .failed(isLast: false): return .stay(.ringing(wake))
    case .failed(isLast: true), .ringingIsOver, .restarted: return desk.again(wake, &orders)
    case .left: return .ignore("it has not answered")
    case .timeIsUp, .greetingIsOver: return .unreachable("it rings")
    }
  }

  private static func greeting(
    _ leg: LegID, _ event: Event, _ desk: Desk, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .wanted(let time, let station):
      if time != nil { orders.release(leg, .normal) }
      return desk.set(time, station, &orders)
    case .cancelled, .asked: return .refuse(.temporarilyUnavailable, Note("there is no wake-up call"))
    case .greetingIsOver:
      orders.release(leg, .normal)
      return .go(.none)
    case .left: return .go(.none)
    case .restarted: return world.leg(leg) == nil ? .go(.none) : .stay(.greeting(leg))
    case .answered(let other):
      orders.release(other, .answeredElsewhere)
      return .stay(.greeting(leg))
    case .failed: return .ignore("another telephone has answered")
    case .timeIsUp, .ringingIsOver: return .unreachable("it has been answered")
    }
  }

  /// A call that comes later than this is given up: the exchange stood still, and the one who sleeps is no longer asleep.
  static let longestDelay = Interval.seconds(1800)

  enum Timer {
    static let wake: UInt8 = 1
    static let ring: UInt8 = 2
    static let greeting: UInt8 = 3
  }
}
