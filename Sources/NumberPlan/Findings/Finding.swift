/// Something wrong, or odd, in a number plan: where, what, and how to mend it (PLAN-2).
public struct Finding: Sendable, Equatable {
  public enum Severity: String, Sendable {
    /// The plan is not loaded.
    case error
    /// The plan works, but hardly as its writer meant.
    case warning
  }

  /// As it was named to the loader; used in messages only.
  public var file: String
  /// From 1.
  public var line: Int
  /// From 1, in characters.
  public var column: Int
  public var severity: Severity
  /// A stable word for scripts, such as `shadowed-code`.
  public var rule: String
  /// What is wrong, in one line.
  public var message: String
  /// How to mend it, in one line.
  public var mend: String?

  public init(
    file: String, line: Int, column: Int, severity: Severity, rule: String, message: String, mend: String? = nil
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.severity = severity
    self.rule = rule
    self.message = Self.printable(message)
    self.mend = mend.map(Self.printable)
  }

  /// `file:line:column: error: message`, and below it, indented, how to mend it.
  public var text: String {
    let first = "\(self.file):\(self.line):\(self.column): \(self.severity.rawValue): \(self.message)"
    guard let mend else { return first }
    return first + "\n    " + mend
  }

  /// An object with `file line column severity rule message mend`.
  public var json: String {
    var fields = [
      ("file", JSON.string(self.file)), ("line", "\(self.line)"), ("column", "\(self.column)"),
      ("severity", JSON.string(self.severity.rawValue)), ("rule", JSON.string(self.rule)),
      ("message", JSON.string(self.message)),
    ]
    if let mend { fields.append(("mend", JSON.string(mend))) }
    return JSON.object(fields)
  }

  /// What a file holds goes to a terminal: no control characters.
  private static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 0x20 || 0x7F...0x9F ~= $0.value }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result.unicodeScalars.append(scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value ? "\u{B7}" : scalar)
    }
    return result
  }
}
