internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// The exchange's answers to what a module asks during one consult. It is used on the thread that asks, and not after.
// Unchecked because the kernel's world may be sent, and holds a source: this one never is.
final class HostWorld: WorldSource, @unchecked Sendable {
  private let host: strowger_host

  init(_ host: strowger_host) { self.host = host }

  func leg(_ id: LegID) -> Leg? {
    var state = Self.sized(strowger_leg_state())
    guard self.host.leg?(self.host.context, id.number, &state) == STROWGER_OK else { return nil }
    return try? Leg(state)
  }

  func call(_ id: CallID) -> Call? {
    var state = Self.sized(strowger_call_state())
    guard self.host.call?(self.host.context, id.number, &state) == STROWGER_OK else { return nil }
    return try? Call(state)
  }

  func station(_ number: StationNumber) -> World.Station? {
    guard let state = self.state(of: number.digits) else { return nil }
    let devices = UnsafeBufferPointer(start: state.devices, count: state.devices == nil ? 0 : state.device_count)
    let settings = state.settings.flatMap { try? StationSettings($0.pointee) }
    return World.Station(
      number: number, devices: devices.map { DeviceID($0) }, legCount: Int(state.legs), settings: settings ?? StationSettings())
  }

  private func state(of digits: Digits) -> strowger_station_state? {
    var state = Self.sized(strowger_station_state())
    var number = strowger_digits(digits)
    return self.host.station?(self.host.context, &number, &state) == STROWGER_OK ? state : nil
  }

  func legs(of call: CallID) -> [LegID] { self.legs(STROWGER_LEGS_OF_CALL, call, Digits()) }
  func legs(of station: StationNumber) -> [LegID] { self.legs(STROWGER_LEGS_OF_STATION, .none, station.digits) }
  var legs: [LegID] { self.legs(STROWGER_LEGS_ALL, .none, Digits()) }

  private func legs(_ which: UInt32, _ call: CallID, _ station: Digits) -> [LegID] {
    var number = strowger_digits(station)
    return self.list(of: strowger_leg(0)) { self.host.legs?(self.host.context, which, call.number, &number, $0, $1) ?? 0 }
      .map { LegID(number: $0) }
  }

  var calls: [CallID] {
    self.list(of: strowger_call(0)) { self.host.calls?(self.host.context, $0, $1) ?? 0 }.map { CallID(number: $0) }
  }

  var stations: [StationNumber] {
    self.list(of: strowger_digits()) { self.host.stations?(self.host.context, $0, $1) ?? 0 }
      .compactMap { try? StationNumber($0) }
  }

  func recordings(of owner: Digits) -> [Recording] {
    var number = strowger_digits(owner)
    return self.list(of: strowger_recording()) { self.host.recordings?(self.host.context, &number, $0, $1) ?? 0 }
      .map { Recording(number: $0.number, isNew: $0.is_new == 1) }
  }

  /// Asks once more with more room where there was too little.
  private func list<Element>(of blank: Element, _ read: (UnsafeMutablePointer<Element>?, Int) -> Int) -> [Element] {
    var elements = [Element](repeating: blank, count: 16)
    while true {
      let count = elements.withUnsafeMutableBufferPointer { read($0.baseAddress, $0.count) }
      if count <= elements.count { return Array(elements.prefix(count)) }
      elements = [Element](repeating: blank, count: count)
    }
  }

  func isStation(_ digits: Digits) -> Bool { self.state(of: digits)?.is_in_plan == 1 }

  func pickupGroup(of station: StationNumber) -> Int { self.state(of: station.digits).map { Int($0.pickup_group) } ?? 1 }

  func may(_ right: Right, _ station: StationNumber, className: String?) -> Bool {
    switch right {
    case .call(let digits): self.may(STROWGER_MAY_CALL, station, digits, nil, className)
    case .forward(let digits): self.may(STROWGER_MAY_FORWARD, station, digits, nil, className)
    case .joinTrunks: self.may(STROWGER_MAY_JOIN_TRUNKS, station, Digits(), nil, className)
    case .useModule(let name): name.withCString { self.may(STROWGER_MAY_USE_MODULE, station, Digits(), $0, className) }
    }
  }

  private func may(
    _ what: UInt32, _ station: StationNumber, _ digits: Digits, _ name: UnsafePointer<CChar>?, _ className: String?
  ) -> Bool {
    var caller = strowger_digits(station.digits)
    var number = strowger_digits(digits)
    guard let className else { return self.host.may?(self.host.context, what, &caller, &number, name, nil) == 1 }
    return className.withCString { self.host.may?(self.host.context, what, &caller, &number, name, $0) == 1 }
  }

  var localTime: Instant { Instant(nanoseconds: self.host.local_time?(self.host.context) ?? 0) }

  private static func sized<State: Sized>(_ state: State) -> State {
    var state = state
    state.size = UInt32(MemoryLayout<State>.size)
    return state
  }
}

extension Leg {
  fileprivate init(_ state: strowger_leg_state) throws(Refusal) {
    // In a module's own list of modules it is the first; all others are one that is not it.
    let owner: MachineID =
      switch state.owned {
      case 0: .none
      case 1: MachineID(module: 0, key: try MachineKey(state.owner))
      default: MachineID(module: 1, key: try MachineKey(state.owner))
      }
    self.init(
      call: CallID(number: state.call), party: try Party(state.party),
      direction: state.is_terminating == 1 ? .terminating : .originating,
      phase: try .numbered(state.phase), purpose: try .numbered(state.purpose), isHolding: state.is_holding == 1,
      payer: StationNumber(try Digits(state.payer)), goal: try Goal(state.goal), owner: owner)
  }
}

extension Call {
  fileprivate init(_ state: strowger_call_state) throws(Refusal) {
    var diversions: [Diversion] = []
    for hop in UnsafeBufferPointer(start: state.diversions, count: state.diversions == nil ? 0 : state.diversion_count) {
      diversions.append(Diversion(from: try Digits(hop.from), reason: try .numbered(hop.reason)))
    }
    self.init(
      point: try .numbered(state.point), caller: try Party(state.caller), dialled: try Digits(state.dialled),
      origin: LegID(number: state.origin), target: try Digits(state.target), payer: try Digits(state.payer),
      purpose: try .numbered(state.purpose), diversions: diversions, startedAt: Instant(nanoseconds: state.started),
      answeredAt: state.answered == STROWGER_LATEST ? nil : Instant(nanoseconds: state.answered),
      answeredBy: try Digits(state.answered_by),
      authorization: try String(given: state.class_name).map { Authorization(label: "", className: $0) })
  }
}
