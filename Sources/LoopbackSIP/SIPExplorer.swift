public import Kernel
import SIP
import Sessions

/// Many telephones that do anything at any moment over a bad network, by seed. Whenever all is quiet everybody must hear whom
/// the calls say and nobody else (CALL-9, MED-1, MED-3, HOLD-1); then everybody hangs up and nothing may be left (CALL-8;
/// ARCHITECTURE rule 2). Equal seeds give equal octets in every process.
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
    /// What parties were found to hear while all was quiet, and how often.
    public let heard: Heard
    /// How many of each final status callers heard.
    public let outcomes: [(status: UInt16, count: Int)]

    public struct Heard: Sendable {
      public var directly = 0
      public var relayed = 0
      public var mixed = 0
      public var encrypted = 0
      public var music = 0
      public var others = 0
      public var silence = 0

      public init() {}

      public mutating func add(_ other: Heard) {
        self.directly += other.directly
        self.relayed += other.relayed
        self.mixed += other.mixed
        self.encrypted += other.encrypted
        self.music += other.music
        self.others += other.others
        self.silence += other.silence
      }
    }

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
  var scenery: Scenery
  var accounts: [StationAccount] = []
  let seed: UInt64
  var actions: [String] = []
  var failures: [String] = []
  var heard = Report.Heard()
  /// Branches and Call-IDs of what was sent again out of turn: nobody promises one answer to that, or a dialog for it.
  var repeated: Set<[UInt8]> = []
  private static let exchange = SocketAddress(IPAddress(127, 0, 0, 1), port: 5060)
  private static let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

  /// Explores `steps` moves of 6 to 10 telephones with the modules in the order given, and looks whether all is well.
  /// - `plan`: stations 2001 to 2099 at least.
  public static func run(seed: UInt64, modules: [Module], plan: Plan, steps: Int = 50) -> Report {
    var explorer = SIPExplorer(seed: seed, modules: modules, plan: plan)
    explorer.connect()
    for step in 0..<steps {
      explorer.move()
      if explorer.isTalkative ? step % 5 == 4 : step % 17 == 16 { explorer.calm() }
    }
    explorer.finish()
    return explorer.report()
  }

  private init(seed: UInt64, modules: [Module], plan: Plan) {
    self.seed = seed
    self.scenery = Scenery(seed: seed, hasHold: plan.modules.contains { $0.module == "Hold" })
    let around = self.scenery.surroundings
    var options = ExchangeOptions()
    options.privateNetworks = around.privateNetworks
    options.ringTime = .seconds(40)
    options.mediaChannels = self.scenery.channels
    if seed % 7 == 3 { options.callAuthentication = .digest }
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchange)], modules: modules, digests: .toy,
      seed: (seed, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    exchange.publicAddress = around.publicAddress
    exchange.install(plan)
    exchange.install(whiteList: Scenery.everywhere)
    self.network = Network(exchange: exchange, seed: seed, at: Self.start)
    var accounts: [StationAccount] = []
    let stations = 5 + Int(self.network.draw(4))
    for index in 1...stations {
      let contacts = index <= 2 ? 2 : 1
      let habits = self.scenery.habits(of: index)
      guard let account = self.scenery.account(index, contacts: contacts, habits) else { continue }
      accounts.append(account)
      for device in 1...contacts {
        self.network.phones.append(self.scenery.phone(index, device, of: Self.exchange, habits))
      }
    }
    self.accounts = accounts
    self.network.exchange.install(accounts, at: Self.start)
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
    self.network.weather.portFailure = self.scenery.portFailure
  }

  /// Owners who mostly talk, hold and move, in fine weather: much is to be heard.
  var isTalkative: Bool { self.seed % 3 == 0 }

  /// Fine weather and idle owners for a minute and a half: whoever is still connected must have somebody to talk to. Where the
  /// weather was fine before, nothing takes that long.
  private mutating func calm() {
    self.actions.append("\(self.clock) calm")
    let weather = self.network.weather
    self.network.weather = .fine
    self.network.advance(by: self.isTalkative && self.network.draw(4) > 0 ? .seconds(1) : .seconds(90))
    self.checkConversations()
    self.checkHearing()
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
      ladder: self.failures.isEmpty ? "" : self.network.ladder, heard: self.heard,
      outcomes: outcomes.sorted { $0.status < $1.status })
  }
}
