internal import Kernel

// What the media server must know of a description: codecs under their payload types, RTCP's place, keys.
extension SDP {
  /// The line's payload types in the order of its writer's liking, with their meaning to the media server.
  func formats(of line: MediaDescription) -> [MediaFormat] {
    guard line.profile != .other else { return [] }
    return self.octets(line.formats).split(separator: 0x20).prefix(SDPLimits.formats).compactMap { text in
      SDPText.small(text).map { MediaFormat($0, self.codec($0, in: line)) }
    }
  }

  /// The static types need no `a=rtpmap` (RFC 3551 §6).
  private func codec(_ payload: UInt8, in line: MediaDescription) -> MediaFormat.Codec {
    guard let encoding = self.encoding(payload, in: line) else {
      switch payload {
      case 0: return .pcmu
      case 8: return .pcma
      case 9: return .g722
      case 13: return .comfortNoise
      default: return .other
      }
    }
    let name = encoding.prefix(24).map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    if name.elementsEqual("pcmu/8000".utf8) || name.elementsEqual("pcmu/8000/1".utf8) { return .pcmu }
    if name.elementsEqual("pcma/8000".utf8) || name.elementsEqual("pcma/8000/1".utf8) { return .pcma }
    if name.elementsEqual("g722/8000".utf8) || name.elementsEqual("g722/8000/1".utf8) { return .g722 }
    if name.elementsEqual("telephone-event/8000".utf8) { return .events }
    if name.elementsEqual("cn/8000".utf8) { return .comfortNoise }
    return .other
  }

  /// Where the line's writer wants RTCP, where it says so (RFC 3605), and whether on the port of RTP (RFC 5761).
  func control(of line: MediaDescription) -> (address: SocketAddress?, isMultiplexed: Bool) {
    var address: SocketAddress?
    var isMultiplexed = false
    self.forEachLine(in: line.section) { text in
      if text.elementsEqual("a=rtcp-mux".utf8) { isMultiplexed = true }
      guard text.starts(with: "a=rtcp:".utf8) else { return }
      let port = text.dropFirst(7).prefix(5).prefix { $0 &- 0x30 < 10 }.reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
      if let port = UInt16(exactly: port), port != 0 { address = SocketAddress(line.address, port: port) }
    }
    return (address, isMultiplexed)
  }

  /// Milliseconds of voice in a packet that the line's writer wants to get; 20 where it says nothing sensible.
  func packetTime(of line: MediaDescription) -> Int {
    var time = 20
    self.forEachLine(in: line.section) { text in
      guard text.starts(with: "a=ptime:".utf8) else { return }
      let value = text.dropFirst(8).prefix(3).prefix { $0 &- 0x30 < 10 }.reduce(0) { $0 &* 10 &+ Int($1 &- 0x30) }
      if (10...60).contains(value) { time = value }
    }
    return time
  }

  /// The first key of the line that the media server can use.
  func crypto(of line: MediaDescription) -> SDPCrypto? {
    var found: SDPCrypto?
    self.forEachLine(in: line.section) { text in
      if found == nil, text.starts(with: "a=crypto:".utf8) { found = SDPCrypto(text) }
    }
    return found
  }
}

/// A line `a=crypto:<tag> <suite> inline:<key>` of a suite that the media server speaks (RFC 4568; MED-3).
struct SDPCrypto: Sendable, Equatable {
  /// As it was written, at most nine digits.
  var tag: [UInt8]
  /// Bits of the authentication tag: 80 or 32.
  var tagBits: Int
  /// Master key and salt.
  var key: [UInt8]

  static let keyLength = 30

  init(tag: [UInt8], tagBits: Int, key: [UInt8]) {
    self.tag = tag
    self.tagBits = tagBits
    self.key = key
  }

  /// nil for another suite, a key of another length, several keys or session parameters that change what is sent.
  init?(_ line: ArraySlice<UInt8>) {
    let words = line.dropFirst(9).split(separator: 0x20)
    guard words.count == 3, (1...9).contains(words[0].count), words[0].allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
    if words[1].elementsEqual("AES_CM_128_HMAC_SHA1_80".utf8) {
      self.tagBits = 80
    } else if words[1].elementsEqual("AES_CM_128_HMAC_SHA1_32".utf8) {
      self.tagBits = 32
    } else {
      return nil
    }
    guard words[2].starts(with: "inline:".utf8), !words[2].contains(0x3b) else { return nil }
    let text = words[2].dropFirst(7)
    // A lifetime may follow; a master key identifier would change the packets.
    let parts = text.split(separator: 0x7c, omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.count < 2 || !parts[1].contains(0x3a), let key = Base64.decode(parts[0]),
      key.count == Self.keyLength
    else { return nil }
    self.tag = Array(words[0])
    self.key = key
  }

  /// The whole line with its end.
  func append(to out: inout [UInt8]) {
    out.append(contentsOf: "a=crypto:".utf8)
    out.append(contentsOf: self.tag)
    out.append(contentsOf: (self.tagBits == 32 ? " AES_CM_128_HMAC_SHA1_32 inline:" : " AES_CM_128_HMAC_SHA1_80 inline:").utf8)
    Base64.append(self.key, to: &out)
    out.append(0x0d)
    out.append(0x0a)
  }
}

/// RFC 4648 §4, for keys of a few octets.
enum Base64 {
  private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

  static func append(_ octets: [UInt8], to out: inout [UInt8]) {
    self.alphabet.withUTF8Buffer { letters in
      var index = 0
      while index < octets.count {
        let rest = octets.count - index
        let second = rest > 1 ? Int(octets[index + 1]) : 0
        let third = rest > 2 ? Int(octets[index + 2]) : 0
        let bits = Int(octets[index]) << 16 | second << 8 | third
        out.append(letters[bits >> 18 & 63])
        out.append(letters[bits >> 12 & 63])
        out.append(rest > 1 ? letters[bits >> 6 & 63] : 0x3d)
        out.append(rest > 2 ? letters[bits & 63] : 0x3d)
        index += 3
      }
    }
  }

  /// nil for anything that is not whole groups of the alphabet.
  static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0, text.count <= 128 else { return nil }
    var out: [UInt8] = []
    var bits = 0
    var count = 0
    var padding = 0
    for symbol in text {
      if symbol == 0x3d {
        padding += 1
        continue
      }
      guard padding == 0, let value = self.value(symbol) else { return nil }
      bits = (bits << 6 | value) & 0xFFFFFF
      count += 1
      if count % 4 == 0 {
        out.append(UInt8(bits >> 16 & 255))
        out.append(UInt8(bits >> 8 & 255))
        out.append(UInt8(bits & 255))
      }
    }
    switch (count % 4, padding) {
    case (0, 0): return out
    case (3, 1): return out + [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    case (2, 2): return out + [UInt8(bits >> 4 & 255)]
    default: return nil
    }
  }

  private static func value(_ symbol: UInt8) -> Int? {
    switch symbol {
    case 0x41...0x5a: Int(symbol) - 0x41
    case 0x61...0x7a: Int(symbol) - 0x61 + 26
    case 0x30...0x39: Int(symbol) - 0x30 + 52
    case 0x2b: 62
    case 0x2f: 63
    default: nil
    }
  }
}
