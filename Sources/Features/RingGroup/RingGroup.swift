public import Kernel

/// One number that rings several telephones: all at once, one after the other, or one after the other from a start that moves on
/// with each call. GRP-1 to GRP-3. Table: `strowger module describe RingGroup`.
///
/// One machine for each call to a group, and one for the number of each distributed group, which knows whose turn it is. Who is
/// busy or away is passed over; do not disturb says so by itself when it is asked (GRP-2). The caller is whoever began the call
/// that the machine belongs to: someone else may take his place.
public enum RingGroup: Feature {
  public enum State: MachineState {
    case none
    /// Of a distributed group's number: the member with whom the next call begins, unless that is the first.
    case turn(UInt8)
    /// `next`: the first member who has not been looked at; `called`: how many have been called.
    case ringing(next: UInt8, called: UInt8)
    /// One member rings; `tried`: how many have been looked at, from `start` on. `until`: the group's time.
    case hunting(start: UInt8, tried: UInt8, until: Instant)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .turn: "turn"
      case .ringing: "ringing"
      case .hunting: "hunting"
      }
    }
  }

  public enum Event: MachineEvent {
    /// A distributed group is called.
    case turnAsked(Roll)
    case called(Roll, start: Int)
    case batchDue(Roll)
    case memberOver(Roll)
    /// A member who seemed to be free is not: it does not want to be disturbed. `alone`: nobody rings any more.
    case memberPassedOver(Roll, alone: Bool)
    /// A telephone of a member will not be answered.
    case memberFailed(Roll, alone: Bool)
    case memberAnswered(LegID)
    case timeIsOver(Roll)
    case left
    case restarted

    public var name: StaticString {
      switch self {
      case .turnAsked: "turn asked"
      case .called: "called"
      case .batchDue: "batch due"
      case .memberOver: "member over"
      case .memberPassedOver: "member passed over"
      case .memberFailed(_, alone: false): "one telephone failed"
      case .memberFailed(_, alone: true): "member failed"
      case .memberAnswered: "member answered"
      case .timeIsOver: "time is over"
      case .left: "left"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.none

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let desk = Desk(call: context.machine.ofCall, now: context.now, options: context.options, world: world)
    switch state {
    case .none:
      switch event {
      case .turnAsked(let roll): return self.handOver(0, roll, &orders)
      case .called(let roll, let start): return desk.begin(roll, start, &orders)
      case .batchDue, .memberOver, .memberPassedOver, .memberFailed, .memberAnswered, .timeIsOver, .left, .restarted:
        return .ignore("no group is called")
      }
    case .turn(let member):
      switch event {
      case .turnAsked(let roll): return self.handOver(Int(member), roll, &orders)
      case .called, .batchDue, .memberOver, .memberPassedOver, .memberFailed, .memberAnswered, .timeIsOver, .left, .restarted:
        return .ignore("this machine only knows whose turn it is")
      }
    case .ringing(let next, let called):
      switch event {
      case .batchDue(let roll): return desk.ring(roll, next, called, &orders)
      case .memberPassedOver(let roll, let alone): return desk.passOver(roll, next, called, alone, &orders)
      case .memberFailed(let roll, alone: true) where !desk.hasMore(roll, next, called):
        return desk.giveUp(roll, .userBusy, &orders)
      case .memberFailed: return .stay(state)
      case .memberAnswered(let leg): return desk.connect(leg, &orders)
      case .timeIsOver(let roll): return desk.giveUp(roll, .noAnswer, &orders)
      case .left, .restarted: return .go(.none)
      case .turnAsked, .called, .memberOver: return .ignore("the members ring already")
      }
    case .hunting(let start, let tried, let until):
      switch event {
      case .memberFailed(let roll, alone: true), .memberPassedOver(let roll, _):
        return desk.hunt(roll, start, tried, until, .userBusy, &orders)
      case .memberOver(let roll): return desk.hunt(roll, start, tried, until, .noAnswer, &orders)
      case .memberFailed(_, alone: false): return .stay(state)
      case .memberAnswered(let leg): return desk.connect(leg, &orders)
      case .timeIsOver(let roll): return desk.giveUp(roll, .noAnswer, &orders)
      case .left, .restarted: return .go(.none)
      case .turnAsked, .called, .batchDue: return .ignore("a member rings already")
      }
    }
  }

  /// The next call begins with the member after the one this call begins with.
  private static func handOver(_ turn: Int, _ roll: Roll, _ orders: inout Orders) -> Step<State> {
    let start = turn < roll.members.count ? turn : 0
    orders.handOver(to: .call(roll.call), start)
    // The initial state is the first member's turn.
    return .go(start + 1 < roll.members.count ? .turn(UInt8(truncatingIfNeeded: start + 1)) : .none)
  }
}
