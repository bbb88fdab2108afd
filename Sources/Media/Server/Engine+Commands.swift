internal import CMediaShims
internal import Kernel
internal import Sessions

// What the exchange orders.
extension Engine {
  func carryOut(_ command: MediaCommand, at now: UInt64) {
    switch command {
    case .open(let id, let request):
      self.open(id, request)
    case .aim(let id, let target):
      guard let channel = self.channels[id] else { return }
      channel.aim(target)
      self.retune(channel)
    case .attach(let id, let feed):
      guard let channel = self.channels[id] else { return }
      self.attach(channel, feed, at: now)
    case .press(let id, let key, let duration):
      guard let channel = self.channels[id] else { return }
      self.press(key, duration, on: channel, at: now)
    case .close(let id):
      guard let channel = self.channels[id] else { return }
      self.close(channel)
    }
  }

  private func open(_ id: ChannelID, _ request: MediaRequest) {
    guard self.channels[id] == nil, self.channels.count < self.options.channels,
      request.key.isEmpty || request.key.count == SecureContext.keyLength,
      let key = request.key.isEmpty ? self.random.key() : request.key, let place = self.bind(request)
    else {
      self.events.append(.failed(id, .noPort))
      return
    }
    let slot = self.freeSlots.popLast() ?? self.slots.count
    let channel = Channel(
      id: id, slot: slot, port: place.port, rtp: place.rtp, rtcp: place.rtcp, key: key,
      seed: (self.random.next(), self.random.next()))
    guard media_poll_add(self.poll, place.rtp, Token.make(slot: slot, isControl: false)) >= 0,
      media_poll_add(self.poll, place.rtcp, Token.make(slot: slot, isControl: true)) >= 0
    else {
      _ = media_close(place.rtp)
      _ = media_close(place.rtcp)
      self.ports.give(place.port)
      self.freeSlots.append(slot)
      self.events.append(.failed(id, .noPort))
      return
    }
    if slot == self.slots.count { self.slots.append(channel) } else { self.slots[slot] = channel }
    self.channels[id] = channel
    self.counters.show(channels: self.channels.count)
    self.counters.channelsOpened.count()
    self.events.append(.opened(id, MediaPlace(port: place.port, key: key)))
  }

  /// A pair of sockets: the ports asked for, or the next pair that nobody else on the machine has.
  private func bind(_ request: MediaRequest) -> (port: UInt16, rtp: Int32, rtcp: Int32)? {
    let address: IPAddress
    if let own = self.options.bindAddress {
      guard own.family == request.family else { return nil }
      address = own
    } else {
      address = request.family == .v4 ? .unspecified : IPAddress(high: 0, low: 0)
    }
    if request.port != 0 {
      guard self.ports.take(request.port) else { return nil }
      if let pair = self.bind(address, request.port) { return (request.port, pair.rtp, pair.rtcp) }
      self.ports.give(request.port)
      return nil
    }
    for _ in 0..<self.ports.count {
      guard let port = self.ports.take() else { return nil }
      if let pair = self.bind(address, port) { return (port, pair.rtp, pair.rtcp) }
      self.ports.give(port)
      // Without a descriptor left no other port can be had either.
      guard media_has_descriptors() != 0 else { return nil }
    }
    return nil
  }

  private func bind(_ address: IPAddress, _ port: UInt16) -> (rtp: Int32, rtcp: Int32)? {
    let rtp = media_udp_open(media_endpoint(SocketAddress(address, port: port)))
    guard rtp >= 0 else { return nil }
    let rtcp = media_udp_open(media_endpoint(SocketAddress(address, port: port + 1)))
    guard rtcp >= 0 else {
      _ = media_close(rtp)
      return nil
    }
    return (rtp, rtcp)
  }

  func close(_ channel: Channel) {
    self.leave(channel)
    channel.presses.removeAll()
    self.settle(channel)
    self.channels[channel.id] = nil
    self.slots[channel.slot] = nil
    self.freeSlots.append(channel.slot)
    // Closing takes the sockets out of the poll as well.
    _ = media_close(channel.rtp)
    _ = media_close(channel.rtcp)
    self.ports.give(channel.port)
    self.counters.show(channels: self.channels.count)
  }
}
