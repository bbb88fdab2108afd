// What two descriptions have in common. All of this is off the common path.
extension SDP {
  /// Same session id and version: the writer says that nothing has changed (RFC 3264 §8).
  func hasSameVersion(as other: SDP) -> Bool {
    self.octets(self.identity).elementsEqual(other.octets(other.identity))
  }

  /// Same media in every respect, directions and hold included; `o=` and `s=` aside.
  func hasSameMedia(as other: SDP) -> Bool {
    guard self.media.count == other.media.count, self.octets(self.rest).elementsEqual(other.octets(other.rest))
    else { return false }
    for (a, b) in zip(self.media, other.media) {
      guard a.port == b.port, a.direction == b.direction, a.address == b.address else { return false }
      guard self.octets(a.section).elementsEqual(other.octets(b.section)) else { return false }
    }
    return true
  }

  /// The description, an answer to an offer that liked `offer` best, only narrows what the phone said before: who was
  /// told the old one need not be told this one.
  func refines(_ old: SDP, answering offer: SDP) -> Bool {
    guard self.media.count == old.media.count else { return false }
    for (index, (a, b)) in zip(self.media, old.media).enumerated() {
      guard a.kind == b.kind, a.profile == b.profile, a.port == b.port, a.isRefused || a.address == b.address
      else { return false }
      if a.isRefused { continue }
      guard a.profile != .other, a.payloads.isSubset(of: b.payloads) else {
        if a.profile == .other, self.octets(a.section).elementsEqual(old.octets(b.section)) { continue }
        return false
      }
      if index < offer.media.count, !a.payloads.contains(offer.media[index].preferred) { return false }
      guard self.keys(of: a) == old.keys(of: b), self.encodings(of: a, within: a.payloads, equalThoseOf: old, b)
      else { return false }
    }
    return true
  }

  /// Both are offers of the same shape, so that each can be the answer to the other (rule 5): kinds and order,
  /// profile, and a codec under the same payload type in every line. Keys must have the same tag and suite.
  func fits(_ other: SDP) -> Bool {
    guard self.media.count == other.media.count, self.isUsable, other.isUsable else { return false }
    for (a, b) in zip(self.media, other.media) {
      guard a.kind == b.kind, a.profile == b.profile, a.isRefused == b.isRefused else { return false }
      if a.isRefused { continue }
      if a.profile == .other || a.profile == .dtls { return false }
      if a.profile == .keyed, self.suite(of: a) != other.suite(of: b) { return false }
      if !self.hasCodec(in: self.common(a, with: other, b), of: a) { return false }
    }
    return true
  }

  /// An answer to this offer names a codec of it in its audio line; so does one without audio.
  func shares(_ answer: SDP) -> Bool {
    guard let line = answer.audio, line.profile != .other,
      let offered = self.media.first(where: { $0.kind == .audio && !$0.isRefused })
    else { return true }
    return self.hasCodec(in: self.common(offered, with: answer, line), of: offered)
  }

  /// For each line the payload types that mean the same in the line of the same index of the other.
  func commonPayloads(with other: SDP) -> [PayloadSet] {
    self.media.enumerated().map { index, line in
      index < other.media.count ? self.common(line, with: other, other.media[index]) : PayloadSet()
    }
  }

  /// For each line the payload types that do not mean something else in the same line of `old` (RFC 3264 §8.3.2).
  func payloadsWithoutConflict(with old: SDP, _ map: SlotOrder) -> [PayloadSet]? {
    var hasConflict = false
    let sets = self.media.enumerated().map { index, line in
      var keep = line.payloads
      guard let place = map.place(of: index), place < old.media.count else { return keep }
      let before = old.media[place]
      for payload in UInt8(0)...127 where keep.contains(payload) && before.payloads.contains(payload) {
        if !Self.same(self.encoding(payload, in: line), old.encoding(payload, in: before)) {
          keep.remove(payload)
          hasConflict = true
        }
      }
      return keep
    }
    return hasConflict ? sets : nil
  }

  /// A payload type of the set is a codec, not only telephone events or comfort noise.
  func hasCodec(in set: PayloadSet, of line: MediaDescription) -> Bool {
    for payload in UInt8(0)...127 where set.contains(payload) && payload != 13 && payload != 19 {
      guard let name = self.encoding(payload, in: line) else { return true }
      let lower = name.prefix(15).map { $0 | 0x20 }
      if !lower.elementsEqual("telephone-event".utf8), !lower.starts(with: "cn/".utf8) { return true }
    }
    return false
  }

  /// The session's lines behind `o=` and `s=`.
  private var rest: Octets { Octets(Int(max(self.origin.end, self.name.end)), Int(self.session.end)) }

  private func common(_ a: MediaDescription, with other: SDP, _ b: MediaDescription) -> PayloadSet {
    var set = PayloadSet()
    for payload in UInt8(0)...127 where a.payloads.contains(payload) && b.payloads.contains(payload) {
      if Self.same(self.encoding(payload, in: a), other.encoding(payload, in: b)) { set.insert(payload) }
    }
    return set
  }

  private func encodings(
    of a: MediaDescription, within set: PayloadSet, equalThoseOf other: SDP, _ b: MediaDescription
  ) -> Bool {
    for payload in UInt8(0)...127 where set.contains(payload) {
      if !Self.same(self.encoding(payload, in: a), other.encoding(payload, in: b)) { return false }
    }
    return true
  }

  /// `PCMU/8000`, or nil where the line has no `a=rtpmap` for it.
  func encoding(_ payload: UInt8, in line: MediaDescription) -> ArraySlice<UInt8>? {
    var found: ArraySlice<UInt8>?
    self.forEachLine(in: line.section) { text in
      guard found == nil, text.starts(with: "a=rtpmap:".utf8), SDPText.payload(of: text) == payload else { return }
      let words = text.split(separator: 0x20, maxSplits: 1)
      if words.count == 2 { found = words[1] }
    }
    return found
  }

  /// A static payload type needs no `a=rtpmap`, so one that has none agrees with any.
  private static func same(_ a: ArraySlice<UInt8>?, _ b: ArraySlice<UInt8>?) -> Bool {
    guard let a, let b else { return true }
    return Self.bare(a).elementsEqual(Self.bare(b)) { $0 | 0x20 == $1 | 0x20 }
  }

  /// `PCMU/8000/1` is `PCMU/8000` (RFC 4566 §6).
  private static func bare(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    name.count > 2 && name.suffix(2).elementsEqual("/1".utf8) ? name.dropLast(2) : name
  }

  /// The lines that carry keys.
  private func keys(of line: MediaDescription) -> [ArraySlice<UInt8>] {
    var keys: [ArraySlice<UInt8>] = []
    self.forEachLine(in: line.section) { text in
      if text.starts(with: "a=crypto:".utf8) || text.starts(with: "a=fingerprint:".utf8)
        || text.starts(with: "a=ice-ufrag:".utf8)
      {
        keys.append(text)
      }
    }
    return keys
  }

  /// Tag and suite of the first key, when it is the only one.
  private func suite(of line: MediaDescription) -> [ArraySlice<UInt8>] {
    let keys = self.keys(of: line)
    return keys.count == 1 ? Array(keys[0].split(separator: 0x20).prefix(2)) : [keys.first ?? []]
  }
}
