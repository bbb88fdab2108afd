import Kernel
import Testing

@testable import SIP

/// Each state with each event: where it leads, what is sent, and how long it stays.
@Suite("Trunk machines")
struct TrunkMachineTests {
  private static let now = Instant(nanoseconds: 1_000_000_000_000)

  @Test("TRK-1: every state of a trunk's reachability knows every event")
  func reach() {
    let states: [TrunkReach.State] = [.resting, .waiting(misses: 0), .waiting(misses: 3), .asking(misses: 2), .asking(misses: 3)]
    var rows: [String] = []
    for state in states {
      for event in TrunkReach.Event.allCases {
        switch TrunkReach.step(state, event) {
        case .go(let next, let actions, let wake):
          rows.append("\(state) \(event) -> \(next) \(actions)")
          // Whoever waits has a time, and whoever rests has none.
          #expect((wake == nil) == (next == .resting))
        case .ignore: break
        case .unreachable: #expect(state == .resting && event == .timer)
        }
      }
    }
    #expect(rows.count == 1 + 2 * 2 + 2 * 4, "\(rows.joined(separator: "\n"))")
    #expect(TrunkReach.isReachable(.asking(misses: 2)) && !TrunkReach.isReachable(.asking(misses: 3)))
  }

  @Test("TRK-1: every state of a registration knows every event, and holds what it was granted until it has lapsed")
  func registration() {
    let until = Self.now + .seconds(100)
    let attempt = TrunkRegistration.Attempt()
    let states: [TrunkRegistration.State] = [
      .idle, .registering(attempt), .waiting(attempt), .registered(until: until, attempt), .refreshing(until: until, attempt),
      .retrying(until: until, attempt), .leaving,
    ]
    let events: [TrunkRegistration.Event] = [
      .started, .timer, .granted(60), .granted(0), .tooBrief(7200), .tooBrief(10), .refused(retryAfter: 0),
      .refused(retryAfter: 900), .stopped,
    ]
    var reached: [TrunkRegistration.State] = []
    for state in states {
      for event in events {
        switch TrunkRegistration.step(state, event, at: Self.now) {
        case .go(let next, let asks, let wake):
          reached.append(next)
          // Whatever waits for no answer waits for a time; nobody waits for more than ten minutes but who is registered.
          switch next {
          case .idle, .registering: #expect(wake == nil)
          case .waiting: #expect(wake.map { $0 >= .seconds(30) && $0 <= .seconds(600) } == true)
          case .registered, .refreshing, .retrying, .leaving: #expect(wake != nil)
          }
          if case .leaving = next { #expect(asks == 0) }
        case .ignore: break
        case .unreachable:
          switch state {
          case .idle, .registering: #expect(event == .timer)
          default: Issue.record("\(state) \(event)")
          }
        }
      }
    }
    for state in states {
      #expect(reached.contains { Self.kind($0) == Self.kind(state) }, "\(state) is never reached")
    }
  }

  @Test("TRK-1: a registration that lapses while it is renewed is lost")
  func lapse() {
    let state = TrunkRegistration.State.refreshing(until: Self.now, TrunkRegistration.Attempt())
    guard case .go(let next, nil, nil) = TrunkRegistration.step(state, .timer, at: Self.now) else {
      Issue.record("it goes nowhere")
      return
    }
    #expect(!TrunkRegistration.isRegistered(next))
  }

  @Test("TRK-1: tries are 30 s, 60 s … 10 min apart")
  func pauses() {
    let waits = (1...8).map { TrunkRegistration.pause(TrunkRegistration.Attempt(asked: 0, failures: $0), 0) }
    #expect(waits.map { $0.milliseconds / 1000 } == [30, 60, 120, 240, 480, 600, 600, 600])
  }

  private static func kind(_ state: TrunkRegistration.State) -> Substring { "\(state)".prefix { $0 != "(" } }
}
