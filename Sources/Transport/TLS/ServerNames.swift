#if TLS
import NIOSSL
import Sessions

/// The host names that a certificate is for.
struct ServerNames: Sendable {
  /// In lower case, perhaps with `*.` before; empty where the certificate names none, and then any will do.
  private let names: [String]

  init(names: [String]) { self.names = names.map { $0.lowercased() } }

  init(_ certificate: NIOSSLCertificate?) {
    var names: [String] = []
    if let certificate {
      for name in certificate._subjectAlternativeNames() where name.nameType == .dnsName {
        names.append(name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
      }
    }
    self.init(names: names)
  }

  /// Whether a client that asks for this name is at the right place (RFC 6066 §3, RFC 6125 §6.4). Some telephones put an
  /// address there, which says nothing.
  func cover(_ asked: String) -> Bool {
    var asked = asked.lowercased()
    if asked.hasSuffix(".") { asked.removeLast() }
    if self.names.isEmpty || IPAddress(asked) != nil { return true }
    return self.names.contains { name in
      guard name.hasPrefix("*.") else { return name == asked }
      guard let dot = asked.firstIndex(of: "."), dot != asked.startIndex else { return false }
      return asked[dot...] == name.dropFirst(1)
    }
  }
}
#endif
