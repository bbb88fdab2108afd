package import CStrowger
package import Kernel

/// A module's orders as C structs. The switches are exhaustive: a new order does not compile before it has a number.
extension Orders {
  /// Everything a step has ordered, one after the other; the answer comes last.
  package func forEachInC(_ body: (strowger_order) -> Void) {
    if let note = self.note { body(strowger_order(STROWGER_ORDER_EXPLAIN, note: note)) }
    if let time = self.ringTime {
      var order = strowger_order(STROWGER_ORDER_RING)
      order.time = time.nanoseconds
      body(order)
    }
    if let number = self.shown { body(strowger_order(STROWGER_ORDER_SHOW, number: number)) }
    for order in self.list { body(strowger_order(order)) }
    if let answer = strowger_order(self.verdict) { body(answer) }
  }
}

extension strowger_order {
  init(
    _ kind: UInt32, leg: LegID = .none, other: LegID = .none, number: Digits = Digits(), by: Digits = Digits(), value: Int64 = 0
  ) {
    self.init()
    self.size = UInt32(MemoryLayout<Self>.size)
    self.kind = kind
    self.leg = leg.number
    self.other = other.number
    self.number = strowger_digits(number)
    self.by = strowger_digits(by)
    self.value = value
  }

  init(_ kind: UInt32, leg: LegID = .none, status: Status = Status(rawValue: 0), note: Note) {
    self.init(kind, leg: leg, by: note.digits)
    self.status = UInt32(status.rawValue)
    self.text = note.template.permanentText
  }

  init?(_ verdict: Orders.Verdict) {
    switch verdict {
    case .proceed: return nil
    case .reroute(let number, let reason, let hops):
      self.init(STROWGER_ORDER_REROUTE, number: number, value: Int64(hops))
      self.reason = reason.number
    case .translate(let number): self.init(STROWGER_ORDER_TRANSLATE, number: number)
    case .refuse(let status, let note): self.init(STROWGER_ORDER_REFUSE, status: status, note: note)
    case .fail(let failure): self.init(STROWGER_ORDER_FAIL, value: Int64(failure.rawValue))
    case .done(let note): self.init(STROWGER_ORDER_DONE, note: note)
    case .own: self.init(STROWGER_ORDER_OWN_CALL)
    case .handOver(let key, let value):
      self.init(STROWGER_ORDER_HAND_OVER, value: Int64(value))
      self.key = strowger_machine_key(key)
    }
  }

  init(_ order: Orders.Order) {
    switch order {
    case .finish(let leg, let status, let note, let cause):
      self.init(STROWGER_ORDER_FINISH, leg: leg, status: status, note: note)
      self.cause = cause.number
    case .release(let leg, let cause):
      self.init(STROWGER_ORDER_RELEASE, leg: leg)
      self.cause = cause.number
    case .hear(let leg, let goal):
      self.init(STROWGER_ORDER_HEAR, leg: leg)
      self.goal = strowger_goal(goal)
    case .record(let leg, let owner): self.init(STROWGER_ORDER_RECORD, leg: leg, number: owner)
    case .heard(let recording, let owner): self.init(STROWGER_ORDER_HEARD, number: owner, value: Int64(recording))
    case .discard(let recording, let owner): self.init(STROWGER_ORDER_DISCARD, number: owner, value: Int64(recording))
    case .arm(let number, let time, let leg):
      self.init(STROWGER_ORDER_ARM, leg: leg, value: Int64(number))
      self.time = time.nanoseconds
    case .disarm(let number): self.init(STROWGER_ORDER_DISARM, value: Int64(number))
    case .alert(let station, let peer, let calling, let purpose):
      self.init(STROWGER_ORDER_ALERT, leg: peer, number: station.digits, by: calling)
      self.purpose = purpose.number
    case .summon(let station, let calling, let goal):
      self.init(STROWGER_ORDER_SUMMON, number: station.digits, by: calling)
      self.goal = strowger_goal(goal)
    case .substitute(let new, let old): self.init(STROWGER_ORDER_SUBSTITUTE, leg: new, other: old)
    case .connect(let a, let b): self.init(STROWGER_ORDER_CONNECT, leg: a, other: b)
    case .own(let leg): self.init(STROWGER_ORDER_OWN, leg: leg)
    case .giveBack(let leg): self.init(STROWGER_ORDER_GIVE_BACK, leg: leg)
    case .watch(let leg): self.init(STROWGER_ORDER_WATCH, leg: leg)
    case .unwatch(let leg): self.init(STROWGER_ORDER_UNWATCH, leg: leg)
    case .present(let leg, let number): self.init(STROWGER_ORDER_PRESENT, leg: leg, number: number)
    case .report(let leg, let report): self.init(leg, report)
    case .dial(let number, let leg, let payer): self.init(STROWGER_ORDER_DIAL, leg: leg, number: number, by: payer)
    case .stopDialling(let leg): self.init(STROWGER_ORDER_STOP_DIALLING, leg: leg)
    case .verify(let code, let leg): self.init(STROWGER_ORDER_VERIFY, leg: leg, number: code)
    case .proceed(let leg, let number, let dialled): self.init(STROWGER_ORDER_PROCEED, leg: leg, number: number, by: dialled)
    case .forward(let leg, let number, let reason, let purpose):
      self.init(STROWGER_ORDER_FORWARD, leg: leg, number: number)
      self.reason = reason.number
      self.purpose = purpose.number
    }
  }

  private init(_ leg: LegID, _ report: TransferReport) {
    self.init(STROWGER_ORDER_REPORT, leg: leg)
    switch report {
    case .accepted: self.transfer = STROWGER_TRANSFER_ACCEPTED
    case .refused(let status, let note):
      self = strowger_order(STROWGER_ORDER_REPORT, leg: leg, status: status, note: note)
      self.transfer = STROWGER_TRANSFER_REFUSED
    case .ringing: self.transfer = STROWGER_TRANSFER_RINGING
    case .done: self.transfer = STROWGER_TRANSFER_DONE
    case .failed(let status):
      self.transfer = STROWGER_TRANSFER_FAILED
      self.status = UInt32(status.rawValue)
    }
  }
}
