public import Kernel

extension Negotiator {
  /// How a leg came to be.
  public enum Role: Sendable {
    /// A phone or trunk sent an INVITE; `offer` is its body, nil when it wants ours.
    case incoming(offer: [UInt8]?)
    /// We shall send one.
    case outgoing
    /// A dialog from before a restart. Its phone is not re-INVITEd while its peer is one as well and both still shall
    /// talk to each other.
    case recovered(SavedSession)
  }

  /// What happened in a leg's INVITE usage. Bodies are those of type `application/sdp`, nil where there is none.
  public enum Received: Sendable {
    /// 101–199 to our INVITE. `branch` names the To-tag: any number, equal for equal tags of one leg.
    case provisional(Status, sdp: [UInt8]?, branch: UInt32, reliable: Bool)
    /// The first 2xx to our INVITE or re-INVITE. Later ones, of other branches, are the dialog layer's to end.
    case accepted(sdp: [UInt8]?, branch: UInt32)
    /// Any final answer from 300 to our INVITE or re-INVITE; 408 when none came.
    case refused(Status, retryAfter: Interval?)
    /// A re-INVITE; `Order.accept` or `Order.refuse` answers it.
    case reinvite(sdp: [UInt8]?)
    /// An UPDATE (RFC 3311); `Order.accept` or `Order.refuse` answers it.
    case update(sdp: [UInt8]?)
    /// The ACK to a 2xx of ours.
    case ack(sdp: [UInt8]?)
    /// CANCEL for a re-INVITE that has no final answer yet.
    case cancelledReinvite
  }

  /// What the dialog layer is to send, and what the kernel is to hear.
  public enum Order: Equatable, Sendable {
    /// The first INVITE of an outgoing leg; nil: without an offer.
    case invite(LegID, [UInt8]?)
    case reinvite(LegID, [UInt8]?)
    /// 2xx to the leg's pending INVITE, re-INVITE or UPDATE. `dialog` numbers the early dialogs of a first INVITE:
    /// each number is a To-tag of its own.
    case accept(LegID, [UInt8]?, dialog: UInt8)
    /// 180 or 183 to the leg's first INVITE. Without a body it says no more than the kernel's own *progress*.
    case progress(LegID, Status, [UInt8]?, dialog: UInt8)
    /// A final answer other than 2xx to the leg's pending re-INVITE or UPDATE.
    case refuse(LegID, Status, retryAfter: Interval?)
    /// ACK to the leg's 2xx.
    case ack(LegID, [UInt8]?)
    /// Its own phone put the call on hold, or took it back (`Event.held(_:)`, `Event.resumed(_:)`).
    case held(LegID)
    case resumed(LegID)
    /// The leg's goal is reached, or cannot be (`Event.joined(_:)`, `Event.joinFailed(_:_:)`).
    case joined(LegID)
    case joinFailed(LegID, Cause)
    /// How the media of two legs flows from now on (CALL-9).
    case path(LegID, LegID, MediaPath)
    /// The phone no longer knows the dialog, or says nothing: to be released with `Cause.lost` (481, 408).
    case lost(LegID)
    /// For the media server.
    case media(MediaCommand)
    /// The announcement or playback that the leg heard is over (`Event.played(_:)`).
    case played(LegID)
    /// Its party pressed a key that nobody else is to hear (`Event.pressed(_:key:)`).
    case pressed(LegID, key: UInt8)
    /// Send it a key as INFO (MED-4).
    case inform(LegID, key: UInt8, duration: Interval)
    /// A recording has ended; its leg may be gone.
    case recorded(RecordingDone)
  }
}

/// How media flows between two parties (CALL-9).
public enum MediaPath: UInt8, BitwiseCopyable, Sendable, CaseIterable { case direct, relay, mixed }

/// What an exchange knows about a leg besides its dialog.
public struct LegTraits: BitwiseCopyable, Sendable {
  /// This caller takes 183 with SDP from anybody (option `early-media`; CALL-1).
  public var earlyMedia: Bool
  /// The leg leads to a trunk: its early media reaches every caller (CALL-1), its voice runs through the media server (CALL-9).
  public var isTrunk: Bool
  /// Its `Allow` lists UPDATE (RFC 3311). Media changes go by re-INVITE all the same, which leaves the phone time to
  /// answer (RFC 6337 §3.1); this is for whoever refreshes without a body.
  public var supportsUpdate: Bool
  /// The exchange's address as this leg sees it, for `o=` and for media that ends here.
  public var localAddress: IPAddress
  /// An address that this leg's SDP must not name, such as the exchange's own public one (RELIABILITY 16).
  public var refusedAddress: IPAddress?
  /// The phone is in one of the private networks; voice between private and public runs through the media server (CALL-9).
  public var isPrivate = true
  /// What the phone says of its address is proven wrong (`nat-check=ip-and-port`): its signalling comes from here. Its voice runs through
  /// the media server, which takes it from this host alone, whatever the port (MED-5); nil: the phone is where it says.
  public var hiddenBehind: IPAddress?
  /// MED-3, station setting `srtp`.
  public var srtp = SRTPPolicy.optional
  /// Keys reach this phone, and come from it, as SIP INFO (MED-4, station setting `dtmf-type=info`).
  public var keysByInfo = false

  public init(
    earlyMedia: Bool = false, isTrunk: Bool = false, supportsUpdate: Bool = false, localAddress: IPAddress,
    refusedAddress: IPAddress? = nil
  ) {
    self.earlyMedia = earlyMedia
    self.isTrunk = isTrunk
    self.supportsUpdate = supportsUpdate
    self.localAddress = localAddress
    self.refusedAddress = refusedAddress
  }
}

/// Whether a station's voice is encrypted (MED-3).
public enum SRTPPolicy: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  /// Never: an offer of RTP/SAVP is refused.
  case off
  /// When the phone asks for it, or whoever calls it does and the phone takes it.
  case optional
  /// Always: plain offers and answers are refused.
  case required

  func allows(_ profile: MediaDescription.Profile) -> Bool {
    switch self {
    case .off: profile != .keyed
    case .optional: true
    case .required: profile.isSecure
    }
  }
}

/// What the media server could do for a leg now; injected, for the negotiator asks nobody.
public struct MediaFacts: BitwiseCopyable, Sendable, Equatable {
  /// Legs that may use the media server at once (MED-2): a relayed call takes two. 0 where there is no media server. Without one music and tones degrade to
  /// silence (rule 5), rooms, announcements and recordings fail, and all voice runs directly.
  public var channels: Int

  public init(channels: Int = 0) { self.channels = channels }
}

/// What must be on disk of a leg so that its call outlives a restart (RELIABILITY §3). Taken after each turn that changed it.
public struct SavedSession: Sendable, Equatable {
  /// Session id and version of our `o=` line.
  public var originID: UInt32
  public var version: UInt32
  public var isOutgoing: Bool
  /// Its own phone holds the call.
  public var isHeld: Bool
  /// It was told to hear nothing.
  public var isSilent: Bool
  /// Where its voice ran.
  public var path: MediaPath
  /// Our last description, and the phone's.
  public var local: [UInt8]
  public var remote: [UInt8]

  public init(
    originID: UInt32, version: UInt32, isOutgoing: Bool, isHeld: Bool, isSilent: Bool, path: MediaPath = .direct,
    local: [UInt8], remote: [UInt8]
  ) {
    self.originID = originID
    self.version = version
    self.isOutgoing = isOutgoing
    self.isHeld = isHeld
    self.isSilent = isSilent
    self.path = path
    self.local = local
    self.remote = remote
  }
}
