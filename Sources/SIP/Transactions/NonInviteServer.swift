/// The server transaction of every request but INVITE and ACK (RFC 3261 §17.2.2, figure 8).
///
/// trying → proceeding → completed → terminated.
enum NonInviteServer {
  enum State: UInt8, CaseIterable, Sendable {
    /// Nothing has been sent.
    case trying
    /// A provisional has been sent; the repeated request gets it again.
    case proceeding
    /// Answered: the repeated request gets the answer again, until J.
    case completed
    /// Gone; its slot is free.
    case terminated
  }

  enum Event: UInt8, CaseIterable, Sendable {
    /// The request came again.
    case retransmission
    /// The user answers 1xx, 2xx–6xx.
    case provisional, final
    /// 64·T1 without a final answer: the client has given up (its timer F), and so do we (RELIABILITY 36).
    case expired
    /// Timer J: nothing more can come.
    case timerJ
  }

  static func step(_ state: State, _ event: Event) -> TransactionStep<State> {
    switch (state, event) {
    case (.trying, .retransmission): .ignore("nothing to repeat yet")
    case (.trying, .provisional): .go(.proceeding, [.send, .keepTimer])
    case (.trying, .final), (.proceeding, .final): .go(.completed, [.send])
    case (.trying, .expired), (.proceeding, .expired): .go(.terminated, [.reportUnanswered])

    case (.proceeding, .retransmission): .stay([.resend])
    case (.proceeding, .provisional): .stay([.send])

    case (.completed, .retransmission): .stay([.resend])
    case (.completed, .provisional), (.completed, .final): .ignore("answered already")
    case (.completed, .timerJ): .go(.terminated, [])

    case (.trying, .timerJ), (.proceeding, .timerJ): .unreachable("no final answer yet")
    case (.completed, .expired): .unreachable("only J runs")
    case (.terminated, _): .unreachable("gone")
    }
  }
}
