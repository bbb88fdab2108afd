/// What a module is asked or told. The first group are detection points (only modules that named them are asked, in plan
/// order); the second goes to the one machine that owns or watches the leg.
public enum Consult: Sendable, Equatable {
  // Asked.
  /// A code of this module was dialled; its argument fits the action's grammar unless `isBad`.
  case code(DialledCode)
  case informationAnalysed(CallID)
  case attemptAuthorised(CallID, StationNumber)
  case busy(CallID, StationNumber)
  case noAnswer(CallID, StationNumber)
  case notReachable(CallID, StationNumber)
  case answer(CallID, LegID)
  case held(LegID)
  case resumed(LegID)
  case transferRequested(LegID, to: Digits, replacing: LegID)
  case disconnect(LegID, Cause)
  /// A group (index into the plan's groups) was dialled or forwarded to. The module takes the call, refuses it or sends it
  /// elsewhere (GRP-1).
  case groupCalled(CallID, group: Int)
  /// Somebody has dialled who shall take the place of that leg (RFC 3891). The module that allows it takes the call.
  case replaceRequested(CallID, LegID)
  /// A number that belongs to this module (``OptionKind/number``) was dialled or forwarded to. The module takes the call
  /// (``Orders/own()``), refuses it or sends it elsewhere; one that lets it pass has it answered 480.
  case called(CallID, Digits)

  // Told.
  case timer(UInt8)
  case legAlerting(LegID)
  case legAnswered(LegID)
  case legFailed(LegID, Status)
  case legReleased(LegID, Cause)
  case joined(LegID)
  case joinFailed(LegID, Cause)
  /// The announcement or playback the leg was to hear is over.
  case played(LegID)
  /// A key of its telephone: 0–9, 10 `*`, 11 `#`, 12–15 A–D.
  case pressed(LegID, key: UInt8)
  /// What this machine has dialled for a party rings there, was answered, or has come to nothing (``Orders/dial(_:for:payer:)``).
  case dialAlerting(LegID)
  case dialAnswered(LegID)
  case dialFailed(LegID, Status)
  /// Whether the code that the machine had verified is somebody's.
  case verified(LegID, isValid: Bool)
  /// Another machine of this module was asked about the call and hands it over (``Orders/handOver(to:_:)``).
  case handedOver(CallID, Int)
  /// Another leg stands where a leg stood that this machine owned or watched.
  case replaced(LegID, by: LegID)
  /// Another machine has taken over a leg that this one watches.
  case taken(LegID)
  /// The exchange has started anew: conversations, owned and watched legs and timers are as they were, whatever rang or was
  /// being set up is gone.
  case restarted
  /// What was dialled and moved no leg could not be kept; the state is the former one again. Other changes go on and their
  /// facts are written again, without a word.
  case notKept
}

/// A feature code with its argument.
public struct DialledCode: Sendable, Equatable, BitwiseCopyable {
  public var leg: LegID
  public var by: StationNumber
  /// Index into the descriptor's actions.
  public var action: Int
  public var argument: Digits
  public var isBad: Bool
  /// The leg whose other party the code is to act on, when that was said: a transfer to the code (XFER-7). None for a code that
  /// was dialled; then the device's held legs are looked at.
  public var subject: LegID = .none

  package init(leg: LegID, by: StationNumber, action: Int, argument: Digits, isBad: Bool, subject: LegID = .none) {
    self.leg = leg
    self.by = by
    self.action = action
    self.argument = argument
    self.isBad = isBad
    self.subject = subject
  }
}

extension Consult {
  var isCode: Bool { if case .code = self { true } else { false } }

  /// The detection point this is; empty for what only owners and watchers are told.
  var point: DetectionPoints {
    switch self {
    case .informationAnalysed: .informationAnalysed
    case .attemptAuthorised: .attemptAuthorised
    case .busy: .busy
    case .noAnswer: .noAnswer
    case .notReachable: .notReachable
    case .answer: .answer
    case .held, .resumed, .transferRequested: .midCall
    case .disconnect: .disconnect
    case .groupCalled: .groupCalled
    case .replaceRequested: .replaceRequested
    case .code, .called, .timer, .legAlerting, .legAnswered, .legFailed, .legReleased, .joined, .joinFailed, .played, .pressed,
      .dialAlerting, .dialAnswered, .dialFailed, .verified, .handedOver, .replaced, .taken, .restarted, .notKept:
      []
    }
  }
}
