import Foundation

/// What a phone does with one of its calls.
extension Line {
  // MARK: Setting up

  /// An INVITE or re-INVITE goes out with that description (nil for none). Returns its branch.
  @discardableResult
  func invite(_ description: Description?, proof: [String] = []) -> String {
    let branch = TestPhone.branch()
    let text = with { state in
      state.cseq += 1
      state.isInviting = true
      if let description { state.local = description }
      return phone.text(
        "INVITE", uri: state.target, from: state.own, to: state.peer, callID: callID, cseq: state.cseq, branch: branch,
        extra: proof, body: description?.text ?? "")
    }
    phone.with { $0.responses.removeAll { $0.callID == callID && $0.method == "INVITE" } }
    with { $0.current = branch }
    phone.send(text)
    return branch
  }

  /// Waits for the final response to the last INVITE; the phone answers a challenge by itself.
  @discardableResult
  func final(within seconds: Double = 10) throws -> SIPText {
    var answer: SIPText?
    let came = wait(seconds) {
      let (branch, isInviting) = with { ($0.current, $0.isInviting) }
      answer = phone.with { $0.responses.last { $0.branch == branch && $0.method == "INVITE" && ($0.status ?? 0) >= 200 } }
      return answer != nil && !isInviting
    }
    guard came, let answer else { throw WireFailure("\(phone.number): no final response within \(seconds) s") }
    return answer
  }

  /// Answers the call that came.
  func answer() {
    guard let invite = with({ $0.pending }) else { return }
    phone.accept(invite, on: self)
  }

  func reject(_ status: Int = 486, _ reason: String = "Busy Here") {
    guard let invite = with({ $0.pending }) else { return }
    phone.answer(invite, status, reason, on: self)
    phone.end(self, "rejected")
  }

  func cancel() {
    let text = with { state in
      phone.text(
        "CANCEL", uri: state.target, from: state.own, to: state.peer, callID: callID, cseq: state.cseq, branch: state.current)
    }
    phone.send(text)
  }

  @discardableResult
  func hangUp() throws -> SIPText {
    defer { phone.end(self, "hung up") }
    return try request("BYE")
  }

  /// Any request within the call; returns the final response.
  @discardableResult
  func request(_ method: String, extra: [String] = [], body: String = "", type: String = "application/sdp") throws -> SIPText {
    let (uri, own, peer) = with { ($0.target, $0.own, $0.peer) }
    return try phone.request(method, uri: uri, from: own, to: peer, callID: callID, extra: extra, body: body, type: type) {
      self.with { state in
        state.cseq += 1
        return state.cseq
      }
    }
  }

  // MARK: In the call

  /// How a phone says that the other side is on hold.
  enum Hold: Sendable, CaseIterable { case sendonly, inactive, zeroAddress }

  /// Holds the other side. `sendonly` goes on sending its own voice, as phones do that play music themselves.
  func hold(_ way: Hold = .sendonly) throws {
    with { $0.direction = way == .inactive ? .neither : .sends }
    try renegotiate(connection: way == .zeroAddress ? "0.0.0.0" : nil, hidden: way == .zeroAddress)
  }

  func resume() throws {
    with { $0.direction = .both }
    try renegotiate()
  }

  /// A re-INVITE that repeats what was said last (a refresh), or offers other formats.
  func refresh(formats: [UInt8]? = nil) throws { try renegotiate(formats: formats) }

  private func renegotiate(connection: String? = nil, hidden: Bool = false, formats: [UInt8]? = nil) throws {
    for _ in 1...5 {
      with { $0.version += 1 }
      let offer = describe(connection: connection, direction: hidden ? .both : nil, formats: formats)
      invite(offer)
      let answer = try final()
      if answer.status == 200 { return }
      guard answer.status == 491 else { throw WireFailure("\(phone.number): re-INVITE gets \(answer.startLine)") }
      // RFC 3261 §14.1: both asked at once, and try again after times of their own.
      usleep(UInt32.random(in: 100...1500) * 1000)
    }
    throw WireFailure("\(phone.number): 491 five times")
  }

  /// Presses a key as SIP INFO (`application/dtmf-relay`).
  func pressByInfo(_ key: Character, milliseconds: Int = 160) throws {
    let answer = try request("INFO", body: "Signal=\(key)\r\nDuration=\(milliseconds)\r\n", type: "application/dtmf-relay")
    guard answer.status == 200 else { throw WireFailure("\(phone.number): INFO gets \(answer.startLine)") }
  }

  /// Presses a key as RFC 4733 events.
  func press(_ key: Character, milliseconds: Int = 160) { endpoint.press(key, milliseconds: milliseconds) }

  // MARK: Descriptions

  /// What the phone says of itself now.
  func describe(connection: String? = nil, direction: Description.Direction? = nil, formats: [UInt8]? = nil) -> Description {
    let (version, own) = with { ($0.version, $0.direction) }
    return Description(
      HostPort(phone.claimed, endpoint.rtp.local.port), formats: formats ?? phone.habits.formats, events: phone.habits.events,
      direction: direction ?? own, version: version, profile: phone.habits.profile, connection: connection,
      extra: phone.habits.lines)
  }

  /// What the phone answers to an offer: the first of its formats that it has too, the events as they were offered.
  func describe(answering offer: Description) -> Description {
    let common = offer.formats.first { phone.habits.formats.contains($0) }
    var answer = describe(direction: answered(offer))
    answer = Description(
      answer.place, formats: common.map { [$0] } ?? phone.habits.formats, events: phone.habits.events == nil ? nil : offer.events,
      direction: answer.direction, version: with { $0.version }, profile: offer.profile,
      extra: offer.crypto.isEmpty ? [] : phone.habits.lines)
    return answer
  }

  /// The direction that fits both the offer and whether this phone holds.
  private func answered(_ offer: Description) -> Description.Direction {
    let own = with { $0.direction }
    let offered = offer.place.host == "0.0.0.0" ? .receives : offer.direction.answered
    switch (own.isSending && offered.isSending, own.isReceiving && offered.isReceiving) {
    case (true, true): return .both
    case (true, false): return .sends
    case (false, true): return .receives
    case (false, false): return .neither
    }
  }

  /// Voice goes where the two descriptions say.
  func apply() {
    let (local, remote) = with { ($0.local, $0.remote) }
    guard let local, let remote else { return }
    let law = remote.formats.compactMap(G711.init).first { local.formats.contains($0.rawValue) }
    let speaks = local.direction.isSending && remote.direction.isReceiving && remote.isOpen
    endpoint.aim(at: speaks && law != nil ? remote.place : nil, law: law ?? .aLaw, events: remote.events)
  }
}
