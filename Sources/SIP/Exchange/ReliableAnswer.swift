import Kernel

/// Provisional answers that the caller acknowledges with PRACK (RFC 3262 §3; INTEROP 16): one machine for each INVITE that
/// requires it. The next answer waits until the one before has arrived.
enum ReliableAnswer: Sendable {
  /// All have arrived; `last` is the number of the last one.
  case quiet(last: UInt32)
  /// Repeated until its PRACK comes; `next` is what follows then.
  case sent(Sent, next: Next)
  /// The INVITE has its final answer, which says more. A PRACK that comes late is welcome all the same.
  case over(last: UInt32)

  struct Sent: Sendable {
    var number: UInt32
    var status: UInt16
    var bytes: [UInt8]
    /// It is the answer to the INVITE's offer, so that no 2xx may overtake it.
    var hasDescription: Bool
    /// Time to the next repetition, doubled each time.
    var pause: Interval
    /// No PRACK by then: the caller does not hear us.
    var end: Instant
    var timer: TimerHandle
  }

  enum Next: Sendable {
    case nothing
    case provisional(UInt16, [UInt8]?)
    /// The 2xx, which waits.
    case accept([UInt8]?)

    /// Another provisional answer comes: the last one counts, unless it says less.
    mutating func add(_ status: UInt16, _ sdp: [UInt8]?) {
      switch self {
      case .accept: break
      case .provisional(_, .some) where sdp == nil: break
      case .nothing, .provisional: self = .provisional(status, sdp)
      }
    }
  }

  var last: UInt32 {
    switch self {
    case .quiet(let last), .over(let last): last
    case .sent(let sent, _): sent.number
    }
  }

  /// The first pause, RFC 3261's T1.
  static var firstPause: Interval { .milliseconds(500) }
  /// 64·T1.
  static var patience: Interval { .seconds(32) }
}

/// What RAck names (RFC 3262 §7.2): `776656 1 INVITE`.
struct AcknowledgedAnswer: Equatable {
  var number: UInt32
  var cseq: UInt32
}

extension AcknowledgedAnswer {
  /// Nil where it is no acknowledgement of an answer to an INVITE.
  init?(_ message: SIPMessage) {
    guard let value = message.header(.rack) else { return nil }
    let words = message.string(value).split { $0 == " " || $0 == "\t" }
    guard words.count == 3, words[2] == "INVITE", let number = UInt32(words[0]), let cseq = UInt32(words[1]) else { return nil }
    self.init(number: number, cseq: cseq)
  }
}

/// An early dialog of an INVITE of ours whose callee sends provisional answers reliably: each To-tag counts for itself
/// (RFC 3262 §4; INTEROP 16).
struct EarlyDialog: Sendable {
  var names: DialogNames
  /// RSeq of the last answer that we have acknowledged.
  var last: UInt32

  /// Branches of one INVITE that are remembered.
  static var most: Int { 16 }
}
