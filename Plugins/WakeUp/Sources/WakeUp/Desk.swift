import Kernel

/// What the rows of the table do, by the plan's options.
struct Desk {
  let options: OptionValues
  /// The clock on the wall.
  let now: Instant

  func set(_ time: TimeOfDay?, _ station: StationNumber, _ orders: inout Orders) -> Step<WakeUp.State> {
    guard let time else { return .refuse(.temporarilyUnavailable, Note("no such time: hours and minutes are dialled as 0630")) }
    orders.done(Note("wake-up call at %", time.digits))
    return self.wait(WakeUp.Wake(station: station, time: time, due: self.now + time.next(after: self.now), tries: 0), &orders)
  }

  func cancel(_ orders: inout Orders) -> Step<WakeUp.State> {
    orders.done(Note("wake-up call cancelled"))
    return .go(.none)
  }

  func tell(_ wake: WakeUp.Wake, _ state: WakeUp.State, _ orders: inout Orders) -> Step<WakeUp.State> {
    orders.done(Note("wake-up call at %", wake.time.digits))
    return .stay(state)
  }

  /// No longer than an hour at a time: the clocks may be put forward or back meanwhile.
  func wait(_ wake: WakeUp.Wake, _ orders: inout Orders) -> Step<WakeUp.State> {
    orders.arm(WakeUp.Timer.wake, after: min(wake.due - self.now, .seconds(3600)))
    return .go(.set(wake))
  }

  /// It is shown its own number: nobody else calls.
  func ring(_ wake: WakeUp.Wake, _ orders: inout Orders) -> Step<WakeUp.State> {
    orders.summon(
      wake.station, calling: wake.station.digits,
      hearing: self.options.integer(WakeUp.Option.hears) == 0 ? .music : .tone(.confirmation))
    orders.arm(WakeUp.Timer.ring, after: self.options.time(WakeUp.Option.ring))
    return .go(.ringing(wake))
  }

  /// Nobody has answered: once more, until it has been tried often enough.
  func again(_ wake: WakeUp.Wake, _ orders: inout Orders) -> Step<WakeUp.State> {
    var next = wake
    next.tries &+= 1
    guard Int(next.tries) <= self.options.integer(WakeUp.Option.repeats) else { return .go(.none) }
    next.due = self.now + self.options.time(WakeUp.Option.interval)
    return self.wait(next, &orders)
  }
}
