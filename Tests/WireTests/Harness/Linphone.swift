import Foundation

/// A linphonec process: a real phone of another make than baresip, which can also transfer after a consultation.
final class Linphone {
  let number: String
  private let folder: TemporaryFolder
  private let process = Process()
  private let input = Pipe()
  private let output: URL

  static let program = ["/usr/bin/linphonec", "/usr/local/bin/linphonec"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Registers at once and answers every call by itself.
  init(_ number: String, at exchange: Exchange) throws {
    guard let program = Linphone.program else { throw WireFailure("linphonec is not installed") }
    self.number = number
    folder = try TemporaryFolder()
    // It keeps its files where it was told that its home is.
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent(".local/share/linphone"), withIntermediateDirectories: true)
    let configuration = try folder.write(
      "linphonerc",
      """
      [sip]
      sip_port=\(freePort())
      sip_tcp_port=-2
      sip_tls_port=-2
      default_proxy=0
      guess_hostname=0
      contact="\(number)" <sip:\(number)@127.0.0.1>
      use_ipv6=0
      [auth_info_0]
      username=\(number)
      userid=u\(number)
      passwd=\(Exchange.password)
      realm=strowger
      [proxy_0]
      reg_proxy=<sip:127.0.0.1:\(exchange.udp);transport=udp>
      reg_identity=sip:\(number)@127.0.0.1:\(exchange.udp)
      reg_expires=600
      reg_sendregister=1
      publish=0
      [rtp]
      audio_rtp_port=\(Int.random(in: 170...290) * 200)
      [video]
      enabled=0
      capture=0
      display=0
      automatically_initiate=0
      automatically_accept=0

      """)
    output = try folder.write("linphone.out", "")
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-a", "-c", configuration.path]
    process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.url.path]) { $1 }
    process.currentDirectoryURL = folder.url
    process.standardInput = input
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    try command("soundcard use files")
    guard wait(8, for: { (try? command("status register")) != nil && text.contains("registered, identity") }) else {
      throw WireFailure("linphone \(number) is not registered: \(text.suffix(1500))")
    }
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// All that it has printed.
  var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  /// Types a line.
  func command(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    usleep(200_000)
  }

  /// Calls and waits until that call, the phone's `index`th, is connected.
  func call(_ number: String, at exchange: Exchange, index: Int) throws {
    try command("call sip:\(number)@127.0.0.1:\(exchange.udp)")
    guard wait(8, for: { text.contains("Call \(index) with") && text.contains("connected") }) else {
      throw WireFailure("linphone \(self.number) calls \(number): \(text.suffix(800))")
    }
  }
}
