// The careful way: line by line, with CRLF, directions and formats as wanted.
extension SDPWriter {
  func session(_ sdp: SDP, to out: inout [UInt8]) {
    out.append(contentsOf: "v=0\r\n".utf8)
    self.line(to: &out)
    out.append(contentsOf: "s=-\r\n".utf8)
    sdp.forEachLine(in: sdp.session) { line in
      switch line.first {
      case 0x76, 0x6f, 0x73: return
      case 0x63 where self.anchors != nil: return
      case 0x61 where self.anchors != nil && Self.namesAnotherWay(line, keysEnd: true): return
      case 0x61 where self.directions != .asTheyAre && SDPText.direction(of: line) != nil: return
      default: Self.append(line, to: &out)
      }
    }
  }

  /// One media line with all that belongs to it.
  func section(_ sdp: SDP, _ index: Int, to out: inout [UInt8]) {
    let media = sdp.media[index]
    let keep = self.keeping.flatMap { index < $0.count && media.profile != .other ? $0[index] : nil }
    var isFirst = true
    sdp.forEachLine(in: media.section) { line in
      if isFirst {
        isFirst = false
        self.mediaLine(sdp, media, keep, to: &out)
        return
      }
      if line.first == 0x61 {
        if self.directions != .asTheyAre, SDPText.direction(of: line) != nil { return }
        if let keep, let payload = SDPText.payload(of: line), !keep.contains(payload) { return }
        if self.reopensSetup, line.starts(with: "a=setup:".utf8) {
          out.append(contentsOf: "a=setup:actpass\r\n".utf8)
          return
        }
      }
      Self.append(line, to: &out)
    }
    if media.isRefused { return }
    if case .force(let direction) = self.directions { Self.append(direction, to: &out) }
  }

  private func mediaLine(_ sdp: SDP, _ media: MediaDescription, _ keep: PayloadSet?, to out: inout [UInt8]) {
    guard let keep else { return Self.append(sdp.octets(media.line), to: &out) }
    out.append(contentsOf: sdp.bytes[Int(media.line.start)..<Int(media.proto.end)])
    self.formats(sdp, media, keep, to: &out)
    out.append(contentsOf: "\r\n".utf8)
  }

  /// The payload types that are kept, each with a space before it.
  func formats(_ sdp: SDP, _ media: MediaDescription, _ keep: PayloadSet, to out: inout [UInt8]) {
    var isEmpty = true
    for format in sdp.octets(media.formats).split(separator: 0x20) {
      guard let payload = SDPText.small(format), keep.contains(payload) else { continue }
      out.append(0x20)
      out.append(contentsOf: format)
      isEmpty = false
    }
    if isEmpty { out.append(contentsOf: " 0".utf8) }
  }

  static func append(_ line: ArraySlice<UInt8>, to out: inout [UInt8]) {
    out.append(contentsOf: line)
    out.append(0x0d)
    out.append(0x0a)
  }
}

extension SDP {
  /// Each line of a piece without its line end; empty ones are left out.
  func forEachLine(in piece: Octets, _ body: (ArraySlice<UInt8>) -> Void) {
    var rest = self.octets(piece)
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
      var line = rest[rest.startIndex..<end]
      if line.last == 0x0d { line = line.dropLast() }
      if !line.isEmpty { body(line) }
      rest = end < rest.endIndex ? rest[(end + 1)...] : rest[rest.endIndex...]
    }
  }
}

extension SDPText {
  static func append(_ number: UInt64, to out: inout [UInt8]) {
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      out.append(0x30 + UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  /// The direction that a whole line `a=…` states.
  static func direction(of line: ArraySlice<UInt8>) -> MediaDirection? {
    guard line.count == 10, line.starts(with: "a=".utf8) else { return nil }
    let name = line.dropFirst(2)
    return MediaDirection.allCases.first { direction in
      direction.text.withUTF8Buffer { name.elementsEqual($0) }
    }
  }

  /// The payload type that `a=rtpmap:`, `a=fmtp:` or `a=rtcp-fb:` speaks of.
  static func payload(of line: ArraySlice<UInt8>) -> UInt8? {
    let names: InlineArray<3, StaticString> = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"]
    for index in names.indices {
      let name = names[index]
      guard name.withUTF8Buffer({ line.starts(with: $0) }) else { continue }
      let rest = line.dropFirst(name.utf8CodeUnitCount)
      return Self.small(rest[rest.startIndex..<(rest.firstIndex(of: 0x20) ?? rest.endIndex)])
    }
    return nil
  }

  /// A payload type, 0–127.
  static func small(_ text: ArraySlice<UInt8>) -> UInt8? {
    guard !text.isEmpty, text.count <= 3 else { return nil }
    var value = 0
    for octet in text {
      guard octet &- 0x30 < 10 else { return nil }
      value = value * 10 + Int(octet &- 0x30)
    }
    return value <= 127 ? UInt8(value) : nil
  }
}
