public import Kernel
import SIP
import Sessions

/// Many telephones that do anything at any moment over a bad network, by seed; then everybody hangs up and nothing may be
/// left (CALL-8; ARCHITECTURE rule 2). Equal seeds give equal octets in every process.
public struct SIPExplorer: Sendable {
  /// What came of one run.
  public struct Report: Sendable {
    public let seed: UInt64
    /// FNV-1a over time, receiver and octets of everything the exchange sent.
    public let hash: UInt64
    public let sends: Int
    public let calls: Int
    /// What the owners did, one line each.
    public let actions: [String]
    /// Empty as long as all is well.
    public let failures: [String]
    public let ladder: String
    /// How many of each final status callers heard.
    public let outcomes: [(status: UInt16, count: Int)]

    /// One line: the same in every process for the same seed.
    public var text: String {
      "seed \(self.seed): \(self.sends) sends, \(self.calls) calls, hash \(String(self.hash, radix: 16))"
    }

    /// For a failed test: what went wrong, what was done, who sent what.
    public var story: String {
      (["SIP explorer, seed \(self.seed)"] + self.failures + ["--"] + self.actions + ["--", self.ladder]).joined(separator: "\n")
    }
  }

  var network: Network
  let seed: UInt64
  var actions: [String] = []
  var failures: [String] = []
  /// Branches and Call-IDs of what was sent again out of turn: nobody promises one answer to that, or a dialog for it.
  var repeated: Set<[UInt8]> = []
  private static let exchange = SocketAddress(IPAddress(127, 0, 0, 1), port: 5060)
  private static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

  /// Explores `steps` moves of 6 to 10 telephones with the modules in the order given, and looks whether all is well.
  /// - Parameter plan: stations 2001 to 2099 at least.
  public static func run(seed: UInt64, modules: [Module], plan: Plan, steps: Int = 50) -> Report {
    var explorer = SIPExplorer(seed: seed, modules: modules, plan: plan)
    explorer.connect()
    for step in 0..<steps {
      explorer.move()
      if step == steps / 2 { explorer.calm() }
    }
    explorer.finish()
    return explorer.report()
  }

  private init(seed: UInt64, modules: [Module], plan: Plan) {
    self.seed = seed
    var options = ExchangeOptions()
    options.privateNetworks = AddressBlock("127.0.0.0/8").map { [$0] } ?? []
    options.ringTime = .seconds(40)
    if seed % 7 == 3 { options.callAuthentication = .digest }
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchange)], modules: modules, digests: .toy,
      seed: (seed, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    exchange.install(plan)
    exchange.install(whiteList: options.privateNetworks)
    self.network = Network(exchange: exchange, seed: seed, at: Self.start)
    var accounts: [StationAccount] = []
    let stations = 5 + Int(self.network.draw(4))
    for index in 1...stations {
      let contacts = index <= 2 ? 2 : 1
      guard let account = self.account(index, contacts: contacts) else { continue }
      accounts.append(account)
      for device in 1...contacts { self.addPhone(index, device) }
    }
    self.network.exchange.install(accounts, at: Self.start)
  }

  private mutating func account(_ index: Int, contacts: Int) -> StationAccount? {
    guard let number = StationNumber("200\(index)") else { return nil }
    let (user, password) = (Array("u\(index)".utf8), Array("secret-\(index)".utf8))
    let realm = Array("strowger".utf8)
    return StationAccount(
      number: number, userID: "u\(index)", md5: DigestFunctions.toy.ha1(.md5, user: user, realm: realm, password: password),
      sha256: DigestFunctions.toy.ha1(.sha256, user: user, realm: realm, password: password), contacts: contacts,
      earlyMedia: self.network.draw(3) == 0)
  }

  private mutating func addPhone(_ index: Int, _ device: Int) {
    var phone = Phone(
      number: "200\(index)", userID: "u\(index)", password: "secret-\(index)",
      address: SocketAddress(IPAddress(127, 0, UInt8(truncatingIfNeeded: device), UInt8(truncatingIfNeeded: index)), port: 5070),
      exchange: Self.exchange, digests: .toy, seed: self.seed &* 1000 &+ UInt64(10 * index + device))
    phone.algorithm = self.network.draw(2) == 0 ? .md5 : .sha256
    phone.hasVideo = self.network.draw(4) == 0
    if self.network.draw(5) == 0 { phone.codecs = [0] }
    if self.network.draw(5) == 0 { phone.codecs = [8] }
    self.network.phones.append(phone)
  }

  /// Registers everybody while the weather is fine.
  private mutating func connect() {
    for index in self.network.phones.indices { self.network.with(at: index) { $0.register(at: $1) } }
    self.network.advance(by: .seconds(2))
    for phone in self.network.phones where !phone.isRegistered {
      self.failures.append("\(phone.number) could not register in fine weather")
    }
    if self.seed % 3 != 0 { self.network.weather = .storm }
    if self.seed % 4 == 1 { self.network.weather.storeFailure = 100 }
  }

  /// Fine weather and idle owners for a minute and a half: whoever is still connected must have somebody to talk to.
  private mutating func calm() {
    self.actions.append("\(self.clock) calm")
    let weather = self.network.weather
    self.network.weather = .fine
    self.network.advance(by: .seconds(90))
    self.checkConversations()
    self.failures += self.network.exchange.audit()
    self.network.weather = weather
  }

  /// Everybody hangs up whatever there is; two minutes later all must be quiet.
  private mutating func finish() {
    self.actions.append("\(self.clock) everybody hangs up")
    for index in self.network.phones.indices { self.network.with(at: index) { phone, _ in phone.isDeaf = false } }
    for _ in 0..<3 {
      self.hangUp(nil)
      self.network.advance(by: .seconds(1))
    }
    self.network.weather.storeFailure = 0
    self.network.advance(by: .seconds(120))
    self.failures += self.network.exchange.leftovers().map { "left at the end: \($0)" }
    // A telephone whose only answer to the last copy of an INVITE was lost rings on until its owner hears it.
    self.hangUp(.offered)
    self.network.advance(by: .seconds(70))
    self.checkEnd()
  }

  private mutating func hangUp(_ state: Phone.CallState?) {
    for index in self.network.phones.indices {
      for call in self.network.phones[index].calls where state == nil || call.state == state {
        self.network.with(at: index) { $0.hangUp(call.id, at: $1) }
      }
    }
  }

  var clock: Int64 { (self.network.now - Self.start).milliseconds }

  private func report() -> Report {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ octet: UInt8) { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
    var sends = 0
    for entry in self.network.trace where !entry.isToExchange {
      sends += 1
      for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: entry.time.nanoseconds >> Int64(shift))) }
      for octet in entry.phone.utf8 { add(octet) }
      for octet in entry.bytes { add(octet) }
    }
    var outcomes: [(status: UInt16, count: Int)] = []
    var calls = 0
    for call in self.network.phones.flatMap(\.calls) where call.isOutgoing {
      calls += 1
      guard let status = call.finalStatus else { continue }
      if let known = outcomes.firstIndex(where: { $0.status == status }) {
        outcomes[known].count += 1
      } else {
        outcomes.append((status, 1))
      }
    }
    return Report(
      seed: self.seed, hash: hash, sends: sends, calls: calls, actions: self.actions, failures: self.failures,
      ladder: self.failures.isEmpty ? "" : self.network.ladder, outcomes: outcomes.sorted { $0.status < $1.status })
  }
}
