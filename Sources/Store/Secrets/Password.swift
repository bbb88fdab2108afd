/// A password that does not print: no description, debug description or mirror of it, or of what holds it, shows its characters
/// (REG-5).
public struct Password: Hashable, Sendable {
  private let characters: String

  public init(_ characters: String) {
    self.characters = characters
  }

  /// The characters, for computing a digest and for the one time a new password is shown. Never log what this returns.
  public func reveal() -> String {
    characters
  }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "••••••" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The rule for station passwords (REG-5): at least 6 characters of letters, digits and `!@#$%^&*_`, never equal to the user ID,
/// at most `station.password-maximum` characters.
public enum PasswordRule {
  public static let minimum = 6
  public static let allowed = "letters, digits and !@#$%^&*_"

  /// What is wrong with a password, in words that do not repeat it; nil when it may be used.
  public static func check(_ password: String, userID: String, maximum: Int = 64) -> String? {
    let characters = Array(password.utf8)
    if !characters.allSatisfy(isAllowed) { return "may hold \(allowed) only" }
    if characters.count < minimum { return "has \(characters.count) characters, at least \(minimum) are needed" }
    if characters.count > maximum { return "has \(characters.count) characters, at most \(maximum) are allowed" }
    if password == userID { return "is the user ID; choose another" }
    return nil
  }

  /// A fresh password of 12 characters from 56 that cannot be mistaken for each other: 69 bits (`--random-password`, demo
  /// stations).
  public static func random() -> Password {
    var source = SystemRandomNumberGenerator()
    return Password(String(decoding: (0..<12).map { _ in unmistakable.randomElement(using: &source) ?? 0x78 }, as: UTF8.self))
  }

  private static func isAllowed(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: punctuation.contains(octet)
    }
  }

  private static let punctuation = Array("!@#$%^&*_".utf8)
  private static let unmistakable = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz".utf8)
}
