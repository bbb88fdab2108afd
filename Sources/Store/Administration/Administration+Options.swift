internal import Foundation
internal import GRDB

extension Administration {
  /// What is set; the others have their defaults.
  public func options() throws(StoreError) -> SystemOptions {
    try database.read { connection in try database.options(connection) }
  }

  /// An option's value or default; throws `.unknownName`.
  public func option(_ name: String) throws(StoreError) -> String {
    _ = try known(name)
    return try options()[name]
  }

  /// Sets an option; throws `.unknownName`, or `.invalidValue` with what is allowed.
  public func setOption(_ name: String, to value: String) throws(StoreError) {
    let option = try known(name)
    let checked = try option.check(value)
    try change(AuditEntry("option \(name)=\(checked)", of: "option \(name)", new: [checked])) { connection, entry in
      entry.old = [try database.options(connection)[name]]
      if checked == option.defaultValue {
        try connection.execute(sql: "DELETE FROM option WHERE name = ?", arguments: [name])
      } else {
        try connection.execute(sql: "INSERT OR REPLACE INTO option VALUES (?, ?)", arguments: [name, checked])
      }
    }
  }

  /// The white list as typed, oldest first (REG-6).
  public func whitelist() throws(StoreError) -> [String] {
    try database.read { connection in try String.fetchAll(connection, sql: "SELECT entry FROM whitelist ORDER BY id") }
  }

  /// Adds an address, a CIDR block or a classful broadcast address (REG-6).
  ///
  /// - Parameter check: says what is wrong with an entry, or nil; without one any address or block will do.
  public func addToWhitelist(_ entry: String, check: ((String) -> String?)? = nil) throws(StoreError) {
    let reason = check.map { $0(entry) } ?? (isNetwork(entry) ? nil : "is neither an address nor a CIDR block")
    if let reason {
      throw StoreError(
        .invalidValue, at: "white list", "\(entry) \(reason)", mend: "give 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")
    }
    try change(AuditEntry("white list: \(entry) added", of: "white list", new: [entry])) { connection, _ in
      try connection.execute(sql: "INSERT INTO whitelist (entry) VALUES (?) ON CONFLICT DO NOTHING", arguments: [entry])
      guard connection.changesCount == 1 else { throw StoreError(.entryExists, at: "white list", "\(entry) is listed already") }
    }
  }

  /// Throws `.noSuchEntry`.
  public func removeFromWhitelist(_ entry: String) throws(StoreError) {
    try change(AuditEntry("white list: \(entry) removed", of: "white list", old: [entry])) { connection, _ in
      try connection.execute(sql: "DELETE FROM whitelist WHERE entry = ?", arguments: [entry])
      try mustHaveChanged(connection, "white list", "\(entry) is not listed", "`strowger whitelist list` shows what is")
    }
  }

  /// By label.
  public func authorisationCodes() throws(StoreError) -> [AuthorisationCodeRow] {
    try database.read { connection in try database.authorisationCodes(connection) }
  }

  /// Keeps an authorisation code as its keyed hash (TRK-4). Its length is the plan's to judge (`codeLength`); here it is 3 to 16
  /// digits.
  public func addAuthorisationCode(_ digits: String, label: String, classOfService: String = "") throws(StoreError) {
    guard !label.isEmpty, ValueKind.text(64).accepts(label) else {
      throw StoreError(
        .invalidValue, at: "authorisation code", "the label cannot be \"\(label)\"", mend: "allowed: 1 to 64 printable octets")
    }
    guard (3...16).contains(digits.utf8.count), plainDigits(digits) else {
      throw StoreError(.invalidValue, at: "authorisation code \(label)", "the code is not 3 to 16 digits")
    }
    guard ValueKind.name.accepts(classOfService) else {
      throw StoreError(.invalidValue, at: "authorisation code \(label)", "the class cannot be \"\(classOfService)\"")
    }
    let hash = database.secrets.hash(ofCode: Array(digits.utf8))
    let object = "authorisation code \(label)"
    try change(AuditEntry("\(object) added", of: object, new: ["class=\(classOfService)"])) { connection, _ in
      try connection.execute(
        sql: "INSERT INTO authorisation_code (label, hash, class) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        arguments: [label, Data(hash), classOfService])
      guard connection.changesCount == 1 else {
        throw StoreError(
          .entryExists, at: "authorisation code \(label)", "the label or the code is in use", mend: "choose another")
      }
    }
  }

  /// Throws `.noSuchEntry`.
  public func removeAuthorisationCode(label: String) throws(StoreError) {
    let object = "authorisation code \(label)"
    try change(AuditEntry("\(object) removed", of: object)) { connection, entry in
      let former = try database.authorisationCodes(connection).first { $0.label == label }
      entry.old = former.map { ["class=\($0.classOfService)"] } ?? []
      try connection.execute(sql: "DELETE FROM authorisation_code WHERE label = ?", arguments: [label])
      try mustHaveChanged(
        connection, "authorisation code \(label)", "there is no such label", "`strowger authcode list` shows them")
    }
  }

  /// Keeps a trunk's credentials, sealed.
  public func setTrunkSecret(_ trunk: String, userID: String, password: Password) throws(StoreError) {
    guard !trunk.isEmpty, ValueKind.name.accepts(trunk), ValueKind.text(128).accepts(userID), !password.reveal().isEmpty else {
      throw StoreError(.invalidValue, at: "trunk \(trunk)", "the name, user ID or secret cannot be used")
    }
    let sealed = try database.secrets.seal(Array(password.reveal().utf8), for: "trunk \(trunk)")
    let entry = AuditEntry("trunk \(trunk) secret set", of: "trunk \(trunk)", new: ["user-id=\(userID)", secretIsSet])
    try change(entry) { connection, entry in
      let sql = "SELECT user_id FROM trunk_secret WHERE trunk = ?"
      let former = try String.fetchOne(connection, sql: sql, arguments: [trunk])
      entry.old = former.map { ["user-id=\($0)", secretIsSet] } ?? []
      try connection.execute(
        sql: "INSERT OR REPLACE INTO trunk_secret (trunk, user_id, password) VALUES (?, ?, ?)",
        arguments: [trunk, userID, Data(sealed)])
    }
  }

  private func known(_ name: String) throws(StoreError) -> SystemOption {
    if let option = OptionCatalog.named(name) { return option }
    throw StoreError(.unknownName, at: "option \(name)", "there is no such option", mend: "`strowger option list` shows them")
  }
}

func mustHaveChanged(_ connection: Connection, _ place: String, _ cause: String, _ mend: String) throws {
  guard connection.changesCount > 0 else { throw StoreError(.noSuchEntry, at: place, cause, mend: mend) }
}

/// What the audit trail says of a secret, before and after.
let secretIsSet = "password=(set)"
