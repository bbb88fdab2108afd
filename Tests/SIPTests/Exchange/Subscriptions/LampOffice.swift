import Kernel
import LoopbackSIP
import SIP
import Sessions

/// What tests of lamps read.
extension Office {
  /// Subscribes and lets the answers come; the subscription's number.
  @discardableResult
  mutating func watch(
    _ resource: String, from number: String, _ event: String = "dialog", expires: String? = "600", headers: String = ""
  ) -> Int {
    var id = -1
    self.network.with(number) { id = $0.subscribe(event, to: resource, expires: expires, headers: headers, at: $1) }
    self.advance()
    return id
  }

  func lamp(_ number: String, _ id: Int = 0) -> PhoneSubscription { self.phone(number).subscriptions[id] }

  /// The states of each document that came, joined where there are several dialogs.
  func states(_ number: String, _ id: Int = 0) -> [String] {
    self.lamp(number, id).bodies.map { Self.values("<state>", "</state>", in: $0).joined(separator: "+") }
  }

  func versions(_ number: String, _ id: Int = 0) -> [UInt64] {
    self.heard(number, id).compactMap { message in
      Self.values("dialog-info\" version=\"", "\"", in: message.string(message.body)).first.flatMap { UInt64($0) }
    }
  }

  func sequence(_ number: String, _ id: Int = 0) -> [UInt32] { self.heard(number, id).map(\.cseq.number) }

  /// What came of the newest subscription: a SUBSCRIBE that is repeated after a crash makes another one.
  private func heard(_ number: String, _ id: Int) -> [SIPMessage] {
    let all = self.lamp(number, id).notifications
    func tag(_ message: SIPMessage) -> String { message.from.tag.map { message.string($0) } ?? "" }
    return all.filter { message in all.last.map { tag($0) == tag(message) } ?? false }
  }

  /// 200 to a request, as a telephone would write it.
  static func ok(to request: SIPMessage) -> [UInt8] {
    let echoed = String(decoding: request.bytes, as: UTF8.self).split(separator: "\r\n").filter { line in
      ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
    }
    return Array((["SIP/2.0 200 OK"] + echoed.map(String.init) + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8)
  }

  static func values(_ start: String, _ end: String, in text: String) -> [String] {
    var values: [String] = []
    var rest = text[...]
    while let range = rest.firstRange(of: start) {
      rest = rest[range.upperBound...]
      guard let stop = rest.firstRange(of: end) else { break }
      values.append(String(rest[..<stop.lowerBound]))
      rest = rest[stop.upperBound...]
    }
    return values
  }
}

extension [UInt64] {
  var isRising: Bool { zip(self, self.dropFirst()).allSatisfy { $0 < $1 } }
}

extension [UInt32] {
  var isRising: Bool { zip(self, self.dropFirst()).allSatisfy { $0 < $1 } }
}
