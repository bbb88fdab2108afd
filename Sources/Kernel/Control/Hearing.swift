/// What legs hear: goals ordered, reached or missed, sounds that end, keys.
extension Kernel {
  /// Gives `leg` a goal. Who has dialled and is to hear something of the exchange's is answered: there is nobody else to do it.
  mutating func hear(_ leg: LegID, _ goal: Goal) {
    guard let found = self.world.legs[leg] else { return }
    self.world.legs.update(leg) { $0.goal = goal }
    self.emit(.media(leg, goal))
    if found.direction == .originating, found.phase == .dialling, goal.isOfTheExchange {
      self.accept(leg, of: found.call)
    } else {
      self.touch(found.call)
    }
  }

  private mutating func accept(_ leg: LegID, of id: CallID) {
    self.withdraw(id, .answeredElsewhere)
    self.timers.cancel(self.world.calls[id]?.timer ?? .none)
    self.world.legs.update(leg) { $0.phase = .active }
    self.world.calls.update(id) {
      $0.timer = .none
      $0.point = .active
      if $0.answeredAt == nil {
        $0.answeredAt = self.now
        $0.answeredBy = $0.target
      }
    }
    self.emit(.answer(leg))
    self.noteActivity(leg)
    self.touch(id)
  }

  /// The sound or playback is over. What comes for a goal that is no longer means nothing.
  mutating func played(_ leg: LegID) {
    guard let found = self.world.legs[leg] else { return }
    switch found.goal {
    case .announcement, .playback: self.tellAll(of: leg, .played(leg))
    case .nothing, .with, .music, .tone, .room, .recording: break
    }
  }

  mutating func pressed(_ leg: LegID, _ key: UInt8) {
    guard self.world.legs[leg]?.phase == .active, key < 16 else { return }
    self.tellAll(of: leg, .pressed(leg, key: key))
  }

  private mutating func tellAll(of leg: LegID, _ consult: Consult) {
    self.tellWatchers(of: leg, consult)
    if let owner = self.world.legs[leg]?.owner, !owner.isNone { self.tell(owner, consult) }
  }

  /// A goal has been reached: a leg that was to be connected is answered, its owner hears of it.
  mutating func joined(_ leg: LegID) {
    guard let found = self.world.legs[leg] else { return }
    if case .with(let other) = found.goal, let far = self.world.legs[other], far.goal == .with(leg) {
      if found.phase == .dialling {
        self.complete(leg, other)
      } else if far.phase == .dialling {
        self.complete(other, leg)
      }
    }
    self.tellWatchers(of: leg, .joined(leg))
    if !found.owner.isNone { self.tell(found.owner, .joined(leg)) }
  }

  mutating func joinFailed(_ leg: LegID, _ cause: Cause) {
    guard let found = self.world.legs[leg], let call = self.world.calls[found.call] else { return }
    self.tellWatchers(of: leg, .joinFailed(leg, cause))
    guard found.owner.isNone else { return self.tell(found.owner, .joinFailed(leg, cause)) }
    switch found.goal {
    case .nothing, .music, .tone:
      // Silence will do for all but a tone that is all there is to hear (DIAL-2).
      if !call.timer.isNone, call.point == .active { self.end(found.call, .mediaFailed, .ok) }
    case .with, .room, .announcement, .playback, .recording:
      // Nobody looks after this conversation: the party is told rather than left in silence.
      let why: Cause = cause == .noChannel ? .noChannel : .mediaFailed
      let status: Status = why == .noChannel ? .serviceUnavailable : .notAcceptableHere
      if self.world.legs[call.origin]?.phase == .dialling || !call.sponsor.isNone {
        self.finish(found.call, status, Note(why == .noChannel ? "no media channel is free" : "no media path"), why)
      } else {
        self.end(found.call, why, status)
      }
    }
  }
}

extension Goal {
  /// Whether the exchange itself is what a party with this goal has come to.
  fileprivate var isOfTheExchange: Bool {
    switch self {
    case .nothing, .with: false
    case .music, .tone, .room, .announcement, .playback, .recording: true
    }
  }
}
