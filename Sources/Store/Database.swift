internal import Foundation
internal import GRDB

/// One Strowger database: an SQLite file in WAL mode, its schema and its key.
///
/// Committed work survives `kill -9`; with `Durability.full` it survives power loss (ARCHITECTURE.md rule 7). Several processes
/// may have it open: the exchange writes through a `Writer`, commands through `Administration`. Any thread may use it; its calls
/// block.
public final class Database: Sendable {
  /// How much a commit waits for: `normal` for the operating system (survives a crash of the program), `full` for the disk.
  public enum Durability: String, Sendable {
    case normal, full
  }

  public let path: String
  public let secrets: Secrets
  let pool: DatabasePool

  /// Opens the database, makes it (mode 0600) where `create` allows, and brings its schema up to date.
  ///
  /// - Parameters:
  ///   - create: false for a command that makes no sense on an empty database.
  ///   - durability: nil follows the option `database.durability`.
  ///   - busyTimeout: how long a call waits for another process's transaction before it throws `.locked`.
  ///   - key: nil takes the key from the environment or the key file (see `KeyFile`), and makes one for a new database.
  public static func open(
    _ path: String, create: Bool = true, durability: Durability? = nil, busyTimeout: Duration = .seconds(5), key: StoreKey? = nil
  ) throws(StoreError) -> Database {
    let opening = try prepareFile(path, create: create)
    defer { Foundation.close(opening) }
    let parts = busyTimeout.components
    var configuration = Configuration()
    configuration.label = "strowger"
    configuration.busyMode = .timeout(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
    // A transaction that SQLite could not roll back is ended by the writer's next turn; GRDB would stop the process.
    configuration.allowsUnsafeTransactions = true
    configuration.prepareDatabase { connection in
      try connection.execute(sql: "PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF")
    }
    do {
      try checkOwnership(path, configuration)
      let pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { connection in
        guard try !Schema.migrations.hasBeenSuperseded(connection) else {
          throw StoreError(
            .newerSchema, at: path, "the database was made by a newer version of strowger",
            mend: "upgrade strowger, or restore a backup")
        }
      }
      try Schema.migrations.migrate(pool)
      let secrets = try agreeOnKey(pool, path, key)
      let wanted =
        try durability
        ?? pool.read { connection in
          try String.fetchOne(connection, sql: "SELECT value FROM option WHERE name = 'database.durability'").flatMap(
            Durability.init)
        }
      try pool.writeWithoutTransaction { connection in
        try connection.execute(sql: "PRAGMA synchronous = \(wanted == .full ? "FULL" : "NORMAL")")
      }
      return Database(path: path, secrets: secrets, pool: pool)
    } catch {
      throw StoreError(error, at: path)
    }
  }

  private init(path: String, secrets: Secrets, pool: DatabasePool) {
    self.path = path
    self.secrets = secrets
    self.pool = pool
  }

  /// Closes the file after what is running; further calls throw. Stop the `Writer` first.
  public func close() throws(StoreError) {
    do { try pool.close() } catch { throw StoreError(error, at: path) }
  }

  /// SQLite's `integrity_check` and `foreign_key_check`; throws `.corrupt` with the findings as details.
  public func integrityCheck() throws(StoreError) {
    let findings = try read { connection in
      let damage = try String.fetchAll(connection, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
      let orphans = try Row.fetchAll(connection, sql: "PRAGMA foreign_key_check").map { row in
        "table \(String(describing: row[0])) refers to a missing row of \(String(describing: row[2]))"
      }
      return damage + orphans
    }
    guard findings.isEmpty else {
      throw StoreError(.corrupt, at: path, "the database is damaged", mend: "restore a backup", details: findings)
    }
  }

  /// Counts administrative changes, of whatever process: when it moves, the exchange takes stations, options, white list and
  /// blocks anew.
  public func administrationCounter() throws(StoreError) -> Int64 {
    try read { connection in try administrationCount(connection) }
  }

  func read<Value>(_ body: (Connection) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.read(body) } catch { throw StoreError(error, at: path) }
  }

  func write<Value>(_ body: (Connection) throws -> Value) throws(StoreError) -> Value {
    do { return try pool.write(body) } catch { throw StoreError(error, at: path) }
  }
}

typealias Connection = GRDB.Database

func administrationCount(_ connection: Connection) throws -> Int64 {
  try Int64.fetchOne(connection, sql: "SELECT value FROM meta WHERE name = 'administration'") ?? 0
}

/// Looks at folder and file before SQLite does, so that the error names what is wrong, and makes a new file with mode 0600.
///
/// Returns a descriptor whose closing lets the next process open: two that make the schema at once would trip over each other.
private func prepareFile(_ path: String, create: Bool) throws(StoreError) -> Int32 {
  let folder = try folder(of: path)
  let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw StoreError(
      .notWritable, at: path, "the folder \(folder) cannot be read: \(systemMessage(errno))", mend: "check owner and mode")
  }
  flock(descriptor, LOCK_EX)
  do {
    try prepareFile(path, in: folder, create: create)
    return descriptor
  } catch {
    close(descriptor)
    throw error
  }
}

private func folder(of path: String) throws(StoreError) -> String {
  let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  var facts = stat()
  guard stat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else {
    throw StoreError(.missingFolder, at: path, "the folder \(folder) does not exist", mend: "mkdir -p \(folder)")
  }
  return folder
}

private func prepareFile(_ path: String, in folder: String, create: Bool) throws(StoreError) {
  var facts = stat()
  if stat(path, &facts) == 0 {
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.notADatabase, at: path, "is not a file", mend: "name a file with --database")
    }
    guard access(path, R_OK | W_OK) == 0, access(folder, W_OK) == 0 else {
      throw StoreError(
        .notWritable, at: path, "the database or its folder may not be written by this user", mend: "check owner and mode")
    }
    return
  }
  guard create else {
    throw StoreError(
      .missingFile, at: path, "there is no such database",
      mend: "name it with --database or STROWGER_DATABASE, or start `strowger serve`")
  }
  let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard file >= 0 || errno == EEXIST else {
    throw StoreError(
      .notWritable, at: path, "the database cannot be made: \(systemMessage(errno))", mend: "check owner and mode of \(folder)")
  }
  close(file)
}

/// Refuses a file that is an SQLite database of another program, before anything is written to it.
private func checkOwnership(_ path: String, _ configuration: Configuration) throws {
  let queue = try DatabaseQueue(path: path, configuration: configuration)
  defer { try? queue.close() }
  try queue.read { connection in
    let mark = try Int32.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
    // GRDB's own table stands alone where making the schema was cut short.
    let tables = try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'grdb_migrations'") ?? 0
    guard mark == Schema.application || tables == 0 else {
      throw StoreError(.notADatabase, at: path, "is another program's database", mend: "name strowger's own with --database")
    }
  }
}

/// Finds the key and compares it with that of the database's sealed values, or notes it in a new database.
private func agreeOnKey(_ pool: DatabasePool, _ path: String, _ given: StoreKey?) throws -> Secrets {
  func known(_ connection: Connection) throws -> [UInt8]? {
    try Data.fetchOne(connection, sql: "SELECT value FROM meta WHERE name = 'key'").map { [UInt8]($0) }
  }
  let isNew = try pool.read { connection in try known(connection) == nil }
  let secrets = Secrets(key: try given ?? KeyFile.load(database: path, create: isNew))
  let fingerprint = try pool.write { connection in
    try connection.execute(
      sql: "INSERT INTO meta VALUES ('key', ?) ON CONFLICT (name) DO NOTHING", arguments: [Data(secrets.fingerprint)])
    return try known(connection)
  }
  guard fingerprint == secrets.fingerprint else {
    throw StoreError(
      .keyWrong, at: path, "the passwords in the database were sealed under another key",
      mend: "put back the key file \(KeyFile.path(database: path)) or the \(KeyFile.variable) that belongs to it")
  }
  return secrets
}
