import Foundation

/// What became of a row.
enum ChecklistResult: String {
  case pass, fail
  case notSupported = "not supported"
  case notTested = "not tested"
}

struct ChecklistNote {
  var row: String
  var result: ChecklistResult
  /// What was seen on the wire, or is missing; what a person said of it.
  var notes: String

  var json: JSON { ["feature": .string(self.row), "result": .string(self.result.rawValue), "notes": .string(self.notes)] }
}

/// Watches the running exchange while somebody does at the telephones what each row says.
struct ChecklistRun {
  let location: DatabaseLocation
  let phone: String
  let others: [String]
  /// For each row, seconds.
  let patience: Double
  /// Tells whoever does it what to do.
  let say: (String) -> Void
  private(set) var isStopped = false
  /// The exchange has ended meanwhile.
  private(set) var isBroken = false
  private var keyboard = Keyboard()

  init(_ location: DatabaseLocation, phone: String, others: [String], patience: Double, say: @escaping (String) -> Void) {
    self.location = location
    self.phone = phone
    self.others = others
    self.patience = patience
    self.say = say
  }

  /// Nothing more can be seen when the exchange ends: what was found out until then is not lost.
  /// - Parameter title: The row's place and title. What is seen after the words have been said counts.
  mutating func watch(_ row: ChecklistRow, _ title: String) -> ChecklistNote {
    do {
      return try self.attempt(row, title)
    } catch {
      self.isStopped = true
      self.isBroken = true
      return ChecklistNote(row: row.title, result: .notTested, notes: "\(error)")
    }
  }

  private mutating func attempt(_ row: ChecklistRow, _ title: String) throws -> ChecklistNote {
    if case .noCode(let module) = row.expectation {
      self.say("\n\(title)")
      return ChecklistNote(row: row.title, result: .notTested, notes: "the number plan has no code of \(module) for it")
    }
    let start = try (call: self.newestCall(), messages: self.station()["newMessages"].number)
    let end = Date(timeIntervalSinceNow: self.patience)
    self.say("\n\(title): \(row.instruction)")
    while true {
      let (notes, isSeen) = try self.look(for: row.expectation, since: start)
      if isSeen { return try self.finish(row, notes) }
      if Date() >= end { return ChecklistNote(row: row.title, result: .fail, notes: notes) }
      guard let said = self.keyboard.line(within: 300) else { continue }
      if let note = self.note(row, said, notes) { return note }
    }
  }

  /// What a person has typed: nil where it means nothing here.
  private mutating func note(_ row: ChecklistRow, _ said: String, _ seen: String) -> ChecklistNote? {
    let words = said.split(separator: " ", maxSplits: 1)
    switch words.first?.lowercased() {
    case "n": return ChecklistNote(row: row.title, result: .notSupported, notes: words.dropFirst().joined())
    case "s": return ChecklistNote(row: row.title, result: .notTested, notes: words.dropFirst().joined())
    case "f":
      return ChecklistNote(row: row.title, result: .fail, notes: (words.dropFirst() + [seen[...]]).joined(separator: "; "))
    case "q":
      self.isStopped = true
      return ChecklistNote(row: row.title, result: .notTested, notes: "")
    default: return nil
    }
  }

  // MARK: Looking

  private func look(
    for expectation: ChecklistRow.Expectation, since start: (call: UInt64, messages: Int64)
  ) throws -> (notes: String, isSeen: Bool) {
    switch expectation {
    case .registration:
      let station = try self.station()
      guard station["registered"].isTrue else { return ("\(self.phone) is not registered", false) }
      return ("registered over \(station["transport"].cell) from \(station["address"].cell)", true)
    case .signs(let signs):
      let (seen, missing) = signs.find(in: try self.lines(since: start.call))
      let sightings = seen.map(\.sighting).joined(separator: ", ")
      guard let missing else { return (sightings, true) }
      return ("not seen: \(missing.words)" + (seen.isEmpty ? "" : "; seen: \(sightings)"), false)
    case .message:
      let messages = try self.station()["newMessages"].number
      return messages > start.messages
        ? ("\(messages) new, NOTIFY sent", true) : ("no new message in the mailbox of \(self.phone)", false)
    case .noCode: return ("", true)
    }
  }

  private func ask(_ request: ControlRequest) throws -> [JSON] {
    // An exchange that is busy answers the next time; one that was just ending does not.
    var answer = try? self.location.ask(request)
    if answer == nil {
      usleep(500_000)
      answer = try self.location.ask(request)
    }
    guard let answer else { throw Failure("the exchange has ended") }
    return answer.elements
  }

  private func station() throws -> JSON { try self.ask(.status).first { $0["number"].text == self.phone } ?? .null }

  /// Those of the three that are in a call.
  private func talking() throws -> [String] {
    try self.ask(.status).filter { $0["inCall"].isTrue }.compactMap(\.["number"].text).filter {
      ([self.phone] + self.others).contains($0)
    }
  }

  /// The number of the last call the exchange remembers; calls are numbered as they come.
  private func newestCall() throws -> UInt64 {
    try self.ask(.ladder("")).compactMap { UInt64($0["call"].cell) }.max() ?? 0
  }

  /// What was said in the calls since then.
  private func lines(since call: UInt64) throws -> [LadderLine] {
    let newest = try self.newestCall()
    guard newest > call else { return [] }
    let calls = (max(call + 1, newest - min(newest, 200))...newest).map { "\($0)" }.joined(separator: " ")
    return try self.ask(.ladder(calls)).map(LadderLine.init)
  }

  // MARK: Afterwards

  /// All has been seen. A person says what no exchange can hear, and everybody has to be idle again, as the manual asks.
  private mutating func finish(_ row: ChecklistRow, _ seen: String) throws -> ChecklistNote {
    var notes = seen
    if let question = row.question {
      if self.keyboard.isOpen { self.say("      seen: \(seen)\n      \(question)? [y/n]") }
      switch self.answer() {
      case true?: break
      case false?: return ChecklistNote(row: row.title, result: .fail, notes: "\(question): no; \(seen)")
      case nil: notes += "; nobody was there to say: \(question)?"
      }
    }
    let end = Date(timeIntervalSinceNow: self.patience)
    while true {
      let talking = try self.talking()
      guard !talking.isEmpty else { return ChecklistNote(row: row.title, result: .pass, notes: notes) }
      guard Date() < end else {
        return ChecklistNote(
          row: row.title, result: .fail, notes: "still in a call: \(talking.joined(separator: ", ")); \(notes)")
      }
      if let said = self.keyboard.line(within: 300), let note = self.note(row, said, notes) { return note }
    }
  }

  /// Nil where nobody answers.
  private mutating func answer() -> Bool? {
    while self.keyboard.isOpen {
      switch self.keyboard.line(within: 300)?.lowercased() {
      case "y", "yes": return true
      case "n", "no": return false
      default: continue
      }
    }
    return nil
  }
}

/// What somebody types, without waiting for it.
private struct Keyboard {
  private(set) var isOpen = true
  private var octets: [UInt8] = []

  /// The next line without blanks around it; nil where none comes in that time.
  mutating func line(within milliseconds: Int32) -> String? {
    if let line = self.take() { return line }
    guard self.isOpen else {
      usleep(UInt32(milliseconds) * 1000)
      return nil
    }
    var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, milliseconds) > 0 else { return nil }
    var more = [UInt8](repeating: 0, count: 1024)
    let count = read(STDIN_FILENO, &more, more.count)
    guard count > 0 else {
      self.isOpen = false
      return nil
    }
    self.octets += more.prefix(count)
    return self.take()
  }

  private mutating func take() -> String? {
    guard let end = self.octets.firstIndex(of: 0x0a) else { return nil }
    let line = String(decoding: self.octets[..<end], as: UTF8.self)
    self.octets.removeSubrange(...end)
    return line.trimmingCharacters(in: .whitespaces)
  }
}

extension JSON {
  /// Zero where it is no number.
  fileprivate var number: Int64 { if case .integer(let value) = self { value } else { 0 } }
}
