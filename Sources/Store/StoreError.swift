/// What went wrong in the store, where, and how to mend it. Two errors are equal when their codes are.
///
/// `description` is one line fit for standard error; it never holds a password, key or authorisation code.
public struct StoreError: Error, Sendable {
  public enum Code: String, Sendable {
    // Opening.
    case missingFolder, missingFile, fileExists, notWritable, notADatabase, newerSchema, corrupt, inUse
    // Working.
    case locked, diskFull, ioError, constraint, queueFull, stopped
    // Secrets.
    case keyMissing, keyUnsafe, keyWrong, tampered, random
    // Administration.
    case unknownName, invalidValue, password, noSuchEntry, entryExists, csv
    /// Something SQLite said that none of the above covers.
    case other
  }

  public var code: Code
  /// File, table, entry or line.
  public var place: String
  /// What happened there.
  public var cause: String
  /// What the reader can do about it; empty where nothing sensible can be said.
  public var mend: String
  /// Further findings, one a line, for what checks a whole file (CSV import).
  public var details: [String]

  public init(_ code: Code, at place: String, _ cause: String, mend: String = "", details: [String] = []) {
    self.code = code
    self.place = place
    self.cause = cause
    self.mend = mend
    self.details = details
  }
}

extension StoreError: Equatable {
  public static func == (one: StoreError, other: StoreError) -> Bool {
    one.code == other.code
  }
}

extension StoreError: CustomStringConvertible {
  /// `PLACE: CAUSE; MEND`.
  public var description: String {
    (place.isEmpty ? "" : place + ": ") + cause + (mend.isEmpty ? "" : "; " + mend)
  }
}
