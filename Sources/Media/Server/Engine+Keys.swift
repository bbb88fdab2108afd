internal import CMediaShims
internal import Kernel
internal import Sessions

// Keys, in both directions (MED-4).
extension Engine {
  /// Makes a phone hear a key: at once, or behind those that are still to be heard. A phone to which nothing may be sent does
  /// not get it later either.
  func press(_ key: UInt8, _ duration: Interval, on channel: Channel, at now: UInt64) {
    guard channel.presses.count < 64, channel.destination != nil else { return }
    let press: Pressing
    if channel.events != nil {
      press = .events(KeyPress(key: key, nanoseconds: duration.nanoseconds))
    } else {
      guard let clip = Key.clip(key, duration: duration) else { return }
      press = .tones(Player(clip))
    }
    channel.presses.append(press)
    if channel.presses.count == 1 { self.begin(on: channel, at: now, isFirst: true) }
    self.settle(channel)
  }

  private func begin(on channel: Channel, at now: UInt64, isFirst: Bool) {
    if case .quiet = channel.activity { channel.stream.begin(at: now) }
    let next = channel.stream.relayedTimestamp.map { $0 &+ 160 } ?? channel.stream.now
    // While keys are heard no voice passes: the next key begins after the one before, or it would be taken for its repetition.
    let isLater = isFirst || Int32(bitPattern: next &- channel.pressedUntil) >= 0
    channel.pressed = isLater ? next : channel.pressedUntil
    if case .events(let press) = channel.presses.first {
      channel.pressedUntil = channel.pressed &+ press.duration &+ KeyPress.gap
    }
  }

  /// 20 ms of what is pressed by us, or by the phone.
  /// - Returns: whether a key is heard instead of the voice.
  func tickKeys(_ channel: Channel, at now: UInt64) -> Bool {
    if let press = channel.keys.fire(at: now) { self.pressed(press, on: channel, at: now) }
    guard let pressing = channel.presses.first else { return false }
    let isOver: Bool
    switch pressing {
    case .events(var press):
      let due = press.tick()
      channel.presses[0] = .events(press)
      isOver = due == .over
      self.send(due, of: press, to: channel)
    case .tones(var player):
      let frame = UnsafeMutableBufferPointer(rebasing: self.frame[..<SampleRate.narrow.frame])
      isOver = !player.read(into: frame)
      channel.presses[0] = .tones(player)
      if !isOver { self.sendTones(UnsafeBufferPointer(frame), to: channel) }
    }
    if isOver {
      channel.presses.removeFirst()
      if !channel.presses.isEmpty { self.begin(on: channel, at: now, isFirst: false) }
      // A key's tones are made at 8 kHz; a room may go on at 16.
      if case .member(let room) = channel.activity { channel.prepare(rate: room.mixer.rate) }
    }
    return true
  }

  private func send(_ due: KeyPress.Due, of press: KeyPress, to channel: Channel) {
    switch due {
    case .tone(let duration, let isFirst): self.send(press, duration, isFirst: isFirst, isEnd: false, to: channel)
    case .end:
      for _ in 0..<KeyPress.ends { self.send(press, press.duration, isFirst: false, isEnd: true, to: channel) }
    case .pause, .over: break
    }
  }

  private func send(_ press: KeyPress, _ duration: UInt32, isFirst: Bool, isEnd: Bool, to channel: Channel) {
    guard let type = channel.events else { return }
    let header =
      channel.stream.splice(type, hasMarker: isFirst, timestamp: channel.pressed)
      ?? channel.stream.event(type, hasMarker: isFirst, timestamp: channel.pressed)
    header.write(to: self.keyPacket)
    press.write(
      duration: duration, isEnd: isEnd, to: UnsafeMutableRawBufferPointer(rebasing: self.keyPacket[RTPHeader.length...]))
    self.send(self.keyPacket, RTPHeader.length + 4, ssrc: header.ssrc, to: channel)
    // Its place is written again by the next.
    media_flush(self.outbox)
  }

  /// For phones that take no events: the key's two tones, in the voice.
  private func sendTones(_ frame: UnsafeBufferPointer<Int16>, to channel: Channel) {
    if channel.speaker?.rate != .narrow { channel.prepare(rate: .narrow) }
    guard let speaker = channel.speaker else { return }
    speaker.speak(frame) { packet, octets in
      let header =
        channel.stream.splice(speaker.payloadType, hasMarker: false, timestamp: channel.pressed)
        ?? channel.stream.event(speaker.payloadType, hasMarker: false, timestamp: channel.pressed)
      channel.pressed &+= UInt32(truncatingIfNeeded: octets)
      header.write(to: packet)
      self.send(packet, RTPHeader.length + octets, ssrc: header.ssrc, to: channel)
      media_flush(self.outbox)
    }
  }

  /// An event packet has come that is not simply relayed.
  func takeKey(_ payload: UnsafeRawBufferPointer, _ header: RTPHeader, on channel: Channel, at now: UInt64) {
    channel.lastEvent = now
    if let press = channel.keys.receive(payload, header: header, at: now) { self.pressed(press, on: channel, at: now) }
    if channel.keys.isPressing != channel.isTicking { self.settle(channel) }
  }

  /// A phone has pressed a key: the exchange is told, or the other phone hears it, where the exchange does not ask.
  func pressed(_ press: KeyReader.Press, on channel: Channel, at now: UInt64) {
    let duration = Interval(nanoseconds: Int64(press.duration) * 125_000)
    if !channel.target.reportsKeys {
      switch channel.activity {
      case .relaying(let peer), .bridging(let peer):
        return self.press(press.key, duration, on: peer, at: now)
      case .quiet, .playing, .loading, .member, .recording: break
      }
    }
    self.events.append(.pressed(channel.id, key: press.key, duration: duration))
  }

  /// The tones of a key have been heard in a voice. A phone that sends events as well has said it already.
  func heardKey(_ key: UInt8, _ duration: Interval, on channel: Channel, at now: UInt64) {
    if let last = channel.lastEvent, now &- last < 500_000_000 { return }
    self.events.append(.pressed(channel.id, key: key, duration: duration))
  }
}

/// A key the server presses: as events, or as tones where the phone takes no events.
enum Pressing {
  case events(KeyPress)
  case tones(Player)
}

/// What the server can play, made when it starts.
struct Clips {
  let music: Clip
  private let tones: [Clip]
  private let sounds: [Clip]

  init(music: [Int16]?) {
    self.music = music.map { Clip($0, isEndless: true) } ?? Clip.music()
    self.tones = Tone.allCases.map { Clip.tone($0) }
    self.sounds = Sound.allCases.map { Clip.sound($0) }
  }

  // Raw values count from zero in the order of the cases.
  func tone(_ tone: Tone) -> Clip { self.tones[Int(tone.rawValue)] }
  func sound(_ sound: Sound) -> Clip { self.sounds[Int(sound.rawValue)] }
}
