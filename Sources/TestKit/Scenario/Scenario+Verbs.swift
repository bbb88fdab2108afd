public import Kernel

/// What people in the office do. Each verb acts on the newest line of the station that fits.
extension Scenario {
  /// Registers so many telephones for `station` (REG-13); again: replaces them.
  @discardableResult
  public func register(
    _ station: StationNumber, devices: Int = 1,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let base = UInt64(station.description) ?? 0
      let devices = (0..<devices).map { DeviceID(base &* 16 &+ UInt64($0)) }
      self.exchange.telephones.register(station, devices)
      self.exchange.receive(.registered(station, devices))
    }
    return self
  }

  /// Its telephone is not registered any more.
  @discardableResult
  public func unregister(
    _ station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.register(station, devices: 0, fileID: fileID, filePath: filePath, line: line, column: column)
    return self
  }

  /// The administrator changes settings of `station`.
  @discardableResult
  public func set(
    _ station: StationNumber, _ settings: StationSettings,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) { self.exchange.administer(station, settings) }
    return self
  }

  /// Its telephones show no sign of life when they are called.
  @discardableResult
  public func silence(_ station: StationNumber) -> Scenario {
    self.silent.append(station)
    return self
  }

  /// `station` dials; with several telephones the one numbered `device`.
  @discardableResult
  public func dial(
    _ number: Digits, from station: StationNumber, device: Int = 0,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let devices = self.exchange.telephones.devices(of: station)
      guard devices.indices.contains(device) else { return self.fail("\(station) has no telephone to dial from", here) }
      self.dialledCount += 1
      let leg = self.exchange.kernel.reserveLeg()
      let party = Party.station(station, devices[device])
      self.exchange.telephones.dial(leg, party)
      self.exchange.draw(party, .in, "INVITE", number.description)
      self.exchange.receive(.dialled(Origination(leg: leg, caller: party, dialled: number)))
    }
    return self
  }

  /// The telephone of `station` that rings is answered; with several, the one numbered `device`.
  @discardableResult
  public func answer(
    _ station: StationNumber, device: Int? = nil,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.calledLine(station, device) else { self.fail("\(station) does not ring", here); return self }
    self.verb(here) {
      self.say(line, "200")
      self.exchange.telephones.answer(line.leg)
      self.exchange.receive(.answered(line.leg))
    }
    return self
  }

  /// The called telephone answers with a final status.
  @discardableResult
  public func refuse(
    by station: StationNumber, _ status: Status, device: Int? = nil,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.calledLine(station, device) else { self.fail("\(station) is not called", here); return self }
    self.verb(here) {
      self.say(line, status.description)
      self.exchange.telephones.leave(line.leg)
      self.exchange.receive(.failed(line.leg, status))
    }
    return self
  }

  /// The called telephone forwards by itself (302).
  @discardableResult
  public func redirect(
    by station: StationNumber, to number: Digits,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.calledLine(station, nil) else { self.fail("\(station) is not called", here); return self }
    self.verb(here) {
      self.say(line, "302", number.description)
      self.exchange.telephones.leave(line.leg)
      self.exchange.receive(.redirected(line.leg, number))
    }
    return self
  }

  /// The called telephone says that it is trying (100), and no more.
  @discardableResult
  public func proceed(
    at station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.calledLine(station, nil) else { self.fail("\(station) is not called", here); return self }
    self.verb(here) {
      self.say(line, "100")
      self.exchange.receive(.proceeding(line.leg))
    }
    return self
  }

  /// Two stations talk: `a` dials `b`, who answers.
  @discardableResult
  public func connect(
    _ a: StationNumber, _ b: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    for station in [a, b] where self.exchange.telephones.devices(of: station).isEmpty {
      self.register(station, fileID: fileID, filePath: filePath, line: line, column: column)
    }
    self.dial(b.digits, from: a, fileID: fileID, filePath: filePath, line: line, column: column)
    self.answer(b, fileID: fileID, filePath: filePath, line: line, column: column)
    self.expectTalking(a, b, fileID: fileID, filePath: filePath, line: line, column: column)
    return self
  }

  /// `station` hangs up its newest call; one who is dialling gives up.
  @discardableResult
  public func hangUp(
    _ station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.newestLine(station, where: { $0.phase != .called }) else {
      self.fail("\(station) has no call to hang up", here)
      return self
    }
    self.leave(line, here)
    return self
  }

  /// `station` holds its newest call that it does not hold yet.
  @discardableResult
  public func hold(
    by station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.newestLine(station, where: { $0.phase == .talking && $0.isHolding != true }) else {
      self.fail("\(station) has no call to hold", here)
      return self
    }
    self.verb(here) {
      self.say(line, "hold")
      self.exchange.telephones.hold(line.leg, true)
      self.exchange.receive(.held(line.leg))
    }
    return self
  }

  /// `station` takes back its newest held call.
  @discardableResult
  public func resume(
    by station: StationNumber,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    guard let line = self.newestLine(station, where: { $0.phase == .talking && $0.isHolding != false }) else {
      self.fail("\(station) has no call to resume", here)
      return self
    }
    self.verb(here) {
      self.say(line, "resume")
      self.exchange.telephones.hold(line.leg, false)
      self.exchange.receive(.resumed(line.leg))
    }
    return self
  }

  /// Time passes.
  @discardableResult
  public func advance(
    by time: Interval,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let then = self.now + time
      while let deadline = self.kernel.nextDeadline, deadline <= then {
        self.exchange.advance(to: deadline)
        self.ringTheCalled()
      }
      self.exchange.advance(to: then)
    }
    return self
  }

  /// The next commit of facts fails.
  @discardableResult
  public func breakNextCommit() -> Scenario {
    self.exchange.failsNextCommit = true
    return self
  }

  /// The next media goal of a leg of `station` cannot be reached; `.noChannel`: the media server has none free (MED-2).
  @discardableResult
  public func breakMedia(at station: StationNumber, _ cause: Cause = .mediaFailed) -> Scenario {
    self.exchange.deaf.append((station, cause))
    return self
  }

  /// The exchange is killed and started again with what the store has.
  @discardableResult
  public func restart(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    let here = Location(fileID: fileID, filePath: filePath, line: line, column: column)
    self.verb(here) {
      let (kernel, rejected) = self.exchange.rebuiltKernel()
      if rejected > 0 { self.fail("\(rejected) facts cannot be read", here) }
      if kernel.canonicalState(durable: true) != self.kernel.canonicalState(durable: true) {
        self.fail("a kernel rebuilt from its facts is not the one that wrote them", here)
      }
      for line in self.exchange.restart(with: kernel) { self.fail("the conversation of \(line.party.number) is lost", here) }
    }
    return self
  }

  /// The line on which `station` is called; the newest when `device` is nil.
  func calledLine(_ station: StationNumber, _ device: Int?) -> Line? {
    self.newestLine(station) { line in
      guard line.phase == .called else { return false }
      guard let device, case .station(_, let id) = line.party else { return true }
      return self.exchange.telephones.devices(of: station).firstIndex(of: id) == device
    }
  }

  func newestLine(_ station: StationNumber, where fits: (Line) -> Bool) -> Line? {
    self.exchange.telephones.lines(of: station).last(where: fits)
  }

  /// The host knows this authorisation code (TRK-4).
  @discardableResult
  public func authorize(_ code: Digits, _ label: String, className: String? = nil) -> Scenario {
    self.exchange.authorizations.append((code, Authorization(label: label, className: className)))
    return self
  }
}
