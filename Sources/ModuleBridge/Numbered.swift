internal import CStrowger
package import Kernel

/// Kinds of the kernel that have a number in the header. The switches are exhaustive: a new case does not compile before it has one.
package protocol Numbered: CaseIterable {
  var number: UInt32 { get }
}

extension Numbered {
  package static func numbered(_ number: UInt32) throws(Refusal) -> Self {
    for found in Self.allCases where found.number == number { return found }
    throw .kind
  }
}

extension Cause: Numbered {
  package var number: UInt32 {
    switch self {
    case .normal: STROWGER_CAUSE_NORMAL
    case .busy: STROWGER_CAUSE_BUSY
    case .noAnswer: STROWGER_CAUSE_NO_ANSWER
    case .notReachable: STROWGER_CAUSE_NOT_REACHABLE
    case .refused: STROWGER_CAUSE_REFUSED
    case .cancelled: STROWGER_CAUSE_CANCELLED
    case .answeredElsewhere: STROWGER_CAUSE_ANSWERED_ELSEWHERE
    case .numberUnknown: STROWGER_CAUSE_NUMBER_UNKNOWN
    case .numberIncomplete: STROWGER_CAUSE_NUMBER_INCOMPLETE
    case .barred: STROWGER_CAUSE_BARRED
    case .loop: STROWGER_CAUSE_LOOP
    case .mediaFailed: STROWGER_CAUSE_MEDIA_FAILED
    case .lost: STROWGER_CAUSE_LOST
    case .overload: STROWGER_CAUSE_OVERLOAD
    case .fault: STROWGER_CAUSE_FAULT
    case .noChannel: STROWGER_CAUSE_NO_CHANNEL
    case .outOfHours: STROWGER_CAUSE_OUT_OF_HOURS
    case .trunkLimit: STROWGER_CAUSE_TRUNK_LIMIT
    }
  }
}

extension Purpose: Numbered {
  package var number: UInt32 {
    switch self {
    case .direct: STROWGER_PURPOSE_DIRECT
    case .groupMember: STROWGER_PURPOSE_GROUP_MEMBER
    case .recall: STROWGER_PURPOSE_RECALL
    case .transfer: STROWGER_PURPOSE_TRANSFER
    case .overflow: STROWGER_PURPOSE_OVERFLOW
    }
  }
}

extension Tone: Numbered {
  package var number: UInt32 {
    switch self {
    case .ringback: STROWGER_TONE_RINGBACK
    case .busy: STROWGER_TONE_BUSY
    case .confirmation: STROWGER_TONE_CONFIRMATION
    case .error: STROWGER_TONE_ERROR
    case .hold: STROWGER_TONE_HOLD
    }
  }
}

extension Sound: Numbered {
  package var number: UInt32 {
    switch self {
    case .greeting: STROWGER_SOUND_GREETING
    case .noMessages: STROWGER_SOUND_NO_MESSAGES
    case .newMessages: STROWGER_SOUND_NEW_MESSAGES
    case .endOfMessages: STROWGER_SOUND_END_OF_MESSAGES
    case .kept: STROWGER_SOUND_KEPT
    case .deleted: STROWGER_SOUND_DELETED
    case .beep: STROWGER_SOUND_BEEP
    }
  }
}

extension Diversion.Reason: Numbered {
  package var number: UInt32 {
    switch self {
    case .unconditional: STROWGER_DIVERSION_UNCONDITIONAL
    case .userBusy: STROWGER_DIVERSION_USER_BUSY
    case .noAnswer: STROWGER_DIVERSION_NO_ANSWER
    case .unavailable: STROWGER_DIVERSION_UNAVAILABLE
    case .deflection: STROWGER_DIVERSION_DEFLECTION
    }
  }
}

extension StationSettings.Insertion: Numbered {
  package var number: UInt32 {
    switch self {
    case .none: STROWGER_INSERTION_NONE
    case .incoming: STROWGER_INSERTION_INCOMING
    case .outgoing: STROWGER_INSERTION_OUTGOING
    }
  }
}

extension StationSettings.ToneSource: Numbered {
  package var number: UInt32 {
    switch self {
    case .system: STROWGER_TONE_SOURCE_SYSTEM
    case .phone: STROWGER_TONE_SOURCE_PHONE
    }
  }
}
