/// What the exchange writes into the `o=` line of one dialog: its own id, and a version that only rises (RFC 3264 §8).
struct SDPOrigin: BitwiseCopyable, Sendable {
  var id: UInt32
  var version: UInt32
  var address: IPAddress
}

/// Which line of a source goes into which place of the dialog that it is written for (rule 5: places never go away).
struct SlotOrder: Sendable, Equatable {
  /// For each place the source's line, or -1 for a place that stays refused; nil while both have the same order.
  var sources: [Int8]?

  static var same: SlotOrder { SlotOrder(sources: nil) }

  /// The place that the source's line `index` went to.
  func place(of index: Int) -> Int? {
    guard let sources = self.sources else { return index }
    return sources.firstIndex { Int($0) == index }
  }

  /// Lines keep their order where they can; a line of a kind that has no free place gets a new one at the end.
  init(of source: SDP, into dialog: SDP?, places: Int) {
    let old = dialog?.media ?? []
    let count = max(places, old.count)
    var isSame = source.media.count >= count
    if isSame {
      for index in 0..<min(old.count, source.media.count) where old[index].kind != source.media[index].kind { isSame = false }
    }
    if isSame {
      self.sources = nil
      return
    }
    var map = [Int8](repeating: -1, count: count)
    for (index, line) in source.media.enumerated() {
      let number = Int8(truncatingIfNeeded: index)
      if index < old.count, old[index].kind == line.kind, map[index] < 0 {
        map[index] = number
      } else if let free = old.indices.first(where: {
        map[$0] < 0 && old[$0].kind == line.kind
          && !Self.hasTwin(
            $0, old,
            source)
      }) {
        map[free] = number
      } else {
        map.append(number)
      }
    }
    self.sources = map
  }

  private init(sources: [Int8]?) { self.sources = sources }

  /// The place is wanted by the source's own line of the same index.
  private static func hasTwin(_ index: Int, _ old: [MediaDescription], _ source: SDP) -> Bool {
    index < source.media.count && source.media[index].kind == old[index].kind
  }
}

/// Writes a peer's description for another dialog: own `o=` and `s=` lines, the rest as it came (CALL-7).
struct SDPWriter {
  /// How directions are written.
  enum Directions: Equatable {
    case asTheyAre
    /// As if nobody were on hold: what an offerless request is answered with (RFC 6337 §5.1).
    case open
    case force(MediaDirection)
  }

  var origin: SDPOrigin
  var directions: Directions = .asTheyAre
  /// Payload types to keep, one set a line of the source; nil keeps all.
  var keeping: [PayloadSet]?
  /// An answer is offered again, so the roles of DTLS are open again (RFC 5763 §5).
  var reopensSetup = false
  /// For each place of the result what stands in place of the phone's address; nil where voice runs past us, and nil at a place that
  /// the media server does not carry.
  var anchors: [SDPAnchor?]?

  init(origin: SDPOrigin) { self.origin = origin }

  /// A line for each place. Empty places are filled from `dialog`, the last description of the dialog's phone.
  func write(_ sdp: SDP, _ map: SlotOrder = .same, dialog: SDP?, places: Int) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(sdp.bytes.count + 64)
    let isPlain = self.directions == .asTheyAre && self.keeping == nil && !self.reopensSetup && self.anchors == nil
    if isPlain, map.sources == nil, sdp.isClean, sdp.media.count >= places {
      self.copy(sdp, to: &out)
      return out
    }
    self.session(sdp, to: &out)
    let count = max(places, map.sources?.count ?? sdp.media.count)
    for place in 0..<count {
      let source = map.sources.map { place < $0.count ? Int($0[place]) : -1 } ?? (place < sdp.media.count ? place : -1)
      if source >= 0, source < sdp.media.count {
        self.line(sdp, source, at: place, to: &out)
      } else {
        Self.refused(dialog, place, to: &out)
      }
    }
    return out
  }

  /// An answer from `sdp` to `offer`: for each line of the offer the one at `map`'s place, refused where there is none.
  func answer(_ offer: SDP, from sdp: SDP, _ map: SlotOrder) -> [UInt8] {
    if map.sources == nil, sdp.media.count <= offer.media.count {
      return self.write(sdp, dialog: offer, places: offer.media.count)
    }
    var out: [UInt8] = []
    out.reserveCapacity(sdp.bytes.count + 64)
    self.session(sdp, to: &out)
    for index in offer.media.indices {
      if let place = map.place(of: index), place < sdp.media.count {
        self.line(sdp, place, at: index, to: &out)
      } else {
        Self.refused(offer, index, to: &out)
      }
    }
    return out
  }

  private func line(_ sdp: SDP, _ source: Int, at place: Int, to out: inout [UInt8]) {
    guard let anchors = self.anchors else { return self.section(sdp, source, to: &out) }
    if place < anchors.count, let anchor = anchors[place] {
      self.anchored(sdp, source, anchor, to: &out)
    } else {
      Self.refused(sdp, source, to: &out)
    }
  }

  private func copy(_ sdp: SDP, to out: inout [UInt8]) {
    let count = sdp.bytes.count
    let first = Int(sdp.origin.start)
    out.append(contentsOf: sdp.bytes[0..<min(first, count)])
    self.line(to: &out)
    if sdp.name.isEmpty {
      out.append(contentsOf: "s=-\r\n".utf8)
      out.append(contentsOf: sdp.bytes[min(Int(sdp.origin.end), count)...])
    } else if sdp.name.start >= sdp.origin.end {
      out.append(contentsOf: sdp.bytes[Int(sdp.origin.end)..<Int(sdp.name.start)])
      out.append(contentsOf: "s=-\r\n".utf8)
      out.append(contentsOf: sdp.bytes[Int(sdp.name.end)...])
    } else {
      out.append(contentsOf: sdp.bytes[min(Int(sdp.origin.end), count)...])
    }
  }

  /// `o=strowger <id> <version> IN IP4 <address>`.
  func line(to out: inout [UInt8]) {
    out.append(contentsOf: "o=strowger ".utf8)
    SDPText.append(UInt64(self.origin.id), to: &out)
    out.append(0x20)
    SDPText.append(UInt64(self.origin.version), to: &out)
    out.append(contentsOf: (self.origin.address.family == .v4 ? " IN IP4 " : " IN IP6 ").utf8)
    self.origin.address.append(to: &out)
    out.append(0x0d)
    out.append(0x0a)
  }

  /// `m=<kind> 0 <protocol> <formats>` as the dialog's phone wrote that line.
  static func refused(_ dialog: SDP?, _ place: Int, to out: inout [UInt8]) {
    guard let dialog, place < dialog.media.count else {
      out.append(contentsOf: "m=audio 0 RTP/AVP 0\r\n".utf8)
      return
    }
    let line = dialog.media[place]
    out.append(contentsOf: "m=".utf8)
    out.append(contentsOf: dialog.octets(line.media))
    out.append(contentsOf: " 0 ".utf8)
    out.append(contentsOf: dialog.octets(line.proto))
    out.append(0x20)
    out.append(contentsOf: dialog.octets(line.formats))
    out.append(contentsOf: "\r\n".utf8)
  }
}
