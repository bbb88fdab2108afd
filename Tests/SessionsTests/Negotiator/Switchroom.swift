import Kernel
import Sessions

/// A media server as the explorer sees it: it takes its time, has no port now and then, and is asked in the end who hears whom.
struct Switchroom {
  struct Channel {
    var port: Int
    var aim = MediaTarget()
    var feed = MediaFeed.nothing
  }

  private(set) var channels: [UInt64: Channel] = [:]
  private(set) var faults: [String] = []

  /// The report that follows a command, if one does.
  mutating func carryOut(_ command: MediaCommand, fails: Bool) -> MediaEvent? {
    switch command {
    case .open(let id, let request):
      if self.channels[id.rawValue] != nil { self.faults.append("channel \(id.rawValue) is opened twice") }
      if fails { return .failed(id, .noPort) }
      let port = request.port == 0 ? 40_000 + 2 * Int(id.rawValue) % 25_000 : Int(request.port)
      self.channels[id.rawValue] = Channel(port: port)
      return .opened(id, MediaPlace(port: UInt16(port), key: [UInt8](repeating: 7, count: 30)))
    case .aim(let id, let target):
      if self.channels[id.rawValue] == nil { self.faults.append("aim of channel \(id.rawValue), which is not open") }
      self.channels[id.rawValue]?.aim = target
    case .attach(let id, let feed):
      if self.channels[id.rawValue] == nil { self.faults.append("feed of channel \(id.rawValue), which is not open") }
      self.channels[id.rawValue]?.feed = feed
    case .press: break
    case .close(let id):
      self.channels[id.rawValue] = nil
    }
    return nil
  }

  /// The channel that a telephone sends to.
  func channel(at port: Int) -> (id: ChannelID, channel: Channel)? {
    self.channels.first { $0.value.port == port }.map { (ChannelID($0.key), $0.value) }
  }

  /// Whether the voice that reaches `port` comes out at a telephone that listens on `listener`.
  func carries(from port: Int, to listener: Int) -> Bool {
    guard let (id, channel) = self.channel(at: port), channel.aim.receives else { return false }
    switch channel.feed {
    case .relay(let other), .bridge(let other):
      guard let far = self.channels[other.rawValue], far.aim.sends, far.aim.address?.port == UInt16(listener) else {
        return false
      }
      return far.feed == .relay(id) || far.feed == .bridge(id)
    case .nothing, .music, .tone, .room, .sound, .playback, .recording: return false
    }
  }
}
