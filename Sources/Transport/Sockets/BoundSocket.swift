import Glibc
import Sessions

/// A socket that is bound and, on TCP, listens: made by hand, since here each failure has its errno and the address
/// that was taken is known at once. Who gets one owns its descriptor.
struct BoundSocket {
  let descriptor: Int32
  let kind: TransportKind
  /// With the port that a port 0 turned into.
  let address: SocketAddress

  /// Throws `.badEndpoint`, `.addressInUse`, `.addressNotHere`, `.notPermitted`, `.system`.
  init(_ endpoint: Endpoint, limits: TransportLimits) throws(TransportError) {
    let wanted = try endpoint.address()
    guard endpoint.kind != .tls || TLSCredentials.isBuiltIn else {
      throw TransportError(.badEndpoint, at: endpoint.description, TLSCredentials.notBuiltIn)
    }
    let isStream = endpoint.kind.isReliable
    let type = Int32(isStream ? SOCK_STREAM.rawValue : SOCK_DGRAM.rawValue)
    let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(wanted.address.family == .v4 ? AF_INET : AF_INET6, type | flags, 0)
    guard descriptor >= 0 else { throw Self.failure(errno, endpoint) }
    // An IPv6 socket takes IPv6 only, so that udp:0.0.0.0 and udp:[::] can stand side by side.
    if wanted.address.family == .v6 { Self.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
    if isStream {
      // Else a restart waits for the old connections' TIME-WAIT. Not on UDP: two exchanges would share a port unseen.
      Self.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    } else {
      Self.set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(clamping: limits.receiveBuffer))
      Self.set(descriptor, SOL_SOCKET, SO_SNDBUF, Int32(clamping: limits.receiveBuffer))
    }
    let isBound = wanted.withSystemAddress(family: wanted.address.family) { bind(descriptor, $0, $1) } == 0
    guard isBound, !isStream || listen(descriptor, 1024) == 0, let address = Self.address(of: descriptor) else {
      let code = errno
      close(descriptor)
      throw Self.failure(code, endpoint)
    }
    self.descriptor = descriptor
    self.kind = endpoint.kind
    self.address = address
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func address(of descriptor: Int32) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes in
      guard let base = bytes.baseAddress,
        getsockname(descriptor, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
      else { return nil }
      // The system has written a structure of this family into storage that is aligned for all of them.
      return bytes.load(as: sockaddr.self).sa_family == sa_family_t(AF_INET)
        ? SocketAddress(bytes.load(as: sockaddr_in.self)) : SocketAddress(bytes.load(as: sockaddr_in6.self))
    }
  }

  private static func failure(_ code: Int32, _ endpoint: Endpoint) -> TransportError {
    let place = endpoint.description
    switch code {
    case EADDRINUSE:
      return TransportError(.addressInUse, at: place, "the port is in use by another program; stop it or choose another port")
    case EADDRNOTAVAIL:
      return TransportError(.addressNotHere, at: place, "this machine has no such address; 0.0.0.0 listens on all it has")
    case EACCES, EPERM:
      return TransportError(.notPermitted, at: place, "not permitted; ports below 1024 want root or CAP_NET_BIND_SERVICE")
    default:
      return TransportError(.system, at: place, systemMessage(code))
    }
  }
}
