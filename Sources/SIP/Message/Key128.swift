/// The secret of this process that keys every hash of what strangers write, so that nobody can make collisions on purpose.
/// The shell draws it once and gives it in: this module has no randomness.
public struct HashSeed: BitwiseCopyable, Hashable, Sendable {
  let first: UInt64
  let second: UInt64

  /// Two words of randomness (fixed ones in tests, so that runs repeat).
  public init(_ first: UInt64, _ second: UInt64) {
    self.first = first
    self.second = second
  }
}

/// A 128-bit keyed hash of some octets: the key of transaction and dialog tables instead of a long string.
///
/// Two different texts share a key with probability 2⁻¹²⁸ as long as the seed is secret; it is no cryptographic hash, so
/// who acts on a hit for a stranger's benefit compares the text as well.
public struct Key128: BitwiseCopyable, Hashable, Sendable {
  /// The two halves; either serves as a table's hash by itself.
  public let first: UInt64
  public let second: UInt64

  init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  /// Either half is already a good hash: one word is enough.
  public func hash(into hasher: inout Hasher) { hasher.combine(self.first) }

  /// The key of the octets.
  public init(_ octets: UnsafeRawBufferPointer, seed: HashSeed) {
    var first = seed.first ^ 0x9e37_79b9_7f4a_7c15
    var second = seed.second ^ UInt64(truncatingIfNeeded: octets.count) &* 0xd6e8_feb8_6659_fd93
    var offset = 0
    while offset &+ 8 <= octets.count {
      let word = octets.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      first = Self.fold(first ^ word, 0xa076_1d64_78bd_642f ^ seed.second)
      second = Self.fold(second ^ word, 0xe703_7ed1_a0b4_28db ^ seed.first)
      offset &+= 8
    }
    var tail: UInt64 = 0
    var shift: UInt64 = 0
    while offset < octets.count {
      tail |= UInt64(octets[offset]) &<< shift
      shift &+= 8
      offset &+= 1
    }
    self.first = Self.fold(first ^ tail, 0x8ebc_6af0_9c88_c6e3 ^ second)
    self.second = Self.fold(second ^ tail, 0x5899_65cc_7537_4cc3 ^ self.first)
  }

  /// The key of the octets.
  public init(_ octets: [UInt8], seed: HashSeed) {
    self = octets.withUnsafeBytes { Key128($0, seed: seed) }
  }

  /// This key with a small number mixed in: a method, a direction.
  public func mixed(with number: UInt64) -> Key128 {
    Key128(
      first: Self.fold(self.first ^ number, 0xa076_1d64_78bd_642f),
      second: Self.fold(self.second ^ number, 0xe703_7ed1_a0b4_28db))
  }

  /// This key with another mixed in; the order matters.
  public func mixed(with other: Key128) -> Key128 {
    Key128(
      first: Self.fold(self.first ^ other.second, 0x8ebc_6af0_9c88_c6e3) ^ other.first,
      second: Self.fold(self.second ^ other.first, 0x5899_65cc_7537_4cc3) &+ other.second)
  }

  @inline(__always) private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
    let product = one.multipliedFullWidth(by: other)
    // The operands come back in, so that a zero operand does not wipe the state out.
    return product.high ^ product.low ^ one.byteSwapped
  }
}
