public import Kernel

/// Connects the party of a conversation elsewhere: blind, after a consultation, while the target still rings, by hanging up, and in
/// the place of another telephone. XFER-1 to XFER-6; RFC 3515, RFC 3891, RFC 5589.
/// Table: `strowger module describe Transfer`.
///
/// One machine for the leg that is transferred. The transferor's leg is owned meanwhile, so that either may leave without taking
/// the others along; whoever is left at the end is joined again or given back.
public enum Transfer: Feature {
  /// Who has asked for it.
  public struct Transferor: Equatable, Sendable, BitwiseCopyable {
    /// The leg that talked to the transferred party; none when it has hung up.
    public var leg: LegID
    public var station: StationNumber
    /// It waits for reports; a station that has hung up does not (XFER-4).
    public var isTold: Bool
  }

  public struct Consultation: Equatable, Sendable, BitwiseCopyable {
    public var transferor: Transferor
    /// The transferor's leg to the target; none when it has hung up.
    public var second: LegID
    public var target: LegID
  }

  /// A party that nobody has taken, and whom to ring for it.
  public struct Waiting: Equatable, Sendable, BitwiseCopyable {
    public var transferor: StationNumber
    public var recalls: UInt8
  }

  public enum State: MachineState {
    case none
    /// The target is called for the party, which hears it ring.
    case dialling(Transferor)
    /// Party and target are being connected.
    case joining(Consultation)
    /// The transferor has left and nobody has answered: music, until it is rung (again).
    case waiting(Waiting)
    case recalling(Waiting)
    /// The transferor, or who has picked up the recall, is being connected.
    case returning(Waiting, by: LegID)
    /// Another telephone takes the place of the one the party talks to.
    case moving(to: LegID, from: LegID)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .dialling: "dialling"
      case .joining: "joining"
      case .waiting: "waiting"
      case .recalling: "recalling"
      case .returning: "returning"
      case .moving: "moving"
      }
    }
  }

  public enum Event: MachineEvent {
    case blind(Transferor, to: Digits)
    /// The target still rings for the transferor's second leg.
    case early(Transferor, second: LegID)
    case attended(Consultation)
    /// The request makes no sense, or is not allowed.
    case refused(Status, Note)
    case replaces(old: LegID, by: LegID)
    case targetRings, targetAnswered, targetFailed(Status), timeIsOver
    case recallDue, recallOver, recallAnswered(by: LegID)
    /// One of the transferor's telephones will not be answered; `last`: none of them rings any more.
    case recallFailed(last: Bool)
    case joined, joinFailed
    /// The transferor takes its party back.
    case resumed(LegID)
    case left(LegID)
    case replaced(LegID, by: LegID)
    /// The transferred party itself hangs up: what is said now is the last word.
    case partyLeaves
    case restarted

    public var name: StaticString {
      switch self {
      case .blind: "blind"
      case .early: "early"
      case .attended: "attended"
      case .refused: "refused"
      case .replaces: "replaces"
      case .targetRings: "target rings"
      case .targetAnswered: "target answered"
      case .targetFailed: "target failed"
      case .timeIsOver: "time is over"
      case .recallDue: "recall due"
      case .recallOver: "recall over"
      case .recallAnswered: "recall answered"
      case .recallFailed(last: false): "one recall failed"
      case .recallFailed(last: true): "recall failed"
      case .joined: "joined"
      case .joinFailed: "join failed"
      case .resumed: "resumed"
      case .left: "left"
      case .replaced: "replaced"
      case .partyLeaves: "party leaves"
      case .restarted: "restarted"
      }
    }
  }

  public static let initial = State.none

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let desk = Desk(party: context.machine.ofLeg, back: Recall(context.options, at: Option.recall), world: world)
    switch state {
    case .none: return self.begin(event, desk, &orders)
    case .dialling(let transferor): return self.dial(transferor, event, desk, &orders)
    case .joining(let consultation): return self.join(consultation, event, desk, &orders)
    case .waiting(let waiting): return self.wait(waiting, event, desk, &orders)
    case .recalling(let waiting): return self.recall(waiting, event, desk, &orders)
    case .returning(let waiting, let leg): return self.comeBack(waiting, leg, event, desk, &orders)
    case .moving(let new, let old): return self.move(to: new, from: old, event, desk, &orders)
    }
  }

  private static func begin(_ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .blind(let transferor, let number):
      orders.own()
      return desk.dial(number, transferor, &orders)
    case .early(let transferor, let second):
      if transferor.isTold { orders.own() }
      return desk.takeOver(second, transferor, &orders)
    case .attended(let consultation):
      if consultation.transferor.isTold { orders.own() }
      return desk.join(consultation, &orders)
    case .replaces(let old, by: let new): return desk.move(to: new, from: old, &orders)
    case .refused(let status, let note): return .refuse(status, note)
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallDue, .recallOver, .recallAnswered, .recallFailed,
      .joined, .joinFailed, .resumed, .left, .replaced, .partyLeaves, .restarted:
      return .ignore("nobody is transferred")
    }
  }

  private static func dial(
    _ transferor: Transferor, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .targetRings:
      if transferor.isTold { orders.report(transferor.leg, .ringing) }
      return .stay(.dialling(transferor))
    case .targetAnswered: return desk.succeed(transferor, &orders)
    case .targetFailed(let status): return desk.fail(transferor, status, &orders)
    case .timeIsOver:
      orders.stopDialling(desk.party)
      return .stay(.dialling(transferor))
    case .resumed(let leg) where leg == transferor.leg:
      orders.explain(Note("% takes the call back", transferor.station.digits))
      orders.stopDialling(desk.party)
      return .stay(.dialling(transferor))
    case .left(let leg) where leg == transferor.leg: return .stay(.dialling(transferor.gone))
    case .replaced(let old, by: let new) where old == transferor.leg:
      var moved = transferor
      moved.leg = new
      return .stay(.dialling(moved))
    case .restarted: return desk.restart(transferor, &orders)
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .resumed, .left, .replaced, .partyLeaves, .joined, .joinFailed, .recallDue, .recallOver, .recallAnswered, .recallFailed:
      return .ignore("the target is still being called")
    }
  }

  private static func join(
    _ consultation: Consultation, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .joined: return desk.finish(consultation, &orders)
    case .joinFailed, .restarted: return desk.separate(consultation, &orders)
    case .left(let leg) where leg == consultation.target:
      orders.explain(Note("the target has hung up"))
      return desk.separate(consultation.without(leg), &orders)
    case .left(let leg): return .stay(.joining(consultation.without(leg)))
    case .partyLeaves:
      return desk.handBack(consultation, &orders)
    case .replaced(let old, by: let new): return .stay(.joining(consultation.with(new, for: old)))
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallDue, .recallOver, .recallAnswered, .recallFailed,
      .resumed:
      return .ignore("both are being connected")
    }
  }

  private static func wait(_ waiting: Waiting, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .recallDue: return desk.recall(waiting, &orders)
    case .restarted: return .ignore("it waits as before")
    case .partyLeaves: return .go(.none)
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallOver, .recallAnswered, .recallFailed, .joined,
      .joinFailed, .resumed, .left, .replaced:
      return .ignore("comes late")
    }
  }

  private static func recall(_ waiting: Waiting, _ event: Event, _ desk: Desk, _ orders: inout Orders) -> Step<State> {
    switch event {
    case .recallAnswered(by: let leg), .replaced(_, by: let leg):
      orders.connect(leg, desk.party)
      return .go(.returning(waiting, by: leg))
    case .recallFailed(last: false): return .stay(.recalling(waiting))
    case .recallFailed(last: true), .recallOver, .restarted: return desk.wait(waiting, &orders)
    case .partyLeaves: return .go(.none)
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallDue, .joined, .joinFailed, .resumed, .left:
      return .ignore("the transferor is being rung")
    }
  }

  private static func comeBack(
    _ waiting: Waiting, _ leg: LegID, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .joined:
      orders.explain(Note("recall answered by %", desk.world.leg(leg)?.party.number ?? Digits()))
      orders.giveBack(leg)
      orders.giveBack(desk.party)
      return .go(.none)
    case .joinFailed:
      orders.release(leg, .mediaFailed)
      return desk.wait(waiting, &orders)
    case .restarted, .left: return desk.wait(waiting, &orders)
    case .replaced(let old, by: let new): return .stay(old == leg ? .returning(waiting, by: new) : .returning(waiting, by: leg))
    case .partyLeaves: return .go(.none)
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallDue, .recallOver, .recallAnswered, .recallFailed,
      .resumed:
      return .ignore("the recall has been answered")
    }
  }

  private static func move(
    to new: LegID, from old: LegID, _ event: Event, _ desk: Desk, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .joined:
      if !old.isNone { orders.release(old, .answeredElsewhere) }
      orders.giveBack(new)
      orders.giveBack(desk.party)
      return .go(.none)
    case .joinFailed:
      orders.finish(new, .notAcceptableHere, Note("no media path"), .mediaFailed)
      return desk.stayWith(old, &orders)
    case .left(let leg) where leg == old: return .stay(.moving(to: new, from: .none))
    case .left, .restarted: return desk.stayWith(old, &orders)
    case .partyLeaves:
      orders.finish(new, .noSuchCall, Note("the call to be replaced is over"), .refused)
      if !old.isNone { orders.giveBack(old) }
      return .go(.none)
    case .replaced(let leg, by: let other) where leg == old: return .stay(.moving(to: new, from: other))
    case .blind, .early, .attended, .replaces, .refused:
      return .refuse(.forbidden, Note("a transfer is under way"))
    case .targetRings, .targetAnswered, .targetFailed, .timeIsOver, .recallDue, .recallOver, .recallAnswered, .recallFailed,
      .resumed, .replaced:
      return .ignore("the other telephone is being connected")
    }
  }
}
