public import Kernel
import SIP
public import Sessions

/// What happened, line by line: seconds, who, `>` to the exchange or `<` from it.
public struct Ladder: Sendable {
  public var start = Instant.zero
  /// Numbers of SIP telephones by their address; others are shown by that.
  public var names: [SocketAddress: String] = [:]
  private var lines: [String] = []

  mutating func take() -> [String] {
    defer { self.lines.removeAll() }
    return self.lines
  }

  mutating func user(_ number: String, _ what: String, at now: Instant) { self.add(number, ">", what, now) }

  mutating func note(_ number: String, _ what: String, at now: Instant) { self.add(number, " ", what, now) }

  mutating func notice(_ what: String, at now: Instant) { self.add("", "-", what, now) }

  mutating func display(_ number: String, _ lines: [String], _ lamp: DigitalPhone.Lamp, at now: Instant) {
    self.add(number, " ", lines.map { "[\($0)]" }.joined() + " lamp \(lamp.rawValue)", now)
  }

  mutating func order(_ number: String, _ order: HostedOrder, at now: Instant) {
    if let words = order.words { self.add(number, "<", words, now) }
  }

  mutating func sip(_ bytes: [UInt8], isToExchange: Bool, _ address: SocketAddress, at now: Instant) {
    guard case .message(let message) = SIPMessage.parse(bytes, stream: false) else { return }
    // Registering is not what a ladder is read for.
    guard message.cseq.method != .register else { return }
    let name = message.statusCode.map { "\($0)" } ?? message.string(message.methodBytes)
    self.add(self.names[address] ?? "\(address)", isToExchange ? ">" : "<", name + Self.details(of: message), now)
  }

  private static func details(of message: SIPMessage) -> String {
    var text = ""
    if message.statusCode == nil, message.method == .invite {
      text += " " + String(decoding: message.user(of: message.requestURI), as: UTF8.self)
    }
    let body = String(decoding: message.array(message.body), as: UTF8.self)
    guard message.hasSDP else { return text }
    var (host, port, direction) = ("", "", "sendrecv")
    for line in body.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("c="), let word = line.split(separator: " ").last { host = String(word) }
      if line.hasPrefix("m=audio ") { port = String(line.split(separator: " ")[1]) }
      if ["a=sendonly", "a=recvonly", "a=inactive"].contains(line) { direction = String(line.dropFirst(2)) }
    }
    return text + " (RTP \(host):\(port) \(direction))"
  }

  private mutating func add(_ who: String, _ arrow: String, _ what: String, _ now: Instant) {
    let time = max(0, (now - self.start).milliseconds)
    let seconds = "\(time / 1000).\(String(time % 1000 + 1000).dropFirst())"
    let name = who + String(repeating: " ", count: max(0, 5 - who.count))
    self.lines.append(String(repeating: " ", count: max(0, 8 - seconds.count)) + seconds + "  \(name)\(arrow) \(what)")
  }
}

extension DigitalPhone.Event {
  /// What a user does.
  var words: String {
    switch self {
    case .offHook: "off hook"
    case .onHook: "on hook"
    case .hold: "HOLD"
    case .transfer: "TRSF"
    case .reject: "reject"
    case .key(let key): "key \(key)"
    case .number(let number): "dials \(number)"
    case .pause: "waits"
    case .rings, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears, .unchanged: "\(self)"
    }
  }
}

extension HostedOrder {
  /// Nil for what the display or the other side's line says as well.
  var words: String? {
    switch self {
    case .ring(_, let call): "ring, \(call.calling) calls" + (call.purpose == .recall ? " (recall)" : "")
    case .progress(_, let progress): progress == .ringing ? "it rings" : "forwarded"
    case .answered: "answered"
    case .finished(_, let outcome): "\(outcome.status) \(outcome.text)"
    case .released(_, let cause): "released: \(cause.text)"
    case .voice(_, let target):
      "voice " + (target.address.map { "\($0)" } ?? "nowhere")
        + (target.sends ? target.receives ? "" : " sendonly" : target.receives ? " recvonly" : " inactive")
    case .hears(_, let goal): Self.words(for: goal).map { "hears \($0)" }
    case .present(_, let number): "shows \(number)"
    case .transfer(_, let report): "transfer \(report)"
    case .key(_, let key, _): "key \(key)"
    case .unchanged(_, let isHolding, let status): "\(isHolding ? "resume" : "hold") refused: \(status)"
    }
  }

  private static func words(for goal: Goal) -> String? {
    switch goal {
    case .with: nil
    case .nothing: "nothing"
    case .music: "music"
    case .tone(let tone): "\(tone) tone"
    case .room(let number): "room \(number)"
    case .announcement: "an announcement"
    case .playback, .recording: "a recording"
    }
  }
}
