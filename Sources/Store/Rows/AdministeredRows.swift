// The rows that people write.

/// One station with its settings (INTERFACE.md "Station settings"). Its description does not hold the password.
public struct StationRow: Equatable, Sendable {
  /// The station's number: 1 to 32 digits.
  public var number: String
  /// The digest user name; empty for a new station (REG-2, REG-5).
  public var userID: String
  /// The display name; may be empty.
  public var name: String
  /// nil while none is set, or when it could not be opened (see `Snapshot.unreadable`).
  public var password: Password?
  /// The settings that are set, by name; `subscript(_:)` also knows defaults.
  public var settings: [String: String]

  public init(number: String, userID: String = "", name: String = "", password: Password? = nil, settings: [String: String] = [:])
  {
    self.number = number
    self.userID = userID
    self.name = name
    self.password = password
    self.settings = settings
  }

  /// A setting's value or its default; the empty string where neither is (and for a name that no setting has).
  public subscript(_ name: String) -> String {
    settings[name] ?? StationSetting.named(name)?.defaultValue ?? ""
  }

  /// Whether a setting of the values `on` and `off` is on.
  public func isOn(_ name: String) -> Bool {
    self[name] == "on"
  }

  /// What still keeps the station from registering, `user-id` or `password` (REG-5); the white list is not looked at.
  public var missing: [String] {
    (userID.isEmpty ? ["user-id"] : []) + (password == nil ? ["password"] : [])
  }
}

/// An authorisation code as it is kept: a keyed hash, never the digits (TRK-4).
public struct AuthorisationCodeRow: Equatable, Sendable {
  public var label: String
  /// HMAC-SHA-256 of the digits; compare with `Secrets.hash(ofCode:)`.
  public var hash: [UInt8]
  /// The class of service it gives; empty where the code has none of its own.
  public var classOfService: String
}

/// A trunk's credentials; the plan holds none.
public struct TrunkSecretRow: Equatable, Sendable {
  public var trunk: String
  public var userID: String
  public var password: Password
}

/// One administrative change: who did what, when and from where. These rows are only ever added.
public struct AuditRow: Equatable, Sendable {
  /// Counts from 1, without gaps.
  public var id: Int64
  public var time: Moment
  /// See ``Author``; all but `who` may be empty in rows of earlier versions.
  public var who: String
  public var account: String
  public var origin: String
  public var command: String
  /// In words: `station 2001 changed: contacts=3`.
  public var what: String
  /// What was changed: `station 2001`, `option call.ring-time`.
  public var object: String
  /// `name=value` or a bare value, before and after; never a secret.
  public var old: [String]
  public var new: [String]
  /// Empty in rows of earlier versions.
  var seal: [UInt8] = []

  /// What the row's seal covers.
  func sealed(after seal: [UInt8]) -> [UInt8] {
    let fields = [
      String(id), String(time.milliseconds), who, account, origin, command, what, object, old.joined(separator: "\n"),
      new.joined(separator: "\n"),
    ]
    return seal + fields.flatMap { Array("\($0.utf8.count):\($0)".utf8) }
  }
}

/// Everything the exchange needs at its start, read in one transaction.
public struct Snapshot: Sendable {
  /// By number, ascending.
  public internal(set) var stations: [StationRow] = []
  /// Stations whose sealed password could not be opened: tampered with or moved. They cannot register until it is set again.
  public internal(set) var unreadable: [String] = []
  public internal(set) var options = SystemOptions()
  /// As typed, in the order in which they were added.
  public internal(set) var whitelist: [String] = []
  /// Not expired, by id.
  public internal(set) var bindings: [BindingRow] = []
  /// By module, kind, key.
  public internal(set) var machines: [MachineRow] = []
  /// By id, as the dialogs.
  public internal(set) var calls: [CallRow] = []
  public internal(set) var dialogs: [DialogRow] = []
  /// Not expired, by id.
  public internal(set) var transactions: [TransactionRow] = []
  /// Messages in mailboxes, by number; see `mend(_:)` for what their files say.
  public internal(set) var recordings: [RecordingRow] = []
  /// Not over, by source.
  public internal(set) var blocks: [BlockRow] = []
  public internal(set) var authorisationCodes: [AuthorisationCodeRow] = []
  public internal(set) var trunkSecrets: [TrunkSecretRow] = []
  /// When each station was last seen, also those not registered now (REG-10).
  public internal(set) var lastSeen: [String: Moment] = [:]
  public internal(set) var nextBinding: Int64 = 1
  public internal(set) var nextDialog: Int64 = 1
  public internal(set) var nextTransaction: Int64 = 1
  public internal(set) var nextCall: Int64 = 1
  /// The administrative change counter when this was read; see `Database.administrationCounter()`.
  public internal(set) var administration: Int64 = 0
}
