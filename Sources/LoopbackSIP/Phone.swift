public import Kernel
public import SIP
public import Sessions

/// A telephone without sockets: speaks SIP through the same message and transaction code a real one would write itself,
/// and does what its owner (a test, the explorer) says. It never invents anything: what it did not expect it notes.
public struct Phone: Sendable {
  public enum CallState: Sendable, Equatable {
    case calling, ringing, offered, connected, ended
  }

  /// How it tells the other side that it holds: RFC 3264 (with or without a tone of its own), or as before it (RFC 2543 §B.5).
  public enum HoldForm: UInt8, Sendable, CaseIterable { case sendonly, inactive, zeroAddress }

  /// What it thinks of SRTP with keys in the description (RFC 4568).
  public enum Protection: UInt8, Sendable, CaseIterable {
    /// Knows nothing of it, and refuses it.
    case none
    /// Takes what is offered, and offers plain or encrypted voice.
    case able, preferred
    /// Refuses plain voice.
    case required
  }

  /// An offer and its answer: what voice goes by until the next ones.
  public struct Agreement: Sendable, Equatable {
    public var own: [UInt8]
    public var theirs: [UInt8]
  }

  /// One call of this telephone.
  public struct Call: Sendable {
    public var id: Int
    public var state: CallState
    public let isOutgoing: Bool
    public let callID: [UInt8]
    public let localTag: [UInt8]
    public var remoteTag: [UInt8] = []
    /// The other side as From and To carry it, without tag.
    public var remote: [UInt8]
    public var target: [UInt8]
    public var cseq: UInt32
    /// Highest CSeq of the exchange's requests.
    public var remoteCSeq: UInt32 = 0
    /// Final status of the first INVITE.
    public var finalStatus: UInt16?
    /// Text of Warning in it.
    public var warning: String = ""
    public var provisionals: [UInt16] = []
    public var isHeldByUs = false
    public internal(set) var holdForm = HoldForm.sendonly
    /// Descriptions in force; nil before the first answer.
    public internal(set) var agreement: Agreement?
    /// Where it listens; changes when its owner says so.
    public internal(set) var mediaPort: UInt16 = 0
    /// The first INVITE, of a call that came in.
    public var invite: SIPMessage?
    public var inviteServer: ServerTransactionID?
    public var inviteClient: ClientTransactionID?
    public var inviteBranch: [UInt8] = []
    public var inviteCSeq: UInt32 = 0
    public var ack: [UInt8] = []
    /// The SDP that the other side sent last.
    public var remoteSDP: [UInt8] = []
    /// Final status of the last repeated INVITE, and of the last request other than INVITE, BYE and CANCEL.
    public var reinviteStatus: UInt16?
    public var requestStatus: UInt16?
    /// Text of Warning in the answer to it.
    public internal(set) var requestWarning = ""
    /// What it was told of transfers it has asked for.
    public internal(set) var progress: [Progress] = []
    /// The To-tag of the last provisional answer.
    public internal(set) var earlyTag: [UInt8] = []
    /// Bodies of INFO that came.
    public var infos: [[UInt8]] = []
    /// How many INVITEs came within the call.
    public var reinvites = 0

    var sdpVersion: UInt32 = 1
    /// Our offer under way in an INVITE or UPDATE, and in a 2xx.
    var sentOffer: [UInt8] = []
    var answeredOffer: [UInt8] = []
    /// SRTP key and salt in base64 (RFC 4568 §6.1).
    var key = ""
    /// What to go back to when a change is refused.
    var before: Wish?
    /// Media lines of the last offer sent; 0 where the last INVITE had none.
    var offered = 0
    /// Our INVITE has no SDP, so that the 200 holds an offer and the ACK our answer.
    var isOfferless = false
    /// Our 2xx held an offer, and no ACK brought an answer.
    public var awaitsAnswer = false
    var hasAnsweredChallenge = false
    /// To be hung up as soon as SIP allows it.
    var wantsEnd = false
    /// CANCEL is out.
    var isCancelled = false
    /// Our 2xx has had its ACK.
    var isAcknowledged = true
    /// Our re-INVITE that is under way, and the 2xx to the other's re-INVITE that waits for its ACK.
    var reinvite: ClientTransactionID?
    /// Our UPDATE with an offer that is under way.
    var update: ClientTransactionID?
    var answeredReinvite: ServerTransactionID?
    /// When to send the re-INVITE again that crossed another one.
    var retryAt: Instant?
    var offer: [UInt8]?

    struct Wish: Sendable {
      var isHeld: Bool
      var form: HoldForm
      var port: UInt16
    }
  }

  public let number: String
  public let address: SocketAddress
  public internal(set) var calls: [Call] = []
  public internal(set) var isRegistered = false
  public internal(set) var registerStatus: UInt16 = 0
  /// The last answer to REGISTER.
  public internal(set) var registerAnswer: SIPMessage?
  /// What came that no telephone should see.
  public internal(set) var complaints: [String] = []
  /// INVITEs seen, retransmissions left out.
  public internal(set) var invites: [SIPMessage] = []
  /// NOTIFYs that came outside any dialog, retransmissions left out, and what is answered to them.
  public internal(set) var notifications: [SIPMessage] = []
  public var notifyStatus: UInt16 = 200
  /// What it has subscribed to, ended ones included.
  public internal(set) var subscriptions: [PhoneSubscription] = []
  /// Hears and says nothing: the cable is out.
  public var isDeaf = false
  public var password: [UInt8]
  public var algorithm: DigestAlgorithm = .md5
  /// What is answered to a NOTIFY about a transfer; 0: nothing.
  public var progressStatus: UInt16 = 200
  /// Payload types of the audio line, most wanted first.
  public var codecs: [Int] = [8, 0]
  public var hasVideo = false
  public var protection = Protection.none
  /// The first port for voice; each call has the next even one.
  public var firstMediaPort: UInt16 = 20_000
  /// What it believes its address to be, where a NAT changes that; nil: it is right.
  public var hiddenAddress: SocketAddress?
  /// How many of a thousand repeated INVITEs it refuses with 488, 491 or 500.
  public var stubbornness: UInt64 = 0
  /// Header lines put into each INVITE, each with its line end.
  public var extraHeaders = ""
  /// Header lines put into each answer to an INVITE but 100, and into each 2xx to an UPDATE.
  public var answerHeaders = ""
  /// What its Allow says.
  public var methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO"
  public var maxForwards: UInt64 = 70
  public var transactions: TransactionLayer

  let exchange: SocketAddress
  let userID: [UInt8]
  let digests: DigestFunctions
  let seed: HashSeed
  var writer = MessageWriter()
  var tokens: UInt64
  var registerCSeq: UInt32 = 0
  var registerCallID: [UInt8] = []
  var registerExpires: UInt32 = 600
  var registerTries = 0
  var now: Instant = .zero
  static let registerOwner = UInt64.max
  /// ACKs, which no transaction sends.
  var extra: [Send] = []
  private var outgoing: [Send] = []

  public init(
    number: String, userID: String, password: String, address: SocketAddress, exchange: SocketAddress,
    digests: DigestFunctions, seed: UInt64
  ) {
    self.number = number
    self.address = address
    self.exchange = exchange
    self.userID = Array(userID.utf8)
    self.password = Array(password.utf8)
    self.digests = digests
    self.seed = HashSeed(seed, ~seed)
    self.tokens = seed
    self.transactions = TransactionLayer(seed: self.seed)
  }

  /// The address in Contact, Via and descriptions.
  var contact: SocketAddress { self.hiddenAddress ?? self.address }

  var flow: Flow { Flow(kind: .udp, local: 0, remote: self.exchange) }

  mutating func token(_ prefix: StaticString = "") -> [UInt8] {
    self.tokens = self.tokens &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Array("\(prefix)\(String(self.tokens >> 11, radix: 16))".utf8)
  }

  /// Takes what it has sent since.
  public mutating func takeSends() -> [Send] {
    self.drain()
    let sends = self.outgoing
    self.outgoing.removeAll()
    return self.isDeaf ? [] : sends
  }

  /// A draw of its own, below `bound`.
  mutating func draw(_ bound: UInt64) -> UInt64 {
    _ = self.token()
    return (self.tokens >> 33) % max(bound, 1)
  }

  mutating func drain() {
    self.outgoing.append(contentsOf: self.transactions.outbox.sends)
    self.outgoing.append(contentsOf: self.extra)
    self.extra.removeAll()
    self.transactions.outbox.clear()
  }

  /// When ``fire(at:)`` is wanted next.
  public var nextDeadline: Instant? {
    var earliest = self.transactions.nextDeadline ?? .never
    for call in self.calls {
      if let retryAt = call.retryAt { earliest = min(earliest, retryAt) }
    }
    return earliest == .never ? nil : earliest
  }
}
