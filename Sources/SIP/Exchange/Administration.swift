public import Kernel
public import Sessions

/// What the administrator changes while the exchange runs, and what it finds at its start.
extension Exchange {
  /// Puts a checked plan in force; calls in progress are not touched (PLAN-3).
  public mutating func install(_ plan: Plan) {
    self.kernel.install(plan)
    self.mailboxes.code = self.retrievalCode(of: plan)
    self.writesHistory = self.writesHistory(by: plan)
    let lightsLamps = plan.modules.contains { $0.module == Self.lampModule }
    guard lightsLamps != self.lightsLamps else { return }
    self.lightsLamps = lightsLamps
    let owners = self.accountOrder.filter { self.accounts[$0]?.hasMailbox ?? false }
    guard !owners.isEmpty else { return }
    // Lamps that burn without the module are put out, with it they are lit at once.
    for owner in owners { self.tellWaiting(owner) }
    self.endTurn()
  }

  /// Replaces all stations. A station that is gone, or whose user or password changed, loses its devices.
  public mutating func install(_ accounts: [StationAccount], at now: Instant) {
    self.begin(now)
    let former = self.accounts
    self.accounts.removeAll(keepingCapacity: true)
    self.accountOrder = accounts.map(\.number)
    for account in accounts {
      self.accounts[account.number] = account
      let known = former[account.number]
      if known?.settings != account.settings { self.tell(.settings(account.number, self.settings(of: account.number))) }
      if let known, known.hasMailbox != account.hasMailbox { self.tellWaiting(account.number) }
      if let known, known.userID != account.userID || known.md5 != account.md5 { self.removeDevices(of: account.number) }
    }
    for number in former.keys.sorted(by: { $0.digits < $1.digits }) where self.accounts[number] == nil {
      self.removeDevices(of: number)
      self.removeMailbox(of: number)
      self.endSubscriptions(to: .station(number))
      self.endSubscriptions(to: .mailbox(number))
      self.tell(.settings(number, self.settings(of: number)))
    }
    self.endTurn()
  }

  private mutating func removeDevices(of number: StationNumber) {
    for id in self.registry.devices(of: number) { self.removeBinding(id) }
  }

  public mutating func install(whiteList: [AddressBlock]) { self.sources.whiteList = whiteList }

  public mutating func install(_ options: ExchangeOptions) {
    self.options = options
    self.kernel.ringTime = options.ringTime
    self.transactions.limit = options.transactions
    self.negotiator.media.channels = options.mediaChannels
  }

  /// How far the clock on the wall is ahead of `Instant`s, which count from 1970: hours of classes of service go by it (DIAL-3).
  public mutating func install(localOffset: Interval) { self.kernel.localOffset = localOffset }

  /// Lets a blocked source in again (REG-8).
  public mutating func unblock(_ source: IPAddress, at now: Instant) -> Bool {
    self.begin(now)
    guard let blocked = self.sources.block(of: source), self.sources.remove(blocked) else { return false }
    self.outbox.facts.append(.unblock(blocked))
    return true
  }

  public mutating func setListeners(_ listeners: [Listener]) { self.listeners = listeners }

  /// Puts back what an earlier process kept. Call it after the accounts and the plan are installed, before the first message.
  /// - Returns: how many facts could not be read.
  public mutating func restore(
    bindings: [Binding], features: [Fact], calls: [(row: Int64, handle: UInt64, state: [UInt8])] = [],
    answered: [(key: [UInt8], response: [UInt8], until: Instant)] = [],
    subscriptions: [(row: Int64, state: [UInt8])] = [], blocks: [BlockStatus], nextBinding: Int64,
    nextCall: Int64 = 1, nextAnswer: Int64 = 1, nextSubscription: Int64 = 1, lastRecord: Int64, at now: Instant
  ) -> Int {
    self.begin(now)
    self.registry.nextID = max(self.registry.nextID, nextBinding)
    self.recordNumber = max(self.recordNumber, lastRecord)
    self.keeping.nextRow = max(self.keeping.nextRow, nextCall)
    self.keeping.nextAnswer = max(self.keeping.nextAnswer, nextAnswer)
    for answer in answered {
      self.transactions.restoreAnswered(
        request: answer.key, method: .invite, response: answer.response, until: answer.until, at: now)
    }
    for block in blocks where block.until > now {
      self.sources.block(block)
      _ = self.timers.arm(.unblock(block.source), at: block.until)
    }
    for binding in bindings {
      guard let account = self.accounts[binding.station] else { continue }
      var found = binding
      found.reach = self.reach(of: found.contact, account, found.flow)
      // A connection of an earlier process is gone; the phone is called at its address until it registers again.
      if found.flow.kind.isReliable { found.flow.connection = 0 }
      self.registry.put(found)
      self.registry.timers[found.id] = self.timers.arm(.binding(found.id), at: found.expires)
      self.tell(.registered(found.station, self.kernelDevices(of: found.station)))
    }
    self.subscriptions.nextRow = max(self.subscriptions.nextRow, nextSubscription)
    let rejected = self.restoreCalls(calls, features) + self.restoreSubscriptions(subscriptions)
    self.releaseLostHostedLegs()
    self.endTurn()
    return rejected
  }

  // MARK: Views

  public func stationStatus() -> [StationStatus] {
    self.accountOrder.compactMap { number in
      guard let account = self.accounts[number] else { return nil }
      let bindings = self.registry.bindings(of: number)
      let newest = bindings.last
      let isHosted = !self.hosted.devices(of: number).isEmpty
      return StationStatus(
        number: number, name: account.name, isRegistered: newest != nil || isHosted,
        phone: newest.map { String(decoding: $0.userAgent, as: UTF8.self) } ?? (isHosted ? "hosted" : ""),
        address: newest?.flow.remote ?? SocketAddress(.unspecified, port: 0), transport: newest?.flow.kind,
        expires: newest?.expires, lastSeen: newest?.lastSeen,
        features: self.features(of: number),
        forwardUnreachable: account.settings.forwardUnreachable?.description ?? "",
        messages: account.hasMailbox ? self.mailboxes.counts(of: number.digits) : nil,
        isInCall: self.kernel.world.station(number)?.isBusy ?? false)
    }
  }

  private func features(of number: StationNumber) -> [(field: Descriptor.StatusField, summary: String?)] {
    self.kernel.modules.indices.compactMap { module -> (field: Descriptor.StatusField, summary: String?)? in
      guard let field = self.kernel.modules[module].descriptor.status else { return nil }
      return (field, self.kernel.summary(of: module, .station(number)).map { "\($0)" })
    }
  }

  public func registrations() -> [Binding] {
    self.accountOrder.flatMap { self.registry.bindings(of: $0) }
  }

  public func callStatus() -> [CallStatus] {
    var calls: [CallStatus] = []
    self.kernel.world.forEachCall { id, call in
      var legs: [CallStatus.Leg] = []
      var isHeld = false
      var kept: StaticString?
      self.kernel.world.forEachLeg(of: id) { id, leg in
        isHeld = isHeld || leg.isHolding
        kept = self.kernel.state(ofOwnerOf: id)
        legs.append(
          CallStatus.Leg(
            party: self.label(leg.party), state: leg.isHolding ? "holding" : "\(leg.phase)",
            direction: "\(leg.direction)", hears: self.hears(leg.goal)))
      }
      calls.append(
        CallStatus(
          id: String(self.callNumber(of: call.origin) ?? self.callNumber(of: id) ?? UInt64(id.index)),
          state: self.state(of: call, isHeld, legs.count == 1 ? kept : nil),
          caller: self.label(call.caller), dialled: call.dialled.description, started: call.startedAt,
          answered: call.answeredAt, mediaPath: self.paths.of(id).name, features: self.names(of: call.acts),
          legs: legs.reversed()))
    }
    return calls
  }

  /// - Parameter kept: the state of the module that keeps the call's only party, such as *parked* (PARK-4).
  private func state(of call: Call, _ isHeld: Bool, _ kept: StaticString?) -> String {
    switch call.point {
    case .analysing: "dialling"
    case .alerting: "ringing"
    case .active: kept.map { "\($0)" } ?? (isHeld ? "held" : "active")
    }
  }

  private func hears(_ goal: Goal) -> String {
    switch goal {
    case .nothing: "nothing"
    case .with(let leg): self.kernel.world.leg(leg).map { self.label($0.party) } ?? "nothing"
    case .music: "music"
    case .tone(let tone): "\(tone) tone"
    case .room(let number): "room \(number)"
    case .announcement: "announcement"
    case .playback: "playback"
    case .recording: "recording"
    }
  }

  public func blocked() -> [BlockStatus] { self.sources.blocked(at: self.now) }

  /// A copy of the call kernel, to ask what a number would do without calling (PLAN-4).
  public func kernelSnapshot() -> Kernel { self.kernel }
}
