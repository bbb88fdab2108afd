import Glibc

/// How a command asks the running exchange. Blocks the calling thread; for command-line use.
public enum ControlClient {
  /// Sends one request and waits for its answer.
  /// - Parameters:
  ///   - request: One JSON document without a line end.
  ///   - seconds: For each octet to come or go; 30 is ample for anything the exchange does.
  /// - Returns: The answer without its line end.
  /// - Throws: ``TransportError``: `.notRunning` if nobody listens there, `.notPermitted` if it is another user's, `.noAnswer` if
  ///   the exchange took the request and then went away or stayed silent.
  public static func ask(path: String, _ request: [UInt8], timeout seconds: Int = 30) throws(TransportError) -> [UInt8] {
    let descriptor = try Self.connect(to: path)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, name, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    try Self.write(request + [0x0a], to: descriptor, path)
    return try Self.readLine(from: descriptor, path)
  }

  /// Whether an exchange answers there.
  public static func isRunning(path: String) -> Bool {
    guard let descriptor = try? Self.connect(to: path) else { return false }
    close(descriptor)
    return true
  }

  private static func connect(to path: String) throws(TransportError) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TransportError(.system, at: path, systemMessage(errno)) }
    do throws(TransportError) {
      let code = try ControlPath.with(path) { Glibc.connect(descriptor, $0, $1) == 0 ? 0 : errno }
      switch code {
      case 0: return descriptor
      case ENOENT, ENOTDIR, ECONNREFUSED: throw TransportError(.notRunning, at: path, "no exchange runs on this database")
      case EACCES, EPERM: throw TransportError(.notPermitted, at: path, "the exchange runs as another user; use sudo")
      default: throw TransportError(.system, at: path, systemMessage(code))
      }
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func write(_ octets: [UInt8], to descriptor: Int32, _ path: String) throws(TransportError) {
    var sent = 0
    while sent < octets.count {
      let count = octets.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + sent }, octets.count - sent, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw TransportError(.noAnswer, at: path, "the exchange took no request: \(systemMessage(errno))") }
      sent += count
    }
  }

  private static func readLine(from descriptor: Int32, _ path: String) throws(TransportError) -> [UInt8] {
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = piece.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw TransportError(.noAnswer, at: path, count == 0 ? "the exchange hung up" : "the exchange did not answer in time")
      }
      if let end = piece[..<count].firstIndex(of: 0x0a) { return answer + piece[..<end] }
      answer += piece[..<count]
    }
  }
}
