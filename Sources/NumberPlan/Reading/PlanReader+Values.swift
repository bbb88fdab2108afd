internal import Kernel

extension PlanReader {
  func place(_ element: Element) -> Plan.Position { self.source.position(element.offset) }

  func place(_ element: Element, _ attribute: String) -> Plan.Position {
    self.source.position(ofAttribute: attribute, inTagAt: element.offset)
  }

  func station(_ element: Element, _ name: StaticString) -> StationNumber? {
    self.digits(element, name).flatMap { StationNumber($0) }
  }

  /// Nil if the attribute is not there, empty or no digits: the schema has said so.
  func digits(_ element: Element, _ name: StaticString) -> Digits? {
    guard let octets = element.octets(name), let digits = Digits(ascii: octets), !digits.isEmpty else { return nil }
    return digits
  }

  func optionalDigits(_ element: Element, _ name: StaticString) -> Digits? { self.digits(element, name) }

  mutating func digitsList(_ element: Element, _ name: StaticString) -> [Digits] {
    var result: [Digits] = []
    for word in words(element.text(name) ?? "") {
      guard let digits = Digits(word), !digits.isEmpty else {
        self.findings.error(
          "value", at: self.place(element, "\(name)"), "\(word) is no access code",
          mend: "write \"none\" or codes of trunk groups with spaces between them")
        continue
      }
      result.append(digits)
    }
    return result
  }

  func count(_ element: Element, _ name: StaticString) -> Int? { element.text(name).flatMap { decimal($0) } }

  mutating func hours(_ element: Element, _ name: StaticString) -> Hours? {
    guard let text = element.text(name) else { return nil }
    if let hours = Hours(text) { return hours }
    self.findings.error(
      "value", at: self.place(element, "\(name)"), "\"\(text)\" are no hours",
      mend: "write times of the week with commas between them, such as Mo-Fr 07:00-19:00, Sa 09:00-12:00")
    return nil
  }

  /// The schema allows more digits than an ``Interval`` holds.
  mutating func seconds(_ element: Element, _ name: StaticString) -> Interval? {
    guard let text = element.text(name) else { return nil }
    if let interval = Interval(seconds: text) { return interval }
    let place = self.place(element, "\(name)")
    if !self.findings.mentions(place) {
      self.findings.error("value", at: place, "\"\(text)\" is no time", mend: "allowed: seconds, such as 30 or 0.5")
    }
    return nil
  }
}

/// At most nine decimal digits; nil for anything else.
func decimal(_ text: String) -> Int? {
  guard !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
  return Int(text)
}

func words(_ text: String) -> [String] { text.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }.map(String.init) }
