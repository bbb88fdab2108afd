internal import Kernel
internal import Sessions

/// What a channel does for its feed now. A feed is an order; this is what has become of it.
enum Activity {
  /// Nothing is sent and nothing kept: no feed, a relay whose other end is not attached, or a recording that has ended by itself.
  case quiet
  /// Packets go from and to the other channel as they are.
  case relaying(Channel)
  /// The other channel's voice is decoded and encoded anew, and the other way round.
  case bridging(Channel)
  case playing(Playing)
  /// A recording to play has been asked for.
  case loading
  case member(Room)
  case recording(Recording)
}

/// What is played to one phone.
final class Playing {
  var player: Player
  private(set) var report: Report

  /// What the exchange is told of the end (``MediaEvent/finished(_:_:)``).
  enum Report { case none, due, done }

  init(_ clip: Clip, report: Report) {
    self.player = Player(clip)
    self.report = report
  }

  /// Whether the end has come, and is to be reported now; true once.
  func ends() -> Bool {
    guard self.report == .due, self.player.isOver else { return false }
    self.report = .done
    return true
  }
}

/// A recording under way.
final class Recording {
  let number: UInt32
  private(set) var recorder: Recorder
  private var hasBegun = false

  init(number: UInt32, limit: Interval) {
    self.number = number
    self.recorder = Recorder(limit: limit)
  }

  /// Another 20 ms; nil for silence, of which none is kept before the first word.
  /// - Returns: whether there is room for more.
  func take(_ frame: UnsafeBufferPointer<Int16>?) -> Bool {
    if let frame {
      self.hasBegun = true
      self.recorder.take(frame)
    } else if self.hasBegun {
      self.recorder.takeSilence(SampleRate.narrow.frame)
    }
    return !self.recorder.isFull
  }
}

/// Those who hear each other (CONF-6).
final class Room {
  let number: UInt32
  /// When in 20 ms its turn is.
  let phase: Int
  private(set) var mixer: Mixer
  private(set) var members: [Member] = []
  private let table: MixingTable
  private var capacity = 8

  /// Somebody in the room, and the place at the mixer.
  struct Member {
    let channel: Channel
    var place: Int
  }

  init(number: UInt32, phase: Int, table: MixingTable) {
    self.number = number
    self.phase = phase
    self.table = table
    self.mixer = Mixer(members: self.capacity, table: table)
  }

  /// Lets somebody in; everybody gets a place anew where the room has become too small.
  func join(_ channel: Channel) {
    channel.activity = .member(self)
    if let place = self.mixer.join(isWide: Room.isWide(channel)) {
      self.members.append(Member(channel: channel, place: place))
    } else {
      self.capacity *= 2
      self.mixer = Mixer(members: self.capacity, table: self.table)
      let channels = self.members.map(\.channel) + [channel]
      self.members = channels.compactMap { channel in
        self.mixer.join(isWide: Room.isWide(channel)).map { Member(channel: channel, place: $0) }
      }
    }
    self.tune()
  }

  func leave(_ channel: Channel) {
    guard let index = self.index(of: channel) else { return }
    self.mixer.leave(self.members[index].place)
    self.members.remove(at: index)
    self.tune()
  }

  /// A member has said anew which codecs it has.
  func change(_ channel: Channel) {
    guard let index = self.index(of: channel) else { return }
    self.mixer.change(self.members[index].place, isWide: Room.isWide(channel))
    self.tune()
  }

  private func index(of channel: Channel) -> Int? { self.members.firstIndex { $0.channel === channel } }

  /// Everybody speaks and hears at the room's rate.
  private func tune() {
    for member in self.members {
      member.channel.listen(at: self.mixer.rate)
      member.channel.prepare(rate: self.mixer.rate)
    }
  }

  private static func isWide(_ channel: Channel) -> Bool { Speaker.format(of: channel.target.formats)?.codec == .g722 }
}
