/// ITU-T G.711 as the tests' own reference: 8000 samples a second, one octet each.
enum G711: UInt8, Sendable {
  case muLaw = 0
  case aLaw = 8

  /// As `a=rtpmap` names it.
  var name: String { self == .muLaw ? "PCMU" : "PCMA" }

  func encode(_ sample: Int16) -> UInt8 { self == .muLaw ? G711.muLaw(sample) : G711.aLaw(sample) }

  func decode(_ octet: UInt8) -> Int16 { self == .muLaw ? G711.muLawTable[Int(octet)] : G711.aLawTable[Int(octet)] }

  private static func muLaw(_ sample: Int16) -> UInt8 {
    let sign: UInt8 = sample < 0 ? 0x80 : 0
    let magnitude = min(abs(Int(sample)), 32_635) + 132
    let exponent = max(0, (Int.bitWidth - 1 - magnitude.leadingZeroBitCount) - 7)
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f
    return ~(sign | UInt8(exponent << 4) | UInt8(mantissa))
  }

  private static func aLaw(_ sample: Int16) -> UInt8 {
    let sign: UInt8 = sample < 0 ? 0 : 0x80
    let magnitude = (sample < 0 ? -Int(sample) - 1 : Int(sample)) >> 3
    guard magnitude >= 32 else { return (sign | UInt8(magnitude >> 1)) ^ 0x55 }
    let exponent = Int.bitWidth - 1 - magnitude.leadingZeroBitCount - 4
    return (sign | UInt8(exponent << 4) | UInt8((magnitude >> exponent) & 0x0f)) ^ 0x55
  }

  private static let muLawTable: [Int16] = (0...255).map { octet in
    let value = ~UInt8(octet)
    let magnitude = ((Int(value & 0x0f) << 3) + 132) << Int((value >> 4) & 7)
    return Int16(value & 0x80 == 0 ? magnitude - 132 : 132 - magnitude)
  }

  private static let aLawTable: [Int16] = (0...255).map { octet in
    let value = UInt8(octet) ^ 0x55
    let exponent = Int((value >> 4) & 7)
    let base = Int(value & 0x0f) << 4
    let magnitude = exponent == 0 ? base + 8 : (base + 264) << (exponent - 1)
    return Int16(value & 0x80 == 0 ? -magnitude : magnitude)
  }
}
