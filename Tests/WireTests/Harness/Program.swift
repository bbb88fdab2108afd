import Foundation

/// The real program under test and the other programs the tests drive.
enum Program {
  /// `strowger` from `STROWGER_PROGRAM`, or the one built beside this test bundle.
  static let strowger: String? = {
    if let named = ProcessInfo.processInfo.environment["STROWGER_PROGRAM"], !named.isEmpty { return executable(named) }
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return executable(bundle.deletingLastPathComponent().appendingPathComponent("strowger").path)
  }()
  static let sipp = onPath("sipp")
  static let baresip = onPath("baresip")
  static let openssl = onPath("openssl")

  /// The folder of malformed messages: `STROWGER_TORTURE`, or the one beside the checkout.
  static let torture: URL? = {
    let named = ProcessInfo.processInfo.environment["STROWGER_TORTURE"].map { URL(fileURLWithPath: $0) }
    let beside = repository.deletingLastPathComponent().appendingPathComponent("shared/testdata/sip-torture")
    return [named, beside].compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  static var isThere: Bool { strowger != nil }

  /// The top folder of the checkout, from this file's own place.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func executable(_ path: String) -> String? { FileManager.default.isExecutableFile(atPath: path) ? path : nil }

  private static func onPath(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return (folders + ["/usr/bin", "/usr/local/bin"]).lazy.compactMap { executable("\($0)/\(name)") }.first
  }
}

/// What went wrong with a program or a peer; a test that throws it fails with these words.
struct WireFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// One running child process. Its output goes to files, so that no pipe can fill up; it dies with this object.
final class Child {
  let process = Process()
  let output: URL
  let errors: URL

  init(_ program: String, _ arguments: [String], in folder: URL, name: String, environment: [String: String] = [:]) throws {
    output = folder.appendingPathComponent("\(name).out")
    errors = folder.appendingPathComponent("\(name).err")
    for file in [output, errors] { try Data().write(to: file) }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let handles = try [output, errors].map { try FileHandle(forWritingTo: $0) }
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    // The process object keeps them open for ever, and Foundation crashes when it starts a child beside 1,360 descriptors.
    defer { for handle in handles { try? handle.close() } }
    try process.run()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var outputText: String { String(decoding: (try? Data(contentsOf: output)) ?? Data(), as: UTF8.self) }
  var errorText: String { String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self) }

  /// Waits for the end; nil when it still runs after that time.
  func exitStatus(within seconds: Double) -> Int32? {
    wait(seconds) { !process.isRunning } ? process.terminationStatus : nil
  }

  func stop(_ signal: Int32 = SIGTERM, within seconds: Double = 5) {
    guard process.isRunning else { return }
    kill(process.processIdentifier, signal)
    if exitStatus(within: seconds) == nil {
      kill(process.processIdentifier, SIGKILL)
      _ = exitStatus(within: 2)
    }
  }
}

/// Looks again and again until the condition holds; false when it does not in that time.
func wait(_ seconds: Double, for condition: () throws -> Bool) rethrows -> Bool {
  let end = Date(timeIntervalSinceNow: seconds)
  while true {
    if try condition() { return true }
    if Date() >= end { return false }
    usleep(10_000)
  }
}

/// A file that the kernel makes up, whole: Foundation stops reading at the first short piece, which such a file gives each time.
func kernelFile(_ path: String) -> String {
  guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
  var octets = Data()
  while let piece = try? handle.read(upToCount: 1 << 16), !piece.isEmpty { octets += piece }
  return String(decoding: octets, as: UTF8.self)
}

/// A folder of its own for one test, gone when the test is.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("strowger-wire-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ name: String, _ text: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file
  }
}

extension Child {
  /// Runs a command that takes long at the lowest priority, and keeps no thread waiting for it.
  static func runGently(_ words: [String], in folder: URL, within seconds: Double = 60) async throws {
    let child = try Child("/usr/bin/env", ["nice", "-n", "19"] + words, in: folder, name: words[0])
    let end = Date(timeIntervalSinceNow: seconds)
    while child.process.isRunning, Date() < end { try await Task.sleep(for: .milliseconds(200)) }
    let status = child.exitStatus(within: 1)
    guard status == 0 else {
      throw WireFailure("\(words): \(status.map(String.init) ?? "no end")\n\(child.outputText)\(child.errorText)")
    }
  }

  /// Runs a command to its end, and shows its output when it fails.
  static func run(_ words: [String], in folder: URL, within seconds: Double = 60) throws {
    let child = try Child("/usr/bin/env", words, in: folder, name: words[0])
    let status = child.exitStatus(within: seconds)
    guard status == 0 else {
      throw WireFailure("\(words): \(status.map(String.init) ?? "no end")\n\(child.outputText)\(child.errorText)")
    }
  }
}

/// UDP ports that a process has open now.
func boundUDPPorts(of process: Int32) -> Set<UInt16> {
  let descriptors = "/proc/\(process)/fd"
  let mine = (try? FileManager.default.contentsOfDirectory(atPath: descriptors)) ?? []
  let sockets = Set(
    mine.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(descriptors)/\($0)") }
      .filter { $0.hasPrefix("socket:[") }.map { String($0.dropFirst(8).dropLast()) })
  var found: Set<UInt16> = []
  for file in ["/proc/net/udp", "/proc/net/udp6"] {
    for line in kernelFile(file).split(separator: "\n").dropFirst() {
      let words = line.split(separator: " ")
      guard words.count > 9, sockets.contains(String(words[9])), let port = words[1].split(separator: ":").last else { continue }
      if let number = UInt16(port, radix: 16) { found.insert(number) }
    }
  }
  return found
}
