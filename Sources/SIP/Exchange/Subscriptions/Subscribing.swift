import Kernel
import Sessions

/// SUBSCRIBE: who may watch what, for how long (RFC 6665 §4.2.1).
extension Exchange {
  enum SubscriptionLimits {
    static let standard: UInt32 = 3600
    static let least: UInt32 = 60
    static let most: UInt32 = 7200
    /// A telephone with three rows of keys beside it, three times over.
    static let ofStation = 400
    static let inAll = 100_000
  }

  /// A SUBSCRIBE outside any dialog. Who is not let through is answered as if he had called: he learns no more (CALL-5).
  mutating func subscribe(_ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow) {
    if message.maxForwards == 0 { return self.answer(transaction, message, 483) }
    guard let caller = self.caller(of: message, transaction, from: flow) else { return }
    guard case .station(let station, _) = caller.party, let binding = caller.binding else {
      return self.refuseCaller(message, transaction, flow, "not a station")
    }
    guard let event = EventPackage.named(in: message) else { return self.refuseEvent(message, transaction) }
    guard event.package.isAccepted(by: message) else { return self.refuseSubscription(message, transaction, 406) }
    guard let contact = message.contact, contact.uri.scheme == .sip || contact.uri.scheme == .sips else {
      return self.refuseSubscription(message, transaction, 400)
    }
    let resource: Resource
    switch self.resource(of: message, event.package, for: station) {
    case .success(let found): resource = found
    case .failure(let status): return self.refuseSubscription(message, transaction, status.rawValue)
    }
    guard let seconds = self.granted(message, transaction) else { return }
    if seconds > 0, !self.hasRoom(for: station, resource, message, transaction) { return }
    var subscription = Subscription(
      package: event.package, resource: resource, station: station, device: binding.id,
      names: DialogNames(
        callID: message.array(message.callID), localTag: self.generator.token(),
        remoteTag: message.from.tag.map { message.array($0) } ?? [],
        local: message.array(Slice(Int(message.to.whole.start), Int(message.to.parameters.start))),
        remote: message.array(Slice(Int(message.from.whole.start), Int(message.from.parameters.start))),
        target: message.array(contact.uri.whole), routes: message.routeSet.map { message.array($0) }),
      eventID: event.id, flow: flow, remoteCSeq: message.cseq.number, expires: self.now + .seconds(Int64(seconds)), row: 0)
    if seconds > 0 {
      subscription.row = self.subscriptions.nextRow
      subscription.reserved = Subscription.block
      self.subscriptions.nextRow &+= 1
    }
    let key = self.dialogKey(subscription.names.callID, subscription.names.localTag)
    let id = self.subscriptions.insert(subscription, key)
    self.counters.subscriptions &+= 1
    self.grant(id, seconds, message, transaction)
  }

  /// A SUBSCRIBE within the dialog of one that was granted: goes on, or ends it.
  mutating func resubscribe(
    _ id: SubscriptionID, _ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow
  ) {
    guard let found = self.subscriptions[id], found.isLive, self.mayAct(flow, in: found) else {
      return self.answer(transaction, message, 481)
    }
    guard let event = EventPackage.named(in: message) else { return self.refuseEvent(message, transaction) }
    guard event.package == found.package, event.id == found.eventID else { return self.answer(transaction, message, 481) }
    guard message.cseq.number > found.remoteCSeq else { return self.answer(transaction, message, 500) }
    guard let seconds = self.granted(message, transaction) else { return }
    let contact = message.contact.map { message.array($0.uri.whole) }
    self.subscriptions.update(id) {
      $0.remoteCSeq = message.cseq.number
      $0.flow = flow
      $0.expires = self.now + .seconds(Int64(seconds))
      if let contact, contact != $0.names.target { $0.names = DialogNames($0.names, target: contact) }
    }
    self.grant(id, seconds, message, transaction)
  }

  /// 200, and once it has left the state.
  private mutating func grant(
    _ id: SubscriptionID, _ seconds: UInt32, _ message: SIPMessage, _ transaction: ServerTransactionID
  ) {
    guard let found = self.subscriptions[id] else { return }
    let contact = self.contact(of: found)
    self.write(transaction, message, 200, tag: found.names.localTag) { writer in
      writer.header(.contact, contact)
      writer.header(.expires, UInt64(seconds))
    }
    self.commits.held.append(.respond(transaction, self.written(), status: 200))
    self.commits.held.append(.subscribed(id, isLast: seconds == 0))
    self.timers.cancel(found.expiry)
    guard seconds > 0 else { return self.forget(id) }
    let expiry = self.timers.arm(.subscription(id), at: found.expires)
    self.subscriptions.update(id) { $0.expiry = expiry }
    self.keepSubscription(id)
    self.commits.isDurable = true
  }

  /// Whether a request or response that comes by `flow` may be its subscriber's.
  func mayAct(_ flow: Flow, in subscription: Subscription) -> Bool {
    subscription.flow.remote.address == flow.remote.address || self.registry.device(of: subscription.station, at: flow) != nil
  }

  /// The subscription a request or response within its dialog belongs to: `tag` is ours, `peer` the telephone's.
  func subscription(_ message: SIPMessage, tag: Slice?, peer: Slice?) -> SubscriptionID? {
    guard !self.subscriptions.isEmpty, let tag else { return nil }
    let key = message.key(message.callID, seed: self.seed).mixed(with: message.key(tag, seed: self.seed))
    guard let id = self.subscriptions.find(key), let found = self.subscriptions[id] else { return nil }
    return found.names.remoteTag == peer.map({ message.array($0) }) ?? [] ? id : nil
  }

  // MARK: Refusals

  private mutating func refuseEvent(_ message: SIPMessage, _ transaction: ServerTransactionID) {
    self.counters.subscriptionsRefused &+= 1
    self.answer(transaction, message, 489) { $0.header(.allowEvents, EventPackage.allowEvents) }
  }

  private mutating func refuseSubscription(
    _ message: SIPMessage, _ transaction: ServerTransactionID, _ status: UInt16, headers: (inout MessageWriter) -> Void = { _ in }
  ) {
    self.counters.subscriptionsRefused &+= 1
    self.answer(transaction, message, status, headers: headers)
  }

  /// Seconds, 0 for once only; nil when it has been refused. What is no number counts as absent.
  private mutating func granted(_ message: SIPMessage, _ transaction: ServerTransactionID) -> UInt32? {
    let wanted = message.expires ?? SubscriptionLimits.standard
    guard wanted == 0 || wanted >= SubscriptionLimits.least else {
      self.refuseSubscription(message, transaction, 423) { $0.header(.minExpires, UInt64(SubscriptionLimits.least)) }
      return nil
    }
    return min(wanted, SubscriptionLimits.most)
  }

  /// The limits. A telephone that has started anew leaves its old subscriptions behind: at the limit the oldest one to the same thing
  /// gives way. 480 and not 503 at a station's own limit: 503 would tell the telephone that the exchange is down.
  private mutating func hasRoom(
    for station: StationNumber, _ resource: Resource, _ message: SIPMessage, _ transaction: ServerTransactionID
  ) -> Bool {
    if self.subscriptions.count(of: station) >= SubscriptionLimits.ofStation {
      let oldest = self.subscriptions.watchers(of: resource).first { self.subscriptions[$0]?.station == station }
      guard let oldest else {
        self.refuseSubscription(message, transaction, 480) {
          $0.header(.warning, "399 strowger \"this station watches as many lamps as it may\"")
        }
        return false
      }
      self.step(oldest, .ended(.timeout))
    }
    guard self.subscriptions.count < SubscriptionLimits.inAll else {
      self.counters.overload &+= 1
      self.refuseSubscription(message, transaction, 503) { $0.header(.retryAfter, 60) }
      return false
    }
    return true
  }

  // MARK: What is watched

  /// Any station may watch any station, its do not disturb and its parking place; messages are its own.
  private func resource(
    of message: SIPMessage, _ package: EventPackage, for station: StationNumber
  ) -> Result<Resource, Refusal> {
    let user = message.user(of: message.requestURI)
    switch package {
    case .dialog:
      for lamp in Lamp.allCases {
        guard let rest = user.behind(lamp.prefix) else { continue }
        guard let number = Digits(ascii: rest).flatMap({ StationNumber($0) }), self.kernel.world.isStation(number.digits) else {
          return .failure(.notFound)
        }
        return .success(.lamp(lamp, number))
      }
      guard let number = Digits(ascii: user).flatMap({ StationNumber($0) }), self.accounts[number] != nil else {
        return .failure(.notFound)
      }
      return .success(.station(number))
    case .messageSummary:
      guard user.isEmpty || user == Array("voicemail".utf8) || self.isMailbox(user, of: station) else {
        let other = Digits(ascii: user).flatMap { StationNumber($0) }
        return .failure(other.flatMap { self.accounts[$0] } == nil ? .notFound : .forbidden)
      }
      return self.accounts[station].map(self.hasLamp) == true ? .success(.mailbox(station)) : .failure(.notFound)
    }
  }

  /// The station's own number, or the one by which everybody reaches voice mail.
  private func isMailbox(_ user: [UInt8], of station: StationNumber) -> Bool {
    guard let digits = Digits(ascii: user), !digits.isEmpty else { return false }
    if digits == station.digits || digits == self.mailboxes.code { return true }
    guard case .module(let placement) = self.kernel.world.dispatch.match(digits) else { return false }
    return self.kernel.world.plan.modules[placement].module == "VoiceMail"
  }

  private enum Refusal: UInt16, Error {
    case forbidden = 403
    case notFound = 404
  }
}

extension Subscription {
  /// Its telephone may still speak of it.
  var isLive: Bool {
    switch self.state {
    case .opening, .recovered, .settled, .telling, .behind, .backingOff: true
    case .ending, .parting: false
    }
  }
}

extension [UInt8] {
  /// What follows `prefix`; nil when the octets do not begin with it.
  fileprivate func behind(_ prefix: StaticString) -> [UInt8]? {
    let wanted = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    return self.starts(with: wanted) ? Array(self.dropFirst(wanted.count)) : nil
  }
}
