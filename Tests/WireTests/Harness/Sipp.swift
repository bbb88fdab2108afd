import Foundation

/// A sipp process that plays a scenario file of `Tests/WireScenarios`.
final class Sipp {
  private let folder: TemporaryFolder
  private let child: Child
  let port: UInt16

  /// Plays `scenario` that many times against the exchange; `fields` become the lines of its injection file.
  /// From `host`, which may be any address of 127.0.0.0/8.
  init(
    _ scenario: String, at exchange: Exchange, times: Int, rate: Int = 50, host: String = "127.0.0.1", port: UInt16? = nil,
    fields: [String] = []
  ) throws {
    guard let program = Program.sipp else { throw WireFailure("sipp is not installed") }
    self.port = port ?? freePort()
    folder = try TemporaryFolder()
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("WireScenarios/\(scenario).xml")
    var arguments = [
      "127.0.0.1:\(exchange.udp)", "-sf", file.path, "-i", host, "-p", "\(self.port)", "-m", "\(times)", "-r", "\(rate)",
      "-nostdin", "-timeout", "30s", "-recv_timeout", "8000", "-trace_err", "-error_file",
      folder.url.appendingPathComponent("errors").path,
    ]
    if !fields.isEmpty {
      let list = try folder.write("fields.csv", (["SEQUENTIAL"] + fields).joined(separator: "\n") + "\n")
      arguments += ["-inf", list.path]
    }
    child = try Child(program, arguments, in: folder.url, name: scenario, environment: ["TERM": "dumb"])
  }

  deinit { child.stop(SIGKILL) }

  /// Throws with sipp's own words unless every call went as the scenario says.
  func finish(within seconds: Double = 40) throws {
    guard let status = child.exitStatus(within: seconds) else { throw WireFailure("sipp does not end") }
    guard status == 0 else {
      let errors = (try? String(contentsOf: folder.url.appendingPathComponent("errors"), encoding: .utf8)) ?? ""
      throw WireFailure("sipp ended with \(status): \(errors.prefix(2000))\(child.errorText.suffix(500))")
    }
  }
}
