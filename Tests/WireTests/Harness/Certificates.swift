import Foundation

/// Authorities and certificates for one test, made by the `openssl` command.
struct Certificates {
  let folder: URL

  /// `ca` and `other`, two authorities that do not know each other, and `pbx`, the exchange's certificate by `ca`.
  init(in folder: URL) throws {
    self.folder = folder
    for name in ["ca", "other"] {
      try run(["req", "-x509"] + Self.newKey + ["-keyout", "\(name).key", "-out", "\(name).pem", "-subj", "/CN=\(name)"])
    }
    try issue("pbx", for: "DNS:pbx.example,DNS:127.0.0.1,IP:127.0.0.1")
  }

  private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

  func url(_ file: String) -> URL { folder.appendingPathComponent(file) }

  /// Makes `NAME.pem`, `NAME.key` and, for baresip, `NAME.both` with the two of them.
  /// - Parameter days: how long it holds; a negative number: it has expired.
  func issue(_ name: String, for names: String? = nil, by authority: String = "ca", days: Int = 90) throws {
    try run(["req"] + Self.newKey + ["-keyout", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"])
    var words = ["x509", "-req", "-in", "\(name).csr", "-CA", "\(authority).pem", "-CAkey", "\(authority).key"]
    words += ["-CAcreateserial", "-days", "\(days)", "-out", "\(name).pem"]
    if let names {
      try Data("subjectAltName=\(names)\n".utf8).write(to: url("\(name).ext"))
      words += ["-extfile", "\(name).ext"]
    }
    try run(words)
    try (Data(contentsOf: url("\(name).pem")) + Data(contentsOf: url("\(name).key"))).write(to: url("\(name).both"))
  }

  private func run(_ words: [String]) throws {
    let child = try Child(Program.openssl ?? "openssl", words, in: folder, name: "openssl-\(UUID().uuidString.prefix(6))")
    guard child.exitStatus(within: 20) == 0 else {
      throw WireFailure("openssl \(words.joined(separator: " ")): \(child.errorText)")
    }
  }

  /// Options of an exchange with the certificate of that name.
  func options(_ name: String = "pbx", _ more: [(String, String)] = []) -> [(String, String)] {
    [("sip.tls-certificate", url("\(name).pem").path), ("sip.tls-key", url("\(name).key").path)] + more
  }

  /// Asks over TLS with `openssl s_client`, waits for its end, and returns what it printed with what was answered.
  func ask(_ port: UInt16, _ words: [String] = [], message: String = "") throws -> String {
    let question = url("question-\(UUID().uuidString.prefix(6))")
    try Data(message.utf8).write(to: question)
    let command = (["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", "ca.pem"] + words).joined(separator: " ")
    // What is asked goes in at once; then there is a moment for the answer.
    let child = try Child(
      "/bin/sh", ["-c", "(cat \(question.lastPathComponent); sleep 0.7) | openssl \(command)"], in: folder,
      name: "ask-\(UUID().uuidString.prefix(6))")
    guard child.exitStatus(within: 10) != nil else {
      child.stop(SIGKILL)
      throw WireFailure("openssl \(command) does not end")
    }
    return child.outputText + child.errorText
  }
}
