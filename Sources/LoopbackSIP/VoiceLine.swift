public import Sessions

/// The first audio line of a session description that is in use, read without the exchange's own parser.
public struct VoiceLine: Sendable, Equatable {
  /// Where voice is wanted; unspecified (0.0.0.0) for a hold as before RFC 3264.
  public var address = SocketAddress(.unspecified, port: 0)
  public var sends = true
  public var receives = true
  public var isSecure = false
  /// SRTP key and salt in base64; empty when plain.
  public var key = ""
  public var payloads: [Int] = []

  /// - Returns: nil without such a line.
  public init?(_ body: [UInt8]) {
    var isFound = false
    var isHere = true
    for line in String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline) {
      if line.hasPrefix("m=") {
        if isFound { break }
        let words = line.split(separator: " ")
        isHere = words.count > 3 && words[0] == "m=audio" && words[1] != "0"
        guard isHere else { continue }
        isFound = true
        self.address.port = UInt16(words[1]) ?? 0
        self.isSecure = words[2].hasPrefix("RTP/SAVP")
        self.payloads = words.dropFirst(3).compactMap { Int($0) }
      } else if isHere {
        self.read(line)
      }
    }
    if !isFound { return nil }
  }

  private mutating func read(_ line: Substring) {
    switch line {
    case "a=sendrecv": (self.sends, self.receives) = (true, true)
    case "a=sendonly": (self.sends, self.receives) = (true, false)
    case "a=recvonly": (self.sends, self.receives) = (false, true)
    case "a=inactive": (self.sends, self.receives) = (false, false)
    default:
      if line.hasPrefix("c="), let host = line.split(separator: " ").last, let address = IPAddress(String(host)) {
        self.address.address = address
      } else if line.hasPrefix("a=crypto:"), self.key.isEmpty, let inline = line.split(separator: ":").last {
        self.key = String(inline.prefix { $0 != "|" && $0 != " " })
      }
    }
  }

  /// RFC 4648 §4, of octets in threes.
  static func base64(_ octets: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: octets.count - octets.count % 3, by: 3) {
      let word = UInt32(octets[start]) << 16 | UInt32(octets[start + 1]) << 8 | UInt32(octets[start + 2])
      for shift in [18, 12, 6, 0] as [UInt32] { text.append(alphabet[Int(word >> shift & 63)]) }
    }
    return text
  }
}
