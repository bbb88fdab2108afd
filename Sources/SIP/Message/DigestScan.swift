/// The parts of a digest field as they come by; `DigestCredentials` asks whether they are complete.
struct DigestScan {
  private(set) var user: Slice?
  private(set) var realm: Slice?
  private(set) var nonce: Slice?
  private(set) var uri: Slice?
  private(set) var response: Slice?
  private(set) var clientNonce: Slice?
  private(set) var count: Slice?
  private(set) var opaque: Slice?
  private(set) var quality: Slice?
  private(set) var nonceCount: UInt32 = 0
  private(set) var algorithm = DigestAlgorithm.md5
  private var hasAlgorithm = false

  mutating func run(_ octets: Octets, _ value: Slice) -> DigestCredentials.Failure? {
    let end = Swift.min(value.end, octets.count)
    let schemeEnd = octets.skip(.token, Int(value.start), end)
    guard octets.equalsIgnoringCase(Slice(Int(value.start), schemeEnd), "Digest"), schemeEnd < end else { return .otherScheme }
    var index = schemeEnd
    var parts = 0
    while true {
      index = octets.skipBlanks(index, end)
      while index < end, octets[index] == 0x2c { index = octets.skipBlanks(index &+ 1, end) }
      if index >= end { return nil }
      parts += 1
      if parts > SIPLimits.parameters { return .malformed }
      let nameEnd = octets.skip(.token, index, end)
      let equals = octets.skipBlanks(nameEnd, end)
      guard nameEnd > index, equals < end, octets[equals] == 0x3d else { return .malformed }
      let start = octets.skipBlanks(equals &+ 1, end)
      var text: Slice
      var next: Int
      if start < end, octets[start] == 0x22 {
        guard let close = octets.quotedEnd(start, end), close <= end else { return .malformed }
        (text, next) = (Slice(start &+ 1, close &- 1), close)
      } else {
        next = start
        while next < end, octets[next] > 0x20, octets[next] != 0x2c, octets[next] != 0x22 { next &+= 1 }
        text = Slice(start, next)
      }
      if let failure = self.take(octets, Slice(index, nameEnd), text) { return failure }
      next = octets.skipBlanks(next, end)
      guard next >= end || octets[next] == 0x2c else { return .malformed }
      index = next
    }
  }

  private mutating func take(_ octets: Octets, _ name: Slice, _ text: Slice) -> DigestCredentials.Failure? {
    let isName = { (candidate: StaticString) in octets.equalsIgnoringCase(name, candidate) }
    if isName("username") { return Self.set(&self.user, octets, text, escapes: true) }
    if isName("realm") { return Self.set(&self.realm, octets, text) }
    if isName("nonce") { return Self.set(&self.nonce, octets, text) }
    if isName("uri") { return Self.set(&self.uri, octets, text) }
    if isName("response") { return Self.set(&self.response, octets, text) }
    if isName("cnonce") { return Self.set(&self.clientNonce, octets, text) }
    if isName("opaque") { return Self.set(&self.opaque, octets, text, mayBeEmpty: true) }
    if isName("nc") { return self.takeCount(octets, text) }
    if isName("qop") {
      guard octets.equalsIgnoringCase(text, "auth") else { return .unknownQop }
      return Self.set(&self.quality, octets, text)
    }
    if isName("algorithm") {
      if self.hasAlgorithm { return .malformed }
      self.hasAlgorithm = true
      if octets.equalsIgnoringCase(text, "MD5") { return nil }
      guard octets.equalsIgnoringCase(text, "SHA-256") else { return .unknownAlgorithm }
      self.algorithm = .sha256
      return nil
    }
    // `username*` would be a second way to say who it is; other unknown parts mean nothing to the computation.
    return isName("username*") ? .malformed : nil
  }

  private mutating func takeCount(_ octets: Octets, _ text: Slice) -> DigestCredentials.Failure? {
    guard self.count == nil, text.count == 8 else { return .malformed }
    var number: UInt32 = 0
    for index in text.range {
      guard let digit = hexadecimal(octets[index]) else { return .malformed }
      number = number &<< 4 | UInt32(digit)
    }
    self.count = text
    self.nonceCount = number
    return nil
  }

  private static func set(
    _ part: inout Slice?, _ octets: Octets, _ text: Slice, escapes: Bool = false, mayBeEmpty: Bool = false
  ) -> DigestCredentials.Failure? {
    guard part == nil, text.count <= 255, mayBeEmpty || !text.isEmpty else { return .malformed }
    for index in text.range where octets[index] < 0x20 || octets[index] == 0x7f || octets[index] == 0x5c && !escapes {
      return .malformed
    }
    part = text
    return nil
  }
}
