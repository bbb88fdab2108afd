// Reading session descriptions that strangers wrote: tolerant of what harms nobody (LF alone, no s= or t= line,
// unknown lines), strict about every number and address that something would be sent to.
extension SDP {
  /// Reads a description of at most 65,535 octets.
  /// - Throws: ``SDPError``; its `status` is the answer to the request that carried the text.
  public init(parsing bytes: [UInt8]) throws(SDPError) {
    if bytes.count > SDPLimits.octets { throw .tooLarge }
    self.init(bytes: bytes)
    var parser = SDPParser(count: bytes.count)
    try parser.run(bytes.span, into: &self)
  }
}

/// One pass over the octets, line by line.
struct SDPParser {
  let count: Int
  private var lines = 0

  init(count: Int) { self.count = count }

  mutating func run(_ text: Span<UInt8>, into sdp: inout SDP) throws(SDPError) {
    var position = 0
    while position < self.count {
      let start = position
      var end = start
      var hasCR = false
      while end < self.count {
        let octet = text[end]
        if octet < 0x0e {
          if octet == 0x0a { break }
          if octet == 0 { throw .malformed }
          if octet == 0x0d {
            guard end + 1 < self.count, text[end + 1] == 0x0a else { throw .malformed }
            hasCR = true
            break
          }
        }
        end += 1
      }
      position = min(end + (hasCR ? 2 : 1), self.count)
      if !hasCR || end == start { sdp.isClean = false }
      if end == start { continue }
      self.lines += 1
      if self.lines > SDPLimits.lines { throw .tooLarge }
      guard end - start >= 2, text[start + 1] == 0x3d else { throw .malformed }
      if self.lines == 1 {
        guard text[start] == 0x76, end - start == 3, text[start + 2] == 0x30 else { throw .malformed }
        continue
      }
      try self.line(text, start, end, next: position, into: &sdp)
    }
    try self.finish(&sdp)
  }

  private mutating func line(_ text: Span<UInt8>, _ start: Int, _ end: Int, next: Int, into sdp: inout SDP) throws(SDPError) {
    switch text[start] {
    case 0x61:  // a
      try self.attribute(text, start + 2, end, into: &sdp)
    case 0x6d:  // m
      if sdp.media.isEmpty {
        sdp.session = Octets(0, start)
        sdp.media.reserveCapacity(2)
      } else {
        try self.close(&sdp, at: start)
      }
      if sdp.media.count >= SDPLimits.mediaLines { throw .tooLarge }
      sdp.media.append(try self.mediaLine(text, start, end, sdp))
    case 0x63:  // c
      let address = try self.connection(text, start + 2, end, sdp)
      if sdp.media.isEmpty {
        sdp.address = address
        sdp.hasAddress = true
      } else {
        sdp.media[sdp.media.count - 1].address = address
        sdp.media[sdp.media.count - 1].hasAddress = true
      }
    case 0x6f:  // o
      guard sdp.origin.isEmpty, sdp.media.isEmpty else { throw .malformed }
      sdp.origin = Octets(start, next)
      sdp.identity = try self.identity(text, start + 2, end)
    case 0x73:  // s
      guard sdp.name.isEmpty, sdp.media.isEmpty else { throw .malformed }
      sdp.name = Octets(start, next)
    default: break
    }
  }

  private func finish(_ sdp: inout SDP) throws(SDPError) {
    if sdp.origin.isEmpty { throw .malformed }
    if sdp.media.isEmpty {
      sdp.session = Octets(0, self.count)
    } else {
      try self.close(&sdp, at: self.count)
    }
  }

  /// What a media section says is complete only at its end.
  private func close(_ sdp: inout SDP, at end: Int) throws(SDPError) {
    let index = sdp.media.count - 1
    sdp.media[index].section.end = UInt32(truncatingIfNeeded: end)
    if sdp.media[index].isRefused { return }
    if !sdp.media[index].hasAddress {
      // Without an address of its own or of the session there is nowhere to send to (RFC 4566 §5.7).
      if !sdp.hasAddress { throw .malformed }
      sdp.media[index].address = sdp.address
    }
    if sdp.media[index].profile.isSecure, !sdp.media[index].hasKey, !sdp.hasKey { throw .missingKey }
  }

  /// `o=<user> <id> <version> IN IP4 <address>`; the address may be a name, for nothing is sent there.
  private func identity(_ text: Span<UInt8>, _ start: Int, _ end: Int) throws(SDPError) -> Octets {
    var position = start
    let user = self.word(text, &position, end)
    let id = self.word(text, &position, end)
    let version = self.word(text, &position, end)
    let net = self.word(text, &position, end)
    let type = self.word(text, &position, end)
    let address = self.word(text, &position, end)
    guard !user.isEmpty, !id.isEmpty, !version.isEmpty, !net.isEmpty, !type.isEmpty, !address.isEmpty, position >= end else {
      throw .malformed
    }
    return Octets(Int(id.start), Int(version.end))
  }

  /// `IN IP4 192.0.2.1`: one unicast address, or 0.0.0.0 for hold.
  func connection(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ sdp: SDP) throws(SDPError) -> IPAddress {
    var position = start
    let net = self.word(text, &position, end)
    let type = self.word(text, &position, end)
    let place = self.word(text, &position, end)
    guard position >= end, SDPText.equals(text, net, "IN"), type.range.count == 3, !place.isEmpty else { throw .malformed }
    guard let address = IPAddress(parsing: sdp.bytes[place.range]) else { throw .unusableAddress }
    let isV6 = text[Int(type.start) + 2] == 0x36
    guard isV6 || SDPText.equals(text, type, "IP4"), !isV6 || SDPText.equals(text, type, "IP6") else { throw .malformed }
    if address.isUnspecified { return .unspecified }
    if address.isMulticast || address.isBroadcast || address.isLinkLocal { throw .unusableAddress }
    // 0.0.0.0/8 is "this network" and names nobody (RFC 1122 §3.2.1.3).
    if address.family == .v4, address.low >> 24 == 0 { throw .unusableAddress }
    return address
  }

  /// The next run of octets that are not spaces.
  func word(_ text: Span<UInt8>, _ position: inout Int, _ end: Int) -> Octets {
    while position < end, text[position] == 0x20 { position += 1 }
    let start = position
    while position < end, text[position] != 0x20 { position += 1 }
    let stop = position
    while position < end, text[position] == 0x20 { position += 1 }
    return Octets(start, stop)
  }
}

/// Small readings of pieces of text.
enum SDPText {
  static func equals(_ text: Span<UInt8>, _ piece: Octets, _ word: StaticString) -> Bool {
    Self.begins(text, Int(piece.start), Int(piece.end), word) && piece.range.count == word.utf8CodeUnitCount
  }

  static func begins(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - start >= count else { return false }
    return word.withUTF8Buffer { letters in
      for index in 0..<count where text[start + index] != letters[index] { return false }
      return true
    }
  }

  /// A decimal number of at most nine digits; nil for anything else, signs included.
  static func number(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard end > start, end - start <= 9 else { return nil }
    var value = 0
    for index in start..<end {
      let digit = text[index] &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }
}
