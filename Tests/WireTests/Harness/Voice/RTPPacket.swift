/// One RTP packet (RFC 3550 §5.1) as a test sees it.
struct RTPPacket: Sendable {
  var payload: UInt8
  var sequence: UInt16
  var timestamp: UInt32
  var source: UInt32
  var isMarked = false
  var octets: [UInt8]
  /// Where it came from, and when (seconds of the machine's own clock).
  var from = HostPort("", 0)
  var arrival = 0.0

  init(payload: UInt8, sequence: UInt16, timestamp: UInt32, source: UInt32, isMarked: Bool = false, octets: [UInt8]) {
    (self.payload, self.sequence, self.timestamp, self.source) = (payload, sequence, timestamp, source)
    (self.isMarked, self.octets) = (isMarked, octets)
  }

  /// Nil for what is no RTP.
  init?(_ datagram: [UInt8], from: HostPort, at arrival: Double) {
    guard datagram.count >= 12, datagram[0] >> 6 == 2 else { return nil }
    func number(_ place: Int, _ count: Int) -> UInt32 { (0..<count).reduce(0) { $0 << 8 | UInt32(datagram[place + $1]) } }
    var start = 12 + 4 * Int(datagram[0] & 0x0f)
    if datagram[0] & 0x10 != 0 {
      guard datagram.count >= start + 4 else { return nil }
      start += 4 + 4 * Int(number(start + 2, 2))
    }
    var end = datagram.count
    if datagram[0] & 0x20 != 0 { end -= Int(datagram[end - 1]) }
    guard start <= end else { return nil }
    self.init(
      payload: datagram[1] & 0x7f, sequence: UInt16(number(2, 2)), timestamp: number(4, 4), source: number(8, 4),
      isMarked: datagram[1] & 0x80 != 0, octets: Array(datagram[start..<end]))
    (self.from, self.arrival) = (from, arrival)
  }

  var datagram: [UInt8] {
    func octets(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    return [0x80, payload | (isMarked ? 0x80 : 0)] + octets(UInt32(sequence), 2) + octets(timestamp, 4) + octets(source, 4)
      + self.octets
  }
}

/// A key as RFC 4733 numbers it.
enum Key {
  static let all = Array("0123456789*#ABCD")

  static func event(_ key: Character) -> UInt8? { all.firstIndex(of: key).map { UInt8($0) } }
  static func key(_ event: UInt8) -> Character? { Int(event) < all.count ? all[Int(event)] : nil }
}
