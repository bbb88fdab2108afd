import Features
import Kernel
import LoopbackSIP
import SIP
import Sessions

/// The least that a module for transfers does, so that what goes over the wire can be tested without the options and recalls of the
/// real one. One machine for each party that is transferred.
enum Mover: Feature {
  enum State: MachineState {
    case idle
    /// The party's new one is called; the transferor is told.
    case dialling(party: LegID, transferor: LegID)
    /// The party and the transferor's other one are to talk.
    case joining(transferor: LegID, consultation: LegID)

    var name: StaticString {
      switch self {
      case .idle: "idle"
      case .dialling: "dialling"
      case .joining: "joining"
      }
    }
  }

  enum Event: MachineEvent {
    case asked(by: LegID, party: LegID, Digits, payer: Digits)
    case askedToJoin(by: LegID, party: LegID, consultation: LegID, other: LegID)
    case askedToContinue(by: LegID, party: LegID, call: LegID)
    case replaces(LegID, by: LegID)
    case alerting, answered
    case failed(LegID, Status)
    case joined, joinFailed

    var name: StaticString { "event" }
  }

  static let descriptor = Descriptor(name: "Mover", summary: "transfers", points: [.midCall, .replaceRequested])
  static let initial = State.idle

  static func machine(for consult: Consult, in world: World) -> MachineKey? {
    switch consult {
    case .transferRequested(let leg, _, _): world.peer(of: leg).map { .leg($0) }
    case .replaceRequested: .exchange
    default: nil
    }
  }

  static func event(for consult: Consult, _ context: Context, in world: World) -> Event? {
    switch consult {
    case .transferRequested(let leg, let number, let replacing):
      guard let party = world.peer(of: leg), let transferor = world.leg(leg) else { return nil }
      guard let other = world.leg(replacing) else {
        return replacing.isNone ? .asked(by: leg, party: party, number, payer: transferor.party.number) : nil
      }
      if other.direction == .originating, other.phase == .dialling {
        return .askedToContinue(by: leg, party: party, call: replacing)
      }
      return world.peer(of: replacing).map { .askedToJoin(by: leg, party: party, consultation: replacing, other: $0) }
    case .replaceRequested(let call, let old): return world.call(call).map { .replaces(old, by: $0.origin) }
    case .dialAlerting: return .alerting
    case .dialAnswered: return .answered
    case .dialFailed(let leg, let status): return .failed(leg, status)
    case .joined: return .joined
    case .joinFailed: return .joinFailed
    default: return nil
    }
  }

  static func step(
    _ state: State, _ event: Event, _ context: Context, in world: World, _ orders: inout Orders
  ) -> Step<State> {
    switch (state, event) {
    case (.idle, .asked(let transferor, let party, let number, let payer)):
      guard number != payer else { return .refuse(.forbidden, Note("% to itself", number)) }
      orders.own()
      orders.report(transferor, .accepted)
      orders.dial(number, for: party, payer: payer)
      return .go(.dialling(party: party, transferor: transferor))
    case (.idle, .askedToContinue(let transferor, let party, let call)):
      orders.own()
      orders.report(transferor, .accepted)
      orders.substitute(party, for: call)
      return .go(.dialling(party: party, transferor: transferor))
    case (.idle, .askedToJoin(let transferor, let party, let consultation, let other)):
      orders.own()
      orders.report(transferor, .accepted)
      orders.own(party)
      orders.connect(party, other)
      return .go(.joining(transferor: transferor, consultation: consultation))
    case (.idle, .replaces(let old, let new)):
      orders.own()
      orders.substitute(new, for: old)
      return .stay(.idle)
    case (.dialling(_, let transferor), .alerting):
      orders.report(transferor, .ringing)
      return .stay(state)
    case (.dialling(_, let transferor), .answered):
      orders.report(transferor, .done)
      orders.release(transferor, .normal)
      return .go(.idle)
    case (.dialling(let party, let transferor), .failed(_, let status)):
      orders.report(transferor, .failed(status))
      if world.leg(transferor) != nil { orders.connect(party, transferor) } else { orders.release(party, .normal) }
      return .go(.idle)
    case (.joining(let transferor, let consultation), .joined):
      orders.report(transferor, .done)
      orders.release(transferor, .normal)
      orders.release(consultation, .normal)
      if case .leg(let party) = context.machine { orders.giveBack(party) }
      return .go(.idle)
    case (.joining(let transferor, _), .joinFailed):
      orders.report(transferor, .failed(.notAcceptableHere))
      if case .leg(let party) = context.machine { orders.giveBack(party) }
      return .go(.idle)
    default: return .ignore("not now")
    }
  }

  static func encode(_ state: State, into fact: inout FactWriter) {
    switch state {
    case .idle: fact.put(UInt8(0))
    case .dialling(let a, let b): Self.put(1, a, b, into: &fact)
    case .joining(let a, let b): Self.put(2, a, b, into: &fact)
    }
  }

  private static func put(_ kind: UInt8, _ a: LegID, _ b: LegID, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(a)
    fact.put(b)
  }

  static func decode(_ fact: inout FactReader) -> State? {
    guard let kind = fact.octet(), kind > 0 else { return .idle }
    guard let a = fact.handle(Leg.self), let b = fact.handle(Leg.self) else { return nil }
    return kind == 1 ? .dialling(party: a, transferor: b) : .joining(transferor: a, consultation: b)
  }
  static var samples: Samples<State, Event> { Samples(states: [.idle], events: [.alerting]) }
}

extension Office {
  /// An office with four telephones whose plan has one module more, at the end.
  static func transferring(_ module: Module = Module(Transfer.self), seed: UInt64 = 1, channels: Int = 0) -> Office {
    var office = Office(["2001", "2002", "2003", "2004"], seed: seed, isRegistered: false)
    var options = ExchangeOptions()
    options.privateNetworks = [AddressBlock("127.0.0.0/8")!]
    options.mediaChannels = channels
    let isBuiltIn = BuiltIn.modules.contains { $0.descriptor.name == module.descriptor.name }
    let modules = BuiltIn.modules + (isBuiltIn ? [] : [module])
    var exchange = Exchange(
      options: options, listeners: [Listener(kind: .udp, address: Self.exchangeAddress)], modules: modules,
      digests: Self.digests, seed: (seed, 2, 3, 4), secret: [1, 2, 3], at: Self.start)
    var plan = Self.plan()
    plan.modules.append(
      Plan.Placement(module: module.descriptor.name, options: OptionValues(defaultsOf: module.descriptor), codes: []))
    plan.modules.append(
      Plan.Placement(module: "Hold", options: OptionValues(defaultsOf: Hold.descriptor), codes: []))
    exchange.install(plan)
    exchange.install(["2001", "2002", "2003", "2004"].map(Self.account), at: Self.start)
    exchange.install(whiteList: [AddressBlock("127.0.0.0/8")!])
    office.network.exchange = exchange
    for number in ["2001", "2002", "2003", "2004"] { office.network.with(number) { $0.register(at: $1) } }
    office.advance(by: .seconds(1))
    return office
  }

  /// `a` calls `b`, who answers: the numbers of the call at both telephones.
  mutating func talk(_ a: String, _ b: String) -> (a: Int, b: Int) {
    let call = self.dial(b, from: a)
    let other = self.phone(b).calls.count - 1
    self.network.with(b) { $0.answer(other, at: $1) }
    self.advance()
    return (call, other)
  }

  /// Where a telephone's call sends its voice, and where it listens.
  func voice(_ number: String, _ id: Int) -> (sendsTo: UInt16, listensOn: UInt16, sends: Bool)? {
    guard let agreement = self.call(number, id)?.agreement else { return nil }
    func port(_ body: [UInt8]) -> UInt16 {
      let line = String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).first { $0.hasPrefix("m=audio ") }
      return line.flatMap { UInt16($0.split(separator: " ")[1]) } ?? 0
    }
    let own = String(decoding: agreement.own, as: UTF8.self)
    return (port(agreement.theirs), port(agreement.own), own.contains("a=sendrecv") || own.contains("a=sendonly"))
  }

  /// Whether both hear each other, without anything between.
  func talkDirectly(_ a: String, _ callA: Int, _ b: String, _ callB: Int) -> Bool {
    guard let one = self.voice(a, callA), let other = self.voice(b, callB) else { return false }
    return one.sendsTo == other.listensOn && other.sendsTo == one.listensOn && one.sends && other.sends
  }
}
