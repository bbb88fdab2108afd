public import Kernel

/// What may be expected of the office: signs that the last verb brought about, and how things stand.
extension Scenario {
  /// The last verb made `station` get `sign`.
  @discardableResult
  public func expect(
    _ sign: Sign, at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let got = self.exchange.signs.filter { $0.party.station == station }.map(\.sign)
    if !got.contains(sign) {
      let instead = got.isEmpty ? "nothing was sent to it" : "it got \(got)"
      self.fail("expected \(sign) at \(station), \(instead)", here)
    }
    return self
  }

  /// The last verb gave `station`, who dialled, this final answer, for a reason that contains `reason`.
  @discardableResult
  public func expectFinal(
    _ status: Status, at station: StationNumber, _ reason: String = "",
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let got = self.exchange.signs.last { sign in
      if case .final = sign.sign { sign.party.station == station } else { false }
    }
    let why = got?.note?.description ?? ""
    if got?.sign != .final(status) {
      self.fail("expected final answer \(status) at \(station), got \(got.map { "\($0.sign)" } ?? "none")", here)
    } else if !Self.contains(why, reason) {
      self.fail("expected the reason to contain '\(reason)', it is '\(why)'", here)
    }
    return self
  }

  /// The last verb made no telephone of `station` be called.
  @discardableResult
  public func expectNoAlert(
    at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    if self.exchange.signs.contains(where: { $0.party.station == station && $0.sign == .alert }) {
      self.fail("expected that \(station) is left alone, it is called", here)
    }
    return self
  }

  /// Both talk to each other, and to nobody else on these lines.
  @discardableResult
  public func expectTalking(
    _ a: StationNumber, _ b: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    if !self.talks(a, with: { $0.station == b }) { self.fail("expected \(a) and \(b) to talk, they do not", here) }
    return self
  }

  /// Whether a line of that station and one that is `wanted` are in conversation, in what they were told and what they hear.
  func talks(_ station: StationNumber, with wanted: (Line) -> Bool) -> Bool {
    self.exchange.telephones.lines(of: station).contains { line in
      guard case .with(let other) = line.goal, let far = self.exchange.telephones[other] else { return false }
      return wanted(far) && far.goal == .with(line.leg) && line.phase == .talking && far.phase == .talking && line.isJoined
    }
  }

  /// The telephone is called and says that it rings.
  @discardableResult
  public func expectRinging(
    _ station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    if !self.exchange.telephones.lines(of: station).contains(where: { $0.phase == .called && $0.isRinging }) {
      self.fail("expected \(station) to ring, it does not", here)
    }
    return self
  }

  /// `station` has no line in use.
  @discardableResult
  public func expectIdle(
    _ station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let lines = self.exchange.telephones.lines(of: station)
    if !lines.isEmpty { self.fail("expected \(station) to be idle, it has \(lines.count) lines in use", here) }
    return self
  }

  /// A line of `station` hears this.
  @discardableResult
  public func expectHearing(
    _ goal: Goal, at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let goals = self.exchange.telephones.lines(of: station).map(\.goal)
    if !goals.contains(goal) { self.fail("expected \(station) to hear \(goal), it hears \(goals)", here) }
    return self
  }

  /// A module has dialled for parties that were in conversation already, so often in this scenario: each such call has a record of its
  /// own (`Orders.dial(_:for:payer:)`).
  @discardableResult
  public func expectDialledByModules(_ count: Int) -> Scenario {
    self.dialledCount += count
    return self
  }

  /// The machine of `module` that belongs to `station` is in the state of that name.
  @discardableResult
  public func expectState(
    _ state: String, of module: String, _ station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let found = self.kernel.state(of: module, .station(station)) ?? "unknown module"
    if found != state { self.fail("expected \(module) of \(station) to be in state \(state), it is in \(found)", here) }
    return self
  }

  /// The call that ended last was recorded so.
  @discardableResult
  public func expectRecord(
    _ cause: Cause, caller: Digits, dialled: Digits,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let record = self.records.last else { self.fail("expected a call record, there is none", here); return self }
    if record.cause != cause || record.caller != caller || record.dialled != dialled {
      self.fail(
        "expected record \(caller) -> \(dialled) \(cause), found \(record.caller) -> \(record.dialled) \(record.cause)", here)
    }
    return self
  }

  /// How the newest call of `station` was announced to it: whom it was diverted by, newest last.
  @discardableResult
  public func expectDiversions(
    _ diversions: [Diversion], at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    let found = self.newestLine(station, where: { $0.alert != nil })?.alert?.diversions
    if found != diversions { self.fail("expected diversions \(diversions) at \(station), found \(found ?? [])", here) }
    return self
  }

  static func contains(_ text: String, _ part: String) -> Bool {
    guard !part.isEmpty else { return true }
    let octets = Array(text.utf8)
    let wanted = Array(part.utf8)
    guard wanted.count <= octets.count else { return false }
    return (0...(octets.count - wanted.count)).contains { octets[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }
}
