public import SIP

extension DigestFunctions {
  /// Not cryptographic, but the same on both sides and in every process: where the protocol around it is tested.
  public static let toy = DigestFunctions(
    md5: { Self.hash($0, length: 16) },
    sha256: { Self.hash($0, length: 32) })

  private static func hash(_ octets: UnsafeRawBufferPointer, length: Int) -> [UInt8] {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(length)
    for octet in octets { state = (state ^ UInt64(octet)) &* 0x100_0000_01b3 }
    return (0..<length).map { index in
      state = (state ^ UInt64(index)) &* 0x100_0000_01b3
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }
}
