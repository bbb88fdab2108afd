internal import Glibc
internal import Sessions

/// The datagram socket to rtpengine's control port. Connected, so that only rtpengine's own answers are read.
final class NGSocket {
  let descriptor: Int32
  /// The address of this machine that rtpengine sees.
  let local: IPAddress
  private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

  /// Nil where the name has no address, or the system no socket. A name is looked up, which takes its time.
  init?(host: String, port: UInt16) {
    guard let (descriptor, local) = Self.connect(host, port, isName: true) else { return nil }
    self.descriptor = descriptor
    self.local = local
  }

  deinit {
    _ = close(self.descriptor)
    self.room.deallocate()
  }

  /// False where the system did not take it. It is sent again in any case.
  @discardableResult
  func send(_ octets: [UInt8]) -> Bool { Glibc.send(self.descriptor, octets, octets.count, Int32(MSG_DONTWAIT)) >= 0 }

  /// What has come; nil when nothing (more) has.
  func receive() -> ArraySlice<UInt8>? {
    while true {
      let count = recv(self.descriptor, self.room.baseAddress, self.room.count, Int32(MSG_DONTWAIT))
      if count >= 0 { return [UInt8](self.room[..<count])[...] }
      // ICMP's word about an earlier datagram (ECONNREFUSED) says nothing about the next.
      guard errno == EINTR || errno == ECONNREFUSED else { return nil }
    }
  }

  /// The address of this machine from which packets go to another.
  static func local(toward address: SocketAddress) -> IPAddress? {
    guard let (descriptor, local) = self.connect("\(address.address)", address.port, isName: false) else { return nil }
    _ = close(descriptor)
    return local
  }

  private static func connect(_ host: String, _ port: UInt16, isName: Bool) -> (Int32, IPAddress)? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (isName ? 0 : AI_NUMERICHOST)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else { return nil }
    defer { freeaddrinfo(found) }
    var next = found
    while let info = next?.pointee {
      next = info.ai_next
      let flags = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      let descriptor = socket(info.ai_family, flags, 0)
      guard descriptor >= 0 else { continue }
      if Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0, let local = self.name(descriptor) {
        return (descriptor, local)
      }
      _ = close(descriptor)
    }
    return nil
  }

  private static func name(_ descriptor: Int32) -> IPAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        getsockname(descriptor, address, &length) == 0
      else { return nil }
      switch Int32(bytes.load(as: sockaddr.self).sa_family) {
      case AF_INET:
        return IPAddress(v4: UInt32(bigEndian: bytes.load(as: sockaddr_in.self).sin_addr.s_addr))
      case AF_INET6:
        let start = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8
        return IPAddress(
          high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)),
          low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)))
      default: return nil
      }
    }
  }
}
