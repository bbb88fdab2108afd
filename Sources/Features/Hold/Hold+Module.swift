public import Kernel

extension Hold {
  enum Option {
    /// The first of three.
    static let recall = 0
    static let sound = 3
  }

  enum Timer {
    static let recall: UInt8 = 1
    static let ring: UInt8 = 2
  }

  public static let descriptor = Descriptor(
    name: "Hold", summary: "what a held party hears, and a recall for whoever forgets it",
    options: Recall.options(
      time: .seconds(45),
      meaning: "on hold, without another conversation of that telephone, before the holder is rung; 0: never",
      released: "the held party is released") + [
        .init(
          "sound", .choice(default: 0, ["music", "tone"]),
          meaning: "what a held station hears whose tone-source is system")
      ],
    points: .midCall)

  public static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .held(let leg), .resumed(let leg): .leg(leg)
    default: nil
    }
  }

  public static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .held(let leg): context.machine == .leg(leg) ? self.held(by: leg, in: world) : nil
    case .resumed(let leg): context.machine == .leg(leg) ? .resumed : nil
    case .timer(let number): number == Timer.recall ? .recallDue : .recallOver
    case .legAnswered(let leg): .recallAnswered(by: leg)
    case .legFailed: .recallFailed(last: !self.isRinging(context, in: world))
    case .taken, .legReleased: .lost
    // Somebody has picked up the recall, or taken the held party's place.
    case .replaced(_, by: let new):
      world.leg(new)?.owner.key == context.machine ? .recallAnswered(by: new) : .replaced(by: new)
    case .restarted: .restarted
    default: nil
    }
  }

  /// Whom the telephone of `leg` holds, unless another module looks after one of them.
  private static func held(by leg: LegID, in world: World) -> Event? {
    guard let party = world.peer(of: leg), world.leg(party)?.owner.isNone ?? false, world.leg(leg)?.owner.isNone ?? false else {
      return nil
    }
    return .held(party)
  }

  /// Whether a telephone still rings for the recall.
  private static func isRinging(_ context: Context, in world: World) -> Bool {
    guard case .leg(let holder) = context.machine, let party = world.peer(of: holder) else { return false }
    return world.isCalledFor(party)
  }

  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .talking: fact.put(UInt8(0))
    case .held(let party, let recalls): self.put(1, party, recalls, into: &fact)
    case .recalling(let party, let recalls): self.put(2, party, recalls, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ party: LegID, _ recalls: UInt8, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(party)
    fact.put(recalls)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1, let kind = fact.octet(), kind < 3 else { return nil }
    guard kind > 0 else { return .talking }
    guard let party = fact.handle(Leg.self), let recalls = fact.octet() else { return nil }
    return kind == 1 ? .held(party, recalls: recalls) : .recalling(party, recalls: recalls)
  }

  public static var samples: Samples<State, Event> {
    let party = LegID(index: 1, generation: 1)
    let other = LegID(index: 2, generation: 1)
    return Samples(
      states: [.talking, .held(party, recalls: 0), .held(party, recalls: 10), .recalling(party, recalls: 0)],
      events: [
        .held(party), .resumed, .recallDue, .recallOver, .recallAnswered(by: other), .recallFailed(last: false),
        .recallFailed(last: true), .lost, .replaced(by: other), .restarted,
      ])
  }
}
