/// A session description as somebody sent it (RFC 4566): the octets, and where in them the things stand that an
/// offer/answer negotiator must know. In hand it is safe: ports, formats and addresses are within their limits.
public struct SDP: Sendable {
  /// The text as it came.
  public let bytes: [UInt8]
  /// The `m=` lines in order.
  public internal(set) var media: [MediaDescription] = []
  /// Every line ends with CRLF and none is empty, so it may be copied as it is.
  var isClean = true
  /// The `o=` line with its line end, and in it session id and version.
  var origin = Octets.none
  var identity = Octets.none
  /// The `s=` line with its line end; empty where there is none.
  var name = Octets.none
  /// The lines before the first `m=`.
  var session = Octets.none
  var address: IPAddress = .unspecified
  var hasAddress = false
  var direction: MediaDirection = .sendrecv
  var hasKey = false

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The writer's own phone puts the call on hold: no line that is switched on wants to hear, by `sendonly`,
  /// `inactive` or the address 0.0.0.0 (HOLD-1; RFC 3264 §8.4; RFC 6337 §5.3).
  public var isHold: Bool {
    var live = false
    for line in self.media where !line.isRefused && (line.kind == .audio || !self.hasAudio) {
      if line.direction.receives && !line.address.isUnspecified { return false }
      live = true
    }
    return live
  }

  /// At least one line is switched on.
  public var isUsable: Bool { self.media.contains { !$0.isRefused } }

  var hasAudio: Bool { self.media.contains { $0.kind == .audio && !$0.isRefused } }

  /// The first audio line that is switched on.
  var audio: MediaDescription? { self.media.first { $0.kind == .audio && !$0.isRefused } }

  func octets(_ piece: Octets) -> ArraySlice<UInt8> { self.bytes[piece.range.clamped(to: 0..<self.bytes.count)] }
}

/// Lengths that no real description needs and that bound what one may cost (RELIABILITY 16).
enum SDPLimits {
  static let octets = 65_535
  static let mediaLines = 32
  static let formats = 128
  static let lines = 2_000
}
