/// A set of addresses as the white list writes it (REG-6): one address, a CIDR block, or the classful broadcast
/// address that stands for its whole network (`192.168.1.255` means 192.168.1.1–254).
public struct AddressBlock: BitwiseCopyable, Hashable, Sendable {
  /// The first address of the block, host bits cleared.
  public let network: IPAddress
  /// How many leading bits must be equal: 0–32 for IPv4, 0–128 for IPv6.
  public let prefix: UInt8
  /// The entry was a classful broadcast address: the network's own first and last address do not belong to it.
  public let isClassful: Bool

  /// The block of the first `prefix` bits of an address; nil where the prefix is longer than the address.
  public init?(_ address: IPAddress, prefix: UInt8) {
    self.init(address, prefix: prefix, isClassful: false)
  }

  /// One address, or the network that a classful broadcast address stands for:
  /// class A `x.255.255.255`, class B `x.y.255.255`, class C `x.y.z.255` (manual, "IP White List").
  public init(_ address: IPAddress) {
    let classPrefix: UInt8? =
      address.v4.flatMap { number in
        switch number >> 24 {
        case 1...126: number & 0xff_ffff == 0xff_ffff ? 8 : nil
        case 128...191: number & 0xffff == 0xffff ? 16 : nil
        case 192...223: number & 0xff == 0xff ? 24 : nil
        default: nil
        }
      }
    let bits: UInt8 = address.family == .v4 ? 32 : 128
    self.network = Self.masked(address, prefix: classPrefix ?? bits)
    self.prefix = classPrefix ?? bits
    self.isClassful = classPrefix != nil
  }

  /// Reads `address` or `address/prefix`; nil for anything else.
  public init?(parsing text: some Collection<UInt8>) {
    guard let slash = text.firstIndex(of: 0x2f) else {
      guard let address = IPAddress(parsing: text) else { return nil }
      self.init(address)
      return
    }
    guard let address = IPAddress(parsing: text[..<slash]) else { return nil }
    let digits = text[text.index(after: slash)...]
    guard (1...3).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    let prefix = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard prefix <= 128 else { return nil }
    self.init(address, prefix: UInt8(prefix))
  }

  /// Reads a text as `init(parsing:)` of its octets does.
  public init?(_ text: some StringProtocol) {
    self.init(parsing: Array(text.utf8))
  }

  /// Whether the address lies in the block. Addresses of the other family never do.
  public func contains(_ address: IPAddress) -> Bool {
    guard address.family == self.network.family, Self.masked(address, prefix: self.prefix) == self.network else { return false }
    guard self.isClassful else { return true }
    let hosts = UInt64(1) << UInt64(32 - self.prefix) &- 1
    let host = address.low & hosts
    return host != 0 && host != hosts
  }

  private init?(_ address: IPAddress, prefix: UInt8, isClassful: Bool) {
    guard prefix <= (address.family == .v4 ? 32 : 128) else { return nil }
    self.network = Self.masked(address, prefix: prefix)
    self.prefix = prefix
    self.isClassful = isClassful
  }

  private static func masked(_ address: IPAddress, prefix: UInt8) -> IPAddress {
    if let number = address.v4 {
      return IPAddress(v4: prefix == 0 ? 0 : number & (UInt32.max << UInt32(32 &- min(prefix, 32))))
    }
    // Shifts past the width give zero in Swift, so the whole range of prefixes needs no special case.
    let high = prefix >= 64 ? address.high : address.high & ~(UInt64.max >> UInt64(prefix))
    let low = prefix <= 64 ? 0 : address.low & ~(UInt64.max >> UInt64(prefix - 64))
    return IPAddress(high: high, low: low)
  }
}

extension AddressBlock: CustomStringConvertible {
  /// `192.0.2.7`, `192.0.2.0/24`, or the classful broadcast address the entry was written as. Reads back as the same block: one
  /// address that by itself would stand for its network is written with its prefix, `192.168.1.255/32`.
  public var description: String {
    if self.isClassful { return IPAddress(v4: (self.network.v4 ?? 0) | UInt32.max >> UInt32(self.prefix)).description }
    return Self(self.network) == self ? self.network.description : "\(self.network)/\(self.prefix)"
  }
}
