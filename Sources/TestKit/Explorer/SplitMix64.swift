/// Sebastiano Vigna's SplitMix64: a small generator that gives the same numbers for the same seed everywhere.
public struct SplitMix64: Sendable {
  private var state: UInt64

  public init(seed: UInt64) { self.state = seed }

  public mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var word = self.state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// One of 0 ..< `count`; 0 when that is empty. The bias is below 2^-32 for the small counts used here.
  public mutating func below(_ count: Int) -> Int {
    count > 0 ? Int(truncatingIfNeeded: ((self.next() >> 32) &* UInt64(count)) >> 32) : 0
  }

  /// True once in so many times.
  public mutating func once(in count: Int) -> Bool { self.below(count) == 0 }

  public mutating func pick<Element>(_ choices: [Element]) -> Element? {
    choices.isEmpty ? nil : choices[self.below(choices.count)]
  }
}
