/// The machines' own timers, and those that stand still while a device is in another conversation.
extension Kernel {
  mutating func arm(_ number: UInt8, _ time: Interval, whileIdle leg: LegID, of id: MachineID) {
    guard time > .zero else { return }
    self.disarm(number, of: id)
    guard self.isAlive(id.key) else { return }
    guard !leg.isNone, self.world.legs.contains(leg) else { return self.start(number, at: self.now + time, of: id) }
    self.idleTimers[leg, default: []].append((id, number))
    if self.world.isOtherwiseIdle(leg) {
      self.start(number, at: self.now + time, idle: leg, of: id)
    } else {
      self.withMachine(id) {
        $0.timers.append(MachineTimer(number: number, handle: .none, idle: leg, remaining: time))
        $0.isStale = true
      }
    }
  }

  mutating func start(_ number: UInt8, at deadline: Instant, idle leg: LegID = .none, of id: MachineID) {
    let handle = self.timers.arm(.machine(id, number), at: deadline)
    self.withMachine(id) {
      $0.timers.append(MachineTimer(number: number, handle: handle, idle: leg))
      $0.isStale = true
    }
  }

  mutating func disarm(_ number: UInt8, of id: MachineID) {
    guard let timer = self.machines[id]?.timers.first(where: { $0.number == number }) else { return }
    self.cancel(timer, of: id)
    self.withMachine(id) {
      $0.timers.removeAll { $0.number == number }
      $0.isStale = true
    }
  }

  mutating func cancel(_ timer: MachineTimer, of id: MachineID) {
    self.timers.cancel(timer.handle)
    guard !timer.idle.isNone else { return }
    self.idleTimers[timer.idle]?.removeAll { $0.machine == id && $0.number == timer.number }
    if self.idleTimers[timer.idle]?.isEmpty ?? false { self.idleTimers[timer.idle] = nil }
  }

  mutating func machineTimerFired(_ id: MachineID, _ number: UInt8) {
    self.disarm(number, of: id)
    self.tell(id, .timer(number))
    self.keep(id, nil)
  }

  /// The device of `leg` has begun or ended a conversation, or put one on hold.
  mutating func noteActivity(_ leg: LegID) {
    guard !self.idleTimers.isEmpty, let party = self.world.legs[leg]?.party else { return }
    self.noteActivity(of: party)
  }

  mutating func noteActivity(of party: Party) {
    guard !self.idleTimers.isEmpty, let station = party.station, !self.changedStations.contains(station) else { return }
    self.changedStations.append(station)
  }

  /// At the end of a turn: timers of devices that have become idle run on, those of others stand still.
  mutating func reviewIdleTimers() {
    while let station = self.changedStations.popLast() {
      var waiting: [LegID] = []
      self.world.forEachLeg(of: station) { leg, _ in
        if self.idleTimers[leg] != nil { waiting.append(leg) }
      }
      for leg in waiting {
        let isIdle = self.world.isOtherwiseIdle(leg)
        for (machine, number) in self.idleTimers[leg] ?? [] { self.run(number, of: machine, isIdle) }
      }
    }
  }

  /// The leg is gone: nothing can make its timers stand still any more.
  mutating func startIdleTimers(of leg: LegID) {
    guard !self.idleTimers.isEmpty, let waiting = self.idleTimers.removeValue(forKey: leg) else { return }
    for (machine, number) in waiting {
      self.run(number, of: machine, true)
      self.withMachine(machine) {
        for index in $0.timers.indices where $0.timers[index].number == number { $0.timers[index].idle = .none }
      }
    }
  }

  private mutating func run(_ number: UInt8, of id: MachineID, _ runs: Bool) {
    guard let position = self.machines[id]?.timers.firstIndex(where: { $0.number == number }),
      var timer = self.machines[id]?.timers[position], timer.handle.isNone == runs
    else { return }
    if runs {
      timer.handle = self.timers.arm(.machine(id, number), at: self.now + timer.remaining)
      timer.remaining = .zero
    } else {
      timer.remaining = (self.timers.deadline(of: timer.handle) ?? self.now) - self.now
      self.timers.cancel(timer.handle)
      timer.handle = .none
    }
    self.withMachine(id) {
      $0.timers[position] = timer
      $0.isStale = true
    }
    self.keep(id, nil)
  }
}
