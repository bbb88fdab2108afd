public import Kernel

/// The last messages of calls, bounded; secrets are left out when it is shown.
struct LadderRing: Sendable {
  struct Entry: Sendable {
    enum Content: Sendable {
      case received([UInt8])
      case sent([UInt8])
      case note(String, Note)
    }
    var time: Instant
    var call: UInt64
    var party: Digits
    var content: Content
  }

  private var entries: [Entry] = []
  private var oldest = 0
  static let capacity = 8_192

  mutating func received(_ bytes: [UInt8], call: UInt64, party: Digits, at time: Instant) {
    self.add(Entry(time: time, call: call, party: party, content: .received(bytes)))
  }

  mutating func sent(_ bytes: [UInt8], call: UInt64, party: Digits, at time: Instant) {
    self.add(Entry(time: time, call: call, party: party, content: .sent(bytes)))
  }

  mutating func note(_ module: String, _ note: Note, call: UInt64, at time: Instant) {
    self.add(Entry(time: time, call: call, party: Digits(), content: .note(module, note)))
  }

  private mutating func add(_ entry: Entry) {
    if self.entries.count < Self.capacity {
      self.entries.append(entry)
    } else {
      self.entries[self.oldest] = entry
      self.oldest = self.oldest &+ 1 == Self.capacity ? 0 : self.oldest &+ 1
    }
  }

  /// The entries of a call, oldest first; of the last call when none is named.
  func entries(of call: UInt64?) -> [Entry] {
    let inOrder = self.entries[self.oldest...] + self.entries[..<self.oldest]
    guard let wanted = call ?? inOrder.map(\.call).max() else { return [] }
    return inOrder.filter { $0.call == wanted }
  }
}

/// One line of a ladder: who sent what to whom, or what a feature did.
public struct LadderStep: Sendable, Equatable {
  public var time: Instant
  public var call: UInt64
  /// The party's number; empty for a note.
  public var party: String
  /// The exchange sent it.
  public var isSent: Bool
  /// `INVITE 2002`, `180`, or the note's text.
  public var text: String
  public var isNote: Bool
  /// The message with secrets masked; empty for a note.
  public var message: String
}

extension Exchange {
  /// The remembered steps of a call (its number in this process), or of the last one.
  public func ladder(of call: UInt64?) -> [LadderStep] {
    self.ladder.entries(of: call).map { entry in
      switch entry.content {
      case .received(let bytes): self.step(entry, bytes, isSent: false)
      case .sent(let bytes): self.step(entry, bytes, isSent: true)
      case .note(let module, let note):
        LadderStep(
          time: entry.time, call: entry.call, party: "", isSent: true, text: module.isEmpty ? "\(note)" : "\(module): \(note)",
          isNote: true, message: "")
      }
    }
  }

  private func step(_ entry: LadderRing.Entry, _ bytes: [UInt8], isSent: Bool) -> LadderStep {
    LadderStep(
      time: entry.time, call: entry.call, party: entry.party.description, isSent: isSent, text: self.summary(of: bytes),
      isNote: false, message: self.masked(bytes))
  }

  private func summary(of bytes: [UInt8]) -> String {
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else { return "?" }
    let sdp = message.hasSDP ? " SDP" : ""
    if let status = message.statusCode { return "\(status)\(sdp)" }
    let method = message.string(message.methodBytes)
    let user = self.withoutSecrets(String(decoding: message.user(of: message.requestURI), as: UTF8.self))
    return message.method == .invite && message.to.tag == nil ? "\(method) \(user)\(sdp)" : "\(method)\(sdp)"
  }

  /// The text without credentials, media keys and authorisation codes, control octets made visible.
  private func masked(_ bytes: [UInt8]) -> String {
    let secret = self.secret(in: bytes)
    var text = ""
    for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
      var shown = String(decoding: line, as: UTF8.self).filter { $0 != "\r" }
      if let secret {
        shown = shown.split(separator: secret.digits, omittingEmptySubsequences: false).joined(separator: secret.stars)
      }
      let lower = shown.lowercased()
      if lower.hasPrefix("authorization:") || lower.hasPrefix("proxy-authorization:") {
        text += "\(shown.prefix { $0 != ":" }): (left out)\n"
      } else if lower.hasPrefix("a=crypto:") {
        text += "a=crypto: (left out)\n"
      } else {
        for scalar in shown.unicodeScalars {
          text.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? "\u{fffd}" : scalar)
        }
        text += "\n"
      }
    }
    return text
  }

  /// What was dialled from the first secret digit on, and how that is shown instead (TRK-4).
  private func secret(in bytes: [UInt8]) -> (digits: String, stars: String)? {
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else { return nil }
    let uri = message.statusCode == nil ? message.requestURI : message.to.uri
    guard let dialled = Digits(String(decoding: message.user(of: uri), as: UTF8.self)) else { return nil }
    let (plain, shown) = (dialled.description, self.kernel.world.withoutSecrets(dialled).description)
    let same = zip(plain, shown).prefix { $0 == $1 }.count
    return plain == shown ? nil : (String(plain.dropFirst(same)), String(shown.dropFirst(same)))
  }
}
