import Kernel
import Sessions

/// What a telephone gone mad, or all of them at once, may take: requests a second, transactions, calls (RELIABILITY 36). Emergency
/// calls pass every one of these limits but the memory of the machine (TRK-5).
extension Exchange {
  /// False when the request has been dealt with: its source asks more often than it may. What ends calls and what belongs to
  /// transactions that are there passes, so that the limit breaks nothing that was begun.
  mutating func isWithinRate(_ message: SIPMessage, from flow: Flow) -> Bool {
    switch message.method {
    case .ack, .bye, .cancel, .prack: return true
    default: break
    }
    let source = self.sources.counted(flow.remote.address)
    let verdict = self.rates.count(source, rate: self.options.requestRate, at: self.now)
    if verdict == .passes || self.isEmergency(message) || self.transactions.knows(message) { return true }
    self.counters.overload &+= 1
    if self.rates.isNews(source, at: self.now) {
      self.outbox.notices.append(.warning("\(source) sends more than \(self.options.requestRate) requests a second: refused"))
      let user = String(decoding: message.user(of: message.from.uri).prefix(32), as: UTF8.self)
      self.access(user, message, flow, "refused", "more than \(self.options.requestRate) requests a second")
    }
    guard verdict == .isRefused else {
      self.counters.rateDropped &+= 1
      return false
    }
    self.counters.rateRefused &+= 1
    self.refuseStatelessly(message, "too many requests", from: flow)
    return false
  }

  /// 503 with Retry-After without a transaction: the same octets for a retransmission.
  mutating func refuseStatelessly(_ message: SIPMessage, _ why: StaticString, from flow: Flow) {
    self.writer.response(to: message, 503, toTag: self.statelessTag(message), source: flow.remote)
    self.writer.header(.retryAfter, 5)
    self.writer.begin(.warning)
    self.writer.text("399 strowger \"")
    self.writer.text(why)
    self.writer.text("\"")
    self.writer.endLine()
    self.writer.finish()
    if self.isTooLong(answering: message) {
      self.writer.response(to: message, 503, reason: "", toTag: self.statelessTag(message), source: flow.remote)
      self.writer.header(.retryAfter, 5)
      self.writer.finish()
    }
    self.outbox.sends.append(Send(flow: flow, bytes: self.written()))
  }

  /// Somebody calls an emergency number of the plan.
  func isEmergency(_ message: SIPMessage) -> Bool {
    guard message.method == .invite, message.to.tag == nil, !self.kernel.world.plan.emergency.isEmpty,
      let digits = Digits(ascii: message.user(of: message.requestURI))
    else { return false }
    return self.isEmergency(digits)
  }

  func isEmergency(_ digits: Digits) -> Bool {
    if case .emergency = self.kernel.world.dispatch.match(digits) { true } else { false }
  }

  /// Why `caller` may not begin one more call; nil where he may. Called stations count as well: a leg is a leg.
  mutating func crowd(_ caller: Party, dialling digits: Digits) -> StaticString? {
    let legs = caller.station.flatMap { self.kernel.world.station($0)?.legCount } ?? 0
    let count = self.dialogs.count + self.hosted.count
    let isFull = count >= self.options.calls
    guard isFull || legs >= self.options.stationCalls else { return nil }
    if caller.station != nil, count < self.options.calls &+ self.options.calls / 8, self.isEmergency(digits) {
      return nil
    }
    if isFull {
      self.counters.callLimit &+= 1
      return "the exchange has as many calls as it may"
    }
    self.counters.stationLimit &+= 1
    return "this station has as many calls as it may"
  }

  /// Refuses a call beyond a limit: nothing of it is kept but a line in the access log, once a minute for each station.
  mutating func refuseCrowd(
    _ why: StaticString, _ caller: Party, _ message: SIPMessage, _ transaction: ServerTransactionID, _ flow: Flow
  ) {
    self.counters.overload &+= 1
    let number = caller.number
    if self.crowdTold[number].map({ self.now - $0 >= .seconds(60) }) ?? true {
      if self.crowdTold.count >= SourceRates.remembered { self.crowdTold.removeAll(keepingCapacity: true) }
      self.crowdTold[number] = self.now
      self.access(number.description, message, flow, "refused", "call: \(why)")
      self.outbox.notices.append(.warning("a call of \(number) is refused: \(why)"))
    }
    self.answer(transaction, message, 503) { writer in
      writer.header(.retryAfter, 5)
      writer.warning(Array("\(why)".utf8))
    }
  }

  /// Counts what a call's record says of limits and classes of service.
  mutating func count(_ cause: Cause) {
    switch cause {
    case .barred: self.counters.barred &+= 1
    case .outOfHours: self.counters.outOfHours &+= 1
    case .trunkLimit: self.counters.trunkLimit &+= 1
    case .loop: self.counters.loops &+= 1
    case .normal, .busy, .noAnswer, .notReachable, .refused, .cancelled, .answeredElsewhere, .numberUnknown, .numberIncomplete,
      .mediaFailed, .lost, .overload, .fault, .noChannel:
      break
    }
  }
}
