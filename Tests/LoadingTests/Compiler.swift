import Foundation
import Testing

/// gcc, as an author of modules in C uses it.
enum Compiler {
  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// A folder for libraries that is gone with the value.
  final class Shelf {
    let path: String

    init() throws {
      var template = Array("\(NSTemporaryDirectory())/strowger-modules-XXXXXX".utf8CString)
      guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
      self.path = String(cString: made)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }

    /// Builds `source` (from the repository's root) into this folder.
    func build(_ source: String, as name: String, _ options: [String] = []) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      let root = Compiler.repository
      process.arguments =
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"] + options + [
          "-I", root.appendingPathComponent("Sources/CStrowger/include").path, "-o", "\(self.path)/\(name)",
          root.appendingPathComponent(source).path,
        ]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "gcc could not build \(source)")
    }
  }
}
