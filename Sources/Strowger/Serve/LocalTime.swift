import Dispatch
import Glibc
import Kernel
import SIP
import Synchronization
import Transport

/// Tells the exchange what the clock on the wall says: the hours of classes of service go by it (DIAL-3).
///
/// Asked anew every ten seconds, so that summer time and a clock that was set count soon after.
final class LocalTime: Sendable {
  private let loop: ExchangeLoop
  private let queue: DispatchQueue
  private let hasStopped = Mutex(false)

  init(_ loop: ExchangeLoop, on queue: DispatchQueue) {
    self.loop = loop
    self.queue = queue
  }

  func begin() {
    self.queue.asyncAfter(deadline: .now() + .seconds(10)) { [weak self] in
      guard let self, !self.hasStopped.withLock({ $0 }) else { return }
      _ = self.loop.perform { $0.install(localOffset: Self.offset(from: $1)) }
      self.begin()
    }
  }

  func stop() {
    self.hasStopped.withLock { $0 = true }
    self.queue.sync {}
  }

  /// How far the clock on the wall, in the machine's time zone, is ahead of `now`.
  static func offset(from now: Instant) -> Interval {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    var seconds = time.tv_sec
    localtime_r(&seconds, &parts)
    let wall = Instant.zero + .seconds(Int64(time.tv_sec) &+ Int64(parts.tm_gmtoff))
    return Instant(nanoseconds: wall.nanoseconds &+ Int64(time.tv_nsec)) - now
  }
}
