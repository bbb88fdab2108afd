import Kernel
import Testing

@Suite("Digits")
struct DigitsTests {
  @Test(
    "What can be dialled survives parsing",
    arguments: ["0", "2001", "*85#", "+49301234567", "ABC", "01234567890123456789012345678901"])
  func parses(text: String) {
    #expect(Digits(text)?.description == text)
  }

  @Test(
    "What cannot be dialled does not parse",
    arguments: ["20 01", "2001\0", "٢٠٠١", "D", "012345678901234567890123456789012", "1;x", "-"])
  func refuses(text: String) {
    #expect(Digits(text) == nil)
  }

  @Test("Lower case letters are the same symbols")
  func lowerCase() {
    #expect(Digits("abc") == Digits("ABC"))
  }

  @Test("Parts of numbers, at the seam between the two words too")
  func parts() {
    let text = "01234567890123456789"
    let all = Digits(text) ?? ""
    for count in 0...20 {
      #expect(all.prefix(count).description == String(text.prefix(count)))
      #expect(all.dropFirst(count).description == String(text.dropFirst(count)))
      #expect(all.hasPrefix(all.prefix(count)))
      #expect(all.prefix(count).appending(all.dropFirst(count)) == all)
    }
    #expect(all.prefix(-1).isEmpty)
    #expect(all.prefix(99) == all)
    #expect(all.dropFirst(99).isEmpty)
    #expect(all.appending("0123456789012") == nil)
    #expect(!Digits("12").hasPrefix("123"))
    #expect(all[-1] == 0)
    #expect(all[40] == 0)
  }

  @Test("Order is dictionary order")
  func order() {
    let sorted: [Digits] = ["", "0", "00", "1", "10", "101", "11", "2", "9", "*", "#"]
    #expect(sorted.shuffled().sorted() == sorted)
  }

  @Test("A station number is one to 24 decimal digits")
  func stationNumbers() {
    for good: String in ["2001", "0", "012345678901234567890123"] { #expect(StationNumber(good)?.description == good) }
    for bad: String in ["", "0123456789012345678901234", "*1", "20a", "+49"] { #expect(StationNumber(bad) == nil) }
  }

  @Test("Times are read exactly")
  func intervals() {
    #expect(Interval(seconds: "15") == .seconds(15))
    #expect(Interval(seconds: "0.5") == .milliseconds(500))
    #expect(Interval(seconds: "1.25")?.description == "1.25")
    #expect(Interval(seconds: "0.000000001")?.nanoseconds == 1)
    for bad in ["", ".5", "5.", "-1", "1e3", "1.0000000001", "99999999999", "1.2.3"] { #expect(Interval(seconds: bad) == nil) }
    #expect(Instant(nanoseconds: .max - 1) + .seconds(1) == .never)
    #expect(Interval.seconds(.max).nanoseconds == .max)
  }
}
