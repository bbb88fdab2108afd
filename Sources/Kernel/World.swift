/// What the kernel knows of its surroundings, read-only for modules: stations, calls, legs, plan.
public struct World: Sendable {
  public internal(set) var plan: Plan
  public internal(set) var dispatch: Dispatch
  /// The modules' descriptors, in the kernel's own order (not the plan's).
  public internal(set) var descriptors: [Descriptor]
  var legs = SlotMap<Leg>()
  var calls = SlotMap<Call>()
  private var stations: [Station] = []
  private var stationIndex: [StationNumber: Int] = [:]
  var kept = KeptRecordings()
  /// Who answers instead, where the module is asked in another image than the kernel's; nil in the kernel.
  let source: (any WorldSource)?
  /// What the clock on the wall says, as ``Hours`` wants it.
  public internal(set) var localTime: Instant = .zero
  /// Every trunk that a plan has named since the start; the index stands for it in ``Party``.
  public internal(set) var trunks: [Trunk] = []

  /// A way to the outside as the kernel sees it.
  public struct Trunk: Sendable {
    public let name: String
    public internal(set) var isUp = true
    /// At most so many calls at once; 0: no limit, or a trunk the plan no longer names.
    public internal(set) var channels = 0
    /// Calls over it now, in either direction.
    public internal(set) var legCount = 0

    public var hasChannel: Bool { self.channels == 0 || self.legCount < self.channels }
  }

  /// A station as the kernel sees it: devices, settings, legs.
  public struct Station: Sendable {
    public let number: StationNumber
    public internal(set) var devices: [DeviceID] = []
    public internal(set) var settings = StationSettings()
    /// Every leg, whatever its phase.
    public internal(set) var legCount = 0
    var firstLeg: LegID = .none
    /// Calls outside that it pays for now, whoever has them.
    public internal(set) var trunkCalls = 0
    /// The minute that is counted, and the calls outside that it has paid for in it.
    var minute: Instant = .zero
    var trunkCallsOfMinute = 0

    public var isRegistered: Bool { !self.devices.isEmpty }
    /// In a call or being called: busy to a further caller (CALL-3).
    public var isBusy: Bool { self.legCount > 0 }
  }

  init(modules: [Module]) {
    self.plan = Plan()
    self.dispatch = Dispatch(Plan(), descriptors: [])
    self.descriptors = modules.map(\.descriptor)
    self.source = nil
  }

  /// The kernel's world as a module of another image sees it: everything it asks is answered by `source`. Plan and dispatch are empty.
  package init(seenThrough source: any WorldSource, descriptors: [Descriptor]) {
    self.plan = Plan()
    self.dispatch = Dispatch(Plan(), descriptors: [])
    self.descriptors = descriptors
    self.source = source
    self.localTime = source.localTime
  }

  // MARK: What modules ask

  public func leg(_ id: LegID) -> Leg? {
    if let source = self.source { return source.leg(id) }
    return self.legs[id]
  }
  public func call(_ id: CallID) -> Call? {
    if let source = self.source { return source.call(id) }
    return self.calls[id]
  }

  public func station(_ number: StationNumber) -> Station? {
    if let source = self.source { return source.station(number) }
    return self.stationIndex[number].map { self.stations[$0] }
  }

  /// The call's legs, newest first.
  public func forEachLeg(of call: CallID, _ body: (LegID, Leg) -> Void) {
    if let source = self.source { return source.legs(of: call).forEach { if let leg = source.leg($0) { body($0, leg) } } }
    guard var next = self.calls[call]?.firstLeg else { return }
    while let leg = self.legs[next] {
      body(next, leg)
      next = leg.nextInCall
    }
  }

  /// The legs of a station, newest first.
  public func forEachLeg(of station: StationNumber, _ body: (LegID, Leg) -> Void) {
    if let source = self.source { return source.legs(of: station).forEach { if let leg = source.leg($0) { body($0, leg) } } }
    guard var next = self.station(station)?.firstLeg else { return }
    while let leg = self.legs[next] {
      body(next, leg)
      next = leg.nextOfStation
    }
  }

  /// The legs that this very device holds: what Park and Conference act on.
  public func legsHeld(by station: StationNumber, device: DeviceID) -> [LegID] {
    var held: [LegID] = []
    self.forEachLeg(of: station) { id, leg in
      if leg.isHolding, leg.party == .station(station, device) { held.append(id) }
    }
    return held
  }

  /// Who `id` talks to or, while it hears something else, the only other leg of its call, `third` apart, that has answered.
  public func peer(of id: LegID, besides third: LegID = .none) -> LegID? {
    guard let leg = self.leg(id) else { return nil }
    if case .with(let other) = leg.goal { return self.leg(other) == nil ? nil : other }
    var others: [LegID] = []
    self.forEachLeg(of: leg.call) { other, found in
      if other != id, other != third, found.phase == .active { others.append(other) }
    }
    return others.count == 1 ? others[0] : nil
  }

  /// Whether the device of `leg` has no other conversation; one it holds is none.
  public func isOtherwiseIdle(_ id: LegID) -> Bool {
    guard let leg = self.leg(id), let station = leg.party.station else { return true }
    var isIdle = true
    self.forEachLeg(of: station) { other, found in
      if other != id, found.phase == .active, !found.isHolding, found.party == leg.party { isIdle = false }
    }
    return isIdle
  }

  /// Whether any telephone still rings to talk to `leg`.
  public func isCalledFor(_ id: LegID) -> Bool {
    guard let leg = self.leg(id) else { return false }
    var found = false
    self.forEachLeg(of: leg.call) { _, other in
      if other.direction == .terminating, other.phase != .active, other.goal == .with(id) { found = true }
    }
    return found
  }

  /// Whether a telephone of the station with this number rings for a module alone (``Orders/summon(_:calling:hearing:)``): after one
  /// of several has failed.
  public func isSummoned(_ number: Digits) -> Bool {
    guard let station = StationNumber(number) else { return false }
    var isSummoned = false
    self.forEachLeg(of: station) { _, leg in
      guard leg.direction == .terminating, leg.phase != .active else { return }
      if case .with = leg.goal { return }
      isSummoned = true
    }
    return isSummoned
  }

  /// The smallest room number that no leg is in (conferences).
  public func freeRoom() -> UInt32 {
    var taken: [UInt32] = []
    self.forEachLeg { _, leg in
      if case .room(let number) = leg.goal { taken.append(number) }
    }
    var number: UInt32 = 1
    while taken.contains(number) { number &+= 1 }
    return number
  }

  public var callCount: Int { self.source?.calls.count ?? self.calls.count }
  public var legCount: Int { self.source?.legs.count ?? self.legs.count }

  /// Legs that ring on `station` for somebody who waits, newest first: what pickup looks for.
  public func ringingLegs(of station: StationNumber) -> [LegID] {
    var ringing: [LegID] = []
    self.forEachLeg(of: station) { id, leg in
      if leg.direction == .terminating, leg.phase != .active, case .with = leg.goal { ringing.append(id) }
    }
    return ringing
  }

  /// Recordings of one number that are looked at.
  public static let mostRecordings = 1000

  /// What the host keeps for `owner`, oldest first; at most ``mostRecordings``.
  public func recordings(of owner: Digits) -> [Recording] { self.source?.recordings(of: owner) ?? self.kept.of(owner) }

  public func entry(of station: StationNumber) -> Plan.StationEntry? {
    self.dispatch.station(station.digits).map { self.plan.stations[$0] }
  }

  public func isStation(_ digits: Digits) -> Bool { self.source?.isStation(digits) ?? (self.dispatch.station(digits) != nil) }

  public func pickupGroup(of station: StationNumber) -> Int {
    self.source?.pickupGroup(of: station) ?? self.station(station)?.settings.pickupGroup ?? self.entry(of: station)?.pickupGroup
      ?? 1
  }

  public func trunk(named name: String) -> Int? { self.trunks.firstIndex { $0.name == name } }

  // MARK: What the kernel changes

  mutating func withTrunk(_ name: String, _ body: (inout Trunk) -> Void) {
    if let index = self.trunk(named: name) { return body(&self.trunks[index]) }
    var trunk = Trunk(name: name)
    body(&trunk)
    self.trunks.append(trunk)
  }

  mutating func withStation(_ number: StationNumber, _ body: (inout Station) -> Void) {
    if let index = self.stationIndex[number] {
      body(&self.stations[index])
      return
    }
    var station = Station(number: number)
    body(&station)
    self.stationIndex[number] = self.stations.count
    self.stations.append(station)
  }

  /// Files a leg under its call and its station.
  mutating func add(_ id: LegID) {
    guard var leg = self.legs[id] else { return }
    self.calls.update(leg.call) { call in
      leg.nextInCall = call.firstLeg
      call.firstLeg = id
    }
    if let trunk = leg.party.trunk, self.trunks.indices.contains(trunk) { self.trunks[trunk].legCount += 1 }
    if let payer = leg.payer { self.withStation(payer) { $0.trunkCalls += 1 } }
    if let number = leg.party.station {
      self.withStation(number) { station in
        leg.nextOfStation = station.firstLeg
        station.firstLeg = id
        station.legCount += 1
      }
    }
    self.legs.update(id) { $0 = leg }
  }

  /// Takes a leg out of everything; nil when it was not there.
  mutating func remove(_ id: LegID) -> Leg? {
    guard let leg = self.legs[id] else { return nil }
    self.unlinkFromCall(id, leg)
    if let trunk = leg.party.trunk, self.trunks.indices.contains(trunk) { self.trunks[trunk].legCount -= 1 }
    if let payer = leg.payer { self.withStation(payer) { $0.trunkCalls -= 1 } }
    if let number = leg.party.station {
      var first = LegID.none
      self.withStation(number) { station in
        station.legCount -= 1
        if station.firstLeg == id { station.firstLeg = leg.nextOfStation }
        first = station.firstLeg
      }
      var cursor = first
      while let other = self.legs[cursor] {
        if other.nextOfStation == id { self.legs.update(cursor) { $0.nextOfStation = leg.nextOfStation } }
        cursor = other.nextOfStation
      }
    }
    return self.legs.remove(id)
  }

  /// Puts a leg into another call.
  mutating func move(_ id: LegID, to call: CallID) {
    guard let leg = self.legs[id], leg.call != call else { return }
    self.unlinkFromCall(id, leg)
    let first = self.calls[call]?.firstLeg ?? .none
    self.legs.update(id) {
      $0.call = call
      $0.nextInCall = first
    }
    self.calls.update(call) { $0.firstLeg = id }
  }

  private mutating func unlinkFromCall(_ id: LegID, _ leg: Leg) {
    guard let first = self.calls[leg.call]?.firstLeg else { return }
    if first == id {
      self.calls.update(leg.call) { $0.firstLeg = leg.nextInCall }
      return
    }
    var cursor = first
    while let other = self.legs[cursor] {
      if other.nextInCall == id {
        self.legs.update(cursor) { $0.nextInCall = leg.nextInCall }
        return
      }
      cursor = other.nextInCall
    }
  }

  /// Every station that is known, in the order in which it became known.
  public func forEachStation(_ body: (Station) -> Void) {
    if let source = self.source { return source.stations.forEach { if let station = source.station($0) { body(station) } } }
    for station in self.stations { body(station) }
  }
  public func forEachCall(_ body: (CallID, Call) -> Void) {
    if let source = self.source { return source.calls.forEach { if let call = source.call($0) { body($0, call) } } }
    self.calls.forEach(body)
  }
  public func forEachLeg(_ body: (LegID, Leg) -> Void) {
    if let source = self.source { return source.legs.forEach { if let leg = source.leg($0) { body($0, leg) } } }
    self.legs.forEach(body)
  }
}
