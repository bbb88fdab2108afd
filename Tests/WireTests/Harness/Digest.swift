import Foundation

/// A phone's answer to a digest challenge: RFC 2617 with MD5 and `qop=auth`, which every phone has.
enum Digest {
  static func answer(
    to challenge: String, user: String, password: String, method: String, uri: String, count: UInt32 = 1
  ) -> String {
    let realm = field("realm", of: challenge)
    let nonce = field("nonce", of: challenge)
    let client = "0a4f113b"
    let uses = String(count, radix: 16)
    let number = String(repeating: "0", count: 8 - uses.count) + uses
    let first = md5("\(user):\(realm):\(password)")
    let second = md5("\(method):\(uri)")
    let response = md5("\(first):\(nonce):\(number):\(client):auth:\(second)")
    return "Digest username=\"\(user)\", realm=\"\(realm)\", nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(response)\", "
      + "algorithm=MD5, cnonce=\"\(client)\", qop=auth, nc=\(number)"
  }

  static func field(_ name: String, of challenge: String) -> String {
    for part in challenge.dropFirst("Digest".count).split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].drop(while: { $0 == " " }).lowercased() == name else { continue }
      return pair[1].filter { $0 != "\"" }
    }
    return ""
  }

  /// RFC 1321, in hexadecimal.
  static func md5(_ text: String) -> String {
    var octets = Array(text.utf8)
    let bits = UInt64(octets.count) * 8
    octets.append(0x80)
    while octets.count % 64 != 56 { octets.append(0) }
    octets += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
    for block in stride(from: 0, to: octets.count, by: 64) {
      let words = (0..<16).map { word in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(octets[block + word * 4 + $1]) << (8 * UInt32($1)) }
      }
      var (a, b, c, d) = (state[0], state[1], state[2], state[3])
      for round in 0..<64 {
        let mixed: UInt32
        let word: Int
        switch round / 16 {
        case 0: (mixed, word) = ((b & c) | (~b & d), round)
        case 1: (mixed, word) = ((d & b) | (~d & c), (5 * round + 1) % 16)
        case 2: (mixed, word) = (b ^ c ^ d, (3 * round + 5) % 16)
        default: (mixed, word) = (c ^ (b | ~d), (7 * round) % 16)
        }
        let sum = a &+ mixed &+ sines[round] &+ words[word]
        let turn = shifts[round / 16 * 4 + round % 4]
        (a, d, c, b) = (d, c, b, b &+ (sum << turn | sum >> (32 - turn)))
      }
      state = [state[0] &+ a, state[1] &+ b, state[2] &+ c, state[3] &+ d]
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
      .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
  private static let sines: [UInt32] = (1...64).map { UInt32(abs(sin(Double($0))) * 4_294_967_296) }
}
