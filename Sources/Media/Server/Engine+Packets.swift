internal import CMediaShims
internal import Kernel
internal import Sessions

// What comes in and goes on: the path of each packet, without allocation.
extension Engine {
  /// Packets wait at a channel's RTP port.
  /// - Returns: how many there were; so many as a batch has when there may be more.
  @discardableResult
  func receive(_ channel: Channel, at now: UInt64) -> Int32 {
    let count = media_receive(self.inbox, channel.rtp)
    guard count > 0 else { return 0 }
    self.counters.packetsIn.count(UInt64(count))
    for index in 0..<count {
      let length = Int(media_received_length(self.inbox, index))
      let source = SocketAddress(media_received_from(self.inbox, index))
      let octets = UnsafeMutableRawBufferPointer(start: media_received(self.inbox, index), count: Self.room)
      self.take(octets, length, from: source, on: channel, at: now)
    }
    self.flush()
    return count
  }

  private func take(
    _ octets: UnsafeMutableRawBufferPointer, _ length: Int, from source: SocketAddress, on channel: Channel, at now: UInt64
  ) {
    guard channel.lock.admits(source) else { return self.counters.strangers.count() }
    guard channel.gate.pass(at: now) else { return self.counters.floods.count() }
    guard length > 0 else { return self.counters.malformed.count() }
    let packet = UnsafeRawBufferPointer(rebasing: octets[..<length])
    switch PacketKind(packet) {
    case .other: self.counters.malformed.count()
    case .rtcp:
      guard channel.target.isMultiplexed else { return self.counters.malformed.count() }
      // On the RTP port the RTP source's own, never a reason to lock.
      guard channel.lock.source == source else { return self.counters.strangers.count() }
      self.relayControl(octets, length, from: channel)
    case .rtp: self.takeVoice(octets, length, from: source, on: channel, at: now)
    }
  }

  private func takeVoice(
    _ octets: UnsafeMutableRawBufferPointer, _ received: Int, from source: SocketAddress, on channel: Channel, at now: UInt64
  ) {
    var length = received
    switch channel.protection {
    case .plain: break
    case .broken: return self.counters.srtp.count()
    case .secure(let inbound, _):
      guard let header = RTPHeader(UnsafeRawBufferPointer(rebasing: octets[..<length]), isEncrypted: true) else {
        return self.counters.malformed.count()
      }
      guard let base = octets.baseAddress, let opened = inbound.unprotect(base, count: length, ssrc: header.ssrc) else {
        return self.counters.srtp.count()
      }
      length = opened
    }
    guard let header = RTPHeader(UnsafeRawBufferPointer(rebasing: octets[..<length])) else {
      return self.counters.malformed.count()
    }
    guard let codec = channel.payloads.codec(header.payloadType) else { return self.counters.malformed.count() }
    switch channel.lock.receive(source, ssrc: header.ssrc, sequence: header.sequence, at: now) {
    case .stranger: return self.counters.strangers.count()
    case .undecided: return
    case .accepted: break
    case .learned:
      channel.redirect()
      self.events.append(.learned(channel.id, source))
    }
    channel.voice = header.ssrc
    guard channel.target.receives else { return }
    let payload = UnsafeRawBufferPointer(rebasing: octets[header.payloadStart..<header.payloadStart + header.payloadCount])
    if codec == .events, !self.relaysEvents(header, of: channel) { self.takeKey(payload, header, on: channel, at: now) }
    // The jitter buffer is told of events too: their numbers are no losses.
    if channel.receiver != nil, !channel.hear(payload.bindMemory(to: UInt8.self), codec, header, at: now) {
      self.counters.late.count()
    }
    guard case .relaying(let peer) = channel.activity, codec != .events || self.relaysEvents(header, of: channel) else { return }
    self.relay(octets, length, header, from: channel, to: peer, at: now)
  }

  /// Whether events go on to the other phone as they are: it takes them, and the exchange does not ask for them.
  private func relaysEvents(_ header: RTPHeader, of channel: Channel) -> Bool {
    guard case .relaying = channel.activity, !channel.target.reportsKeys else { return false }
    return channel.translation[header.payloadType] != PayloadTable.none
  }

  /// Sends a packet on as it is, but for its payload type where the other phone calls the codec by another number.
  private func relay(
    _ octets: UnsafeMutableRawBufferPointer, _ length: Int, _ header: RTPHeader, from channel: Channel, to peer: Channel,
    at now: UInt64
  ) {
    let payload = channel.translation[header.payloadType]
    guard payload != PayloadTable.none else { return self.counters.malformed.count() }
    // While the server presses a key for the phone, it hears nothing else.
    guard peer.destination != nil, !peer.isPressing else { return }
    guard let sequence = peer.stream.relay(header, at: now) else { return self.counters.late.count() }
    octets[1] = octets[1] & 0x80 | payload
    if sequence != header.sequence { octets.write16(sequence, at: 2) }
    self.send(octets, length, ssrc: header.ssrc, to: peer)
  }

  /// Sends an RTP packet to a channel's phone, encrypted where that is agreed. The octets stay until ``flush()``, and there is
  /// room behind them for a tag.
  func send(_ octets: UnsafeMutableRawBufferPointer, _ count: Int, ssrc: UInt32, to channel: Channel) {
    guard let destination = channel.destination, let base = octets.baseAddress else { return }
    var length = count
    switch channel.protection {
    case .plain: break
    case .broken: return self.counters.srtp.count()
    case .secure(_, let outbound):
      guard let closed = outbound.protect(base, count: length, ssrc: ssrc) else { return self.counters.srtp.count() }
      length = closed
    }
    media_send(self.outbox, channel.rtp, base.assumingMemoryBound(to: UInt8.self), length, destination)
    self.counters.packetsOut.count()
  }

  /// Packets wait at a channel's RTCP port.
  func receiveControl(_ channel: Channel, at now: UInt64) {
    let count = media_receive(self.inbox, channel.rtcp)
    guard count > 0 else { return }
    self.counters.packetsIn.count(UInt64(count))
    for index in 0..<count {
      let length = Int(media_received_length(self.inbox, index))
      let source = SocketAddress(media_received_from(self.inbox, index))
      let octets = UnsafeMutableRawBufferPointer(start: media_received(self.inbox, index), count: Self.room)
      // RTCP never decides who speaks: it is taken from where the voice comes from.
      guard let host = channel.lock.source?.address, host == source.address else {
        self.counters.strangers.count()
        continue
      }
      guard channel.controlGate.pass(at: now) else {
        self.counters.floods.count()
        continue
      }
      guard length > 0, PacketKind(UnsafeRawBufferPointer(rebasing: octets[..<length])) == .rtcp else {
        self.counters.malformed.count()
        continue
      }
      guard let opened = self.openControl(octets, length, on: channel) else { continue }
      // From elsewhere than the port that was to be expected only with the voice's own number, which a stranger does not see.
      let isKnown = source == channel.expectedControl
      let sender = RTCPHeader(UnsafeRawBufferPointer(rebasing: octets[..<opened]))?.ssrc
      guard isKnown || sender == channel.voice, channel.controlLock.receive(source, host: host) else {
        self.counters.strangers.count()
        continue
      }
      channel.redirect()
      self.passControl(octets, opened, from: channel)
    }
    self.flush()
  }

  /// RTCP of a locked source on its RTP port.
  private func relayControl(_ octets: UnsafeMutableRawBufferPointer, _ length: Int, from channel: Channel) {
    guard let opened = self.openControl(octets, length, on: channel) else { return }
    self.passControl(octets, opened, from: channel)
  }

  /// The length of a datagram that is RTCP from end to end, decrypted; nil (and counted) otherwise.
  private func openControl(_ octets: UnsafeMutableRawBufferPointer, _ received: Int, on channel: Channel) -> Int? {
    var length = received
    switch channel.protection {
    case .plain: break
    case .broken:
      self.counters.srtp.count()
      return nil
    case .secure(let inbound, _):
      guard let header = RTCPHeader(UnsafeRawBufferPointer(rebasing: octets[..<length]), isEncrypted: true),
        let base = octets.baseAddress, let opened = inbound.unprotectControl(base, count: length, ssrc: header.ssrc)
      else {
        self.counters.srtp.count()
        return nil
      }
      length = opened
    }
    guard RTCPHeader(UnsafeRawBufferPointer(rebasing: octets[..<length])) != nil else {
      self.counters.malformed.count()
      return nil
    }
    return length
  }

  private func passControl(_ octets: UnsafeMutableRawBufferPointer, _ count: Int, from channel: Channel) {
    guard case .relaying(let peer) = channel.activity, let destination = peer.controlDestination, let base = octets.baseAddress,
      let header = RTCPHeader(UnsafeRawBufferPointer(rebasing: octets[..<count]))
    else { return }
    var length = count
    switch peer.protection {
    case .plain: break
    case .broken: return self.counters.srtp.count()
    case .secure(_, let outbound):
      guard let closed = outbound.protectControl(base, count: length, ssrc: header.ssrc) else {
        return self.counters.srtp.count()
      }
      length = closed
    }
    let descriptor = peer.target.isMultiplexed ? peer.rtp : peer.rtcp
    media_send(self.outbox, descriptor, base.assumingMemoryBound(to: UInt8.self), length, destination)
    self.counters.packetsOut.count()
  }

  /// Gives the system all that waits to be sent.
  func flush() {
    media_flush(self.outbox)
    let unsent = media_unsent(self.outbox)
    if unsent > 0 { self.counters.unsent.count(unsent) }
  }

  /// Octets of a receive buffer, with the room behind a datagram.
  static let room = Int(STROWGER_ROOM) + 160
}
