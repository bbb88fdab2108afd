import Testing

@testable import Strowger

@Suite("JSON, as --json and the control socket write it")
struct JSONTests {
  @Test("members keep their order, an empty list is a list")
  func order() {
    let document: JSON = ["number": "2001", "registered": false, "expires": nil, "legs": []]
    #expect(document.line == #"{"number": "2001", "registered": false, "expires": null, "legs": []}"#)
    #expect(JSON.array([]).document == "[]")
  }

  @Test("what a phone calls itself cannot break out of its string")
  func escapes() {
    let text = "a\"b\\c\n\t\u{1}\u{7F}\u{2028}é😀"
    let line = JSON.string(text).line
    #expect(line == "\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\\u2028é😀\"")
    #expect(JSON(parsing: line.utf8) == .string(text))
  }

  @Test("what is written is read back")
  func roundTrip() {
    let document: JSON = [
      "id": 17, "seconds": .decimal(3.112), "legs": [["party": "2001", "hears": nil], ["party": "2002", "hears": "music"]],
      "none": [:], "low": .integer(.min),
    ]
    #expect(JSON(parsing: document.line.utf8) == document)
    #expect(JSON(parsing: document.document.utf8) == document)
    #expect(JSON(parsing: #" {"a" : [ 1 , true,"\ud83d\ude00\/"] } "#.utf8)?["a"].elements.last == "😀/")
  }

  @Test(
    "what is no JSON is refused and does not trap",
    arguments: [
      "", "{", "[1,]", "{\"a\" 1}", "\"\\u12\"", "\"\\ud800\"", "\"a", "01x", "nul", "[1] 2", "\"\u{1}\"", "-", "1e999e",
      "{\"a\":1,}",
      String(repeating: "[", count: 100_000), "\"\\u+123\"",
    ])
  func refused(_ text: String) {
    #expect(JSON(parsing: text.utf8) == nil)
  }
}
