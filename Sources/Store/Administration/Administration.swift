internal import Foundation
internal import GRDB

/// What the operator changes and looks at. Works while an exchange runs on the same database in this or another process; every
/// change is one transaction, leaves a row in the audit trail and moves `Database.administrationCounter()`.
///
/// Errors name what was wrong and what is allowed; nothing is changed then.
public struct Administration: Sendable {
  public let database: Database
  /// Who makes the changes, for the audit trail: a user name.
  public let who: String

  public init(_ database: Database, by who: String) {
    self.database = database
    self.who = who
  }

  /// The audit trail, newest first.
  public func audit(limit: Int = 100) throws(StoreError) -> [AuditRow] {
    try database.read { connection in
      try Row.fetchAll(connection, sql: "SELECT id, time, who, what FROM audit ORDER BY id DESC LIMIT ?", arguments: [limit]).map
      { row in
        AuditRow(id: row[0], time: moment(row, 1), who: row[2], what: row[3])
      }
    }
  }

  /// Runs `body` as one transaction and notes `what` was done; secrets never stand in it.
  func change<Value>(_ what: String, _ body: (Connection) throws -> Value) throws(StoreError) -> Value {
    try database.write { connection in
      let value = try body(connection)
      try note(what, connection)
      return value
    }
  }

  func note(_ what: String, _ connection: Connection) throws {
    try connection.execute(
      sql: "INSERT INTO audit (time, who, what) VALUES (?, ?, ?)", arguments: [Moment.now().milliseconds, who, what])
    try connection.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'administration'")
  }
}
