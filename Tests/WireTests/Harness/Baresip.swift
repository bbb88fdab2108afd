import Foundation

/// A baresip process: a real phone with a sine wave for a voice, steered over its control port.
final class Baresip {
  let number: String
  private let folder: TemporaryFolder
  private let child: Child
  private let control: Socket
  private var stream: [UInt8] = []
  /// Events so far, oldest first.
  private(set) var events: [[String: Any]] = []

  /// How this one differs from others.
  struct Habits {
    /// Its voice, in Hz.
    var voice = 440
    /// Modules of codecs, in the order in which it offers them.
    var codecs = ["g711"]
    /// `srtp` where it can, `srtp-mand` always.
    var encryption: String?
    /// What it hears and says is written to WAV files (``heard()``).
    var isRecording = false
    /// Its certificate with the private key, and the authority that it believes, for TLS.
    var certificate: URL?
    var authority: URL?
  }

  /// Registers at once and answers every call by itself.
  init(
    _ number: String, at exchange: Exchange, over transport: String = "udp", password: String = Exchange.password,
    _ habits: Habits = Habits()
  ) throws {
    guard let program = Program.baresip else { throw WireFailure("baresip is not installed") }
    self.number = number
    folder = try TemporaryFolder()
    let (sip, steering) = (freePort(), freePort())
    let media = Int.random(in: 170...290) * 200
    _ = try folder.write(
      "config",
      """
      poll_method epoll
      sip_listen 127.0.0.1:\(sip)
      net_interface 127.0.0.1
      call_local_timeout 60
      call_max_calls 4
      audio_source ausine,\(habits.voice)
      audio_player aubridge,sink
      audio_alert aubridge,alert
      ausrc_srate 48000
      ausrc_channels 2
      rtp_ports \(media)-\(media + 100)
      module_path /usr/lib/baresip/modules
      \(habits.codecs.map { "module \($0).so" }.joined(separator: "\n"))
      \(habits.encryption == nil ? "" : "module srtp.so")
      \(habits.certificate.map { "sip_certificate \($0.path)" } ?? "")
      \(habits.authority.map { "sip_cafile \($0.path)" } ?? "")
      \(habits.isRecording ? "module sndfile.so\nsnd_path \(folder.url.path)" : "")
      module ausine.so
      module aubridge.so
      module_tmp account.so
      module_app menu.so
      module_app ctrl_tcp.so
      ctrl_tcp_listen 127.0.0.1:\(steering)

      """)
    let port = transport == "udp" ? exchange.udp : transport == "tls" ? exchange.tls : exchange.tcp
    _ = try folder.write(
      "accounts",
      "<sip:\(number)@127.0.0.1:\(port);transport=\(transport)>;auth_user=u\(number);auth_pass=\(password)"
        + ";regint=600;answermode=auto" + (habits.encryption.map { ";mediaenc=\($0)" } ?? "") + "\n"
    )
    _ = try folder.write("contacts", "")
    let child = try Child(program, ["-f", folder.url.path], in: folder.url, name: "baresip")
    self.child = child
    var opened: Socket?
    _ = wait(5) {
      opened = try? Socket(.tcp, to: steering)
      return opened != nil || !child.process.isRunning
    }
    guard let opened else { throw WireFailure("baresip \(number) does not start: \(child.outputText)\(child.errorText)") }
    control = opened
  }

  deinit { child.stop(SIGKILL) }

  var log: String { child.outputText + child.errorText }

  /// Runs a menu command and returns what it prints.
  @discardableResult
  func command(_ name: String, _ parameters: String = "") throws -> String {
    let token = UUID().uuidString
    let text = "{\"command\":\"\(name)\",\"params\":\"\(parameters)\",\"token\":\"\(token)\"}"
    control.send("\(text.utf8.count):\(text),")
    var answer: [String: Any]?
    let came = wait(3) {
      for message in read() where message["token"] as? String == token { answer = message }
      return answer != nil
    }
    guard came, let answer else { throw WireFailure("baresip \(number) does not answer \(name)") }
    return answer["data"] as? String ?? ""
  }

  /// Waits for an event of that type and returns its parameter.
  @discardableResult
  func event(_ type: String, within seconds: Double = 5) throws -> String {
    var found: [String: Any]?
    let came = wait(seconds) {
      _ = read()
      found = events.first { $0["type"] as? String == type }
      return found != nil
    }
    guard came, let found else {
      let seen = events.compactMap { $0["type"] as? String }
      throw WireFailure("baresip \(number): no \(type) within \(seconds) s; events \(seen)\n\(log.suffix(1500))")
    }
    events.removeAll { $0["type"] as? String == type }
    return found["param"] as? String ?? ""
  }

  func waitUntilRegistered(within seconds: Double = 5) throws {
    // The event may have passed before the control port was open, so the registration is asked for.
    guard try wait(seconds, for: { try command("reginfo").contains("OK") }) else {
      throw WireFailure("baresip \(number) is not registered: \(log.suffix(1500))")
    }
  }

  /// Octets of RTP sent and packets received so far in the current call, and where the far end's RTP comes from.
  func media() throws -> (sent: Int, received: Int, remote: String) {
    let text = try command("audio_debug")
    func number(after word: String) -> Int {
      guard let start = text.range(of: word)?.upperBound else { return 0 }
      return Int(text[start...].prefix { $0.isNumber }) ?? 0
    }
    let remote = text.range(of: "remote: ").map { String(text[$0.upperBound...].prefix { $0 != "/" && $0 != "\n" }) } ?? ""
    return (number(after: "TX: packets="), number(after: "rcvd="), remote)
  }

  /// What it heard in its newest call so far, decoded and decrypted by itself.
  func heard() throws -> Sound {
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter { $0.hasSuffix("-dec.wav") }
    guard let newest = files.max() else { throw WireFailure("baresip \(number) has recorded nothing") }
    return try WAV.read(folder.url.appendingPathComponent(newest))
  }

  /// The own RTP port of the current call.
  func mediaPort() throws -> String {
    let text = try command("audio_debug")
    guard let start = text.range(of: "local: 0.0.0.0:")?.upperBound ?? text.range(of: "local: 127.0.0.1:")?.upperBound else {
      return ""
    }
    return String(text[start...].prefix { $0.isNumber })
  }

  /// Takes whole netstrings off the control connection; events are kept, answers returned.
  private func read() -> [[String: Any]] {
    while let octets = control.receiveOctets(within: 0.02) { stream += octets }
    var answers: [[String: Any]] = []
    while let colon = stream.firstIndex(of: UInt8(ascii: ":")),
      let length = Int(String(decoding: stream[..<colon], as: UTF8.self)), stream.count >= colon + 2 + length
    {
      let body = Data(stream[(colon + 1)..<(colon + 1 + length)])
      stream.removeFirst(colon + 2 + length)
      guard let message = try? JSONSerialization.jsonObject(with: body) as? [String: Any] else { continue }
      if message["event"] != nil { events.append(message) } else { answers.append(message) }
    }
    return answers
  }
}
