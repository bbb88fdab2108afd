extension HotStatements {
  /// The statements' texts, by their place in the table of prepared ones.
  ///
  /// The busiest avoid `ON CONFLICT DO UPDATE`: for it SQLite copies each page it touches into a statement journal (500 stations
  /// that refresh 4000 times a second: 91 µs each with it, 26 without, the load generator included). `OR REPLACE` needs none
  /// where the table has no index, foreign key or trigger.
  enum Text: Int, CaseIterable {
    case updateBinding, insertBinding, removeBinding, putMachine, removeMachine, putCall, removeCall, putDialog, removeDialog
    case putTransaction, addAccess, putCallRecord, putBlock, removeBlock, putSetting, removeSetting
    case putRecording, removeRecording

    var sql: String {
      switch self {
      case .updateBinding:
        """
        UPDATE binding SET contact = ?3, source_address = ?4, source_port = ?5, transport = ?6, listener = ?7, user_agent = ?8,
          call_id = ?9, cseq = ?10, q = ?11, instance = ?12, registration_id = ?13, path = ?14, expires = ?15, registered = ?16
        WHERE id = ?1 AND station = ?2
        """
      case .insertBinding:
        """
        INSERT INTO binding (id, station, contact, source_address, source_port, transport, listener, user_agent, call_id,
          cseq, q, instance, registration_id, path, expires, registered)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        """
      case .removeBinding: "DELETE FROM binding WHERE id = ?"
      case .putMachine:
        """
        INSERT INTO machine (module, kind, key, version, state) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (module, kind, key) DO UPDATE SET version = excluded.version, state = excluded.state
        """
      case .removeMachine: "DELETE FROM machine WHERE module = ? AND kind = ? AND key = ?"
      case .putCall:
        """
        INSERT OR REPLACE INTO call (id, handle, state) VALUES (?, ?, ?)
        """
      case .removeCall: "DELETE FROM call WHERE id = ?"
      case .putDialog:
        """
        INSERT OR REPLACE INTO dialog (id, call, state) VALUES (?, ?, ?)
        """
      case .removeDialog: "DELETE FROM dialog WHERE id = ?"
      case .putTransaction:
        """
        INSERT OR REPLACE INTO answered (id, key, response, expires) VALUES (?, ?, ?, ?)
        """
      case .addAccess: "INSERT INTO access_log (time, source, number, user_agent, outcome, reason) VALUES (?, ?, ?, ?, ?, ?)"
      case .putCallRecord:
        """
        INSERT OR REPLACE INTO cdr (id, caller, dialled, answered_by, features, start, answer, "end", cause,
          authorisation, media_path)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
      case .putRecording:
        "INSERT OR REPLACE INTO recording (number, owner, caller, time, length, is_new) VALUES (?, ?, ?, ?, ?, ?)"
      case .removeRecording: "DELETE FROM recording WHERE number = ?"
      case .putBlock:
        """
        INSERT INTO block (source, until, reason) VALUES (?, ?, ?)
        ON CONFLICT (source) DO UPDATE SET until = excluded.until, reason = excluded.reason
        """
      case .removeBlock: "DELETE FROM block WHERE source = ?"
      case .putSetting:
        """
        INSERT INTO station_setting (station, name, value) VALUES (?, ?, ?)
        ON CONFLICT (station, name) DO UPDATE SET value = excluded.value
        """
      case .removeSetting: "DELETE FROM station_setting WHERE station = ? AND name = ?"
      }
    }
  }
}
