/// The INVITE client transaction (RFC 3261 §17.1.1, figure 5, with RFC 6026 §7.2).
///
/// calling → proceeding (→ cancelling) → accepted (2xx) or completed (3xx–6xx) → terminated.
enum InviteClient {
  enum State: UInt8, CaseIterable, Sendable {
    /// The INVITE is out and repeated on UDP (A); 64·T1 end it (B).
    case calling
    /// A provisional came: no timer; how long a phone may ring is the user's business.
    case proceeding
    /// The user sent a CANCEL or lost interest: 64·T1 end it, whatever comes before (B; RFC 3261 §9.1).
    case cancelling
    /// Refused: repetitions of the refusal get the ACK again, until D.
    case completed
    /// Answered: every further 2xx goes to the user, until M.
    case accepted
    /// Gone; its slot is free.
    case terminated
  }

  enum Event: UInt8, CaseIterable, Sendable {
    /// 1xx, 2xx, 3xx–6xx.
    case provisional, success, failure
    /// Timer A: send again. B: nobody answered. D, M: nothing more can come.
    case timerA, timerB, timerD, timerM
    /// The connection closed.
    case transportError
    /// The user sent a CANCEL, or lost interest.
    case cancelled
  }

  static func step(_ state: State, _ event: Event) -> TransactionStep<State> {
    switch state {
    case .calling:
      switch event {
      case .provisional: .go(.proceeding, [.report])
      case .success: .go(.accepted, [.report, .release])
      case .failure: .go(.completed, [.report, .acknowledge])
      case .timerA: .stay([.resend, .wait])
      case .timerB: .go(.terminated, [.reportTimeout])
      case .transportError: .go(.terminated, [.reportTransport])
      // The INVITE may be lost or not: it is repeated as before.
      case .cancelled: .go(.cancelling, [.keepTimer])
      case .timerD, .timerM: .unreachable("no final answer yet")
      }
    case .proceeding:
      switch event {
      case .provisional: .stay([.report])
      case .success: .go(.accepted, [.report, .release])
      case .failure: .go(.completed, [.report, .acknowledge])
      case .transportError: .go(.terminated, [.reportTransport])
      case .cancelled: .go(.cancelling, [])
      case .timerA, .timerB: .unreachable("no timer runs")
      case .timerD, .timerM: .unreachable("no final answer yet")
      }
    case .cancelling:
      switch event {
      case .provisional: .stay([.report, .quieten])
      case .success: .go(.accepted, [.report, .release])
      case .failure: .go(.completed, [.report, .acknowledge])
      case .timerA: .stay([.resend, .wait])
      case .timerB: .go(.terminated, [.reportTimeout])
      case .transportError: .go(.terminated, [.reportTransport])
      case .cancelled: .ignore("the limit is set")
      case .timerD, .timerM: .unreachable("no final answer yet")
      }
    case .completed:
      switch event {
      case .provisional: .ignore("overtaken by the final answer")
      case .success: .ignore("a proxy passes one final answer on")
      case .failure: .stay([.resend])
      case .timerD, .transportError: .go(.terminated, [])
      case .cancelled: .ignore("the answer is known")
      case .timerA, .timerB, .timerM: .unreachable("only D runs")
      }
    case .accepted:
      switch event {
      case .provisional: .ignore("overtaken by the 2xx")
      case .success: .stay([.reportRepeat])
      case .failure: .ignore("another branch of a fork, too late")
      case .timerM: .go(.terminated, [])
      case .transportError: .ignore("the dialog finds out by itself")
      case .cancelled: .ignore("the answer is known")
      case .timerA, .timerB, .timerD: .unreachable("only M runs")
      }
    case .terminated: .unreachable("gone")
    }
  }
}
