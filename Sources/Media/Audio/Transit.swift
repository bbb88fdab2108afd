import Kernel

/// How unevenly packets come: by how much the slowest of late was slower than the fastest, in octets (8 to the millisecond).
/// Remembers bad times for some seconds.
struct Transit {
  private var fastest: Int32?
  private var fastestOfWindow: Int32 = 0
  private var inWindow = 0
  private var peak = 0

  /// Octets by which packets are late at times.
  var spread: Int { self.peak / Transit.scale }

  /// A packet said it began at `timestamp`, and has come.
  mutating func note(_ timestamp: UInt32, at: Instant) {
    let arrival = UInt32(truncatingIfNeeded: at.nanoseconds / 125_000)
    let way = Int32(bitPattern: arrival &- timestamp)
    guard let fastest = self.fastest else {
      self.fastest = way
      self.fastestOfWindow = way
      return
    }
    let behind = way &- fastest
    // Another second than before: the phone's clock was set, or has stood still in a pause.
    guard behind > -8000, behind < 8000 else {
      self.fastest = way
      self.fastestOfWindow = way
      self.inWindow = 0
      return
    }
    if behind < 0 { self.fastest = way }
    if way &- self.fastestOfWindow < 0 { self.fastestOfWindow = way }
    self.inWindow += 1
    if self.inWindow >= Transit.window {
      // Clocks drift: the fastest of long ago says nothing any more.
      self.fastest = self.fastestOfWindow
      self.fastestOfWindow = way
      self.inWindow = 0
    }
    let now = min(max(0, Int(behind)), Transit.highest) * Transit.scale
    if now > self.peak { self.peak = now } else { self.peak -= (self.peak - now) / Transit.memory }
  }

  private static let scale = 256
  private static let highest = 1600
  /// Packets after which a peak has faded to a third.
  private static let memory = 256
  private static let window = 200
}
