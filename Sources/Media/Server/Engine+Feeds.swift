internal import CMediaShims
internal import Kernel
internal import Sessions

// What each phone hears, and where what it says goes.
extension Engine {
  func attach(_ channel: Channel, _ feed: MediaFeed, at now: UInt64) {
    guard channel.feed != feed || self.hasEnded(channel) else { return }
    self.leave(channel)
    channel.feed = feed
    channel.run &+= 1
    switch feed {
    case .nothing: break
    case .relay(let other), .bridge(let other): self.join(channel, other, at: now)
    case .music: self.play(Playing(self.clips.music, report: .none), on: channel, at: now)
    case .tone(let tone): self.play(Playing(self.clips.tone(tone), report: .none), on: channel, at: now)
    case .sound(let sound): self.play(Playing(self.clips.sound(sound), report: .due), on: channel, at: now)
    case .playback(let number): self.load(number, on: channel, at: now)
    case .room(let number): self.enter(number, channel, at: now)
    case .recording(let number):
      channel.listen(at: .narrow)
      channel.prepare(rate: .narrow)
      channel.stream.begin(at: now)
      channel.activity = .recording(Recording(number: number, limit: self.options.maximumRecording))
    }
    self.settle(channel)
  }

  /// Whether what a channel played is over: asked for again, it is heard again.
  private func hasEnded(_ channel: Channel) -> Bool {
    guard case .playing(let playing) = channel.activity else { return false }
    return playing.report == .done
  }

  /// Ends what a channel does: what it recorded is kept, the other end of its relay has nobody.
  func leave(_ channel: Channel) {
    switch channel.activity {
    case .relaying(let peer), .bridging(let peer):
      self.fallQuiet(peer)
      self.settle(peer)
    case .member(let room):
      self.listenAtTurns(channel, false)
      room.leave(channel)
      if room.members.isEmpty {
        self.rooms[room.number] = nil
        self.roundRooms[room.phase].removeAll { $0 === room }
      }
    case .recording(let recording): self.keep(recording, of: channel)
    case .quiet, .playing, .loading: break
    }
    channel.feed = .nothing
    self.fallQuiet(channel)
  }

  private func fallQuiet(_ channel: Channel) {
    channel.activity = .quiet
    channel.stream.endRelay()
    channel.stopListening()
    self.listen(channel)
  }

  /// A voice in which keys are looked for is heard whatever becomes of it.
  private func listen(_ channel: Channel) {
    if channel.detector != nil, channel.receiver == nil { channel.listen(at: .narrow) }
    guard channel.detector == nil else { return }
    switch channel.activity {
    case .quiet, .relaying, .playing, .loading: channel.stopListening()
    case .bridging, .member, .recording: break
    }
  }

  /// A room's members are heard at its turns only: their packets wait in their sockets until then, which saves a waking for each, and
  /// finds all that is a member's in the processor's cache once instead of twice.
  func listenAtTurns(_ channel: Channel, _ isAtTurns: Bool) {
    media_poll_tell(self.poll, channel.rtp, Token.make(slot: channel.slot, isControl: false), isAtTurns ? 0 : 1)
  }

  /// The phone has said something new: its codecs may be others.
  func retune(_ channel: Channel) {
    self.listen(channel)
    self.settle(channel)
    switch channel.activity {
    case .quiet: break
    case .relaying(let peer): self.translate(channel, peer)
    case .bridging, .playing, .loading, .recording: channel.prepare(rate: .narrow)
    case .member(let room): room.change(channel)
    }
  }

  /// Both ends of a relay or bridge see each other only while each is attached to the other.
  private func join(_ channel: Channel, _ other: ChannelID, at now: UInt64) {
    guard let peer = self.channels[other], peer !== channel else { return }
    switch (channel.feed, peer.feed) {
    case (.relay, .relay(channel.id)):
      channel.activity = .relaying(peer)
      peer.activity = .relaying(channel)
      self.translate(channel, peer)
    case (.bridge, .bridge(channel.id)):
      for (one, another) in [(channel, peer), (peer, channel)] {
        one.activity = .bridging(another)
        one.listen(at: .narrow)
        one.prepare(rate: .narrow)
        one.stream.begin(at: now)
      }
      self.settle(peer)
    default: break
    }
  }

  private func translate(_ channel: Channel, _ peer: Channel) {
    channel.translation = PayloadTable(from: channel.target.formats, to: peer.target.formats)
    peer.translation = PayloadTable(from: peer.target.formats, to: channel.target.formats)
  }

  private func play(_ playing: Playing, on channel: Channel, at now: UInt64) {
    channel.prepare(rate: .narrow)
    channel.stream.begin(at: now)
    channel.activity = .playing(playing)
  }

  private func enter(_ number: UInt32, _ channel: Channel, at now: UInt64) {
    let room = self.rooms[number] ?? Room(number: number, phase: Int(number & 3), table: self.mixingTable)
    if self.rooms[number] == nil {
      self.rooms[number] = room
      self.roundRooms[room.phase].append(room)
    }
    channel.stream.begin(at: now)
    room.join(channel)
    self.listenAtTurns(channel, true)
  }

  // MARK: Recordings

  private func load(_ number: UInt32, on channel: Channel, at now: UInt64) {
    channel.prepare(rate: .narrow)
    channel.stream.begin(at: now)
    channel.activity = .loading
    let (id, run, shelf, mailbox) = (channel.id, channel.run, self.shelf, self.mailbox)
    self.clerk.perform {
      let samples = shelf.load(number).flatMap { try? WAV.read($0, name: "") }
      mailbox.post(.loaded(id, run: run, samples))
    }
  }

  /// What was to be played has come.
  func loaded(_ id: ChannelID, run: UInt64, _ samples: [Int16]?) {
    guard let channel = self.channels[id], channel.run == run, case .loading = channel.activity else { return }
    channel.activity = .playing(Playing(Clip(samples ?? [], isEndless: false), report: .due))
  }

  /// Gives a recording to the shelf.
  func keep(_ recording: Recording, of channel: Channel) {
    let (id, number, recorder) = (channel.id, recording.number, recording.recorder)
    guard recorder.count > 0 else {
      self.events.append(.recorded(id, RecordingDone(number: number, length: .zero, isKept: false)))
      return
    }
    let (shelf, mailbox) = (self.shelf, self.mailbox)
    self.clerk.perform {
      let isKept = shelf.save(number, recorder.file())
      mailbox.post(.saved(id, RecordingDone(number: number, length: isKept ? recorder.length : .zero, isKept: isKept)))
    }
  }
}
