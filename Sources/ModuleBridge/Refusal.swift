internal import CStrowger

/// Why a call of the library comes to nothing: a result below 0 of the header.
package struct Refusal: Error, Equatable {
  package let result: Int32

  package static let null = Refusal(result: STROWGER_NULL)
  package static let size = Refusal(result: STROWGER_SIZE)
  package static let unknownExchange = Refusal(result: STROWGER_UNKNOWN_EXCHANGE)
  package static let busy = Refusal(result: STROWGER_BUSY)
  package static let kind = Refusal(result: STROWGER_KIND)
  package static let range = Refusal(result: STROWGER_RANGE)
  package static let text = Refusal(result: STROWGER_TEXT)
  package static let digits = Refusal(result: STROWGER_DIGITS)
  package static let unknown = Refusal(result: STROWGER_UNKNOWN)
  package static let leg = Refusal(result: STROWGER_LEG)
  package static let noPlan = Refusal(result: STROWGER_NO_PLAN)
  package static let plan = Refusal(result: STROWGER_PLAN)
  package static let unreadFull = Refusal(result: STROWGER_UNREAD_FULL)
  package static let tooSmall = Refusal(result: STROWGER_TOO_SMALL)
  package static let tooMany = Refusal(result: STROWGER_TOO_MANY)
  package static let tooLate = Refusal(result: STROWGER_TOO_LATE)

  package static let malformedDescription = Refusal(result: STROWGER_SDP_MALFORMED)
  package static let descriptionOutOfRange = Refusal(result: STROWGER_SDP_NUMBER)
  package static let descriptionTooLarge = Refusal(result: STROWGER_SDP_TOO_LARGE)
  package static let unusableAddress = Refusal(result: STROWGER_SDP_ADDRESS)
  package static let missingKey = Refusal(result: STROWGER_SDP_KEY)
  package static let wrongProtection = Refusal(result: STROWGER_SDP_PROTECTION)

  /// What a result means, in English.
  package static func meaning(of result: Int32) -> StaticString {
    switch result {
    case STROWGER_OK: "done"
    case STROWGER_DONE: "there is nothing more"
    case STROWGER_GONE: "the leg has ended, the event was ignored"
    case STROWGER_NULL: "a pointer is NULL that must not be"
    case STROWGER_SIZE: "a struct's size is not that of any interface, or it uses what this library does not have"
    case STROWGER_UNKNOWN_EXCHANGE: "there is no such exchange, or no longer"
    case STROWGER_BUSY: "another thread is in this exchange"
    case STROWGER_KIND: "an unknown kind"
    case STROWGER_RANGE: "a number is out of range"
    case STROWGER_TEXT: "text is not UTF-8 or too long"
    case STROWGER_DIGITS: "not what can be dialled: at most 32 of 0-9 * # + A B C"
    case STROWGER_UNKNOWN: "the number plan has no such station, trunk or class of service"
    case STROWGER_LEG: "the leg is not reserved, or has dialled already"
    case STROWGER_NO_PLAN: "the exchange has no number plan yet"
    case STROWGER_PLAN: "the number plan has errors"
    case STROWGER_UNREAD_FULL: "too many directives or facts have not been read"
    case STROWGER_TOO_SMALL: "the buffer is too small"
    case STROWGER_TOO_MANY: "there are too many exchanges"
    case STROWGER_TOO_LATE: "facts are restored once, before the first event"
    case STROWGER_SDP_MALFORMED: "this is no session description"
    case STROWGER_SDP_NUMBER: "the session description has a number outside its range"
    case STROWGER_SDP_TOO_LARGE: "the session description has more than anybody needs"
    case STROWGER_SDP_ADDRESS: "the session description names an address that nothing may be sent to"
    case STROWGER_SDP_KEY: "the session description wants encryption and gives no key"
    case STROWGER_SDP_PROTECTION: "the session description wants encryption where there may be none"
    default: "an unknown result"
    }
  }
}
