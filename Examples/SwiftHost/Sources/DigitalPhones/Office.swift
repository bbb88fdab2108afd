import Cryptography
import Features
public import Kernel
import NumberPlan
public import SIP
public import Sessions

/// What the host is configured with: number plan, digital phones, SIP telephones and where they reach the exchange.
public struct Office: Sendable {
  public var plan: Plan
  /// Numbers of digital phones.
  public var digitalPhones: [String]
  /// Numbers and passwords of SIP telephones; the user name is the number.
  public var telephones: [(number: String, password: String)]
  public var listener: SocketAddress
  /// Legs that the media server may serve at once; 0 without one: no music, no conference.
  public var mediaChannels = 0
  /// From the system's generator; fixed for scripts.
  public var seed: (UInt64, UInt64, UInt64, UInt64)

  public init(
    plan: Plan, digitalPhones: [String], telephones: [(number: String, password: String)], listener: SocketAddress,
    seed: (UInt64, UInt64, UInt64, UInt64)
  ) {
    self.plan = plan
    self.digitalPhones = digitalPhones
    self.telephones = telephones
    self.listener = listener
    self.seed = seed
  }

  /// The hash functions of digest authentication.
  public static let digests = DigestFunctions(md5: { HashFunction.md5.hash($0) }, sha256: { HashFunction.sha256.hash($0) })

  /// Reads a number plan.
  /// - Throws: what is wrong with it, each with its line.
  public static func plan(at path: String) throws(PlanProblem) -> Plan {
    let result = PlanFile.load(path: path, modules: BuiltIn.modules.map(\.descriptor))
    guard let plan = result.plan else { throw PlanProblem(text: result.text) }
    return plan
  }

  public struct PlanProblem: Error, CustomStringConvertible {
    public let text: String
    public var description: String { self.text }
  }

  /// A new exchange with all this installed, and nothing restored.
  func exchange(restarts: UInt64, at now: Instant) -> Exchange {
    var options = ExchangeOptions()
    // Telephones on this machine and in private networks need no digest for calls, and talk to each other directly.
    options.privateNetworks = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].compactMap { AddressBlock($0) }
    options.mediaChannels = self.mediaChannels
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: self.listener)], modules: BuiltIn.modules,
      digests: Self.digests, seed: (self.seed.0 &+ restarts, self.seed.1, self.seed.2, self.seed.3),
      secret: withUnsafeBytes(of: self.seed.3) { Array($0) }, at: now)
    var plan = self.plan
    // Nobody could be brought together, and the code would lose the held party.
    if self.mediaChannels == 0 { plan.modules.removeAll { $0.module == Conference.descriptor.name } }
    exchange.install(plan)
    exchange.install(self.accounts(realm: options.realm), at: now)
    exchange.install(whiteList: options.privateNetworks)
    return exchange
  }

  private func accounts(realm: String) -> [StationAccount] {
    self.telephones.compactMap { telephone in
      guard let number = StationNumber(telephone.number) else { return nil }
      func hash(_ algorithm: DigestAlgorithm) -> [UInt8] {
        Self.digests.ha1(
          algorithm, user: Array(telephone.number.utf8), realm: Array(realm.utf8), password: Array(telephone.password.utf8))
      }
      return StationAccount(number: number, userID: telephone.number, md5: hash(.md5), sha256: hash(.sha256))
    }
  }
}
