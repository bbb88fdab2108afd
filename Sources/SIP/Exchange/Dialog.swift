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
    /// Our INVITE is being composed, or waits for ports of the media server.
    case preparing
    /// Our INVITE has had no provisional answer, so it cannot be cancelled yet (RFC 3261 §9.1).
    case calling(ClientTransactionID)
    /// It has: CANCEL may be sent.
    case ringing(ClientTransactionID)
    /// To be cancelled at the first provisional answer.
    case cancelWanted(ClientTransactionID)
    /// CANCEL is out; a 2xx that crosses it gets ACK and BYE.
    case cancelling(ClientTransactionID)
    case confirmed
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
  var names: DialogNames
  var localCSeq: UInt32
  var remoteCSeq: UInt32 = 0

  /// The phone's INVITE (first or repeated) that waits for our answer.
  var request: SIPMessage?
  var requestTransaction: ServerTransactionID?
  /// The phone's UPDATE that waits for our answer.
  var update: (message: SIPMessage, transaction: ServerTransactionID)?
  /// Our re-INVITE that is under way.
  var reinvite: ClientTransactionID?
  /// Our UPDATE that is under way.
  var refresh: ClientTransactionID?
  /// Whether, and by whom, the session is kept alive (RFC 4028), and the timer of that.
  var timer = SessionTimer.off
  var timerHandle = TimerHandle.none
  /// Min-SE of the peer's 422, in seconds; 0 without one.
  var shortestInterval: UInt32 = 0
  /// Whom its telephone shows, and the timer of another attempt to tell it.
  var line = ConnectedLine.told(Digits())
  /// The leg whose number that is.
  var lineParty = LegID.none
  var lineTimer = TimerHandle.none
  /// CSeq and branch of our last INVITE: what ACK and CANCEL repeat.
  var inviteCSeq: UInt32 = 0
  var inviteBranch: [UInt8] = []
  /// Our last ACK to a 2xx, sent again for each repeated 2xx.
  var ack: [UInt8] = []
  /// The peer's 2xx waits for its ACK.
  var owesACK = false
  /// The peer's tag in its last provisional answer; empty before one. What watchers pick the call up by.
  var earlyTag: [UInt8] = []
  /// The row that ends this INVITE if the process dies; 0 when there is none.
  var earlyRow: Int64 = 0
  var maxForwards: UInt8 = 70
  /// The trunk at the far end; nil for telephones.
  var trunk: TrunkUsage?
  /// A REFER has been accepted in it.
  var hasReferred = false
  /// What the peer says it allows, one bit each by ``Method`` raw value.
  var allows: UInt32 = 0

  init(
    leg: LegID, phase: Phase, isCaller: Bool, station: StationNumber?, device: Int64, call: UInt64, flow: Flow,
    names: DialogNames, localCSeq: UInt32
  ) {
    self.leg = leg
    self.phase = phase
    self.isCaller = isCaller
    self.station = station
    self.device = device
    self.call = call
    self.flow = flow
    self.names = names
    self.localCSeq = localCSeq
  }

  var callID: [UInt8] { self.names.callID }
  var localTag: [UInt8] { self.names.localTag }
  var remoteTag: [UInt8] { self.names.remoteTag }
  var local: [UInt8] { self.names.local }
  var remote: [UInt8] { self.names.remote }
  var target: [UInt8] { self.names.target }
  var routes: [[UInt8]] { self.names.routes }

  /// The peer's Contact has changed (RFC 3261 §12.2).
  mutating func refreshTarget(_ target: [UInt8]) {
    guard target != self.names.target else { return }
    self.names = DialogNames(self.names, target: target)
  }

  func allows(_ method: Method) -> Bool { self.allows & (1 << UInt32(method.rawValue)) != 0 }

  /// The phone has not been sent anything yet.
  var isPreparing: Bool {
    if case .preparing = self.phase { true } else { false }
  }

  /// Our INVITE has had no final answer.
  var isCalling: Bool {
    switch self.phase {
    case .calling, .ringing: true
    case .invited, .answered, .answeredLeaving, .preparing, .cancelWanted, .cancelling, .confirmed: false
    }
  }

  /// The call is over; BYE waits for the ACK to our 2xx.
  var isLeaving: Bool {
    if case .answeredLeaving = self.phase { true } else { false }
  }

  /// Whether requests within the dialog may be sent.
  var isConfirmed: Bool {
    switch self.phase {
    case .confirmed, .answered: true
    case .invited, .answeredLeaving, .calling, .ringing, .cancelWanted, .cancelling, .preparing: false
    }
  }
}

extension SIPMessage {
  /// The methods in Allow, one bit each; zero without the header.
  var allowedMethods: UInt32 {
    var bits: UInt32 = 0
    self.bytes.withUnsafeBufferPointer { buffer in
      let octets = Octets(buffer)
      for value in self.headers(.allow) {
        var splitter = ListSplitter(octets, value)
        while let element = splitter.next() {
          guard !element.isEmpty else { continue }
          let method = Method(octets, element)
          if method != .other { bits |= 1 << UInt32(method.rawValue) }
        }
      }
    }
    return bits
  }
}

/// What a dialog is called and where it leads: shared by all copies, replaced as a whole on the rare change.
final class DialogNames: Sendable {
  let callID: [UInt8]
  let localTag: [UInt8]
  let remoteTag: [UInt8]
  /// Our own and the peer's address as From and To carry them, without our tag.
  let local: [UInt8]
  let remote: [UInt8]
  /// Where requests within the dialog go: the peer's Contact.
  let target: [UInt8]
  let routes: [[UInt8]]

  init(
    callID: [UInt8], localTag: [UInt8], remoteTag: [UInt8] = [], local: [UInt8], remote: [UInt8], target: [UInt8],
    routes: [[UInt8]] = []
  ) {
    self.callID = callID
    self.localTag = localTag
    self.remoteTag = remoteTag
    self.local = local
    self.remote = remote
    self.target = target
    self.routes = routes
  }

  /// The same dialog with what a response or a target refresh taught.
  convenience init(_ known: DialogNames, remoteTag: [UInt8]? = nil, target: [UInt8]? = nil, routes: [[UInt8]]? = nil) {
    self.init(
      callID: known.callID, localTag: known.localTag, remoteTag: remoteTag ?? known.remoteTag, local: known.local,
      remote: known.remote, target: target ?? known.target, routes: routes ?? known.routes)
  }
}
