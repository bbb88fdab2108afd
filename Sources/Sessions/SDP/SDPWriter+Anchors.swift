// Descriptions of calls that run through the media server: another one's description with our addresses in it, or our own.

/// What stands in place of the phone's own address in one line of a description.
struct SDPAnchor: Sendable, Equatable {
  var port: UInt16
  /// Where the media server is, if not where the exchange is.
  var address: IPAddress?
  /// How this dialog's phone protects the line; SRTP ends at the media server (MED-3).
  var profile: MediaDescription.Profile
  /// Ours, where `profile` is `keyed`.
  var crypto: SDPCrypto?
  /// The payload type of events that the line gets besides: the media server takes keys from this phone for one that wants them otherwise
  /// (MED-4).
  var events: UInt8?
}

extension SDPWriter {
  /// One media line of `sdp` with address, port and key of the media server. What names other ways to the phone is left out.
  func anchored(_ sdp: SDP, _ index: Int, _ anchor: SDPAnchor, to out: inout [UInt8]) {
    let media = sdp.media[index]
    if media.isRefused { return Self.refused(sdp, index, to: &out) }
    let keep = self.keeping.flatMap { index < $0.count && media.profile != .other ? $0[index] : nil }
    self.anchoredLine(sdp, media, anchor, keep, to: &out)
    let direction = self.anchoredDirection(media)
    var isFirst = true
    sdp.forEachLine(in: media.section) { line in
      if isFirst {
        isFirst = false
        return
      }
      if line.first == 0x63 || Self.namesAnotherWay(line, keysEnd: anchor.profile != .dtls) { return }
      if line.first == 0x61 {
        if direction != nil, SDPText.direction(of: line) != nil { return }
        if self.directions == .open, SDPText.direction(of: line) != nil { return }
        if let keep, let payload = SDPText.payload(of: line), !keep.contains(payload) { return }
        if self.reopensSetup, line.starts(with: "a=setup:".utf8) {
          out.append(contentsOf: "a=setup:actpass\r\n".utf8)
          return
        }
      }
      Self.append(line, to: &out)
    }
    if let events = anchor.events { Self.encoding(MediaFormat(events, .events), to: &out) }
    anchor.crypto?.append(to: &out)
    if let direction { Self.append(direction, to: &out) }
  }

  /// The direction to write, nil to leave what the phone wrote. The old form of hold, address 0.0.0.0, is lost with the address, so it
  /// becomes `sendonly`.
  private func anchoredDirection(_ media: MediaDescription) -> MediaDirection? {
    switch self.directions {
    case .force(let direction): direction
    case .open: nil
    case .asTheyAre:
      media.address.isUnspecified && media.direction.receives ? (media.direction.sends ? .sendonly : .inactive) : nil
    }
  }

  /// `m=audio <port> RTP/SAVP 8 0` and the line `c=` behind it.
  private func anchoredLine(
    _ sdp: SDP, _ media: MediaDescription, _ anchor: SDPAnchor, _ keep: PayloadSet?, to out: inout [UInt8]
  ) {
    out.append(contentsOf: "m=".utf8)
    out.append(contentsOf: sdp.octets(media.media))
    out.append(0x20)
    SDPText.append(UInt64(anchor.port), to: &out)
    out.append(0x20)
    let proto = sdp.octets(media.proto)
    switch (media.profile, anchor.profile) {
    case (.plain, .keyed): out.append(contentsOf: (proto.last == 0x46 ? "RTP/SAVPF" : "RTP/SAVP").utf8)
    case (.keyed, .plain): out.append(contentsOf: (proto.last == 0x46 ? "RTP/AVPF" : "RTP/AVP").utf8)
    default: out.append(contentsOf: proto)
    }
    if let keep {
      self.formats(sdp, media, keep, to: &out)
    } else {
      out.append(0x20)
      out.append(contentsOf: sdp.octets(media.formats))
    }
    if let events = anchor.events {
      out.append(0x20)
      SDPText.append(UInt64(events), to: &out)
    }
    out.append(contentsOf: "\r\n".utf8)
    Self.connection(anchor.address ?? self.origin.address, to: &out)
  }

  /// `c=IN IP4 <address>`: the exchange as this dialog's phone sees it, or its media server.
  private static func connection(_ address: IPAddress, to out: inout [UInt8]) {
    out.append(contentsOf: (address.family == .v4 ? "c=IN IP4 " : "c=IN IP6 ").utf8)
    address.append(to: &out)
    out.append(contentsOf: "\r\n".utf8)
  }

  /// Attributes that lead past the media server, or hold a key that ends there.
  static func namesAnotherWay(_ line: ArraySlice<UInt8>, keysEnd: Bool) -> Bool {
    guard line.first == 0x61 else { return false }
    let names: InlineArray<6, StaticString> = [
      "a=rtcp:", "a=rtcp-mux", "a=candidate:", "a=ice-", "a=end-of-candidates", "a=remote-candidates:",
    ]
    for index in names.indices {
      if names[index].withUTF8Buffer({ line.starts(with: $0) }) { return true }
    }
    return keysEnd && line.starts(with: "a=crypto:".utf8)
  }

  // MARK: Our own

  /// A description of the media server's own voice: `formats` in the order of our liking at `place`, other places refused as `dialog`
  /// has them.
  func own(
    _ anchor: SDPAnchor, formats: [MediaFormat], direction: MediaDirection, at place: Int, dialog: SDP?, places: Int
  ) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(384)
    self.opening(to: &out)
    for index in 0..<max(places, place + 1) {
      guard index == place else {
        Self.refused(dialog, index, to: &out)
        continue
      }
      out.append(contentsOf: "m=audio ".utf8)
      SDPText.append(UInt64(anchor.port), to: &out)
      out.append(contentsOf: (anchor.profile == .keyed ? " RTP/SAVP" : " RTP/AVP").utf8)
      for format in formats {
        out.append(0x20)
        SDPText.append(UInt64(format.payload), to: &out)
      }
      out.append(contentsOf: "\r\n".utf8)
      if let address = anchor.address { Self.connection(address, to: &out) }
      for format in formats { Self.encoding(format, to: &out) }
      out.append(contentsOf: "a=ptime:20\r\n".utf8)
      anchor.crypto?.append(to: &out)
      Self.append(direction, to: &out)
    }
    return out
  }

  private static func encoding(_ format: MediaFormat, to out: inout [UInt8]) {
    let name: StaticString
    switch format.codec {
    case .pcmu: name = "PCMU/8000"
    case .pcma: name = "PCMA/8000"
    case .g722: name = "G722/8000"
    case .events: name = "telephone-event/8000"
    case .comfortNoise: name = "CN/8000"
    case .other: return
    }
    out.append(contentsOf: "a=rtpmap:".utf8)
    SDPText.append(UInt64(format.payload), to: &out)
    out.append(0x20)
    name.withUTF8Buffer { out.append(contentsOf: $0) }
    out.append(contentsOf: "\r\n".utf8)
    guard format.codec == .events else { return }
    out.append(contentsOf: "a=fmtp:".utf8)
    SDPText.append(UInt64(format.payload), to: &out)
    out.append(contentsOf: " 0-15\r\n".utf8)
  }

  static func append(_ direction: MediaDirection, to out: inout [UInt8]) {
    out.append(contentsOf: "a=".utf8)
    direction.text.withUTF8Buffer { out.append(contentsOf: $0) }
    out.append(contentsOf: "\r\n".utf8)
  }
}

extension SDP {
  /// What the media server can say to whoever wrote this line, in the writer's order; empty without a voice codec.
  func served(_ line: MediaDescription) -> [MediaFormat] {
    let formats = self.formats(of: line).filter { $0.codec != .other && $0.codec != .comfortNoise }
    return formats.contains { $0.codec.isVoice } ? formats : []
  }
}

extension MediaFormat.Codec {
  var isVoice: Bool {
    switch self {
    case .pcmu, .pcma, .g722: true
    case .events, .comfortNoise, .other: false
    }
  }
}
