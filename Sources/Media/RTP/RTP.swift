/// Numbers of RFC 3550 and RFC 3551.
enum RTP {
  static let headerLength = 12
}
