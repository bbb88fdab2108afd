internal import Sessions

/// Decides whose packets are a channel's: the rule that keeps strangers out (MED-5, RELIABILITY 43).
///
/// Before anything is said nobody's; then the signalled host's, or anybody's where the phone is behind a NAT; and from the first
/// valid packets on exactly one address and port, until the phone names another address.
struct SourceLock {
  enum State: Equatable {
    /// The phone has said nothing yet: everybody is a stranger.
    case closed
    /// Packets of one host only. From the signalled port one packet decides.
    case expecting(SocketAddress)
    /// The phone is behind a NAT and may appear anywhere, or at one address where its registration came from there.
    case learning(SocketAddress, from: IPAddress?)
    case locked(SocketAddress)
  }

  enum Verdict: BitwiseCopyable {
    /// Not from a source that may speak here.
    case stranger
    /// It may become the source; the next packet decides.
    case undecided
    case accepted
    /// Accepted, and the source is locked from now on.
    case learned
  }

  private struct Candidate: BitwiseCopyable {
    var source: SocketAddress
    var ssrc: UInt32
    var sequence: UInt16
    var time: UInt64
  }

  /// Two packets of a source belong together when they are at most so far apart.
  static let window: UInt64 = 1_000_000_000

  private(set) var state = State.closed
  private var aimed: State = .closed
  /// Sources that compete; a stranger who sends first must not keep the phone's own packets from being counted. Inline, so that the
  /// lock is plain memory: it is looked at for each packet.
  private var competing = InlineArray<4, Candidate?>(repeating: nil)

  init() {}

  /// The source everything comes from and goes to.
  var source: SocketAddress? {
    if case .locked(let source) = self.state { source } else { nil }
  }

  /// What the phone has said last. Only another address, or another way to find it, opens the lock again; a phone that names none
  /// (on hold) keeps its source.
  mutating func aim(at address: SocketAddress?, learns: Bool, from host: IPAddress? = nil) {
    guard let address else { return }
    let aim: State = learns ? .learning(address, from: host) : .expecting(address)
    guard aim != self.aimed else { return }
    self.aimed = aim
    self.state = aim
    self.competing = InlineArray(repeating: nil)
  }

  /// Whether it is worth looking at a packet of that source at all.
  func admits(_ source: SocketAddress) -> Bool {
    switch self.state {
    case .closed: false
    case .expecting(let aim): source.address == aim.address
    case .learning(let aim, let host): host.map { source.address == $0 || source.address == aim.address } ?? true
    case .locked(let locked): source == locked
    }
  }

  /// A valid packet has come.
  /// - Parameter time: nanoseconds of any monotonic clock.
  mutating func receive(_ source: SocketAddress, ssrc: UInt32, sequence: UInt16, at time: UInt64) -> Verdict {
    guard self.admits(source) else { return .stranger }
    switch self.state {
    case .closed: return .stranger
    case .locked: return .accepted
    case .expecting(let aim), .learning(let aim, _):
      if source == aim || self.isSecond(source, ssrc, sequence, time) {
        self.state = .locked(source)
        self.competing = InlineArray(repeating: nil)
        return .learned
      }
      return .undecided
    }
  }

  /// The second of two packets of one source that follow each other.
  private mutating func isSecond(_ source: SocketAddress, _ ssrc: UInt32, _ sequence: UInt16, _ time: UInt64) -> Bool {
    let next = Candidate(source: source, ssrc: ssrc, sequence: sequence, time: time)
    if let index = self.competing.indices.first(where: { self.competing[$0]?.source == source }), let last = self.competing[index]
    {
      self.competing[index] = next
      return last.ssrc == ssrc && (1...4).contains(sequence &- last.sequence) && time &- last.time <= Self.window
    }
    // A free place, or else the oldest one's, where it has had its time.
    if let free = self.competing.indices.first(where: { self.competing[$0] == nil }) {
      self.competing[free] = next
    } else if let oldest = self.competing.indices.min(by: { self.began($0) < self.began($1) }),
      time &- self.began(oldest) > Self.window
    {
      self.competing[oldest] = next
    }
    return false
  }

  private func began(_ index: Int) -> UInt64 { self.competing[index]?.time ?? 0 }
}

/// Decides whose RTCP is a channel's, once its RTP source is known: the same host, one port.
struct ControlLock {
  private(set) var source: SocketAddress?

  /// The RTP source or the signalled address has changed.
  mutating func reset() { self.source = nil }

  mutating func receive(_ source: SocketAddress, host: IPAddress?) -> Bool {
    if let locked = self.source { return source == locked }
    guard source.address == host else { return false }
    self.source = source
    return true
  }
}

/// Whether anything may be sent to an address at all (RELIABILITY 16): never to many, nobody, or the neighbourhood of the
/// machine itself, where clouds keep their secrets.
extension IPAddress {
  var isSendable: Bool {
    if self.isMulticast || self.isBroadcast || self.isUnspecified { return false }
    // fe80::/10 needs an interface that a description cannot name; 169.254.0.0/16 holds metadata services.
    if self.isLinkLocal { return false }
    return self.v4.map { $0 >> 24 != 0 && $0 >> 28 != 0xf } ?? true
  }
}
