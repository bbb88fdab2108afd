/// Telephones that ring for a machine alone: nobody has dialled, and nobody waits (wake-up calls, call-backs).
extension Kernel {
  /// Calls every device of `station` in a call without a caller. Whoever answers hears `goal` until the machine orders something else.
  mutating func summon(_ station: StationNumber, _ calling: Digits, _ goal: Goal, by id: MachineID) {
    if !goal.isForOneAlone {
      self.emit(.fault(module: Int(id.module), "summoned a station to hear what is none of the exchange's sounds"))
      return self.told.append((id, .legFailed(.none, .serverError)))
    }
    var call = Call(caller: .stranger(Digits()), dialled: station.digits, origin: .none, at: self.now)
    call.point = .alerting
    call.purpose = .recall
    let summons = self.world.calls.insert(call)
    self.act(summons, Int(id.module), Note("summons %", station.digits))
    // A recall rings one who is in a call; this is nothing that somebody waits for.
    if let obstacle = self.obstacle(to: station, in: summons, isCalledBusy: false) {
      self.told.append((id, .legFailed(.none, obstacle.status)))
      return self.end(summons, obstacle.cause, obstacle.status)
    }
    self.seizeAll(station, in: summons, hearing: goal, calling: calling, purpose: .recall, by: id)
  }

  /// A summoned telephone has answered: its call is in conversation with the exchange.
  mutating func summonsAnswered(_ leg: LegID, _ found: Leg) {
    guard self.world.calls[found.call]?.origin.isNone ?? false else { return }
    self.world.calls.update(found.call) {
      $0.point = .active
      $0.answeredAt = self.now
      $0.answeredBy = found.party.number
    }
    self.noteActivity(leg)
    self.touch(found.call)
  }
}

extension Goal {
  /// It can be heard by somebody who talks to nobody, and nothing is kept of what is said.
  fileprivate var isForOneAlone: Bool {
    switch self {
    case .nothing, .music, .tone, .room, .announcement, .playback: true
    case .with, .recording: false
    }
  }
}
