/// A piece of a session description, as offsets into its octets.
struct Octets: BitwiseCopyable, Sendable, Equatable {
  var start: UInt32
  var end: UInt32

  init(_ start: Int, _ end: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }
  static var none: Octets { Octets(0, 0) }
  var range: Range<Int> { Int(self.start)..<Int(max(self.start, self.end)) }
  var isEmpty: Bool { self.start >= self.end }
}

/// Which way media flows, from the side of whoever wrote the description (RFC 3264 §5.1).
public enum MediaDirection: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  case sendrecv, sendonly, recvonly, inactive

  /// The attribute's name.
  public var text: StaticString {
    switch self {
    case .sendrecv: "sendrecv"
    case .sendonly: "sendonly"
    case .recvonly: "recvonly"
    case .inactive: "inactive"
    }
  }

  var sends: Bool { self == .sendrecv || self == .sendonly }
  var receives: Bool { self == .sendrecv || self == .recvonly }
}

/// Static and dynamic payload types, 0–127, as a set of bits.
struct PayloadSet: BitwiseCopyable, Sendable, Equatable {
  var low: UInt64 = 0
  var high: UInt64 = 0

  var isEmpty: Bool { self.low | self.high == 0 }
  mutating func insert(_ payload: UInt8) {
    if payload < 64 { self.low |= 1 << UInt64(payload) } else { self.high |= 1 << UInt64(payload & 63) }
  }
  mutating func remove(_ payload: UInt8) {
    if payload < 64 { self.low &= ~(1 << UInt64(payload)) } else { self.high &= ~(1 << UInt64(payload & 63)) }
  }
  func contains(_ payload: UInt8) -> Bool {
    (payload < 64 ? self.low >> UInt64(payload) : self.high >> UInt64(payload & 63)) & 1 == 1
  }
  func isSubset(of other: PayloadSet) -> Bool { self.low & ~other.low == 0 && self.high & ~other.high == 0 }
}

/// One `m=` line with the lines that belong to it (RFC 4566 §5.14).
public struct MediaDescription: BitwiseCopyable, Sendable {
  /// What kind of media it is.
  public enum Kind: UInt8, BitwiseCopyable, Sendable, CaseIterable { case audio, video, image, text, application, message, other }

  /// How the media is protected: these never mix on one path (RELIABILITY 44, INTEROP 19).
  public enum Profile: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// RTP/AVP and RTP/AVPF.
    case plain
    /// RTP/SAVP and RTP/SAVPF with keys in `a=crypto` (RFC 4568).
    case keyed
    /// UDP/TLS/RTP/SAVP(F) with `a=fingerprint` (RFC 5764).
    case dtls
    /// Anything that is not RTP, such as `udptl`.
    case other

    var isSecure: Bool { self == .keyed || self == .dtls }
  }

  public internal(set) var kind: Kind
  public internal(set) var profile: Profile
  /// 0 means refused or switched off (RFC 3264 §6).
  public internal(set) var port: UInt16
  /// Its own `c=` line, else that of the session; unspecified is the old form of hold (RFC 3264 §8.4).
  public internal(set) var address: IPAddress
  /// Its own attribute, else that of the session, else `sendrecv`.
  public internal(set) var direction: MediaDirection
  var hasAddress: Bool
  var hasDirection: Bool
  var hasKey: Bool
  /// The first payload type of the line: what its writer likes best.
  var preferred: UInt8
  /// The payload types of an RTP line.
  var payloads: PayloadSet
  /// The lines from `m=` to the next one, line ends included.
  var section: Octets
  /// The `m=` line without its line end.
  var line: Octets
  var media: Octets
  var proto: Octets
  var formats: Octets

  /// The port is 0, so the line only keeps its place.
  public var isRefused: Bool { self.port == 0 }
}
