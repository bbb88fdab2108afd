internal import Foundation
internal import GRDB

extension Administration {
  /// The access log (REG-9), newest first.
  ///
  /// - Parameters:
  ///   - number: only attempts for this station.
  ///   - source: only attempts from sources that begin so.
  public func accessLog(limit: Int = 100, number: String? = nil, source: String? = nil) throws(StoreError) -> [AccessLogRow] {
    try database.read { connection in
      try Row.fetchAll(
        connection,
        sql: """
          SELECT id, time, source, number, user_agent, outcome, reason FROM access_log
          WHERE (:number IS NULL OR number = :number) AND (:source IS NULL OR substr(source, 1, length(:source)) = :source)
          ORDER BY id DESC LIMIT :limit
          """, arguments: ["number": number, "source": source, "limit": limit]
      ).map { row in
        AccessLogRow(
          id: row[0], time: moment(row, 1), source: row[2], number: row[3], userAgent: row[4], outcome: row[5], reason: row[6])
      }
    }
  }

  /// Call records (CALL-10), newest first.
  ///
  /// - Parameter party: only calls that this number made, dialled or answered.
  public func callRecords(limit: Int = 100, party: String? = nil) throws(StoreError) -> [CallRecordRow] {
    try database.read { connection in
      try Row.fetchAll(
        connection,
        sql: """
          SELECT id, caller, dialled, answered_by, features, start, answer, "end", cause, authorisation, media_path FROM cdr
          WHERE :party IS NULL OR :party IN (caller, dialled, answered_by) ORDER BY id DESC LIMIT :limit
          """, arguments: ["party": party, "limit": limit]
      ).map { row in
        let features: String = row[4]
        return CallRecordRow(
          id: row[0], caller: row[1], dialled: row[2], answeredBy: row[3],
          features: features.split(separator: "\n").map(String.init),
          start: moment(row, 5), answer: optionalMoment(row, 6), end: optionalMoment(row, 7), cause: row[8],
          authorisation: row[9],
          mediaPath: row[10])
      }
    }
  }

  /// Messages in mailboxes (MWI-2), by number: oldest first.
  ///
  /// - Parameter owner: only those in this mailbox.
  public func recordings(owner: String? = nil) throws(StoreError) -> [RecordingRow] {
    try database.read { connection in try database.recordings(connection, owner: owner) }
  }

  /// Sources that are blocked now (REG-8), those blocked longest first.
  public func blocks(now: Moment = .now()) throws(StoreError) -> [BlockRow] {
    try database.read { connection in try database.blocks(connection, endingAfter: now).sorted { $0.until > $1.until } }
  }

  /// Ends a block; throws `.noSuchEntry`.
  ///
  /// - Parameter isLifted: the running exchange has lifted it already, and may have taken it out of the database.
  public func unblock(_ source: String, isLifted: Bool = false) throws(StoreError) {
    try change(AuditEntry("\(source) unblocked", of: "block \(source)")) { connection, entry in
      let former = try Row.fetchOne(connection, sql: "SELECT until, reason FROM block WHERE source = ?", arguments: [source])
      if let former {
        let reason: String = former[1]
        entry.old = ["until=\(moment(former, 0))", "reason=\(reason)"]
      }
      try connection.execute(sql: "DELETE FROM block WHERE source = ?", arguments: [source])
      guard !isLifted else { return }
      try mustHaveChanged(connection, "blocked sources", "\(source) is not blocked", "`strowger blocked` shows what is")
    }
  }

  /// Registrations as they were kept last, not expired, newest first.
  public func registrations(now: Moment = .now()) throws(StoreError) -> [BindingRow] {
    try database.read { connection in
      try database.bindings(connection, expiringAfter: now).sorted { ($0.registered, $0.id) > ($1.registered, $1.id) }
    }
  }

  private func optionalMoment(_ row: Row, _ index: Int) -> Moment? {
    let milliseconds: Int64? = row[index]
    return milliseconds.map(Moment.init(milliseconds:))
  }
}
