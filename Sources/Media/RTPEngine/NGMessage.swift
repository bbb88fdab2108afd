internal import Sessions

/// What is asked of rtpengine: dictionaries of its NG protocol, sent as `COOKIE dictionary` in a datagram.
///
/// A channel is one call there with two sides, named by tags: `inside`, which speaks with the exchange's own media server or with
/// the inside of another channel, and `phone`. Every offer and answer names both, and latches the ports: else rtpengine takes new
/// ones whenever the other side's change, and the phone has been told the old.
enum NGMessage {
  /// The inside's description; the reply has the phone's port.
  static func offer(_ call: [UInt8], _ description: NGDescription, phone: NGDescription) -> Bencode {
    self.message(
      "offer", call, description, family: phone.address.address.family, flags: ["port-latching", "asymmetric", "strict-source"],
      more: [
        ("transport-protocol", .text(phone.isSecure ? "RTP/SAVP" : "RTP/AVP")), ("rtcp-mux", .words(["offer"])),
      ])
  }

  /// The phone's description; the reply has the inside's port.
  static func answer(_ call: [UInt8], _ description: NGDescription, learns: Bool, inside: IPAddress.Family) -> Bencode {
    self.message(
      "answer", call, description, family: inside,
      flags: ["port-latching", "strict-source"] + [learns ? "endpoint-learning-immediate" : "asymmetric"], more: [])
  }

  /// Ends a call at once: rtpengine otherwise keeps its ports for half a minute.
  static func delete(_ call: [UInt8]) -> Bencode {
    .entries([("command", .text("delete")), ("call-id", .octets(call)), ("delete-delay", .number(0))])
  }

  /// Whether rtpengine still knows the call.
  static func query(_ call: [UInt8]) -> Bencode {
    .entries([("command", .text("query")), ("call-id", .octets(call))])
  }

  private static func message(
    _ command: String, _ call: [UInt8], _ description: NGDescription, family: IPAddress.Family, flags: [String],
    more: [(String, Bencode)]
  ) -> Bencode {
    .entries(
      [
        ("command", .text(command)), ("call-id", .octets(call)), ("from-tag", .text("inside")), ("to-tag", .text("phone")),
        ("ICE", .text("remove")), ("DTLS", .text("off")), ("address-family", .text(family == .v4 ? "IP4" : "IP6")),
        ("flags", .words(flags)), ("sdp", .octets(description.text)),
      ] + more)
  }
}

/// What rtpengine answered.
enum NGReply: Equatable {
  /// Done; with a description where one was made.
  case done(sdp: [UInt8]?)
  /// The reason in rtpengine's words.
  case refused(String)

  /// The cookie and what follows it; nil for a datagram that is no reply.
  static func parse(_ datagram: ArraySlice<UInt8>) -> (cookie: UInt64, reply: NGReply)? {
    guard let space = datagram.prefix(17).firstIndex(of: 0x20),
      let cookie = UInt64(String(decoding: datagram[..<space], as: UTF8.self), radix: 16),
      let value = Bencode(parsing: datagram[(space + 1)...]), let result = value["result"]?.string
    else { return nil }
    if result.elementsEqual("ok".utf8) { return (cookie, .done(sdp: value["sdp"]?.string)) }
    let reason = value["error-reason"]?.string ?? result
    // It goes to a log: letters only, and not too many.
    let shown = reason.prefix(100).map { (0x20..<0x7f).contains($0) ? $0 : 0x3f }
    return (cookie, .refused(String(decoding: shown, as: UTF8.self)))
  }
}
