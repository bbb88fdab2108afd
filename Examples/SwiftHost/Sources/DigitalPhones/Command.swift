public import Kernel

/// One line of the console or of a script.
///
/// ```
/// 2101 off              the handset of digital phone 2101 is lifted; a SIP telephone answers
/// 2101 dial 2102        a number from a memory key; a SIP telephone calls it
/// 2101 key 4            one key
/// 2101 hold | transfer | reject | on
/// 2001 transfer 2102    a SIP telephone sends its party there (REFER)
/// sip 2001              scripts: SIP telephone 2001 is plugged in and registers
/// media 10              scripts, first of all: there is a media server for so many legs
/// wait 0.5              scripts: seconds
/// restart               scripts: the process is killed, and begins again with what was kept
/// show                  displays and calls
/// expect 2101 TALK 2102 scripts: the display of 2101 contains this, else the script has failed
/// # a remark
/// ```
public enum Command: Equatable, Sendable {
  case phone(String, Act)
  case plug(String)
  case media(Int)
  case wait(Interval)
  case restart
  case show
  case expect(String, String)
  case quit
  case nothing

  public enum Act: Equatable, Sendable {
    case offHook, onHook, hold, reject
    case transfer(String)
    case dial(String)
    case key(Character)
  }

  /// What is wrong with a line.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public let description: String
  }

  public init(_ text: some StringProtocol) throws(Problem) {
    let all = String(text).split(separator: " " as Character).map { String($0) }
    // `key #` and numbers with `#` are no remarks.
    let words = Array(all.prefix { $0.first != "#" })
    guard let first = words.first else {
      self = .nothing
      return
    }
    switch (first, words.count) {
    case ("show", 1): self = .show
    case ("quit", 1): self = .quit
    case ("restart", 1): self = .restart
    case ("sip", 2): self = .plug(words[1])
    case ("wait", 2):
      guard let time = Interval(seconds: words[1]) else { throw Problem(description: "\(words[1]) is no number of seconds") }
      self = .wait(time)
    case ("media", 2):
      guard let channels = Int(words[1]), (0...1000).contains(channels) else { throw Problem(description: "how many legs?") }
      self = .media(channels)
    case ("expect", 3...): self = .expect(words[1], words.dropFirst(2).joined(separator: " "))
    case (_, 2...): self = .phone(first, try Self.act(all))
    default:
      throw Problem(
        description: "\(first)? known are: NUMBER off, on, dial, key, hold, transfer, reject; show, wait, sip, restart, quit")
    }
  }

  private static func act(_ words: [String]) throws(Problem) -> Act {
    let word = words.count > 2 ? words[2] : ""
    switch words[1] {
    case "off": return .offHook
    case "on": return .onHook
    case "hold": return .hold
    case "reject": return .reject
    case "transfer": return .transfer(word.hasPrefix("#") ? "" : word)
    case "dial":
      guard let digits = Digits(word), !digits.isEmpty else { throw Problem(description: "dial what?") }
      return .dial(word)
    case "key":
      guard let key = word.first, word.count == 1, DigitalPhone.code(of: key) != nil else {
        throw Problem(description: "a key is one of 0 to 9, * and #")
      }
      return .key(key)
    default: throw Problem(description: "\(words[1])? a phone knows off, on, dial, key, hold, transfer, reject")
    }
  }
}

extension Command.Act {
  /// What a digital phone makes of it.
  var event: DigitalPhone.Event {
    switch self {
    case .offHook: .offHook
    case .onHook: .onHook
    case .hold: .hold
    case .reject: .reject
    case .transfer: .transfer
    case .dial(let number): .number(number)
    case .key(let key): .key(key)
    }
  }
}
