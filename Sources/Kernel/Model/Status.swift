/// The final answer to a call that does not come about: a SIP status code, 400…699 (RFC 3261 §21), or 200 with a tone.
public struct Status: RawRepresentable, Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let ok = Status(rawValue: 200)
  public static let badRequest = Status(rawValue: 400)
  public static let forbidden = Status(rawValue: 403)
  public static let notFound = Status(rawValue: 404)
  public static let temporarilyUnavailable = Status(rawValue: 480)
  public static let noSuchCall = Status(rawValue: 481)
  public static let loopDetected = Status(rawValue: 482)
  public static let tooManyHops = Status(rawValue: 483)
  public static let addressIncomplete = Status(rawValue: 484)
  public static let busyHere = Status(rawValue: 486)
  public static let requestTerminated = Status(rawValue: 487)
  public static let notAcceptableHere = Status(rawValue: 488)
  public static let serverError = Status(rawValue: 500)
  public static let serviceUnavailable = Status(rawValue: 503)
  public static let busyEverywhere = Status(rawValue: 600)
  public static let decline = Status(rawValue: 603)

  public var description: String { String(self.rawValue) }
}

/// Why a leg or call ended, in the field's words. Goes into call records and, translated, into `Reason` (RFC 3326).
public enum Cause: UInt8, Sendable, Equatable, CaseIterable {
  case normal, busy, noAnswer, notReachable, refused, cancelled, answeredElsewhere, numberUnknown, numberIncomplete
  case barred, loop, mediaFailed, lost, overload, fault, noChannel
  /// The class of service allows it at other hours only; a limit of calls to the outside is reached.
  case outOfHours, trunkLimit

  public var text: StaticString {
    switch self {
    case .normal: "normal clearing"
    case .busy: "busy"
    case .noAnswer: "no answer"
    case .notReachable: "not reachable"
    case .refused: "refused"
    case .cancelled: "cancelled by the caller"
    case .answeredElsewhere: "answered elsewhere"
    case .numberUnknown: "number unknown"
    case .numberIncomplete: "number incomplete"
    case .barred: "barred"
    case .loop: "loop"
    case .mediaFailed: "no media path"
    case .lost: "device lost"
    case .overload: "overload"
    case .fault: "internal fault"
    case .noChannel: "no media channel free"
    case .outOfHours: "barred at this hour"
    case .trunkLimit: "limit of calls outside reached"
    }
  }
}

/// A sentence for people with at most one number in it, plain so that it costs nothing until it is read:
/// `Note("forward all to % set", number)`.
public struct Note: Sendable, Equatable, CustomStringConvertible {
  public let template: StaticString
  public let digits: Digits

  public init(_ template: StaticString, _ digits: Digits = Digits()) {
    self.template = template
    self.digits = digits
  }

  public static func == (a: Note, b: Note) -> Bool { a.digits == b.digits && a.description == b.description }

  public var description: String {
    var text = ""
    for character in "\(self.template)" {
      if character == "%" { text += self.digits.description } else { text.append(character) }
    }
    return text
  }
}
