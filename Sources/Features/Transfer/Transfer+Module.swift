public import Kernel

extension Transfer {
  enum Option {
    /// The first of three.
    static let recall = 0
  }

  enum Timer {
    /// The target has not answered.
    static let answer: UInt8 = 1
    static let recall: UInt8 = 2
    static let ring: UInt8 = 3
  }

  public static let descriptor = Descriptor(
    name: "Transfer", summary: "connects a party elsewhere: blind, after a consultation, by hanging up, to another telephone",
    options: Recall.options(
      time: .seconds(30),
      meaning: "a target may ring before the transferor has its party back or is rung; 0: as long as any call rings",
      released: "the transferred party is released"),
    points: [.midCall, .disconnect, .replaceRequested])

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    // Without a party the transferor's own machine says so.
    case .transferRequested(let leg, _, _): .leg(world.peer(of: leg) ?? leg)
    case .disconnect(let leg, let cause): self.heldBeside(leg, cause, in: world).map { .leg($0.party) }
    case .replaceRequested(_, let old): self.partner(of: old, in: world).map { .leg($0) }
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    let party = context.machine.ofLeg
    return switch consult {
    case .transferRequested(let leg, let number, let second):
      second.isNone ? self.blind(leg, party, number, in: world) : self.attended(leg, party, second, in: world)
    case .disconnect(let leg, let cause): self.onHook(leg, party, cause, in: world)
    case .replaceRequested(let call, let old): self.replaces(call, old, in: world)
    case .timer(Timer.answer): .timeIsOver
    case .timer(Timer.recall): .recallDue
    case .timer: .recallOver
    case .dialAlerting: .targetRings
    case .dialAnswered: .targetAnswered
    case .dialFailed(_, let status): .targetFailed(status)
    case .legAnswered(let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed(last: !world.isCalledFor(party))
    case .joined(let leg): self.isMutual(leg, in: world) ? .joined : nil
    case .joinFailed(let leg, _): self.isMutual(leg, in: world) ? .joinFailed : nil
    case .resumed(let leg): .resumed(leg)
    case .legReleased(let leg, _): leg == party ? .partyLeaves : .left(leg)
    case .replaced(let old, by: let new): .replaced(old, by: new)
    case .restarted: .restarted
    default: nil
    }
  }

  // MARK: Requests

  private static func blind(_ leg: LegID, _ party: LegID, _ number: Digits, in world: World) -> Event {
    guard let station = world.leg(leg)?.party.station else { return .refused(.forbidden, Note("only stations transfer")) }
    if let refusal = self.refusal(leg, party, in: world) { return refusal }
    if number == station.digits || number == world.leg(party)?.party.station?.digits {
      return .refused(.forbidden, Note("% would talk to itself", number))
    }
    if let refusal = self.refusal(of: number, by: station, party, in: world) { return refusal }
    return .blind(Transferor(leg: leg, station: station, isTold: true), to: number)
  }

  private static func attended(_ leg: LegID, _ party: LegID, _ second: LegID, in world: World) -> Event {
    guard let station = world.leg(leg)?.party.station else { return .refused(.forbidden, Note("only stations transfer")) }
    if let refusal = self.refusal(leg, party, in: world) { return refusal }
    guard second != leg, second != party, let found = world.leg(second), found.party.station == station else {
      return .refused(.noSuchCall, Note("% has no such call", station.digits))
    }
    let transferor = Transferor(leg: leg, station: station, isTold: true)
    guard let event = self.joining(transferor, party, second, found, in: world) else {
      return .refused(.temporarilyUnavailable, Note("nobody is there to be transferred to"))
    }
    return event
  }

  /// XFER-4: hanging up with one party held and another called.
  private static func onHook(_ leg: LegID, _ party: LegID, _ cause: Cause, in world: World) -> Event? {
    guard let found = world.leg(leg), let held = self.heldBeside(leg, cause, in: world), held.party == party else { return nil }
    switch self.joining(held.transferor, party, leg, found, in: world) {
    case .refused, nil: return nil
    case .attended(var consultation):
      consultation.second = .none
      return .attended(consultation)
    case .some(let event): return event
    }
  }

  /// `party` and whoever is at the end of `second`; nil when there is nobody.
  private static func joining(
    _ transferor: Transferor, _ party: LegID, _ second: LegID, _ found: Leg, in world: World
  ) -> Event? {
    let called = self.called(for: second, found, in: world)
    let target = found.phase == .active ? self.partner(of: second, in: world) : nil
    guard let end = target ?? called, end != party, let far = world.leg(end)?.party else { return nil }
    if let station = far.station, station == world.leg(party)?.party.station {
      return .refused(.forbidden, Note("% would talk to itself", station.digits))
    }
    if far.station == nil, !self.mayJoinOutside(party, transferor.station, second, in: world) { return self.trunkToTrunk }
    guard let target else { return .early(transferor, second: second) }
    return .attended(Consultation(transferor: transferor, second: second, target: target))
  }

  /// Somebody who rings for `second`; one outside before others.
  private static func called(for second: LegID, _ found: Leg, in world: World) -> LegID? {
    guard found.phase == .dialling, world.call(found.call)?.origin == second else { return nil }
    var called: LegID?
    world.forEachLeg(of: found.call) { leg, other in
      guard other.direction == .terminating, other.phase != .active, other.goal == .with(second) else { return }
      if called == nil || other.party.station == nil { called = leg }
    }
    return called
  }

  private static func replaces(_ call: CallID, _ old: LegID, in world: World) -> Event? {
    guard let new = world.call(call)?.origin, let replaced = world.leg(old)?.party.station else { return nil }
    guard let caller = world.leg(new)?.party.station, caller == replaced || self.talks(caller, to: replaced, in: world) else {
      return .refused(.forbidden, Note("this call is another's"))
    }
    if let peer = world.peer(of: old), world.leg(peer)?.party.station == caller {
      return .refused(.forbidden, Note("% would talk to itself", caller.digits))
    }
    return .replaces(old: old, by: new)
  }

  private static func talks(_ a: StationNumber, to b: StationNumber, in world: World) -> Bool {
    var talks = false
    world.forEachLeg(of: a) { leg, found in
      guard found.phase == .active, let peer = world.peer(of: leg) else { return }
      talks = talks || world.leg(peer)?.party.station == b
    }
    return talks
  }

  // MARK: What stands in the way

  /// Nobody is transferred whom another module looks after, or who is being transferred already.
  private static func refusal(_ leg: LegID, _ party: LegID, in world: World) -> Event? {
    guard leg != party, world.leg(party)?.phase == .active else {
      return .refused(.noSuchCall, Note("there is nobody to transfer"))
    }
    guard let a = world.leg(leg), let b = world.leg(party), a.owner.isNone, b.owner.isNone else {
      return .refused(.temporarilyUnavailable, Note("another feature has this call"))
    }
    return nil
  }

  private static func refusal(of number: Digits, by station: StationNumber, _ party: LegID, in world: World) -> Event? {
    switch world.dispatch.match(number) {
    case .code, .badArgument, .surplusArgument: return .refused(.forbidden, Note("% is a code", number))
    case .incomplete: return .refused(.addressIncomplete, Note("% is the beginning of a number", number))
    case .unknown:
      // It may be one outside once the code has been put in front (TRK-3).
      guard world.station(station)?.settings.insertion != .outgoing else { return nil }
      return .refused(.notFound, Note("% is not in the number plan", number))
    case .emergency, .station, .group: return nil
    case .module, .trunk, .route:
      guard world.may(station, call: number) else { return .refused(.forbidden, Note("% may not call there", station.digits)) }
      if case .module = world.dispatch.match(number) { return nil }
      return self.mayJoinOutside(party, station, .none, in: world) ? nil : self.trunkToTrunk
    }
  }

  private static let trunkToTrunk = Event.refused(.forbidden, Note("nobody may connect trunk to trunk here"))

  /// TRK-1: two parties outside, only if the transferor's class of service says so.
  private static func mayJoinOutside(_ party: LegID, _ station: StationNumber, _ second: LegID, in world: World) -> Bool {
    guard world.leg(party)?.party.station == nil else { return true }
    let authorization = world.leg(second).flatMap { world.call($0.call)?.authorization }
    return world.mayJoinTrunks(station, by: authorization)
  }

  /// Whom `leg` talks to, if both are nobody's.
  private static func partner(of leg: LegID, in world: World) -> LegID? {
    guard let found = world.leg(leg), found.phase == .active, found.owner.isNone, let peer = world.peer(of: leg),
      let other = world.leg(peer), other.phase == .active, other.owner.isNone
    else { return nil }
    return peer
  }

  /// The one party that the device of `leg`, which hangs up, holds on another line, where that means a transfer.
  private static func heldBeside(
    _ leg: LegID, _ cause: Cause, in world: World
  ) -> (transferor: Transferor, party: LegID)? {
    guard cause == .normal || cause == .cancelled, let found = world.leg(leg), !found.isHolding,
      case .station(let station, let device) = found.party,
      world.station(station)?.settings.onHookTransfer ?? false
    else { return nil }
    let held = world.legsHeld(by: station, device: device)
    guard held.count == 1, let party = self.partner(of: held[0], in: world) else { return nil }
    return (Transferor(leg: held[0], station: station, isTold: false), party)
  }

  /// What is said of a goal counts for two who shall talk to each other.
  private static func isMutual(_ leg: LegID, in world: World) -> Bool {
    guard case .with(let other)? = world.leg(leg)?.goal else { return false }
    return world.leg(other)?.goal == .with(leg)
  }
}

extension MachineKey {
  /// The leg the machine belongs to; none for others.
  var ofLeg: LegID { if case .leg(let leg) = self { leg } else { .none } }
}
