import Kernel
import Sessions

/// Challenges and their answers (RFC 7616, RFC 8760; REG-1). Nonces carry their time and a hash over it, the source
/// address and a secret of this process, so that nothing is remembered of those who are merely challenged; what is
/// remembered is the highest nonce count of nonces that were answered rightly.
struct Authenticator: Sendable {
  enum Verdict: Sendable, Equatable {
    /// No credentials, none that we can check, or for an old or foreign nonce, or a count that was used: challenge.
    case challenge(isStale: Bool)
    case good
    /// Wrong user, password or station, by somebody who answered a nonce that was given to this very address.
    case wrong
  }

  static let lifetime: Interval = .seconds(300)
  private static let remembered = 50_000

  let realm: [UInt8]
  let digests: DigestFunctions
  private let secret: [UInt8]
  private var counts: [Key128: UInt32] = [:]
  /// Nonces in the order in which they were first used: the oldest are forgotten.
  private var order: [Key128] = []
  private var oldest = 0
  private let seed: HashSeed
  /// In the last nonce, as nanoseconds.
  private var lastTime: UInt64 = 0

  init(realm: String, digests: DigestFunctions, secret: [UInt8], seed: HashSeed) {
    self.realm = Array(realm.utf8)
    self.digests = digests
    self.secret = secret
    self.seed = seed
  }

  /// A nonce of its own for every challenge, or two telephones behind one address would use each other's counts up.
  mutating func nonce(for source: IPAddress, at now: Instant) -> [UInt8] {
    let time = max(UInt64(bitPattern: now.nanoseconds), self.lastTime &+ 1)
    self.lastTime = time
    var text: [UInt8] = []
    text.reserveCapacity(48)
    text.appendHexadecimal(time)
    text.append(contentsOf: self.seal(time, source))
    return text
  }

  private func seal(_ time: UInt64, _ source: IPAddress) -> ArraySlice<UInt8> {
    var sealed = self.secret
    sealed.appendHexadecimal(time)
    sealed.appendHexadecimal(source.mapped.high)
    sealed.appendHexadecimal(source.mapped.low)
    sealed.append(contentsOf: self.realm)
    sealed.append(contentsOf: self.secret)
    return self.digests.hexadecimal(.sha256, sealed).prefix(32)
  }

  /// Checks the credentials of a request for an account; with nil the same work is done and the answer is never good,
  /// so that an unknown station cannot be told from a wrong password (REG-2).
  mutating func check(
    _ message: SIPMessage, account: StationAccount?, source: IPAddress, proxy: Bool, offersSHA256: Bool, at now: Instant
  ) -> Verdict {
    guard let credentials = (try? message.credentials(realm: self.realm, proxy: proxy)) ?? nil,
      offersSHA256 || credentials.algorithm == .md5
    else { return .challenge(isStale: false) }
    let nonce = credentials.nonce.array(in: message.bytes)
    guard let time = Self.time(of: nonce), DigestResponse.equal(Array(nonce.dropFirst(16)), Array(self.seal(time, source)))
    else { return .challenge(isStale: false) }
    let stored = credentials.algorithm == .md5 ? account?.md5 ?? [] : account?.sha256 ?? []
    let length = credentials.algorithm == .md5 ? 32 : 64
    let ha1 = stored.isEmpty ? [UInt8](repeating: 0x30, count: length) : stored
    let isRight = credentials.verify(method: message.array(message.methodBytes), ha1: ha1, in: message.bytes, with: self.digests)
    let isUser = account.map { credentials.matches(user: Array($0.userID.utf8), in: message.bytes) } ?? false
    guard isRight, isUser, !stored.isEmpty, account?.userID.isEmpty == false else { return .wrong }
    let age = now - Instant(nanoseconds: Int64(truncatingIfNeeded: time))
    guard age >= .seconds(-1), age < Self.lifetime else { return .challenge(isStale: true) }
    return self.use(Key128(nonce, seed: self.seed), credentials.nonceCount) ? .good : .challenge(isStale: true)
  }

  /// False when this count, or a higher one, was used with the nonce before.
  private mutating func use(_ nonce: Key128, _ count: UInt32) -> Bool {
    if let used = self.counts[nonce] {
      guard count > used else { return false }
    } else {
      if self.order.count < Self.remembered {
        self.order.append(nonce)
      } else {
        self.counts[self.order[self.oldest]] = nil
        self.order[self.oldest] = nonce
        self.oldest = (self.oldest + 1) % Self.remembered
      }
    }
    self.counts[nonce] = count
    return true
  }

  private static func time(of nonce: [UInt8]) -> UInt64? {
    guard nonce.count == 48 else { return nil }
    var time: UInt64 = 0
    for octet in nonce.prefix(16) {
      let digit: UInt8
      switch octet {
      case 0x30...0x39: digit = octet &- 0x30
      case 0x61...0x66: digit = octet &- 0x57
      default: return nil
      }
      time = time &<< 4 | UInt64(digit)
    }
    return time
  }
}
