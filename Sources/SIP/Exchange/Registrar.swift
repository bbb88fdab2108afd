import Kernel
import Sessions

/// REGISTER (RFC 3261 §10; REG-1 to REG-13).
extension Exchange {
  /// One Contact of a REGISTER with what it asks for.
  private struct Wish {
    var contact: [UInt8]
    var uri: SIPURI
    var seconds: UInt32
  }

  static let minimumExpiry: UInt32 = 60
  /// Octets from which a request is answered at length: a challenge offers two algorithms, which with our tag and `received` make
  /// some 350 octets and so at most 2.5 times the request. No telephone's request is shorter (RELIABILITY 34).
  static let ampleRequest = 240

  mutating func register(_ message: SIPMessage, _ transaction: ServerTransactionID, from flow: Flow) {
    let source = flow.remote.address
    guard message.to.uri.scheme == .sip || message.to.uri.scheme == .sips else {
      return self.answer(transaction, message, 400, reason: "Not a SIP Address")
    }
    let user = message.user(of: message.to.uri)
    let number = Digits(ascii: user).flatMap { StationNumber($0) }
    let account = number.flatMap { self.accounts[$0] }
    let verdict = self.authenticator.check(
      message, account: account, source: source, proxy: false, offersSHA256: self.options.offersSHA256, at: self.now)
    switch verdict {
    case .challenge(let isStale): return self.challenge(transaction, message, isStale: isStale, proxy: false, source: source)
    case .wrong: return self.refuse(transaction, message, from: flow, user, "wrong credentials", counts: true)
    case .good: break
    }
    guard let number, let account else { return self.refuse(transaction, message, from: flow, user, "unknown", counts: true) }
    guard !account.usesWhiteList || self.sources.isListed(source) else {
      return self.refuse(transaction, message, from: flow, user, "address not on the white list", counts: false)
    }
    self.sources.succeeded(source)
    self.bind(number, account, message, transaction, from: flow)
  }

  private mutating func bind(
    _ number: StationNumber, _ account: StationAccount, _ message: SIPMessage, _ transaction: ServerTransactionID,
    from flow: Flow
  ) {
    let known = self.registry.bindings(of: number)
    if message.hasWildcardContact {
      guard message.elements(.contact).count == 1, message.expires == 0 else {
        return self.answer(transaction, message, 400, reason: "Contact * Wants Expires 0")
      }
      for binding in known { self.removeBinding(binding.id) }
      self.access(number.description, message, flow, "deregistered", "all devices")
      self.noteDeregistered(number, known, "the telephone asked")
      return self.confirm(number, message, transaction)
    }
    guard let wishes = self.wishes(of: message, flow) else {
      return self.answer(transaction, message, 400, reason: "Contact Cannot Be Called")
    }
    let least = min(Self.minimumExpiry, self.options.expireTime)
    for wish in wishes where wish.seconds > 0 && wish.seconds < least {
      self.access(number.description, message, flow, "refused", "expiry of \(wish.seconds) s is too short")
      return self.answer(transaction, message, 423) { writer in writer.header(.minExpires, UInt64(least)) }
    }
    if known.isEmpty, wishes.contains(where: { $0.seconds > 0 }), let limit = self.options.licensedStations,
      self.registry.registeredStations >= limit
    {
      self.access(number.description, message, flow, "refused", "\(limit) licensed stations are registered")
      return self.answer(transaction, message, 403)
    }
    let callID = message.array(message.callID)
    for wish in wishes {
      let former = known.first { $0.contact == wish.contact }
      if let former, former.callID == callID, message.cseq.number <= former.cseq {
        return self.answer(transaction, message, 500, reason: "CSeq Out of Order")
      }
    }
    for wish in wishes { self.grant(wish, number, account, known, message, callID, from: flow) }
    self.confirm(number, message, transaction)
  }

  /// The Contacts with their expiries; nil when one cannot be called (RELIABILITY 24).
  private func wishes(of message: SIPMessage, _ flow: Flow) -> [Wish]? {
    var wishes: [Wish] = []
    for contact in message.contacts {
      guard contact.uri.scheme == .sip || contact.uri.scheme == .sips, contact.uri.headers.isEmpty else { return nil }
      if let address = contact.uri.address(in: message.bytes) {
        guard !address.isMulticast, !address.isBroadcast, !address.isUnspecified else { return nil }
        let port = contact.uri.port == 0 ? 5060 : contact.uri.port
        guard !self.isOurs(SocketAddress(address, port: port)) else { return nil }
      }
      let own = contact.parameters.parameter("expires", in: message.bytes)?.value.flatMap {
        Self.seconds($0.array(in: message.bytes))
      }
      wishes.append(
        Wish(
          contact: message.array(contact.uri.whole), uri: contact.uri,
          seconds: min(own ?? message.expires ?? self.options.expireTime, self.options.expireTime)))
    }
    return wishes.count == message.elements(.contact).count ? wishes : nil
  }

  /// Seconds as text; what is too large counts as the largest, what is no number as absent.
  private static func seconds(_ text: [UInt8]) -> UInt32? {
    guard !text.isEmpty, text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return UInt32(String(decoding: text, as: UTF8.self)) ?? .max
  }

  func isOurs(_ address: SocketAddress) -> Bool {
    self.listeners.contains { listener in
      listener.address.port == address.port
        && (listener.address.address == address.address || address.address == self.publicAddress
          || listener.address.address.isUnspecified && (address.address == self.hostAddress || address.address.isLoopback))
    }
  }

  private mutating func grant(
    _ wish: Wish, _ number: StationNumber, _ account: StationAccount, _ known: [Binding], _ message: SIPMessage,
    _ callID: [UInt8], from flow: Flow
  ) {
    let former = known.first { $0.contact == wish.contact }
    guard wish.seconds > 0 else {
      guard let former else { return }
      self.removeBinding(former.id)
      self.access(number.description, message, flow, "deregistered", "")
      return self.noteDeregistered(number, [former], "the telephone asked")
    }
    let agent = message.userAgent.map { Array(message.array($0).prefix(128)) } ?? []
    var binding = Binding(
      id: former?.id ?? self.registry.nextID, station: number, contact: wish.contact,
      flow: flow, callID: callID, cseq: message.cseq.number,
      userAgent: agent, registeredAt: former?.registeredAt ?? self.now, lastSeen: self.now,
      expires: self.now + .seconds(Int64(wish.seconds)), allows: message.allowedMethods)
    binding.reach = self.reach(of: wish.contact, account, flow)
    if former == nil {
      // The newest wins: what is above the station's number of contacts makes room, oldest first (REG-13).
      for surplus in self.registry.bindings(of: number).dropLast(max(0, account.contacts - 1)) {
        self.moveSubscriptions(of: surplus, to: binding)
        self.removeBinding(surplus.id)
      }
      self.commits.bindings.append(binding.id)
    }
    // A new Call-ID: the telephone has started anew and knows nothing of its lamp.
    if former?.callID != callID { self.mailboxes.lamps[binding.id] = nil }
    if let former { self.moveSubscriptions(of: former, to: binding) }
    self.put(binding)
    self.counters.registrations &+= 1
    self.access(number.description, message, flow, former == nil ? "registered" : "refreshed", "")
    if former == nil {
      self.outbox.notices.append(
        .registered(number, flow.remote, userAgent: String(decoding: agent, as: UTF8.self), expires: wish.seconds))
    }
  }

  /// Where the device is called if not where its packets come from: at its Contact, by NAT check on UDP (REG-11), and by a
  /// connection of our own on TCP and TLS where connections are not reused (REG-12).
  func reach(of contact: [UInt8], _ account: StationAccount, _ flow: Flow) -> SocketAddress? {
    guard flow.kind.isReliable ? !self.options.reusesConnections : account.natCheck == .ip else { return nil }
    // A name in a Contact is never looked up: what a phone wrote must not make us ask anybody.
    guard let uri = SIPURI.parse(Slice(0, contact.count), in: contact), let address = uri.address(in: contact) else { return nil }
    let named = SocketAddress(address, port: uri.port != 0 ? uri.port : flow.kind == .tls ? 5061 : 5060)
    return named == flow.remote ? nil : named
  }

  // MARK: Bindings

  mutating func put(_ binding: Binding) {
    self.registry.put(binding)
    if let timer = self.registry.timers[binding.id] { self.timers.cancel(timer) }
    self.registry.timers[binding.id] = self.timers.arm(.binding(binding.id), at: binding.expires)
    self.outbox.facts.append(.binding(binding))
    self.commits.isDurable = true
    self.tellDevices(of: binding.station)
  }

  mutating func removeBinding(_ id: Int64, isKept: Bool = true) {
    guard let binding = self.registry.remove(id) else { return }
    self.mailboxes.lamps[id] = nil
    self.endSubscriptions(of: id, binding.station)
    if let timer = self.registry.timers.removeValue(forKey: id) { self.timers.cancel(timer) }
    if isKept {
      self.outbox.facts.append(.bindingGone(id))
      self.commits.isDurable = true
    }
    self.tellDevices(of: binding.station)
  }

  func kernelDevices(of station: StationNumber) -> [DeviceID] {
    self.registry.devices(of: station).map { DeviceID(UInt64(bitPattern: $0)) } + self.hosted.devices(of: station)
  }

  private mutating func tellDevices(of station: StationNumber) {
    self.tell(.registered(station, self.kernelDevices(of: station)))
  }

  mutating func expire(_ id: Int64) {
    guard let binding = self.registry.binding(id) else { return }
    self.registry.timers[id] = nil
    self.removeBinding(id)
    self.outbox.facts.append(
      .access(
        AccessRecord(
          time: self.now, source: binding.flow.remote, number: binding.station.description,
          userAgent: String(decoding: binding.userAgent, as: UTF8.self), outcome: "deregistered", reason: "expired")))
    self.noteDeregistered(binding.station, [binding], "not refreshed in time")
  }

  private mutating func noteDeregistered(_ number: StationNumber, _ gone: [Binding], _ reason: String) {
    if !gone.isEmpty { self.outbox.notices.append(.deregistered(number, reason: reason)) }
  }

  // MARK: Answers

  private mutating func confirm(_ number: StationNumber, _ message: SIPMessage, _ transaction: ServerTransactionID) {
    let bindings = self.registry.bindings(of: number)
    let now = self.now
    self.write(transaction, message, 200) { writer in
      for binding in bindings {
        writer.begin(.contact)
        writer.text("<")
        writer.octets(binding.contact)
        writer.text(">;expires=")
        writer.number(UInt64(max(0, ((binding.expires - now).milliseconds + 500) / 1000)))
        writer.endLine()
      }
    }
    self.commits.held.append(.confirm(transaction, self.written(), message))
  }

  mutating func challenge(
    _ transaction: ServerTransactionID, _ message: SIPMessage, isStale: Bool, proxy: Bool, source: IPAddress
  ) {
    let nonce = self.authenticator.nonce(for: source, at: self.now)
    let realm = self.authenticator.realm
    let offersSHA256 = self.options.offersSHA256 && !DigestCompatibility.takesOnlyMD5(message)
    let isReliable = self.transactions.flow(of: transaction)?.kind.isReliable ?? false
    // A request hardly longer than what we echo of it comes from nobody's telephone: one challenge, or a forged source would
    // be sent thrice what the forger spent (RELIABILITY 34).
    let isAmple = isReliable || message.bytes.count >= Self.ampleRequest
    self.answer(transaction, message, proxy ? 407 : 401) { writer in
      // MD5 first against RFC 8760 §2.3: many telephones look at the first challenge only and give up where it is not MD5.
      DigestChallenge(realm: realm, nonce: nonce, algorithm: .md5, isStale: isStale).write(to: &writer, proxy: proxy)
      if offersSHA256, isAmple {
        DigestChallenge(realm: realm, nonce: nonce, algorithm: .sha256, isStale: isStale).write(to: &writer, proxy: proxy)
      }
    }
    // Nothing is kept of whoever is merely challenged: the next copy of the request is challenged again.
    if message.method != .invite { self.transactions.forget(transaction) }
  }

  /// The same 403 for every cause (REG-2), or silence (REG-7); counted against the source (REG-8).
  private mutating func refuse(
    _ transaction: ServerTransactionID, _ message: SIPMessage, from flow: Flow, _ user: [UInt8], _ reason: String, counts: Bool
  ) {
    self.counters.rejected &+= 1
    self.access(String(decoding: user.prefix(32), as: UTF8.self), message, flow, "refused", reason)
    if counts,
      let block = self.sources.failed(
        flow.remote.address, limit: self.options.retryLimit, blockTime: self.options.blockTime, at: self.now)
    {
      _ = self.timers.arm(.unblock(block.source), at: block.until)
      self.outbox.facts.append(.block(block.source, until: block.until, reason: block.reason))
      self.outbox.notices.append(.warning("\(block.source) is blocked: \(block.reason)"))
    }
    // The transaction stays: the telephone repeats what is not answered, and its repetitions are no further failures.
    if self.options.isSilentOnFailure { return }
    self.answer(transaction, message, 403)
  }

  mutating func access(_ number: String, _ message: SIPMessage, _ flow: Flow, _ outcome: String, _ reason: String) {
    self.outbox.facts.append(
      .access(
        AccessRecord(
          time: self.now, source: flow.remote, number: number,
          userAgent: message.userAgent.map { String(message.string($0).prefix(128)) } ?? "", outcome: outcome, reason: reason)))
  }
}
