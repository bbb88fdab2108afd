import Foundation

/// Standard output and standard error as people and programs read them.
enum Terminal {
  /// Prints to standard output; what is printed is there when the call returns.
  static func say(_ text: String) { self.write(text + "\n", to: STDOUT_FILENO) }

  /// Prints to standard error.
  static func complain(_ text: String) { self.write(text + "\n", to: STDERR_FILENO) }

  /// Whether colour may be used there: a terminal, and no wish to the contrary (no-color.org).
  static func isColoured(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// Whether everything written to standard error is thrown away, so that nothing need be formatted for it.
  static var isErrorDiscarded: Bool {
    var error = stat()
    var nowhere = stat()
    guard fstat(STDERR_FILENO, &error) == 0, stat("/dev/null", &nowhere) == 0 else { return true }
    return error.st_mode & S_IFMT == S_IFCHR && error.st_rdev == nowhere.st_rdev
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

/// The colours of the log and of the tables.
enum Tint: String {
  case dim = "\u{1B}[2m"
  case red = "\u{1B}[31m"
  case yellow = "\u{1B}[33m"

  func callAsFunction(_ text: String, if isColoured: Bool) -> String {
    isColoured ? self.rawValue + text + "\u{1B}[0m" : text
  }
}
