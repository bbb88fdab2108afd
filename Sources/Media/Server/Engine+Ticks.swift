internal import CMediaShims
internal import Kernel
internal import Sessions

// What the server says itself, every 20 ms: a quarter of the channels and rooms every 5 ms, so that relayed voice never waits
// for all.
extension Engine {
  /// Turns in 20 ms.
  static let phases = 4
  /// Turns made up for at once when the thread was kept waiting; more are left out.
  private static let longestCatchUp: UInt64 = 12

  func tick(at now: UInt64) {
    let due = media_ticker_read(self.ticker)
    if due > Self.longestCatchUp {
      for phase in self.roundChannels { for channel in phase { channel.stream.begin(at: now) } }
      for phase in self.roundRooms { for room in phase { for member in room.members { member.channel.stream.begin(at: now) } } }
    }
    for _ in 0..<min(due, Self.longestCatchUp) {
      self.turn = (self.turn + 1) & (Self.phases - 1)
      for room in self.roundRooms[self.turn] { self.mix(room, at: now) }
      for channel in self.roundChannels[self.turn] { self.speak(channel, at: now) }
    }
    self.flush()
  }

  /// A channel takes part in the turns as long as there is something to say or to wait for.
  func settle(_ channel: Channel) {
    let needs: Bool
    switch channel.activity {
    case .bridging, .playing, .loading, .recording: needs = true
    case .quiet, .relaying: needs = channel.isPressing || channel.keys.isPressing || channel.detector != nil
    // The room's turn is its members'.
    case .member: needs = false
    }
    if needs != channel.isTicking {
      channel.isTicking = needs
      let phase = channel.slot & (Self.phases - 1)
      if needs {
        self.roundChannels[phase].append(channel)
      } else {
        self.roundChannels[phase].removeAll { $0 === channel }
      }
    }
    let isBusy = self.roundChannels.contains { !$0.isEmpty } || self.roundRooms.contains { !$0.isEmpty }
    if isBusy != self.isTicking {
      self.isTicking = isBusy
      _ = media_ticker_set(self.ticker, isBusy ? 5_000_000 : 0)
    }
  }

  private func speak(_ channel: Channel, at now: UInt64) {
    let isPressing = self.tickKeys(channel, at: now)
    let frame = UnsafeMutableBufferPointer(rebasing: self.frame[..<SampleRate.narrow.frame])
    switch channel.activity {
    case .quiet, .relaying:
      // It is here for its keys alone, and for as long as they last.
      if channel.detector != nil { _ = self.hear(channel, into: frame, at: now) }
      self.settle(channel)
      return
    case .member: return
    case .playing(let playing):
      if channel.detector != nil { _ = self.hear(channel, into: frame, at: now) }
      if !playing.player.read(into: frame) { self.silence(frame) }
      if playing.ends() { self.events.append(.finished(channel.id, channel.feed)) }
    case .loading: self.silence(frame)
    case .bridging(let peer):
      if !self.hear(peer, into: frame, at: now) { self.silence(frame) }
    case .recording(let recording):
      let isVoice = self.hear(channel, into: frame, at: now)
      if !recording.take(isVoice ? UnsafeBufferPointer(frame) : nil) {
        self.keep(recording, of: channel)
        channel.activity = .quiet
        channel.stopListening()
      }
      self.silence(frame)
    }
    if isPressing { channel.stream.skip(samples: 160) } else { self.say(UnsafeBufferPointer(frame), to: channel) }
  }

  /// The next 20 ms of what a phone says; false for silence.
  private func hear(_ channel: Channel, into frame: UnsafeMutableBufferPointer<Int16>, at now: UInt64) -> Bool {
    guard let receiver = channel.receiver, receiver.read(into: frame) else { return false }
    guard let detector = channel.detector else { return true }
    detector.listen(UnsafeBufferPointer(frame)) { report in
      if case .up(let key, let duration) = report { self.heardKey(key, duration, on: channel, at: now) }
    }
    return true
  }

  private func silence(_ frame: UnsafeMutableBufferPointer<Int16>) { for index in frame.indices { frame[index] = 0 } }

  /// Sends 20 ms of samples to a phone.
  func say(_ samples: UnsafeBufferPointer<Int16>, to channel: Channel) {
    guard let speaker = channel.speaker, channel.destination != nil else { return channel.stream.skip(samples: 160) }
    speaker.speak(samples) { packet, octets in self.sendOwn(packet, octets, speaker, to: channel) }
  }

  private func sendOwn(_ packet: UnsafeMutableRawBufferPointer, _ octets: Int, _ speaker: Speaker, to channel: Channel) {
    let header = channel.stream.next(speaker.payloadType, samples: UInt32(truncatingIfNeeded: octets))
    header.write(to: packet)
    self.send(packet, RTPHeader.length + octets, ssrc: header.ssrc, to: channel)
    // The packet's place is written again by the next.
    media_flush(self.outbox)
  }

  // MARK: Rooms

  private func mix(_ room: Room, at now: UInt64) {
    let mixer = room.mixer
    let frame = UnsafeMutableBufferPointer(rebasing: self.frame[..<mixer.rate.frame])
    mixer.begin()
    for member in room.members {
      // So many at once are a flood: they are taken as they come again, or the member's own would be lost among them.
      if self.receive(member.channel, at: now) == STROWGER_BATCH { self.listenAtTurns(member.channel, false) }
      mixer.put(member.place) { self.hear(member.channel, into: $0, at: now) }
    }
    self.shared = (false, false)
    for seat in room.members {
      let (member, place) = (seat.channel, seat.place)
      if self.tickKeys(member, at: now) {
        member.stream.skip(samples: 160)
        continue
      }
      // Those who only listen hear the same: it is encoded once for each law.
      let isShared =
        (mixer.hearsAll(place) || !mixer.hears(place)) && mixer.rate == .narrow && member.speaker?.isShareable == true
      if isShared, mixer.hears(place) {
        self.sayShared(to: member) { mixer.take(place, into: frame) }
        continue
      }
      if !mixer.take(place, into: frame) { self.silence(frame) }
      self.say(UnsafeBufferPointer(frame), to: member)
    }
  }

  private func sayShared(to member: Channel, _ take: () -> Bool) {
    guard let speaker = member.speaker, member.destination != nil else { return member.stream.skip(samples: 160) }
    let isMu = speaker.codec == .pcmu
    let octets = UnsafeMutableRawBufferPointer(rebasing: self.sharedOctets[isMu ? 0..<160 : 160..<320])
    if isMu ? self.shared.mu : self.shared.a {
      speaker.repeatPacket(UnsafeRawBufferPointer(octets)) { packet, count in self.sendOwn(packet, count, speaker, to: member) }
      return
    }
    let frame = UnsafeMutableBufferPointer(rebasing: self.frame[..<SampleRate.narrow.frame])
    guard take() else { return }
    speaker.speak(UnsafeBufferPointer(frame)) { packet, count in
      octets.copyMemory(from: UnsafeRawBufferPointer(rebasing: packet[RTPHeader.length..<RTPHeader.length + min(count, 160)]))
      self.sendOwn(packet, count, speaker, to: member)
    }
    if isMu { self.shared.mu = true } else { self.shared.a = true }
  }
}
