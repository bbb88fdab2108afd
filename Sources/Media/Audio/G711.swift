/// µ-law and A-law of ITU-T G.711. Samples have 16 bits: G.711's 14 (µ) and 13 (A) bits are the high ones, and each way takes all
/// 16 into account, so that rounding is the same above and below zero.
enum G711 {
  enum Law: Sendable { case mu, a }

  /// What silence is in an octet.
  static func silence(_ law: Law) -> UInt8 { law == .mu ? 0xFF : 0xD5 }

  /// Samples of a payload.
  /// - Returns: how many were written: the lesser of both counts.
  @discardableResult
  static func decode(_ octets: UnsafeBufferPointer<UInt8>, _ law: Law, into samples: UnsafeMutableBufferPointer<Int16>) -> Int {
    let table = law == .mu ? Tables.shared.fromMu : Tables.shared.fromA
    let count = min(octets.count, samples.count)
    // Indexes are below both counts, and an octet is below 256.
    for index in 0..<count { samples[index] = table[Int(octets[index])] }
    return count
  }

  /// A payload of samples.
  /// - Returns: how many octets were written: the lesser of both counts.
  @discardableResult
  static func encode(_ samples: UnsafeBufferPointer<Int16>, _ law: Law, into octets: UnsafeMutableBufferPointer<UInt8>) -> Int {
    let table = law == .mu ? Tables.shared.toMu : Tables.shared.toA
    let count = min(octets.count, samples.count)
    for index in 0..<count { octets[index] = table[Int(UInt16(bitPattern: samples[index]))] }
    return count
  }

  /// One sample of an octet, by the recommendation's arithmetic (tables 1 and 2).
  static func sample(_ octet: UInt8, _ law: Law) -> Int16 {
    switch law {
    case .mu:
      let code = Int32(~octet)
      let magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
      return Int16(truncatingIfNeeded: code & 0x80 != 0 ? -magnitude : magnitude)
    case .a:
      let code = Int32(octet ^ 0x55)
      let segment = (code & 0x70) >> 4
      let step = (code & 0x0F) << 4
      let magnitude = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1)
      return Int16(truncatingIfNeeded: code & 0x80 != 0 ? magnitude : -magnitude)
    }
  }

  /// The octet of one sample: its interval by the decision values of tables 1 and 2.
  static func octet(_ sample: Int16, _ law: Law) -> UInt8 {
    let value = Int32(sample)
    switch law {
    case .mu:
      let magnitude = min(abs(value), 32635) + 0x84
      let segment = Int32(24 - magnitude.leadingZeroBitCount)
      let code = (segment << 4) | ((magnitude >> (segment + 3)) & 0x0F)
      return UInt8(truncatingIfNeeded: ~(code | (value < 0 ? 0x80 : 0)))
    case .a:
      let magnitude = value < 0 ? -value - 1 : value
      let segment = max(0, Int32(24 - magnitude.leadingZeroBitCount))
      let code = (segment << 4) | ((magnitude >> (segment == 0 ? 4 : segment + 3)) & 0x0F)
      return UInt8(truncatingIfNeeded: code | (value < 0 ? 0 : 0x80)) ^ 0x55
    }
  }

  // Unchecked because it holds pointers: written once, before anybody sees them, and never freed, so that shared reading is safe.
  private struct Tables: @unchecked Sendable {
    static let shared = Tables()
    let fromMu, fromA: UnsafePointer<Int16>
    let toMu, toA: UnsafePointer<UInt8>

    private init() {
      func from(_ law: Law) -> UnsafePointer<Int16> {
        let table = UnsafeMutablePointer<Int16>.allocate(capacity: 256)
        for code in 0..<256 { (table + code).initialize(to: G711.sample(UInt8(code), law)) }
        return UnsafePointer(table)
      }
      func to(_ law: Law) -> UnsafePointer<UInt8> {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 65536)
        for bits in 0..<65536 { (table + bits).initialize(to: G711.octet(Int16(bitPattern: UInt16(bits)), law)) }
        return UnsafePointer(table)
      }
      self.fromMu = from(.mu)
      self.fromA = from(.a)
      self.toMu = to(.mu)
      self.toA = to(.a)
    }
  }
}
