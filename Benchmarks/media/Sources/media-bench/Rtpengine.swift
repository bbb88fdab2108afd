import CLoad
import Glibc

/// rtpengine in userspace, told by its NG protocol (bencode over UDP).
final class Rtpengine {
  let process: pid_t
  private let descriptor: Int32
  private var cookie = 0
  static let path = "/usr/bin/rtpengine"

  /// Nil where it is not installed or does not start.
  init?() {
    guard access(Self.path, X_OK) == 0 else { return nil }
    let words = [
      Self.path, "--table=-1", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:22399", "--foreground", "--log-level=1",
      "--port-min=40000", "--port-max=59999", "--num-threads=1",
    ]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process = pid_t()
    guard posix_spawn(&process, Self.path, &actions, nil, &arguments, environ) == 0 else { return nil }
    self.process = process
    self.descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(22399).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var patience = timeval(tv_sec: 0, tv_usec: 200_000)
    setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    for _ in 0..<50 {
      if self.ask("d7:command4:pinge").contains("pong") { return }
      usleep(100_000)
    }
    self.stop()
    return nil
  }

  func stop() {
    kill(self.process, SIGTERM)
    waitpid(self.process, nil, 0)
    close(self.descriptor)
  }

  /// One call between two phones; each learns its port.
  func call(_ number: Int, _ one: inout load_phone, _ two: inout load_phone) -> Bool {
    guard let forTwo = self.describe("offer", number, one.port), let forOne = self.describe("answer", number, two.port) else {
      return false
    }
    one.target = forOne
    two.target = forTwo
    return true
  }

  private func describe(_ command: String, _ number: Int, _ port: UInt16) -> UInt16? {
    let sdp =
      "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio \(port) RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    let answer = self.ask(
      "d" + Self.text("call-id", "bench\(number)") + Self.text("command", command) + Self.text("from-tag", "a\(number)")
        + Self.text("sdp", sdp) + (command == "answer" ? Self.text("to-tag", "b\(number)") : "") + "e")
    guard let line = answer.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("m=audio ") }) else { return nil }
    return UInt16(line.split(separator: " ")[1])
  }

  private static func text(_ name: String, _ value: String) -> String {
    "\(name.utf8.count):\(name)\(value.utf8.count):\(value)"
  }

  private func ask(_ question: String) -> String {
    self.cookie += 1
    let message = Array("\(self.cookie) \(question)".utf8)
    guard Glibc.send(self.descriptor, message, message.count, 0) > 0 else { return "" }
    var octets = [UInt8](repeating: 0, count: 65536)
    let count = recv(self.descriptor, &octets, octets.count, 0)
    return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
  }
}
