/// The INVITE server transaction (RFC 3261 §17.2.1, figure 7, with RFC 6026 §7.1), and the repetition of a 2xx that
/// RFC 3261 §13.3.1.4 gives to its user: here it is done by the same timers.
///
/// trying → proceeding → accepted → acknowledged (2xx) or completed → confirmed (3xx–6xx) → terminated.
enum InviteServer {
  enum State: UInt8, CaseIterable, Sendable {
    /// Nothing has been sent; 100 goes out after 200 ms. (The RFC calls this proceeding, too.)
    case trying
    /// A provisional has been sent; a repeated INVITE gets it again.
    case proceeding
    /// Refused: the refusal is repeated (G, on UDP) until the ACK, at most 64·T1 (H).
    case completed
    /// Refused and acknowledged: further ACKs end here, until I.
    case confirmed
    /// Answered: the 2xx is repeated, T1 to T2, until the ACK, at most 64·T1 (L).
    case accepted
    /// Answered and acknowledged: a late INVITE ends here, until L.
    case acknowledged
    /// Answered before a restart: a repeated INVITE gets the answer that was kept (ARCHITECTURE rule 7).
    case restored
    /// Gone; its slot is free.
    case terminated
  }

  enum Event: UInt8, CaseIterable, Sendable {
    /// The INVITE came again.
    case retransmission
    /// An ACK with this transaction's own branch came.
    case ack
    /// The user answers 1xx, 2xx, 3xx–6xx.
    case provisional, success, failure
    /// The dialog saw the ACK to its 2xx.
    case acknowledged
    /// 200 ms without an answer.
    case timerTrying
    /// Timer G: send the final answer again. H: no ACK to a refusal. I, L: nothing more can come.
    case timerG, timerH, timerI, timerL
  }

  static func step(_ state: State, _ event: Event) -> TransactionStep<State> {
    switch state {
    case .trying:
      switch event {
      case .retransmission: .ignore("nothing to repeat yet")
      case .provisional: .go(.proceeding, [.send])
      case .success: .go(.accepted, [.send])
      case .failure: .go(.completed, [.send])
      case .timerTrying: .go(.proceeding, [.sendTrying])
      case .ack, .acknowledged: .ignore("nothing to acknowledge")
      case .timerG, .timerH, .timerI, .timerL: .unreachable("not answered")
      }
    case .proceeding:
      switch event {
      case .retransmission: .stay([.resend])
      case .provisional: .stay([.send])
      case .success: .go(.accepted, [.send])
      case .failure: .go(.completed, [.send])
      case .ack, .acknowledged: .ignore("nothing to acknowledge")
      case .timerTrying: .unreachable("something has been sent")
      case .timerG, .timerH, .timerI, .timerL: .unreachable("not answered")
      }
    case .completed:
      switch event {
      case .retransmission: .stay([.resend])
      case .ack: .go(.confirmed, [.release])
      case .provisional, .success, .failure: .ignore("refused already")
      case .acknowledged: .ignore("a refusal has no dialog")
      case .timerG: .stay([.resend, .wait])
      case .timerH: .go(.terminated, [])
      case .timerTrying, .timerI, .timerL: .unreachable("only G and H run")
      }
    case .confirmed:
      switch event {
      case .retransmission: .ignore("sent before the ACK")
      case .ack: .ignore("acknowledged already")
      case .provisional, .success, .failure: .ignore("refused already")
      case .acknowledged: .ignore("a refusal has no dialog")
      case .timerI: .go(.terminated, [])
      case .timerTrying, .timerG, .timerH, .timerL: .unreachable("only I runs")
      }
    case .accepted:
      switch event {
      // RFC 6026 leaves the repetition to the 2xx's own timer; at once is sooner, and the caller asked.
      case .retransmission: .stay([.resend])
      case .ack: .go(.acknowledged, [.report, .release])
      case .acknowledged: .go(.acknowledged, [.release])
      case .provisional, .success, .failure: .ignore("answered already")
      case .timerG: .stay([.resend, .wait])
      case .timerL: .go(.terminated, [.reportMissingACK])
      case .timerTrying, .timerH, .timerI: .unreachable("only G and L run")
      }
    case .acknowledged:
      switch event {
      case .retransmission: .ignore("sent before the ACK")
      case .ack: .stay([.report])
      case .acknowledged: .ignore("known")
      case .provisional, .success, .failure: .ignore("answered already")
      case .timerL: .go(.terminated, [])
      case .timerTrying, .timerG, .timerH, .timerI: .unreachable("only L runs")
      }
    case .restored:
      switch event {
      case .retransmission: .stay([.resend])
      case .ack: .ignore("the dialog was restored too")
      case .acknowledged: .ignore("known")
      case .provisional, .success, .failure: .ignore("answered before the restart")
      case .timerL: .go(.terminated, [])
      case .timerTrying, .timerG, .timerH, .timerI: .unreachable("only L runs")
      }
    case .terminated: .unreachable("gone")
    }
  }
}
