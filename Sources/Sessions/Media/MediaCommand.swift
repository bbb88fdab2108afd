public import Kernel

/// One port pair (RTP, and RTCP on the next port) of the media server. Numbered by whoever asks for it; within a process a number is never
/// used again.
public struct ChannelID: Hashable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  public static let none = ChannelID(0)
}

/// What the media server is to do: the exchange's side of the executor interface (ARCHITECTURE rule 5, MED-1). Commands are carried out in order.
public enum MediaCommand: Sendable, Equatable {
  /// Ports for one line of a description. Ends in ``MediaEvent/opened(_:_:)`` or ``MediaEvent/failed(_:_:)``.
  case open(ChannelID, MediaRequest)
  /// Where and how the channel's phone sends and receives, after each offer and answer that says something new.
  case aim(ChannelID, MediaTarget)
  /// What the phone hears from now on, and where what it says goes.
  case attach(ChannelID, MediaFeed)
  /// Makes the phone hear a key pressed: RFC 4733 where it negotiated events, the two tones otherwise (MED-4). Keys are numbered as
  /// events are: 0–9, 10 `*`, 11 `#`, 12–15 A–D.
  case press(ChannelID, key: UInt8, duration: Interval)
  /// Gives ports and everything else back.
  case close(ChannelID)
}

/// What is needed of a channel.
public struct MediaRequest: Sendable, Equatable {
  public var family: IPAddress.Family
  /// The RTP port of before a restart; 0 for any.
  public var port: UInt16
  /// The leg whose voice it will be relayed to, for media servers that open both ends together.
  public var partner: ChannelID
  /// SRTP master key and salt of before a restart; empty for fresh ones.
  public var key: [UInt8]

  public init(family: IPAddress.Family, port: UInt16 = 0, partner: ChannelID = .none, key: [UInt8] = []) {
    self.family = family
    self.port = port
    self.partner = partner
    self.key = key
  }
}

/// What a phone has said of itself, and what it has been told.
public struct MediaTarget: Sendable, Equatable {
  /// Where it wants RTP; nothing is sent while this is nil or `sends` is false.
  public var address: SocketAddress?
  /// Where it wants RTCP; nil for the next port.
  public var control: SocketAddress?
  /// RTCP comes and goes on the RTP port (RFC 5761).
  public var isMultiplexed = false
  /// The phone may send from elsewhere than it said (NAT proven at registration): the first valid packets decide, then the source is
  /// locked (MED-5). Otherwise only packets from `address`'s host are taken.
  public var learnsSource = false
  /// With `learnsSource`: the host from which the phone registered, where that is known. Then the source is learned from there (or from
  /// `address`) alone, and no stranger can be quicker; nil for anywhere.
  public var learnsFrom: IPAddress?
  /// The server sends to the phone, and takes what the phone sends (the direction the phone agreed to).
  public var sends = true
  public var receives = true
  /// Payload types as agreed with this phone.
  public var formats: [MediaFormat] = []
  /// Milliseconds of voice in a packet that the server makes, 10…60.
  public var packetTime = 20
  /// SRTP: the key with which the phone encrypts, and that with which we do (30 octets each); empty for plain RTP.
  public var theirKey: [UInt8] = []
  public var ourKey: [UInt8] = []
  /// 80 or 32: bits of the authentication tag (RFC 4568 §6.2).
  public var tagBits = 80
  /// Keys that this phone presses are taken out of its stream and reported (``MediaEvent/pressed(_:key:duration:)``), since its peer
  /// wants them another way. Where the server itself listens (sounds, recordings, rooms) they are reported in any case.
  public var reportsKeys = false
  /// Also listens for the tones of keys in the voice itself, for phones that send no events (MED-4).
  public var detectsTones = false

  public init(address: SocketAddress? = nil) { self.address = address }
}

/// A payload type with its meaning.
public struct MediaFormat: Sendable, Equatable, BitwiseCopyable {
  public enum Codec: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case pcmu, pcma, g722
    /// RFC 4733 at 8000 Hz.
    case events
    /// RFC 3389.
    case comfortNoise
    /// Relayed untouched.
    case other
  }
  public var payload: UInt8
  public var codec: Codec

  public init(_ payload: UInt8, _ codec: Codec) {
    self.payload = payload
    self.codec = codec
  }
}

/// What a channel's phone hears, and where what it says goes.
public enum MediaFeed: Sendable, Equatable {
  /// Neither.
  case nothing
  /// Packets as they are, to and from another channel. Both are attached to each other; payload types may differ where the formats of
  /// both targets say so, SRTP ends here.
  case relay(ChannelID)
  /// Voice of another channel, decoded and encoded anew: for parties without a common codec (CALL-2).
  case bridge(ChannelID)
  case music
  case tone(Tone)
  /// Everybody in the room but itself (CONF-6).
  case room(UInt32)
  /// A sound of the media server, once; ends in ``MediaEvent/finished(_:_:)``.
  case sound(Sound)
  /// Somebody's recording, once; ends in ``MediaEvent/finished(_:_:)``.
  case playback(UInt32)
  /// What the phone says is recorded under that number; ends in ``MediaEvent/recorded(_:_:)`` when the feed changes or the channel closes, and
  /// by itself when the server's own limit of time or space is reached.
  case recording(UInt32)
}

/// What the media server reports.
public enum MediaEvent: Sendable, Equatable {
  case opened(ChannelID, MediaPlace)
  /// No port, descriptor or server: nothing is open under this number.
  case failed(ChannelID, MediaFailure)
  /// This sound or playback is over, or there was nothing to play.
  case finished(ChannelID, MediaFeed)
  /// A recording has ended and is kept, or could not be (its length is 0 then).
  case recorded(ChannelID, RecordingDone)
  /// A key was pressed, once for each press: RFC 4733 events, or tones where `detectsTones` is on (MED-4).
  case pressed(ChannelID, key: UInt8, duration: Interval)
  /// RTP has come from here and the source is locked to it.
  case learned(ChannelID, SocketAddress)
}

/// Where a channel receives, and its key.
public struct MediaPlace: Sendable, Equatable {
  /// The RTP port, even; RTCP is the next.
  public var port: UInt16
  /// Address to tell where the media server is another machine; nil for the exchange's own.
  public var address: IPAddress?
  /// 30 octets from the system's random source, for SDES (RFC 4568): ours to encrypt with as long as the channel lives.
  public var key: [UInt8]

  public init(port: UInt16, address: IPAddress? = nil, key: [UInt8]) {
    self.port = port
    self.address = address
    self.key = key
  }
}

public enum MediaFailure: UInt8, Sendable { case noPort, noServer }

/// A recording that has ended.
public struct RecordingDone: Sendable, Equatable {
  public var number: UInt32
  /// Zero when nothing was kept.
  public var length: Interval
  public var isKept: Bool

  public init(number: UInt32, length: Interval, isKept: Bool) {
    self.number = number
    self.length = length
    self.isKept = isKept
  }
}
