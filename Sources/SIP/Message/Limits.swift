/// What a message may be at most (RELIABILITY 6); RFC 4475's `longreq` passes all of them.
public enum SIPLimits {
  /// A datagram's octets.
  public static let datagram = 16 * 1024
  /// A message's octets on a stream.
  public static let streamMessage = 64 * 1024
  /// Octets of all header fields together, start line excluded.
  public static let headerSection = 8 * 1024
  /// Octets of one header field, its continuation lines included.
  public static let header = 2 * 1024
  /// Octets of the start line.
  public static let startLine = 2 * 1024
  /// Octets of a method; a longer one is answered 501 like any unknown one.
  public static let method = 32
  /// Octets of the request-URI; a longer one is answered 414.
  public static let uri = 256
  /// Header fields in a message.
  public static let headers = 128
  /// Parameters in a header field or URI.
  public static let parameters = 32
  /// Via elements in a message.
  public static let vias = 70
  /// Contact elements in a message.
  public static let contacts = 32
}
