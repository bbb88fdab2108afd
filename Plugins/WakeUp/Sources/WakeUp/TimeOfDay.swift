public import Kernel

/// Hour and minute, as four digits are dialled: 0630, 2215.
public struct TimeOfDay: Equatable, Sendable, BitwiseCopyable {
  /// Minutes since midnight, 0–1439.
  public let minutes: UInt16

  public static let midnight = TimeOfDay()

  private init() { self.minutes = 0 }

  public init?(minutes: UInt16) {
    guard minutes < 1440 else { return nil }
    self.minutes = minutes
  }

  /// Nil for anything but HHMM with hours to 23 and minutes to 59.
  public init?(_ digits: Digits) {
    guard digits.count == 4, digits.isNumeric else { return nil }
    let value = (0..<4).map { UInt16(digits.ascii($0) - 0x30) }
    guard value[2] < 6 else { return nil }
    self.init(minutes: (value[0] * 10 + value[1]) * 60 + value[2] * 10 + value[3])
  }

  public var digits: Digits {
    let hour = self.minutes / 60
    let minute = self.minutes % 60
    return Digits(ascii: [hour / 10, hour % 10, minute / 10, minute % 10].map { UInt8(0x30 + $0) }) ?? Digits()
  }

  /// How long it is from `now` (the clock on the wall) until it is this time the next time; a whole day where it is just now.
  public func next(after now: Instant) -> Interval {
    let since = now.nanoseconds % Self.day
    let ahead = Int64(self.minutes) * 60_000_000_000 - (since < 0 ? since + Self.day : since)
    return Interval(nanoseconds: ahead <= 0 ? ahead + Self.day : ahead)
  }

  private static let day: Int64 = 86_400_000_000_000
}
