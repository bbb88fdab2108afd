internal import Foundation
internal import GRDB

/// A name and the value to give it, as in `tone-source=phone`.
public struct Assignment: Equatable, Sendable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  /// `NAME=VALUE`; the value may hold further equals signs. nil without one or without a name.
  public init?(parsing text: String) {
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else { return nil }
    self.init(String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}

extension Administration {
  /// By number.
  public func stations() throws(StoreError) -> [StationRow] {
    try database.read { connection in try database.stations(connection).stations }
  }

  /// Throws `.noSuchEntry`.
  public func station(_ number: String) throws(StoreError) -> StationRow {
    try database.read { connection in try existing(number, connection) }
  }

  /// Adds a station. Without user ID or password it cannot register yet (REG-5): see `StationRow.missing`.
  ///
  /// - Parameter settings: station settings, and `user-id` and `name`.
  /// - Throws: `.entryExists`, `.invalidValue`, `.unknownName`, `.password`.
  @discardableResult
  public func addStation(_ number: String, password: Password? = nil, settings: [Assignment] = []) throws(StoreError)
    -> StationRow
  {
    try change(AuditEntry("station \(number) added\(words(password, settings))", of: "station \(number)")) { connection, entry in
      try insert(number, connection)
      return try apply(password, settings, to: number, connection, &entry)
    }
  }

  /// Changes what is given of a station. An empty value sets a setting back to its default.
  @discardableResult
  public func setStation(_ number: String, password: Password? = nil, settings: [Assignment] = []) throws(StoreError)
    -> StationRow
  {
    try change(AuditEntry("station \(number) changed\(words(password, settings))", of: "station \(number)")) {
      connection, entry in
      try apply(password, settings, to: number, connection, &entry)
    }
  }

  /// Removes a station with its settings, registrations and messages; throws `.noSuchEntry`.
  public func removeStation(_ number: String) throws(StoreError) {
    try change(AuditEntry("station \(number) removed", of: "station \(number)")) { connection, entry in
      entry.old = facts(try existing(number, connection))
      try connection.execute(sql: "DELETE FROM station WHERE number = ?", arguments: [number])
      // Their files go when the exchange hears of it, or at its next start.
      try connection.execute(sql: "DELETE FROM recording WHERE owner = ?", arguments: [number])
      try connection.execute(sql: "DELETE FROM machine WHERE kind IN ('station', 'number') AND key = ?", arguments: [number])
    }
  }

  func insert(_ number: String, _ connection: Connection) throws {
    guard (1...32).contains(number.utf8.count), plainDigits(number) else {
      throw StoreError(.invalidValue, at: "station \(number)", "a station's number is 1 to 32 digits")
    }
    guard try !exists(number, connection) else {
      throw StoreError(
        .entryExists, at: "station \(number)", "there is one already", mend: "change it with `strowger station set \(number)`")
    }
    try connection.execute(sql: "INSERT INTO station (number) VALUES (?)", arguments: [number])
  }

  func exists(_ number: String, _ connection: Connection) throws -> Bool {
    try Bool.fetchOne(connection, sql: "SELECT EXISTS (SELECT 1 FROM station WHERE number = ?)", arguments: [number]) ?? false
  }

  /// Checks and writes; the password rule sees the user ID as it will be.
  func apply(
    _ password: Password?, _ settings: [Assignment], to number: String, _ connection: Connection, _ entry: inout AuditEntry
  ) throws -> StationRow {
    let before = try existing(number, connection)
    for setting in settings {
      try write(setting, of: number, connection)
    }
    let after = try existing(number, connection)
    if let password = password ?? (after.userID == before.userID ? nil : after.password) {
      try check(password, of: after, connection)
    }
    if let password {
      let sealed = try database.secrets.seal(Array(password.reveal().utf8), for: "station \(number)")
      try connection.execute(sql: "UPDATE station SET password = ? WHERE number = ?", arguments: [Data(sealed), number])
    }
    let now = try existing(number, connection)
    entry.old = facts(before).filter { !facts(now).contains($0) }
    entry.new = facts(now).filter { !facts(before).contains($0) }
    // Whether it is another one than before must not be told by comparing.
    if password != nil, before.password != nil { entry.new.append("password=(set anew)") }
    return now
  }

  /// What the audit trail says of a station.
  private func facts(_ station: StationRow) -> [String] {
    // order does not matter: sorted by name.
    let settings = station.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return (station.userID.isEmpty ? [] : ["user-id=\(station.userID)"]) + (station.name.isEmpty ? [] : ["name=\(station.name)"])
      + settings + (station.password == nil ? [] : [secretIsSet])
  }

  private func existing(_ number: String, _ connection: Connection) throws -> StationRow {
    guard let station = try database.stations(connection, number: number).stations.first else {
      throw StoreError(
        .noSuchEntry, at: "station \(number)", "there is no such station", mend: "`strowger station list` shows them")
    }
    return station
  }

  private func write(_ assignment: Assignment, of number: String, _ connection: Connection) throws {
    let value = assignment.value
    switch assignment.name {
    case "user-id", "name":
      guard ValueKind.text(64).accepts(value) else {
        throw StoreError(
          .invalidValue, at: "station \(number)", "\(assignment.name) cannot be \"\(value)\"",
          mend: "allowed: \(ValueKind.text(64).allowed)")
      }
      let column = assignment.name == "name" ? "name" : "user_id"
      try connection.execute(sql: "UPDATE station SET \(column) = ? WHERE number = ?", arguments: [value, number])
    default:
      guard let setting = StationSetting.named(assignment.name) else {
        let known = (["user-id", "name"] + StationSetting.all.map(\.name)).joined(separator: ", ")
        throw StoreError(
          .unknownName, at: "station \(number)", "there is no setting \(assignment.name)", mend: "settings: \(known)")
      }
      if value.isEmpty || value == setting.defaultValue {
        try connection.execute(
          sql: "DELETE FROM station_setting WHERE station = ? AND name = ?", arguments: [number, setting.name])
      } else {
        try connection.execute(
          sql: "INSERT OR REPLACE INTO station_setting VALUES (?, ?, ?)",
          arguments: [number, setting.name, try setting.check(value, station: number)])
      }
    }
  }

  private func check(_ password: Password, of station: StationRow, _ connection: Connection) throws {
    let maximum = try database.options(connection).integer("station.password-maximum")
    if let reason = PasswordRule.check(password.reveal(), userID: station.userID, maximum: maximum) {
      throw StoreError(.password, at: "station \(station.number)", "the password \(reason)")
    }
  }

  private func words(_ password: Password?, _ settings: [Assignment]) -> String {
    let parts = settings.map { "\($0.name)=\($0.value)" } + (password == nil ? [] : ["password"])
    return parts.isEmpty ? "" : ": " + parts.joined(separator: " ")
  }
}

func plainDigits(_ text: String) -> Bool {
  text.utf8.allSatisfy { (0x30...0x39).contains($0) }
}
