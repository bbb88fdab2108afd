// `m=` lines and the attributes that matter to an offer or answer.
extension SDPParser {
  /// `m=audio 49170/2 RTP/AVP 0 8 101` (RFC 4566 §5.14).
  func mediaLine(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ sdp: SDP) throws(SDPError) -> MediaDescription {
    var position = start + 2
    let media = self.word(text, &position, end)
    let ports = self.word(text, &position, end)
    let proto = self.word(text, &position, end)
    guard !media.isEmpty, !ports.isEmpty, !proto.isEmpty, position < end else { throw .malformed }
    var line = MediaDescription(
      kind: Self.kind(text, media), profile: Self.profile(text, proto), port: try Self.port(text, ports),
      address: sdp.address, direction: sdp.direction, hasAddress: false, hasDirection: false, hasKey: false,
      preferred: 0, payloads: PayloadSet(), section: Octets(start, end), line: Octets(start, end), media: media,
      proto: proto, formats: Octets(position, end))
    var count = 0
    while position < end {
      let format = self.word(text, &position, end)
      count += 1
      if count > SDPLimits.formats { throw .tooLarge }
      if line.profile == .other { continue }
      guard let payload = SDPText.number(text, Int(format.start), Int(format.end)), payload <= 127 else { throw .outOfRange }
      if count == 1 { line.preferred = UInt8(payload) }
      line.payloads.insert(UInt8(payload))
    }
    return line
  }

  private static func port(_ text: Span<UInt8>, _ piece: Octets) throws(SDPError) -> UInt16 {
    var end = Int(piece.end)
    var count = 1
    if let slash = piece.range.first(where: { text[$0] == 0x2f }) {
      guard let number = SDPText.number(text, slash + 1, end), number >= 1, number <= 128 else { throw .outOfRange }
      count = number
      end = slash
    }
    guard let port = SDPText.number(text, Int(piece.start), end), port <= 65_535 else { throw .outOfRange }
    guard count == 1 || port + 2 * count - 1 <= 65_535 else { throw .outOfRange }
    return UInt16(port)
  }

  private static func kind(_ text: Span<UInt8>, _ piece: Octets) -> MediaDescription.Kind {
    if SDPText.equals(text, piece, "audio") { return .audio }
    if SDPText.equals(text, piece, "video") { return .video }
    if SDPText.equals(text, piece, "image") { return .image }
    if SDPText.equals(text, piece, "text") { return .text }
    if SDPText.equals(text, piece, "application") { return .application }
    return SDPText.equals(text, piece, "message") ? .message : .other
  }

  private static func profile(_ text: Span<UInt8>, _ piece: Octets) -> MediaDescription.Profile {
    let (start, end) = (Int(piece.start), Int(piece.end))
    if SDPText.begins(text, start, end, "RTP/") {
      if SDPText.begins(text, start, end, "RTP/AVP") { return .plain }
      return SDPText.begins(text, start, end, "RTP/SAVP") ? .keyed : .other
    }
    if SDPText.begins(text, start, end, "UDP/TLS/RTP/SAVP") || SDPText.begins(text, start, end, "TCP/TLS/RTP/SAVP") {
      return .dtls
    }
    return .other
  }

  /// The attributes that an exchange must understand; all others pass through unread (CALL-7).
  func attribute(_ text: Span<UInt8>, _ start: Int, _ end: Int, into sdp: inout SDP) throws(SDPError) {
    guard start < end else { return }
    switch text[start] {
    case 0x73, 0x69:  // s, i
      if let direction = Self.direction(text, start, end) { self.set(direction, &sdp) }
    case 0x72:  // r
      if let direction = Self.direction(text, start, end) {
        self.set(direction, &sdp)
      } else if SDPText.begins(text, start, end, "rtpmap:") {
        try self.rtpmap(text, start + 7, end)
      } else if SDPText.begins(text, start, end, "rtcp:") {
        try self.rtcp(text, start + 5, end, sdp)
      }
    case 0x70:  // p
      if SDPText.begins(text, start, end, "ptime:") { try Self.packetTime(text, start + 6, end) }
    case 0x6d:  // m
      if SDPText.begins(text, start, end, "maxptime:") { try Self.packetTime(text, start + 9, end) }
    case 0x63:  // c
      if SDPText.begins(text, start, end, "crypto:") { self.setKey(&sdp) }
    case 0x66:  // f
      if SDPText.begins(text, start, end, "fingerprint:") { self.setKey(&sdp) }
    case 0x6b:  // k
      if SDPText.begins(text, start, end, "key-mgmt:") { self.setKey(&sdp) }
    default: break
    }
  }

  static func direction(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> MediaDirection? {
    guard end - start == 8 else { return nil }
    if SDPText.begins(text, start, end, "send") {
      if SDPText.begins(text, start + 4, end, "recv") { return .sendrecv }
      return SDPText.begins(text, start + 4, end, "only") ? .sendonly : nil
    }
    if SDPText.begins(text, start, end, "recvonly") { return .recvonly }
    return SDPText.begins(text, start, end, "inactive") ? .inactive : nil
  }

  private func set(_ direction: MediaDirection, _ sdp: inout SDP) {
    if sdp.media.isEmpty {
      sdp.direction = direction
    } else {
      sdp.media[sdp.media.count - 1].direction = direction
      sdp.media[sdp.media.count - 1].hasDirection = true
    }
  }

  private func setKey(_ sdp: inout SDP) {
    if sdp.media.isEmpty { sdp.hasKey = true } else { sdp.media[sdp.media.count - 1].hasKey = true }
  }

  /// `rtpmap:101 telephone-event/8000`: the clock rate must be one that a timer can count.
  private func rtpmap(_ text: Span<UInt8>, _ start: Int, _ end: Int) throws(SDPError) {
    var position = start
    let payload = self.word(text, &position, end)
    let encoding = self.word(text, &position, end)
    guard let number = SDPText.number(text, Int(payload.start), Int(payload.end)) else { throw .outOfRange }
    if number > 127 { throw .outOfRange }
    guard let slash = encoding.range.first(where: { text[$0] == 0x2f }) else { throw .malformed }
    let tail = slash + 1..<max(slash + 1, Int(encoding.end))
    let stop = tail.first { text[$0] == 0x2f } ?? tail.upperBound
    guard let clock = SDPText.number(text, tail.lowerBound, stop), clock >= 1, clock <= 10_000_000 else { throw .outOfRange }
  }

  /// `ptime:20` or `ptime:2.5`, 1 ms to 10 s.
  private static func packetTime(_ text: Span<UInt8>, _ start: Int, _ end: Int) throws(SDPError) {
    var stop = start
    while stop < end, text[stop] != 0x2e, text[stop] != 0x20 { stop += 1 }
    guard let time = SDPText.number(text, start, stop), time >= 1, time <= 10_000 else { throw .outOfRange }
  }

  /// `rtcp:53020 IN IP4 126.16.64.4` (RFC 3605): packets would go there, so the rules of `c=` hold.
  private func rtcp(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ sdp: SDP) throws(SDPError) {
    var position = start
    let port = self.word(text, &position, end)
    guard let number = SDPText.number(text, Int(port.start), Int(port.end)), number <= 65_535 else { throw .outOfRange }
    if position < end { _ = try self.connection(text, position, end, sdp) }
  }
}
