import Foundation

/// Somebody the exchange does not know. He says octets, and learns for certain what came back because of them: behind each he
/// sends a plain OPTIONS, whose answer shows that the exchange is done with them, so that nobody has to wait for silence.
final class Stranger {
  /// Of loopback, and no phone's.
  static let address = "127.0.0.66"

  /// What the exchange made of some octets.
  struct Outcome {
    /// SIP messages that came back, those of the marker left out.
    var answers: [SIPText] = []
    /// What else came back, such as a keep-alive.
    var other: [UInt8] = []
    /// On a stream: the exchange has closed it.
    var isClosed = false
    /// Octets sent and received, the marker left out.
    var sent = 0
    var received = 0

    /// The code of the only final answer; nil where there is none, or several.
    var status: Int? {
      let finals = answers.compactMap(\.status).filter { $0 >= 200 }
      return finals.count == 1 ? finals[0] : nil
    }
  }

  let kind: Socket.Kind
  let source: String
  /// Every message that came back so far.
  private(set) var heard: [SIPText] = []
  private(set) var socket: Socket
  private let exchange: Exchange
  private var port: UInt16 { kind == .udp ? exchange.udp : exchange.tcp }

  init(_ kind: Socket.Kind, at exchange: Exchange, from source: String = Stranger.address) throws {
    (self.kind, self.exchange, self.source) = (kind, exchange, source)
    socket = try Socket(kind, to: kind == .udp ? exchange.udp : exchange.tcp, from: source)
  }

  /// Lets go of the connection and comes again.
  func reconnect() throws { socket = try Socket(kind, to: port, from: source) }

  /// Says these octets and returns what they brought. Comes anew before that where he was cut off.
  /// - Parameter pause: how long to wait further for answers that come late, in seconds.
  func send(_ octets: some Sequence<UInt8>, pause: Double = 0) throws -> Outcome {
    if socket.isClosedByPeer { try reconnect() }
    var outcome = Outcome()
    let octets = Array(octets)
    outcome.sent = octets.count
    let marker = Draft("OPTIONS", by: self)
    let mark = "marker-" + marker.callID
    let last = marker.with("Call-ID", mark).octets
    // In one piece on a stream: a second small one would wait for the acknowledgement of the first.
    for part in kind == .udp ? [octets, last] : [octets + last] { socket.send(part) }
    var stream: [UInt8] = []
    var end = Date(timeIntervalSinceNow: 3)
    var isMarked = false
    while Date() < end, !socket.isClosedByPeer {
      guard let some = socket.receiveOctets(within: end.timeIntervalSinceNow) else { continue }
      for message in take(some, &stream, &outcome) {
        if message.callID == mark, !isMarked {
          isMarked = true
          end = Date(timeIntervalSinceNow: pause)
        } else {
          outcome.answers.append(message)
          outcome.received += message.description.utf8.count
        }
      }
    }
    outcome.isClosed = socket.isClosedByPeer
    guard isMarked || outcome.isClosed else { throw WireFailure("no answer to the OPTIONS behind \(octets.count) octets") }
    heard += outcome.answers
    return outcome
  }

  private func take(_ octets: [UInt8], _ stream: inout [UInt8], _ outcome: inout Outcome) -> [SIPText] {
    if kind == .udp {
      if let message = SIPText(octets) { return [message] }
      outcome.other += octets
      return []
    }
    stream += octets
    let blanks = stream.prefix { $0 == 13 || $0 == 10 }
    outcome.other += blanks
    stream.removeFirst(blanks.count)
    var messages: [SIPText] = []
    while let message = SIPText.cut(from: &stream) { messages.append(message) }
    return messages
  }

  /// The answer to an OPTIONS that only marks the end.
  static func isMarker(_ message: SIPText) -> Bool { message.callID.hasPrefix("marker-") }
}

/// A request that is right in everything, of which a test then spoils one thing.
struct Draft {
  var method: String
  var uri: String
  /// Whole header lines without their line ends, in order. A line may be anything.
  var lines: [String]
  var body: [UInt8] = []
  /// Nil: as many as the body has.
  var contentLength: String?
  let callID: String

  /// From 2001 at the exchange to 2002 there, with a new Call-ID, tag and branch, by somebody on that socket.
  init(_ method: String, by stranger: Stranger, from: String = "2001", to: String = "2002", body: String = "") {
    self.init(method, over: stranger.kind, host: stranger.source, port: stranger.socket.port, from: from, to: to, body: body)
  }

  /// The same by a registered phone.
  init(_ method: String, by phone: Handset, host: String = "127.0.0.1", to: String = "2002", body: String = "") {
    self.init(method, over: phone.socket.kind, host: host, port: phone.socket.port, from: phone.number, to: to, body: body)
  }

  init(_ method: String, over kind: Socket.Kind, host: String, port: UInt16, from: String, to: String, body: String = "") {
    let random = UInt64.random(in: 0...UInt64.max)
    self.method = method
    uri = method == "REGISTER" ? "sip:127.0.0.1" : "sip:\(to)@127.0.0.1"
    callID = "abuse-\(random)"
    lines = [
      "Via: SIP/2.0/\(kind == .udp ? "UDP" : "TCP") \(host):\(port);branch=z9hG4bK\(random);rport", "Max-Forwards: 70",
      "From: <sip:\(from)@127.0.0.1>;tag=f\(random)", "To: <sip:\(method == "REGISTER" ? from : to)@127.0.0.1>",
      "Call-ID: \(callID)", "CSeq: 1 \(method)", "Contact: <sip:\(from)@\(host):\(port)>",
    ]
    self.body = Array(body.utf8)
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
  }

  /// With another value in that header, or the header at the end where there was none.
  func with(_ name: String, _ value: String) -> Draft {
    var copy = self
    let line = "\(name): \(value)"
    if let index = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) {
      copy.lines[index] = line
    } else {
      copy.lines.append(line)
    }
    return copy
  }

  /// With further lines, as they are.
  func adding(_ more: String...) -> Draft {
    var copy = self
    copy.lines += more
    return copy
  }

  func without(_ name: String) -> Draft {
    var copy = self
    copy.lines.removeAll { $0.hasPrefix("\(name):") }
    return copy
  }

  func to(_ uri: String) -> Draft {
    var copy = self
    copy.uri = uri
    return copy
  }

  func length(_ text: String?) -> Draft {
    var copy = self
    copy.contentLength = text
    return copy
  }

  func carrying(_ body: [UInt8], type: String = "application/sdp") -> Draft {
    var copy = with("Content-Type", type)
    copy.body = body
    return copy
  }

  var octets: [UInt8] {
    let length = lines.contains { $0.hasPrefix("Content-Length") || $0.hasPrefix("l:") } && contentLength == nil
    let head = ["\(method) \(uri) SIP/2.0"] + lines + (length ? [] : ["Content-Length: \(contentLength ?? "\(body.count)")"])
    return Array(head.joined(separator: "\r\n").utf8) + [13, 10, 13, 10] + body
  }
}
