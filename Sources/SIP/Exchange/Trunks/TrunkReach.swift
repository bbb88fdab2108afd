import Kernel

/// Whether a trunk answers: OPTIONS every 30 s (TRK-1). Three questions in a row without an answer, or with a 5xx, say that it
/// does not; one answer says that it does, whatever status it has.
enum TrunkReach {
  enum State: Sendable, Equatable {
    /// No address is known, so there is nobody to ask.
    case resting
    /// Until the next question.
    case waiting(misses: Int)
    /// OPTIONS is out.
    case asking(misses: Int)
  }

  enum Event: Sendable, Equatable, CaseIterable {
    /// There is an address to ask at.
    case started
    /// The state's own time is over.
    case timer
    /// An answer below 500, or from 600.
    case answered
    /// A 5xx, or no connection.
    case missed
    /// The address is gone.
    case stopped
  }

  enum Action: Sendable, Equatable { case ask, giveUp }

  /// What comes of an event. `go` leaves the state with its time; `ignore` and `unreachable` say why nothing happens.
  enum Step: Sendable {
    case go(State, [Action], wake: Interval?)
    case ignore(StaticString)
    case unreachable(StaticString)
  }

  /// From question to question.
  static let period = Interval.seconds(30)
  /// Longest wait for an answer.
  static let patience = Interval.seconds(10)
  /// From a missed answer to the next question.
  static let pause = Interval.seconds(20)
  /// So many in a row, and it is down.
  static let limit = 3

  static func isReachable(_ state: State) -> Bool {
    switch state {
    case .resting: false
    case .waiting(let misses), .asking(let misses): misses < Self.limit
    }
  }

  static func step(_ state: State, _ event: Event) -> Step {
    switch (state, event) {
    case (.resting, .started): .go(.waiting(misses: 0), [], wake: .milliseconds(100))
    case (.resting, .answered), (.resting, .missed): .ignore("the answer to a question to an address that is gone")
    case (.resting, .stopped): .ignore("it rests already")
    case (.resting, .timer): .unreachable("nothing is waited for")
    case (.waiting(let misses), .timer): .go(.asking(misses: misses), [.ask], wake: Self.patience)
    case (.waiting, .answered), (.waiting, .missed): .ignore("the late answer to an earlier question")
    case (.waiting, .started), (.asking, .started): .ignore("it is being asked already")
    case (.waiting, .stopped): .go(.resting, [], wake: nil)
    case (.asking, .answered): .go(.waiting(misses: 0), [], wake: Self.period)
    case (.asking(let misses), .missed):
      .go(.waiting(misses: min(misses + 1, Self.limit)), [], wake: Self.period)
    case (.asking(let misses), .timer):
      .go(.waiting(misses: min(misses + 1, Self.limit)), [.giveUp], wake: Self.pause)
    case (.asking, .stopped): .go(.resting, [.giveUp], wake: nil)
    }
  }
}
