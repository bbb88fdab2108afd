import Kernel

/// What was dialled stands in messages that people read in ladders and that the store keeps; digits of it may be a secret (TRK-4).
/// Each is replaced by `*`, so that a masked message is as long as it was and can still be parsed.
extension Exchange {
  /// The user part as it may be read.
  func withoutSecrets(_ dialled: String) -> String {
    let octets = Array(dialled.utf8)
    return String(decoding: self.maskedUser(octets[...]) ?? octets, as: UTF8.self)
  }

  /// A message, or some of its header lines. A body is left alone: what was dialled never stands in one.
  func withoutSecrets(in message: [UInt8]) -> [UInt8] {
    var shown = message
    let end = Self.endOfHeaders(in: message)
    var position = 0
    while let user = Self.nextUser(in: message, from: position, to: end) {
      position = user.upperBound
      guard let masked = self.maskedUser(message[user]) else { continue }
      shown.replaceSubrange(user, with: masked)
      // It may stand there once more as a display name.
      guard user.count >= Self.shortestName else { continue }
      Self.replace(message[user], by: masked, in: &shown, to: end)
    }
    return shown
  }

  /// Shorter ones could be any number in a header.
  private static let shortestName = 8

  /// nil where nothing in it is a secret. What is longer than any number is judged by its beginning.
  private func maskedUser(_ user: ArraySlice<UInt8>) -> [UInt8]? {
    var digits = Digits()
    var position = user.startIndex
    while let (symbol, next) = Self.symbol(in: user, at: position), digits.append(symbol: symbol) { position = next }
    let shown = self.kernel.world.withoutSecrets(digits)
    guard shown != digits else { return nil }
    var masked = Array(user)
    position = user.startIndex
    for index in 0..<digits.count {
      guard let (_, next) = Self.symbol(in: user, at: position) else { break }
      if shown[index] != digits[index] {
        for place in position..<next { masked[place - user.startIndex] = Self.star }
      }
      position = next
    }
    return masked
  }

  /// The dial symbol at `position`, escaped or not (RFC 3261 §19.1.2), and where the next one begins.
  private static func symbol(in user: ArraySlice<UInt8>, at position: Int) -> (symbol: UInt8, next: Int)? {
    guard position < user.endIndex else { return nil }
    let isEscaped = user[position] == 0x25 && user.endIndex - position >= 3
    let octet = isEscaped ? self.octet(user[position + 1], user[position + 2]) : user[position]
    guard let octet, let symbol = Digits(ascii: CollectionOfOne(octet)) else { return nil }
    return (symbol[0], position + (isEscaped ? 3 : 1))
  }

  private static let star: UInt8 = 0x2a

  private static func octet(_ high: UInt8, _ low: UInt8) -> UInt8? {
    guard let high = Character(UnicodeScalar(high)).hexDigitValue, let low = Character(UnicodeScalar(low)).hexDigitValue else {
      return nil
    }
    return UInt8(truncatingIfNeeded: high << 4 | low)
  }

  private static func endOfHeaders(in message: [UInt8]) -> Int {
    var isEmpty = false
    for (index, octet) in message.enumerated() {
      if octet == 0x0a {
        if isEmpty { return index }
        isEmpty = true
      } else if octet != 0x0d {
        isEmpty = false
      }
    }
    return message.count
  }

  /// What stands behind `sip:`, `sips:` or `tel:` up to the end of the user part.
  private static func nextUser(in message: [UInt8], from start: Int, to end: Int) -> Range<Int>? {
    var colon = start
    while colon < end {
      defer { colon += 1 }
      guard message[colon] == 0x3a, self.isScheme(message[..<colon]) else { continue }
      let rest = message[(colon + 1)..<end]
      let last = rest.firstIndex(where: self.endsUser) ?? end
      if last > colon + 1 { return (colon + 1)..<last }
    }
    return nil
  }

  private static func isScheme(_ before: ArraySlice<UInt8>) -> Bool {
    self.ends(before, in: "sip") || self.ends(before, in: "sips") || self.ends(before, in: "tel")
  }

  private static func ends(_ octets: ArraySlice<UInt8>, in word: StaticString) -> Bool {
    word.withUTF8Buffer { word in
      octets.count >= word.count && octets.suffix(word.count).elementsEqual(word) { $0 | 0x20 == $1 }
    }
  }

  /// `@ ; > ? , " :` and white space.
  private static func endsUser(_ octet: UInt8) -> Bool {
    switch octet {
    case 0x40, 0x3b, 0x3e, 0x3f, 0x2c, 0x22, 0x3a, 0x20, 0x09, 0x0d, 0x0a: true
    default: false
    }
  }

  private static func replace(_ word: ArraySlice<UInt8>, by masked: [UInt8], in text: inout [UInt8], to end: Int) {
    guard let first = word.first else { return }
    var position = 0
    while let start = text[position..<end].firstIndex(of: first), end - start >= word.count {
      position = start + 1
      guard text[start..<(start + word.count)].elementsEqual(word) else { continue }
      text.replaceSubrange(start..<(start + word.count), with: masked)
      position = start + word.count
    }
  }
}
