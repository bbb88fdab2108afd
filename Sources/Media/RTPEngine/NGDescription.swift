internal import Sessions

/// One side of a channel as rtpengine is told it: a description with a single line.
struct NGDescription: Equatable {
  var address: SocketAddress
  var control: SocketAddress?
  var isMultiplexed = false
  var formats: [MediaFormat] = []
  /// SRTP with the key that this side encrypts with; nil for plain RTP.
  var key: Key?

  struct Key: Equatable {
    var octets: [UInt8]
    var tagBits: Int
  }

  var isSecure: Bool { self.key != nil }

  /// Both sides of a channel get the same payload types, so that rtpengine never converts anything.
  var text: [UInt8] {
    let family = self.address.address.family == .v4 ? "IP4" : "IP6"
    var text = "v=0\r\no=- 1 1 IN \(family) \(self.address.address)\r\ns=-\r\nc=IN \(family) \(self.address.address)\r\nt=0 0\r\n"
    text += "m=audio \(self.address.port) \(self.isSecure ? "RTP/SAVP" : "RTP/AVP")"
    var seen: [UInt8] = []
    var meanings = ""
    for format in self.formats where format.payload < 128 && !seen.contains(format.payload) {
      seen.append(format.payload)
      if let name = Self.name(format.codec) { meanings += "a=rtpmap:\(format.payload) \(name)/8000\r\n" }
    }
    if seen.isEmpty { seen = [0] }
    for payload in seen { text += " \(payload)" }
    text += "\r\n\(meanings)a=sendrecv\r\n"
    if self.isMultiplexed {
      text += "a=rtcp-mux\r\n"
    } else if let control = self.control {
      let family = control.address.family == .v4 ? "IP4" : "IP6"
      text += "a=rtcp:\(control.port) IN \(family) \(control.address)\r\n"
    }
    if let key = self.key {
      // Suites have the tags that rtpengine gives them: those offered come first.
      text += "a=crypto:1 AES_CM_128_HMAC_SHA1_\(key.tagBits) inline:\(Self.base64(key.octets))\r\n"
    }
    return [UInt8](text.utf8)
  }

  /// Where rtpengine listens, from a description that it made; nil where it has none.
  static func place(in text: [UInt8]) -> SocketAddress? {
    guard let sdp = try? SDP(parsing: text), let line = sdp.media.first, line.port != 0, !line.address.isUnspecified else {
      return nil
    }
    return SocketAddress(line.address, port: line.port)
  }

  /// Whether rtpengine encrypts with the key, by a description that it made.
  static func offers(_ key: Key, in text: [UInt8]) -> Bool {
    let wanted = [UInt8]("_\(key.tagBits) inline:\(self.base64(key.octets))".utf8)
    return text.indices.contains { text[$0...].starts(with: wanted) }
  }

  private static func name(_ codec: MediaFormat.Codec) -> String? {
    switch codec {
    case .pcmu: "PCMU"
    case .pcma: "PCMA"
    case .g722: "G722"
    case .events: "telephone-event"
    case .comfortNoise: "CN"
    case .other: nil
    }
  }

  private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Thirty octets make forty letters without padding.
  private static func base64(_ octets: [UInt8]) -> String {
    var letters: [UInt8] = []
    for start in stride(from: 0, to: octets.count - octets.count % 3, by: 3) {
      let bits = Int(octets[start]) << 16 | Int(octets[start + 1]) << 8 | Int(octets[start + 2])
      for shift in [18, 12, 6, 0] { letters.append(self.alphabet[bits >> shift & 63]) }
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
