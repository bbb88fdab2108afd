import Kernel
import Sessions

// Carries out what the client machines say.
extension TransactionLayer {
  @discardableResult
  mutating func stepClient(invite index: Int, _ event: InviteClient.Event, response: SIPMessage? = nil) -> TransactionEffects {
    guard case .invite(let state) = self.clients[index].machine else {
      self.counters.faults &+= 1
      return []
    }
    switch InviteClient.step(state, event) {
    case .go(let next, let effects):
      self.clients[index].machine = .invite(next)
      self.apply(effects, client: index, response)
      if !effects.contains(.keepTimer) { self.enterClient(invite: index, next) }
      return effects
    case .stay(let effects):
      self.apply(effects, client: index, response)
      return effects
    case .ignore: return []
    case .unreachable:
      self.counters.faults &+= 1
      self.remove(client: index)
      return []
    }
  }

  @discardableResult
  mutating func stepClient(other index: Int, _ event: NonInviteClient.Event) -> TransactionEffects {
    guard case .other(let state) = self.clients[index].machine else {
      self.counters.faults &+= 1
      return []
    }
    switch NonInviteClient.step(state, event) {
    case .go(let next, let effects):
      self.clients[index].machine = .other(next)
      self.apply(effects, client: index, nil)
      if !effects.contains(.keepTimer) { self.enterClient(other: index, next) }
      return effects
    case .stay(let effects):
      self.apply(effects, client: index, nil)
      return effects
    case .ignore: return []
    case .unreachable:
      self.counters.faults &+= 1
      self.remove(client: index)
      return []
    }
  }

  /// A state's timers (RFC 3261 table 4). Reliable transports need no A, D, E and K. D is 64·T1, as long as the other side
  /// repeats its refusal (timer H): with the standard T1 the 32 s that the RFC names.
  mutating func enterClient(invite index: Int, _ state: InviteClient.State) {
    let isReliable = self.clients[index].flow.kind.isReliable
    switch state {
    case .calling: self.arm(client: index, pause: isReliable ? .zero : self.timing.t1, end: self.now + self.timing.life)
    case .proceeding: self.disarm(client: index)
    case .completed:
      if isReliable {
        self.stepClient(invite: index, .timerD)
      } else {
        self.arm(client: index, pause: .zero, end: self.now + self.timing.life)
      }
    case .cancelling, .accepted: self.arm(client: index, pause: .zero, end: self.now + self.timing.life)
    case .terminated: self.remove(client: index)
    }
  }

  mutating func enterClient(other index: Int, _ state: NonInviteClient.State) {
    let isReliable = self.clients[index].flow.kind.isReliable
    switch state {
    case .trying: self.arm(client: index, pause: isReliable ? .zero : self.timing.t1, end: self.now + self.timing.life)
    case .proceeding: break
    case .completed:
      if isReliable {
        self.stepClient(other: index, .timerK)
      } else {
        self.arm(client: index, pause: .zero, end: self.now + self.timing.t4)
      }
    case .terminated: self.remove(client: index)
    }
  }

  mutating func fireClient(_ index: Int, _ due: Instant) {
    self.clients[index].clock.timer = .none
    let isEnd = due >= self.clients[index].clock.end
    switch self.clients[index].machine {
    case .invite(let state):
      switch state {
      case .calling, .proceeding, .cancelling: self.stepClient(invite: index, isEnd ? .timerB : .timerA)
      case .completed: self.stepClient(invite: index, .timerD)
      case .accepted, .terminated: self.stepClient(invite: index, .timerM)
      }
    case .other(let state):
      switch state {
      case .trying, .proceeding: self.stepClient(other: index, isEnd ? .timerF : .timerE)
      case .completed, .terminated: self.stepClient(other: index, .timerK)
      }
    }
  }

  private mutating func apply(_ effects: TransactionEffects, client index: Int, _ response: SIPMessage?) {
    if effects.contains(.resend) {
      self.counters.retransmitted &+= 1
      self.outbox.sends.append(Send(flow: self.clients[index].flow, bytes: self.clients[index].message))
    }
    if effects.contains(.acknowledge), let response { self.acknowledge(index, response) }
    if effects.contains(.release) { self.clients[index].message = [] }
    if effects.contains(.wait) { self.wait(index, self.nextPause(index)) }
    if effects.contains(.waitLong) { self.wait(index, self.timing.t2) }
    if effects.contains(.quieten) { self.arm(client: index, pause: .zero, end: self.clients[index].clock.end) }
    if effects.isDisjoint(with: [.reportTimeout, .reportTransport]) { return }
    let id = ClientTransactionID(raw: self.clients.id(index))
    let owner = self.clients[index].owner
    let isTimeout = effects.contains(.reportTimeout)
    if isTimeout { self.counters.timeouts &+= 1 } else { self.counters.transportFailures &+= 1 }
    if self.clients[index].isStopped { return }
    self.outbox.events.append(isTimeout ? .timeout(id, owner: owner) : .transportFailed(id, owner: owner))
  }

  /// A doubles without limit, E up to T2 (RFC 3261 §17.1.1.2, §17.1.2.2).
  private func nextPause(_ index: Int) -> Interval {
    let pause = self.clients[index].clock.pause
    if case .other = self.clients[index].machine { return self.timing.doubled(pause) }
    return Interval(nanoseconds: pause.nanoseconds &+ pause.nanoseconds)
  }

  private mutating func wait(_ index: Int, _ pause: Interval) {
    self.arm(client: index, pause: pause, end: self.clients[index].clock.end)
  }

  /// From now on the transaction's message is the ACK. A request of our own that cannot be read is our fault.
  private mutating func acknowledge(_ index: Int, _ response: SIPMessage) {
    guard case .message(let invite) = SIPMessage.parse(self.clients[index].message, stream: true) else {
      self.counters.faults &+= 1
      return
    }
    self.writer.acknowledge(invite, refusal: response)
    self.clients[index].message = self.written()
    self.outbox.sends.append(Send(flow: self.clients[index].flow, bytes: self.clients[index].message))
  }

  mutating func arm(client index: Int, pause: Interval, end: Instant) {
    self.wheel.cancel(self.clients[index].clock.timer)
    let due = pause > .zero ? Swift.min(self.now + pause, end) : end
    let payload = UInt32(truncatingIfNeeded: index) &<< 1 | 1
    let timer = due == .never ? .none : self.wheel.schedule(payload, at: due)
    self.clients[index].clock = TransactionClock(timer: timer, end: end, pause: pause)
  }

  private mutating func disarm(client index: Int) {
    self.wheel.cancel(self.clients[index].clock.timer)
    self.clients[index].clock = TransactionClock()
  }

  mutating func remove(client index: Int) {
    self.wheel.cancel(self.clients[index].clock.timer)
    self.clientKeys.remove(self.clients[index].key, UInt32(truncatingIfNeeded: index))
    if self.clients[index].flow.kind.isReliable { self.leave(index) }
    self.clients.remove(index)
  }
}
