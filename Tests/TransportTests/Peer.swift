import Glibc
import Sessions

/// A phone's socket: blocking, with a limit, so that no test hangs.
final class Peer {
  let descriptor: Int32
  private var isOpen = true

  /// A socket connected to a port of 127.0.0.1; nil if that was refused.
  init?(_ kind: TransportKind, to port: UInt16, timeout milliseconds: Int = 1_500) {
    let type = kind == .udp ? SOCK_DGRAM : SOCK_STREAM
    self.descriptor = socket(AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
    setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard Self.with(port, { connect(self.descriptor, $0, $1) }) == 0 else { return nil }
  }

  /// A listener on a free port of 127.0.0.1.
  init(listening: Void) {
    self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: 1, tv_usec: 500_000)
    setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    _ = Self.with(0) { bind(self.descriptor, $0, $1) }
    listen(self.descriptor, 16)
  }

  private init(accepted: Int32) {
    self.descriptor = accepted
    var limit = timeval(tv_sec: 1, tv_usec: 500_000)
    setsockopt(accepted, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { if self.isOpen { close(self.descriptor) } }

  func accepted() -> Peer? {
    let descriptor = accept(self.descriptor, nil, nil)
    return descriptor < 0 ? nil : Peer(accepted: descriptor)
  }

  var port: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(self.descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  @discardableResult
  func send(_ octets: [UInt8]) -> Bool {
    octets.withUnsafeBytes { Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL)) }
      == octets.count
  }

  @discardableResult
  func send(_ text: String) -> Bool { self.send(Array(text.utf8)) }

  /// What comes next: a datagram or some of the stream; empty at the stream's end, nil after the time limit or a reset.
  func receive() -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: 70_000)
    let count = octets.withUnsafeMutableBytes { recv(self.descriptor, $0.baseAddress, $0.count, 0) }
    return count < 0 ? nil : Array(octets[..<count])
  }

  /// That many octets of the stream, or fewer if it ends.
  func receive(_ count: Int) -> [UInt8] {
    var octets: [UInt8] = []
    while octets.count < count, let more = self.receive(), !more.isEmpty { octets += more }
    return octets
  }

  /// Whether the far end closes or resets within the time limit; what it sends before is thrown away.
  var isClosedByPeer: Bool {
    while true {
      guard let octets = self.receive() else { return errno == ECONNRESET }
      if octets.isEmpty { return true }
    }
  }

  /// Closes with a reset instead of a farewell.
  func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    Glibc.close(self.descriptor)
    self.isOpen = false
  }

  private static func with(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
