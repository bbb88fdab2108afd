public import Kernel

/// The lengths that all transaction timers are made of (RFC 3261 §17.1.1.1 and table 4).
public struct TransactionTiming: Hashable, Sendable {
  /// T1: the estimated round trip; the first retransmission comes after it. A, E and G start here.
  public var t1: Interval
  /// T2: the longest pause between retransmissions of a non-INVITE request, an INVITE's final answer included.
  public var t2: Interval
  /// T4: how long a message may stay in the network. Timers I and K.
  public var t4: Interval
  /// After how long without an answer the layer sends 100 to an INVITE by itself (RFC 3261 §17.2.1: 200 ms); nil: never.
  public var trying: Interval?

  /// Lengths other than the RFC's.
  public init(t1: Interval, t2: Interval, t4: Interval, trying: Interval?) {
    self.t1 = t1
    self.t2 = t2
    self.t4 = t4
    self.trying = trying
  }

  /// T1 500 ms, T2 4 s, T4 5 s, 100 after 200 ms.
  public static let standard = TransactionTiming(
    t1: .milliseconds(500), t2: .seconds(4), t4: .seconds(5), trying: .milliseconds(200))

  /// 64·T1: timers B, D, F, H, J, L and M.
  public var life: Interval {
    let (product, overflow) = self.t1.nanoseconds.multipliedReportingOverflow(by: 64)
    return Interval(nanoseconds: overflow ? .max : product)
  }

  /// The pause after this one: twice as long, at most T2 (timers E and G, and the repetition of a 2xx).
  func doubled(_ interval: Interval) -> Interval {
    Swift.min(Interval(nanoseconds: interval.nanoseconds &+ interval.nanoseconds), self.t2)
  }
}
