public import Kernel

/// What trunks, and whoever is outside, do with a call.
extension Scenario {
  /// A trunk is in service from now on, or is not.
  @discardableResult
  public func trunk(
    _ name: String, isUp: Bool,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.verb(Location(fileID: fileID, filePath: filePath, line: line, column: column)) {
      self.exchange.receive(.trunk(name, isUp: isUp))
    }
    return self
  }

  /// From now on the clock on the wall is so far ahead of the test's own time, which begins on a Thursday at midnight.
  @discardableResult
  public func localOffset(_ offset: Interval) -> Scenario {
    self.exchange.kernel.localOffset = offset
    return self
  }

  /// The plan is changed and loaded anew; calls go on (PLAN-3).
  @discardableResult
  public func reload(_ change: (inout Plan) -> Void) -> Scenario {
    var plan = self.kernel.world.plan
    change(&plan)
    self.exchange.install(plan)
    return self
  }

  /// The trunk that is called says that it is trying (100), and no more.
  @discardableResult
  public func proceedOutside(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.outside(Location(fileID: fileID, filePath: filePath, line: line, column: column)) { called in
      self.say(called, "100")
      self.exchange.receive(.proceeding(called.leg))
    }
  }

  /// It rings outside.
  @discardableResult
  public func ringOutside(
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.outside(Location(fileID: fileID, filePath: filePath, line: line, column: column)) { self.exchange.ring($0) }
  }

  /// The trunk that is called answers with a final status.
  @discardableResult
  public func refuseOutside(
    _ status: Status,
    fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
  ) -> Scenario {
    self.outside(Location(fileID: fileID, filePath: filePath, line: line, column: column)) { self.exchange.refuse($0, status) }
  }

  private func outside(_ here: Location, _ body: (Line) -> Void) -> Scenario {
    self.verb(here) {
      guard let called = self.exchange.telephones.lines.last(where: { $0.party.trunk != nil && $0.phase == .called }) else {
        return self.fail("nobody outside is called", here)
      }
      body(called)
    }
    return self
  }
}
