/// Something that is to be seen in a ladder: in words, and as a test of one line.
struct Sign: Sendable {
  var words: String
  var matches: @Sendable (LadderLine) -> Bool

  /// A telephone sends a request or answer that begins so: `INVITE 2002`, `REFER`, `200`.
  static func from(_ phone: String, _ text: String) -> Sign {
    Sign(words: "\(phone) sends \(text)") { !$0.isNote && !$0.isSent && $0.party == phone && $0.begins(with: text) }
  }

  /// The exchange sends a telephone what begins with one of these.
  static func to(_ phone: String, _ texts: String...) -> Sign {
    Sign(words: "\(phone) gets \(texts.joined(separator: " or "))") { line in
      !line.isNote && line.isSent && line.party == phone && texts.contains { line.begins(with: $0) }
    }
  }

  /// The telephone is called, not asked anew within its call.
  static func rings(_ phone: String) -> Sign {
    Sign(words: "\(phone) is called") { $0.isSent && $0.party == phone && $0.begins(with: "INVITE") && $0.beginsDialog }
  }

  /// The ways in which telephones hold: `sendonly`, `inactive`, and the address 0.0.0.0 of old ones.
  static func holds(_ phone: String) -> Sign {
    Sign(words: "\(phone) holds") { line in
      !line.isSent && line.party == phone && ["sendonly", "inactive", "0.0.0.0"].contains { line.text == "INVITE SDP \($0)" }
    }
  }

  static func resumes(_ phone: String) -> Sign {
    Sign(words: "\(phone) takes the call back") { !$0.isSent && $0.party == phone && $0.text == "INVITE SDP" && !$0.beginsDialog }
  }

  /// The telephone dials that code, and has its answer.
  static func dials(_ phone: String, _ digits: String) -> [Sign] { [.from(phone, "INVITE \(digits)"), .to(phone, "480", "200")] }

  /// The telephone's call is answered, whoever hangs up in the end.
  static func talks(_ phone: String, to other: String) -> [Sign] { [.from(phone, "INVITE \(other)"), .to(phone, "200")] }

  /// Somebody hangs up.
  static let ended = Sign(words: "somebody hangs up") { !$0.isNote && $0.text == "BYE" }

  /// A feature says this of the call.
  static func note(_ words: String) -> Sign { Sign(words: "\"\(words)\"") { $0.isNote && $0.text.contains(words) } }
}

extension [Sign] {
  /// Those lines that show the signs, each behind the one before, and the first sign that none shows.
  func find(in lines: [LadderLine]) -> (seen: [LadderLine], missing: Sign?) {
    var seen: [LadderLine] = []
    for line in lines where seen.count < self.count && self[seen.count].matches(line) { seen.append(line) }
    return (seen, seen.count < self.count ? self[seen.count] : nil)
  }
}

extension LadderLine {
  fileprivate func begins(with words: String) -> Bool { self.text == words || self.text.hasPrefix(words + " ") }

  /// Its To has no tag: a call, not a change of one.
  fileprivate var beginsDialog: Bool {
    let line = self.message.split(separator: "\n").first { $0.lowercased().hasPrefix("to:") || $0.lowercased().hasPrefix("t:") }
    return line.map { !$0.lowercased().contains(";tag=") } ?? false
  }

  /// As the chart notes it.
  var sighting: String {
    self.isNote ? self.text : self.isSent ? "\(self.party) gets \(self.text)" : "\(self.party) \(self.text)"
  }
}
