import Kernel
import Testing

@testable import SIP

@Suite("Subscription machine")
struct SubscriptionMachineTests {
  typealias Machine = SubscriptionMachine

  static let states: [Machine.State] = [
    .opening, .recovered, .settled, .telling(failures: 0), .telling(failures: 3), .behind(failures: 0), .backingOff(failures: 1),
    .ending(.timeout), .parting,
  ]
  static let events: [Machine.Event] = [
    .subscribed, .changed, .answered, .deferred(after: nil), .deferred(after: .seconds(7)), .refused, .timer, .ended(.timeout),
  ]

  /// Whether our NOTIFY waits for an answer.
  private static func hasNotify(_ state: Machine.State) -> Bool {
    switch state {
    case .telling, .behind, .ending, .parting: true
    case .opening, .recovered, .settled, .backingOff: false
    }
  }

  private static func hasTimer(_ state: Machine.State) -> Bool {
    switch state {
    case .recovered, .backingOff: true
    case .opening, .settled, .telling, .behind, .ending, .parting: false
    }
  }

  @Test("RFC 6665: in every state every event has its row; answers come only to what was sent, timers only where armed")
  func total() {
    for state in Self.states {
      for event in Self.events {
        let isAnswer = [.answered, .deferred(after: nil), .deferred(after: .seconds(7)), .refused].contains(event)
        let isPossible = isAnswer ? Self.hasNotify(state) : event == .timer ? Self.hasTimer(state) : true
        if case .unreachable(let why) = Machine.step(state, event) {
          #expect(!isPossible, "\(state) \(event): \(why)")
        } else {
          #expect(isPossible, "\(state) \(event)")
        }
      }
    }
  }

  @Test("RFC 6665: never two NOTIFYs at once, and none is sent that nobody waits for")
  func oneAtATime() {
    for state in Self.states {
      for event in Self.events {
        guard case .go(let next, let order) = Machine.step(state, event) else { continue }
        let isAnswer = [.answered, .deferred(after: nil), .deferred(after: .seconds(7))].contains(event)
        let waits = Self.hasNotify(state) && !isAnswer
        switch order {
        case .tell, .part: #expect(!waits && Self.hasNotify(next), "\(state) \(event)")
        case .none, .wait: #expect(waits == Self.hasNotify(next), "\(state) \(event)")
        }
        if case .wait = order { #expect(Self.hasTimer(next)) }
      }
    }
  }

  @Test("RFC 6665: from every state there is a way to the end, and each state is reached")
  func reached() {
    var reached: [Machine.State] = [.opening, .recovered]
    var ends = 0
    for state in reached + Self.states {
      for event in Self.events {
        switch Machine.step(state, event) {
        case .go(let next, _): if !reached.contains(next) { reached.append(next) }
        case .end: ends += 1
        case .ignore, .unreachable: break
        }
      }
    }
    for state in Self.states where state != .telling(failures: 3) { #expect(reached.contains(state), "\(state)") }
    #expect(ends >= 4)
  }

  @Test("INTEROP 10: who does not answer is asked at longer and longer intervals, at most 320 s, and heard when it says when")
  func waits() {
    var state = Machine.State.telling(failures: 0)
    var waits: [Int64] = []
    for _ in 0..<8 {
      guard case .go(let next, .wait(let wait)) = Machine.step(state, .deferred(after: nil)) else { break }
      waits.append(wait.milliseconds / 1000)
      guard case .go(let again, .tell) = Machine.step(next, .timer) else { break }
      state = again
    }
    #expect(waits == [10, 20, 40, 80, 160, 320, 320, 320])
    guard case .go(_, .wait(let told)) = Machine.step(state, .deferred(after: .seconds(7))) else { return #expect(Bool(false)) }
    #expect(told == .seconds(7))
    guard case .go(_, .wait(let long)) = Machine.step(state, .deferred(after: .seconds(86_400))) else {
      return #expect(Bool(false))
    }
    #expect(long == .seconds(320))
  }
}
