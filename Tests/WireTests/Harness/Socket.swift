import Foundation

/// A plain UDP or TCP socket on loopback that sends raw octets and waits for what comes back.
final class Socket {
  enum Kind { case udp, tcp }

  let kind: Kind
  private let descriptor: Int32
  /// Octets of a stream that are not yet a whole message.
  private var pending: [UInt8] = []
  private(set) var isClosedByPeer = false

  /// Connected to that port of 127.0.0.1; `source` is the own address, any of 127.0.0.0/8, and `own` the own port, 0 for any.
  init(_ kind: Kind, to port: UInt16, from source: String = "127.0.0.1", at own: UInt16 = 0) throws {
    self.kind = kind
    let type = kind == .udp ? Int32(SOCK_DGRAM.rawValue) : Int32(SOCK_STREAM.rawValue)
    descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw WireFailure("socket: \(errno)") }
    var space: Int32 = 4 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &space, socklen_t(MemoryLayout<Int32>.size))
    guard Socket.call(bind, descriptor, source, own) == 0 else { throw WireFailure("bind \(source): \(errno)") }
    guard Socket.call(connect, descriptor, "127.0.0.1", port) == 0 else { throw WireFailure("connect to \(port): \(errno)") }
  }

  deinit { close(descriptor) }

  /// The own port.
  var port: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  /// False when the peer has closed or the datagram is too long.
  @discardableResult
  func send(_ octets: some Sequence<UInt8>) -> Bool {
    let whole = Array(octets)
    func attempt(_ part: ArraySlice<UInt8>) -> Int {
      part.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
    // The first send after the exchange was killed only reports that the one before it found nobody there.
    if kind == .udp { return attempt(whole[...]) == whole.count || attempt(whole[...]) == whole.count }
    var rest = whole[...]
    while !rest.isEmpty {
      let sent = attempt(rest)
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(text.utf8) }

  /// What arrives next, however much it is; nil when nothing does within that time.
  func receiveOctets(within seconds: Double) -> [UInt8]? {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&wanted, 1, Int32(max(0, seconds) * 1000)) > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count == 0, kind == .tcp { isClosedByPeer = true }
    if count < 0, kind == .tcp { isClosedByPeer = true }
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  /// The next whole SIP message. Keep-alives are left out.
  func receive(within seconds: Double) -> SIPText? {
    let end = Date(timeIntervalSinceNow: seconds)
    repeat {
      if kind == .tcp, let message = SIPText.cut(from: &pending) { return message }
      guard let octets = receiveOctets(within: end.timeIntervalSinceNow) else { continue }
      if kind == .udp {
        if let message = SIPText(octets) { return message }
      } else {
        pending += octets
      }
    } while !isClosedByPeer && Date() < end
    return kind == .tcp ? SIPText.cut(from: &pending) : nil
  }

  private static func call(
    _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ host: String, _ port: UInt16
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}

/// A port of loopback that nobody has, with the one after it free as well (baresip takes that for TLS).
func freePort() -> UInt16 {
  func isFree(_ port: UInt16) -> Bool {
    [SOCK_DGRAM, SOCK_STREAM].allSatisfy { type in
      let probe = socket(AF_INET, Int32(type.rawValue), 0)
      defer { close(probe) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
      return withUnsafePointer(to: address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      } == 0
    }
  }
  while true {
    let port = UInt16.random(in: 12_000...19_000) & ~1
    if isFree(port) && isFree(port + 1) { return port }
  }
}
