/// What stands before the voice in an RTP packet (RFC 3550 §5.1), read without trusting any length in it (RELIABILITY 45).
struct RTPHeader: BitwiseCopyable, Equatable {
  /// Octets of a header without sources and extension.
  static let length = 12

  var payloadType: UInt8
  var hasMarker: Bool
  var sequence: UInt16
  var timestamp: UInt32
  var ssrc: UInt32
  /// Where the payload stands in the packet.
  var payloadStart: Int
  var payloadCount: Int

  /// Nil for what is no RTP: short, another version, sources, extension or padding longer than the packet.
  /// - Parameter isEncrypted: the padding cannot be read yet, the payload reaches to the end.
  init?(_ octets: UnsafeRawBufferPointer, isEncrypted: Bool = false) {
    guard octets.count >= Self.length else { return nil }
    let first = octets[0]
    guard first >> 6 == 2 else { return nil }
    var start = Self.length + Int(first & 0x0f) * 4
    if first & 0x10 != 0 {
      guard octets.count >= start + 4 else { return nil }
      start += 4 + Int(octets.number16(at: start + 2)) * 4
    }
    guard start <= octets.count else { return nil }
    var count = octets.count - start
    if first & 0x20 != 0, !isEncrypted {
      let padding = Int(octets[octets.count - 1])
      guard padding > 0, padding <= count else { return nil }
      count -= padding
    }
    self.payloadType = octets[1] & 0x7f
    self.hasMarker = octets[1] & 0x80 != 0
    self.sequence = octets.number16(at: 2)
    self.timestamp = octets.number32(at: 4)
    self.ssrc = octets.number32(at: 8)
    self.payloadStart = start
    self.payloadCount = count
  }

  /// A header that we write ourselves: no sources, extension or padding.
  init(payloadType: UInt8, hasMarker: Bool, sequence: UInt16, timestamp: UInt32, ssrc: UInt32) {
    self.payloadType = payloadType
    self.hasMarker = hasMarker
    self.sequence = sequence
    self.timestamp = timestamp
    self.ssrc = ssrc
    self.payloadStart = Self.length
    self.payloadCount = 0
  }

  /// Writes the twelve octets of a header without sources, extension and padding.
  func write(to octets: UnsafeMutableRawBufferPointer) {
    guard octets.count >= Self.length else { return }
    octets[0] = 0x80
    octets[1] = self.payloadType | (self.hasMarker ? 0x80 : 0)
    octets.write16(self.sequence, at: 2)
    octets.write32(self.timestamp, at: 4)
    octets.write32(self.ssrc, at: 8)
  }
}

/// What a datagram on a media port may be (RFC 7983, RFC 5761 §4), told from its first two octets.
enum PacketKind: BitwiseCopyable {
  case rtp, rtcp
  /// STUN, DTLS, or nothing known (RELIABILITY 46).
  case other

  init(_ octets: UnsafeRawBufferPointer) {
    guard octets.count >= 2, octets[0] >> 6 == 2 else {
      self = .other
      return
    }
    self = (192...223).contains(octets[1]) ? .rtcp : .rtp
  }
}

/// The first packet of an RTCP datagram (RFC 3550 §6.1). Four octets alone, as CVE-2017-14099 has them, say nothing and are
/// refused.
struct RTCPHeader: BitwiseCopyable {
  var ssrc: UInt32

  /// - Parameter isEncrypted: only the first eight octets can be read (RFC 3711 §3.4).
  init?(_ octets: UnsafeRawBufferPointer, isEncrypted: Bool = false) {
    guard octets.count >= 8, octets[0] >> 6 == 2, (192...223).contains(octets[1]) else { return nil }
    self.ssrc = octets.number32(at: 4)
    guard !isEncrypted else { return }
    var start = 0
    while start < octets.count {
      guard octets.count - start >= 4, octets[start] >> 6 == 2 else { return nil }
      start += 4 + Int(octets.number16(at: start + 2)) * 4
    }
    guard start == octets.count else { return nil }
  }
}

extension UnsafeRawBufferPointer {
  /// Two octets in network order; the caller has checked the length.
  func number16(at index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }
  /// Four octets in network order; the caller has checked the length.
  func number32(at index: Int) -> UInt32 { UInt32(self.number16(at: index)) << 16 | UInt32(self.number16(at: index + 2)) }
}

extension UnsafeMutableRawBufferPointer {
  func write16(_ number: UInt16, at index: Int) {
    self[index] = UInt8(truncatingIfNeeded: number >> 8)
    self[index + 1] = UInt8(truncatingIfNeeded: number)
  }

  func write32(_ number: UInt32, at index: Int) {
    self.write16(UInt16(truncatingIfNeeded: number >> 16), at: index)
    self.write16(UInt16(truncatingIfNeeded: number), at: index + 2)
  }
}
