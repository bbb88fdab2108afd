public import Kernel

/// Keys, sounds and recordings.
extension Scenario {
  /// The party presses keys of its telephone in its newest conversation: `0-9 * #`.
  @discardableResult
  public func press(
    _ keys: Digits, by station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.newestLine(station, where: { $0.phase == .talking }) else {
      self.fail("\(station) is in no conversation to press keys in", here)
      return self
    }
    self.verb(here) {
      for index in 0..<keys.count where keys[index] < 12 {
        self.say(line, "key \(keys.dropFirst(index).prefix(1))")
        self.exchange.receive(.pressed(line.leg, key: keys[index]))
      }
    }
    return self
  }

  /// The announcement or message that `station` hears is over. (It also is when its time has passed.)
  @discardableResult
  public func endSound(
    at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let lines = self.exchange.telephones.lines(of: station)
      guard lines.contains(where: { self.exchange.endSound(of: $0.leg) }) else {
        return self.fail("\(station) hears no sound that could end", here)
      }
    }
    return self
  }

  /// From now on nobody says when a sound is over.
  @discardableResult
  public func loseSoundEnds() -> Scenario {
    self.exchange.soundLength = .seconds(1_000_000)
    return self
  }

  /// The host keeps these recordings for `station`, whatever it kept before.
  @discardableResult
  public func keep(
    _ recordings: [Recording], of station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) { self.exchange.keep(recordings, of: station.digits) }
    return self
  }

  /// The host keeps these recordings for `station`, and the exchange knows it.
  @discardableResult
  public func expectRecordings(
    _ recordings: [Recording], of station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let kept = self.exchange.recorder.recordings(of: station.digits)
    let known = self.kernel.world.recordings(of: station.digits)
    if kept != recordings { self.fail("expected recordings \(recordings) of \(station), kept are \(kept)", here) }
    if known != kept { self.fail("the exchange knows recordings \(known) of \(station), kept are \(kept)", here) }
    return self
  }
}
