import Foundation

/// What the phone asks the exchange.
extension TestPhone {
  /// One request as it goes out.
  func text(
    _ method: String, uri: String, from: String, to: String, callID: String, cseq: Int, branch: String, extra: [String] = [],
    body: String = "", type: String = "application/sdp"
  ) -> String {
    var lines = [
      "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP \(claimed):\(socket.local.port);branch=\(branch);rport", "Max-Forwards: 70",
      "From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
    ]
    if method != "ACK" {
      lines += [
        "Contact: \(contact)", "User-Agent: TestPhone/1", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY, UPDATE",
      ]
    }
    lines += extra
    if !body.isEmpty { lines.append("Content-Type: \(type)") }
    lines.append("Content-Length: \(body.utf8.count)")
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  func send(_ text: String) { socket.send(Array(text.utf8), to: exchange) }

  /// Sends, repeats, answers a challenge once and returns the final response. `cseq` is asked before each attempt.
  func request(
    _ method: String, uri: String, from: String, to: String, callID: String, extra: [String] = [], body: String = "",
    type: String = "application/sdp", within seconds: Double = 5, cseq: () -> Int
  ) throws -> SIPText {
    var proof: [String] = []
    for attempt in 1...2 {
      let branch = TestPhone.branch()
      let text = text(
        method, uri: uri, from: from, to: to, callID: callID, cseq: cseq(), branch: branch, extra: extra + proof, body: body,
        type: type)
      let answer = try final(branch, method, repeating: text, within: seconds)
      guard attempt == 1, let more = self.proof(for: answer, method: method, uri: uri) else { return answer }
      proof = [more]
    }
    throw WireFailure("unreachable: the second answer is returned")
  }

  /// Waits for the final response of that branch and repeats the request as long as there is none.
  func final(_ branch: String, _ method: String, repeating text: String?, within seconds: Double) throws -> SIPText {
    let end = monotonicTime() + seconds
    var (next, pause) = (0.0, 0.5)
    while monotonicTime() < end {
      if let text, monotonicTime() >= next {
        send(text)
        (next, pause) = (monotonicTime() + pause, pause * 2)
      }
      let answer = with { $0.responses.last { $0.branch == branch && $0.method == method && ($0.status ?? 0) >= 200 } }
      if let answer { return answer }
      usleep(3000)
    }
    throw WireFailure("\(number): no answer to \(method) within \(seconds) s")
  }

  /// The header that answers a 401 or 407.
  func proof(for answer: SIPText, method: String, uri: String) -> String? {
    let (asked, header) =
      answer.status == 401 ? ("WWW-Authenticate", "Authorization") : ("Proxy-Authenticate", "Proxy-Authorization")
    guard answer.status == 401 || answer.status == 407,
      let challenge = answer.all(asked).first(where: { $0.contains("MD5") || !$0.contains("algorithm") })
    else { return nil }
    return "\(header): "
      + Digest.answer(
        to: challenge, user: habits.user ?? "u\(number)", password: Exchange.password, method: method, uri: uri)
  }

  static func branch() -> String { "z9hG4bK\(UInt64.random(in: 0...UInt64.max))" }
}
