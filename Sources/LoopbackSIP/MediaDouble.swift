public import Kernel
public import Sessions

/// A media server without sound: gives ports, and says what a real one would say of sounds, recordings and their ends.
public struct MediaDouble: Sendable {
  struct Channel: Sendable {
    var port: UInt16
    /// Ours, to encrypt with.
    var key: [UInt8]
    var target = MediaTarget()
    var feed = MediaFeed.nothing
    var since: Instant
    /// Counts feeds, so that the end of an earlier one says nothing of this one.
    var turn: UInt64 = 0
  }

  private(set) var channels: [ChannelID: Channel] = [:]
  /// Asked for and not to be had; what was said of them before that was known says nothing.
  private var refused: Set<ChannelID> = []
  private var nextPort: UInt16 = 16_384
  /// Lengths of what was recorded, by number.
  public private(set) var recordings: [UInt32: Interval] = [:]
  /// Keys that were to be made heard, in order.
  public private(set) var keys: [(channel: ChannelID, key: UInt8, duration: Interval)] = []
  public var soundLength = Interval.seconds(2)
  /// No port is free.
  public var isFull = false
  /// The disk is full: what is recorded is lost.
  public var isDiskFull = false
  /// What went to and from the channels that cannot be.
  public private(set) var complaints: [String] = []

  public init() {}

  public var openChannels: Int { self.channels.count }

  /// What a channel's phone hears.
  public func feed(of channel: ChannelID) -> MediaFeed? { self.channels[channel]?.feed }

  /// The channel that has this feed, if any.
  public func channel(where isWanted: (MediaFeed) -> Bool) -> ChannelID? {
    self.channels.filter { isWanted($0.value.feed) }.keys.min { $0.rawValue < $1.rawValue }
  }

  /// Channels whose voice goes to another one.
  public var relays: [ChannelID] {
    self.channels.filter { if case .relay = $0.value.feed { true } else { false } }.keys.sorted { $0.rawValue < $1.rawValue }
  }

  /// Channels and what is known of them, for the report of a failed test.
  public var summary: String {
    self.channels.keys.sorted { $0.rawValue < $1.rawValue }.map { id in
      guard let channel = self.channels[id] else { return "" }
      let target = channel.target
      let directions = (target.sends ? "sends " : "") + (target.receives ? "receives " : "")
      return "channel \(id.rawValue), port \(channel.port): \(directions)"
        + "\(target.address.map { "\($0)" } ?? "-")\(target.ourKey.isEmpty ? "" : " SRTP"), hears \(channel.feed)"
    }.joined(separator: "\n")
  }

  /// The file is gone.
  public mutating func delete(_ recording: UInt32) { self.recordings[recording] = nil }

  /// What comes of a command.
  public enum Outcome: Sendable {
    case event(MediaEvent)
    /// The sound of this channel is over after so long, unless it hears something else by then.
    case over(ChannelID, turn: UInt64, after: Interval)
  }

  public mutating func carryOut(_ command: MediaCommand, at now: Instant) -> [Outcome] {
    switch command {
    case .open(let id, let request):
      guard !self.isFull else {
        self.refused.insert(id)
        return [.event(.failed(id, .noPort))]
      }
      if self.channels[id] != nil { self.complaints.append("channel \(id.rawValue) opened twice") }
      let port = request.port == 0 ? self.nextPort : request.port
      let key =
        request.key.isEmpty ? (0..<30).map { UInt8(truncatingIfNeeded: id.rawValue >> (8 * ($0 % 3)) &+ $0) } : request.key
      self.channels[id] = Channel(port: port, key: key, since: now)
      self.nextPort = self.nextPort > 32_000 ? 16_384 : self.nextPort + 2
      return [.event(.opened(id, MediaPlace(port: port, key: key)))]
    case .aim(let id, let target):
      if self.channels[id] == nil { self.complaints.append("channel \(id.rawValue) aimed, is not open") }
      self.channels[id]?.target = target
      return []
    case .press(let id, let key, let duration):
      self.keys.append((id, key, duration))
      return []
    case .attach(let id, let feed): return self.attach(id, feed, at: now)
    case .close(let id):
      let ended = self.end(id, at: now)
      if self.channels.removeValue(forKey: id) == nil, self.refused.remove(id) == nil {
        self.complaints.append("channel \(id.rawValue) closed, is not open")
      }
      return ended
    }
  }

  private mutating func attach(_ id: ChannelID, _ feed: MediaFeed, at now: Instant) -> [Outcome] {
    guard let channel = self.channels[id] else {
      self.complaints.append("\(feed) for channel \(id.rawValue), which is not open")
      return []
    }
    var outcomes = self.end(id, at: now)
    self.channels[id]?.feed = feed
    self.channels[id]?.since = now
    self.channels[id]?.turn = channel.turn + 1
    switch feed {
    case .sound: outcomes.append(.over(id, turn: channel.turn + 1, after: self.soundLength))
    case .playback(let number):
      outcomes.append(.over(id, turn: channel.turn + 1, after: self.recordings[number] ?? .milliseconds(1)))
    case .nothing, .relay, .bridge, .music, .tone, .room, .recording: break
    }
    return outcomes
  }

  /// A recording ends with its feed.
  private mutating func end(_ id: ChannelID, at now: Instant) -> [Outcome] {
    guard let channel = self.channels[id], case .recording(let number) = channel.feed else { return [] }
    let length = now - channel.since
    if !self.isDiskFull { self.recordings[number] = length }
    return [
      .event(.recorded(id, RecordingDone(number: number, length: self.isDiskFull ? .zero : length, isKept: !self.isDiskFull)))
    ]
  }

  /// The sound under way, if it is still that of `turn`.
  public func feed(of id: ChannelID, turn: UInt64) -> MediaFeed? {
    self.channels[id].flatMap { $0.turn == turn ? $0.feed : nil }
  }
}
