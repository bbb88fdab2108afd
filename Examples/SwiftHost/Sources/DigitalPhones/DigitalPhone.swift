public import Kernel
public import SIP

/// A digital phone: handset, keys, a display of 2 × 16 characters and a lamp. It belongs to the host; all it knows of the exchange are legs.
///
/// One machine: ``handle(_:)`` takes what the user does and what the exchange orders, and says what is to be done. Each state holds
/// what exists in it; a party on hold is part of the state, so that none can be forgotten.
public struct DigitalPhone: Equatable, Sendable {
  /// Somebody at the other end.
  public struct Party: Equatable, Sendable {
    public var leg: LegID
    public var number: String
    /// What this phone hears.
    public var hears = Hearing.party

    public init(_ leg: LegID, _ number: String) {
      self.leg = leg
      self.number = number
    }
  }

  /// What the exchange lets the phone hear, as far as its display says so.
  public enum Hearing: Equatable, Sendable { case party, music, ringback, tone, room, announcement, nothing }

  public enum State: Equatable, Sendable {
    /// The handset rests. A party may wait on hold: whoever forgets it is rung (HOLD-3).
    case onHook(held: Party?)
    /// `note` says why: a recall, a diversion.
    case ringing(Party, note: String, held: Party?)
    case dialTone(held: Party?)
    /// Keys so far; sent when the user pauses.
    case dialling(String, held: Party?)
    /// Dialled; the exchange has not said by which leg.
    case sending(String, held: Party?)
    case calling(Party, isRinging: Bool, held: Party?)
    case talking(Party, held: Party?)
    /// The hold key was pressed.
    case holding(Party)
    /// The handset is off and nobody is there any more: a word and a sentence say what became of it.
    case outcome(String, String, held: Party?)
  }

  public enum Event: Equatable, Sendable {
    // The user.
    case offHook, onHook, hold, transfer, reject
    /// One of `0…9*#`.
    case key(Character)
    /// A number from a memory key, sent at once.
    case number(String)
    /// He has pressed no key for a while.
    case pause
    // The exchange.
    case rings(Party, note: String)
    case dialled(LegID)
    case notDialled(String)
    case isRinging(LegID)
    case answered(LegID)
    case finished(LegID, HostedOutcome)
    case released(LegID, Cause)
    case shows(LegID, String)
    /// `number` is whom it hears, where that is one party.
    case hears(LegID, Hearing, number: String?)
    /// The party could not be told of hold or resume.
    case unchanged(LegID, isHolding: Bool)
  }

  public enum Action: Equatable, Sendable {
    case dial(String)
    case answer(LegID)
    case report(HostedEvent, LegID)
    case startPause
  }

  public private(set) var state = State.onHook(held: nil)

  public init() {}

  /// In any state, for tests.
  init(_ state: State) { self.state = state }

  /// - Returns: what is to be done, in order; nil where nothing comes of the event in this state.
  public mutating func handle(_ event: Event) -> [Action]? {
    if let news = self.newsOfHeld(event) {
      self.state = news
      return []
    }
    guard let step = self.step(event) else { return nil }
    self.state = step.state
    return step.actions
  }

  struct Step {
    var state: State
    var actions: [Action] = []

    init(_ state: State, _ actions: Action...) {
      self.state = state
      self.actions = actions
    }
  }

  /// The held party was told to hear something else, or has become another: in every state the same.
  private func newsOfHeld(_ event: Event) -> State? {
    guard let held = self.state.held else { return nil }
    switch event {
    case .shows(held.leg, let number): return self.state.holding(held.named(number))
    case .hears(held.leg, let hearing, let number): return self.state.holding(held.hearing(hearing, number))
    default: return nil
    }
  }

  private func step(_ event: Event) -> Step? {
    switch self.state {
    case .onHook(let held): self.onHook(event, held)
    case .ringing(let party, let note, let held): self.ringing(event, party, note, held)
    case .dialTone(let held): self.dialTone(event, held)
    case .dialling(let keys, let held): self.dialling(event, keys, held)
    case .sending(let number, let held): self.sending(event, number, held)
    case .calling(let party, let isRinging, let held): self.calling(event, party, isRinging, held)
    case .talking(let party, let held): self.talking(event, party, held)
    case .holding(let party): self.holding(event, party)
    case .outcome(let first, let second, let held): self.outcome(event, first, second, held)
    }
  }
}

extension DigitalPhone.State {
  /// Who waits on hold.
  public var held: DigitalPhone.Party? {
    switch self {
    case .onHook(let held), .ringing(_, _, let held), .dialTone(let held), .dialling(_, let held), .sending(_, let held),
      .calling(_, _, let held), .talking(_, let held), .outcome(_, _, let held):
      held
    case .holding(let party): party
    }
  }

  /// The same with another on hold.
  fileprivate func holding(_ held: DigitalPhone.Party) -> Self {
    switch self {
    case .onHook: .onHook(held: held)
    case .ringing(let party, let note, _): .ringing(party, note: note, held: held)
    case .dialTone: .dialTone(held: held)
    case .dialling(let keys, _): .dialling(keys, held: held)
    case .sending(let number, _): .sending(number, held: held)
    case .calling(let party, let isRinging, _): .calling(party, isRinging: isRinging, held: held)
    case .talking(let party, _): .talking(party, held: held)
    case .holding: .holding(held)
    case .outcome(let first, let second, _): .outcome(first, second, held: held)
    }
  }
}
