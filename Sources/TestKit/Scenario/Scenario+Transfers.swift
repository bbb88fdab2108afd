public import Kernel

/// Transfers, telephones that take another's place, and the outside.
extension Scenario {
  /// `station` asks for the party of its newest conversation, or of the line on which it talks to `party`, to be connected with
  /// `number` (REFER).
  @discardableResult
  public func refer(
    _ station: StationNumber, to number: Digits, with party: StationNumber? = nil,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let found = self.newestLine(station, where: { $0.phase == .talking && self.isWith(party, $0) }) else {
      self.fail("\(station) is in no conversation to transfer", here)
      return self
    }
    self.transfer(found, number, .none, here)
    return self
  }

  /// `station` asks for the party of its oldest conversation to take its own place in its newest call (REFER with Replaces);
  /// `reverse`: the other way round.
  @discardableResult
  public func refer(
    replacing station: StationNumber, reverse: Bool = false,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let lines = self.exchange.telephones.lines(of: station).filter { $0.phase != .called }
    guard lines.count == 2, let first = lines.first, let second = lines.last else {
      self.fail("\(station) has \(lines.count) calls, not two to make one of", here)
      return self
    }
    self.transfer(reverse ? second : first, Digits(), reverse ? first.leg : second.leg, here)
    return self
  }

  /// `station` asks for a transfer to a leg that may be anybody's, or gone.
  @discardableResult
  public func refer(
    _ station: StationNumber, replacing leg: LegID,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let found = self.newestLine(station, where: { $0.phase == .talking }) else {
      self.fail("\(station) is in no conversation to transfer", here)
      return self
    }
    self.transfer(found, Digits(), leg, here)
    return self
  }

  /// Whoever is at the end of `leg` asks for a transfer of its party.
  @discardableResult
  public func refer(
    _ leg: LegID, to number: Digits,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let found = self.exchange.telephones[leg] else {
      self.fail("leg \(leg) is gone", here)
      return self
    }
    self.transfer(found, number, .none, here)
    return self
  }

  private func transfer(_ line: Line, _ number: Digits, _ replacing: LegID, _ here: Location) {
    self.verb(here) {
      let before = self.kernel.world.callCount + self.exchange.telephones.recordCount
      self.exchange.transfer(line, to: number, replacing: replacing)
      // The call that the exchange makes for the party has a record of its own.
      self.dialledCount += self.kernel.world.callCount + self.exchange.telephones.recordCount - before
    }
  }

  /// From now on nobody is connected or hears anything, until `joinAgain()`: what happens meanwhile crosses it.
  @discardableResult
  public func joinNothing() -> Scenario {
    self.exchange.delayMedia(false)
    return self
  }

  /// Whatever waits to be connected is.
  @discardableResult
  public func joinAgain(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.verb(Location(fileID: fileID, filePath: filePath, line: line, column: column)) {
      self.exchange.delayMedia(true)
    }
    return self
  }

  /// `station` takes back the call that it has held longest.
  @discardableResult
  public func resumeFirst(
    by station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let held = self.exchange.telephones.lines(of: station).first(where: { $0.isHolding }) else {
      self.fail("\(station) holds nobody", here)
      return self
    }
    self.verb(here) { self.exchange.hold(held) }
    return self
  }

  /// A telephone of `taker` takes the place of the one on which `station` has its newest call, or the one with `party` (INVITE with
  /// Replaces).
  @discardableResult
  public func dial(
    replacing station: StationNumber, with party: StationNumber? = nil, from taker: StationNumber, device: Int = 0,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let devices = self.exchange.telephones.devices(of: taker)
      guard let replaced = self.newestLine(station, where: { self.isWith(party, $0) }), devices.indices.contains(device) else {
        return self.fail("\(station) has no call, or \(taker) no telephone", here)
      }
      self.dialledCount += 1
      self.exchange.dial(station.digits, from: .station(taker, devices[device]), replacing: replaced.leg)
    }
    return self
  }

  /// Somebody with this number calls in by a trunk.
  @discardableResult
  public func dial(
    _ number: Digits, fromTrunk name: String, as caller: Digits = "0299",
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      guard let trunk = self.kernel.world.trunk(named: name) else { return self.fail("there is no trunk \(name)", here) }
      self.dialledCount += 1
      self.exchange.dial(number, from: .trunk(Int32(truncatingIfNeeded: trunk), caller))
    }
    return self
  }

  /// Whoever is called outside, by the newest call there, answers.
  @discardableResult
  public func answerOutside(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      guard let called = self.exchange.telephones.lines.last(where: { $0.party.trunk != nil && $0.phase == .called }) else {
        return self.fail("nobody outside is called", here)
      }
      self.exchange.answer(called)
    }
    return self
  }

  /// Whoever is outside in the newest call by a trunk hangs up.
  @discardableResult
  public func hangUpOutside(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      guard let found = self.exchange.telephones.lines.last(where: { $0.party.trunk != nil }) else {
        return self.fail("nobody outside has a call", here)
      }
      self.exchange.leave(found)
    }
    return self
  }

  /// The last verb refused the transfer that `station` has asked for, for a reason that contains `reason`.
  @discardableResult
  public func expectTransferRefused(
    _ status: Status, at station: StationNumber, _ reason: String = "",
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let reports = self.exchange.signs.compactMap { sign -> TransferReport? in
      if case .transfer(let report) = sign.sign, sign.party.station == station { report } else { nil }
    }
    guard case .refused(let found, let note)? = reports.first, reports.count == 1 else {
      self.fail("expected that the transfer is refused, \(station) was told \(reports)", here)
      return self
    }
    if found != status || !Self.contains(note.description, reason) {
      self.fail("expected refusal \(status) '\(reason)', it is \(found) '\(note)'", here)
    }
    return self
  }

  /// `station` talks to somebody outside who has this number.
  @discardableResult
  public func expectTalking(
    _ station: StationNumber, outside number: Digits,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    if !self.talks(station, with: { $0.party.trunk != nil && $0.party.number == number }) {
      self.fail("expected \(station) to talk to \(number) outside, it does not", here)
    }
    return self
  }

  private func isWith(_ party: StationNumber?, _ line: Line) -> Bool {
    guard let party else { return true }
    return self.kernel.world.peer(of: line.leg).flatMap { self.exchange.telephones[$0]?.station } == party
  }
}
