import Foundation

/// An IPv4 address and a UDP port.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
  var host: String
  var port: UInt16

  init(_ host: String, _ port: UInt16) { (self.host, self.port) = (host, port) }

  var description: String { "\(host):\(port)" }
}

/// A UDP socket of any loopback address that speaks with anybody.
final class Datagrams: Sendable {
  let descriptor: Int32
  let local: HostPort

  /// Port 0 takes a free one.
  init(_ host: String, port: UInt16 = 0) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw WireFailure("socket: \(errno)") }
    var space: Int32 = 1 << 20
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &space, socklen_t(MemoryLayout<Int32>.size))
    var address = Datagrams.address(HostPort(host, port))
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard bound == 0 else {
      let reason = errno
      close(descriptor)
      throw WireFailure("bind \(host):\(port): \(reason)")
    }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    self.descriptor = descriptor
    local = HostPort(host, UInt16(bigEndian: address.sin_port))
  }

  deinit { close(descriptor) }

  func send(_ octets: [UInt8], to place: HostPort) {
    var address = Datagrams.address(place)
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, octets, octets.count, Int32(MSG_NOSIGNAL), $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// What has arrived; nil when nothing has.
  func receive() -> (octets: [UInt8], from: HostPort)? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let count = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &buffer, buffer.count, 0, $0, &length) }
    }
    guard count >= 0 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
    inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(INET_ADDRSTRLEN))
    let host = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (Array(buffer[..<count]), HostPort(host, UInt16(bigEndian: address.sin_port)))
  }

  /// Returns when one of the sockets has something or the time is over.
  static func wait(for sockets: [Datagrams], _ seconds: Double) {
    var wanted = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    poll(&wanted, nfds_t(wanted.count), Int32(max(0, (seconds * 1000).rounded(.up))))
  }

  /// Two sockets on an even port and the next, outside the exchange's own range of media ports.
  static func pair(_ host: String) throws -> (Datagrams, Datagrams) {
    for _ in 0..<200 {
      let port = UInt16.random(in: 16_500...29_900) * 2
      if let first = try? Datagrams(host, port: port), let second = try? Datagrams(host, port: port + 1) {
        return (first, second)
      }
    }
    throw WireFailure("no two free ports at \(host)")
  }

  private static func address(_ place: HostPort) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = place.port.bigEndian
    inet_pton(AF_INET, place.host, &address.sin_addr)
    return address
  }
}

/// Seconds of the machine's own clock, which nobody sets.
func monotonicTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
