import Kernel
import Testing

@testable import SIP

/// The simplest thing that is right: a list, searched.
private struct NaiveTimers {
  var armed: [(due: Int64, order: Int, payload: UInt32)] = []
  var order = 0
  var now: Int64 = 0

  mutating func schedule(_ payload: UInt32, at nanoseconds: Int64) {
    self.order += 1
    self.armed.append((Swift.max((nanoseconds + 999_999) / 1_000_000, self.now), self.order, payload))
  }

  mutating func pop(at nanoseconds: Int64) -> (UInt32, Int64)? {
    let limit = Swift.max(nanoseconds / 1_000_000, self.now)
    let due = self.armed.indices.filter { self.armed[$0].due <= limit }
    guard let first = due.min(by: { (self.armed[$0].due, self.armed[$0].order) < (self.armed[$1].due, self.armed[$1].order) })
    else {
      self.now = limit
      return nil
    }
    let found = self.armed.remove(at: first)
    self.now = found.due
    return (found.payload, found.due)
  }
}

@Suite("The timing wheel")
struct TimerWheelTests {
  @Test("It fires what a plain list fires, in the same order, over random schedules and long jumps", arguments: 0..<40)
  func againstModel(seed: UInt64) {
    var dice = Dice(seed: seed)
    var wheel = TimerWheel<UInt32>(filler: 0)
    var model = NaiveTimers()
    var handles: [UInt32: TimerWheel<UInt32>.Handle] = [:]
    var now: Int64 = seed % 2 == 0 ? 0 : 1_234_567_890_123
    var payload: UInt32 = 0
    // Near, a transaction's, hours, days and years.
    let spans: [Int64] = [3, 300, 40_000, 70_000_000, 10_000_000_000, 900_000_000_000]
    for _ in 0..<400 {
      switch dice.below(10) {
      case 0..<6:
        payload += 1
        let at = now + Int64(dice.below(Int(spans[dice.below(spans.count)]))) * 1_000_000 + Int64(dice.below(3)) * 333_333
        handles[payload] = wheel.schedule(payload, at: Instant(nanoseconds: at))
        model.schedule(payload, at: at)
      case 6..<8:
        guard payload > 0 else { continue }
        let victim = UInt32(dice.below(Int(payload))) + 1
        if let handle = handles[victim] { wheel.cancel(handle) }
        model.armed.removeAll { $0.payload == victim }
      default:
        now += Int64(dice.below(Int(spans[dice.below(4)]))) * 1_000_000 + Int64(dice.below(1_000_000))
        let instant = Instant(nanoseconds: now)
        while let (expected, due) = model.pop(at: now) {
          if let next = wheel.nextDeadline { #expect(next.nanoseconds <= due * 1_000_000) }
          let found = wheel.popDue(at: instant)
          #expect(found?.payload == expected)
          #expect(found?.due.nanoseconds == due * 1_000_000)
        }
        #expect(wheel.popDue(at: instant) == nil)
      }
      #expect(wheel.count == model.armed.count)
    }
  }

  @Test("Following nextDeadline reaches each timer at its millisecond")
  func stepping() {
    var wheel = TimerWheel<UInt32>(filler: 0)
    let dues: [Int64] = [0, 1, 255, 256, 500, 32_000, 65_536, 3_600_000, 86_400_000, 31_536_000_000]
    for (index, due) in dues.enumerated().reversed() {
      _ = wheel.schedule(UInt32(index), at: .zero + .milliseconds(due))
    }
    var fired: [Int64] = []
    var turns = 0
    while let next = wheel.nextDeadline {
      turns += 1
      while let (payload, due) = wheel.popDue(at: next) {
        #expect(due == next)
        #expect(dues[Int(payload)] * 1_000_000 == due.nanoseconds)
        fired.append(due.nanoseconds / 1_000_000)
      }
    }
    #expect(fired == dues)
    #expect(turns < dues.count * 5)
  }

  @Test("Never early, instants between milliseconds round up, the farthest instant is held")
  func edges() {
    var wheel = TimerWheel<UInt32>(filler: 0)
    _ = wheel.schedule(1, at: Instant(nanoseconds: 1_000_001))
    _ = wheel.schedule(2, at: Instant(nanoseconds: -5))
    let last = wheel.schedule(3, at: .never)
    #expect(wheel.popDue(at: Instant(nanoseconds: 1_999_999))?.payload == 2)
    #expect(wheel.popDue(at: Instant(nanoseconds: 1_999_999)) == nil)
    #expect(wheel.popDue(at: Instant(nanoseconds: 2_000_000))?.payload == 1)
    // Time that runs backwards changes nothing.
    #expect(wheel.popDue(at: .zero) == nil)
    #expect(wheel.count == 1)
    wheel.cancel(last)
    wheel.cancel(last)
    wheel.cancel(.none)
    #expect(wheel.count == 0)
    #expect(wheel.nextDeadline == nil)
  }

  @Test("A handle that fired never cancels the timer that took its place")
  func staleHandle() {
    var wheel = TimerWheel<UInt32>(filler: 0)
    let old = wheel.schedule(1, at: .zero)
    #expect(wheel.popDue(at: .zero)?.payload == 1)
    _ = wheel.schedule(2, at: .zero + .seconds(1))
    wheel.cancel(old)
    #expect(wheel.count == 1)
    #expect(wheel.popDue(at: .zero + .seconds(1))?.payload == 2)
  }

  @Test("Each timer is moved a few times at most, however many run and however long it waits")
  func cost() {
    for count in [100, 50_000] {
      var wheel = TimerWheel<UInt32>(filler: 0)
      var dice = Dice(seed: 5)
      for number in 0..<count {
        _ = wheel.schedule(UInt32(number), at: .zero + .milliseconds(Int64(dice.below(32_000))))
      }
      var fired = 0
      while wheel.popDue(at: .zero + .seconds(40)) != nil { fired += 1 }
      #expect(fired == count)
      #expect(wheel.moves <= UInt64(2 * count))
    }
  }
}
