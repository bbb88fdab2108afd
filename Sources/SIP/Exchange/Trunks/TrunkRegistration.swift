import Kernel

/// Our registration with a carrier (RFC 3261 §10.2; TRK-1): refreshed at half of what was granted, tried again after 30 s and
/// more and more up to 10 min where it fails. Challenges are answered below this machine; it hears what came of the request.
enum TrunkRegistration {
  /// What the next REGISTER asks for, and how often it has failed in a row.
  struct Attempt: Sendable, Equatable {
    /// Seconds.
    var asked: UInt32 = 3600
    var failures = 0

    var failed: Attempt { Attempt(asked: self.asked, failures: min(self.failures + 1, 16)) }
    var anew: Attempt { Attempt(asked: self.asked) }
  }

  enum State: Sendable, Equatable {
    /// None is wanted, or nothing is known to register with.
    case idle
    /// The first REGISTER, or one after all was lost, is out.
    case registering(Attempt)
    /// Refused or unanswered; until the next try.
    case waiting(Attempt)
    /// Until half of it is over.
    case registered(until: Instant, Attempt)
    /// The REGISTER that renews it is out.
    case refreshing(until: Instant, Attempt)
    /// Renewing it has failed; it still holds until then.
    case retrying(until: Instant, Attempt)
    /// REGISTER with an expiry of 0 is out.
    case leaving
  }

  enum Event: Sendable, Equatable {
    case started
    /// The state's own time is over.
    case timer
    /// 200, for so many seconds.
    case granted(UInt32)
    /// 423 with its Min-Expires.
    case tooBrief(UInt32)
    /// Any other refusal, or none at all; with its Retry-After in seconds, else 0.
    case refused(retryAfter: UInt32)
    case stopped
  }

  enum Step: Sendable {
    /// Leaves the state with its time. `asks`: send a REGISTER for so many seconds.
    case go(State, asks: UInt32?, wake: Interval?)
    case ignore(StaticString)
    case unreachable(StaticString)
  }

  /// More than a day is asked of nobody.
  static let mostAsked: UInt32 = 86_400
  static let longestWait = Interval.seconds(600)
  /// For the answer to the last REGISTER.
  static let farewell = Interval.seconds(5)

  static func isRegistered(_ state: State) -> Bool { self.until(state) != nil }

  static func until(_ state: State) -> Instant? {
    switch state {
    case .registered(let until, _), .refreshing(let until, _), .retrying(let until, _): until
    case .idle, .registering, .waiting, .leaving: nil
    }
  }

  static func step(_ state: State, _ event: Event, at now: Instant) -> Step {
    switch state {
    case .idle:
      switch event {
      case .started: self.register(Attempt())
      case .timer: .unreachable("nothing is waited for")
      case .granted, .tooBrief, .refused: .ignore("the answer to a REGISTER of before")
      case .stopped: .ignore("there is nothing to end")
      }
    case .registering(let attempt):
      switch event {
      case .started: .ignore("it is under way")
      case .timer: .unreachable("the transaction has the time")
      case .granted(let seconds): self.granted(seconds, attempt, at: now)
      case .tooBrief(let least): self.longer(attempt, least).map { self.register($0) } ?? self.wait(attempt.failed, 0)
      case .refused(let retryAfter): self.wait(attempt.failed, retryAfter)
      case .stopped: self.leave()
      }
    case .waiting(let attempt):
      switch event {
      case .started: .ignore("it is tried again soon")
      case .timer: self.register(attempt)
      case .granted, .tooBrief, .refused: .ignore("the late answer to an earlier REGISTER")
      case .stopped: .go(.idle, asks: nil, wake: nil)
      }
    case .registered(let until, let attempt):
      switch event {
      case .started: .ignore("it is registered")
      case .timer: .go(.refreshing(until: until, attempt), asks: attempt.asked, wake: until - now)
      case .granted, .tooBrief, .refused: .ignore("the late answer to an earlier REGISTER")
      case .stopped: self.leave()
      }
    case .refreshing(let until, let attempt):
      switch event {
      case .started: .ignore("it is registered")
      // Lost while its renewal is still out.
      case .timer: .go(.registering(attempt.anew), asks: nil, wake: nil)
      case .granted(let seconds): self.granted(seconds, attempt, at: now)
      case .tooBrief(let least):
        if let longer = self.longer(attempt, least) {
          .go(.refreshing(until: until, longer), asks: longer.asked, wake: until - now)
        } else {
          self.hold(until, attempt.failed, 0, at: now)
        }
      case .refused(let retryAfter): self.hold(until, attempt.failed, retryAfter, at: now)
      case .stopped: self.leave()
      }
    case .retrying(let until, let attempt):
      switch event {
      case .started: .ignore("it is registered")
      case .timer where now >= until: self.register(attempt)
      case .timer: .go(.refreshing(until: until, attempt), asks: attempt.asked, wake: until - now)
      case .granted, .tooBrief, .refused: .ignore("the late answer to an earlier REGISTER")
      case .stopped: self.leave()
      }
    case .leaving:
      switch event {
      case .started: self.register(Attempt())
      case .timer, .granted, .tooBrief, .refused: .go(.idle, asks: nil, wake: nil)
      case .stopped: .ignore("it is being ended")
      }
    }
  }

  private static func register(_ attempt: Attempt) -> Step { .go(.registering(attempt), asks: attempt.asked, wake: nil) }

  private static func leave() -> Step { .go(.leaving, asks: 0, wake: Self.farewell) }

  private static func granted(_ seconds: UInt32, _ attempt: Attempt, at now: Instant) -> Step {
    guard seconds > 0 else { return self.wait(attempt.failed, 0) }
    let held = Interval.seconds(Int64(min(seconds, Self.mostAsked)))
    return .go(
      .registered(until: now + held, attempt.anew), asks: nil, wake: max(.seconds(1), Interval(nanoseconds: held.nanoseconds / 2))
    )
  }

  /// What it wants, to be asked for at once; nil where that is what it had, or more than a day.
  private static func longer(_ attempt: Attempt, _ least: UInt32) -> Attempt? {
    guard least > attempt.asked, least <= Self.mostAsked else { return nil }
    return Attempt(asked: least, failures: attempt.failures)
  }

  /// It could not be renewed and is still good for a while.
  private static func hold(_ until: Instant, _ attempt: Attempt, _ retryAfter: UInt32, at now: Instant) -> Step {
    .go(.retrying(until: until, attempt), asks: nil, wake: min(self.pause(attempt, retryAfter), until - now))
  }

  private static func wait(_ attempt: Attempt, _ retryAfter: UInt32) -> Step {
    .go(.waiting(attempt), asks: nil, wake: self.pause(attempt, retryAfter))
  }

  /// 30 s, 60 s, 120 s … 10 min, or what the carrier wants, if that is more.
  static func pause(_ attempt: Attempt, _ retryAfter: UInt32) -> Interval {
    let doubled = Interval.seconds(30 << Int64(min(max(attempt.failures, 1) - 1, 10)))
    return min(max(doubled, .seconds(Int64(retryAfter))), Self.longestWait)
  }
}
