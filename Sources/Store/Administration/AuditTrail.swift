internal import Foundation
internal import GRDB

/// What an administrative change did, as the audit trail keeps it. A secret is in none of it: of a password it says that it is
/// set.
struct AuditEntry {
  /// In words: `station 2001 removed`.
  var what: String
  /// What was changed: `station 2001`, `option call.ring-time`.
  var object: String
  /// What it was before, as `name=value` or a bare value; empty where there was nothing.
  var old: [String] = []
  /// What it is from now on; empty where it is gone.
  var new: [String] = []

  init(_ what: String, of object: String, old: [String] = [], new: [String] = []) {
    self.what = what
    self.object = object
    self.old = old
    self.new = new
  }
}

/// The rows of the table `audit` inside a transaction. The schema's triggers let nobody change, replace or remove one; each also
/// carries a seal, which depends on all rows before it and on the store's key, so that what got past the triggers is seen.
struct AuditTrail {
  private let connection: Connection
  private let secrets: Secrets

  private static let columns = "id, time, who, account, origin, command, what, object, old, new, seal"

  init(_ connection: Connection, _ secrets: Secrets) {
    self.connection = connection
    self.secrets = secrets
  }

  /// The number of the newest row that there has ever been.
  private var last: Int64 {
    get throws { try Int64.fetchOne(connection, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0 }
  }

  func append(_ entry: AuditEntry, by author: Author, at time: Moment) throws {
    var row = AuditRow(
      id: try last + 1, time: time, who: author.who, account: author.account, origin: author.origin, command: author.command,
      what: entry.what, object: entry.object, old: entry.old, new: entry.new)
    row.seal = secrets.chain(row.sealed(after: try end()))
    try insert(row)
  }

  /// Newest first.
  func rows(where condition: String, _ arguments: StatementArguments, limit: Int) throws -> [AuditRow] {
    let sql = "SELECT \(Self.columns) FROM audit WHERE \(condition) ORDER BY id DESC LIMIT :limit"
    return try Row.fetchAll(connection, sql: sql, arguments: arguments &+ ["limit": limit]).map(Self.row)
  }

  /// Goes through all rows, oldest first.
  func check() throws -> AuditCheck {
    var result = AuditCheck()
    var seal: [UInt8] = []
    let cursor = try Row.fetchCursor(connection, sql: "SELECT \(Self.columns) FROM audit ORDER BY id")
    while let found = try cursor.next() {
      let row = Self.row(found)
      if row.id != result.last + 1 { result.findings.append(Self.missing(result.last + 1, row.id - 1)) }
      let expected = secrets.chain(row.sealed(after: seal))
      if !row.seal.isEmpty, row.seal != expected {
        result.findings.append("change \(row.id), or one before it, is not as it was written")
      }
      // What comes after a row that was changed is measured against that row's own seal: each break is told once.
      seal = row.seal.isEmpty ? expected : row.seal
      result.last = row.id
      result.count += 1
    }
    let highest = try last
    if highest > result.last { result.findings.append(Self.missing(result.last + 1, highest)) }
    result.seal = seal
    return result
  }

  /// Takes over what `other` has beyond this trail.
  /// - Returns: false, and nothing is taken, where `other` is not a continuation of this trail.
  func adopt(_ other: AuditTrail) throws -> Bool {
    let common = try last
    guard
      try common == 0
        || other.rows(where: "id = \(common)", [:], limit: 1).first == rows(where: "id = \(common)", [:], limit: 1).first
    else { return false }
    for row in try other.rows(where: "id > \(common)", [:], limit: .max).reversed() { try insert(row) }
    return true
  }

  /// The seal of the newest row. Rows of earlier versions have none, and are sealed by the first that has.
  private func end() throws -> [UInt8] {
    guard let newest = try rows(where: "TRUE", [:], limit: 1).first else { return [] }
    return newest.seal.isEmpty ? try check().seal : newest.seal
  }

  private func insert(_ row: AuditRow) throws {
    try connection.execute(
      sql: "INSERT INTO audit (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        row.id, row.time.milliseconds, row.who, row.account, row.origin, row.command, row.what, row.object,
        row.old.joined(separator: "\n"), row.new.joined(separator: "\n"), row.seal.isEmpty ? nil : Data(row.seal),
      ])
  }

  private static func row(_ row: Row) -> AuditRow {
    func list(_ index: Int) -> [String] {
      let text: String = row[index]
      return text.split(separator: "\n").map(String.init)
    }
    let seal: Data? = row[10]
    var result = AuditRow(
      id: row[0], time: moment(row, 1), who: row[2], account: row[3], origin: row[4], command: row[5], what: row[6],
      object: row[7], old: list(8), new: list(9))
    result.seal = seal.map { [UInt8]($0) } ?? []
    return result
  }

  private static func missing(_ first: Int64, _ last: Int64) -> String {
    first == last ? "change \(first) is missing" : "changes \(first) to \(last) are missing"
  }
}

/// What is left of the audit trail: see `Administration.checkAudit()`.
public struct AuditCheck: Equatable, Sendable {
  /// How many changes stand in it.
  public internal(set) var count = 0
  /// The number of the newest.
  public internal(set) var last: Int64 = 0
  /// Depends on every change up to the newest. Who notes it elsewhere can tell later that nothing before it was changed.
  public internal(set) var seal: [UInt8] = []
  /// What was changed, replaced or removed behind the program's back, oldest first.
  public internal(set) var findings: [String] = []
}

extension Administration {
  /// The audit trail, newest first.
  ///
  /// - Parameters:
  ///   - since: only changes at or after that moment.
  ///   - who: only those of this person or account.
  ///   - object: only those of this object: `station 2001`; or of all that begin so: `station`.
  public func audit(
    limit: Int = 100, since: Moment? = nil, who: String? = nil, object: String? = nil
  ) throws(StoreError) -> [AuditRow] {
    try database.read { connection in
      try AuditTrail(connection, database.secrets).rows(
        where: """
          (:since IS NULL OR time >= :since) AND (:who IS NULL OR :who IN (who, account))
          AND (:object IS NULL OR object = :object OR substr(object, 1, length(:object) + 1) = :object || ' ')
          """, ["since": since?.milliseconds, "who": who, "object": object], limit: limit)
    }
  }

  /// Holds every row of the trail against its seal.
  public func checkAudit() throws(StoreError) -> AuditCheck {
    try database.read { connection in try AuditTrail(connection, database.secrets).check() }
  }

  /// Notes which number plan the exchange took, by the hash of its file: the plan is not in the database, its changes are.
  ///
  /// - Parameter isRestart: notes it only where the plan is another one than that noted last.
  public func notePlan(_ file: String, _ octets: [UInt8], isRestart: Bool) throws(StoreError) {
    let hash = Secrets.shortHash(octets)
    try database.write { connection in
      let object = "plan \(file)"
      let trail = AuditTrail(connection, database.secrets)
      let former = try trail.rows(where: "object = :object", ["object": object], limit: 1).first?.new ?? []
      guard !isRestart || former != [hash] else { return }
      let entry = AuditEntry("\(object) \(isRestart ? "taken at start" : "reloaded")", of: object, old: former, new: [hash])
      try trail.append(entry, by: author, at: .now())
    }
  }
}
