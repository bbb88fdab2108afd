import Testing

@testable import SIP

extension TransactionStep {
  /// `go accepted [report release]`, `ignore`, `unreachable`.
  var row: String {
    switch self {
    case .go(let state, let effects): "go \(state)\(Self.list(effects))"
    case .stay(let effects): "stay\(Self.list(effects))"
    case .ignore: "-"
    case .unreachable: "!"
    }
  }

  private static func list(_ effects: TransactionEffects) -> String {
    let names: [(TransactionEffects, String)] = [
      (.send, "send"), (.resend, "resend"), (.sendTrying, "sendTrying"), (.acknowledge, "acknowledge"), (.release, "release"),
      (.keepTimer, "keepTimer"), (.wait, "wait"), (.waitLong, "waitLong"), (.quieten, "quieten"), (.report, "report"),
      (.reportRepeat, "reportRepeat"), (.reportTimeout, "reportTimeout"), (.reportTransport, "reportTransport"),
      (.reportMissingACK, "reportMissingACK"), (.reportUnanswered, "reportUnanswered"),
    ]
    return names.filter { effects.contains($0.0) }.map { " " + $0.1 }.joined()
  }
}

/// All states × all events, one line each: `calling provisional: go proceeding report`.
private func table<State: CaseIterable & Sendable, Event: CaseIterable>(
  _ states: State.Type, _ events: Event.Type, _ step: (State, Event) -> TransactionStep<State>
) -> [String] {
  states.allCases.flatMap { state in events.allCases.map { "\(state) \($0): \(step(state, $0).row)" } }
}

/// Expands `calling: provisional go …; success go …; rest -` into the same lines, so that each state reads as one paragraph.
private func expand<Event: CaseIterable>(_ text: String, _ events: Event.Type) -> [String] {
  text.split(separator: "\n").flatMap { line -> [String] in
    let parts = line.split(separator: ":", maxSplits: 1)
    var rows: [String: String] = [:]
    for clause in parts[1].split(separator: ";") {
      let words = clause.split(separator: "=", maxSplits: 1).map { $0.trimmed }
      for event in words[0].split(separator: ",") { rows[event.trimmed] = words[1] }
    }
    return events.allCases.map { "\(parts[0].trimmed) \($0): \(rows["\($0)"] ?? rows["rest"] ?? "missing")" }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Each state but the first is entered and each but the last is left.
private func isConnected<State: CaseIterable & Sendable & Equatable, Event: CaseIterable>(
  _ roots: [State], _ events: Event.Type, _ step: (State, Event) -> TransactionStep<State>
) -> Bool {
  var reached = roots
  var index = 0
  while index < reached.count {
    for event in events.allCases {
      if case .go(let next, _) = step(reached[index], event), !reached.contains(next) { reached.append(next) }
    }
    index += 1
  }
  let last = Array(State.allCases)[State.allCases.count - 1]
  return reached.count == State.allCases.count
    && State.allCases.allSatisfy { state in
      state == last || events.allCases.contains { if case .go = step(state, $0) { true } else { false } }
    }
}

@Suite("The four transaction machines, state by state")
struct TransactionMachineTests {
  @Test("RFC 3261 figure 5, RFC 6026: INVITE client")
  func inviteClient() {
    let expected = """
      calling: provisional=go proceeding report; success=go accepted release report; failure=go completed acknowledge report; \
      timerA=stay resend wait; timerB=go terminated reportTimeout; transportError=go terminated reportTransport; \
      cancelled=go cancelling keepTimer; rest=!
      proceeding: provisional=stay report; success=go accepted release report; failure=go completed acknowledge report; \
      transportError=go terminated reportTransport; cancelled=go cancelling; rest=!
      cancelling: provisional=stay quieten report; success=go accepted release report; \
      failure=go completed acknowledge report; timerA=stay resend wait; timerB=go terminated reportTimeout; \
      transportError=go terminated reportTransport; cancelled=-; rest=!
      completed: provisional,success,cancelled=-; failure=stay resend; timerD,transportError=go terminated; rest=!
      accepted: provisional,failure,cancelled,transportError=-; success=stay reportRepeat; timerM=go terminated; rest=!
      terminated: rest=!
      """
    #expect(
      table(InviteClient.State.self, InviteClient.Event.self, InviteClient.step) == expand(expected, InviteClient.Event.self))
    #expect(isConnected([.calling], InviteClient.Event.self, InviteClient.step))
  }

  @Test("RFC 3261 figure 6: non-INVITE client")
  func nonInviteClient() {
    let expected = """
      trying: provisional=go proceeding keepTimer report; final=go completed release report; timerE=stay resend wait; \
      timerF=go terminated reportTimeout; transportError=go terminated reportTransport; rest=!
      proceeding: provisional=stay report; final=go completed release report; timerE=stay resend waitLong; \
      timerF=go terminated reportTimeout; transportError=go terminated reportTransport; rest=!
      completed: provisional,final=-; timerK,transportError=go terminated; rest=!
      terminated: rest=!
      """
    #expect(
      table(NonInviteClient.State.self, NonInviteClient.Event.self, NonInviteClient.step)
        == expand(expected, NonInviteClient.Event.self))
    #expect(isConnected([.trying], NonInviteClient.Event.self, NonInviteClient.step))
  }

  @Test("RFC 3261 figure 7, RFC 6026: INVITE server")
  func inviteServer() {
    let expected = """
      trying: retransmission,ack,acknowledged=-; provisional=go proceeding send; success=go accepted send; \
      failure=go completed send; timerTrying=go proceeding sendTrying; rest=!
      proceeding: retransmission=stay resend; ack,acknowledged=-; provisional=stay send; success=go accepted send; \
      failure=go completed send; rest=!
      completed: retransmission=stay resend; ack=go confirmed release; provisional,success,failure,acknowledged=-; \
      timerG=stay resend wait; timerH=go terminated; rest=!
      confirmed: retransmission,ack,provisional,success,failure,acknowledged=-; timerI=go terminated; rest=!
      accepted: retransmission=stay resend; ack=go acknowledged release report; acknowledged=go acknowledged release; \
      provisional,success,failure=-; timerG=stay resend wait; timerL=go terminated reportMissingACK; rest=!
      acknowledged: ack=stay report; retransmission,acknowledged,provisional,success,failure=-; timerL=go terminated; rest=!
      restored: retransmission=stay resend; ack,acknowledged,provisional,success,failure=-; timerL=go terminated; rest=!
      terminated: rest=!
      """
    #expect(
      table(InviteServer.State.self, InviteServer.Event.self, InviteServer.step) == expand(expected, InviteServer.Event.self))
    #expect(isConnected([.trying, .restored], InviteServer.Event.self, InviteServer.step))
  }

  @Test("RFC 3261 figure 8: non-INVITE server")
  func nonInviteServer() {
    let expected = """
      trying: retransmission=-; provisional=go proceeding send keepTimer; final=go completed send; \
      expired=go terminated reportUnanswered; rest=!
      proceeding: retransmission=stay resend; provisional=stay send; final=go completed send; \
      expired=go terminated reportUnanswered; rest=!
      completed: retransmission=stay resend; provisional,final=-; timerJ=go terminated; rest=!
      terminated: rest=!
      """
    #expect(
      table(NonInviteServer.State.self, NonInviteServer.Event.self, NonInviteServer.step)
        == expand(expected, NonInviteServer.Event.self))
    #expect(isConnected([.trying], NonInviteServer.Event.self, NonInviteServer.step))
  }
}
