/// Lets so many packets a second through, and a burst of some (generic cell rate algorithm: one number of state, ITU-T I.371).
struct FloodGate: BitwiseCopyable {
  /// Nanoseconds between two packets at the rate.
  private let gap: UInt64
  /// How far ahead of its time a packet may come.
  private let tolerance: UInt64
  private var due: UInt64 = 0

  init(perSecond rate: UInt64, burst: UInt64) {
    self.gap = 1_000_000_000 / max(rate, 1)
    self.tolerance = self.gap &* max(burst, 1)
  }

  /// Whether the packet that has come now may pass.
  mutating func pass(at time: UInt64) -> Bool {
    if self.due > time &+ self.tolerance { return false }
    self.due = max(self.due, time) &+ self.gap
    return true
  }
}
