import Glibc
import NIOCore
import Sessions

/// In this module an address is ours; NIO's own is spelled `NIOCore.SocketAddress`.
typealias SocketAddress = Sessions.SocketAddress

// Addresses as the system and NIO write them. Copies through `withUnsafe…` only: nothing a peer sends is trusted here but
// by the system, which filled the structures.

extension Sessions.SocketAddress {
  /// The address of a packet or connection; nil for a Unix-domain one.
  init?(_ address: NIOCore.SocketAddress) {
    switch address {
    case .v4(let v4): self.init(v4.address)
    case .v6(let v6): self.init(v6.address)
    case .unixDomainSocket: return nil
    }
  }

  init(_ system: sockaddr_in) {
    self.init(IPAddress(v4: UInt32(bigEndian: system.sin_addr.s_addr)), port: UInt16(bigEndian: system.sin_port))
  }

  init(_ system: sockaddr_in6) {
    let (high, low) = withUnsafeBytes(of: system.sin6_addr) {
      (
        UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
        UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(IPAddress(high: high, low: low), port: UInt16(bigEndian: system.sin6_port))
  }

  /// The system's form, for a socket of that family: an IPv6 socket gets an IPv4 address mapped.
  func withSystemAddress<R>(family: IPAddress.Family, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    if family == .v4 {
      var system = sockaddr_in()
      system.sin_family = sa_family_t(AF_INET)
      system.sin_port = self.port.bigEndian
      system.sin_addr.s_addr = (self.address.v4 ?? 0).bigEndian
      return Self.withBytes(of: system, body)
    }
    var system = sockaddr_in6()
    system.sin6_family = sa_family_t(AF_INET6)
    system.sin6_port = self.port.bigEndian
    let (high, low) = self.address.mapped
    withUnsafeMutableBytes(of: &system.sin6_addr) {
      $0.storeBytes(of: high.bigEndian, as: UInt64.self)
      $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return Self.withBytes(of: system, body)
  }

  private static func withBytes<T, R>(of system: T, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    withUnsafePointer(to: system) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<T>.size)) }
    }
  }

  /// For NIO's bootstraps.
  var nio: NIOCore.SocketAddress {
    self.address.family == .v4
      ? self.withSystemAddress(family: .v4) { pointer, _ in
        pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { .init($0.pointee) }
      }
      : self.withSystemAddress(family: .v6) { pointer, _ in
        pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { .init($0.pointee) }
      }
  }
}

/// What `errno` says, in words.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
