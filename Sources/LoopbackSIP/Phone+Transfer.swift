public import Kernel
import SIP
import Sessions

/// Transfers: what its owner asks for by REFER, and what it is told of them (RFC 3515).
extension Phone {
  /// What a NOTIFY about a transfer said.
  public struct Progress: Sendable, Equatable, CustomStringConvertible {
    /// The status line: `SIP/2.0 180 Ringing`.
    public let line: String
    /// `active`, `terminated`.
    public let state: String
    public let event: String

    public var description: String { "\(self.line) \(self.state)" }
  }

  /// Asks for the other party of a call to be connected to `digits`; `headers` are further lines, each with its end.
  public mutating func refer(_ id: Int, to digits: String, headers: String = "", at now: Instant) {
    self.refer(id, lines: "Refer-To: <sip:\(digits)@\(self.exchange.address)>\r\n\(headers)", at: now)
  }

  /// Asks for the other parties of two of its calls to be connected with each other.
  /// - `isSwapped`: it says its own tag where the other's belongs.
  public mutating func refer(
    _ id: Int, replacing other: Int, isSwapped: Bool = false, parameters: String = "", headers: String = "", at now: Instant
  ) {
    guard self.calls.indices.contains(other) else { return }
    let call = self.calls[other]
    let target = String(decoding: call.remote, as: UTF8.self).drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }
    let value = Self.escaped(call.replaces(isSwapped: isSwapped) + parameters)
    self.refer(id, lines: "Refer-To: <\(target)?Replaces=\(value)>\r\n\(headers)", at: now)
  }

  /// A REFER with header lines of the owner's making.
  public mutating func refer(_ id: Int, lines: String, at now: Instant) {
    self.now = now
    guard self.calls.indices.contains(id) else { return }
    self.calls[id].requestStatus = nil
    self.calls[id].requestWarning = ""
    let branch = self.beginRequest(.refer, id)
    self.writer.finish()
    var bytes = self.writer.bytes
    if let end = bytes.firstIndex(of: 0x0a) { bytes.insert(contentsOf: Array(lines.utf8), at: end + 1) }
    _ = self.transactions.send(
      bytes, method: .refer, branch: Key128(branch, seed: self.seed), to: self.flow, owner: UInt64(id), at: now)
  }

  /// Calls, to take the place of a party in a call that it knows of.
  @discardableResult
  public mutating func dial(_ digits: String, replacing value: String, at now: Instant) -> Int {
    let former = self.extraHeaders
    self.extraHeaders += "Replaces: \(value)\r\n"
    defer { self.extraHeaders = former }
    return self.dial(digits, at: now)
  }

  /// A NOTIFY within a call.
  mutating func notified(_ message: SIPMessage, _ transaction: ServerTransactionID, _ id: Int) {
    let state = message.header(.subscriptionState).map { message.string($0) } ?? ""
    let event = message.header(.event).map { message.string($0) } ?? ""
    if !event.hasPrefix("refer") { self.complaints.append("NOTIFY of \(event)") }
    if message.contentType.map({ message.string($0).lowercased() }) != "message/sipfrag" {
      self.complaints.append("NOTIFY without sipfrag")
    }
    let body = String(decoding: message.array(message.body), as: UTF8.self)
    if !body.hasSuffix("\r\n") { self.complaints.append("a sipfrag without line end") }
    self.calls[id].progress.append(
      Progress(
        line: String(body.prefix { $0 != "\r\n" && $0 != "\r" }), state: String(state.prefix { $0 != ";" }), event: event))
    guard self.progressStatus > 0 else { return }
    self.answer(message, transaction, self.progressStatus, self.calls[id])
  }

  /// All but letters, digits and a few marks.
  public static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.reduce(into: "") { result, octet in
      let isPlain = octet >= 0x61 && octet <= 0x7a || octet >= 0x41 && octet <= 0x5a || octet >= 0x30 && octet <= 0x39
      if isPlain || octet == 0x2d || octet == 0x2e || octet == 0x5f {
        result.unicodeScalars.append(Unicode.Scalar(octet))
      } else {
        result += "%\(digits[Int(octet >> 4)])\(digits[Int(octet & 15)])"
      }
    }
  }
}

extension Phone.Call {
  /// What Replaces says to name this call, as its own telephone sees it: the other side's tag is the To-tag.
  public func replaces(isSwapped: Bool = false) -> String {
    let theirs = String(decoding: self.remoteTag.isEmpty ? self.earlyTag : self.remoteTag, as: UTF8.self)
    let ours = String(decoding: self.localTag, as: UTF8.self)
    return
      "\(String(decoding: self.callID, as: UTF8.self));to-tag=\(isSwapped ? ours : theirs);from-tag=\(isSwapped ? theirs : ours)"
  }
}
