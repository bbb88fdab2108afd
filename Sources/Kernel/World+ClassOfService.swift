/// What the plan and the administrator allow a station (DIAL-3).
extension World {
  public func classOfService(of station: StationNumber) -> Plan.ClassEntry? {
    guard let name = self.station(station)?.settings.className ?? self.entry(of: station)?.className else { return nil }
    return self.plan.classes.first { $0.name == name }
  }

  /// Whether `station` may call `digits` now: a number that exists and, behind a trunk code, one its class allows (FWD-2).
  public func may(_ station: StationNumber, call digits: Digits, by authorization: Authorization? = nil) -> Bool {
    if let source = self.source { return source.may(.call(digits), station, className: authorization?.className) }
    return self.obstacle(station, digits, by: authorization) == nil
  }

  /// Whether `station` may send its calls to `digits`: what it may call, but no emergency numbers (TRK-5).
  public func mayForward(_ station: StationNumber, to digits: Digits) -> Bool {
    if let source = self.source { return source.may(.forward(digits), station, className: nil) }
    if case .emergency = self.dispatch.match(digits) { return false }
    return self.may(station, call: digits)
  }

  /// Why `station` may not call `digits`: `barred` or `outOfHours`; nil where it may.
  func obstacle(_ station: StationNumber, _ digits: Digits, by authorization: Authorization?) -> Cause? {
    switch self.dispatch.match(digits) {
    case .emergency, .station, .group: nil
    case .module(let placement):
      self.may(station, useModule: self.plan.modules[placement].module, by: authorization) ? nil : .barred
    case .code, .badArgument, .surplusArgument, .incomplete, .unknown: .barred
    case .trunk(let group, _): self.obstacle(station, code: self.plan.trunkGroups[group].code, by: authorization)
    case .route(let route, _): self.obstacle(station, code: self.plan.routes[route].code, by: authorization)
    }
  }

  private func obstacle(_ station: StationNumber, code: Digits, by authorization: Authorization?) -> Cause? {
    guard let entry = self.classOfService(of: station, by: authorization), entry.trunkCodes.contains(code) else { return .barred }
    return entry.hours.contains(self.localTime) ? nil : .outOfHours
  }

  public func may(_ station: StationNumber, useModule name: String, by authorization: Authorization? = nil) -> Bool {
    if let source = self.source { return source.may(.useModule(name), station, className: authorization?.className) }
    return !(self.classOfService(of: station, by: authorization)?.barredModules.contains(name) ?? false)
  }

  /// Whether `station` may bring a call from outside to the outside (TRK-1).
  public func mayJoinTrunks(_ station: StationNumber, by authorization: Authorization? = nil) -> Bool {
    if let source = self.source { return source.may(.joinTrunks, station, className: authorization?.className) }
    return self.classOfService(of: station, by: authorization)?.trunkToTrunk ?? false
  }

  func classOfService(of station: StationNumber, by authorization: Authorization?) -> Plan.ClassEntry? {
    guard let name = authorization?.className else { return self.classOfService(of: station) }
    return self.plan.classes.first { $0.name == name }
  }
}
