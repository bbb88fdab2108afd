/// A moment on the kernel's own monotonic scale, in nanoseconds. Whoever drives the kernel says what time it is.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var nanoseconds: Int64

  public static let zero = Instant(nanoseconds: 0)
  /// Later than any time that can be armed.
  public static let never = Instant(nanoseconds: .max)

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Saturates at ``never`` rather than trap.
  @inlinable public static func + (instant: Instant, interval: Interval) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(interval.nanoseconds)
    return overflow ? .never : Instant(nanoseconds: sum)
  }

  @inlinable public static func - (a: Instant, b: Instant) -> Interval {
    Interval(nanoseconds: a.nanoseconds &- b.nanoseconds)
  }
}

/// A length of time in whole nanoseconds: eight octets, exact, and without floating point.
public struct Interval: Hashable, Comparable, Sendable, BitwiseCopyable {
  public var nanoseconds: Int64

  public static let zero = Interval(nanoseconds: 0)

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static func seconds(_ count: Int64) -> Interval {
    let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000_000)
    return Interval(nanoseconds: overflow ? .max : product)
  }

  @inlinable public static func milliseconds(_ count: Int64) -> Interval {
    let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
    return Interval(nanoseconds: overflow ? .max : product)
  }

  /// Parses `15`, `0.5`, `1.25`: seconds with up to nine decimals, as text, so that no rounding creeps in.
  /// Nil for anything else, negative numbers and more than 31 years.
  public init?(seconds text: some StringProtocol) {
    var whole: Int64 = 0
    var fraction: Int64 = 0
    var decimals = 0
    var digits = 0
    var inFraction = false
    for octet in text.utf8 {
      if octet == 0x2E, !inFraction, digits > 0 {
        inFraction = true
        continue
      }
      guard octet >= 0x30, octet <= 0x39 else { return nil }
      let digit = Int64(octet &- 0x30)
      if inFraction {
        guard decimals < 9 else { return nil }
        fraction = fraction * 10 + digit
        decimals += 1
      } else {
        guard whole < 100_000_000 else { return nil }
        whole = whole * 10 + digit
        digits += 1
      }
    }
    guard digits > 0, whole <= 999_999_999, !inFraction || decimals > 0 else { return nil }
    while decimals < 9 {
      fraction *= 10
      decimals += 1
    }
    self.nanoseconds = whole * 1_000_000_000 + fraction
  }

  @inlinable public static func < (a: Interval, b: Interval) -> Bool { a.nanoseconds < b.nanoseconds }

  /// Whole milliseconds, rounded down.
  @inlinable public var milliseconds: Int64 { self.nanoseconds / 1_000_000 }
}

extension Interval: CustomStringConvertible {
  /// Seconds without needless zeros: `15`, `0.5`.
  public var description: String {
    let whole = self.nanoseconds / 1_000_000_000
    var rest = self.nanoseconds % 1_000_000_000
    guard rest > 0 else { return "\(whole)" }
    var width = 9
    while rest % 10 == 0 {
      rest /= 10
      width -= 1
    }
    let text = String(rest)
    return "\(whole)." + String(repeating: "0", count: width - text.utf8.count) + text
  }
}
