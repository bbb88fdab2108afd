import Foundation
import Kernel
import SIP
import Sessions
import Store
import Synchronization
import Transport

/// The plan's trunks with their secrets and with what their hosts' names stand for now. Names are looked up on a thread of its
/// own: when a plan is taken, and every few minutes; the exchange gets addresses.
final class TrunkBook: Sendable {
  private struct State {
    var entries: [Plan.TrunkEntry] = []
    var secrets: [TrunkSecretRow] = []
    /// Names that were looked up; a name that cannot be looked up any more keeps what it had.
    var known: [String: [IPAddress]] = [:]
    var hasStopped = false
  }

  private let state = Mutex(State())
  private let names = DispatchQueue(label: "strowger.names", qos: .utility)
  private let loop: ExchangeLoop
  private let log: Log

  init(_ loop: ExchangeLoop, log: Log) {
    self.loop = loop
    self.log = log
  }

  /// Accounts for a plan that is about to be put in force together with them. Call ``lookUp()`` afterwards.
  func take(_ entries: [Plan.TrunkEntry]) -> [TrunkAccount] {
    self.state.withLock { state in
      state.entries = entries
      return Self.accounts(state)
    }
  }

  /// Takes secrets anew.
  func take(_ secrets: [TrunkSecretRow]) -> [TrunkAccount] {
    self.state.withLock { state in
      state.secrets = secrets
      return Self.accounts(state)
    }
  }

  /// Says what of the plan's trunks cannot be used, one line each.
  static func warnings(_ entries: [Plan.TrunkEntry]) -> [String] {
    entries.filter { TrunkAddress($0.address) == nil }.map {
      "trunk \($0.name) cannot be used: \($0.address) is not sip:HOST[:PORT][;transport=udp|tcp|tls]"
    }
  }

  /// Looks all names up, and again every few minutes.
  func begin() {
    self.lookUp()
    self.names.asyncAfter(deadline: .now() + .seconds(Self.period)) { [weak self] in
      guard let self, !self.state.withLock({ $0.hasStopped }) else { return }
      self.begin()
    }
  }

  private static let period = 180

  /// Looks all names up; the exchange is told where something has changed.
  func lookUp() { self.names.async { self.lookUpNow() } }

  func stop() { self.state.withLock { $0.hasStopped = true } }

  private func lookUpNow() {
    let names = self.state.withLock { Self.names(in: $0.entries) }
    var found: [(name: String, addresses: [IPAddress])] = []
    for name in names {
      if self.state.withLock({ $0.hasStopped }) { return }
      found.append((name, NameLookup.addresses(of: name)))
    }
    for (name, addresses) in found where addresses.isEmpty {
      self.log.say("\(name), named by a trunk, cannot be looked up", .yellow)
    }
    let accounts = self.state.withLock { state -> [TrunkAccount]? in
      let before = Self.accounts(state)
      for (name, addresses) in found where !addresses.isEmpty { state.known[name] = addresses }
      let after = Self.accounts(state)
      return before == after || state.hasStopped ? nil : after
    }
    guard let accounts else { return }
    _ = self.loop.perform { $0.install(accounts, at: $1) }
  }

  private static func names(in entries: [Plan.TrunkEntry]) -> [String] {
    var names: [String] = []
    for entry in entries {
      let hosts = [TrunkAddress(entry.address)].compactMap { $0?.literal == nil ? $0?.host : nil }
      for name in hosts + entry.sources.filter({ AddressBlock($0) == nil }) where !names.contains(name) { names.append(name) }
    }
    return names
  }

  private static func accounts(_ state: State) -> [TrunkAccount] {
    state.entries.compactMap { entry in
      guard let address = TrunkAddress(entry.address) else { return nil }
      let secret = state.secrets.first { $0.trunk == entry.name }
      var account = TrunkAccount(
        name: entry.name, address: address, addresses: address.literal.map { [$0] } ?? state.known[address.host] ?? [],
        registers: entry.registers, userID: secret?.userID ?? "", password: secret?.password.reveal() ?? "")
      if !entry.sources.isEmpty {
        account.sources = entry.sources.flatMap { source in
          AddressBlock(source).map { [$0] } ?? (state.known[source] ?? []).map { AddressBlock($0) }
        }
      }
      return account
    }
  }
}
