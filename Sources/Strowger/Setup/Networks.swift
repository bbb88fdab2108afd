import Foundation
import Sessions

/// The machine's own addresses and the networks they lie in.
struct Networks: Sendable {
  /// In the system's order, loopback left out.
  private(set) var addresses: [IPAddress] = []
  private(set) var own: [AddressBlock] = []

  /// Loopback, RFC 1918, link-local and unique local IPv6: the default of `net.private` beside the machine's own networks.
  static let notRouted = [
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fe80::/10", "fc00::/7",
  ].compactMap { AddressBlock($0) }

  static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressBlock($0) }

  /// Asks the system.
  init() {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return }
    defer { freeifaddrs(first) }
    for interface in sequence(first: first, next: { $0?.pointee.ifa_next }).compactMap({ $0?.pointee }) {
      guard interface.ifa_flags & UInt32(IFF_UP) != 0, interface.ifa_flags & UInt32(IFF_LOOPBACK) == 0,
        let address = Self.address(interface.ifa_addr)
      else { continue }
      self.addresses.append(address)
      let prefix = Self.address(interface.ifa_netmask).map(Self.prefix) ?? (address.family == .v4 ? 32 : 128)
      if let block = AddressBlock(address, prefix: prefix), !self.own.contains(block) { self.own.append(block) }
    }
  }

  /// The address that phones are told where the exchange listens on all of them.
  var host: IPAddress { self.addresses.first { $0.v4 != nil } ?? IPAddress(127, 0, 0, 1) }

  private static func prefix(_ mask: IPAddress) -> UInt8 {
    UInt8(clamping: mask.v4.map { $0.nonzeroBitCount } ?? (mask.high.nonzeroBitCount + mask.low.nonzeroBitCount))
  }

  private static func address(_ pointer: UnsafeMutablePointer<sockaddr>?) -> IPAddress? {
    guard let pointer else { return nil }
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET:
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        IPAddress(v4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
      }
    case AF_INET6:
      return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin6_addr) { octets in
          IPAddress(
            high: UInt64(bigEndian: octets.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: octets.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
      }
    default: return nil
    }
  }
}
