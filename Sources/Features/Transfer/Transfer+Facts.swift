public import Kernel

extension Transfer {
  public static func encode(_ state: State, into fact: inout FactWriter) {
    fact.put(UInt8(1))
    switch state {
    case .none: fact.put(UInt8(0))
    case .dialling(let transferor):
      fact.put(UInt8(1))
      self.put(transferor, into: &fact)
    case .joining(let consultation):
      fact.put(UInt8(2))
      self.put(consultation.transferor, into: &fact)
      fact.put(consultation.second)
      fact.put(consultation.target)
    case .waiting(let waiting): self.put(3, waiting, into: &fact)
    case .recalling(let waiting): self.put(4, waiting, into: &fact)
    case .returning(let waiting, let leg):
      self.put(5, waiting, into: &fact)
      fact.put(leg)
    case .moving(let new, let old):
      fact.put(UInt8(6))
      fact.put(new)
      fact.put(old)
    }
  }

  private static func put(_ transferor: Transferor, into fact: inout FactWriter) {
    fact.put(transferor.leg)
    fact.put(transferor.station.digits)
    fact.put(transferor.isTold)
  }

  private static func put(_ kind: UInt8, _ waiting: Waiting, into fact: inout FactWriter) {
    fact.put(kind)
    fact.put(waiting.transferor.digits)
    fact.put(waiting.recalls)
  }

  public static func decode(_ fact: inout FactReader) -> State? {
    guard fact.octet() == 1 else { return nil }
    switch fact.octet() {
    case 0: return State.none
    case 1: return self.transferor(&fact).map { .dialling($0) }
    case 2:
      guard let transferor = self.transferor(&fact), let second = fact.handle(Leg.self), let target = fact.handle(Leg.self)
      else { return nil }
      return .joining(Consultation(transferor: transferor, second: second, target: target))
    case 3: return self.waiting(&fact).map { .waiting($0) }
    case 4: return self.waiting(&fact).map { .recalling($0) }
    case 5:
      guard let waiting = self.waiting(&fact), let leg = fact.handle(Leg.self) else { return nil }
      return .returning(waiting, by: leg)
    case 6:
      guard let new = fact.handle(Leg.self), let old = fact.handle(Leg.self) else { return nil }
      return .moving(to: new, from: old)
    default: return nil
    }
  }

  private static func transferor(_ fact: inout FactReader) -> Transferor? {
    guard let leg = fact.handle(Leg.self), let station = fact.digits().flatMap(StationNumber.init), let isTold = fact.boolean()
    else { return nil }
    return Transferor(leg: leg, station: station, isTold: isTold)
  }

  private static func waiting(_ fact: inout FactReader) -> Waiting? {
    guard let station = fact.digits().flatMap(StationNumber.init), let recalls = fact.octet() else { return nil }
    return Waiting(transferor: station, recalls: recalls)
  }

  public static var samples: Samples<State, Event> {
    guard let station = StationNumber("2001") else { return Samples(states: [.none], events: []) }
    let legs = (1...5).map { LegID(index: $0, generation: 1) }
    let transferor = Transferor(leg: legs[0], station: station, isTold: true)
    let consultation = Consultation(transferor: transferor, second: legs[1], target: legs[2])
    let waiting = Waiting(transferor: station, recalls: 0)
    return Samples(
      states: [
        .none, .dialling(transferor), .dialling(transferor.gone), .joining(consultation), .joining(consultation.without(legs[0])),
        .waiting(waiting),
        .waiting(Waiting(transferor: station, recalls: 10)), .recalling(waiting), .returning(waiting, by: legs[3]),
        .moving(to: legs[3], from: legs[0]),
      ],
      events: [
        .blind(transferor, to: "2003"), .early(transferor, second: legs[1]), .attended(consultation),
        .refused(.forbidden, Note("")), .replaces(old: legs[0], by: legs[3]), .targetRings, .targetAnswered,
        .targetFailed(.busyHere), .timeIsOver, .recallDue, .recallOver, .recallAnswered(by: legs[3]), .recallFailed(last: false),
        .recallFailed(last: true), .joined, .joinFailed, .resumed(legs[0]), .left(legs[0]), .left(legs[2]),
        .replaced(legs[0], by: legs[4]), .partyLeaves, .restarted,
      ])
  }
}
