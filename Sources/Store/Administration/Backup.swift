internal import Foundation
internal import GRDB

extension Database {
  /// Copies the database to a new file of mode 0600 while the exchange runs, and checks the copy. The key is not in it: keep the
  /// key file as well, elsewhere.
  ///
  /// - Throws: `.fileExists` rather than overwrite; `.notWritable`, `.diskFull`, `.corrupt`. No half copy stays.
  public func backUp(to target: String) throws(StoreError) {
    let file = Foundation.open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw errno == EEXIST
        ? StoreError(
          .fileExists, at: target, "there is a file already, and it is not overwritten", mend: "name another or remove it")
        : StoreError(.notWritable, at: target, "the backup cannot be made: \(systemMessage(errno))")
    }
    Foundation.close(file)
    do {
      let copy = try DatabaseQueue(path: target)
      try pool.backup(to: copy)
      try leaveLog(copy)
      try requireSound(copy, target)
      try copy.close()
      try synchronise(target)
    } catch {
      unlink(target)
      throw StoreError(error, at: target)
    }
  }

  /// Puts a backup in the place of the database, which is made where there is none. The exchange must be stopped.
  ///
  /// - Throws: `.inUse`; `.missingFile`, `.notADatabase`, `.newerSchema`, `.corrupt` for the backup, with the database as it was;
  ///   `.keyWrong` when the backup belongs to another key than is in place.
  public static func restore(_ backup: String, to path: String, key: StoreKey? = nil) throws(StoreError) {
    guard access(backup, R_OK) == 0 else {
      throw StoreError(.missingFile, at: backup, "the backup cannot be read: \(systemMessage(errno))")
    }
    let lock = try ExchangeLock(database: path)
    defer { withExtendedLifetime(lock) {} }
    let draft = "\(path).restore.\(getpid())"
    defer { for end in ["", "-wal", "-shm", "-journal"] { unlink(draft + end) } }
    do {
      try copySound(backup, to: draft)
      // Opening the copy brings it up to date and finds out whether the key fits, before anything is replaced.
      let key = try key ?? KeyFile.load(database: path, create: false)
      let database = try open(draft, create: false, key: key)
      try Administration(database, by: "restore").change("restored from \(backup)") { _ in }
      try database.close()
      let copy = try DatabaseQueue(path: draft)
      try leaveLog(copy)
      try copy.close()
      try synchronise(draft)
      // The old write-ahead log goes into the old file, as far as it is sound: it must not be played into the new one.
      if let old = try? DatabaseQueue(path: path) {
        try? leaveLog(old)
        try? old.close()
      }
      for end in ["-wal", "-shm", "-journal"] { unlink(path + end) }
      guard rename(draft, path) == 0 else {
        throw StoreError(.notWritable, at: path, "the backup cannot be put in place: \(systemMessage(errno))")
      }
    } catch {
      var error = StoreError(error, at: backup)
      if error.place == draft { error.place = backup }
      if error.code == .keyWrong { error.mend = "put the key file that belongs to the backup at \(KeyFile.path(database: path))" }
      throw error
    }
  }
}

private func copySound(_ backup: String, to draft: String) throws {
  var configuration = Configuration()
  configuration.readonly = true
  let source = try DatabaseQueue(path: backup, configuration: configuration)
  try requireSound(source, backup)
  let file = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw StoreError(.notWritable, at: draft, "the copy cannot be made: \(systemMessage(errno))") }
  close(file)
  let copy = try DatabaseQueue(path: draft)
  try source.backup(to: copy)
  try copy.close()
  try source.close()
}

/// Makes the database one file: nothing of it stays in a write-ahead log.
private func leaveLog(_ queue: DatabaseQueue) throws {
  try queue.writeWithoutTransaction { connection in
    let mode = try String.fetchOne(connection, sql: "PRAGMA journal_mode = DELETE")
    guard mode == "delete" else { throw StoreError(.locked, at: queue.path, "another process has the database open") }
  }
}

private func requireSound(_ queue: DatabaseQueue, _ place: String) throws {
  try queue.read { connection in
    guard try Int32.fetchOne(connection, sql: "PRAGMA application_id") == Schema.application else {
      throw StoreError(.notADatabase, at: place, "is not a backup of a strowger database")
    }
    let findings = try String.fetchAll(connection, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
    guard findings.isEmpty else {
      throw StoreError(.corrupt, at: place, "the copy is damaged", mend: "use another backup", details: findings)
    }
  }
}

private func synchronise(_ path: String) throws {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  defer { if file >= 0 { close(file) } }
  guard file >= 0, fsync(file) == 0 else {
    throw StoreError(.ioError, at: path, "the file did not reach the disk: \(systemMessage(errno))")
  }
}
