public import Kernel
public import Sessions

// Stations of the host: telephones that speak no SIP and belong to whoever embeds this library (the manual's digital phones). They take
// part in every feature beside registered telephones: for the kernel a leg is a leg, for the negotiator its voice is an RTP address.
extension Exchange {
  // MARK: Doors

  /// Adds a device of the host to a station, as if it had registered. A station may have several, and SIP telephones beside them. Hanging up
  /// with one party held and another called joins these two (XFER-4), for all devices of the station.
  /// - `station`: of the plan; it needs no account.
  public mutating func attach(_ station: StationNumber, at now: Instant) -> DeviceID {
    self.begin(now)
    let device = self.hosted.attach(station)
    self.tell(.settings(station, self.settings(of: station)))
    self.tell(.registered(station, self.kernelDevices(of: station)))
    self.endTurn()
    return device
  }

  /// Takes a device away; its calls end. Its number may be given to another one.
  public mutating func detach(_ device: DeviceID, at now: Instant) {
    guard let station = self.hosted.station(of: device) else { return }
    self.begin(now)
    for leg in self.hosted.legs(of: device) {
      self.endHosted(leg)
      self.tell(.released(leg, .lost))
    }
    self.hosted.detach(device)
    self.tell(.settings(station, self.settings(of: station)))
    self.tell(.registered(station, self.kernelDevices(of: station)))
    self.endTurn()
  }

  /// The user of a device has dialled. What comes of it is told by ``HostedOrder``s of the leg returned.
  /// - `voice`: where the station's voice will be, should it be answered.
  /// - `replacing`: the leg whose place it shall take, such as a ringing one that a key picks up.
  public mutating func dial(
    _ digits: Digits, from device: DeviceID, voice: HostedVoice, replacing: LegID = .none,
    at now: Instant
  ) throws(HostedRefusal) -> LegID {
    guard let station = self.hosted.station(of: device) else { throw .unknownDevice }
    guard !digits.isEmpty || !replacing.isNone else { throw .nothingDialled }
    self.begin(now)
    let caller = Party.station(station, device)
    if self.crowd(caller, dialling: digits) != nil {
      self.counters.overload &+= 1
      self.endTurn()
      throw .overload
    }
    var voice = voice
    let offer = voice.offer()
    let leg = self.kernel.reserveLeg()
    do throws(SDPError) {
      try self.negotiator.open(leg, role: .incoming(offer: offer), traits: self.hostedTraits)
    } catch {
      self.tell(.released(leg, .refused))
      self.endTurn()
      throw .unusableVoice
    }
    self.callNumbers &+= 1
    self.hosted.add(
      HostedLeg(
        leg: leg, station: station, device: device, call: self.callNumbers,
        dialled: self.kernel.world.withoutSecrets(digits), state: .dialling(voice)))
    self.names.set(leg, self.presentation(of: station))
    self.counters.calls &+= 1
    self.turnCall = self.callNumbers
    self.tell(
      .dialled(Origination(leg: leg, caller: caller, dialled: digits, replacing: replacing)))
    self.endTurn()
    return leg
  }

  /// Something has happened at a hosted station.
  /// - Returns: false where the leg is gone, or in no state in which that could happen: an event and an order that crossed.
  @discardableResult
  public mutating func report(_ event: HostedEvent, of leg: LegID, at now: Instant) -> Bool {
    self.begin(now)
    let isTaken = self.take(event, leg)
    self.endTurn()
    return isTaken
  }

  mutating func take(_ event: HostedEvent, _ leg: LegID) -> Bool {
    guard let found = self.hosted[leg] else { return false }
    self.touch(leg)
    switch (event, found.state) {
    case (.alerting, .ringing):
      self.session(leg, .provisional(Status(rawValue: 180), sdp: nil, branch: 0, reliable: false))
      self.tell(.alerting(leg))
    case (.answered(let voice), .ringing(let offer)): self.answer(leg, voice, to: offer)
    case (.refused(let status), .ringing): self.fail(leg, status)
    case (.redirected(let number), .ringing):
      self.endHosted(leg)
      self.tell(.redirected(leg, number))
    case (.hungUp, .dialling):
      self.endHosted(leg)
      self.tell(.released(leg, .cancelled))
    case (.hungUp, .ringing), (.hungUp, .preparing): self.fail(leg, .busyHere)
    case (.hungUp, .answering), (.hungUp, .talking):
      self.endHosted(leg)
      self.tell(.released(leg, .normal))
    case (.held, .talking(let voice, let change)): self.change(leg, voice, change, isHolding: true)
    case (.resumed, .talking(let voice, let change)):
      self.change(leg, voice, change, isHolding: false)
    case (.transfer(let number, let replacing), .talking):
      self.tell(.transferRequested(leg, to: number, replacing: replacing))
    case (.pressed(let key, let duration), .talking): return self.press(leg, key, duration)
    case (.alerting, _), (.answered, _), (.refused, _), (.redirected, _), (.held, _), (.resumed, _),
      (.transfer, _), (.pressed, _):
      return false
    }
    return true
  }

  // MARK: What the station does

  private mutating func answer(_ leg: LegID, _ voice: HostedVoice, to offer: [UInt8]?) {
    var voice = voice
    guard let offer else {
      let own = voice.offer()
      self.hosted.update(leg) { $0.state = .talking(voice, .none) }
      self.session(leg, .accepted(sdp: own, branch: 0))
      return self.tell(.answered(leg))
    }
    guard let answer = voice.answer(to: offer) else {
      self.hosted.update(leg) { $0.state = .answering(voice) }
      // With the media server between them they may have one (CALL-11).
      if self.negotiator.triesAgain(leg, at: self.now, into: &self.sessions) { return }
      return self.fail(leg, .notAcceptableHere)
    }
    self.hosted.update(leg) { $0.state = .talking(voice, .none) }
    self.order(.voice(leg, voice.target(offer)))
    self.session(leg, .accepted(sdp: answer, branch: 0))
    self.tell(.answered(leg))
  }

  private mutating func fail(_ leg: LegID, _ status: Status) {
    self.endHosted(leg)
    self.tell(.failed(leg, status))
  }

  private mutating func change(
    _ leg: LegID, _ voice: HostedVoice, _ change: HostedLeg.Change, isHolding: Bool
  ) {
    switch change {
    case .none:
      guard voice.isHolding != isHolding else { return }
      var changed = voice
      changed.isHolding = isHolding
      let offer = changed.offer()
      self.hosted.update(leg) { $0.state = .talking(changed, .asked(before: voice.isHolding)) }
      self.session(leg, .reinvite(sdp: offer))
    case .asked(let before), .overtaken(let before, _):
      self.hosted.update(leg) {
        $0.state = .talking(voice, .overtaken(before: before, wanted: isHolding))
      }
    }
  }

  /// - Returns: false where nobody can be told but by the host's own RTP (RFC 4733).
  private mutating func press(_ leg: LegID, _ key: UInt8, _ duration: Interval) -> Bool {
    guard key < 16 else { return false }
    if self.pressedByInfo(leg, key: key, duration: duration) { return true }
    guard let peer = self.kernel.world.peer(of: leg) else { return false }
    if self.hosted[peer] != nil {
      self.order(.key(peer, key, duration))
      return true
    }
    guard let id = self.dialogID(of: peer), self.dialogs[id]?.allows(.info) ?? false else {
      return false
    }
    self.sendKey(peer, key: key, duration: duration)
    return true
  }

  // MARK: What others need

  /// The leg is over.
  mutating func endHosted(_ leg: LegID) {
    guard let found = self.hosted[leg] else { return }
    self.touch(found.station)
    self.negotiator.close(leg, at: self.now, into: &self.sessions)
    if !self.transfers.referrers.isEmpty { self.transfers.referrers[leg] = nil }
    self.hosted.remove(leg)
  }

  /// What features read of a station: what the administrator set, and what comes with a device of the host.
  func settings(of station: StationNumber) -> StationSettings {
    var settings = self.accounts[station]?.settings ?? StationSettings()
    if !self.hosted.devices(of: station).isEmpty { settings.onHookTransfer = true }
    return settings
  }

  /// The call's number in this process, whoever began it.
  func callNumber(of leg: LegID) -> UInt64? {
    self.hosted[leg]?.call ?? self.dialogID(of: leg).flatMap { self.dialogs[$0]?.call }
  }

  private func presentation(of station: StationNumber) -> Presentation {
    var shown = Presentation()
    shown.name = self.accounts[station].map { Array($0.name.utf8) } ?? []
    return shown
  }

  /// After a restart the host's own telephones know of no call: what an earlier process left of theirs ends.
  mutating func releaseLostHostedLegs() {
    var lost: [LegID] = []
    self.kernel.world.forEachLeg { leg, found in
      if case .station(_, let device) = found.party, device.isHosted, self.hosted[leg] == nil {
        lost.append(leg)
      }
    }
    for leg in lost { self.tell(.released(leg, .lost)) }
  }

  /// Its voice is plain, and next to us.
  var hostedTraits: LegTraits {
    var traits = LegTraits(
      earlyMedia: true,
      localAddress: self.listeners.first.map(\.address.address) ?? self.hostAddress)
    if traits.localAddress.isUnspecified { traits.localAddress = self.hostAddress }
    traits.srtp = .off
    return traits
  }
}
