/// Calls to and from the outside: trunk groups tried in order, their limits, numbers for inward dialling (TRK-1, TRK-5).
extension Kernel {
  /// What a caller from a trunk wants: the number its digits stand for, or they themselves.
  func inward(_ origination: Origination) -> Digits {
    guard let index = origination.caller.trunk, self.world.trunks.indices.contains(index),
      let trunk = self.world.plan.trunks.first(where: { $0.name == self.world.trunks[index].name })
    else { return origination.dialled }
    return trunk.inward.first { $0.digits == origination.dialled }?.number ?? origination.dialled
  }

  /// Leaves by the way that `match` names, if whoever pays may.
  mutating func callOutside(_ id: CallID, _ match: Match) {
    guard let call = self.world.calls[id] else { return }
    let group: Int?
    var outgoing = call.target
    var isEmergency = false
    switch match {
    case .emergency(let index):
      group = self.world.plan.trunkGroups.firstIndex { $0.code == self.world.plan.emergency[index].trunkGroup }
      isEmergency = true
    case .trunk(let index, let digits): (group, outgoing) = (index, digits)
    case .route(let index, let digits):
      let code = self.world.plan.routes[index].trunkGroup
      (group, outgoing) = (self.world.plan.trunkGroups.firstIndex { $0.code == code }, digits)
    case .station, .group, .module, .code, .badArgument, .surplusArgument, .incomplete, .unknown: group = nil
    }
    if !isEmergency, let (status, note, cause) = self.objection(to: call) { return self.finish(id, status, note, cause) }
    guard let group else {
      return self.finish(id, .serviceUnavailable, Note("no trunk in service for %", call.target), .notReachable)
    }
    self.world.calls.update(id) {
      $0.outward = Outward(group: group, outgoing: outgoing, isEmergency: isEmergency)
      $0.ringTime = nil
      $0.shown = nil
    }
    self.tryWayOut(id, .serviceUnavailable)
  }

  /// Why whoever pays for `call` may not call outside; once there is nothing, it counts.
  private mutating func objection(to call: Call) -> (Status, Note, Cause)? {
    guard let payer = StationNumber(call.payer) else {
      return (.forbidden, Note("class of service of % does not allow this number", call.payer), .barred)
    }
    if let cause = self.world.obstacle(payer, call.target, by: call.authorization) {
      let isLate = cause == .outOfHours
      return (
        .forbidden,
        isLate
          ? Note("class of service of % does not allow this number at this hour", call.payer)
          : Note("class of service of % does not allow this number", call.payer), cause
      )
    }
    if self.comesFromOutside(call), !self.world.mayJoinTrunks(payer, by: call.authorization) {
      return (.forbidden, Note("class of service of % allows no call from trunk to trunk", call.payer), .barred)
    }
    return self.world.takeTrunkCall(payer, by: call.authorization, at: self.now)
      ? nil
      : (
        .temporarilyUnavailable, Note("% has as many calls outside as its class of service allows", call.payer), .trunkLimit
      )
  }

  /// The trunk by which the call has left, or rings outside.
  func trunk(of call: Call) -> Int? {
    guard let way = call.outward, way.tried > 0, self.world.plan.trunkGroups.indices.contains(way.group) else { return nil }
    let names = self.world.plan.trunkGroups[way.group].trunks
    return names.isEmpty ? nil : self.world.trunk(named: names[(way.tried - 1) % names.count])
  }

  private func comesFromOutside(_ call: Call) -> Bool {
    (self.world.legs[call.origin]?.party ?? call.caller).station == nil
  }

  /// The next trunk of the group that is in service and has a channel free; none left: the caller is told what the last one said.
  private mutating func tryWayOut(_ id: CallID, _ last: Status) {
    guard let call = self.world.calls[id], let way = call.outward, self.world.plan.trunkGroups.indices.contains(way.group) else {
      return self.finish(id, .serviceUnavailable, Note("the way out is no longer in the plan"), .notReachable)
    }
    let names = self.world.plan.trunkGroups[way.group].trunks
    // An emergency call tries those that seem to be down as well, after the others.
    let count = way.isEmergency ? names.count * 2 : names.count
    for position in way.tried..<max(count, way.tried) {
      guard let index = self.world.trunks.firstIndex(where: { $0.name == names[position % names.count] }) else { continue }
      let trunk = self.world.trunks[index]
      let isFit = position < names.count ? trunk.isUp && (trunk.hasChannel || way.isEmergency) : !trunk.isUp
      guard isFit else { continue }
      self.world.calls.update(id) {
        $0.outward?.tried = position + 1
        $0.point = .alerting
        $0.ringDeadline = self.now + self.ringTime
      }
      self.seize(
        .trunk(Int32(truncatingIfNeeded: index), way.outgoing), in: id, hearing: .with(call.origin), calling: call.caller.number,
        purpose: call.purpose, by: .none, payer: way.isEmergency ? nil : StationNumber(call.payer))
      return self.armAttempt(id, at: self.now + self.provisionalTime)
    }
    let why = way.tried == 0 ? Note("no trunk in service for %", call.target) : Note("no trunk takes the call to %", way.outgoing)
    self.finish(id, last, why, .notReachable)
  }

  /// A trunk did not take the call. What is the trunk's fault is tried on the next; what is said of the called number is final.
  mutating func wayOutFailed(_ leg: Leg, _ status: Status) {
    guard let call = self.world.calls[leg.call], call.outward != nil else { return }
    self.disarmAttempt(leg.call)
    switch status.rawValue {
    case 408 where leg.phase == .alerting:
      self.finish(leg.call, .temporarilyUnavailable, Note("nobody answers outside"), .noAnswer)
    case 401, 403, 407, 408, 500...599:
      self.tryWayOut(leg.call, status.rawValue == 503 ? .serviceUnavailable : .temporarilyUnavailable)
    case 486, 600: self.finish(leg.call, .busyHere, Note("% is busy", call.target), .busy)
    default: self.finish(leg.call, status, Note("the trunk refused %", call.target), .refused)
    }
  }

  /// The time for a trunk to show life, or for somebody outside to answer, is over.
  mutating func wayOutTimedOut(_ id: CallID) {
    guard let call = self.world.calls[id] else { return }
    let hasRung = self.now >= call.ringDeadline
    self.withdraw(id, hasRung ? .noAnswer : .notReachable)
    if hasRung { return self.finish(id, .temporarilyUnavailable, Note("nobody answers outside"), .noAnswer) }
    self.tryWayOut(id, .serviceUnavailable)
  }
}
