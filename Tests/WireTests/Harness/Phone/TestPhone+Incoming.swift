import Foundation

/// What the phone does by itself, on its own thread.
extension TestPhone {
  func take(_ message: SIPText) {
    if message.status != nil { return takeResponse(message) }
    let key = message.branch + message.method
    if let old = with({ $0.answered[key] }) { return send(old) }
    let line = with { $0.lines[message.callID] }
    line?.with { $0.requests.append(message) }
    switch message.method {
    case "INVITE": invited(message, line)
    case "ACK": line.map { acknowledged(message, $0) }
    case "CANCEL":
      answer(message, 200, "OK", on: line)
      // Either this or the answer comes first, never both.
      let cancelled = line?.with { state -> SIPText? in
        guard state.phase == .early, let invite = state.pending else { return nil }
        (state.pending, state.phase) = (nil, .ended("cancelled"))
        return invite
      }
      guard let line, let invite = cancelled ?? nil else { return }
      answer(invite, 487, "Request Terminated", on: line)
      end(line, "cancelled")
    case "BYE":
      answer(message, line == nil ? 481 : 200, line == nil ? "Call/Transaction Does Not Exist" : "OK", on: line)
      if let line { end(line, message["Reason"] ?? "BYE") }
    case "NOTIFY":
      with { $0.notifications.append(message) }
      answer(message, 200, "OK", on: line)
    case "UPDATE" where !message.body.isEmpty && line != nil: invited(message, line)
    default: answer(message, 200, "OK", on: line)
    }
  }

  private func invited(_ message: SIPText, _ known: Line?) {
    if let known {
      if known.with({ $0.isInviting }) { return answer(message, 491, "Request Pending", on: known) }
      known.with { ($0.pending, $0.target) = (message, message.contactURI ?? $0.target) }
      return accept(message, on: known)
    }
    guard SIPText.parameter("tag", of: message["To"] ?? "") == nil else {
      return answer(message, 481, "Call/Transaction Does Not Exist", on: nil)
    }
    guard habits.answer != .busy, let endpoint = try? ToneEndpoint(voice, at: habits.address) else {
      return answer(message, 486, "Busy Here", on: nil)
    }
    let tag = "t\(UInt32.random(in: 1...UInt32.max))"
    let line = Line(
      self, callID: message.callID, endpoint: endpoint, invite: message,
      state: Line.State(
        localTag: tag, peer: message["From"] ?? "", own: (message["To"] ?? "") + ";tag=\(tag)",
        target: message.contactURI ?? "sip:\(exchange)", pending: message))
    with { $0.lines[message.callID] = line }
    answer(message, 180, "Ringing", on: line)
    if habits.answer == .byItself { accept(message, on: line) }
    with { $0.incoming.append(line) }
  }

  /// 200 with what fits the offer, or with an offer where there was none.
  func accept(_ message: SIPText, on line: Line) {
    let offer = Description(message.body)
    let isStrange = offer.map { !$0.formats.contains { habits.formats.contains($0) } } ?? false
    // A phone that has no keys cannot take encrypted voice.
    let isEncrypted = offer.map { !$0.crypto.isEmpty && habits.lines.isEmpty } ?? false
    if isEncrypted || habits.refusesStrangeCodecs && isStrange {
      line.with { $0.pending = nil }
      answer(message, 488, "Not Acceptable Here", on: line)
      if line.phase == .early { end(line, "no common codec") }
      return
    }
    line.with { state in
      if state.local != nil { state.version += 1 }
      if let offer { state.remote = offer }
    }
    let local = offer.map { line.describe(answering: $0) } ?? line.describe()
    let isOver = line.with { state in
      if case .ended = state.phase { return true }
      (state.local, state.phase) = (local, .talking)
      return false
    }
    guard !isOver else { return }
    answer(message, 200, "OK", on: line, body: local.text)
    if offer != nil { line.apply() }
  }

  private func acknowledged(_ message: SIPText, _ line: Line) {
    line.with { $0.pending = nil }
    guard let answer = Description(message.body) else { return }
    line.with { $0.remote = answer }
    line.apply()
  }

  private func takeResponse(_ message: SIPText) {
    defer { with { $0.remember(message) } }
    // A challenge is answered by itself, once for each INVITE.
    guard message.method == "INVITE", let status = message.status, let line = with({ $0.lines[message.callID] }) else { return }
    guard status >= 200 else {
      return line.with {
        $0.provisional.append(status)
        if status > 100 { $0.earlyTag = SIPText.parameter("tag", of: message["To"] ?? "") }
      }
    }
    let old = line.with { $0.acknowledgement }
    if let old, old.cseq == message.sequence { return send(old.text) }
    guard line.with({ $0.current == message.branch }) else { return }
    let branch = status < 300 ? TestPhone.branch() : message.branch
    let acknowledgement = line.with { state in
      let uri = status < 300 ? message.contactURI ?? state.target : state.target
      let to = message["To"] ?? state.peer
      state.isInviting = false
      if status < 300 { (state.peer, state.target, state.phase) = (to, uri, .talking) }
      if status < 300, let description = Description(message.body) { state.remote = description }
      let text = text("ACK", uri: uri, from: state.own, to: to, callID: line.callID, cseq: message.sequence, branch: branch)
      state.acknowledgement = (message.sequence, text)
      return text
    }
    send(acknowledgement)
    if let proof = proof(for: message, method: "INVITE", uri: line.with { $0.target }), line.with({ !$0.isProven }) {
      line.with { $0.isProven = true }
      line.invite(line.with { $0.local }, proof: [proof])
      return
    }
    line.with { $0.isProven = false }
    if status < 300 { line.apply() }
    if status >= 300, status != 401, status != 407, line.phase == .early { end(line, message.startLine) }
  }

  /// Answers a request, and remembers the answer for its repetitions.
  func answer(_ request: SIPText, _ status: Int, _ reason: String, on line: Line?, body: String = "") {
    var lines = ["SIP/2.0 \(status) \(reason)"] + request.all("Via").map { "Via: \($0)" }
    lines += request.all("Record-Route").map { "Record-Route: \($0)" }
    var to = request["To"] ?? ""
    if let line, SIPText.parameter("tag", of: to) == nil { to += ";tag=\(line.with { $0.localTag })" }
    lines += ["From: \(request["From"] ?? "")", "To: \(to)", "Call-ID: \(request.callID)", "CSeq: \(request["CSeq"] ?? "")"]
    lines += ["Contact: \(contact)", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, NOTIFY, UPDATE"]
    if !body.isEmpty { lines.append("Content-Type: application/sdp") }
    lines.append("Content-Length: \(body.utf8.count)")
    let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    with { $0.remember(text, to: request) }
    send(text)
  }

  /// The line is no longer this phone's; what it heard can still be asked.
  func end(_ line: Line, _ reason: String) {
    line.with { if case .ended = $0.phase {} else { $0.phase = .ended(reason) } }
    line.endpoint.aim(at: nil)
    line.endpoint.close()
    with { $0.lines[line.callID] = nil }
  }
}
