import Store

/// Rows of calls whose session descriptions hold keys of encrypted voice: they are sealed, as all secrets are (RELIABILITY §3). Rows
/// without keys stay plain, since sealing each would cost every call.
enum SealedCalls {
  /// First octet of a sealed row; plain rows begin with their layout, a small number.
  private static let mark: UInt8 = 0x80

  /// nil where libcrypto refuses: such a call is not kept rather than kept in the clear.
  static func seal(_ state: [UInt8], id: Int64, _ secrets: Secrets) -> [UInt8]? {
    guard self.holdsKey(state) else { return state }
    guard let sealed = try? secrets.seal(state, for: "call \(id)") else { return nil }
    return [self.mark] + sealed
  }

  /// Empty, which no call can be read from, where it was changed or sealed under another key.
  static func open(_ state: [UInt8], id: Int64, _ secrets: Secrets) -> [UInt8] {
    guard state.first == self.mark else { return state }
    return (try? secrets.open(Array(state.dropFirst()), for: "call \(id)")) ?? []
  }

  /// `inline:` is how SDES writes a key (RFC 4568 §9.2).
  private static func holdsKey(_ state: [UInt8]) -> Bool {
    let word = Array("inline:".utf8)
    var rest = state[...]
    while let end = rest.firstIndex(of: 0x3a) {
      if state[...end].suffix(word.count).elementsEqual(word) { return true }
      rest = state[(end + 1)...]
    }
    return false
  }
}
