import Kernel
import TestKit
import Testing

@Suite("Timer table")
struct TimerTableTests {
  @Test("Fires in order of deadlines, equal ones in the order of arming")
  func order() {
    var table = TimerTable<Int>()
    for (payload, deadline) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
      _ = table.arm(payload, at: Instant(nanoseconds: Int64(deadline)))
    }
    #expect(table.next == 2)
    var fired: [Int] = []
    #expect(table.popDue(at: Instant(nanoseconds: 9)) == nil)
    while let payload = table.popDue(at: Instant(nanoseconds: 30)) { fired.append(payload) }
    #expect(fired == [2, 4, 3, 1])
    #expect(table.count == 0)
    #expect(table.nextDeadline == nil)
  }

  @Test("A cancelled timer leaves nothing behind, and its handle means nothing any more")
  func cancel() {
    var table = TimerTable<Int>()
    let first = table.arm(1, at: .zero)
    let second = table.arm(2, at: .zero)
    let cancelled = table.cancel(first)
    let again = table.cancel(first)
    #expect(cancelled)
    #expect(!again)
    let third = table.arm(3, at: .zero)
    #expect(table.deadline(of: first) == nil)
    #expect(table.deadline(of: second) == .zero)
    #expect(table.deadline(of: third) == .zero)
    #expect(table.count == 2)
  }

  @Test("Does what a sorted list does, for ten thousand random steps", arguments: 1...3)
  func model(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var table = TimerTable<Int>()
    var model: [(payload: Int, deadline: Int64, handle: TimerHandle)] = []
    var now: Int64 = 0
    for step in 0..<10_000 {
      switch random.below(10) {
      case 0..<5:
        let deadline = now + Int64(random.below(500))
        model.append((step, deadline, table.arm(step, at: Instant(nanoseconds: deadline))))
      case 5..<8 where !model.isEmpty:
        let index = random.below(model.count)
        let cancelled = table.cancel(model.remove(at: index).handle)
        #expect(cancelled)
      default:
        now += Int64(random.below(300))
        while let payload = table.popDue(at: Instant(nanoseconds: now)) {
          let earliest = model.indices.min { (model[$0].deadline, model[$0].payload) < (model[$1].deadline, model[$1].payload) }!
          #expect(model[earliest].payload == payload)
          #expect(model[earliest].deadline <= now)
          model.remove(at: earliest)
        }
        #expect(model.allSatisfy { $0.deadline > now })
      }
      #expect(table.count == model.count)
      #expect(table.nextDeadline?.nanoseconds == model.map(\.deadline).min())
    }
  }
}
