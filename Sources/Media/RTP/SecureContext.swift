internal import CSRTP

/// One direction of SRTP and SRTCP under one key (MED-3; RFC 3711, RFC 4568): `AES_CM_128_HMAC_SHA1_80` or `_32`.
///
/// Owns libsrtp2's session. The rollover counter lives in it: as long as the key is the same, so must be the context.
final class SecureContext {
  enum Direction { case inbound, outbound }

  /// Octets of a master key with its salt.
  static let keyLength = 30
  /// SSRCs remembered. A phone takes a new one with each splice; whoever makes up one a packet must not fill our memory.
  static let sources = 32

  private let session: srtp_t
  private var known: [UInt32] = []
  private var last: UInt32?

  /// Nil for a key of another length, or where the library has no memory.
  init?(key: [UInt8], tagBits: Int, direction: Direction) {
    guard key.count == Self.keyLength, tagBits == 80 || tagBits == 32, Self.library else { return nil }
    var policy = srtp_policy_t()
    if tagBits == 80 {
      srtp_crypto_policy_set_rtp_default(&policy.rtp)
    } else {
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp)
    }
    // SRTCP has 80 bits in both suites (RFC 4568 §6.2.2).
    srtp_crypto_policy_set_rtcp_default(&policy.rtcp)
    policy.ssrc.type = direction == .inbound ? ssrc_any_inbound : ssrc_any_outbound
    policy.window_size = 128
    var session: srtp_t?
    var copy = key
    let status = copy.withUnsafeMutableBufferPointer { key in
      policy.key = key.baseAddress
      return srtp_create(&session, &policy)
    }
    guard status == srtp_err_status_ok, let session else { return nil }
    self.session = session
    self.known.reserveCapacity(Self.sources)
  }

  deinit { srtp_dealloc(self.session) }

  /// Encrypts an RTP packet where it stands; behind it must be room for the tag. Nil where the library refuses: an index used
  /// before must never be used again, so a packet twice is sent once.
  func protect(_ octets: UnsafeMutableRawPointer, count: Int, ssrc: UInt32) -> Int? {
    self.remember(ssrc)
    var length = Int32(truncatingIfNeeded: count)
    return srtp_protect(self.session, octets, &length) == srtp_err_status_ok ? Int(length) : nil
  }

  /// Checks and decrypts an RTP packet where it stands. Nil for a bad tag or a packet seen before.
  func unprotect(_ octets: UnsafeMutableRawPointer, count: Int, ssrc: UInt32) -> Int? {
    var length = Int32(truncatingIfNeeded: count)
    guard srtp_unprotect(self.session, octets, &length) == srtp_err_status_ok else { return nil }
    self.remember(ssrc)
    return Int(length)
  }

  /// The same for RTCP.
  func protectControl(_ octets: UnsafeMutableRawPointer, count: Int, ssrc: UInt32) -> Int? {
    self.remember(ssrc)
    var length = Int32(truncatingIfNeeded: count)
    return srtp_protect_rtcp(self.session, octets, &length) == srtp_err_status_ok ? Int(length) : nil
  }

  func unprotectControl(_ octets: UnsafeMutableRawPointer, count: Int, ssrc: UInt32) -> Int? {
    var length = Int32(truncatingIfNeeded: count)
    guard srtp_unprotect_rtcp(self.session, octets, &length) == srtp_err_status_ok else { return nil }
    self.remember(ssrc)
    return Int(length)
  }

  /// Keeps count of the library's streams, one for each SSRC, and drops the oldest where they become too many.
  private func remember(_ ssrc: UInt32) {
    if self.last == ssrc { return }
    self.last = ssrc
    if self.known.contains(ssrc) { return }
    if self.known.count == Self.sources {
      _ = srtp_remove_stream(self.session, self.known.removeFirst().bigEndian)
    }
    self.known.append(ssrc)
  }

  private static let library = srtp_init() == srtp_err_status_ok
}
