public import Kernel
import SIP
public import Sessions

/// A place in the office: a digital phone, the device that stands for it at the exchange, and the voice of its calls.
public struct Desk: Sendable {
  public let number: String
  public internal(set) var device: DeviceID
  public internal(set) var phone = DigitalPhone()
  /// Where each leg's voice is; an entry for each leg that is not over.
  var voices: [(leg: LegID, voice: HostedVoice)] = []
  /// When the user has paused long enough.
  var pause = Instant.never

  func voice(of leg: LegID) -> HostedVoice? { self.voices.first { $0.leg == leg }?.voice }
}

/// Where the voice of a digital phone's call is: the host's own hardware. One for scripts, one with sockets.
public protocol VoiceCard {
  /// A place for one more call; nil where there is none.
  mutating func open() -> HostedVoice?
  /// Where its voice goes to and comes from, from now on.
  mutating func aim(_ voice: HostedVoice, at target: MediaTarget)
  mutating func close(_ voice: HostedVoice)
}

/// Ports without sockets: what scripts need to say who talks to whom.
public struct PaperCard: VoiceCard {
  private let address: IPAddress
  private var next: UInt16 = 30_000

  public init(address: IPAddress) { self.address = address }

  public mutating func open() -> HostedVoice? {
    self.next = self.next < 60_000 ? self.next + 2 : 30_002
    return HostedVoice(address: SocketAddress(self.address, port: self.next))
  }
  public mutating func aim(_ voice: HostedVoice, at target: MediaTarget) {}
  public mutating func close(_ voice: HostedVoice) {}
}

extension DigitalPhone.Hearing {
  init(_ goal: Goal) {
    switch goal {
    case .with: self = .party
    case .music: self = .music
    case .tone(.ringback): self = .ringback
    case .tone: self = .tone
    case .room: self = .room
    case .announcement, .playback, .recording: self = .announcement
    case .nothing: self = .nothing
    }
  }
}
