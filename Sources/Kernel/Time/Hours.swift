/// Times of the week, such as `Mo-Fr 07:00-19:00, Sa 09:00-12:00`, by a clock on the wall.
///
/// A span that ends before it begins goes on into the next day: `Fr 22:00-06:00` ends on Saturday. Without a day it is every
/// day's. An end does not belong to its span.
public struct Hours: Sendable, Equatable {
  /// Minutes on some days of the week.
  struct Span: Sendable, Equatable {
    /// 0 Monday … 6 Sunday; the first may come after the last.
    var first: Int
    var last: Int
    /// Minutes since midnight, 0…1440.
    var from: Int
    var to: Int
  }
  private var spans: [Span]

  /// All week.
  public static let always = Hours()
  public static let mostSpans = 16

  private init() { self.spans = [] }

  /// Nil for what is no such time, for spans without length, and for more than ``mostSpans``.
  public init?(_ text: String) {
    self.spans = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let span = Span(part), self.spans.count < Self.mostSpans else { return nil }
      self.spans.append(span)
    }
  }

  /// Whether there are times outside.
  public var isLimited: Bool { !self.spans.isEmpty }

  /// - Parameter local: what the clock on the wall says, as if its midnight of 1 January 1970 were zero.
  public func contains(_ local: Instant) -> Bool {
    guard self.isLimited else { return true }
    let minutes = Self.floor(local.nanoseconds, 60_000_000_000)
    let days = Self.floor(minutes.quotient, 1440)
    // 1 January 1970 was a Thursday.
    let weekday = Self.floor(days.quotient &+ 3, 7).rest
    return self.spans.contains { $0.contains(Int(days.rest), on: Int(weekday)) }
  }

  private static func floor(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
    let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
    return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
  }
}

extension Hours.Span {
  private static let days = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]

  fileprivate init?(_ text: Substring) {
    let words = text.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    guard let times = words.last, words.count <= 2 else { return nil }
    (self.first, self.last) = (0, 6)
    if words.count == 2 {
      let names = words[0].split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(names.count), let first = Self.days.firstIndex(of: String(names[0])),
        let last = Self.days.firstIndex(of: String(names[names.count - 1]))
      else { return nil }
      (self.first, self.last) = (first, last)
    }
    let ends = times.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, let from = Self.minute(ends[0]), let to = Self.minute(ends[1]), from != to, from < 1440 else {
      return nil
    }
    (self.from, self.to) = (from, to)
  }

  /// `00:00` … `24:00`.
  private static func minute(_ text: Substring) -> Int? {
    let octets = Array(text.utf8)
    guard octets.count == 5, octets[2] == 0x3A else { return nil }
    var digits: [Int] = []
    for octet in [octets[0], octets[1], octets[3], octets[4]] {
      guard (0x30...0x39).contains(octet) else { return nil }
      digits.append(Int(octet &- 0x30))
    }
    let (hours, minutes) = (digits[0] * 10 + digits[1], digits[2] * 10 + digits[3])
    guard minutes < 60, hours * 60 + minutes <= 1440 else { return nil }
    return hours * 60 + minutes
  }

  fileprivate func contains(_ minute: Int, on day: Int) -> Bool {
    if self.from < self.to { return self.isOn(day) && (self.from..<self.to).contains(minute) }
    return self.isOn(day) && minute >= self.from || self.isOn((day + 6) % 7) && minute < self.to
  }

  private func isOn(_ day: Int) -> Bool {
    self.first <= self.last ? (self.first...self.last).contains(day) : day >= self.first || day <= self.last
  }

  fileprivate var text: String {
    let days =
      (self.first, self.last) == (0, 6)
      ? "" : self.first == self.last ? "\(Self.days[self.first]) " : "\(Self.days[self.first])-\(Self.days[self.last]) "
    return days + Self.clock(self.from) + "-" + Self.clock(self.to)
  }

  private static func clock(_ minute: Int) -> String {
    let (hours, minutes) = minute.quotientAndRemainder(dividingBy: 60)
    return (hours < 10 ? "0" : "") + "\(hours):" + (minutes < 10 ? "0" : "") + "\(minutes)"
  }
}

extension Hours: CustomStringConvertible {
  /// As it would be written; `always` without limits.
  public var description: String { self.isLimited ? self.spans.map(\.text).joined(separator: ", ") : "always" }
}
