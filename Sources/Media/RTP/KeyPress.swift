/// A key the server presses for a phone: which packets of RFC 4733 are due, 20 ms after 20 ms (MED-4).
struct KeyPress {
  /// 0–9, 10 `*`, 11 `#`, 12–15 A–D.
  let key: UInt8
  /// How long it lasts, in 1/8000 s.
  let duration: UInt32
  /// How far it is.
  private(set) var elapsed: UInt32 = 0

  /// The end is sent three times, since any packet may be lost (RFC 4733 §2.5.1.4).
  static let ends = 3
  /// Silence behind a press, so that two of the same key are two: 60 ms.
  static let gap: UInt32 = 480

  /// - Parameter duration: in nanoseconds; taken as 40 ms to 8 s.
  init(key: UInt8, nanoseconds: Int64) {
    self.key = min(key, 15)
    let units = UInt32(max(320, min(64_000, nanoseconds / 125_000)))
    self.duration = units - units % 160
  }

  enum Due: Equatable {
    /// One packet with the duration so far; the marker is on the first.
    case tone(duration: UInt32, isFirst: Bool)
    /// The end, three times.
    case end
    /// Nothing: the silence behind it.
    case pause
    case over
  }

  /// 20 ms have passed.
  mutating func tick() -> Due {
    self.elapsed += 160
    if self.elapsed < self.duration { return .tone(duration: self.elapsed, isFirst: self.elapsed == 160) }
    if self.elapsed < self.duration + 160 { return .end }
    return self.elapsed < self.duration + Self.gap ? .pause : .over
  }

  /// The four octets of an event packet.
  func write(duration: UInt32, isEnd: Bool, to octets: UnsafeMutableRawBufferPointer) {
    guard octets.count >= 4 else { return }
    octets[0] = self.key
    octets[1] = (isEnd ? 0x80 : 0) | 10
    octets.write16(UInt16(clamping: duration), at: 2)
  }
}
