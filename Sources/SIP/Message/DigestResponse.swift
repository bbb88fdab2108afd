/// The computation of RFC 7616 §3.4.1 for `qop=auth`, for both who checks and who answers a challenge.
public enum DigestResponse {
  /// H(HA1 ":" nonce ":" nc ":" cnonce ":" qop ":" H(method ":" uri)), in lower-case hexadecimal.
  /// - `ha1`: in hexadecimal, of the same algorithm.
  /// - `count`: the nonce count's eight digits.
  public static func compute(
    _ algorithm: DigestAlgorithm, ha1: [UInt8], method: [UInt8], uri: [UInt8], nonce: [UInt8], count: [UInt8],
    clientNonce: [UInt8], quality: [UInt8] = Array("auth".utf8), with functions: DigestFunctions
  ) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(384)
    text += method
    text.append(0x3a)
    text += uri
    let ha2 = functions.hexadecimal(algorithm, text)
    text.removeAll(keepingCapacity: true)
    for part in [ha1, nonce, count, clientNonce, quality] {
      text += part
      text.append(0x3a)
    }
    text += ha2
    return functions.hexadecimal(algorithm, text)
  }

  /// Whether two texts of hexadecimal digits are equal but for letter case, in a time that depends on their lengths only.
  public static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for index in one.indices { difference |= Self.folded(one[index]) ^ Self.folded(other[index]) }
    return difference == 0
  }

  /// Letters in lower case, digits unchanged, no branch on the octet.
  private static func folded(_ octet: UInt8) -> UInt8 { octet | (octet & 0x40) &>> 1 }
}
