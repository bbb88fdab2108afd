import Kernel
import Sessions

/// Subscriptions over a restart: a lamp works on after `kill -9`. One row each, written when it begins and is refreshed, not for each
/// NOTIFY: their numbers are reserved in blocks, so that CSeq and version rise over a restart without that.
extension Exchange {
  /// Layout of a row.
  private static let layout: UInt8 = 1

  mutating func keepSubscription(_ id: SubscriptionID) {
    guard let found = self.subscriptions[id], found.row != 0, found.isLive else { return }
    self.outbox.facts.append(.subscription(found.row, Self.octets(of: found)))
  }

  /// Nobody waits for this: one that is over and comes back after a crash is refused by its telephone.
  mutating func forget(_ id: SubscriptionID) {
    guard let found = self.subscriptions[id], found.row != 0 else { return }
    self.outbox.facts.append(.subscription(found.row, nil))
    self.subscriptions.update(id) { $0.row = 0 }
  }

  /// The next block of numbers. A NOTIFY does not wait for it: the store has half a block's time.
  mutating func reserve(_ id: SubscriptionID) {
    self.subscriptions.update(id) { $0.reserved = $0.notified &+ 2 &* Subscription.block }
    self.keepSubscription(id)
  }

  private static func octets(of found: Subscription) -> [UInt8] {
    var writer = FactWriter()
    writer.put(Self.layout)
    writer.put(found.package.rawValue)
    switch found.resource {
    case .station(let number): writer.put(UInt8(0), number)
    case .mailbox(let number): writer.put(UInt8(1), number)
    case .lamp(let lamp, let number): writer.put(2 &+ lamp.rawValue, number)
    }
    writer.put(found.station.digits)
    writer.put(UInt64(bitPattern: found.device))
    writer.put(found.flow)
    writer.put(UInt64(found.remoteCSeq))
    writer.put(UInt64(found.reserved))
    writer.put(found.expires)
    for block in [
      found.eventID, found.names.callID, found.names.localTag, found.names.remoteTag, found.names.local, found.names.remote,
      found.names.target,
    ] { writer.block(block) }
    writer.put(UInt64(found.names.routes.count))
    for route in found.names.routes { writer.block(route) }
    return writer.octets
  }

  /// Takes up the subscriptions of an earlier process. All are told anew, spread out, or as soon as what they watch changes.
  /// - Returns: how many could not be read.
  mutating func restoreSubscriptions(_ rows: [(row: Int64, state: [UInt8])]) -> Int {
    var rejected = 0
    for (place, row) in rows.enumerated() {
      self.subscriptions.nextRow = max(self.subscriptions.nextRow, row.row &+ 1)
      var reader = FactReader(row.state)
      guard var found = reader.subscription(row.row, layout: Self.layout) else {
        rejected += 1
        continue
      }
      // A connection of an earlier process is gone: until the telephone registers over a new one it is told nothing.
      if found.flow.kind.isReliable { found.flow.connection = 0 }
      if Int(found.flow.local) >= self.listeners.count { found.flow.local = 0 }
      found.state = .recovered
      let id = self.subscriptions.insert(found, self.dialogKey(found.names.callID, found.names.localTag))
      guard found.expires > self.now, self.registry.binding(found.device) != nil, self.isThere(found.resource) else {
        self.step(id, .ended(found.expires > self.now ? .probation : .timeout))
        continue
      }
      let expiry = self.timers.arm(.subscription(id), at: found.expires)
      self.reserve(id)
      let timer = self.timers.arm(.renotify(id), at: self.now + .milliseconds(Int64(1_000 + (place &* 13) % 29_000)))
      self.subscriptions.update(id) {
        $0.expiry = expiry
        $0.timer = timer
      }
    }
    return rejected
  }

  private func isThere(_ resource: Resource) -> Bool {
    switch resource {
    case .station(let number): self.accounts[number] != nil
    case .mailbox(let number): self.accounts[number]?.hasMailbox == true
    case .lamp(_, let number): self.kernel.world.isStation(number.digits)
    }
  }
}

extension FactWriter {
  fileprivate mutating func put(_ kind: UInt8, _ number: StationNumber) {
    self.put(kind)
    self.put(number.digits)
  }
}

extension FactReader {
  fileprivate mutating func subscription(_ row: Int64, layout: UInt8) -> Subscription? {
    guard self.octet() == layout, let package = self.octet().flatMap({ EventPackage(rawValue: $0) }),
      let resource = self.resource(), let station = self.digits().flatMap({ StationNumber($0) }), let device = self.integer(),
      let flow = self.flow(), let remoteCSeq = self.integer().flatMap({ UInt32(exactly: $0) }),
      let reserved = self.integer().flatMap({ UInt32(exactly: $0) }), let expires = self.instant(),
      let eventID = self.block(), let callID = self.block(), let localTag = self.block(), let remoteTag = self.block(),
      let own = self.block(), let remote = self.block(), let target = self.block(), let count = self.integer(), count <= 64
    else { return nil }
    var routes: [[UInt8]] = []
    for _ in 0..<count {
      guard let route = self.block() else { return nil }
      routes.append(route)
    }
    var found = Subscription(
      package: package, resource: resource, station: station, device: Int64(bitPattern: device),
      names: DialogNames(
        callID: callID, localTag: localTag, remoteTag: remoteTag, local: own, remote: remote, target: target, routes: routes),
      eventID: eventID, flow: flow, remoteCSeq: remoteCSeq, expires: expires, row: row)
    found.notified = reserved
    found.reserved = reserved
    return found
  }

  private mutating func resource() -> Resource? {
    guard let kind = self.octet(), let number = self.digits().flatMap({ StationNumber($0) }) else { return nil }
    switch kind {
    case 0: return .station(number)
    case 1: return .mailbox(number)
    default: return Lamp(rawValue: kind &- 2).map { .lamp($0, number) }
    }
  }
}
