public import Kernel
import Glibc
import NIOCore

/// Wall time that never steps back: nanoseconds since 1970 read once, from then on counted by the system's monotonic clock
/// (ARCHITECTURE, Determinism). A correction of the machine's clock is seen at the next start.
public struct WallClock: Sendable {
  /// Nanoseconds from the monotonic scale to the wall's.
  private let offset: Int64

  /// Anchored now.
  public init() {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let wall = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    self.offset = wall &- Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds)
  }

  /// The moment this is called.
  public var now: Instant { self.instant(NIODeadline.now()) }

  func instant(_ deadline: NIODeadline) -> Instant {
    Instant(nanoseconds: Int64(truncatingIfNeeded: deadline.uptimeNanoseconds) &+ self.offset)
  }

  func deadline(_ instant: Instant) -> NIODeadline {
    let (uptime, overflow) = instant.nanoseconds.subtractingReportingOverflow(self.offset)
    return .uptimeNanoseconds(overflow ? UInt64(Int64.max) : UInt64(max(0, uptime)))
  }
}

extension Interval {
  var timeAmount: TimeAmount { .nanoseconds(self.nanoseconds) }
}
