public import Kernel

extension Negotiator {
  /// Does what is due at `now` or before.
  public mutating func fire(at now: Instant, into orders: inout [Order]) {
    while let first = self.deadlines.first, first.time <= now {
      self.deadlines.removeFirst()
      guard let index = self.index(of: first.leg), self.sessions[index].due == first.time else { continue }
      self.sessions[index].due = .never
      self.due(index, at: now, into: &orders)
    }
    self.forgetStaleDeadlines()
  }

  private mutating func due(_ index: Int, at now: Instant, into orders: inout [Order]) {
    switch self.sessions[index].phase {
    case .asked(var asked):
      asked.isUndecided = false
      self.sessions[index].phase = .asked(asked)
      self.settle(index, at: now, into: &orders)
    case .invited(let invited):
      // Answered without a goal: the caller must not wait for one.
      guard invited.mayAnswer, self.sessions[index].goal == nil else { return }
      self.sessions[index].goal = .nothing
      self.settle(index, at: now, into: &orders)
    case .owing: self.answerSilently(index, at: now, into: &orders)
    case .asking(let asking):
      self.reinviteRefused(index, asking, Status(rawValue: 408), nil, at: now, into: &orders)
    case .stable:
      if self.sessions[index].retryAt > now { return self.arm(index, at: self.sessions[index].retryAt) }
      self.sessions[index].retryAt = .zero
      if self.sessions[index].report == .failed { self.restore(index, at: now, into: &orders) }
      if self.sessions[index].isStable { self.settle(index, at: now, into: &orders) }
    case .idle, .waiting, .calling, .accepted, .over: return
    }
  }

  /// A leg waits for one moment at a time; it forgets the one before.
  mutating func arm(_ index: Int, at time: Instant) {
    self.sessions[index].due = time
    self.deadlines.insert(DeadlineQueue.Entry(time: time, leg: self.sessions[index].leg))
  }

  /// Changes a leg's phase; what it waited for in the old one is dropped.
  mutating func enter(_ index: Int, _ phase: Session.Phase) {
    self.sessions[index].phase = phase
    if self.sessions[index].due != .never {
      self.sessions[index].due = .never
      self.forgetStaleDeadlines()
    }
    // A wait after 491 outlasts what the phone asks for meanwhile.
    if self.sessions[index].isStable, self.sessions[index].retryAt > .zero { self.arm(index, at: self.sessions[index].retryAt) }
  }

  /// Nobody is woken for what no leg waits for any more.
  mutating func forgetStaleDeadlines() {
    while let first = self.deadlines.first {
      if let index = self.index(of: first.leg), self.sessions[index].due == first.time { return }
      self.deadlines.removeFirst()
    }
  }
}
