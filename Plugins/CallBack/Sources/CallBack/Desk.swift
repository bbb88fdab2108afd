import Kernel

/// What the rows of the table do, by the plan's options and by who is in a call now.
struct Desk {
  let options: OptionValues
  let now: Instant
  let world: World

  func set(_ target: StationNumber, by caller: StationNumber, _ orders: inout Orders) -> Step<CallBack.State> {
    orders.done(Note("call-back to % set", target.digits))
    let until = self.now + self.options.time(CallBack.Option.expires)
    return self.wait(CallBack.Wish(caller: caller, target: target, until: until, tries: 0), &orders)
  }

  func refuse(_ digits: Digits) -> Step<CallBack.State> {
    .refuse(.temporarilyUnavailable, Note("% is no station to be called back", digits))
  }

  func cancel(_ orders: inout Orders) -> Step<CallBack.State> {
    orders.done(Note("call-back cancelled"))
    return .go(.idle)
  }

  /// Begins to wait, or waits on for the rest of the time.
  func wait(_ wish: CallBack.Wish, _ orders: inout Orders) -> Step<CallBack.State> {
    guard wish.until > self.now else { return .go(.idle) }
    orders.arm(CallBack.Timer.expiry, after: wish.until - self.now)
    orders.arm(CallBack.Timer.look, after: self.options.time(CallBack.Option.interval))
    self.observe(wish, &orders)
    return .go(.waiting(wish))
  }

  /// A call of theirs is over, or it was time to look. When both have been free for a moment the caller is rung.
  func look(for wish: CallBack.Wish, _ orders: inout Orders) -> Step<CallBack.State> {
    orders.arm(
      CallBack.Timer.look, after: self.options.time(self.isFree(wish) ? CallBack.Option.pause : CallBack.Option.interval))
    self.observe(wish, &orders)
    return .stay(.waiting(wish))
  }

  /// Waits for the end of the calls that either has now. A telephone may say busy by itself, and its end is not seen: it is tried again
  /// after a while.
  private func observe(_ wish: CallBack.Wish, _ orders: inout Orders) {
    for station in [wish.target, wish.caller] { self.world.forEachLeg(of: station) { leg, _ in orders.watch(leg) } }
  }

  /// Both could talk. A telephone that is away is waited for.
  func isFree(_ wish: CallBack.Wish) -> Bool { !self.isBusy(wish.target) && !self.isBusy(wish.caller) }

  private func isBusy(_ station: StationNumber) -> Bool { self.world.station(station)?.isBusy ?? false }

  /// The caller is shown whom it will talk to.
  func ring(_ wish: CallBack.Wish, _ orders: inout Orders) -> Step<CallBack.State> {
    guard Int(wish.tries) < self.options.integer(CallBack.Option.attempts) else { return .go(.idle) }
    var next = wish
    next.tries &+= 1
    orders.summon(wish.caller, calling: wish.target.digits, hearing: .tone(.ringback))
    orders.arm(CallBack.Timer.ring, after: self.options.time(CallBack.Option.ring))
    return .go(.ringing(next))
  }

  /// The caller has heard that nothing has come of it.
  func afterwards(_ wish: CallBack.Wish, _ mayTryAgain: Bool, _ orders: inout Orders) -> Step<CallBack.State> {
    guard mayTryAgain, Int(wish.tries) < self.options.integer(CallBack.Option.attempts) else { return .go(.idle) }
    return self.wait(wish, &orders)
  }
}
