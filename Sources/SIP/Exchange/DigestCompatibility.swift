/// Telephones that give up when one of several challenges names an algorithm they do not know, instead of taking the one
/// they do (RFC 7616 §3.7 asks for that). They are challenged with MD5 alone; everybody else with all that is offered.
///
/// There is nothing in a REGISTER that tells the capability, so the product's name has to.
enum DigestCompatibility {
  /// Beginnings of User-Agent, as sent.
  private static let onlyMD5: [StaticString] = ["baresip v0.", "baresip v1.", "baresip v2."]

  static func takesOnlyMD5(_ message: SIPMessage) -> Bool {
    guard let agent = message.userAgent else { return false }
    return agent.withBytes(in: message.bytes) { octets in
      self.onlyMD5.contains { name in
        octets.count >= name.utf8CodeUnitCount
          && octets.prefix(name.utf8CodeUnitCount).elementsEqual(
            UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      }
    }
  }
}
