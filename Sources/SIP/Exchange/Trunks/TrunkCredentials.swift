import Kernel
import Sessions

/// A challenge as a carrier writes it (RFC 7616 §3.3), as far as we can answer it.
struct TrunkChallenge: Sendable, Equatable {
  var realm: [UInt8]
  var nonce: [UInt8]
  var opaque: [UInt8] = []
  var algorithm = DigestAlgorithm.md5
  /// It asks for `qop=auth`; without one the answer is that of RFC 2069.
  var hasQuality = false
  var isStale = false

  /// The first one in the message that we can answer (RFC 8760 §2.4).
  init?(_ message: SIPMessage, proxy: Bool) {
    var left = 8
    for value in message.headers(proxy ? .proxyAuthenticate : .wwwAuthenticate) {
      if left == 0 { return nil }
      left -= 1
      if let found = TrunkChallenge(message.array(value)) {
        self = found
        return
      }
    }
    return nil
  }

  /// nil where it is malformed, names an algorithm or quality that we do not know, or holds what needs escapes.
  init?(_ value: [UInt8]) {
    var fields = Self.fields(value)
    guard let realm = fields.removeValue(forKey: "realm"), let nonce = fields.removeValue(forKey: "nonce"), !nonce.isEmpty else {
      return nil
    }
    self.realm = realm
    self.nonce = nonce
    self.opaque = fields["opaque"] ?? []
    switch fields["algorithm"].map({ String(decoding: $0, as: UTF8.self).uppercased() }) {
    case nil, "MD5": self.algorithm = .md5
    case "SHA-256": self.algorithm = .sha256
    default: return nil
    }
    if let qualities = fields["qop"] {
      let named = String(decoding: qualities, as: UTF8.self).lowercased().split(whereSeparator: { $0 == "," || $0 == " " })
      guard named.contains("auth") else { return nil }
      self.hasQuality = true
    }
    self.isStale = fields["stale"].map { String(decoding: $0, as: UTF8.self).lowercased() == "true" } ?? false
  }

  private static let longest = 255

  /// `Digest name=value, name="value"` by lower-case name; empty where it is something else.
  private static func fields(_ value: [UInt8]) -> [String: [UInt8]] {
    var index = value.firstIndex { $0 == 0x20 || $0 == 0x09 } ?? value.count
    guard String(decoding: value[..<index], as: UTF8.self).lowercased() == "digest" else { return [:] }
    var fields: [String: [UInt8]] = [:]
    while index < value.count, fields.count < SIPLimits.parameters {
      while index < value.count, value[index] == 0x20 || value[index] == 0x09 || value[index] == 0x2c { index += 1 }
      guard let equals = value[index...].firstIndex(of: 0x3d) else { return index == value.count ? fields : [:] }
      let name = String(decoding: value[index..<equals], as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
      index = equals + 1
      while index < value.count, value[index] == 0x20 || value[index] == 0x09 { index += 1 }
      let text: ArraySlice<UInt8>
      if index < value.count, value[index] == 0x22 {
        guard let close = value[(index + 1)...].firstIndex(of: 0x22) else { return [:] }
        text = value[(index + 1)..<close]
        index = close + 1
      } else {
        let end = value[index...].firstIndex { $0 == 0x2c || $0 == 0x20 || $0 == 0x09 } ?? value.count
        text = value[index..<end]
        index = end
      }
      // A quotation mark within an unquoted value would end the quoted string that our answer puts it into.
      guard text.count <= Self.longest, fields[name] == nil,
        !text.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == 0x5c || $0 == 0x22 })
      else { return [:] }
      fields[name] = Array(text)
    }
    return fields
  }

  /// The value of Authorization or Proxy-Authorization that answers it.
  /// - Parameter count: how often this nonce has been used, from 1.
  func answer(
    by account: TrunkAccount, method: [UInt8], uri: [UInt8], count: UInt32, clientNonce: [UInt8], with digests: DigestFunctions
  ) -> [UInt8] {
    let user = Array(account.userID.utf8)
    let ha1 = digests.ha1(self.algorithm, user: user, realm: self.realm, password: account.password.octets)
    var counted = [UInt8]()
    counted.appendHexadecimal(UInt64(count))
    counted.removeFirst(8)
    let response =
      self.hasQuality
      ? DigestResponse.compute(
        self.algorithm, ha1: ha1, method: method, uri: uri, nonce: self.nonce, count: counted, clientNonce: clientNonce,
        with: digests)
      : digests.hexadecimal(
        self.algorithm, ha1 + [0x3a] + self.nonce + [0x3a] + digests.hexadecimal(self.algorithm, method + [0x3a] + uri))
    var text = Array("Digest username=\"".utf8)
    for octet in user {
      if octet == 0x22 || octet == 0x5c { text.append(0x5c) }
      text.append(octet)
    }
    func add(_ name: StaticString, _ value: [UInt8]) {
      text.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      text += value
    }
    add("\", realm=\"", self.realm)
    add("\", nonce=\"", self.nonce)
    add("\", uri=\"", uri)
    add("\", response=\"", response)
    add(self.algorithm == .md5 ? "\", algorithm=MD5" : "\", algorithm=SHA-256", [])
    if self.hasQuality {
      add(", qop=auth, nc=", counted)
      add(", cnonce=\"", clientNonce)
      add("\"", [])
    }
    if !self.opaque.isEmpty {
      add(", opaque=\"", self.opaque)
      add("\"", [])
    }
    return text
  }
}
