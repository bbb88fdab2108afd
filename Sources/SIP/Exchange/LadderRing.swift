public import Kernel
import Sessions

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

  /// The entries of these calls, oldest first; of the last call when none is named.
  func entries(of calls: [UInt64]) -> [Entry] {
    let inOrder = self.entries[self.oldest...] + self.entries[..<self.oldest]
    guard let last = inOrder.map(\.call).max() else { return [] }
    let wanted = calls.isEmpty ? [last] : calls
    return inOrder.filter { wanted.contains($0.call) }
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
  /// `INVITE 2002 SDP`, `INVITE SDP sendonly`, `REFER 2003`, `NOTIFY 180`, `180`, or the note's text.
  public var text: String
  public var isNote: Bool
  /// The message with secrets masked; empty for a note.
  public var message: String
}

extension Exchange {
  /// The remembered steps of calls (their numbers in this process) in one order of time; of the last call where none is named.
  public func ladder(of calls: [UInt64]) -> [LadderStep] {
    self.ladder.entries(of: calls).map { entry in
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
    let sdp = self.description(in: message)
    if let status = message.statusCode { return "\(status)\(sdp)" }
    let method = message.string(message.methodBytes)
    switch message.method {
    case .refer: return "\(method)\(self.target(of: message))"
    case .notify: return "\(method)\(self.progress(in: message))"
    case .invite where message.to.tag == nil:
      let user = self.withoutSecrets(String(decoding: message.user(of: message.requestURI), as: UTF8.self))
      return "\(method) \(user)\(sdp)"
    default: return "\(method)\(sdp)"
    }
  }

  /// ` SDP`, with the direction unless it is both: what makes a re-INVITE a hold or its end.
  private func description(in message: SIPMessage) -> String {
    guard message.hasSDP else { return "" }
    guard let sdp = try? SDP(parsing: message.array(message.body)) else { return " SDP" }
    if sdp.isHold, let line = sdp.media.first, line.direction == .sendrecv { return " SDP 0.0.0.0" }
    guard let line = sdp.media.first(where: { !$0.isRefused }), line.direction != .sendrecv else { return " SDP" }
    return " SDP \(line.direction)"
  }

  /// Where a REFER leads.
  private func target(of message: SIPMessage) -> String {
    guard let target = try? ReferTarget(message) else { return "" }
    return " \(self.kernel.world.withoutSecrets(target.number))" + (target.replaces == nil ? "" : " Replaces")
  }

  /// The status in a NOTIFY's `message/sipfrag` (RFC 3515 §2.4.5).
  private func progress(in message: SIPMessage) -> String {
    let line = message.string(message.body).prefix(12)
    return line.hasPrefix("SIP/2.0 ") ? " \(line.dropFirst(8).prefix(3))" : ""
  }

  /// The text without credentials, media keys and authorisation codes, control octets made visible.
  private func masked(_ bytes: [UInt8]) -> String {
    var text = ""
    for line in self.withoutSecrets(in: bytes).split(separator: 0x0a, omittingEmptySubsequences: false) {
      let shown = String(decoding: line, as: UTF8.self).filter { $0 != "\r" }
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
}
