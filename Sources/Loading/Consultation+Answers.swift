internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// What the exchange tells a module of its world.
extension Consultation {
  func tell(_ id: strowger_leg, _ state: inout strowger_leg_state) -> Int32 {
    guard let leg = self.world.leg(LegID(number: id)) else { return STROWGER_GONE }
    let (owned, owner) = self.owner(of: leg)
    state.phase = leg.phase.number
    state.call = leg.call.number
    state.party = strowger_party(leg.party)
    state.goal = strowger_goal(leg.goal)
    state.purpose = leg.purpose.number
    state.is_terminating = leg.direction == .terminating ? 1 : 0
    state.is_holding = leg.isHolding ? 1 : 0
    state.owned = owned
    state.owner = owner
    state.payer = strowger_digits(leg.payer?.digits ?? Digits())
    return STROWGER_OK
  }

  func tell(_ id: strowger_call, _ state: inout strowger_call_state) -> Int32 {
    guard let call = self.world.call(CallID(number: id)) else { return STROWGER_GONE }
    state.point = call.point.number
    state.origin = call.origin.number
    state.caller = strowger_party(call.caller)
    state.dialled = strowger_digits(call.dialled)
    state.target = strowger_digits(call.target)
    state.payer = strowger_digits(call.payer)
    state.answered_by = strowger_digits(call.answeredBy)
    state.purpose = call.purpose.number
    state.started = call.startedAt.nanoseconds
    state.answered = call.answeredAt?.nanoseconds ?? Int64(STROWGER_LATEST)
    state.class_name = call.authorization?.className.flatMap { self.keep(text: $0) }
    var diversions: [strowger_diversion] = []
    for hop in call.diversions {
      diversions.append(strowger_diversion(reason: hop.reason.number, reserved: 0, from: strowger_digits(hop.from)))
    }
    state.diversions = self.keep(diversions)
    state.diversion_count = diversions.count
    return STROWGER_OK
  }

  func tell(_ number: strowger_digits, _ state: inout strowger_station_state) -> Int32 {
    guard let digits = try? Digits(number) else { return STROWGER_DIGITS }
    let isInPlan = self.world.isStation(digits)
    let station = StationNumber(digits).flatMap { self.world.station($0) }
    guard isInPlan || station != nil else { return STROWGER_UNKNOWN }
    state.is_in_plan = isInPlan ? 1 : 0
    state.legs = UInt32(truncatingIfNeeded: station?.legCount ?? 0)
    state.pickup_group = UInt32(truncatingIfNeeded: StationNumber(digits).map { self.world.pickupGroup(of: $0) } ?? 1)
    if let settings = station?.settings {
      state.settings = self.keep([strowger_settings(settings, className: settings.className.flatMap { self.keep(text: $0) })])
    }
    let devices = station?.devices.map(\.rawValue) ?? []
    state.devices = self.keep(devices)
    state.device_count = devices.count
    return STROWGER_OK
  }

  func legs(_ which: UInt32, _ call: strowger_call, _ station: strowger_digits) -> [strowger_leg] {
    var legs: [strowger_leg] = []
    switch which {
    case STROWGER_LEGS_ALL: self.world.forEachLeg { id, _ in legs.append(id.number) }
    case STROWGER_LEGS_OF_CALL: self.world.forEachLeg(of: CallID(number: call)) { id, _ in legs.append(id.number) }
    case STROWGER_LEGS_OF_STATION:
      if let number = try? StationNumber(station) { self.world.forEachLeg(of: number) { id, _ in legs.append(id.number) } }
    default: break
    }
    return legs
  }

  var calls: [strowger_call] {
    var calls: [strowger_call] = []
    self.world.forEachCall { id, _ in calls.append(id.number) }
    return calls
  }

  var stations: [strowger_digits] {
    var stations: [strowger_digits] = []
    self.world.forEachStation { stations.append(strowger_digits($0.number.digits)) }
    return stations
  }

  func recordings(_ owner: strowger_digits) -> [strowger_recording] {
    guard let owner = try? Digits(owner) else { return [] }
    return self.world.recordings(of: owner).map { strowger_recording(number: $0.number, is_new: $0.isNew ? 1 : 0) }
  }

  func may(
    _ what: UInt32, _ station: strowger_digits, _ number: strowger_digits, _ name: UnsafePointer<CChar>?,
    _ className: UnsafePointer<CChar>?
  ) throws(Refusal) -> Bool {
    let right: Right
    switch what {
    case STROWGER_MAY_CALL: right = .call(try Digits(number))
    case STROWGER_MAY_FORWARD: right = .forward(try Digits(number))
    case STROWGER_MAY_JOIN_TRUNKS: right = .joinTrunks
    case STROWGER_MAY_USE_MODULE: right = .useModule(try String(needed: name))
    default: throw .kind
    }
    return self.world.may(right, try StationNumber(station), className: try String(given: className))
  }
}
