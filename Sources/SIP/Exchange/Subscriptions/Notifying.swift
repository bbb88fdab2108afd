import Kernel
import Sessions

/// NOTIFY: one at a time for each subscription, always the whole state (RFC 6665 §4.2.2).
extension Exchange {
  /// Something has happened to a subscription.
  mutating func step(_ id: SubscriptionID, _ event: SubscriptionMachine.Event) {
    guard let found = self.subscriptions[id] else { return }
    switch SubscriptionMachine.step(found.state, event) {
    case .go(let state, let order):
      self.timers.cancel(found.timer)
      self.subscriptions.update(id) {
        $0.state = state
        $0.timer = .none
      }
      if case .ended = event { self.retire(id) }
      self.carryOut(order, id)
    case .ignore: break
    case .end: self.drop(id)
    case .unreachable(let why):
      self.counters.faults &+= 1
      self.outbox.notices.append(.warning("a subscription of \(found.station): \(why)"))
      self.drop(id)
    }
  }

  private mutating func carryOut(_ order: SubscriptionMachine.Order, _ id: SubscriptionID) {
    switch order {
    case .none: break
    case .tell: self.notify(id, nil)
    case .part(let reason): self.notify(id, reason)
    case .wait(let interval):
      let timer = self.timers.arm(.renotify(id), at: self.now + interval)
      self.subscriptions.update(id) { $0.timer = timer }
    }
  }

  /// It ends: what it watches tells it nothing more, and a restart does not bring it back.
  private mutating func retire(_ id: SubscriptionID) {
    guard let found = self.subscriptions[id] else { return }
    self.timers.cancel(found.expiry)
    self.subscriptions.update(id) { $0.expiry = .none }
    self.subscriptions.retire(id)
    self.forget(id)
  }

  private mutating func drop(_ id: SubscriptionID) {
    self.retire(id)
    guard let found = self.subscriptions[id] else { return }
    self.timers.cancel(found.timer)
    self.subscriptions.remove(id, self.dialogKey(found.names.callID, found.names.localTag))
  }

  // MARK: Telling

  private mutating func notify(_ id: SubscriptionID, _ end: SubscriptionEnd?) {
    guard let found = self.subscriptions[id] else { return }
    let content = self.content(of: found.resource)
    let number = found.notified &+ 1
    self.subscriptions.update(id) {
      $0.notified = number
      $0.told = content
    }
    if end == nil, number &+ Subscription.block / 2 >= found.reserved { self.reserve(id) }
    let flow = found.flow
    let host = self.advertised(flow)
    let branch = self.generator.token("z9hG4bK")
    self.writer.request(.notify, uri: found.names.target)
    self.writer.begin(.via)
    switch flow.kind {
    case .udp: self.writer.text("SIP/2.0/UDP ")
    case .tcp: self.writer.text("SIP/2.0/TCP ")
    case .tls: self.writer.text("SIP/2.0/TLS ")
    }
    self.writer.address(host.address, port: host.port)
    self.writer.text(";branch=")
    self.writer.octets(branch)
    self.writer.text(";rport")
    self.writer.endLine()
    self.writer.header(.maxForwards, 70)
    for route in found.names.routes { self.writer.header(.route, route) }
    self.writer.header(.from, found.names.local + Array(";tag=".utf8) + found.names.localTag)
    let tag = found.names.remoteTag.isEmpty ? [] : Array(";tag=".utf8) + found.names.remoteTag
    self.writer.header(.to, found.names.remote + tag)
    self.writer.header(.callID, found.names.callID)
    self.writer.cseq(number, .notify)
    self.writer.header(.contact, self.contact(of: found))
    self.writeEvent(found, end)
    self.writer.finish(body: self.document(found, content, version: number, host: host), type: found.package.mediaType)
    let transaction = self.transactions.send(
      self.written(), method: .notify, branch: Key128(branch, seed: self.seed), to: flow, owner: DialogID.none.raw, at: self.now)
    self.subscriptions.telling[transaction] = id
    self.counters.notifications &+= 1
  }

  private mutating func writeEvent(_ found: Subscription, _ end: SubscriptionEnd?) {
    self.writer.begin(.event)
    self.writer.text(found.package.name)
    if !found.eventID.isEmpty {
      self.writer.text(";id=")
      self.writer.octets(found.eventID)
    }
    self.writer.endLine()
    self.writer.begin(.subscriptionState)
    if let end {
      self.writer.text(end.text)
    } else {
      self.writer.text("active;expires=")
      self.writer.number(UInt64(max(0, ((found.expires - self.now).milliseconds + 500) / 1000)))
    }
    self.writer.endLine()
  }

  private func document(_ found: Subscription, _ content: Content, version: UInt32, host: SocketAddress) -> [UInt8] {
    switch content {
    case .messages(let counts): return Self.summary(counts, account: self.mailboxAccount + self.hostPart(host))
    case .dialogs, .lamp:
      return DialogDocument(content, entity: found.resource.user, host: self.hostPart(host), version: version).text
    }
  }

  /// Our Contact in its dialog.
  func contact(of found: Subscription) -> [UInt8] {
    let isSecure = Self.isSecure(found.names.target)
    var text: [UInt8] = Array(isSecure ? "<sips:".utf8 : "<sip:".utf8) + found.resource.user
    self.appendHost(found.flow, isSecure: isSecure, to: &text)
    return text
  }

  // MARK: Answers

  /// An answer to a NOTIFY of a subscription; 408 when there was none.
  /// - Returns: whether the transaction was one.
  mutating func told(_ transaction: ClientTransactionID, _ status: UInt16, retryAfter: Interval?) -> Bool {
    guard status >= 200, let id = self.subscriptions.telling.removeValue(forKey: transaction) else { return false }
    switch status {
    case 200...299: self.step(id, .answered)
    case 408, 480, 486, 491, 500, 503, 504: self.step(id, .deferred(after: retryAfter))
    default:
      // A challenge is never answered (RELIABILITY 27): a telephone that asks us for a password does not want this.
      self.step(id, .refused)
    }
    return true
  }

  // MARK: The telephone comes and goes

  /// The binding is gone, and with it the right to watch.
  mutating func endSubscriptions(of device: Int64, _ station: StationNumber) {
    for id in self.subscriptions.subscriptions(of: device) {
      self.step(id, .ended(self.accounts[station] == nil ? .rejected : .probation))
    }
  }

  /// A device has registered again, perhaps from another port or over another connection: its subscriptions follow it, and what could
  /// not be told is told now.
  mutating func moveSubscriptions(of former: Binding, to binding: Binding) {
    guard former.flow.remote.address == binding.flow.remote.address else { return }
    for id in self.subscriptions.subscriptions(of: former.id) {
      guard let found = self.subscriptions[id] else { continue }
      let isItsFlow = found.flow.kind.isReliable ? found.flow.kind == former.flow.kind : found.flow == former.flow
      let follows = isItsFlow && found.flow != binding.flow
      if former.id != binding.id { self.subscriptions.move(id, to: binding.id) }
      if follows { self.subscriptions.update(id) { $0.flow = binding.flow } }
      if follows || former.id != binding.id { self.keepSubscription(id) }
      switch found.state {
      case .recovered, .backingOff: self.step(id, .timer)
      case .opening, .settled, .telling, .behind, .ending, .parting: break
      }
    }
  }

  /// A station is no more: nobody can watch it.
  mutating func endSubscriptions(to resource: Resource) {
    for id in self.subscriptions.watchers(of: resource) { self.step(id, .ended(.noResource)) }
  }
}

extension Resource {
  /// The user part of its URI.
  var user: [UInt8] {
    var text: [UInt8] = []
    switch self {
    case .station(let number), .mailbox(let number): number.digits.append(to: &text)
    case .lamp(let lamp, let number):
      let prefix = lamp.prefix
      text.append(contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
      number.digits.append(to: &text)
    }
    return text
  }
}
