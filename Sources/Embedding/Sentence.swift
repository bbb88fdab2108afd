internal import CStrowger
internal import ModuleBridge

/// A sentence with a number in it, written where the host wants it.
enum Sentence {
  /// - Returns: false when it was cut, at a character's beginning.
  static func write(
    _ text: UnsafePointer<CChar>, number: strowger_digits?, to sentence: UnsafeMutablePointer<CChar>, room: Int
  ) -> Bool {
    guard room > 0 else { return false }
    var written = 0
    var place = text
    while place.pointee != 0 {
      let digits = place.pointee == 0x25 ? number : nil
      if let digits {
        let fits = withUnsafeBytes(of: digits) { octets in
          for octet in octets.prefix(while: { $0 != 0 }) {
            guard written < room - 1 else { return false }
            sentence[written] = CChar(bitPattern: octet)
            written += 1
          }
          return true
        }
        guard fits else { return self.cut(sentence, at: written) }
      } else {
        guard written < room - 1 else { return self.cut(sentence, at: written, before: place.pointee) }
        sentence[written] = place.pointee
        written += 1
      }
      place += 1
    }
    sentence[written] = 0
    return true
  }

  /// Nothing remains of a character of which `next` would have been a later octet.
  private static func cut(_ sentence: UnsafeMutablePointer<CChar>, at count: Int, before next: CChar = 0) -> Bool {
    var end = count
    var first = next
    while end > 0, UInt8(bitPattern: first) & 0xC0 == 0x80 {
      end -= 1
      first = sentence[end]
    }
    sentence[end] = 0
    return false
  }
}
