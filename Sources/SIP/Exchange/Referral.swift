import Kernel

/// What one transferor is told of its REFER: the subscription that came with it (RFC 3515 §2.4.4, RFC 6665). One NOTIFY at a time; what
/// happens meanwhile waits for its answer.
struct Referral: Sendable {
  enum State: Sendable {
    /// The REFER waits for its final answer.
    case asked(SIPMessage, ServerTransactionID)
    /// The transferor knows all there is so far.
    case following
    /// A NOTIFY is under way.
    case telling(ClientTransactionID, Word, waiting: [Step])
    /// Its leg is over: BYE follows the last NOTIFY, when the timer fires at the latest.
    case parting(ClientTransactionID, Word, waiting: [Step], TimerHandle)
  }

  /// The NOTIFY under way, and which attempt at it this is.
  struct Word: Sendable {
    var step: Step
    var attempt: UInt8 = 1

    /// It has been overtaken by another request of ours, or the phone is busy with one (RFC 3261 §12.2.2): nil when it has been tried
    /// often enough.
    func again(after status: UInt16) -> Word? {
      guard status == 491 || status == 500, self.attempt < 3 else { return nil }
      return Word(step: self.step, attempt: self.attempt + 1)
    }
  }

  /// What a NOTIFY says.
  enum Step: Sendable, Equatable {
    case trying, ringing, done
    case failed(Status)

    var isFinal: Bool {
      switch self {
      case .trying, .ringing: false
      case .done, .failed: true
      }
    }

    var status: UInt16 {
      switch self {
      case .trying: 100
      case .ringing: 180
      case .done: 200
      case .failed(let status): status.rawValue
      }
    }
  }

  var state: State
  /// CSeq of the REFER: tells it from others of the same dialog.
  let number: UInt32
  /// An earlier REFER of the dialog has had a subscription too, so that NOTIFYs must say which is meant (RFC 3515 §2.4.6).
  let needsNumber: Bool
  /// False where the transferor does not want to hear of it (RFC 4488).
  let wantsNotifications: Bool

  /// How long a BYE waits for the transferor to confirm what it was told last.
  static let patience = Interval.seconds(2)

  /// `waiting` with one more step; nothing follows a final one, and nobody is told the same twice.
  static func queue(_ step: Step, behind current: Step, _ waiting: [Step]) -> [Step] {
    let last = waiting.last ?? current
    return last.isFinal || last == step ? waiting : waiting + [step]
  }
}

/// Transfers that phones have asked for.
struct Transfers: Sendable {
  /// By the transferor's dialog.
  var referrals: [DialogID: Referral] = [:]
  /// Who has referred the party of a leg elsewhere, for the INVITE that comes of it: the number, and what Referred-By says.
  var referrers: [LegID: (number: Digits, value: [UInt8])] = [:]
}
