import Kernel

/// Every subscription, and who watches what.
struct Subscriptions: Sendable {
  private(set) var entries = SlotMap<Subscription>()
  /// By Call-ID and our tag.
  private var index: [Key128: SubscriptionID] = [:]
  /// Those to be told, in the order in which they came.
  private var watchers: [Resource: [SubscriptionID]] = [:]
  private var devices: [Int64: [SubscriptionID]] = [:]
  private var counts: [StationNumber: Int] = [:]
  /// Whom a NOTIFY under way is for.
  var telling: [ClientTransactionID: SubscriptionID] = [:]
  /// What may have changed in the turn under way.
  private(set) var touched: [Resource] = []
  /// Row of the next subscription that is kept; grows across restarts.
  var nextRow: Int64 = 1

  /// Nothing else costs anything while nobody watches.
  var isEmpty: Bool { self.entries.count == 0 }
  var count: Int { self.entries.count }

  subscript(id: SubscriptionID) -> Subscription? { self.entries[id] }

  func find(_ key: Key128) -> SubscriptionID? { self.index[key] }

  /// Those to be told of `resource`, oldest first.
  func watchers(of resource: Resource) -> [SubscriptionID] { self.watchers[resource] ?? [] }

  func subscriptions(of device: Int64) -> [SubscriptionID] { self.devices[device] ?? [] }

  func count(of station: StationNumber) -> Int { self.counts[station] ?? 0 }

  /// Whether the device has subscribed to its messages: then it is told nothing that it did not ask for (MWI-1).
  func hasMessages(device: Int64) -> Bool {
    self.subscriptions(of: device).contains { self.entries[$0]?.package == .messageSummary }
  }

  mutating func insert(_ subscription: Subscription, _ key: Key128) -> SubscriptionID {
    let id = self.entries.insert(subscription)
    self.index[key] = id
    self.watchers[subscription.resource, default: []].append(id)
    self.devices[subscription.device, default: []].append(id)
    self.counts[subscription.station, default: 0] += 1
    return id
  }

  mutating func update(_ id: SubscriptionID, _ body: (inout Subscription) -> Void) { self.entries.update(id, body) }

  /// It has ended: nobody is told by it any more but for its last NOTIFY.
  mutating func retire(_ id: SubscriptionID) {
    guard let found = self.entries[id], Self.take(id, from: &self.watchers, found.resource) else { return }
    _ = Self.take(id, from: &self.devices, found.device)
    let left = self.count(of: found.station) - 1
    self.counts[found.station] = left > 0 ? left : nil
  }

  mutating func remove(_ id: SubscriptionID, _ key: Key128) {
    self.retire(id)
    self.index[key] = nil
    self.entries.remove(id)
  }

  /// The device has another binding now.
  mutating func move(_ id: SubscriptionID, to device: Int64) {
    guard let found = self.entries[id], Self.take(id, from: &self.devices, found.device) else { return }
    self.devices[device, default: []].append(id)
    self.entries.update(id) { $0.device = device }
  }

  mutating func touch(_ resource: Resource) {
    guard self.watchers[resource] != nil, !self.touched.contains(resource) else { return }
    self.touched.append(resource)
  }

  mutating func takeTouched() -> [Resource] {
    defer { self.touched.removeAll(keepingCapacity: true) }
    return self.touched
  }

  // MARK: Looking at itself

  var timerCount: Int {
    var count = 0
    self.entries.forEach { _, found in count += (found.expiry.isNone ? 0 : 1) + (found.timer.isNone ? 0 : 1) }
    return count
  }

  /// What does not fit together; empty as long as all is well.
  func audit() -> [String] {
    var findings: [String] = []
    var watching = 0
    self.entries.forEach { id, found in
      let isWatching = self.watchers(of: found.resource).contains(id)
      if isWatching != found.isLive { findings.append("subscription \(id) is \(found.state), watching: \(isWatching)") }
      if isWatching { watching += 1 }
      if isWatching != self.subscriptions(of: found.device).contains(id) { findings.append("subscription \(id) has no device") }
      if found.isLive, found.state != .opening, found.expiry.isNone { findings.append("subscription \(id) does not expire") }
    }
    // order does not matter: a sum.
    let counted = self.counts.values.reduce(0, +)
    if counted != watching { findings.append("\(watching) subscriptions, counted \(counted)") }
    if self.index.count != self.entries.count {
      findings.append("\(self.entries.count) subscriptions, \(self.index.count) names")
    }
    return findings
  }

  private static func take<Key: Hashable>(_ id: SubscriptionID, from lists: inout [Key: [SubscriptionID]], _ key: Key) -> Bool {
    guard var list = lists[key], let place = list.firstIndex(of: id) else { return false }
    list.remove(at: place)
    lists[key] = list.isEmpty ? nil : list
    return true
  }
}
