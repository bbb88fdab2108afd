import Foundation

/// The real program on free loopback ports, with a database, plan and stations of its own.
final class Exchange {
  static let password = "Wire_4711"

  let folder: TemporaryFolder
  /// Let go of before the folder.
  private let disk: SmallDisk?
  let plan: URL
  let database: URL
  private(set) var udp: UInt16 = 0
  private(set) var tcp: UInt16 = 0
  /// Where it listens for TLS, if `arguments` say so.
  private(set) var tls: UInt16 = 0
  private var child: Child?
  private var starts = 0
  private let arguments: [String]

  /// Starts with stations 2001 to 2010 (user `u2001` and so on) and loopback on the white list; `arguments` are more words for
  /// `serve`.
  /// With `space` its folder is a small disk of its own of so many octets, which only root can make.
  init(plan: String = Exchange.plan, options: [(String, String)] = [], arguments: [String] = [], space: Int? = nil) throws {
    self.arguments = arguments
    let folder = try TemporaryFolder()
    self.folder = folder
    disk = try space.map { try SmallDisk(at: folder.url, octets: $0) }
    self.plan = try folder.write("plan.xml", plan)
    database = folder.url.appendingPathComponent("strowger.sqlite")
    let rows = (2001...2010).map { "\($0),u\($0),\(Exchange.password)" }
    let stations = try folder.write("stations.csv", (["number,user-id,password"] + rows).joined(separator: "\n") + "\n")
    try command("station", "import", stations.path)
    try command("whitelist", "add", "127.0.0.0/8")
    for (name, value) in options { try command("option", "set", name, value) }
    try start()
  }

  deinit { child?.stop(SIGKILL) }

  var pid: Int32 { child?.process.processIdentifier ?? 0 }
  var isAlive: Bool { child?.process.isRunning ?? false }
  var log: String { child?.errorText ?? "" }

  /// Binds free ports the first time and the same ones again after a restart. Returns once `ready` stands on standard output.
  func start() throws {
    guard let program = Program.strowger else { throw WireFailure("no strowger program") }
    starts += 1
    let child = try Child(
      program,
      [
        "serve", "--plan", plan.path, "--database", database.path, "--listen", "udp:127.0.0.1:\(udp)", "--listen",
        "tcp:127.0.0.1:\(tcp)",
      ] + arguments, in: folder.url, name: "serve\(starts)")
    self.child = child
    var ready: String?
    _ = wait(10) {
      ready = child.outputText.split(separator: "\n").first { $0.hasPrefix("ready ") }.map(String.init)
      return ready != nil || !child.process.isRunning
    }
    guard let ready else { throw WireFailure("not ready within 10 s: \(child.outputText)\(child.errorText)") }
    for word in ready.split(separator: " ").dropFirst() {
      guard let port = word.split(separator: ":").last.flatMap({ UInt16($0) }) else { continue }
      if word.hasPrefix("udp:") { udp = port }
      if word.hasPrefix("tcp:") { tcp = port }
      if word.hasPrefix("tls:") { tls = port }
    }
  }

  func stop() { child?.stop() }

  /// `kill -9` and a new start on the same ports: what is kept must be back when this returns.
  func crashAndRestart() throws {
    child?.stop(SIGKILL)
    try start()
  }

  /// Runs a command of the program on this exchange's database and returns its standard output. Throws on any other exit status.
  @discardableResult
  func command(_ words: String...) throws -> String {
    let (status, output, errors) = try Exchange.run(words + ["--database", database.path], in: folder.url)
    guard status == 0 else {
      throw WireFailure("strowger \(words.joined(separator: " ")) ended with \(status): \(errors)\(output)")
    }
    return output
  }

  /// The objects that a command prints with `--json`.
  func json(_ words: String...) throws -> [[String: Any]] {
    let (status, output, errors) = try Exchange.run(words + ["--json", "--database", database.path], in: folder.url)
    guard status == 0 else {
      throw WireFailure("strowger \(words.joined(separator: " ")) --json ended with \(status): \(errors)")
    }
    guard let list = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [[String: Any]] else {
      throw WireFailure("strowger \(words.joined(separator: " ")) --json is no list of objects: \(output)")
    }
    return list
  }

  static func run(_ arguments: [String], in folder: URL) throws -> (status: Int32, output: String, errors: String) {
    guard let program = Program.strowger else { throw WireFailure("no strowger program") }
    let child = try Child(program, arguments, in: folder, name: "command-\(UUID().uuidString.prefix(6))")
    guard let status = child.exitStatus(within: 20) else {
      child.stop(SIGKILL)
      throw WireFailure("strowger \(arguments.joined(separator: " ")) does not end")
    }
    return (status, child.outputText, child.errorText)
  }

  /// Resident memory in KiB.
  var memory: Int {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
    else { return 0 }
    return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }

  /// Open descriptors.
  var descriptors: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0 }

  /// Stations and the features that exist; no-answer after 2 s, so that tests need not wait long.
  /// The plan of the tests with one more module, last in order.
  static func plan(with module: String) -> String {
    self.plan.replacingOccurrences(of: "</features>", with: "  \(module)\n  </features>")
  }

  static let plan = """
    <?xml version="1.0" encoding="UTF-8"?>
    <numberPlan xmlns="urn:strowger:number-plan:1" name="Wire">
      <stations><range from="2001" to="2099"/></stations>
      <features>
        <module name="DoNotDisturb" treatAs="refuse"><code digits="40"/></module>
        <module name="CallForward" noAnswerTime="2" maximumHops="10">
          <code digits="600" action="clear"/>
          <code digits="601" action="all"/>
          <code digits="602" action="busy"/>
          <code digits="603" action="noAnswer"/>
          <code digits="604" action="busyOrNoAnswer"/>
        </module>
      </features>
    </numberPlan>

    """
}
