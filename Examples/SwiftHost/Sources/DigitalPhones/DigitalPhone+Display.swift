/// What the user sees.
extension DigitalPhone {
  public enum Lamp: String, Sendable, CaseIterable {
    case off, on
    /// It rings.
    case flash
    /// Somebody waits on hold.
    case flutter
  }

  /// Two lines of 16 characters.
  /// - Parameter note: what the second line shows while the phone rests, such as `DND`.
  public func display(number: String, note: String = "") -> [String] {
    switch self.state {
    case .onHook(held: nil): Self.lines(number, note)
    case .onHook(.some(let held)): Self.lines(number, "HELD \(held.number)")
    case .ringing(let party, let note, _): Self.lines("CALL \(party.number)", note)
    case .dialTone(let held): Self.lines("DIAL", Self.held(held))
    case .dialling(let keys, let held): Self.lines(String(keys.suffix(16)), Self.held(held))
    case .sending(let number, let held): Self.lines(number, Self.held(held))
    case .calling(let party, let isRinging, let held):
      Self.lines((isRinging ? "RINGING " : "CALLING ") + party.number, Self.held(held))
    case .talking(let party, let held): Self.lines(Self.word(for: party), Self.held(held))
    case .holding(let party): Self.lines("HOLD", Self.held(party))
    case .outcome(let word, let text, nil): Self.wrapped(word, text)
    case .outcome(let word, _, let held): Self.lines(word, Self.held(held))
    }
  }

  public var lamp: Lamp {
    switch self.state {
    case .onHook(held: nil): .off
    case .ringing: .flash
    case .onHook(.some), .holding, .dialTone(.some), .dialling(_, .some), .sending(_, .some), .calling(_, _, .some),
      .talking(_, .some), .outcome(_, _, .some):
      .flutter
    case .dialTone(nil), .dialling(_, nil), .sending(_, nil), .calling(_, _, nil), .talking(_, nil), .outcome(_, _, nil): .on
    }
  }

  private static func word(for party: Party) -> String {
    switch party.hears {
    case .party: "TALK \(party.number)"
    // Held or parked by the other side.
    case .music: "ON HOLD \(party.number)"
    case .room: "CONFERENCE"
    case .ringback: "RINGING"
    case .tone: "TONE"
    case .announcement: "ANNOUNCEMENT"
    case .nothing: "WAIT \(party.number)"
    }
  }

  private static func held(_ party: Party?) -> String { party.map { "HELD \($0.number)" } ?? "" }

  /// A sentence that is too long for one line takes both, where it can be broken.
  private static func wrapped(_ word: String, _ text: String) -> [String] {
    guard text.count > 16 else { return Self.lines(word, text) }
    var (first, rest) = ("", text.split(separator: " ")[...])
    while let next = rest.first, first.count + next.count + (first.isEmpty ? 0 : 1) <= 16 {
      first += (first.isEmpty ? "" : " ") + next
      rest.removeFirst()
    }
    return first.isEmpty ? Self.lines(word, text) : Self.lines(first, rest.joined(separator: " "))
  }

  static func lines(_ first: String, _ second: String) -> [String] { [Self.fitted(first), Self.fitted(second)] }

  private static func fitted(_ text: String) -> String {
    let line = text.prefix(16)
    return line + String(repeating: " ", count: 16 - line.count)
  }
}
