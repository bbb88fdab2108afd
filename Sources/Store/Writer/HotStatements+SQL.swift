extension HotStatements {
  /// The statements' texts, by their place in the table of prepared ones.
  enum Text: Int, CaseIterable {
    case putBinding, removeBinding, putMachine, removeMachine, putDialog, removeDialog, putTransaction, addAccess, putCallRecord
    case putCall, removeCall, putBlock, removeBlock, putSetting, removeSetting

    var sql: String {
      switch self {
      case .putBinding:
        """
        INSERT INTO binding (id, station, contact, source_address, source_port, transport, listener, user_agent, call_id,
          cseq, q, instance, registration_id, path, expires, registered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET station = excluded.station, contact = excluded.contact,
          source_address = excluded.source_address,
          source_port = excluded.source_port, transport = excluded.transport, listener = excluded.listener,
          user_agent = excluded.user_agent, call_id = excluded.call_id, cseq = excluded.cseq, q = excluded.q,
          instance = excluded.instance,
          registration_id = excluded.registration_id, path = excluded.path, expires = excluded.expires,
          registered = excluded.registered
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
        INSERT INTO call (id, handle, state) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, state = excluded.state
        """
      case .removeCall: "DELETE FROM call WHERE id = ?"
      case .putDialog:
        """
        INSERT INTO dialog (id, call, state) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET call = excluded.call, state = excluded.state
        """
      case .removeDialog: "DELETE FROM dialog WHERE id = ?"
      case .putTransaction:
        """
        INSERT INTO answered (id, key, response, expires) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET key = excluded.key, response = excluded.response, expires = excluded.expires
        """
      case .addAccess: "INSERT INTO access_log (time, source, number, user_agent, outcome, reason) VALUES (?, ?, ?, ?, ?, ?)"
      case .putCallRecord:
        """
        INSERT OR REPLACE INTO cdr (id, caller, dialled, answered_by, features, start, answer, "end", cause,
          authorisation, media_path)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
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
