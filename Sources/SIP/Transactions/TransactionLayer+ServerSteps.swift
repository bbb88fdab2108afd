import Kernel
import Sessions

// Carries out what the server machines say.
extension TransactionLayer {
  @discardableResult
  mutating func stepServer(invite index: Int, _ event: InviteServer.Event, response: [UInt8] = []) -> TransactionEffects {
    guard case .invite(let state) = self.servers[index].machine else {
      self.counters.faults &+= 1
      return []
    }
    switch InviteServer.step(state, event) {
    case .go(let next, let effects):
      self.servers[index].machine = .invite(next)
      self.apply(effects, server: index, response)
      self.enterServer(invite: index, next)
      return effects
    case .stay(let effects):
      self.apply(effects, server: index, response)
      return effects
    case .ignore: return []
    case .unreachable:
      self.counters.faults &+= 1
      self.remove(server: index)
      return []
    }
  }

  @discardableResult
  mutating func stepServer(other index: Int, _ event: NonInviteServer.Event, response: [UInt8] = []) -> TransactionEffects {
    guard case .other(let state) = self.servers[index].machine else {
      self.counters.faults &+= 1
      return []
    }
    switch NonInviteServer.step(state, event) {
    case .go(let next, let effects):
      self.servers[index].machine = .other(next)
      self.apply(effects, server: index, response)
      if !effects.contains(.keepTimer) { self.enterServer(other: index, next) }
      return effects
    case .stay(let effects):
      self.apply(effects, server: index, response)
      return effects
    case .ignore: return []
    case .unreachable:
      self.counters.faults &+= 1
      self.remove(server: index)
      return []
    }
  }

  /// A state's timers (RFC 3261 table 4). Reliable transports need no G, I and J; the 2xx is repeated on them too, for what
  /// lies behind a proxy.
  mutating func enterServer(invite index: Int, _ state: InviteServer.State) {
    let isReliable = self.servers[index].flow.kind.isReliable
    switch state {
    case .trying: self.arm(server: index, pause: .zero, end: self.timing.trying.map { self.now + $0 } ?? .never)
    case .proceeding: self.disarm(server: index)
    case .completed: self.arm(server: index, pause: isReliable ? .zero : self.timing.t1, end: self.now + self.timing.life)
    case .accepted: self.arm(server: index, pause: self.timing.t1, end: self.now + self.timing.life)
    case .acknowledged: self.arm(server: index, pause: .zero, end: self.servers[index].clock.end)
    case .confirmed:
      if isReliable {
        self.stepServer(invite: index, .timerI)
      } else {
        self.arm(server: index, pause: .zero, end: self.now + self.timing.t4)
      }
    case .restored: break
    case .terminated: self.remove(server: index)
    }
    if state != .trying { self.forgetRequest(index) }
  }

  mutating func enterServer(other index: Int, _ state: NonInviteServer.State) {
    switch state {
    case .trying: self.arm(server: index, pause: .zero, end: self.now + self.timing.life)
    case .proceeding: break
    case .completed:
      if self.servers[index].flow.kind.isReliable {
        self.stepServer(other: index, .timerJ)
      } else {
        self.arm(server: index, pause: .zero, end: self.now + self.timing.life)
      }
    case .terminated: self.remove(server: index)
    }
  }

  mutating func fireServer(_ index: Int, _ due: Instant) {
    self.servers[index].clock.timer = .none
    let isEnd = due >= self.servers[index].clock.end
    switch self.servers[index].machine {
    case .invite(let state):
      if !isEnd {
        self.stepServer(invite: index, .timerG)
      } else {
        switch state {
        case .trying, .proceeding: self.stepServer(invite: index, .timerTrying)
        case .completed: self.stepServer(invite: index, .timerH)
        case .confirmed: self.stepServer(invite: index, .timerI)
        case .accepted, .acknowledged, .restored, .terminated: self.stepServer(invite: index, .timerL)
        }
      }
    case .other(let state):
      switch state {
      case .trying, .proceeding: self.stepServer(other: index, .expired)
      case .completed, .terminated: self.stepServer(other: index, .timerJ)
      }
    }
  }

  private mutating func apply(_ effects: TransactionEffects, server index: Int, _ response: [UInt8]) {
    if effects.contains(.send) {
      self.servers[index].response = response
      self.outbox.sends.append(Send(flow: self.servers[index].flow, bytes: response))
    }
    if effects.contains(.resend) {
      self.counters.retransmitted &+= 1
      self.outbox.sends.append(Send(flow: self.servers[index].flow, bytes: self.servers[index].response))
    }
    if effects.contains(.sendTrying) { self.sendTrying(index) }
    if effects.contains(.release) { self.servers[index].response = [] }
    if effects.contains(.wait) {
      let pause = self.timing.doubled(self.servers[index].clock.pause)
      self.arm(server: index, pause: pause, end: self.servers[index].clock.end)
    }
    if effects.isDisjoint(with: [.reportMissingACK, .reportUnanswered]) { return }
    let id = ServerTransactionID(raw: self.servers.id(index))
    let owner = self.servers[index].owner
    self.counters.timeouts &+= 1
    self.outbox.events.append(
      effects.contains(.reportMissingACK) ? .ackMissing(id, owner: owner) : .unanswered(id, owner: owner))
  }

  private mutating func sendTrying(_ index: Int) {
    guard let request = self.servers[index].request else { return }
    self.writer.response(to: request, 100, source: self.servers[index].flow.remote)
    self.writer.finish()
    self.servers[index].response = self.written()
    self.outbox.sends.append(Send(flow: self.servers[index].flow, bytes: self.servers[index].response))
  }

  private mutating func forgetRequest(_ index: Int) {
    if self.servers[index].request != nil { self.servers[index].request = nil }
  }

  mutating func arm(server index: Int, pause: Interval, end: Instant) {
    self.wheel.cancel(self.servers[index].clock.timer)
    let due = pause > .zero ? Swift.min(self.now + pause, end) : end
    let payload = UInt32(truncatingIfNeeded: index) &<< 1
    let timer = due == .never ? .none : self.wheel.schedule(payload, at: due)
    self.servers[index].clock = TransactionClock(timer: timer, end: end, pause: pause)
  }

  private mutating func disarm(server index: Int) {
    self.wheel.cancel(self.servers[index].clock.timer)
    self.servers[index].clock = TransactionClock()
  }

  mutating func remove(server index: Int) {
    self.wheel.cancel(self.servers[index].clock.timer)
    self.serverKeys.remove(self.servers[index].key, UInt32(truncatingIfNeeded: index))
    self.servers.remove(index)
  }
}
