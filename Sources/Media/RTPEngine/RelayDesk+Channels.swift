internal import Sessions

// What the exchange orders, and what the own media server and rtpengine say to it.
extension RelayDesk {
  func carryOut(_ command: MediaCommand) {
    switch command {
    case .open(let id, let request): self.open(id, request)
    case .aim(let id, let target):
      guard let channel = self.channels[id], let open = channel.open else { return }
      channel.target = target
      self.own.post([.aim(id, Self.inward(target, open.inside))])
      self.steer(channel, and: channel.partner)
    case .attach(let id, let feed):
      guard let channel = self.channels[id], channel.open != nil else { return }
      let former = channel.partner
      channel.feed = feed
      self.own.post([command])
      self.steer(channel, and: former, channel.partner)
    case .press: self.own.post([command])
    case .close(let id):
      guard let channel = self.channels[id] else { return }
      self.close(channel)
    }
  }

  private func open(_ id: ChannelID, _ request: MediaRequest) {
    guard self.channels[id] == nil else { return self.events.append(.failed(id, .noPort)) }
    // rtpengine gives no port that is asked for: after a restart the phone is told another.
    guard request.port == 0 else { return self.events.append(.failed(id, .noPort)) }
    guard let family = self.ownFamily else {
      self.note(.silence)
      return self.events.append(.failed(id, .noServer))
    }
    self.channels[id] = RelayChannel(id, request, call: self.call(id))
    self.own.post([.open(id, MediaRequest(family: family, key: request.key))])
  }

  /// What the own media server is to know of the phone: rtpengine stands in its place, and speaks plainly.
  private static func inward(_ target: MediaTarget, _ inside: SocketAddress) -> MediaTarget {
    var inward = target
    inward.address = target.address == nil ? nil : inside
    inward.control = nil
    inward.isMultiplexed = false
    inward.learnsSource = false
    inward.learnsFrom = nil
    inward.theirKey = []
    inward.ourKey = []
    return inward
  }

  private func close(_ channel: RelayChannel) {
    switch channel.state {
    case .closing: return
    case .backing:
      // The own server's answer then finds nobody.
      self.channels[channel.id] = nil
    case .opening:
      channel.state = .closing
    case .open(let open):
      if open.change == nil { self.end(channel) } else { channel.state = .closing }
    }
    self.own.post([.close(channel.id)])
    self.steerPartner(of: channel)
  }

  /// The call at rtpengine is over, and the number forgotten.
  private func end(_ channel: RelayChannel) {
    self.ask(NGMessage.delete(channel.call), for: .end)
    self.channels[channel.id] = nil
  }

  /// The exchange learns that there is nothing more under that number.
  private func fail(_ channel: RelayChannel, _ failure: MediaFailure) {
    self.end(channel)
    self.own.post([.close(channel.id)])
    self.events.append(.failed(channel.id, failure))
    self.steerPartner(of: channel)
  }

  private func steerPartner(of channel: RelayChannel) {
    if let partner = channel.partner, let other = self.channels[partner] { self.steer(other) }
  }

  // MARK: The own media server

  func heard(_ event: MediaEvent) {
    switch event {
    case .opened(let id, let place):
      guard let channel = self.channels[id], case .backing = channel.state, let address = self.ownAddress(toward: nil) else {
        return
      }
      let plan = RelayPlan(
        channel.target, inside: SocketAddress(address, port: place.port), family: channel.request.family, spare: place.key)
      channel.state = .opening(.init(own: place, plan: plan, steps: plan.steps(from: nil), phone: nil))
      self.proceed(channel)
    case .failed(let id, let failure):
      guard let channel = self.channels[id], case .backing = channel.state else { return }
      self.channels[id] = nil
      self.events.append(.failed(id, failure))
    // What it takes for the phone's address is rtpengine's.
    case .learned: return
    case .finished, .recorded, .pressed: self.events.append(event)
    }
  }

  // MARK: rtpengine

  /// Lets rtpengine do what is wanted of these channels now, as soon as it has done what it was asked for before.
  func steer(_ channel: RelayChannel, and others: ChannelID?...) {
    self.steer(channel)
    for other in others { if let other, other != channel.id, let channel = self.channels[other] { self.steer(channel) } }
  }

  func steer(_ channel: RelayChannel) {
    guard case .open(var open) = channel.state, open.change == nil, let plan = self.plan(channel, open), plan != open.agreed
    else {
      return
    }
    open.change = .init(plan: plan, steps: plan.steps(from: open.agreed))
    channel.state = .open(open)
    self.proceed(channel)
  }

  private func plan(_ channel: RelayChannel, _ open: RelayChannel.Open) -> RelayPlan? {
    let inside: SocketAddress
    if let partner = channel.partner.flatMap({ self.channels[$0] }), let other = partner.open,
      RelayChannel.isPlain(channel, partner)
    {
      inside = other.inside
    } else {
      guard let address = self.ownAddress(toward: open.inside) else { return nil }
      inside = SocketAddress(address, port: open.own.port)
    }
    return RelayPlan(channel.target, inside: inside, family: channel.request.family, spare: open.own.key)
  }

  /// Asks for the channel's next step.
  private func proceed(_ channel: RelayChannel) {
    let next: (plan: RelayPlan, step: RelayPlan.Step)? =
      switch channel.state {
      case .opening(let opening): opening.steps.first.map { (opening.plan, $0) }
      case .open(let open): open.change.flatMap { change in change.steps.first.map { (change.plan, $0) } }
      case .backing, .closing: nil
      }
    if let (plan, step) = next { self.ask(plan.message(step, channel.call), for: .step(channel.id)) }
  }

  func answered(_ purpose: NGClient.Purpose, _ outcome: NGClient.Outcome) {
    switch purpose {
    case .end: return
    case .check(let id):
      // What is not known there cannot be mended: its ports are gone, and the phone sends to nobody.
      if case .reply(.refused) = outcome, let channel = self.channels[id] { self.lose(channel) } else { self.note(outcome) }
    case .step(let id):
      self.note(outcome)
      guard let channel = self.channels[id] else { return }
      switch channel.state {
      case .backing: return
      case .closing: self.end(channel)
      case .opening(let opening): self.answered(channel, opening, outcome)
      case .open(let open): self.answered(channel, open, outcome)
      }
    }
  }

  private func answered(_ channel: RelayChannel, _ opening: RelayChannel.Opening, _ outcome: NGClient.Outcome) {
    var opening = opening
    guard case .reply(.done(let sdp?)) = outcome, let place = NGDescription.place(in: sdp), !opening.steps.isEmpty else {
      return self.fail(channel, .noServer)
    }
    guard opening.steps.removeFirst() == .answer, let phone = opening.phone else {
      opening.phone = place
      channel.state = .opening(opening)
      return self.proceed(channel)
    }
    channel.state = .open(.init(own: opening.own, phone: phone, inside: place, agreed: opening.plan, change: nil))
    self.events.append(.opened(channel.id, MediaPlace(port: phone.port, address: phone.address, key: opening.own.key)))
  }

  private func answered(_ channel: RelayChannel, _ open: RelayChannel.Open, _ outcome: NGClient.Outcome) {
    var open = open
    guard var change = open.change, !change.steps.isEmpty else { return }
    guard case .reply(.done(let sdp?)) = outcome, let place = NGDescription.place(in: sdp) else {
      // Once more when it is looked after next, or when something else is wanted.
      open.change = nil
      open.agreed = nil
      channel.state = .open(open)
      return
    }
    // A call that was forgotten comes to life again with other ports; where it has the same by chance, with another key.
    let step = change.steps.removeFirst()
    guard place == (step == .answer ? open.inside : open.phone) else { return self.lose(channel) }
    if step == .offer, let key = change.plan.ourKey, !NGDescription.offers(key, in: sdp) { return self.lose(channel) }
    open.change = change.steps.isEmpty ? nil : change
    if change.steps.isEmpty { open.agreed = change.plan }
    channel.state = .open(open)
    if change.steps.isEmpty { self.steer(channel) } else { self.proceed(channel) }
  }

  private func lose(_ channel: RelayChannel) {
    self.fail(channel, .noServer)
    self.forgotten()
  }
}
