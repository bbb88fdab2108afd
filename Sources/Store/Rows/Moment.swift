internal import Foundation

/// A wall-clock time as it is stored: milliseconds since 1970-01-01 00:00 UTC.
///
/// Deadlines that must survive a restart are stored as moments (ARCHITECTURE.md rule 7); intervals inside a running process are
/// not.
public struct Moment: Hashable, Comparable, Sendable {
  /// Milliseconds since 1970-01-01 00:00 UTC; negative before.
  public var milliseconds: Int64

  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// What the machine's wall clock says. It may jump.
  public static func now() -> Moment {
    var time = timespec()
    _ = clock_gettime(CLOCK_REALTIME, &time)
    return Moment(milliseconds: Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000)
  }

  public static func < (one: Moment, other: Moment) -> Bool {
    one.milliseconds < other.milliseconds
  }

  /// Later (or, with a negative duration, earlier) by `duration`; stays at the ends of the range.
  public static func + (moment: Moment, duration: Duration) -> Moment {
    let parts = duration.components
    let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1000)
    let step = overflow ? (parts.seconds < 0 ? Int64.min : Int64.max) : whole
    let (sum, tooFar) = moment.milliseconds.addingReportingOverflow(step)
    let end = step < 0 ? Int64.min : Int64.max
    return Moment(milliseconds: tooFar ? end : sum &+ parts.attoseconds / 1_000_000_000_000_000)
  }
}

extension Moment: CustomStringConvertible {
  /// ISO 8601 in UTC with milliseconds: `2026-02-03T18:03:15.120Z`.
  public var description: String {
    let day: Int64 = 86_400_000
    let days = milliseconds >= 0 ? milliseconds / day : (milliseconds &- (day &- 1)) / day
    let rest = milliseconds &- days &* day
    let (year, month, date) = Moment.civil(days)
    let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60].map { padded($0, 2) }.joined(separator: ":")
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(date, 2))T\(time).\(padded(rest % 1000, 3))Z"
  }

  /// The date of the proleptic Gregorian calendar that is `days` after 1970-01-01 (H. Hinnant, "chrono-compatible low-level date
  /// algorithms").
  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days &+ 719_468
    let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
    let dayOfEra = shifted &- era &* 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

private func padded(_ value: Int64, _ width: Int) -> String {
  let text = String(value)
  return String(repeating: "0", count: max(0, width - text.count)) + text
}
