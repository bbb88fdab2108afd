public import Kernel

/// Why a session description cannot be used. It reaches no further than the message that carried it.
public enum SDPError: Error, Equatable, Sendable, CaseIterable {
  /// Not session description syntax: a line without `x=`, a NUL, a CR alone, no `v=0` or `o=` (RFC 4566 §5).
  case malformed
  /// A number outside its range: port, format, packet time, clock rate (RELIABILITY 16).
  case outOfRange
  /// More octets, media lines or formats than anybody needs (RELIABILITY 16).
  case tooLarge
  /// A media address that nothing may be sent to: multicast, broadcast, link-local, a name (RELIABILITY 16).
  case unusableAddress
  /// A secure media line without a key: never answered with plain RTP (RELIABILITY 44).
  case missingKey
  /// Encrypted where the station's voice may not be, or plain where it must not be (MED-3).
  case wrongProtection

  /// The answer to a request that carried it: 400 for what is no session description, else 488 (RFC 3261 §21.4.26).
  public var status: Status { self == .malformed ? .badRequest : .notAcceptableHere }
}
