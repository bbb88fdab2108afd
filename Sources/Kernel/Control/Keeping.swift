/// Facts that wait for the store's word, and what happens when it could not keep them.
extension Kernel {
  /// A fact has been given out in this turn.
  mutating func note(_ what: Unconfirmed.What) {
    // A host that confirms nothing must not make the kernel grow for ever.
    if self.unconfirmed.count >= 1 << 16 { self.unconfirmed.removeFirst(1 << 15) }
    self.unconfirmed.append(Unconfirmed(turn: self.outbox.turn, what: what))
  }

  mutating func confirm(_ turn: UInt64) {
    let confirmed = self.unconfirmed.firstIndex { $0.turn > turn } ?? self.unconfirmed.count
    self.unconfirmed.removeFirst(confirmed)
  }

  /// The facts of `turn` could not be kept. A setting that somebody dialled goes back to what it was, unless it has been changed
  /// since. Everything else goes on, not durable until it is written again: a conversation is worth more than a row.
  mutating func takeBack(_ turn: UInt64) {
    let lost = self.unconfirmed.filter { $0.turn == turn }
    self.unconfirmed.removeAll { $0.turn == turn }
    for entry in lost.reversed() {
      if case .setting(let id, let former) = entry.what {
        self.takeBack(id, former, turn)
      } else {
        self.unkept.append(entry.what)
      }
    }
  }

  private mutating func takeBack(_ id: MachineID, _ former: Former, _ turn: UInt64) {
    guard self.isAlive(id.key) else { return }
    for index in self.unconfirmed.indices where self.unconfirmed[index].turn > turn {
      switch self.unconfirmed[index].what {
      case .setting(id, _):
        self.unconfirmed[index].what = .setting(id, former)
        return self.told.append((id, .notKept))
      case .machine(id): return
      case .setting, .machine, .call: continue
      }
    }
    self.forget(id)
    if !self.modules[Int(id.module)].isInitial(former.storage) { self.withMachine(id) { $0.storage = former.storage } }
    for timer in former.timers where timer.deadline < .never { self.start(timer.number, at: timer.deadline, of: id) }
    self.withMachineIfAny(id) { $0.isStale = false }
    self.told.append((id, .notKept))
  }

  /// At the beginning of a turn: what an earlier one could not keep, as it is now.
  mutating func keepAgain() {
    let unkept = self.unkept
    self.unkept.removeAll()
    for what in unkept {
      switch what {
      case .call(let call):
        if self.world.calls.contains(call) {
          self.touch(call)
        } else {
          self.giveOut(.call(call, nil), .call(call))
        }
      case .machine(let id), .setting(let id, _):
        if self.machines[id] == nil {
          self.giveOut(.machine(module: self.modules[Int(id.module)].descriptor.name, key: id.key, state: nil), .machine(id))
        } else {
          self.withMachine(id) { $0.isStale = true }
          self.keep(id, nil)
        }
      }
    }
  }

  mutating func giveOut(_ fact: Fact, _ what: Unconfirmed.What) {
    self.note(what)
    self.outbox.facts.append(fact)
  }
}
