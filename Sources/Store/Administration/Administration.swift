internal import Foundation
internal import GRDB

/// Who changes something, for the audit trail: what the operating system knows, and by which command.
public struct Author: Equatable, Sendable {
  /// The person: who logged in, also where another account carries the command out.
  public var who: String
  /// The account that carries the command out; equal to `who` where nobody took another's place.
  public var account: String
  /// From where: a remote host, a terminal, or both; empty where neither is known.
  public var origin: String
  /// The command's words without its arguments: `station set`.
  public var command: String

  public init(_ who: String, account: String? = nil, origin: String = "", command: String = "") {
    self.who = who
    self.account = account ?? who
    self.origin = origin
    self.command = command
  }
}

/// What the operator changes and looks at. Works while an exchange runs on the same database in this or another process; every
/// change is one transaction, leaves a row in the audit trail and moves `Database.administrationCounter()`.
///
/// Errors name what was wrong and what is allowed; nothing is changed then.
public struct Administration: Sendable {
  public let database: Database
  /// Who makes the changes, for the audit trail.
  public let author: Author

  public init(_ database: Database, by author: Author) {
    self.database = database
    self.author = author
  }

  /// For an author of whom only a name is known.
  public init(_ database: Database, by who: String) {
    self.init(database, by: Author(who))
  }

  /// Runs `body` as one transaction and notes what was done; `body` completes the entry with the values before and after.
  func change<Value>(_ entry: AuditEntry, _ body: (Connection, inout AuditEntry) throws -> Value) throws(StoreError) -> Value {
    try database.write { connection in
      var entry = entry
      let value = try body(connection, &entry)
      try note(entry, connection)
      return value
    }
  }

  /// Adds a row to the trail and moves the counter that a running exchange watches.
  func note(_ entry: AuditEntry, _ connection: Connection) throws {
    try AuditTrail(connection, database.secrets).append(entry, by: author, at: .now())
    try connection.execute(sql: "UPDATE meta SET value = value + 1 WHERE name = 'administration'")
  }
}
