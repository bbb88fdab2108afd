import Kernel

/// 128 bits that stand for a state: two states of a million share theirs once in 10^26 searches.
struct Fingerprint: Hashable, Sendable {
  private var high: UInt64 = 0x6C62_272E_07BB_0142
  private var low: UInt64 = 0x62B8_2175_6295_C58D

  /// The kernel's shape, and what only the telephones know.
  init(_ exchange: TestExchange) {
    self.add(exchange.kernel.shape())
    for leg in exchange.kernel.shapeNames().legs {
      guard let line = exchange.telephones[leg] else { continue }
      self.add([line.phase.rawValue, line.isRinging ? 1 : 0, line.isJoined ? 1 : 0])
      self.add((0..<line.shown.count).map { line.shown[$0] })
    }
  }

  private mutating func add(_ octets: [UInt8]) {
    for octet in octets {
      self.high = (self.high ^ UInt64(octet)) &* 0x9E37_79B9_7F4A_7C15
      self.high ^= self.high >> 32
      self.low = (self.low ^ UInt64(octet)) &* 0xC2B2_AE3D_27D4_EB4F
      self.low ^= self.low >> 29
    }
    self.high ^= UInt64(octets.count)
  }
}
