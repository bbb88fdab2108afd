internal import Kernel

/// The voice of a hosted leg: an RTP address of the host, and which codecs it takes there. Writes and reads the session descriptions
/// that a telephone at that address would exchange with the ``Negotiator``, so that a hosted leg is a party like any other
/// (offer/answer of RFC 3264; XFER-4). Plain RTP only: encryption ends at the media server, where there is one.
public struct HostedVoice: Sendable, Equatable {
  /// Codecs with a payload type of their own (RFC 3551 §6).
  public enum Codec: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case pcmu = 0
    case pcma = 8
    case g722 = 9

    var meaning: MediaFormat.Codec {
      switch self {
      case .pcmu: .pcmu
      case .pcma: .pcma
      case .g722: .g722
      }
    }
    fileprivate var encoding: StaticString {
      switch self {
      case .pcmu: "PCMU/8000"
      case .pcma: "PCMA/8000"
      case .g722: "G722/8000"
      }
    }
  }

  /// Where the host wants RTP; RTCP on the next port.
  public let address: SocketAddress
  /// Most wanted first.
  public let codecs: [Codec]
  /// The station holds its party: it sends, such as music of its own, and wants to hear nothing (HOLD-1).
  public var isHolding = false
  /// RFC 4733; stays what an offer of the far end has made it (RFC 3264 §8.3.2).
  private var events: UInt8 = 101
  /// Of the `o=` line; rises with each description.
  private var version: UInt32 = 0

  /// - `address`: nothing may be unspecified about it: 0.0.0.0 means *on hold* in a description, and port 0 *refused*.
  /// - Returns: nil where it is, and without any codec.
  public init?(address: SocketAddress, codecs: [Codec] = [.pcma, .pcmu]) {
    guard !address.address.isUnspecified, address.port != 0, !codecs.isEmpty else { return nil }
    self.address = address
    self.codecs = codecs
  }

  /// What the host offers: one audio line with all its codecs.
  public mutating func offer() -> [UInt8] {
    let formats =
      self.codecs.map { MediaFormat($0.rawValue, $0.meaning) } + [MediaFormat(self.events, .events)]
    var text = self.head()
    self.line(formats, self.isHolding ? .sendonly : .sendrecv, to: &text)
    return text
  }

  /// What the host answers to an offer: its first plain audio line with the codecs that the host has, in the offerer's order; any
  /// other line is refused.
  /// - Returns: nil where there is no such line, or no such codec: 488 (RFC 3261 §21.4.26).
  public mutating func answer(to offer: [UInt8]) -> [UInt8]? {
    guard let sdp = try? SDP(parsing: offer), let place = Self.place(in: sdp) else { return nil }
    let wanted = sdp.media[place]
    let formats = sdp.formats(of: wanted).filter { format in
      format.codec == .events || self.codecs.contains { $0.meaning == format.codec }
    }
    guard formats.contains(where: { $0.codec != .events }) else { return nil }
    if let events = formats.first(where: { $0.codec == .events }) { self.events = events.payload }
    let sends = wanted.direction.receives && !wanted.address.isUnspecified
    let receives = wanted.direction.sends && !self.isHolding
    let direction: MediaDirection =
      sends ? (receives ? .sendrecv : .sendonly) : receives ? .recvonly : .inactive
    var text = self.head()
    for index in sdp.media.indices {
      if index == place {
        self.line(formats, direction, to: &text)
      } else {
        SDPWriter.refused(sdp, index, to: &text)
      }
    }
    return text
  }

  /// Where the host's voice goes and what comes back, by the far end's last description; without an address while the far end takes no
  /// voice from the host at all.
  public func target(_ description: [UInt8]) -> MediaTarget {
    guard let sdp = try? SDP(parsing: description), let place = Self.place(in: sdp) else {
      return Self.nowhere
    }
    let line = sdp.media[place]
    guard !line.address.isUnspecified else { return Self.nowhere }
    var target = MediaTarget(address: SocketAddress(line.address, port: line.port))
    let control = sdp.control(of: line)
    target.control = control.address
    target.isMultiplexed = control.isMultiplexed
    target.sends = line.direction.receives
    target.receives = line.direction.sends && !self.isHolding
    target.formats = sdp.formats(of: line).filter { format in
      format.codec == .events || self.codecs.contains { $0.meaning == format.codec }
    }
    target.packetTime = sdp.packetTime(of: line)
    return target
  }

  private static var nowhere: MediaTarget {
    var target = MediaTarget()
    target.sends = false
    target.receives = false
    return target
  }

  private static func place(in sdp: SDP) -> Int? {
    sdp.media.firstIndex { $0.kind == .audio && !$0.isRefused && $0.profile == .plain }
  }

  // MARK: Text

  private mutating func head() -> [UInt8] {
    self.version &+= 1
    let host = "\(self.address.address.family == .v4 ? "IP4" : "IP6") \(self.address.address)"
    return Array(
      "v=0\r\no=host \(self.address.port) \(self.version) IN \(host)\r\ns=-\r\nc=IN \(host)\r\nt=0 0\r\n"
        .utf8)
  }

  private func line(_ formats: [MediaFormat], _ direction: MediaDirection, to text: inout [UInt8]) {
    text.append(
      contentsOf:
        "m=audio \(self.address.port) RTP/AVP\(formats.map { " \($0.payload)" }.joined())\r\n".utf8)
    for format in formats {
      let encoding =
        self.codecs.first { $0.meaning == format.codec }?.encoding ?? "telephone-event/8000"
      text.append(contentsOf: "a=rtpmap:\(format.payload) \(encoding)\r\n".utf8)
      if format.codec == .events {
        text.append(contentsOf: "a=fmtp:\(format.payload) 0-15\r\n".utf8)
      }
    }
    text.append(contentsOf: "a=\(direction.text)\r\n".utf8)
  }
}
