internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// The prepared statements of the changes, fetched from the connection's cache once a transaction.
///
/// Values are bound and statements stepped by SQLite's own calls: GRDB's arguments would allocate for each change.
struct HotStatements {
  private let connection: Connection
  private var prepared: [Statement?]

  init(_ connection: Connection) {
    self.connection = connection
    self.prepared = Array(repeating: nil, count: Text.allCases.count)
  }

  /// Carries one change out; throws `StoreError`.
  mutating func apply(_ change: RowChange) throws {
    switch change {
    case .putBinding(let row): try put(row)
    case .removeBinding(let id): try run(.removeBinding) { $0.add(id) }
    case .putMachine(let row):
      try run(.putMachine) { inputs in
        inputs.add(row.name.module)
        inputs.add(row.name.kind)
        inputs.add(row.name.key)
        inputs.add(Int64(row.version))
        inputs.add(blob: row.state)
      }
    case .removeMachine(let key):
      try run(.removeMachine) { inputs in
        inputs.add(key.module)
        inputs.add(key.kind)
        inputs.add(key.key)
      }
    case .putCall(let row):
      try run(.putCall) { inputs in
        inputs.add(row.id)
        inputs.add(Int64(bitPattern: row.handle))
        inputs.add(blob: row.state)
      }
    case .removeCall(let id): try run(.removeCall) { $0.add(id) }
    case .putDialog(let row):
      try run(.putDialog) { inputs in
        inputs.add(row.id)
        inputs.add(row.call)
        inputs.add(blob: row.state)
      }
    case .removeDialog(let id): try run(.removeDialog) { $0.add(id) }
    case .putTransaction(let row):
      try run(.putTransaction) { inputs in
        inputs.add(row.id)
        inputs.add(blob: row.key)
        inputs.add(blob: row.response)
        inputs.add(row.expires.milliseconds)
      }
    case .addAccess(let row): try add(row)
    case .putCallRecord(let row): try put(row)
    case .putRecording(let row):
      try run(.putRecording) { inputs in
        inputs.add(Int64(row.number))
        inputs.add(row.owner)
        inputs.add(row.caller)
        inputs.add(row.time.milliseconds)
        inputs.add(row.length)
        inputs.add(row.isNew ? 1 : 0)
      }
    case .removeRecording(let number): try run(.removeRecording) { $0.add(Int64(number)) }
    case .putBlock(let row):
      try run(.putBlock) { inputs in
        inputs.add(row.source)
        inputs.add(row.until.milliseconds)
        inputs.add(row.reason)
      }
    case .removeBlock(let source): try run(.removeBlock) { $0.add(source) }
    case .setSetting(let station, let name, let value?):
      try run(.putSetting) { inputs in
        inputs.add(station)
        inputs.add(name)
        inputs.add(value)
      }
    case .setSetting(let station, let name, nil):
      try run(.removeSetting) { inputs in
        inputs.add(station)
        inputs.add(name)
      }
    }
  }

  /// Most are refreshes.
  private mutating func put(_ row: BindingRow) throws {
    try run(.updateBinding) { $0.add(row) }
    if connection.changesCount == 0 { try run(.insertBinding) { $0.add(row) } }
  }

  private mutating func add(_ row: AccessLogRow) throws {
    try run(.addAccess) { inputs in
      inputs.add(row.time.milliseconds)
      inputs.add(row.source)
      inputs.add(row.number)
      inputs.add(row.userAgent)
      inputs.add(row.outcome)
      inputs.add(row.reason)
    }
  }

  private mutating func put(_ row: CallRecordRow) throws {
    try run(.putCallRecord) { inputs in
      inputs.add(optional: row.id == 0 ? nil : row.id)
      inputs.add(row.caller)
      inputs.add(row.dialled)
      inputs.add(optional: row.answeredBy)
      inputs.add(row.features.isEmpty ? "" : row.features.joined(separator: "\n"))
      inputs.add(row.start.milliseconds)
      inputs.add(optional: row.answer?.milliseconds)
      inputs.add(optional: row.end?.milliseconds)
      inputs.add(row.cause)
      inputs.add(optional: row.authorisation)
      inputs.add(row.mediaPath)
    }
  }

  private mutating func run(_ text: Text, _ bind: (inout Inputs) -> Void) throws {
    let statement = try prepared[text.rawValue] ?? connection.cachedStatement(sql: text.sql)
    prepared[text.rawValue] = statement
    var inputs = Inputs(statement.sqliteStatement)
    bind(&inputs)
    try inputs.step(connection)
  }
}

/// Binds values from the first parameter on, then steps the statement to its end.
private struct Inputs {
  private let statement: OpaquePointer
  private var index: Int32 = 0
  private var failure = SQLITE_OK

  init(_ statement: OpaquePointer) {
    self.statement = statement
  }

  mutating func add(_ value: Int64) {
    index += 1
    note(sqlite3_bind_int64(statement, index, value))
  }

  mutating func add(optional value: Int64?) {
    if let value { add(value) } else { addNull() }
  }

  mutating func add(_ value: String) {
    var value = value
    index += 1
    let position = index
    note(
      value.withUTF8 { octets in
        octets.withMemoryRebound(to: CChar.self) { bindText(position, $0) }
      })
  }

  mutating func add(optional value: String?) {
    if let value { add(value) } else { addNull() }
  }

  /// Octets kept as text, so that people can read them in the table; they come back as they are.
  mutating func add(text octets: [UInt8]) {
    index += 1
    let position = index
    note(
      octets.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { bindText(position, $0) }
      })
  }

  mutating func add(blob octets: [UInt8]) {
    index += 1
    let position = index
    note(
      octets.isEmpty
        ? sqlite3_bind_zeroblob(statement, position, 0)
        : octets.withUnsafeBytes { sqlite3_bind_blob64(statement, position, $0.baseAddress, UInt64($0.count), copied) })
  }

  mutating func add(_ row: BindingRow) {
    add(row.id)
    add(row.station)
    add(text: row.contact)
    add(row.sourceAddress)
    add(Int64(row.sourcePort))
    add(row.transport)
    add(row.listener)
    add(row.userAgent)
    add(text: row.callID)
    add(Int64(row.cseq))
    add(Int64(row.q))
    add(text: row.instance)
    add(Int64(row.registrationID))
    add(text: row.path)
    add(row.expires.milliseconds)
    add(row.registered.milliseconds)
  }

  private mutating func addNull() {
    index += 1
    note(sqlite3_bind_null(statement, index))
  }

  /// A null pointer would bind NULL: empty text is bound from a literal.
  private func bindText(_ position: Int32, _ text: UnsafeBufferPointer<CChar>) -> Int32 {
    guard let base = text.baseAddress, text.count > 0 else { return sqlite3_bind_text(statement, position, "", 0, copied) }
    return sqlite3_bind_text64(statement, position, base, UInt64(text.count), copied, UInt8(SQLITE_UTF8))
  }

  private mutating func note(_ code: Int32) {
    if failure == SQLITE_OK { failure = code }
  }

  func step(_ connection: Connection) throws {
    var code = failure == SQLITE_OK ? sqlite3_step(statement) : failure
    while code == SQLITE_ROW { code = sqlite3_step(statement) }
    let message = code == SQLITE_DONE ? "" : String(cString: sqlite3_errmsg(connection.sqliteConnection))
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else { throw StoreError(sqlite: code, message: message, at: "database") }
  }
}

/// SQLITE_TRANSIENT: SQLite copies the value before the call returns.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
