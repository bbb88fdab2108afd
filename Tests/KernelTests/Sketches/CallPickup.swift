import Kernel

/// A sketch of directed call pickup: PICK-1 to PICK-3. It remembers nothing: one step, one order.
enum CallPickup: Feature {
  enum State: UInt8, MachineState {
    case idle
    var name: StaticString { "idle" }
  }
  enum Event: MachineEvent {
    case pickUp(LegID, ringing: LegID?)
    var name: StaticString { "pick up" }
  }

  static let initial = State.idle
  static let descriptor = Descriptor(
    name: "CallPickup", summary: "takes a call that rings elsewhere",
    actions: [.init("directed", argument: .number(1...24), meaning: "takes the call that rings at the station")])

  static func machine(for consult: Consult, in world: World) -> MachineKey? {
    if case .code(let code) = consult { .station(code.by) } else { nil }
  }

  static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    guard case .code(let code) = consult else { return nil }
    let ringing = StationNumber(code.argument).flatMap { world.ringingLegs(of: $0).last }
    return .pickUp(code.leg, ringing: ringing)
  }

  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch event {
    case .pickUp(_, ringing: nil): return .refuse(.temporarilyUnavailable, Note("nothing rings there"))
    case .pickUp(let leg, ringing: let ringing?):
      orders.explain(Note("picked up for %", world.leg(ringing)?.party.number ?? Digits()))
      orders.substitute(leg, for: ringing)
      return .stay(.idle)
    }
  }

  static func encode(_ state: State, into fact: inout FactWriter) { fact.put(state.rawValue) }
  static func decode(_ fact: inout FactReader) -> State? { fact.octet().flatMap(State.init) }
  static var samples: Samples<State, Event> { Samples(states: [], events: []) }
}
