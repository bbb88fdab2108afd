internal import GRDB

/// Keeps the logs within their limits: a small slice at a time, between the writer's transactions.
///
/// A failure waits for the next turn: it harms nobody but the disk.
struct Pruning {
  /// Whether a slice should be cut although batches may be waiting.
  var isDue: Bool { changes >= 1024 }
  /// Whether the last slice found more than it might cut.
  private(set) var isBehind = true

  private var changes = 0
  private var isFirst = true
  private static let slice = 512

  mutating func note(changes count: Int) {
    changes += count
  }

  /// Cuts at most one slice off each table in one transaction.
  mutating func cut(_ database: Database, _ time: Moment) {
    changes = 0
    let first = isFirst
    isFirst = false
    let now = time.milliseconds
    isBehind =
      (try? database.write { connection in
        let options = try database.options(connection)
        let cuts = [
          try overflow("access_log", keeping: options.integer("log.access-limit"), connection),
          try overflow("cdr", keeping: options.integer("log.call-limit"), connection),
          try delete(
            "answered WHERE id IN (SELECT id FROM answered ORDER BY id LIMIT \(Pruning.slice)) AND expires < \(now)", connection),
        ]
        _ = try delete("block WHERE until < \(now)", connection)
        // Bindings that ended while the exchange was down. Later ones are removed by the registrar.
        if first { _ = try delete("binding WHERE expires < \(now)", connection) }
        return cuts.contains { $0 >= Pruning.slice }
      }) ?? false
  }

  /// The rows are numbered in order, so the number of the last tells which are too many.
  private func overflow(_ table: String, keeping limit: Int, _ connection: Connection) throws -> Int {
    try delete(
      """
      \(table) WHERE id IN (
        SELECT id FROM \(table) WHERE id <= (SELECT max(id) FROM \(table)) - \(limit) ORDER BY id LIMIT \(Pruning.slice))
      """, connection)
  }

  private func delete(_ rows: String, _ connection: Connection) throws -> Int {
    try connection.cachedStatement(sql: "DELETE FROM \(rows)").execute()
    return connection.changesCount
  }
}
