import Foundation
import Kernel
import Store

extension Moment {
  init(_ instant: Instant) { self.init(milliseconds: instant.nanoseconds / 1_000_000) }
}

extension Instant {
  init(_ moment: Moment) {
    let (product, overflow) = moment.milliseconds.multipliedReportingOverflow(by: 1_000_000)
    self.init(nanoseconds: overflow ? .max : product)
  }
}

extension JSON {
  /// ISO 8601 in UTC with milliseconds; null without a time.
  init(time: Instant?) { self = time.map { .string(Moment($0).description) } ?? .null }
  init(time: Moment?) { self = time.map { .string($0.description) } ?? .null }
}

/// Times for people: the wall clock of where they are.
enum WallTime {
  /// `2026-02-03`.
  static func day(now: Int = time(nil)) -> String { self.format(now, "%F") }

  /// `18:02:11`.
  static func ofDay(_ seconds: Int) -> String { self.format(seconds, "%H:%M:%S") }

  /// An ISO 8601 time of ours as `18:02:11` where it is of today, else `2026-02-03 18:02:11`; as it stands if it is none.
  static func local(_ text: String, now: Int = time(nil)) -> String {
    guard let seconds = self.seconds(text) else { return text }
    let isToday = self.format(seconds, "%F") == self.format(now, "%F")
    return self.format(seconds, isToday ? "%H:%M:%S" : "%F %H:%M:%S")
  }

  /// How long until an ISO 8601 time, in seconds; `0` when it is past.
  static func until(_ text: String, now: Int = time(nil)) -> String {
    self.seconds(text).map { "\(max(0, $0 - now)) s" } ?? text
  }

  /// What people type for a time in the past: `30m`, `12h` or `7d` ago, or a date with or without a time of day, by the clock of
  /// where they are. nil for anything else.
  static func moment(_ text: String, now: Int = time(nil)) -> Moment? {
    if let unit = text.last, let length = ["m": 60, "h": 3600, "d": 86_400][unit], let count = Int(text.dropLast()) {
      guard (0...100_000).contains(count) else { return nil }
      return Moment(milliseconds: Int64(now - count * length) * 1000)
    }
    guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "-: T".contains($0)) }) else { return nil }
    let fields = text.split { !$0.isNumber }.compactMap { Int32($0) }
    guard [3, 5, 6].contains(fields.count), (1970...9999).contains(fields[0]), (1...12).contains(fields[1]),
      (1...31).contains(fields[2])
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday, parts.tm_isdst) = (fields[0] - 1900, fields[1] - 1, fields[2], -1)
    if fields.count > 3 { (parts.tm_hour, parts.tm_min) = (fields[3], fields[4]) }
    if fields.count > 5 { parts.tm_sec = fields[5] }
    guard (0...23).contains(parts.tm_hour), (0...59).contains(parts.tm_min), (0...60).contains(parts.tm_sec) else { return nil }
    return Moment(milliseconds: Int64(mktime(&parts)) * 1000)
  }

  private static func seconds(_ text: String) -> Int? {
    let fields = text.prefix(19).split { !$0.isNumber }.compactMap { Int32($0) }
    guard fields.count == 6 else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (fields[0] &- 1900, fields[1] &- 1, fields[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (fields[3], fields[4], fields[5])
    return timegm(&parts)
  }

  private static func format(_ seconds: Int, _ form: String) -> String {
    var seconds = seconds
    var parts = tm()
    localtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, form, &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
