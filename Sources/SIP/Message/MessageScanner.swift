/// The tolerant scanner: one pass over the octets finds the start line's parts and where every header field stands.
///
/// It goes on behind a fault, noting the first, so that an error response can still be built; it judges framing only:
/// line ends, names, sizes, counts, repeated single fields. What the fields say is `Admission`'s business.
struct MessageScanner {
  /// The first fault found, as the answer that a request deserves for it.
  struct Fault {
    let status: UInt16
    let reason: StaticString
  }

  /// What the start line is.
  enum StartLine {
    case request(method: Slice, uri: Slice)
    case response(status: UInt16)
  }

  let octets: Octets
  private let names = HeaderName.table
  private(set) var headers = HeaderIndex()
  private(set) var fault: Fault?
  /// Where the header fields begin.
  private(set) var headersStart = 0
  /// Where the body begins, or the end of the octets where the blank line is missing.
  private(set) var bodyStart = 0
  /// Some field continues on a further line, so line ends stand inside values.
  private(set) var hasFolds = false
  private var index: Int
  private var seen: UInt64 = 0

  init(_ octets: Octets) {
    self.octets = octets
    self.index = 0
    // Empty lines before the start line are ignored (RFC 3261 §7.5), but not without end.
    while self.index < 32, octets[self.index] == 0x0d, octets[self.index &+ 1] == 0x0a { self.index &+= 2 }
  }

  /// Notes a fault unless one was noted before.
  mutating func note(_ status: UInt16, _ reason: StaticString) {
    if self.fault == nil { self.fault = Fault(status: status, reason: reason) }
  }

  /// Reads the start line; nil where it is none of SIP's.
  mutating func scanStartLine() -> StartLine? {
    let octets = self.octets
    let start = self.index
    let limit = Swift.min(octets.count, start &+ SIPLimits.startLine)
    let end = octets.control(from: start, to: limit)
    guard end < limit, octets[end] == 0x0d || octets[end] == 0x0a, end &- start >= 9 else { return nil }
    self.index = self.lineEnd(end)
    if octets.equalsIgnoringCase(Slice(start, start &+ 4), "SIP/") { return self.scanStatusLine(start, end) }
    let methodEnd = octets.skip(.token, start, end)
    let lineEnd = octets.trimEnd(start, end)
    guard methodEnd > start, octets[methodEnd] == 0x20 else { return nil }
    var version = lineEnd
    while version > methodEnd, octets[version &- 1] != 0x20 { version &-= 1 }
    guard version > methodEnd, octets.equalsIgnoringCase(Slice(version, version &+ 4), "SIP/"), version &+ 4 < lineEnd else {
      return nil
    }
    if !octets.equalsIgnoringCase(Slice(version, lineEnd), "SIP/2.0") { self.note(505, "Version Not Supported") }
    if lineEnd != end { self.note(400, "Blank Behind The Start Line") }
    let uriStart = octets.skipBlanks(methodEnd, version)
    let uriEnd = octets.trimEnd(uriStart, version)
    if uriStart != methodEnd &+ 1 || uriEnd != version &- 1 { self.note(400, "Blanks In The Start Line") }
    return .request(method: Slice(start, methodEnd), uri: Slice(uriStart, uriEnd))
  }

  private mutating func scanStatusLine(_ start: Int, _ end: Int) -> StartLine? {
    let code = start &+ 8
    guard self.octets.equalsIgnoringCase(Slice(start, code), "SIP/2.0 "), code &+ 3 <= end,
      let status = self.octets.number(code, code &+ 3, limit: 699), status >= 100,
      code &+ 3 == end || self.octets[code &+ 3] == 0x20
    else {
      self.note(400, "Bad Status Line")
      return .response(status: 0)
    }
    return .response(status: UInt16(truncatingIfNeeded: status))
  }

  /// Reads header fields up to the blank line.
  mutating func scanHeaders() {
    let octets = self.octets
    self.headersStart = self.index
    let limit = Swift.min(octets.count, self.index &+ SIPLimits.headerSection)
    while self.index < limit {
      let first = octets[self.index]
      if first == 0x0d || first == 0x0a {
        let next = self.lineEnd(self.index)
        if next != self.index { self.bodyStart = next }
        return
      }
      if self.headers.count == SIPLimits.headers { return self.giveUp(400, "Too Many Headers") }
      self.scanHeader(limit)
    }
    self.giveUp(
      limit < octets.count ? 513 : 400, limit < octets.count ? "Message Too Large" : "No Blank Line")
  }

  private mutating func giveUp(_ status: UInt16, _ reason: StaticString) {
    self.note(status, reason)
    self.bodyStart = self.octets.count
  }

  private mutating func scanHeader(_ limit: Int) {
    let octets = self.octets
    let nameStart = self.index
    let (nameEnd, hash) = octets.name(nameStart, limit)
    let colon = octets.skipBlanks(nameEnd, limit)
    let isNamed = nameEnd > nameStart && nameEnd &- nameStart < 256 && colon < limit && octets[colon] == 0x3a
    let valueStart = isNamed ? colon &+ 1 : colon
    let valueEnd = self.scanValue(valueStart, limit)
    guard isNamed else { return self.note(400, "Malformed Header Line") }
    if self.index &- nameStart > SIPLimits.header { self.note(400, "Header Too Long") }
    let name = self.names.name(octets, nameStart, nameEnd, hash: hash)
    if name.isSingle {
      if self.seen &>> UInt64(name.rawValue) & 1 != 0 { self.note(400, "Repeated Header") }
      self.seen |= 1 &<< UInt64(name.rawValue)
    }
    let start = self.skipFoldedBlanks(valueStart, valueEnd)
    let end = self.trimFolded(start, valueEnd)
    if end &- start > 2 * SIPLimits.parameters { self.countParameters(start, end) }
    self.headers.append(
      HeaderEntry(
        nameStart: UInt16(truncatingIfNeeded: nameStart), valueStart: UInt16(truncatingIfNeeded: start),
        valueEnd: UInt16(truncatingIfNeeded: end), nameCount: UInt8(truncatingIfNeeded: nameEnd &- nameStart), name: name))
  }

  /// Walks to the end of a value, continuation lines included; answers where it ends and sets `index` behind its line end.
  private mutating func scanValue(_ start: Int, _ limit: Int) -> Int {
    let octets = self.octets
    var index = start
    while true {
      index = octets.control(from: index, to: limit)
      if index >= limit {
        self.index = limit
        return limit
      }
      switch octets[index] {
      case 0x0d, 0x0a:
        let next = self.lineEnd(index)
        let follows = octets[next]
        guard next < limit, follows == 0x20 || follows == 0x09 else {
          self.index = next
          return index
        }
        self.hasFolds = true
        index = next
      case 0x00:
        if !self.isQuoted(start, index) { self.note(400, "NUL In A Header") }
        index &+= 1
      default: index &+= 1
      }
    }
  }

  /// The offset behind a line end. CR or LF alone ends a line here too, so that nothing behind it hides in a value, but it
  /// is a fault (RELIABILITY 8).
  private mutating func lineEnd(_ index: Int) -> Int {
    if self.octets[index] == 0x0d, self.octets[index &+ 1] == 0x0a { return index &+ 2 }
    self.note(400, "CR Or LF Alone")
    return index &+ 1
  }

  /// Whether an offset lies inside an open quoted string of the value (RFC 4475 §3.1.1.2 has a NUL there).
  private func isQuoted(_ start: Int, _ index: Int) -> Bool {
    var isOpen = false
    var offset = start
    while offset < index {
      switch self.octets[offset] {
      case 0x22: isOpen.toggle()
      case 0x5c where isOpen: offset &+= 1
      default: break
      }
      offset &+= 1
    }
    return isOpen
  }

  private func skipFoldedBlanks(_ start: Int, _ end: Int) -> Int {
    var start = start
    while start < end, self.octets[start] <= 0x20, self.octets[start] != 0 { start &+= 1 }
    return start
  }

  private func trimFolded(_ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start, self.octets[end &- 1] <= 0x20, self.octets[end &- 1] != 0 { end &-= 1 }
    return end
  }

  /// Refuses a value with more than 32 parameters in one element, before a library with quadratic costs sees it.
  private mutating func countParameters(_ start: Int, _ end: Int) {
    if self.octets.occurrences(of: 0x3b, start, end) <= SIPLimits.parameters { return }
    var (count, index, depth) = (0, start, 0)
    while index < end {
      switch self.octets[index] {
      case 0x22: index = (self.octets.quotedEnd(index, end) ?? end) &- 1
      case 0x3c: depth = 1
      case 0x3e: (depth, count) = (0, 0)
      case 0x2c where depth == 0: count = 0
      case 0x3b: count &+= 1
      default: break
      }
      if count > SIPLimits.parameters { return self.note(400, "Too Many Parameters") }
      index &+= 1
    }
  }
}
