package import CStrowger
package import Kernel

/// What a module is asked, as the C struct and back. The switch is exhaustive: a new consult does not compile before it has a number.
extension strowger_consult {
  package init(_ consult: Consult) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    switch consult {
    case .code(let code):
      self.set(STROWGER_CONSULT_CODE, leg: code.leg, number: code.by.digits, value: code.action)
      self.argument = strowger_digits(code.argument)
      self.flag = code.isBad ? 1 : 0
      self.other = code.subject.number
    case .informationAnalysed(let call): self.set(STROWGER_CONSULT_INFORMATION_ANALYSED, call: call)
    case .attemptAuthorised(let call, let station):
      self.set(STROWGER_CONSULT_ATTEMPT_AUTHORISED, call: call, number: station.digits)
    case .busy(let call, let station): self.set(STROWGER_CONSULT_BUSY, call: call, number: station.digits)
    case .noAnswer(let call, let station): self.set(STROWGER_CONSULT_NO_ANSWER, call: call, number: station.digits)
    case .notReachable(let call, let station): self.set(STROWGER_CONSULT_NOT_REACHABLE, call: call, number: station.digits)
    case .answer(let call, let leg): self.set(STROWGER_CONSULT_ANSWER, call: call, leg: leg)
    case .held(let leg): self.set(STROWGER_CONSULT_HELD, leg: leg)
    case .resumed(let leg): self.set(STROWGER_CONSULT_RESUMED, leg: leg)
    case .transferRequested(let leg, let to, let replaced):
      self.set(STROWGER_CONSULT_TRANSFER_REQUESTED, leg: leg, other: replaced, number: to)
    case .disconnect(let leg, let cause): self.set(STROWGER_CONSULT_DISCONNECT, leg: leg, cause: cause)
    case .groupCalled(let call, let group): self.set(STROWGER_CONSULT_GROUP_CALLED, call: call, value: group)
    case .replaceRequested(let call, let leg): self.set(STROWGER_CONSULT_REPLACE_REQUESTED, call: call, leg: leg)
    case .called(let call, let digits): self.set(STROWGER_CONSULT_CALLED, call: call, number: digits)
    case .timer(let number): self.set(STROWGER_CONSULT_TIMER, value: Int(number))
    case .legAlerting(let leg): self.set(STROWGER_CONSULT_LEG_ALERTING, leg: leg)
    case .legAnswered(let leg): self.set(STROWGER_CONSULT_LEG_ANSWERED, leg: leg)
    case .legFailed(let leg, let status): self.set(STROWGER_CONSULT_LEG_FAILED, leg: leg, status: status)
    case .legReleased(let leg, let cause): self.set(STROWGER_CONSULT_LEG_RELEASED, leg: leg, cause: cause)
    case .joined(let leg): self.set(STROWGER_CONSULT_JOINED, leg: leg)
    case .joinFailed(let leg, let cause): self.set(STROWGER_CONSULT_JOIN_FAILED, leg: leg, cause: cause)
    case .played(let leg): self.set(STROWGER_CONSULT_PLAYED, leg: leg)
    case .pressed(let leg, let key): self.set(STROWGER_CONSULT_PRESSED, leg: leg, value: Int(key))
    case .dialAlerting(let leg): self.set(STROWGER_CONSULT_DIAL_ALERTING, leg: leg)
    case .dialAnswered(let leg): self.set(STROWGER_CONSULT_DIAL_ANSWERED, leg: leg)
    case .dialFailed(let leg, let status): self.set(STROWGER_CONSULT_DIAL_FAILED, leg: leg, status: status)
    case .verified(let leg, let isValid):
      self.set(STROWGER_CONSULT_VERIFIED, leg: leg)
      self.flag = isValid ? 1 : 0
    case .handedOver(let call, let value): self.set(STROWGER_CONSULT_HANDED_OVER, call: call, value: value)
    case .replaced(let leg, let by): self.set(STROWGER_CONSULT_REPLACED, leg: leg, other: by)
    case .taken(let leg): self.set(STROWGER_CONSULT_TAKEN, leg: leg)
    case .restarted: self.set(STROWGER_CONSULT_RESTARTED)
    case .notKept: self.set(STROWGER_CONSULT_NOT_KEPT)
    }
  }

  private mutating func set(
    _ kind: UInt32, call: CallID = .none, leg: LegID = .none, other: LegID = .none, number: Digits = Digits(), value: Int = 0,
    cause: Cause = .normal, status: Status = Status(rawValue: 0)
  ) {
    self.kind = kind
    self.call = call.number
    self.leg = leg.number
    self.other = other.number
    self.number = strowger_digits(number)
    self.value = Int64(value)
    self.cause = cause.number
    self.status = UInt32(status.rawValue)
  }
}

extension Consult {
  package init(_ consult: strowger_consult) throws(Refusal) {
    let leg = LegID(number: consult.leg)
    let call = CallID(number: consult.call)
    switch consult.kind {
    case STROWGER_CONSULT_CODE:
      self = .code(
        DialledCode(
          leg: leg, by: try StationNumber(consult.number), action: try consult.integer(), argument: try Digits(consult.argument),
          isBad: try Bool(given: consult.flag), subject: LegID(number: consult.other)))
    case STROWGER_CONSULT_INFORMATION_ANALYSED: self = .informationAnalysed(call)
    case STROWGER_CONSULT_ATTEMPT_AUTHORISED: self = .attemptAuthorised(call, try StationNumber(consult.number))
    case STROWGER_CONSULT_BUSY: self = .busy(call, try StationNumber(consult.number))
    case STROWGER_CONSULT_NO_ANSWER: self = .noAnswer(call, try StationNumber(consult.number))
    case STROWGER_CONSULT_NOT_REACHABLE: self = .notReachable(call, try StationNumber(consult.number))
    case STROWGER_CONSULT_ANSWER: self = .answer(call, leg)
    case STROWGER_CONSULT_HELD: self = .held(leg)
    case STROWGER_CONSULT_RESUMED: self = .resumed(leg)
    case STROWGER_CONSULT_TRANSFER_REQUESTED:
      self = .transferRequested(leg, to: try Digits(consult.number), replacing: LegID(number: consult.other))
    case STROWGER_CONSULT_DISCONNECT: self = .disconnect(leg, try .numbered(consult.cause))
    case STROWGER_CONSULT_GROUP_CALLED: self = .groupCalled(call, group: try consult.integer())
    case STROWGER_CONSULT_REPLACE_REQUESTED: self = .replaceRequested(call, leg)
    case STROWGER_CONSULT_CALLED: self = .called(call, try Digits(consult.number))
    default: self = try .told(consult, leg)
    }
  }

  private static func told(_ consult: strowger_consult, _ leg: LegID) throws(Refusal) -> Consult {
    switch consult.kind {
    case STROWGER_CONSULT_TIMER: .timer(try consult.octet())
    case STROWGER_CONSULT_LEG_ALERTING: .legAlerting(leg)
    case STROWGER_CONSULT_LEG_ANSWERED: .legAnswered(leg)
    case STROWGER_CONSULT_LEG_FAILED: .legFailed(leg, try Status(given: consult.status))
    case STROWGER_CONSULT_LEG_RELEASED: .legReleased(leg, try .numbered(consult.cause))
    case STROWGER_CONSULT_JOINED: .joined(leg)
    case STROWGER_CONSULT_JOIN_FAILED: .joinFailed(leg, try .numbered(consult.cause))
    case STROWGER_CONSULT_PLAYED: .played(leg)
    case STROWGER_CONSULT_PRESSED: .pressed(leg, key: try consult.octet())
    case STROWGER_CONSULT_DIAL_ALERTING: .dialAlerting(leg)
    case STROWGER_CONSULT_DIAL_ANSWERED: .dialAnswered(leg)
    case STROWGER_CONSULT_DIAL_FAILED: .dialFailed(leg, try Status(given: consult.status))
    case STROWGER_CONSULT_VERIFIED: .verified(leg, isValid: try Bool(given: consult.flag))
    case STROWGER_CONSULT_HANDED_OVER: .handedOver(CallID(number: consult.call), try consult.integer())
    case STROWGER_CONSULT_REPLACED: .replaced(leg, by: LegID(number: consult.other))
    case STROWGER_CONSULT_TAKEN: .taken(leg)
    case STROWGER_CONSULT_RESTARTED: .restarted
    case STROWGER_CONSULT_NOT_KEPT: .notKept
    default: throw .kind
    }
  }
}

extension strowger_consult {
  fileprivate func integer() throws(Refusal) -> Int {
    guard let value = Int(exactly: self.value) else { throw .range }
    return value
  }

  fileprivate func octet() throws(Refusal) -> UInt8 {
    guard let value = UInt8(exactly: self.value) else { throw .range }
    return value
  }
}

extension Status {
  package init(given number: UInt32) throws(Refusal) {
    guard let value = UInt16(exactly: number), value < 700 else { throw .range }
    self.init(rawValue: value)
  }
}
