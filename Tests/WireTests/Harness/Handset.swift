import Foundation

/// A scripted SIP phone on a socket of its own: says exactly what a test wants said and shows every header that comes back.
final class Handset {
  let number: String
  let socket: Socket
  private let user: String
  private let password: String
  private let exchangePort: UInt16
  private let source: String
  private var sequence = 0
  private var backlog: [SIPText] = []
  /// Branches of requests already handed out: a retransmission is answered by what was said before, not seen twice.
  private var seen: Set<String> = []

  init(
    _ number: String, at exchange: Exchange, over kind: Socket.Kind = .udp, from source: String = "127.0.0.1",
    user: String? = nil,
    password: String = Exchange.password
  ) throws {
    self.number = number
    self.user = user ?? "u\(number)"
    self.password = password
    self.source = source
    exchangePort = kind == .udp ? exchange.udp : exchange.tcp
    socket = try Socket(kind, to: exchangePort, from: source)
  }

  private var transport: String { socket.kind == .udp ? "UDP" : "TCP" }
  private var contact: String { "<sip:\(number)@\(source):\(socket.port);transport=\(transport.lowercased())>" }
  private var domain: String { "127.0.0.1:\(exchangePort)" }

  // MARK: Requests

  /// Writes a request of this phone; `extra` are whole header lines.
  func request(
    _ method: String, to target: String, uri: String? = nil, callID: String, cseq: Int, fromTag: String, toTag: String? = nil,
    branch: String = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))", extra: [String] = [], body: String = ""
  ) -> String {
    var lines = [
      "\(method) \(uri ?? "sip:\(target)@\(domain)") SIP/2.0",
      "Via: SIP/2.0/\(transport) \(source):\(socket.port);branch=\(branch);rport",
      "Max-Forwards: 70", "From: <sip:\(number)@\(domain)>;tag=\(fromTag)",
      "To: <sip:\(target)@\(domain)>" + (toTag.map { ";tag=\($0)" } ?? ""),
      "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
    ]
    if method != "ACK" { lines += ["Contact: \(contact)", "User-Agent: Handset/1"] }
    lines += extra
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
    lines.append("Content-Length: \(body.utf8.count)")
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  /// REGISTER, answering the challenge once. Returns the final response.
  @discardableResult
  func register(expires: Int? = 600, contact: String? = nil, answering: Bool = true) throws -> SIPText {
    let callID = "reg-\(UUID().uuidString)"
    let tag = "r\(UInt32.random(in: 0...UInt32.max))"
    var authorization: [String] = []
    for attempt in 1...2 {
      let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
      var text = request(
        "REGISTER", to: number, uri: "sip:\(domain)", callID: callID, cseq: attempt, fromTag: tag, branch: branch,
        extra: (expires.map { ["Expires: \($0)"] } ?? []) + authorization)
      if let contact { text = text.replacingOccurrences(of: "Contact: \(self.contact)", with: "Contact: \(contact)") }
      let answer = try transact(text, branch: branch)
      guard answer.status == 401, attempt == 1, answering,
        let challenge = answer.all("WWW-Authenticate").first(where: { $0.contains("MD5") || !$0.contains("algorithm") })
      else { return answer }
      authorization = [
        "Authorization: "
          + Digest.answer(to: challenge, user: user, password: password, method: "REGISTER", uri: "sip:\(domain)")
      ]
    }
    throw WireFailure("unreachable: the loop returns on its second turn")
  }

  /// Sends and repeats over UDP until a final response of that branch comes.
  func transact(_ text: String, branch: String, within seconds: Double = 4) throws -> SIPText {
    let end = Date(timeIntervalSinceNow: seconds)
    var pause = 0.5
    while Date() < end {
      socket.send(text)
      if let answer = next(within: pause, where: { ($0.status ?? 0) >= 200 && $0.branch == branch }) { return answer }
      if socket.kind == .tcp { pause = seconds } else { pause *= 2 }
    }
    throw WireFailure("\(number): no answer within \(seconds) s to \(text.prefix { $0 != "\r\n" })")
  }

  /// The next message that fits; others are kept for later questions.
  func next(within seconds: Double, where fits: (SIPText) -> Bool) -> SIPText? {
    if let index = backlog.firstIndex(where: fits) { return backlog.remove(at: index) }
    let end = Date(timeIntervalSinceNow: seconds)
    repeat {
      guard let message = socket.receive(within: max(0, end.timeIntervalSinceNow)) else { continue }
      if message.status == nil, message.method != "ACK" {
        guard seen.insert(message.branch + message.method).inserted else { continue }
      }
      if fits(message) { return message }
      backlog.append(message)
    } while Date() < end && !socket.isClosedByPeer
    return nil
  }

  // MARK: Calls

  /// One call as this phone sees it.
  struct Call {
    var callID: String
    var localTag: String
    var remoteTag: String?
    /// Who is called, as the request names it; for an incoming call, who calls.
    var peer: String
    var target: String?
    var cseq: Int
    var branch = ""
    var invite: SIPText?
    /// The whole From or To value of the other side, for requests of the answering phone.
    var responses: [SIPText] = []

    var final: SIPText? { responses.last { ($0.status ?? 0) >= 200 } }
  }

  /// Sends an INVITE and returns at once.
  func call(_ target: String, extra: [String] = [], sdp: String? = nil) -> Call {
    var call = Call(
      callID: "call-\(UUID().uuidString)", localTag: "c\(UInt32.random(in: 0...UInt32.max))", peer: target, cseq: 1)
    call.branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
    socket.send(
      request(
        "INVITE", to: target, callID: call.callID, cseq: 1, fromTag: call.localTag, branch: call.branch, extra: extra,
        body: sdp ?? Handset.sdp(port: 30_000)))
    return call
  }

  /// Waits for the final response and sends its ACK. Every response is kept in the call.
  func finish(_ call: inout Call, within seconds: Double = 6) throws {
    let (branch, end) = (call.branch, Date(timeIntervalSinceNow: seconds))
    while let answer = next(within: end.timeIntervalSinceNow, where: { $0.status != nil && $0.branch == branch }) {
      call.responses.append(answer)
      guard let status = answer.status, status >= 200 else { continue }
      call.remoteTag = SIPText.parameter("tag", of: answer["To"] ?? "")
      call.target = answer.contactURI
      acknowledge(call, status: status)
      return
    }
    throw WireFailure(
      "\(number) calling \(call.peer): no final response within \(seconds) s, got \(call.responses.map(\.startLine))")
  }

  /// Dials and waits for the end of it.
  func dial(_ target: String, within seconds: Double = 6) throws -> Call {
    var call = call(target)
    try finish(&call, within: seconds)
    return call
  }

  private func acknowledge(_ call: Call, status: Int) {
    let success = status < 300
    socket.send(
      request(
        "ACK", to: call.peer, uri: success ? call.target : nil, callID: call.callID, cseq: call.cseq, fromTag: call.localTag,
        toTag: call.remoteTag, branch: success ? "z9hG4bK\(UInt64.random(in: 0...UInt64.max))" : call.branch))
  }

  func cancel(_ call: Call) throws -> SIPText {
    let text = request("CANCEL", to: call.peer, callID: call.callID, cseq: call.cseq, fromTag: call.localTag, branch: call.branch)
    socket.send(text)
    guard
      let answer = next(within: 2, where: { $0.status != nil && $0.method == "CANCEL" && $0.branch == call.branch })
    else { throw WireFailure("\(number): CANCEL is not answered") }
    return answer
  }

  /// Waits for a new call to this phone.
  func incoming(within seconds: Double = 4) throws -> Call {
    guard let invite = next(within: seconds, where: { $0.status == nil && $0.method == "INVITE" }) else {
      throw WireFailure("\(number): no call within \(seconds) s")
    }
    return Call(
      callID: invite.callID, localTag: "e\(UInt32.random(in: 0...UInt32.max))",
      remoteTag: SIPText.parameter("tag", of: invite["From"] ?? ""), peer: "", target: invite.contactURI, cseq: 1,
      branch: invite.branch, invite: invite)
  }

  /// True when no call comes in that time.
  func staysQuiet(for seconds: Double) -> Bool {
    next(within: seconds, where: { $0.status == nil && $0.method == "INVITE" }) == nil
  }

  /// Answers any request. A body makes it an answer with SDP.
  func respond(_ status: Int, _ reason: String, to request: SIPText, tag: String? = nil, extra: [String] = [], body: String = "")
  {
    var lines = ["SIP/2.0 \(status) \(reason)"]
    lines += request.all("Via").map { "Via: \($0)" } + request.all("Record-Route").map { "Record-Route: \($0)" }
    lines += ["From: \(request["From"] ?? "")", "To: \(request["To"] ?? "")" + (tag.map { ";tag=\($0)" } ?? "")]
    lines += ["Call-ID: \(request.callID)", "CSeq: \(request["CSeq"] ?? "")", "Contact: \(contact)"] + extra
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
    lines.append("Content-Length: \(body.utf8.count)")
    socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  func ring(_ call: Call) {
    if let invite = call.invite { respond(180, "Ringing", to: invite, tag: call.localTag) }
  }

  func answer(_ call: Call) {
    if let invite = call.invite { respond(200, "OK", to: invite, tag: call.localTag, body: Handset.sdp(port: 30_002)) }
  }

  func reject(_ call: Call, _ status: Int, _ reason: String) {
    if let invite = call.invite { respond(status, reason, to: invite, tag: call.localTag) }
  }

  /// BYE for a call that this phone made or got; returns the answer.
  @discardableResult
  func hangUp(_ call: Call) throws -> SIPText {
    let branch = "z9hG4bK\(UInt64.random(in: 0...UInt64.max))"
    var text = request(
      "BYE", to: call.peer, uri: call.target, callID: call.callID, cseq: call.cseq + 1, fromTag: call.localTag,
      toTag: call.remoteTag,
      branch: branch)
    if let invite = call.invite {
      // The answering side swaps From and To and adds its own tag.
      text = text.components(separatedBy: "\r\n").map { line in
        if line.hasPrefix("From:") { return "From: \(invite["To"] ?? "");tag=\(call.localTag)" }
        if line.hasPrefix("To:") { return "To: \(invite["From"] ?? "")" }
        return line
      }.joined(separator: "\r\n")
    }
    return try transact(text, branch: branch)
  }

  /// Waits for a request inside a call and answers it with 200.
  @discardableResult
  func expect(_ method: String, within seconds: Double = 4) throws -> SIPText {
    guard let request = next(within: seconds, where: { $0.status == nil && $0.method == method }) else {
      throw WireFailure("\(number): no \(method) within \(seconds) s")
    }
    if method != "ACK" { respond(200, "OK", to: request) }
    return request
  }

  static func sdp(port: Int) -> String {
    [
      "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio \(port) RTP/AVP 8 0 101",
      "a=rtpmap:8 PCMA/8000", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=sendrecv",
    ].joined(separator: "\r\n") + "\r\n"
  }
}
