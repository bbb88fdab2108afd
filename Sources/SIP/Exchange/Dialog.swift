import Kernel
import Sessions

typealias DialogID = Handle<Dialog>

/// One leg as SIP sees it: an INVITE usage from its first request to the end of its last transaction (RFC 3261 §12, RFC 5057).
/// It may outlive the kernel's leg: a cancelled INVITE still has to end, a late 200 still gets ACK and BYE.
struct Dialog: Sendable {
  /// Where the INVITE usage stands. Cases carry what exists in that phase only.
  enum Phase: Sendable {
    /// A phone's INVITE waits for our final answer.
    case invited(ServerTransactionID)
    /// Our 2xx has been decided; its ACK has not come.
    case answered(ServerTransactionID)
    /// As `answered`, and the call is over: BYE follows the ACK, or its absence (RFC 3261 §15).
    case answeredLeaving(ServerTransactionID)
    /// Our INVITE has had no provisional answer, so it cannot be cancelled yet (RFC 3261 §9.1).
    case calling(ClientTransactionID)
    /// It has: CANCEL may be sent.
    case ringing(ClientTransactionID)
    /// To be cancelled at the first provisional answer.
    case cancelWanted(ClientTransactionID)
    /// CANCEL is out; a 2xx that crosses it gets ACK and BYE.
    case cancelling(ClientTransactionID)
    case confirmed
    /// BYE sent or received, or refused; kept for stragglers until the transactions are gone.
    case ended
  }

  var leg: LegID
  var phase: Phase
  /// The phone called us; otherwise we called it.
  let isCaller: Bool
  let station: StationNumber?
  let device: Int64
  /// Number of the call in this process, for the ladder.
  var call: UInt64
  var flow: Flow

  let callID: [UInt8]
  let localTag: [UInt8]
  var remoteTag: [UInt8] = []
  /// Our own and the peer's address as From and To carry them, without tags.
  var local: [UInt8]
  var remote: [UInt8]
  /// Where requests within the dialog go: the peer's Contact.
  var target: [UInt8]
  var routes: [[UInt8]] = []
  var localCSeq: UInt32
  var remoteCSeq: UInt32 = 0

  /// The phone's INVITE (first or repeated) that waits for our answer.
  var request: SIPMessage?
  var requestTransaction: ServerTransactionID?
  /// The phone's UPDATE that waits for our answer.
  var update: (message: SIPMessage, transaction: ServerTransactionID)?
  /// Our re-INVITE that is under way.
  var reinvite: ClientTransactionID?
  /// CSeq and branch of our last INVITE: what ACK and CANCEL repeat.
  var inviteCSeq: UInt32 = 0
  var inviteBranch: [UInt8] = []
  /// Our last ACK to a 2xx, sent again for each repeated 2xx.
  var ack: [UInt8] = []
  /// The peer's 2xx waits for its ACK.
  var owesACK = false
  var maxForwards: UInt8 = 70
  /// What the peer says it allows, one bit each by ``Method`` raw value.
  var allows: UInt32 = 0

  func allows(_ method: Method) -> Bool { self.allows & (1 << UInt32(method.rawValue)) != 0 }

  var isEnded: Bool {
    if case .ended = self.phase { true } else { false }
  }

  /// Whether requests within the dialog may be sent.
  var isConfirmed: Bool {
    switch self.phase {
    case .confirmed, .answered: true
    case .invited, .answeredLeaving, .calling, .ringing, .cancelWanted, .cancelling, .ended: false
    }
  }
}

extension SIPMessage {
  /// The methods in Allow, one bit each; zero without the header.
  var allowedMethods: UInt32 {
    guard self.header(.allow) != nil else { return 0 }
    var bits: UInt32 = 0
    for method in Method.allCases where method != .other && self.allows(method) { bits |= 1 << UInt32(method.rawValue) }
    return bits
  }
}
