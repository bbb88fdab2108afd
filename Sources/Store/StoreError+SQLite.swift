internal import Foundation
internal import GRDB

extension StoreError {
  /// What SQLite or the system said, in our words. Statement arguments are left out: they may be secret.
  init(_ error: any Error, at place: String) {
    if let own = error as? StoreError {
      self = own
    } else if let sqlite = error as? DatabaseError {
      self.init(sqlite: sqlite.resultCode.rawValue, message: sqlite.message ?? "", at: place)
    } else {
      self.init(.other, at: place, "\(error)")
    }
  }

  /// - Parameter sqlite: a primary or extended result code.
  init(sqlite code: Int32, message: String, at place: String) {
    switch ResultCode(rawValue: code & 0xFF) {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.locked, at: place, "another process keeps the database locked", mend: "try again, or end that process")
    case .SQLITE_FULL:
      self.init(.diskFull, at: place, "the disk is full", mend: "make room; nothing that was kept is lost")
    case .SQLITE_IOERR:
      self.init(
        .ioError, at: place, "the disk cannot be read or written (\(message))", mend: "check the disk and the system's log")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
      self.init(
        .notWritable, at: place, "the database cannot be opened or written (\(message))", mend: "check owner, mode and disk")
    case .SQLITE_NOTADB:
      self.init(.notADatabase, at: place, "is not a database", mend: "name another file with --database, or restore a backup")
    case .SQLITE_CORRUPT:
      self.init(.corrupt, at: place, "the database is damaged (\(message))", mend: "restore a backup")
    case .SQLITE_CONSTRAINT:
      self.init(.constraint, at: place, "refused by the database: \(message)")
    default:
      self.init(.other, at: place, message.isEmpty ? "SQLite error \(code)" : message)
    }
  }
}
