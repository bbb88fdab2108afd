#if TLS
import Foundation
import Transport

/// Certificates for one test, made by the `openssl` command in a folder that goes with it.
final class Authority {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("strowger-tls-\(UUID().uuidString.prefix(8))")

  /// `ca` and `other`, two authorities that do not know each other.
  init() throws {
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    for name in ["ca", "other"] {
      try self.openssl(
        ["req", "-x509"] + Self.newKey + ["-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=\(name)"])
    }
  }

  deinit { try? FileManager.default.removeItem(at: self.folder) }

  func path(_ file: String) -> String { self.folder.appendingPathComponent(file).path }

  /// Makes `NAME.pem` and `NAME.key`.
  /// - Parameter days: how long it holds; a negative number: it has expired.
  func issue(_ name: String, for names: String = "", by authority: String = "ca", days: Int = 90) throws {
    try self.openssl(["req"] + Self.newKey + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
    var command = ["x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key"]
    command += ["-CAcreateserial", "-days", "\(days)", "-out", "\(name).pem"]
    if !names.isEmpty {
      try "subjectAltName=\(names)\n".write(toFile: self.path("\(name).ext"), atomically: true, encoding: .utf8)
      command += ["-extfile", "\(name).ext"]
    }
    try self.openssl(command)
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

  func files(_ name: String, mutual: Bool = false, anyone: Bool = false, clients: Bool = false) -> TLSFiles {
    TLSFiles(
      certificate: self.path("\(name).pem"), key: self.path("\(name).key"),
      clientAuthorities: mutual || clients ? self.path("ca.pem") : "", authorities: self.path("ca.pem"), isMutual: mutual,
      acceptsAnyone: anyone)
  }

  private func openssl(_ arguments: [String]) throws {
    guard try Command(["env", "-C", self.folder.path, "openssl"] + arguments).ends(within: 20_000) == 0 else {
      throw Command.Failure(text: "openssl \(arguments.joined(separator: " "))")
    }
  }
}
#endif
