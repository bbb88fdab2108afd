import Kernel
import Testing

@Suite("Hours of the week")
struct HoursTests {
  /// 0 is Monday, 5 January 1970.
  private func local(_ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64 = 0) -> Instant {
    .zero + .seconds(((day + 4) * 24 + hour) * 3600 + minute * 60 + second)
  }

  @Test("DIAL-3: spans of days and times, with their ends")
  func spans() throws {
    let hours = try #require(Hours("Mo-Fr 07:00-19:00, Sa 09:00-12:00"))
    for (day, hour, minute, isIn) in [
      (0, 6, 59, false), (0, 7, 0, true), (4, 18, 59, true), (4, 19, 0, false), (5, 8, 59, false), (5, 9, 0, true),
      (5, 12, 0, false), (6, 10, 0, false),
    ] as [(Int64, Int64, Int64, Bool)] {
      #expect(hours.contains(self.local(day, hour, minute)) == isIn, "day \(day) \(hour):\(minute)")
    }
    #expect(hours.contains(self.local(0, 18, 59, 59)))
    #expect(hours.contains(self.local(52 * 7, 7, 0)))
    #expect(!Hours.always.isLimited && Hours.always.contains(self.local(6, 3, 0)))
  }

  @Test("DIAL-3: a span over midnight belongs to the day on which it begins; days may go over Sunday")
  func overMidnight() throws {
    let night = try #require(Hours("Fr 22:00-06:00"))
    for (day, hour, isIn) in [(4, 21, false), (4, 22, true), (5, 5, true), (5, 6, false), (4, 5, false)] as [(Int64, Int64, Bool)]
    {
      #expect(night.contains(self.local(day, hour, 0)) == isIn, "day \(day) \(hour)")
    }
    let sunday = try #require(Hours("Sa-Mo 22:00-02:00"))
    for (day, isIn) in [(5, true), (6, true), (0, true), (1, false), (4, false)] as [(Int64, Bool)] {
      #expect(sunday.contains(self.local(day, 23, 0)) == isIn, "day \(day)")
    }
    #expect(sunday.contains(self.local(1, 1, 0)) && !sunday.contains(self.local(5, 1, 0)))
    #expect(try #require(Hours("00:00-24:00")).contains(self.local(3, 23, 59)))
  }

  @Test("DIAL-3: times before 1970 and at the ends of the scale do not trap")
  func extremes() throws {
    let hours = try #require(Hours("We 23:00-24:00"))
    #expect(hours.contains(Instant(nanoseconds: -1)), "31 December 1969 was a Wednesday")
    for instant in [Instant(nanoseconds: .min), .never] { _ = hours.contains(instant) }
  }

  @Test("DIAL-3: written back as read", arguments: ["Mo-Fr 07:00-19:00, Sa 09:00-12:00", "00:00-24:00", "Su 22:30-06:05"])
  func text(_ text: String) throws {
    #expect(try #require(Hours(text)).description == text)
  }

  @Test(
    "DIAL-3: what is no time is refused",
    arguments: [
      "", ",", "Mo", "Mo-Fr", "7:00-19:00", "07:00-07:00", "24:00-01:00", "07:00-24:01", "07:60-08:00", "Mo-We-Fr 07:00-08:00",
      "mo 07:00-08:00", "Mo 07:00-08:00,", "07:00–08:00", "Mo Fr 07:00-08:00", "-07:00-08:00", "07:00-08:00-09:00",
      Array(repeating: "07:00-08:00", count: 17).joined(separator: ","),
    ])
  func wrong(_ text: String) {
    #expect(Hours(text) == nil)
  }
}
