import Kernel
import SIP
import Sessions
import Store

/// What the administrator set, ready for the exchange: made off its loop, installed in one go on it.
struct Settings: Sendable {
  let accounts: [StationAccount]
  let whiteList: [AddressBlock]
  let options: ExchangeOptions
  /// What could not be used, one line each.
  private(set) var warnings: [String] = []

  init(_ snapshot: Snapshot, networks: Networks, hasTLS: Bool) {
    let options = ExchangeOptions(snapshot.options, networks: networks, hasTLS: hasTLS)
    self.options = options
    self.accounts = snapshot.stations.compactMap { StationAccount($0, realm: options.realm) }
    self.whiteList = snapshot.whitelist.compactMap { AddressBlock($0) }
    for number in snapshot.unreadable {
      self.warnings.append("the password of station \(number) cannot be opened; set it again")
    }
    if self.accounts.count < snapshot.stations.count {
      self.warnings.append("stations with numbers of more than 24 digits are left out")
    }
  }

  func install(in exchange: inout Exchange, at now: Instant) {
    exchange.install(self.options)
    exchange.install(whiteList: self.whiteList)
    exchange.install(self.accounts, at: now)
  }
}

extension Exchange {
  /// An exchange as the database left it, not running.
  init(_ snapshot: Snapshot, settings: Settings, plan: Plan?, modules: [Module], listeners: [Listener], at now: Instant) {
    var source = SystemRandomNumberGenerator()
    self.init(
      options: settings.options, listeners: listeners, modules: modules, digests: .crypto,
      seed: (source.next(), source.next(), source.next(), source.next()),
      secret: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &source) }, at: now)
    if let plan { self.install(plan) }
    settings.install(in: &self, at: now)
  }

  /// Puts back what an earlier process kept; how many facts could not be read.
  mutating func restore(_ snapshot: Snapshot, secrets: Secrets, lastRecord: Int64, at now: Instant) -> Int {
    self.restore(recordings: snapshot.recordings.compactMap { RecordingSummary($0) }, at: now)
    return self.restore(
      bindings: snapshot.bindings.compactMap { Binding($0, listeners: self.listeners) },
      features: Facts.machines(snapshot.machines),
      calls: snapshot.calls.map { (row: $0.id, handle: $0.handle, state: SealedCalls.open($0.state, id: $0.id, secrets)) },
      answered: snapshot.transactions.map { (key: $0.key, response: $0.response, until: Instant($0.expires)) },
      subscriptions: snapshot.dialogs.map { (row: $0.id, state: $0.state) },
      blocks: snapshot.blocks.compactMap { row in
        IPAddress(row.source).map { BlockStatus(source: $0, until: Instant(row.until), reason: row.reason) }
      },
      nextBinding: snapshot.nextBinding, nextCall: snapshot.nextCall, nextAnswer: snapshot.nextTransaction,
      nextSubscription: snapshot.nextDialog, lastRecord: lastRecord, at: now)
  }
}
