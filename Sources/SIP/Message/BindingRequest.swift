import Sessions

/// The STUN that telephones send over UDP to keep their way through a NAT open and to see whether it is still the same
/// (REG-12; RFC 5626 §3.5.2, RFC 5389 §6, §15.2): a Binding request, answered with the address it came from.
enum BindingRequest {
  private static let cookie: [UInt8] = [0x21, 0x12, 0xa4, 0x42]
  private static let header = 20

  /// The answer; nil where the octets are no such request, or ask for something that a server must understand to answer.
  static func answer(_ octets: [UInt8], from source: SocketAddress) -> [UInt8]? {
    guard octets.count >= self.header, octets[0] == 0, octets[1] == 1, Array(octets[4..<8]) == self.cookie,
      Int(octets[2]) << 8 | Int(octets[3]) == octets.count - self.header, self.isAnswerable(octets[self.header...])
    else { return nil }
    let value = self.mapped(source, transaction: octets[4..<self.header])
    var answer: [UInt8] = [0x01, 0x01, 0, UInt8(value.count + 4)]
    answer += octets[4..<self.header]
    // XOR-MAPPED-ADDRESS
    answer += [0x00, 0x20, 0, UInt8(value.count)]
    return answer + value
  }

  /// Attributes below 0x8000 must be understood, and none is: they belong to other uses of STUN (RFC 5389 §7.3).
  private static func isAnswerable(_ attributes: ArraySlice<UInt8>) -> Bool {
    var rest = attributes
    while let high = rest.first {
      guard high >= 0x80, rest.count >= 4 else { return false }
      let length = Int(rest[rest.startIndex + 2]) << 8 | Int(rest[rest.startIndex + 3])
      let padded = 4 + (length + 3) / 4 * 4
      guard rest.count >= padded else { return false }
      rest = rest.dropFirst(padded)
    }
    return true
  }

  /// Port and address, veiled with the cookie and the transaction's number so that no NAT on the way rewrites them.
  private static func mapped(_ source: SocketAddress, transaction: ArraySlice<UInt8>) -> [UInt8] {
    let address = source.address
    let isShort = address.family == .v4
    var octets = [UInt8(truncatingIfNeeded: source.port >> 8), UInt8(truncatingIfNeeded: source.port)]
    for shift in stride(from: isShort ? 24 : 56, through: 0, by: -8) where !isShort {
      octets.append(UInt8(truncatingIfNeeded: address.high >> UInt64(shift)))
    }
    for shift in stride(from: isShort ? 24 : 56, through: 0, by: -8) {
      octets.append(UInt8(truncatingIfNeeded: address.low >> UInt64(shift)))
    }
    let veil = Array(transaction)
    let port = zip(octets.prefix(2), veil).map { $0 ^ $1 }
    let host = zip(octets.dropFirst(2), veil).map { $0 ^ $1 }
    return [0, isShort ? 1 : 2] + port + host
  }
}
