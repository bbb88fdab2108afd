import Kernel

/// Transfers as telephones ask for them, right and wrong, and others that take a party's place.
extension Explorer {
  /// REFER: blind, attended, to somebody who still rings, to a code, to oneself, to nobody, with the leg of a stranger.
  mutating func transfer(_ line: Line) {
    let others = self.exchange.telephones.lines.filter { $0.leg != line.leg && $0.party == line.party && $0.phase != .called }
    if !self.random.once(in: 3), let other = self.random.pick(others) {
      let peer = self.exchange.kernel.world.peer(of: other.leg).flatMap { self.exchange.telephones[$0]?.party.number }
      return self.exchange.transfer(line, to: peer ?? other.shown, replacing: other.leg)
    }
    if self.random.once(in: 12), let leg = self.anyLeg() {
      return self.exchange.transfer(line, to: self.number(), replacing: leg)
    }
    let number = self.random.once(in: 4) ? self.code() : self.random.once(in: 6) ? self.wayOut() ?? self.number() : self.number()
    self.exchange.transfer(line, to: number)
  }

  /// INVITE with Replaces: by somebody who was told of that leg, or by somebody who guesses.
  mutating func takePlace() {
    guard let leg = self.anyLeg(), let station = self.random.pick(self.stations),
      let device = self.random.pick(self.exchange.telephones.devices(of: station))
    else { return }
    let number = self.exchange.telephones[leg]?.party.number ?? self.number()
    self.exchange.dial(number, from: .station(station, device), replacing: leg)
  }

  /// Mostly one that is there; of those, mostly one in conversation.
  private mutating func anyLeg() -> LegID? {
    if self.random.once(in: 8) { return self.random.pick(self.dead) }
    let lines = self.exchange.telephones.lines
    let talking = lines.filter { $0.phase == .talking }
    return self.random.once(in: 3) ? self.random.pick(lines)?.leg : self.random.pick(talking)?.leg
  }
}
