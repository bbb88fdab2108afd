internal import Kernel

/// Everything the negotiator knows of one leg.
struct Session: Sendable {
  let leg: LegID
  let isOutgoing: Bool
  var traits: LegTraits
  var phase: Phase = .idle
  /// What the kernel wants; nil until it says so.
  var goal: Goal?
  var report: Report = .open
  /// What the phone has been told last, and by whom that was made.
  var fact: Fact = .unknown
  /// The phone's fullest description that still holds: what is offered to others.
  var remote: SDP?
  /// The phone's last description, which may have been narrowed to the codecs of one peer: what answers others.
  var latest: SDP?
  /// Numbers `remote`, directions included; a new number means that the peer must be told.
  var remoteNumber: UInt32 = 0
  /// `remote` answered an offer that was on hold, so its directions are not the phone's own wish.
  var isRestricted = false
  /// The last description sent, and the order of lines in it if that was an offer.
  var local: [UInt8] = []
  var order: SlotOrder = .same
  var places = 0
  /// For `o=` (RFC 3264 §8).
  let originID: UInt32
  var version: UInt32 = 0
  var lastNumber: UInt32 = 0
  /// Its own phone has put the call on hold.
  var isHeld = false
  /// Outgoing: whose offer it was called with.
  var caller: LegID = .none
  /// How many legs ring with this leg's offer.
  var ringing: UInt16 = 0
  var early: [Early] = []
  var pins: [Pin] = []
  var due: Instant = .never
  /// No re-INVITE before this time (491).
  var retryAt: Instant = .zero
  /// What the phone has refused to be told; not tried again until the goal changes.
  var refused: Fact = .unknown
  /// The To-tag of the callee's dialog.
  var branch: UInt32 = 0
  /// re-INVITEs since the goal or the phone's own wish changed.
  var rounds: UInt8 = 0
  /// What the last goal that was reached had told the phone: a failed splice goes back to it.
  var settled: Settled?
  /// Ports of the media server, by place in the dialog; none while voice runs past us.
  var lines: [Line?] = []
  /// The media server had no port for the present goal.
  var isUnserved = false
  /// Recovered: its phone sends to ports that are to be opened again.
  var wasAnchored = false
  /// Outgoing legs whose INVITE waits for this leg's ports.
  var waiters: [LegID] = []
  /// The peer with whom it has no codec in common: both talk to the media server (CALL-2).
  var bridge: LegID = .none
  /// With whom its present key was shared first: nobody else may get it (rule 5).
  var keyPeer: LegID = .none

  init(leg: LegID, isOutgoing: Bool, traits: LegTraits, originID: UInt32) {
    self.leg = leg
    self.isOutgoing = isOutgoing
    self.traits = traits
    self.originID = originID
  }

  /// A slot without a leg.
  static var vacant: Session {
    Session(
      leg: .none, isOutgoing: false, traits: LegTraits(localAddress: .unspecified),
      originID: 0)
  }

  /// Where the leg's INVITE usage stands (RFC 3261 §14, RFC 6337).
  enum Phase: Sendable {
    /// Outgoing, not called yet.
    case idle
    /// Outgoing, to be called as soon as the media server has given ports; leads to `calling` or `over`.
    case waiting
    /// Its INVITE waits for a final answer; leads to `accepted`.
    case invited(Invited)
    /// Our INVITE is out; leads to `stable`, `owing` or `over`.
    case calling(Asking)
    /// Our 2xx is out, its ACK not here; leads to `stable`. With an asking where the 2xx was an offer.
    case accepted(Asking?)
    /// Its 2xx was an offer; the ACK with our answer must follow within 4 s. Leads to `stable`.
    case owing
    case stable
    /// Its re-INVITE or UPDATE waits for our answer; leads to `accepted` or `stable`.
    case asked(Asked)
    /// Our re-INVITE is out; leads to `stable`, or `owing` where it had no offer.
    case asking(Asking)
    /// Refused or lost; waits to be closed.
    case over
  }

  struct Invited: Sendable {
    var hasOffer: Bool
    var mayAnswer = false
    var hasRung = false
  }

  struct Asked: Sendable {
    var offer: SDP
    var number: UInt32
    var isUpdate: Bool
    /// The kernel has been told of hold or resume and may change goals until the end of this instant.
    var isUndecided: Bool
    var wasHeld: Bool
  }

  /// An offer of ours that has no answer yet.
  struct Asking: Sendable {
    /// Nil for an INVITE without an offer.
    var sent: [UInt8]?
    /// Who is told to the phone by it.
    var fact: Fact
    var order: SlotOrder = .same
    /// The phone's answer will be bound by a direction that is not `sendrecv`.
    var isRestricted = false
    /// What `sent` was written from.
    var offered: SDP?
  }

  enum Fact: Equatable, Sendable {
    case unknown
    case silent
    /// The media server's own description.
    case served
    /// Before a restart it was told its peer's description.
    case recovered
    /// The leg's description of that number.
    case with(LegID, UInt32)
  }

  enum Report: Sendable { case open, joined, failed }

  /// A callee's description in a provisional answer.
  struct Early: Sendable {
    var branch: UInt32
    var sdp: SDP
  }

  /// An answer a caller was given in a provisional answer; it holds for that early dialog (RFC 3261 §13.2.1).
  struct Pin: Sendable {
    var callee: LegID
    var branch: UInt32
    var source: SDP
    var sent: [UInt8]
  }

  struct Settled: Sendable {
    var local: [UInt8]
    var fact: Fact
  }
}

extension Session {
  /// An offer of the phone that we owe an answer to.
  var openOffer: (sdp: SDP, number: UInt32)? {
    switch self.phase {
    case .invited(let invited) where invited.hasOffer: self.remote.map { ($0, self.remoteNumber) }
    case .owing: self.remote.map { ($0, self.remoteNumber) }
    case .asked(let asked): (asked.offer, asked.number)
    default: nil
    }
  }

  var isStable: Bool { if case .stable = self.phase { true } else { false } }
  var isOver: Bool { if case .over = self.phase { true } else { false } }

  /// The writer for the next description of this dialog.
  mutating func writer() -> SDPWriter {
    self.version &+= 1
    return SDPWriter(origin: SDPOrigin(id: self.originID, version: self.version, address: self.traits.localAddress))
  }

  mutating func nextNumber() -> UInt32 {
    self.lastNumber &+= 1
    return self.lastNumber
  }
}
