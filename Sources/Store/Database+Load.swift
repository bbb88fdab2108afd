internal import Foundation
internal import GRDB

extension Database {
  /// Everything the exchange needs at its start, as one consistent view.
  ///
  /// - Parameter now: bindings, answers and blocks that ended by then are left out.
  public func load(now: Moment = .now()) throws(StoreError) -> Snapshot {
    try read { connection in
      var snapshot = Snapshot()
      (snapshot.stations, snapshot.unreadable) = try stations(connection)
      snapshot.options = try options(connection)
      snapshot.whitelist = try String.fetchAll(connection, sql: "SELECT entry FROM whitelist ORDER BY id")
      snapshot.bindings = try bindings(connection, expiringAfter: now)
      snapshot.machines = try machines(connection)
      snapshot.calls = try calls(connection)
      snapshot.dialogs = try dialogs(connection)
      snapshot.transactions = try transactions(connection, expiringAfter: now)
      snapshot.recordings = try recordings(connection)
      snapshot.blocks = try blocks(connection, endingAfter: now)
      snapshot.authorisationCodes = try authorisationCodes(connection)
      snapshot.trunkSecrets = try trunkSecrets(connection)
      snapshot.lastSeen = try lastSeen(connection)
      try fillIdentifiers(&snapshot, connection)
      snapshot.administration = try administrationCount(connection)
      return snapshot
    }
  }

  /// Stations with their settings; those whose password does not open come without it and are named beside.
  func stations(_ connection: Connection, number: String? = nil) throws -> (stations: [StationRow], unreadable: [String]) {
    let filter = number == nil ? "" : "WHERE number = :number"
    let settingFilter = number == nil ? "" : "WHERE station = :number"
    let arguments: StatementArguments = number.map { ["number": $0] } ?? StatementArguments()
    var settings: [String: [String: String]] = [:]
    let settingRows = try Row.fetchCursor(
      connection, sql: "SELECT station, name, value FROM station_setting \(settingFilter)", arguments: arguments)
    while let row = try settingRows.next() {
      settings[row[0], default: [:]][row[1]] = row[2]
    }
    var stations: [StationRow] = []
    var unreadable: [String] = []
    let rows = try Row.fetchCursor(
      connection, sql: "SELECT number, user_id, name, password FROM station \(filter) ORDER BY length(number), number",
      arguments: arguments)
    while let row = try rows.next() {
      var station = StationRow(number: row[0], userID: row[1], name: row[2], settings: settings[row[0]] ?? [:])
      if let sealed: Data = row[3] {
        do {
          let plain = try secrets.open([UInt8](sealed), for: "station \(station.number)")
          station.password = Password(String(decoding: plain, as: UTF8.self))
        } catch {
          unreadable.append(station.number)
        }
      }
      stations.append(station)
    }
    return (stations, unreadable)
  }

  func options(_ connection: Connection) throws -> SystemOptions {
    var values = SystemOptions()
    for row in try Row.fetchAll(connection, sql: "SELECT name, value FROM option") {
      values.changed[row[0]] = row[1]
    }
    return values
  }

  func bindings(_ connection: Connection, expiringAfter now: Moment) throws -> [BindingRow] {
    // Text that must come back octet for octet is read as a blob: decoding would mend what is not UTF-8.
    let columns = """
      id, station, CAST(contact AS BLOB), source_address, source_port, transport, listener, user_agent,
      CAST(call_id AS BLOB), cseq, q, CAST(instance AS BLOB), registration_id, CAST(path AS BLOB), expires, registered
      """
    return try Row.fetchAll(
      connection, sql: "SELECT \(columns) FROM binding WHERE expires > ? ORDER BY id", arguments: [now.milliseconds]
    ).map { row in
      BindingRow(
        id: row[0], station: row[1], contact: octets(row, 2), sourceAddress: row[3], sourcePort: row[4], transport: row[5],
        listener: row[6], userAgent: row[7], callID: octets(row, 8), cseq: row[9], q: row[10], instance: octets(row, 11),
        registrationID: row[12], path: octets(row, 13), expires: moment(row, 14), registered: moment(row, 15))
    }
  }

  func blocks(_ connection: Connection, endingAfter now: Moment) throws -> [BlockRow] {
    try Row.fetchAll(
      connection, sql: "SELECT source, until, reason FROM block WHERE until > ? ORDER BY source", arguments: [now.milliseconds]
    ).map { row in BlockRow(source: row[0], until: moment(row, 1), reason: row[2]) }
  }

  /// - Parameter owner: nil for all mailboxes.
  func recordings(_ connection: Connection, owner: String? = nil) throws -> [RecordingRow] {
    try Row.fetchAll(
      connection,
      sql: "SELECT number, owner, caller, time, length, is_new FROM recording WHERE ?1 IS NULL OR owner = ?1 ORDER BY number",
      arguments: [owner]
    ).map { row in
      RecordingRow(number: row[0], owner: row[1], caller: row[2], time: moment(row, 3), length: row[4], isNew: row[5])
    }
  }

  func authorisationCodes(_ connection: Connection) throws -> [AuthorisationCodeRow] {
    try Row.fetchAll(connection, sql: "SELECT label, hash, class FROM authorisation_code ORDER BY label").map { row in
      AuthorisationCodeRow(label: row[0], hash: octets(row, 1), classOfService: row[2])
    }
  }

  /// Secrets that do not open are left out: the trunk then has none, and says so when it registers.
  func trunkSecrets(_ connection: Connection) throws -> [TrunkSecretRow] {
    try Row.fetchAll(connection, sql: "SELECT trunk, user_id, password FROM trunk_secret ORDER BY trunk").compactMap { row in
      let trunk: String = row[0]
      guard let plain = try? secrets.open(octets(row, 2), for: "trunk \(trunk)") else { return nil }
      return TrunkSecretRow(trunk: trunk, userID: row[1], password: Password(String(decoding: plain, as: UTF8.self)))
    }
  }

  private func machines(_ connection: Connection) throws -> [MachineRow] {
    try Row.fetchAll(connection, sql: "SELECT module, kind, key, version, state FROM machine ORDER BY module, kind, key").map {
      row in
      MachineRow(name: MachineName(module: row[0], kind: row[1], key: row[2]), version: row[3], state: octets(row, 4))
    }
  }

  private func calls(_ connection: Connection) throws -> [CallRow] {
    try Row.fetchAll(connection, sql: "SELECT id, handle, state FROM call ORDER BY id").map { row in
      CallRow(id: row[0], handle: UInt64(bitPattern: row[1]), state: octets(row, 2))
    }
  }

  private func dialogs(_ connection: Connection) throws -> [DialogRow] {
    try Row.fetchAll(connection, sql: "SELECT id, call, state FROM dialog ORDER BY id").map { row in
      DialogRow(id: row[0], call: row[1], state: octets(row, 2))
    }
  }

  private func transactions(_ connection: Connection, expiringAfter now: Moment) throws -> [TransactionRow] {
    try Row.fetchAll(
      connection, sql: "SELECT id, key, response, expires FROM answered WHERE expires > ? ORDER BY id",
      arguments: [now.milliseconds]
    ).map { row in
      TransactionRow(id: row[0], key: octets(row, 1), response: octets(row, 2), expires: moment(row, 3))
    }
  }

  private func lastSeen(_ connection: Connection) throws -> [String: Moment] {
    let sql = """
      SELECT number,
        max(coalesce(last_seen, 0), coalesce((SELECT max(registered) FROM binding WHERE station = number), 0)) AS seen
      FROM station WHERE seen > 0
      """
    var seen: [String: Moment] = [:]
    for row in try Row.fetchAll(connection, sql: sql) {
      seen[row[0]] = moment(row, 1)
    }
    return seen
  }

  private func fillIdentifiers(_ snapshot: inout Snapshot, _ connection: Connection) throws {
    func next(_ sql: String) throws -> Int64 {
      let last = try Int64.fetchOne(connection, sql: sql) ?? 0
      return last < .max ? last + 1 : last
    }
    snapshot.nextBinding = try next("SELECT max(id) FROM binding")
    snapshot.nextDialog = try next("SELECT max(id) FROM dialog")
    snapshot.nextTransaction = try next("SELECT max(id) FROM answered")
    snapshot.nextCall = try next("SELECT max(id) FROM call")
  }
}

func octets(_ row: Row, _ index: Int) -> [UInt8] {
  let data: Data? = row[index]
  return data.map { [UInt8]($0) } ?? []
}

func moment(_ row: Row, _ index: Int) -> Moment {
  Moment(milliseconds: row[index])
}
