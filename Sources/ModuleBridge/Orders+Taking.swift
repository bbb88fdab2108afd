package import CStrowger
package import Kernel

/// Orders of a module in a library, as they come in. Nothing in them is believed: kinds, numbers, digits and text are looked at first.
extension Orders {
  package mutating func take(_ order: strowger_order) throws(Refusal) {
    let number = try Digits(order.number)
    switch order.kind {
    case STROWGER_ORDER_REROUTE:
      self.reroute(number, try .numbered(order.reason), maximumHops: try order.value(within: 0...1000))
    case STROWGER_ORDER_TRANSLATE: self.translate(to: number)
    case STROWGER_ORDER_REFUSE: self.refuse(try order.finalStatus(), try order.note())
    case STROWGER_ORDER_FAIL:
      guard let failure = Failure(rawValue: try order.value(within: 0...255)) else { throw .kind }
      self.fail(as: failure)
    case STROWGER_ORDER_DONE: self.done(try order.note())
    case STROWGER_ORDER_OWN_CALL: self.own()
    case STROWGER_ORDER_HAND_OVER:
      self.handOver(to: try MachineKey(order.key), try order.value(within: Int(Int32.min)...Int(Int32.max)))
    case STROWGER_ORDER_EXPLAIN: self.explain(try order.note())
    case STROWGER_ORDER_RING: self.ring(atMost: try order.interval())
    case STROWGER_ORDER_SHOW: self.show(number)
    default: try self.takeAction(order, number)
    }
  }

  private mutating func takeAction(_ order: strowger_order, _ number: Digits) throws(Refusal) {
    let leg = LegID(number: order.leg)
    let other = LegID(number: order.other)
    switch order.kind {
    case STROWGER_ORDER_FINISH:
      self.finish(leg, try order.finalStatus(), try order.note(), try .numbered(order.cause))
    case STROWGER_ORDER_RELEASE: self.release(leg, try .numbered(order.cause))
    case STROWGER_ORDER_HEAR: self.hear(leg, try Goal(order.goal))
    case STROWGER_ORDER_RECORD: self.record(leg, under: number)
    case STROWGER_ORDER_HEARD: self.heard(try order.value(within: 0...UInt32.max), of: number)
    case STROWGER_ORDER_DISCARD: self.discard(try order.value(within: 0...UInt32.max), of: number)
    case STROWGER_ORDER_ARM:
      self.arm(try order.value(within: 0...UInt8.max), after: try order.interval(), whileIdle: leg)
    case STROWGER_ORDER_DISARM: self.disarm(try order.value(within: 0...UInt8.max))
    case STROWGER_ORDER_ALERT:
      self.alert(
        try StationNumber(order.number), for: leg, calling: try Digits(order.by), try .numbered(order.purpose))
    case STROWGER_ORDER_SUMMON:
      self.summon(try StationNumber(order.number), calling: try Digits(order.by), hearing: try Goal(order.goal))
    case STROWGER_ORDER_SUBSTITUTE: self.substitute(leg, for: other)
    case STROWGER_ORDER_CONNECT: self.connect(leg, other)
    case STROWGER_ORDER_OWN: self.own(leg)
    case STROWGER_ORDER_GIVE_BACK: self.giveBack(leg)
    case STROWGER_ORDER_WATCH: self.watch(leg)
    case STROWGER_ORDER_UNWATCH: self.unwatch(leg)
    case STROWGER_ORDER_PRESENT: self.present(leg, number)
    case STROWGER_ORDER_REPORT: self.report(leg, try order.report())
    case STROWGER_ORDER_DIAL: self.dial(number, for: leg, payer: try Digits(order.by))
    case STROWGER_ORDER_STOP_DIALLING: self.stopDialling(leg)
    case STROWGER_ORDER_VERIFY: self.verify(number, for: leg)
    case STROWGER_ORDER_PROCEED: self.proceed(leg, as: number, dialled: try Digits(order.by))
    case STROWGER_ORDER_FORWARD: self.forward(leg, to: number, try .numbered(order.reason), try .numbered(order.purpose))
    default: throw .kind
    }
  }
}

extension strowger_order {
  fileprivate func value<Value: FixedWidthInteger>(within range: ClosedRange<Value>) throws(Refusal) -> Value {
    guard let value = Value(exactly: self.value), range.contains(value) else { throw .range }
    return value
  }

  fileprivate func interval() throws(Refusal) -> Interval { try Interval(given: self.time, otherwise: .zero) }

  /// 200, or what ends a call.
  fileprivate func finalStatus() throws(Refusal) -> Status {
    guard self.status == 200 || (400...699).contains(self.status) else { throw .range }
    return try Status(given: self.status)
  }

  fileprivate func note() throws(Refusal) -> Note { Note(try StaticString(permanent: self.text), try Digits(self.by)) }

  fileprivate func report() throws(Refusal) -> TransferReport {
    switch self.transfer {
    case STROWGER_TRANSFER_ACCEPTED: .accepted
    case STROWGER_TRANSFER_REFUSED: .refused(try self.finalStatus(), try self.note())
    case STROWGER_TRANSFER_RINGING: .ringing
    case STROWGER_TRANSFER_DONE: .done
    case STROWGER_TRANSFER_FAILED: .failed(try self.finalStatus())
    default: throw .kind
    }
  }
}
