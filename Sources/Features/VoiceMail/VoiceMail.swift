public import Kernel

/// Takes messages for stations that do not answer, and lets them be heard.
/// MWI-2; manual, checklist rows "Voice Mail Indication", "Voice mail retrieve". Table: `strowger module describe VoiceMail`.
///
/// One machine for each call that has come to voice mail; it owns the caller's leg. What is kept for whom is the kernel's to know
/// and the host's to keep: nothing of a message is in a machine, so that hanging up or a restart loses none.
public enum VoiceMail: Feature {
  /// Who is here, and whose mailbox it is about.
  public struct Visit: Equatable, Sendable, BitwiseCopyable {
    public var leg: LegID
    public var owner: Digits
    /// The owner hears what is new; otherwise what was kept.
    public var hearsNew: Bool

    public init(leg: LegID, owner: Digits, hearsNew: Bool = false) {
      self.leg = leg
      self.owner = owner
      self.hearsNew = hearsNew
    }
  }

  public enum State: MachineState {
    case none
    /// A caller hears the greeting, then its message is recorded.
    case greeting(Visit)
    case recording(Visit)
    /// The owner is told that there are new messages.
    case opening(Visit)
    case playing(Visit, UInt32)
    /// The message was played to its end; the owner may say what becomes of it.
    case deciding(Visit, UInt32)
    /// The owner is told what became of that message; the next one follows.
    case moving(Visit, UInt32)
    /// A last word, then the exchange hangs up.
    case closing(Visit)

    public var name: StaticString {
      switch self {
      case .none: "none"
      case .greeting: "greeting"
      case .recording: "recording"
      case .opening: "opening"
      case .playing: "playing"
      case .deciding: "deciding"
      case .moving: "moving"
      case .closing: "closing"
      }
    }
  }

  public enum Event: MachineEvent {
    /// A caller was forwarded here, and the station that forwarded has room for a message.
    case leaves(Visit)
    /// The owner of a mailbox is here.
    case retrieves(Visit)
    /// Nobody's mailbox, or one that is full.
    case refused(Status, Note)
    /// The sound or message is over.
    case played
    case key(Key)
    case limit, pauseOver
    case mediaFailed(Cause)
    /// Somebody else stands where the visitor stood.
    case replaced(by: LegID)
    case restarted

    public var name: StaticString {
      switch self {
      case .leaves: "leaves"
      case .retrieves: "retrieves"
      case .refused: "refused"
      case .played: "played"
      case .key(.again): "5"
      case .key(.next): "6"
      case .key(.delete): "7"
      case .key(.keep): "9"
      case .key(.end): "#"
      case .key(.other): "other key"
      case .limit: "limit"
      case .pauseOver: "pause over"
      case .mediaFailed: "media failed"
      case .replaced: "replaced"
      case .restarted: "restarted"
      }
    }
  }

  public enum Key: Sendable, CaseIterable { case again, next, delete, keep, end, other }

  public static let initial = State.none

  public static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch state {
    case .none:
      switch event {
      case .leaves(let visit):
        orders.own()
        orders.explain(Note("message for %", visit.owner))
        return self.say(.greeting, to: visit, .greeting(visit), &orders)
      case .retrieves(let visit):
        orders.own()
        orders.explain(Note("mailbox of % opened", visit.owner))
        return self.open(visit, in: world, &orders)
      case .refused(let status, let note): return .refuse(status, note)
      case .played, .key, .limit, .pauseOver, .mediaFailed, .replaced, .restarted: return .ignore("nobody is here")
      }
    case .greeting(let visit):
      switch event {
      case .played, .key(.end): return self.record(visit, context, &orders)
      case .key(.again), .key(.next), .key(.delete), .key(.keep), .key(.other): return .ignore("this key means nothing here")
      case .limit, .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .pauseOver: return .ignore("comes late")
      }
    case .recording(let visit):
      switch event {
      case .limit, .key(.end): return self.say(.beep, to: visit, .closing(visit), &orders)
      case .key(.again), .key(.next), .key(.delete), .key(.keep), .key(.other): return .ignore("this key means nothing here")
      case .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .played, .pauseOver: return .ignore("comes late")
      }
    case .opening(let visit):
      switch event {
      case .played, .key(.next): return self.play(after: 0, visit, in: world, &orders)
      case .key(.again): return self.say(.newMessages, to: visit, state, &orders)
      case .key(.delete), .key(.keep), .key(.end), .key(.other): return .ignore("this key means nothing here")
      case .limit, .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .pauseOver: return .ignore("comes late")
      }
    case .playing(let visit, let message):
      switch event {
      case .played:
        orders.heard(message, of: visit.owner)
        orders.hear(visit.leg, .announcement(.beep))
        orders.arm(Timer.pause, after: context.options.time(Option.pause))
        return .go(.deciding(visit, message))
      case .key(let key): return self.obey(key, message, visit, in: world, &orders)
      case .limit, .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .pauseOver: return .ignore("comes late")
      }
    case .deciding(let visit, let message):
      switch event {
      case .pauseOver: return self.play(after: message, visit, in: world, &orders)
      case .key(let key): return self.obey(key, message, visit, in: world, &orders)
      case .played: return .ignore("the tone behind the message; a moment remains")
      case .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .limit: return .ignore("comes late")
      }
    case .moving(let visit, let message):
      switch event {
      case .played, .key(.next): return self.play(after: message, visit, in: world, &orders)
      case .key(.again), .key(.delete), .key(.keep), .key(.end), .key(.other): return .ignore("this key means nothing here")
      case .limit, .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .pauseOver: return .ignore("comes late")
      }
    case .closing(let visit):
      switch event {
      case .played, .limit, .restarted: return self.leave(visit.leg, .normal, &orders)
      case .mediaFailed(let cause): return self.leave(visit.leg, cause, &orders)
      case .replaced(by: let other): return self.leave(other, .normal, &orders)
      case .key: return .ignore("this key means nothing here")
      case .leaves, .retrieves, .refused: return .ignore("a call comes to voice mail once")
      case .pauseOver: return .ignore("comes late")
      }
    }
  }

  private static func obey(
    _ key: Key, _ message: UInt32, _ visit: Visit, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch key {
    case .again: return self.play(message, visit, &orders)
    case .next: return self.play(after: message, visit, in: world, &orders)
    case .delete:
      orders.discard(message, of: visit.owner)
      return self.say(.deleted, to: visit, .moving(visit, message), &orders)
    case .keep:
      orders.heard(message, of: visit.owner)
      return self.say(.kept, to: visit, .moving(visit, message), &orders)
    case .end, .other: return .ignore("this key means nothing here")
    }
  }

  /// What is new, and when nothing is, what was kept.
  private static func open(_ visit: Visit, in world: World, _ orders: inout Orders) -> Step<State> {
    let messages = world.recordings(of: visit.owner)
    var visit = visit
    visit.hearsNew = messages.contains { $0.isNew }
    if visit.hearsNew { return self.say(.newMessages, to: visit, .opening(visit), &orders) }
    guard let first = messages.first else { return self.say(.noMessages, to: visit, .closing(visit), &orders) }
    return self.play(first.number, visit, &orders)
  }

  private static func play(
    after last: UInt32, _ visit: Visit, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    let next = world.recordings(of: visit.owner).first { $0.number > last && $0.isNew == visit.hearsNew }
    if let next { return self.play(next.number, visit, &orders) }
    return self.say(.endOfMessages, to: visit, .closing(visit), &orders)
  }

  private static func play(_ message: UInt32, _ visit: Visit, _ orders: inout Orders) -> Step<State> {
    orders.hear(visit.leg, .playback(message))
    self.guardTime(&orders)
    return .go(.playing(visit, message))
  }

  private static func say(_ sound: Sound, to visit: Visit, _ next: State, _ orders: inout Orders) -> Step<State> {
    orders.hear(visit.leg, .announcement(sound))
    self.guardTime(&orders)
    return .go(next)
  }

  private static func record(_ visit: Visit, _ context: Context, _ orders: inout Orders) -> Step<State> {
    orders.record(visit.leg, under: visit.owner)
    orders.arm(Timer.limit, after: context.options.time(Option.maximumLength))
    return .go(.recording(visit))
  }

  /// Nothing is heard for ever, though its end were lost on the way: no message is as long as this.
  private static func guardTime(_ orders: inout Orders) { orders.arm(Timer.limit, after: .seconds(3_700)) }

  private static func leave(_ leg: LegID, _ cause: Cause, _ orders: inout Orders) -> Step<State> {
    orders.release(leg, cause)
    return .go(.none)
  }
}
