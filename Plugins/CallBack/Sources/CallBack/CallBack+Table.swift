public import Kernel

/// The transition table: every state × event has a row.
extension CallBack {
  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let desk = Desk(options: context.options, now: context.now, world: world)
    switch state {
    case .idle: return self.idle(nil, event, desk, &orders)
    case .knows(let last): return self.idle(last, event, desk, &orders)
    case .waiting(let wish): return self.waiting(wish, event, desk, &orders)
    case .ringing(let wish): return self.ringing(wish, event, desk, &orders)
    case .calling(let wish, let leg): return self.calling(wish, leg, event, desk, &orders)
    case .telling(let wish, let leg, let mayTryAgain): return self.telling(wish, leg, mayTryAgain, event, desk, &orders)
    }
  }

  private static func idle(_ last: StationNumber?, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    let state: State = last.map { .knows($0) } ?? .idle
    switch event {
    case .foundBusy(let station): return .go(.knows(station))
    case .wanted(let target, let caller): return desk.set(target, by: caller, &orders)
    case .wantedLast(let caller):
      guard let last else { return .refuse(.temporarilyUnavailable, Note("there is nobody to call back")) }
      return desk.set(last, by: caller, &orders)
    case .noStation(let digits): return desk.refuse(digits)
    case .cancelled: return .refuse(.temporarilyUnavailable, Note("there is no call-back"))
    case .answered(let leg):
      orders.release(leg, .normal)
      return .stay(state)
    case .mayBeFree, .notCalled, .declined, .left, .connected, .dialFailed: return .ignore("the call-back has been given up")
    case .restarted: return .ignore("nothing is to be done")
    case .lookAgain, .expired, .ringingIsOver, .tellingIsOver: return .unreachable("no timer runs")
    }
  }

  private static func waiting(_ wish: Wish, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .foundBusy: return .ignore("it waits for one station at a time")
    case .wanted(let target, let caller): return desk.set(target, by: caller, &orders)
    case .wantedLast(let caller): return desk.set(wish.target, by: caller, &orders)
    case .noStation(let digits): return desk.refuse(digits)
    case .cancelled: return desk.cancel(&orders)
    case .mayBeFree, .left, .declined: return desk.look(for: wish, &orders)
    case .lookAgain: return desk.isFree(wish) ? desk.ring(wish, &orders) : desk.look(for: wish, &orders)
    case .expired: return .go(.idle)
    case .answered(let leg):
      orders.release(leg, .normal)
      return .stay(.waiting(wish))
    case .notCalled, .connected, .dialFailed: return .ignore("what was called has been given up")
    case .restarted: return desk.look(for: wish, &orders)
    case .ringingIsOver, .tellingIsOver: return .unreachable("nobody is called")
    }
  }

  private static func ringing(_ wish: Wish, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .foundBusy: return .ignore("it waits for one station at a time")
    case .wanted(let target, let caller): return desk.set(target, by: caller, &orders)
    case .wantedLast(let caller): return desk.set(wish.target, by: caller, &orders)
    case .noStation(let digits): return desk.refuse(digits)
    case .cancelled: return desk.cancel(&orders)
    case .answered(let leg):
      orders.watch(leg)
      orders.dial(wish.target.digits, for: leg, payer: wish.caller.digits)
      return .go(.calling(wish, leg))
    case .notCalled, .restarted: return desk.wait(wish, &orders)
    case .declined(isLast: false): return .stay(.ringing(wish))
    case .declined(isLast: true), .ringingIsOver: return .go(.idle)
    case .mayBeFree, .left, .connected, .dialFailed: return .ignore("the caller has not answered")
    case .lookAgain, .expired, .tellingIsOver: return .unreachable("it rings")
    }
  }

  private static func calling(
    _ wish: Wish, _ leg: LegID, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .foundBusy: return .ignore("that is told by what comes of the call")
    case .wanted, .wantedLast, .cancelled: return .refuse(.temporarilyUnavailable, Note("the call-back is under way"))
    case .noStation(let digits): return desk.refuse(digits)
    case .connected:
      orders.unwatch(leg)
      return .go(.idle)
    case .dialFailed(let status):
      orders.own(leg)
      orders.hear(leg, .tone(.busy))
      orders.arm(Timer.telling, after: desk.options.time(Option.telling))
      return .go(.telling(wish, leg, mayTryAgain: status == .busyHere))
    case .left(let other): return other == leg ? .go(.idle) : .stay(.calling(wish, leg))
    case .answered(let other):
      orders.release(other, .answeredElsewhere)
      return .stay(.calling(wish, leg))
    case .restarted: return .go(.idle)
    case .mayBeFree, .notCalled, .declined: return .ignore("the caller has answered")
    case .lookAgain, .expired, .ringingIsOver, .tellingIsOver: return .unreachable("the station is called")
    }
  }

  private static func telling(
    _ wish: Wish, _ leg: LegID, _ mayTryAgain: Bool, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .tellingIsOver:
      orders.release(leg, .busy)
      return desk.afterwards(wish, mayTryAgain, &orders)
    case .left(let other) where other != leg: return .stay(.telling(wish, leg, mayTryAgain: mayTryAgain))
    case .left: return desk.afterwards(wish, mayTryAgain, &orders)
    case .wanted(let target, let caller):
      orders.release(leg, .normal)
      return desk.set(target, by: caller, &orders)
    case .wantedLast(let caller):
      orders.release(leg, .normal)
      return desk.set(wish.target, by: caller, &orders)
    case .noStation(let digits): return desk.refuse(digits)
    case .cancelled:
      orders.release(leg, .normal)
      return desk.cancel(&orders)
    case .answered(let other):
      orders.release(other, .answeredElsewhere)
      return .stay(.telling(wish, leg, mayTryAgain: mayTryAgain))
    case .restarted: return .stay(.telling(wish, leg, mayTryAgain: mayTryAgain))
    case .foundBusy, .mayBeFree, .notCalled, .declined, .connected, .dialFailed: return .ignore("the caller is being told")
    case .lookAgain, .expired, .ringingIsOver: return .unreachable("the caller is being told")
    }
  }
}
