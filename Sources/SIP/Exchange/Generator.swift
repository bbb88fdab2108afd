import Kernel

/// Tags, branches, Call-IDs and session numbers from one seed, so that a run repeats (ARCHITECTURE rule 2). The shell seeds
/// it from the system's randomness; what strangers must not guess comes out of 64 bits of it.
struct Generator: Sendable, RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(_ seed: (UInt64, UInt64, UInt64, UInt64)) { self.state = seed }

  /// xoshiro256**, by Blackman and Vigna.
  mutating func next() -> UInt64 {
    let scaled = self.state.1 &* 5
    let result = (scaled &<< 7 | scaled &>> 57) &* 9
    let shifted = self.state.1 &<< 17
    self.state.2 ^= self.state.0
    self.state.3 ^= self.state.1
    self.state.1 ^= self.state.2
    self.state.0 ^= self.state.3
    self.state.2 ^= shifted
    self.state.3 = self.state.3 &<< 45 | self.state.3 &>> 19
    return result
  }

  /// A token of 64 random bits as 16 hexadecimal digits, behind `prefix`.
  mutating func token(_ prefix: StaticString = "") -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(prefix.utf8CodeUnitCount + 16)
    text.append(contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
    text.appendHexadecimal(self.next())
    return text
  }
}

extension [UInt8] {
  /// 16 lower-case digits.
  mutating func appendHexadecimal(_ value: UInt64) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value &>> shift) & 15
      self.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
    }
  }
}
