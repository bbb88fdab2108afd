/// The kernel's world from afar: what a module in another image (a library with a kernel of its own) is answered.
package protocol WorldSource: AnyObject, Sendable {
  func leg(_ id: LegID) -> Leg?
  func call(_ id: CallID) -> Call?
  func station(_ number: StationNumber) -> World.Station?
  /// Newest first.
  func legs(of call: CallID) -> [LegID]
  func legs(of station: StationNumber) -> [LegID]
  var legs: [LegID] { get }
  var calls: [CallID] { get }
  var stations: [StationNumber] { get }
  func recordings(of owner: Digits) -> [Recording]
  func isStation(_ digits: Digits) -> Bool
  func pickupGroup(of station: StationNumber) -> Int
  func may(_ right: Right, _ station: StationNumber, className: String?) -> Bool
  var localTime: Instant { get }
}

/// What a class of service may allow.
package enum Right: Sendable {
  case call(Digits)
  case forward(Digits)
  case joinTrunks
  case useModule(String)
}

extension World {
  /// What the plan's rules say, wherever the world is.
  package func may(_ right: Right, _ station: StationNumber, className: String?) -> Bool {
    let authorization = className.map { Authorization(label: "", className: $0) }
    return switch right {
    case .call(let digits): self.may(station, call: digits, by: authorization)
    case .forward(let digits): self.mayForward(station, to: digits)
    case .joinTrunks: self.mayJoinTrunks(station, by: authorization)
    case .useModule(let name): self.may(station, useModule: name, by: authorization)
    }
  }
}

extension Leg {
  /// As told by a ``WorldSource``.
  package init(
    call: CallID, party: Party, direction: Direction, phase: Phase, purpose: Purpose, isHolding: Bool, payer: StationNumber?,
    goal: Goal, owner: MachineID
  ) {
    self.init(call: call, party: party, direction: direction, phase: phase, purpose: purpose)
    self.isHolding = isHolding
    self.payer = payer
    self.goal = goal
    self.owner = owner
  }
}

extension Call {
  /// As told by a ``WorldSource``; acts and who sponsors it are not.
  package init(
    point: Point, caller: Party, dialled: Digits, origin: LegID, target: Digits, payer: Digits, purpose: Purpose,
    diversions: [Diversion], startedAt: Instant, answeredAt: Instant?, answeredBy: Digits, authorization: Authorization?
  ) {
    self.init(caller: caller, dialled: dialled, origin: origin, at: startedAt)
    self.point = point
    self.target = target
    self.payer = payer
    self.purpose = purpose
    self.diversions = diversions
    self.answeredAt = answeredAt
    self.answeredBy = answeredBy
    self.authorization = authorization
  }
}

extension World.Station {
  /// As told by a ``WorldSource``.
  package init(number: StationNumber, devices: [DeviceID], legCount: Int, settings: StationSettings) {
    self.init(number: number)
    self.devices = devices
    self.legCount = legCount
    self.settings = settings
  }
}
