internal import CXMLShims
internal import Kernel

/// What is refused before libxml2 sees a plan: other encodings than UTF-8, NUL, a document
/// type, and start tags so long that libxml2's work, which grows with the square of the attributes, would hold us up.
enum Prescan {
  static let longestTag = 8192

  static func passes(_ source: Source, _ findings: inout Findings) -> Bool {
    guard let problem = self.problem(source.bytes) else { return true }
    findings.error(problem.rule, at: source.position(problem.offset), problem.message, mend: problem.mend)
    return false
  }

  private struct Problem {
    var rule: String
    var offset: Int
    var message: String
    var mend: String?
  }

  private static func problem(_ bytes: [UInt8]) -> Problem? {
    guard !bytes.isEmpty else {
      return Problem(rule: "empty", offset: 0, message: "the file is empty", mend: "copy the NumberPlan.xml that is shipped")
    }
    if let encoding = self.foreignEncoding(bytes) {
      return Problem(
        rule: "encoding", offset: 0, message: "the plan is written in \(encoding), not in UTF-8", mend: "save it as UTF-8")
    }
    return bytes.withUnsafeBytes { self.problem(in: $0) }
  }

  /// By its first octets or by its own word; nil for UTF-8 and its subset ASCII.
  private static func foreignEncoding(_ bytes: [UInt8]) -> String? {
    let start = bytes.prefix(4)
    if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
    if start.count == 4, start.elementsEqual([0x3C, 0, 0x3F, 0]) || start.elementsEqual([0, 0x3C, 0, 0x3F]) { return "UTF-16" }
    if start.elementsEqual([0x4C, 0x6F, 0xA7, 0x94]) { return "EBCDIC" }
    guard bytes.starts(with: "<?xml".utf8) else { return nil }
    let declaration = bytes.prefix(256).prefix { $0 != 0x3E }
    let words = String(decoding: declaration, as: UTF8.self)
    guard let name = self.quoted(after: "encoding", in: words) else { return nil }
    let known = ["utf-8", "us-ascii", "ascii"]
    return known.contains(name.lowercased()) ? nil : name
  }

  private static func quoted(after word: String, in text: String) -> String? {
    let octets = Array(text.utf8)
    let word = Array(word.utf8)
    guard octets.count > word.count else { return nil }
    for start in 0..<(octets.count - word.count) where octets[start...].starts(with: word) {
      let rest = octets[(start + word.count)...].drop { Source.isSpace($0) || $0 == 0x3D }
      guard let quote = rest.first, quote == 0x22 || quote == 0x27 else { continue }
      return String(decoding: rest.dropFirst().prefix { $0 != quote }, as: UTF8.self)
    }
    return nil
  }

  private static func problem(in bytes: UnsafeRawBufferPointer) -> Problem? {
    if let null = self.find("\0", in: bytes, from: 0) {
      return Problem(rule: "encoding", offset: null, message: "the plan holds a NUL octet", mend: "save it as UTF-8 text")
    }
    var place = 0
    while let tag = self.find("<", in: bytes, from: place) {
      let next = tag + 1 < bytes.count ? bytes[tag + 1] : 0
      if next == 0x21 {
        if self.stands("<!--", in: bytes, at: tag) {
          guard let end = self.find("-->", in: bytes, from: tag + 4) else { return nil }
          place = end + 3
        } else if self.stands("<![CDATA[", in: bytes, at: tag) {
          guard let end = self.find("]]>", in: bytes, from: tag + 9) else { return nil }
          place = end + 3
        } else {
          return Problem(
            rule: "document-type", offset: tag, message: "the plan declares a document type", mend: "take the <!DOCTYPE …> out")
        }
      } else if next == 0x3F {
        guard let end = self.find("?>", in: bytes, from: tag + 2) else { return nil }
        place = end + 2
      } else {
        guard let end = self.endOfTag(in: bytes, from: tag) else {
          return Problem(
            rule: "limit", offset: tag, message: "this tag is longer than \(self.longestTag) octets",
            mend: "a closing quote may be missing")
        }
        place = end
      }
    }
    return nil
  }

  /// Behind the `>` that is in no quotes; nil if that is too far away.
  private static func endOfTag(in bytes: UnsafeRawBufferPointer, from tag: Int) -> Int? {
    let limit = min(bytes.count, tag + self.longestTag)
    var quote: UInt8 = 0
    for index in tag..<limit {
      let octet = bytes[index]
      if quote != 0 {
        if octet == quote { quote = 0 }
      } else if octet == 0x22 || octet == 0x27 {
        quote = octet
      } else if octet == 0x3E {
        return index + 1
      }
    }
    // An unfinished tag at the end is libxml2's to report.
    return limit == bytes.count ? limit : nil
  }

  private static func stands(_ word: StaticString, in bytes: UnsafeRawBufferPointer, at place: Int) -> Bool {
    word.withUTF8Buffer { bytes[place...].starts(with: $0) }
  }

  private static func find(_ word: StaticString, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress else { return nil }
    let found = strowger_xml_find(base + start, bytes.count - start, word.utf8Start, word.utf8CodeUnitCount)
    return found < 0 ? nil : start + found
  }
}
