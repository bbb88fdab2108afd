import Transport

/// Why a command could not be carried out, in one line that says how to mend it.
struct Failure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

extension Strowger {
  /// Whether an error's description is fit to be shown as it is, with exit status 1.
  static func isOurs(_ error: any Error) -> Bool { error is Failure || error is TransportError }
}
