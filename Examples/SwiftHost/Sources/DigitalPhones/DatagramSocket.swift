import Glibc
public import Sessions

/// A UDP socket, IPv4, that never blocks. Closed when the last copy is gone.
public final class DatagramSocket {
  let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// Nil where the address cannot be had.
  public init?(_ address: SocketAddress) {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0, var place = sockaddr_in(address) else { return nil }
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
    }
    guard isBound else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit { close(self.descriptor) }

  /// One datagram, if one is there.
  public func receive() -> (bytes: [UInt8], source: SocketAddress)? {
    var place = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let count = withUnsafeMutablePointer(to: &place) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(self.descriptor, &self.buffer, self.buffer.count, 0, $0, &size)
      }
    }
    guard count >= 0 else { return nil }
    let source = SocketAddress(IPAddress(v4: UInt32(bigEndian: place.sin_addr.s_addr)), port: UInt16(bigEndian: place.sin_port))
    return (Array(self.buffer.prefix(count)), source)
  }

  /// What cannot be sent is lost, as any datagram may be.
  public func send(_ bytes: [UInt8], to address: SocketAddress) {
    guard var place = sockaddr_in(address) else { return }
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { sendto(self.descriptor, bytes, bytes.count, 0, $0, size) }
    }
  }
}

extension sockaddr_in {
  fileprivate init?(_ address: SocketAddress) {
    guard let number = address.address.v4 else { return nil }
    self.init()
    self.sin_family = sa_family_t(AF_INET)
    self.sin_port = address.port.bigEndian
    self.sin_addr.s_addr = number.bigEndian
  }
}
