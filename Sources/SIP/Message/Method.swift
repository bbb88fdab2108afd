/// The request methods that the exchange knows (RFC 3261, 3262, 3311, 3428, 3515, 3903, 6086, 6665).
///
/// Methods are case-sensitive; a method that is not listed is `.other` and its name stands in `SIPMessage.methodBytes`.
public enum Method: UInt8, BitwiseCopyable, Hashable, Sendable, CaseIterable {
  case invite, ack, bye, cancel, register, options, prack, update, info, refer, notify, subscribe, message, publish, other

  /// The name as it stands on the wire; empty for `.other`.
  public var spelling: StaticString {
    switch self {
    case .invite: "INVITE"
    case .ack: "ACK"
    case .bye: "BYE"
    case .cancel: "CANCEL"
    case .register: "REGISTER"
    case .options: "OPTIONS"
    case .prack: "PRACK"
    case .update: "UPDATE"
    case .info: "INFO"
    case .refer: "REFER"
    case .notify: "NOTIFY"
    case .subscribe: "SUBSCRIBE"
    case .message: "MESSAGE"
    case .publish: "PUBLISH"
    case .other: ""
    }
  }

  /// Whether a 2xx to this request may create a dialog, so that Record-Route belongs into it (RFC 3261 §12.1.1).
  public var createsDialog: Bool {
    switch self {
    case .invite, .subscribe, .refer, .notify: true
    default: false
    }
  }

  /// The method written in the range.
  init(_ octets: Octets, _ slice: Slice) {
    let candidate: Method
    switch (octets[Int(slice.start)], slice.count) {
    case (0x49, 6): candidate = .invite
    case (0x49, 4): candidate = .info
    case (0x41, 3): candidate = .ack
    case (0x42, 3): candidate = .bye
    case (0x43, 6): candidate = .cancel
    case (0x52, 8): candidate = .register
    case (0x52, 5): candidate = .refer
    case (0x4f, 7): candidate = .options
    case (0x50, 5): candidate = .prack
    case (0x50, 7): candidate = .publish
    case (0x55, 6): candidate = .update
    case (0x4e, 6): candidate = .notify
    case (0x53, 9): candidate = .subscribe
    case (0x4d, 7): candidate = .message
    default: candidate = .other
    }
    self = octets.equals(slice, candidate.spelling) ? candidate : .other
  }
}
