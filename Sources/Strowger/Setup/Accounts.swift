import Cryptography
import Kernel
import SIP
import Sessions
import Store

extension DigestFunctions {
  /// The hash functions of the system's libcrypto.
  static let crypto = DigestFunctions(md5: { HashFunction.md5.hash($0) }, sha256: { HashFunction.sha256.hash($0) })
}

extension StationAccount {
  /// A station of the database as the exchange uses it; its password becomes what checks one. nil where the number is none
  /// that the exchange can handle.
  init?(_ row: StationRow, realm: String, digests: DigestFunctions = .crypto) {
    guard let number = StationNumber(row.number) else { return nil }
    self.init(number: number, userID: row.userID, name: row.name)
    if let password = row.password {
      let (user, realm, secret) = (Array(row.userID.utf8), Array(realm.utf8), Array(password.reveal().utf8))
      self.md5 = digests.ha1(.md5, user: user, realm: realm, password: secret)
      self.sha256 = digests.ha1(.sha256, user: user, realm: realm, password: secret)
    }
    self.usesWhiteList = row.isOn("white-list")
    self.natCheck = row["nat-check"] == "ip-and-port" ? .ipAndPort : .ip
    self.contacts = Int(row["contacts"]) ?? 1
    self.earlyMedia = row.isOn("early-media")
    self.dtmfByInfo = row["dtmf-type"] == "info"
    self.srtp =
      switch row["srtp"] {
      case "off": .off
      case "required": .required
      default: .optional
      }
    self.settings = StationSettings(
      forwardUnreachable: Digits(row["forward-unreachable"]).flatMap { $0.isEmpty ? nil : $0 },
      className: row["class"].isEmpty ? nil : row["class"], pickupGroup: Int(row["pickup-group"]),
      toneSource: row["tone-source"] == "phone" ? .phone : .system, mailbox: row.isOn("mailbox"),
      onHookTransfer: row.isOn("on-hook-transfer"),
      insertion: row["insert-trunk-type"] == "incoming" ? .incoming : row["insert-trunk-type"] == "outgoing" ? .outgoing : .none,
      insertedCode: Digits(row["insert-trunk-port"]) ?? Digits())
  }
}
