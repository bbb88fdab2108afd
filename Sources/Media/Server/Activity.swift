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
  case member(Room, place: Int)
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
  private(set) var mixer = Mixer(members: 8)
  private(set) var members: [Channel] = []
  private var capacity = 8

  init(number: UInt32, phase: Int) {
    self.number = number
    self.phase = phase
  }

  /// Lets somebody in; everybody gets a place anew where the room has become too small.
  func join(_ channel: Channel) {
    self.members.append(channel)
    if let place = self.mixer.join(isWide: Room.isWide(channel)) {
      channel.activity = .member(self, place: place)
    } else {
      self.capacity *= 2
      self.mixer = Mixer(members: self.capacity)
      for member in self.members {
        guard let place = self.mixer.join(isWide: Room.isWide(member)) else { continue }
        member.activity = .member(self, place: place)
      }
    }
    self.tune()
  }

  func leave(_ channel: Channel) {
    guard case .member(let room, let place) = channel.activity, room === self else { return }
    self.mixer.leave(place)
    self.members.removeAll { $0 === channel }
    self.tune()
  }

  /// A member has said anew which codecs it has.
  func change(_ channel: Channel) {
    guard case .member(_, let place) = channel.activity else { return }
    self.mixer.change(place, isWide: Room.isWide(channel))
    self.tune()
  }

  /// Everybody speaks and hears at the room's rate.
  private func tune() {
    for member in self.members {
      member.listen(at: self.mixer.rate)
      member.prepare(rate: self.mixer.rate)
    }
  }

  private static func isWide(_ channel: Channel) -> Bool { Speaker.format(of: channel.target.formats)?.codec == .g722 }
}
