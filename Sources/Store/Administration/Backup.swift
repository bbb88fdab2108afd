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
  /// What the audit trail of the replaced database has beyond the backup's goes on in it: nobody gets rid of it by a restore.
  ///
  /// - Throws: `.inUse`; `.missingFile`, `.notADatabase`, `.newerSchema`, `.corrupt` for the backup, with the database as it was;
  ///   `.keyWrong` when the backup belongs to another key than is in place.
  public static func restore(
    _ backup: String, to path: String, by author: Author = Author("restore"), key: StoreKey? = nil
  ) throws(StoreError) {
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
      try continueTrail(database, of: path, key, AuditEntry("restored from \(backup)", of: "database", new: [backup]), author)
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

/// Goes on with the trail of the database that is replaced, as far as it can be read and begins as the backup's does.
private func continueTrail(_ database: Database, of path: String, _ key: StoreKey, _ entry: AuditEntry, _ author: Author) throws {
  let isReplaced = access(path, F_OK) == 0
  let replaced = isReplaced ? try? Database.open(path, create: false, key: key) : nil
  defer { try? replaced?.close() }
  try Administration(database, by: author).change(entry) { connection, entry in
    let trail = AuditTrail(connection, database.secrets)
    let goesOn = (try? replaced?.read { try trail.adopt(AuditTrail($0, database.secrets)) }) ?? !isReplaced
    if !goesOn { entry.old = ["the trail of the replaced database is not continued"] }
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

extension Administration {
  /// As `Database.backUp(to:)`, noted in the audit trail: a copy takes everything out of the house but the key.
  public func backUp(to target: String) throws(StoreError) {
    try database.backUp(to: target)
    do {
      try change(AuditEntry("copied to \(target)", of: "database", new: [target])) { _, _ in }
    } catch {
      unlink(target)
      throw error
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
