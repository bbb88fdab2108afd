// Descriptions without a second party: what a leg gets when its goal has no media to offer.
extension SDPWriter {
  /// An answer that accepts the audio of an offer and lets nothing flow; other lines are refused (RFC 3264 §6.1).
  /// The formats are the offer's own, so payload types stay what they are.
  /// - Parameter key: 30 octets for the answer of a secure line (RFC 4568 §6.1); nothing is ever encrypted with it.
  func silence(answering offer: SDP, key: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(256)
    self.opening(to: &out)
    var hasAudio = false
    for (index, line) in offer.media.enumerated() {
      guard line.kind == .audio, !line.isRefused, line.profile == .plain || line.profile == .keyed, !hasAudio else {
        Self.refused(offer, index, to: &out)
        continue
      }
      let start = out.count
      out.append(contentsOf: "m=audio 9 ".utf8)
      out.append(contentsOf: offer.octets(line.proto))
      out.append(0x20)
      out.append(contentsOf: offer.octets(line.formats))
      out.append(contentsOf: "\r\n".utf8)
      var hasKey = false
      offer.forEachLine(in: line.section) { text in
        if SDPText.payload(of: text) != nil, !text.starts(with: "a=rtcp-fb".utf8) {
          out.append(contentsOf: text)
          out.append(contentsOf: "\r\n".utf8)
        } else if !hasKey, line.profile == .keyed, text.starts(with: "a=crypto:".utf8) {
          hasKey = Self.key(answering: text, key, to: &out)
        }
      }
      if line.profile == .keyed, !hasKey {
        // None of its keys can be read, and a secure line without one would be no answer (RFC 4568 §6.1): it is refused.
        out.removeSubrange(start...)
        Self.refused(offer, index, to: &out)
        continue
      }
      hasAudio = true
      out.append(contentsOf: "a=inactive\r\n".utf8)
    }
    return out
  }

  /// An offer for a phone that made none and for whom nobody else has one: G.711, inactive.
  func silentOffer() -> [UInt8] {
    var out: [UInt8] = []
    self.opening(to: &out)
    out.append(contentsOf: "m=audio 9 RTP/AVP 8 0 101\r\n".utf8)
    out.append(contentsOf: "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=inactive\r\n".utf8)
    return out
  }

  func opening(to out: inout [UInt8]) {
    out.append(contentsOf: "v=0\r\n".utf8)
    self.line(to: &out)
    out.append(contentsOf: "s=-\r\nc=".utf8)
    out.append(contentsOf: (self.origin.address.family == .v4 ? "IN IP4 " : "IN IP6 ").utf8)
    self.origin.address.append(to: &out)
    out.append(contentsOf: "\r\nt=0 0\r\n".utf8)
  }

  /// `a=crypto:<tag> <suite> inline:<key>` with tag and suite of the offer's; false for a line that has no such parts.
  private static func key(answering line: ArraySlice<UInt8>, _ key: [UInt8], to out: inout [UInt8]) -> Bool {
    let words = line.split(separator: 0x20, maxSplits: 2)
    guard words.count == 3 else { return false }
    out.append(contentsOf: words[0])
    out.append(0x20)
    out.append(contentsOf: words[1])
    out.append(contentsOf: " inline:".utf8)
    Base64.append(key, to: &out)
    out.append(contentsOf: "\r\n".utf8)
    return true
  }
}
