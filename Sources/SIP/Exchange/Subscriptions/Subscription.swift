import Kernel

typealias SubscriptionID = Handle<Subscription>

/// One telephone's wish to know the state of something: the notifier's end of a SUBSCRIBE dialog (RFC 6665 §4.2).
struct Subscription: Sendable {
  let package: EventPackage
  let resource: Resource
  /// Who watches: a station and the binding it subscribed from.
  let station: StationNumber
  var device: Int64
  var names: DialogNames
  /// The `id` parameter of Event, which every NOTIFY repeats; empty without.
  let eventID: [UInt8]
  /// What its last SUBSCRIBE came by, and its NOTIFYs leave by.
  var flow: Flow
  /// CSeq of its last SUBSCRIBE.
  var remoteCSeq: UInt32
  /// How many NOTIFYs were made: CSeq of the last one and version of its document. Rises over restarts, too.
  var notified: UInt32 = 0
  /// Up to which number the store knows of; an earlier process may have used all of them.
  var reserved: UInt32 = 0
  /// Wall time.
  var expires: Instant
  /// Row of the store; 0 for what is not kept.
  var row: Int64
  var state = SubscriptionMachine.State.opening
  /// What the last NOTIFY said; nil before the first of this process.
  var told: Content?
  var expiry = TimerHandle.none
  /// The state's own timer.
  var timer = TimerHandle.none

  /// So many NOTIFYs are made between two writes of a subscription.
  static let block: UInt32 = 256
}

/// How a subscription goes on. It says what to do and does nothing.
enum SubscriptionMachine {
  enum State: Sendable, Equatable {
    /// The 200 to its SUBSCRIBE waits for the store.
    case opening
    /// Taken over from an earlier process; whether the telephone has been told the last state is not known.
    case recovered
    /// It knows what there is to know.
    case settled
    /// A NOTIFY waits for its answer; so many before it had none.
    case telling(failures: UInt8)
    /// As `telling`, and there is more to tell: the newest state follows the answer, what lay between is left out.
    case behind(failures: UInt8)
    /// The last NOTIFYs were not answered, or answered with "not now".
    case backingOff(failures: UInt8)
    /// A NOTIFY waits for its answer; then comes the last one.
    case ending(SubscriptionEnd)
    /// The last NOTIFY waits for its answer.
    case parting
  }

  enum Event: Sendable, Equatable {
    /// A SUBSCRIBE, first or repeated, has had its 200.
    case subscribed
    /// What is watched differs from what was told.
    case changed
    /// 2xx to the NOTIFY.
    case answered
    /// 408 and its like: the telephone does not answer, or not now. It may say when.
    case deferred(after: Interval?)
    /// 481 and whatever else says that there is no such subscription.
    case refused
    /// The state's own timer.
    case timer
    /// It is over: not refreshed, given up, not allowed any more.
    case ended(SubscriptionEnd)
  }

  enum Order: Sendable, Equatable {
    case none
    /// Send the whole state.
    case tell
    /// Send it for the last time.
    case part(SubscriptionEnd)
    /// Arm the state's timer.
    case wait(Interval)
  }

  enum Step: Sendable {
    case go(State, Order)
    case ignore(StaticString)
    /// Nothing is left of it.
    case end
    case unreachable(StaticString)
  }

  /// First wait after a NOTIFY without answer; each further one doubles it.
  static let patience = Interval.seconds(10)
  static let longestPatience = Interval.seconds(320)

  static func step(_ state: State, _ event: Event) -> Step {
    switch state {
    case .opening:
      switch event {
      case .subscribed: .go(.telling(failures: 0), .tell)
      case .changed: .ignore("the first NOTIFY tells all")
      case .ended(let reason): .go(.parting, .part(reason))
      case .answered, .deferred, .refused, .timer: .unreachable("nothing was sent and nothing armed")
      }
    case .recovered:
      switch event {
      case .subscribed, .changed, .timer: .go(.telling(failures: 0), .tell)
      case .ended(let reason): .go(.parting, .part(reason))
      case .answered, .deferred, .refused: .unreachable("nothing was sent")
      }
    case .settled:
      switch event {
      case .subscribed, .changed: .go(.telling(failures: 0), .tell)
      case .ended(let reason): .go(.parting, .part(reason))
      case .answered, .deferred, .refused, .timer: .unreachable("nothing is under way and nothing armed")
      }
    case .telling(let failures):
      switch event {
      case .subscribed, .changed: .go(.behind(failures: failures), .none)
      case .answered: .go(.settled, .none)
      case .deferred(let after): Self.backOff(failures, after)
      case .refused: .end
      case .ended(let reason): .go(.ending(reason), .none)
      case .timer: .unreachable("nothing is armed")
      }
    case .behind(let failures):
      switch event {
      case .subscribed, .changed: .ignore("the newest state is told anyway")
      case .answered: .go(.telling(failures: 0), .tell)
      case .deferred(let after): Self.backOff(failures, after)
      case .refused: .end
      case .ended(let reason): .go(.ending(reason), .none)
      case .timer: .unreachable("nothing is armed")
      }
    case .backingOff(let failures):
      switch event {
      case .subscribed: .go(.telling(failures: 0), .tell)
      case .changed: .ignore("told when the wait is over")
      case .timer: .go(.telling(failures: failures), .tell)
      case .ended(let reason): .go(.parting, .part(reason))
      case .answered, .deferred, .refused: .unreachable("nothing is under way")
      }
    case .ending(let reason):
      switch event {
      case .answered, .deferred: .go(.parting, .part(reason))
      case .refused: .end
      case .subscribed, .changed: .ignore("the last NOTIFY tells all")
      case .ended: .ignore("the first reason stands")
      case .timer: .unreachable("nothing is armed")
      }
    case .parting:
      switch event {
      case .answered, .deferred, .refused: .end
      case .subscribed, .changed, .ended: .ignore("it is over")
      case .timer: .unreachable("nothing is armed")
      }
    }
  }

  /// Kept until it expires all the same: a telephone that restarts, or a network that is gone for a minute, shall not cost a lamp.
  /// (RFC 6665 §4.2.2 says SHOULD remove at a timeout; users of other exchanges lost their lamps by it.)
  private static func backOff(_ failures: UInt8, _ after: Interval?) -> Step {
    let doubled = Self.patience.nanoseconds << Int64(min(failures, 5))
    let wait = min(after ?? Interval(nanoseconds: doubled), Self.longestPatience)
    return .go(.backingOff(failures: min(failures, 250) + 1), .wait(wait))
  }
}

/// Why a subscription ends, as Subscription-State says it (RFC 6665 §4.1.3).
enum SubscriptionEnd: UInt8, Sendable, CaseIterable {
  /// It expired, or the telephone gave it up or only asked once.
  case timeout
  /// The telephone is not registered any more, and only registered ones may watch. Not `rejected`, after which it should never
  /// come back, nor `deactivated`, after which it should come back at once and would be refused: it may come back later.
  case probation
  /// The station may not watch any more.
  case rejected
  /// What was watched is no more.
  case noResource

  var text: StaticString {
    switch self {
    case .timeout: "terminated;reason=timeout"
    case .probation: "terminated;reason=probation;retry-after=10"
    case .rejected: "terminated;reason=rejected"
    case .noResource: "terminated;reason=noresource"
    }
  }
}
