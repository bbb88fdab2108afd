/// The client transaction of every request but INVITE and ACK (RFC 3261 §17.1.2, figure 6).
///
/// trying → proceeding → completed → terminated.
enum NonInviteClient {
  enum State: UInt8, CaseIterable, Sendable {
    /// Out and repeated on UDP (E); 64·T1 end it (F).
    case trying
    /// A provisional came; repeated every T2 all the same, until F.
    case proceeding
    /// Answered: repetitions of the answer end here, until K.
    case completed
    /// Gone; its slot is free.
    case terminated
  }

  enum Event: UInt8, CaseIterable, Sendable {
    /// 1xx, 2xx–6xx.
    case provisional, final
    /// Timer E: send again. F: nobody answered. K: nothing more can come.
    case timerE, timerF, timerK
    /// The connection closed.
    case transportError
  }

  static func step(_ state: State, _ event: Event) -> TransactionStep<State> {
    switch (state, event) {
    case (.trying, .provisional): .go(.proceeding, [.report, .keepTimer])
    case (.trying, .final), (.proceeding, .final): .go(.completed, [.report, .release])
    case (.trying, .timerE): .stay([.resend, .wait])
    case (.trying, .timerF), (.proceeding, .timerF): .go(.terminated, [.reportTimeout])
    case (.trying, .transportError), (.proceeding, .transportError): .go(.terminated, [.reportTransport])

    case (.proceeding, .provisional): .stay([.report])
    case (.proceeding, .timerE): .stay([.resend, .waitLong])

    case (.completed, .provisional), (.completed, .final): .ignore("answered already")
    case (.completed, .timerK): .go(.terminated, [])
    case (.completed, .transportError): .go(.terminated, [])

    case (.trying, .timerK), (.proceeding, .timerK): .unreachable("no final answer yet")
    case (.completed, .timerE), (.completed, .timerF): .unreachable("only K runs")
    case (.terminated, _): .unreachable("gone")
    }
  }
}
