import Kernel

/// Whether a session lives is asked at intervals, by a re-INVITE or UPDATE of one side; without it the session ends (RFC 4028;
/// INTEROP 15). One machine for each leg, for each leg has a peer of its own.
enum SessionTimer: Equatable, Sendable {
  /// Nobody asks: one side does not know how, or neither wants it.
  case off
  /// We ask next at half of the interval.
  case ours(Agreement, since: Instant)
  /// Half of it is over: our refresh is under way, or has failed and is repeated at `again`.
  case refreshing(Agreement, since: Instant, again: Instant)
  /// The peer asks.
  case theirs(Agreement, since: Instant)

  /// What both sides have agreed on with the last 2xx.
  struct Agreement: Equatable, Sendable {
    /// Seconds from one refresh to the end of a session that has no other.
    var seconds: UInt32
    var refresher: Refresher

    var half: Interval { .milliseconds(Int64(self.seconds) * 500) }
    var whole: Interval { .seconds(Int64(self.seconds)) }
    /// Whoever does not refresh gives up a little earlier, so that both ends do not say BYE at once (RFC 4028 §10).
    var patience: Interval { .seconds(Int64(self.seconds - min(32, self.seconds / 3))) }
  }

  enum Refresher: Equatable, Sendable { case exchange, peer }

  enum Event: Equatable, Sendable {
    /// A 2xx to an INVITE or UPDATE of either side; nil: it names no interval.
    case agreed(Agreement?)
    /// ``deadline`` has come.
    case due
    /// Our refresh was refused, and may be repeated at once in another form.
    case refused
  }

  enum Effect: Equatable, Sendable { case none, refresh, expire }

  /// When `due` is to be told; `never` while nothing runs.
  var deadline: Instant {
    switch self {
    case .off: .never
    case .ours(let agreement, let since): since + agreement.half
    case .refreshing(let agreement, let since, let again): min(since + agreement.whole, again)
    case .theirs(let agreement, let since): since + agreement.patience
    }
  }

  mutating func handle(_ event: Event, at now: Instant) -> Effect {
    switch (self, event) {
    case (.off, .agreed(let agreement)), (.ours, .agreed(let agreement)), (.refreshing, .agreed(let agreement)),
      (.theirs, .agreed(let agreement)):
      self = Self.started(agreement, at: now)
      return .none
    case (.ours(let agreement, let since), .due):
      self = .refreshing(agreement, since: since, again: now + Self.pause)
      return .refresh
    case (.refreshing(let agreement, let since, _), .due):
      guard now < since + agreement.whole else {
        self = .off
        return .expire
      }
      self = .refreshing(agreement, since: since, again: now + Self.pause)
      return .refresh
    case (.theirs, .due):
      self = .off
      return .expire
    case (.refreshing(let agreement, let since, _), .refused):
      self = .refreshing(agreement, since: since, again: now + Self.pause)
      return .refresh
    // A timer that was stopped meanwhile; a refresh that was overtaken by one of the peer's.
    case (.off, .due), (.off, .refused), (.ours, .refused), (.theirs, .refused): return .none
    }
  }

  private static func started(_ agreement: Agreement?, at now: Instant) -> SessionTimer {
    guard let agreement else { return .off }
    switch agreement.refresher {
    case .exchange: return .ours(agreement, since: now)
    case .peer: return .theirs(agreement, since: now)
    }
  }

  var agreement: Agreement? {
    switch self {
    case .off: nil
    case .ours(let agreement, _), .refreshing(let agreement, _, _), .theirs(let agreement, _): agreement
    }
  }

  /// Shortest interval that is taken, and the one that stands for a missing Min-SE (RFC 4028 §4, §5).
  static var shortest: UInt32 { 90 }
  /// Longest interval that is believed: a day.
  static var longest: UInt32 { 86_400 }
  /// From a refresh that failed to the next.
  static var pause: Interval { .seconds(32) }
}

// What the messages say.
extension SessionTimer.Agreement {
  /// What a 2xx of ours says to a request of the peer (RFC 4028 §9, table 2).
  /// - Parameter wanted: the interval we should like, in seconds; 0: none where the peer does not ask for one.
  init?(answering request: SIPMessage, wanted: UInt32) {
    let asked = request.number(.sessionExpires)
    let canRefresh = request.supports("timer") || request.requires("timer")
    guard asked != nil || (canRefresh && wanted > 0) else { return nil }
    let shortest = max(request.number(.minSE) ?? 0, SessionTimer.shortest)
    let limit = wanted > 0 ? max(wanted, shortest) : SessionTimer.longest
    self.seconds = min(max(asked ?? wanted, shortest), limit)
    // Whoever asks refreshes, unless it wants us to or cannot.
    self.refresher = canRefresh && asked != nil && Self.refresher(in: request) != "uas" ? .peer : .exchange
  }

  /// What the peer's 2xx says to a request of ours; nil where it names no interval.
  init?(answeredBy response: SIPMessage) {
    guard let seconds = response.number(.sessionExpires) else { return nil }
    self.seconds = min(max(seconds, SessionTimer.shortest), SessionTimer.longest)
    self.refresher = Self.refresher(in: response) == "uas" ? .peer : .exchange
  }

  private static func refresher(in message: SIPMessage) -> String? {
    guard let value = message.header(.sessionExpires) else { return nil }
    let octets = message.array(value)
    guard let parameters = octets.firstIndex(of: 0x3b),
      let named = Slice(parameters, octets.count).parameter("refresher", in: octets)?.value
    else { return nil }
    return String(decoding: named.array(in: octets), as: UTF8.self).lowercased()
  }
}
