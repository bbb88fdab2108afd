import Kernel
import SIP

// One function for each state; in it every event has its line.
extension DigitalPhone {
  func onHook(_ event: Event, _ held: Party?) -> Step? {
    switch event {
    case .offHook:
      guard let held else { return Step(.dialTone(held: nil)) }
      return Step(.talking(held, held: nil), .report(.resumed, held.leg))
    case .rings(let party, let note): return Step(.ringing(party, note: note, held: held), .report(.alerting, party.leg))
    case .released(let leg, _) where leg == held?.leg: return Step(.onHook(held: nil))
    case .onHook, .hold, .transfer, .reject, .key, .number, .pause, .dialled, .notDialled, .isRinging, .answered, .finished,
      .released,
      .shows, .hears, .unchanged:
      return nil
    }
  }

  func ringing(_ event: Event, _ party: Party, _ note: String, _ held: Party?) -> Step? {
    switch event {
    case .offHook: return Step(.talking(party, held: held), .answer(party.leg))
    case .reject: return Step(.onHook(held: held), .report(.refused(.decline), party.leg))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .released(let leg, _) where leg == party.leg: return Step(.onHook(held: held))
    case .released(let leg, _) where leg == held?.leg: return Step(.ringing(party, note: note, held: nil))
    case .shows(let leg, let number) where leg == party.leg: return Step(.ringing(party.named(number), note: note, held: held))
    // A transfer while it rings: for another now.
    case .hears(let leg, _, let number?) where leg == party.leg:
      return Step(.ringing(party.named(number), note: note, held: held))
    case .onHook, .hold, .transfer, .key, .number, .pause, .dialled, .notDialled, .isRinging, .answered, .finished, .released,
      .shows,
      .hears, .unchanged:
      return nil
    }
  }

  func dialTone(_ event: Event, _ held: Party?) -> Step? {
    switch event {
    case .onHook: return Step(.onHook(held: held))
    case .key(let key): return Step(.dialling(String(key), held: held), .startPause)
    case .number(let number): return Step(.sending(number, held: held), .dial(number))
    case .hold, .transfer: return self.back(to: held)
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .released(let leg, _) where leg == held?.leg: return Step(.dialTone(held: nil))
    case .unchanged(let leg, isHolding: false): return self.heldAfterAll(leg, held)
    case .offHook, .reject, .pause, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears,
      .unchanged:
      return nil
    }
  }

  func dialling(_ event: Event, _ keys: String, _ held: Party?) -> Step? {
    switch event {
    case .onHook: return Step(.onHook(held: held))
    case .key(let key) where keys.count < Digits.longest: return Step(.dialling(keys + String(key), held: held), .startPause)
    case .number(let number): return Step(.sending(keys + number, held: held), .dial(keys + number))
    case .pause: return Step(.sending(keys, held: held), .dial(keys))
    case .hold, .transfer: return self.back(to: held)
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .released(let leg, _) where leg == held?.leg: return Step(.dialling(keys, held: nil))
    case .unchanged(let leg, isHolding: false): return self.heldAfterAll(leg, held)
    case .key, .offHook, .reject, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears, .unchanged:
      return nil
    }
  }

  func sending(_ event: Event, _ number: String, _ held: Party?) -> Step? {
    switch event {
    case .dialled(let leg): return Step(.calling(Party(leg, number), isRinging: false, held: held))
    case .notDialled(let why): return Step(.outcome("NOT POSSIBLE", why, held: held))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .released(let leg, _) where leg == held?.leg: return Step(.sending(number, held: nil))
    // The exchange says at once by which leg: nobody can press a key in between.
    case .offHook, .onHook, .hold, .transfer, .reject, .key, .number, .pause, .isRinging, .answered, .finished, .released, .shows,
      .hears, .unchanged:
      return nil
    }
  }

  func calling(_ event: Event, _ party: Party, _ isRinging: Bool, _ held: Party?) -> Step? {
    switch event {
    case .onHook: return Step(.onHook(held: held), .report(.hungUp, party.leg))
    case .isRinging(party.leg): return Step(.calling(party, isRinging: true, held: held))
    case .answered(party.leg): return Step(.talking(party, held: held))
    case .finished(party.leg, let outcome):
      return Step(.outcome(Self.word(for: outcome), outcome.text, held: held), .startPause)
    case .released(let leg, let cause) where leg == party.leg:
      return Step(.outcome("ENDED", "\(cause.text)", held: held), .startPause)
    case .released(let leg, _) where leg == held?.leg: return Step(.calling(party, isRinging: isRinging, held: nil))
    case .shows(let leg, let number) where leg == party.leg:
      return Step(.calling(party.named(number), isRinging: isRinging, held: held))
    case .hears(let leg, let hearing, let number) where leg == party.leg:
      return Step(.calling(party.hearing(hearing, number), isRinging: isRinging, held: held))
    case .transfer, .hold:
      // XFER-3: not that one, back to the first.
      guard let held else { return nil }
      return Step(.talking(held, held: nil), .report(.hungUp, party.leg), .report(.resumed, held.leg))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .offHook, .reject, .key, .number, .pause, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows,
      .hears,
      .unchanged:
      return nil
    }
  }

  func talking(_ event: Event, _ party: Party, _ held: Party?) -> Step? {
    switch event {
    // With a party on hold this joins the two (XFER-4); the exchange then releases the leg of the held one.
    case .onHook: return Step(.onHook(held: held), .report(.hungUp, party.leg))
    case .hold where held == nil: return Step(.holding(party), .report(.held, party.leg))
    case .transfer where held == nil: return Step(.dialTone(held: party), .report(.held, party.leg))
    case .hold, .transfer:
      // XFER-3: from one to the other.
      guard let held else { return nil }
      return Step(.talking(held, held: party), .report(.held, party.leg), .report(.resumed, held.leg))
    case .key(let key):
      guard let code = Self.code(of: key) else { return nil }
      return Step(self.state, .report(.pressed(key: code, .milliseconds(100)), party.leg))
    case .number(let number):
      var step = Step(self.state)
      step.actions = number.compactMap(Self.code).map { .report(.pressed(key: $0, .milliseconds(100)), party.leg) }
      return step
    case .released(let leg, let cause) where leg == party.leg:
      return Step(.outcome("ENDED", "\(cause.text)", held: held), .startPause)
    case .released(let leg, _) where leg == held?.leg: return Step(.talking(party, held: nil))
    case .shows(let leg, let number) where leg == party.leg: return Step(.talking(party.named(number), held: held))
    case .hears(let leg, let hearing, let number) where leg == party.leg:
      return Step(.talking(party.hearing(hearing, number), held: held))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .offHook, .reject, .pause, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears,
      .unchanged:
      return nil
    }
  }

  func holding(_ event: Event, _ party: Party) -> Step? {
    switch event {
    case .onHook: return Step(.onHook(held: party))
    case .hold: return Step(.talking(party, held: nil), .report(.resumed, party.leg))
    case .transfer: return Step(.dialTone(held: party))
    case .key(let key): return Step(.dialling(String(key), held: party), .startPause)
    case .number(let number): return Step(.sending(number, held: party), .dial(number))
    case .released(let leg, let cause) where leg == party.leg:
      return Step(.outcome("ENDED", "\(cause.text)", held: nil), .startPause)
    case .unchanged(let leg, isHolding: false) where leg == party.leg: return Step(.talking(party, held: nil))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .offHook, .reject, .pause, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears,
      .unchanged:
      return nil
    }
  }

  func outcome(_ event: Event, _ first: String, _ second: String, _ held: Party?) -> Step? {
    switch event {
    case .onHook: return Step(.onHook(held: held))
    case .pause: return Step(.dialTone(held: held))
    case .key(let key): return Step(.dialling(String(key), held: held), .startPause)
    case .number(let number): return Step(.sending(number, held: held), .dial(number))
    case .hold, .transfer: return self.back(to: held)
    case .released(let leg, _) where leg == held?.leg: return Step(.outcome(first, second, held: nil))
    case .rings(let other, _): return Step(self.state, .report(.refused(.busyHere), other.leg))
    case .offHook, .reject, .dialled, .notDialled, .isRinging, .answered, .finished, .released, .shows, .hears, .unchanged:
      return nil
    }
  }

  // MARK: Common to several

  private func back(to held: Party?) -> Step? {
    guard let held else { return Step(.dialTone(held: nil)) }
    return Step(.talking(held, held: nil), .report(.resumed, held.leg))
  }

  private func heldAfterAll(_ leg: LegID, _ held: Party?) -> Step? {
    guard let held, held.leg == leg else { return nil }
    return Step(.talking(held, held: nil))
  }

  /// RFC 4733 §3.2.
  static func code(of key: Character) -> UInt8? {
    switch key {
    case "*": 10
    case "#": 11
    default: key.wholeNumberValue.flatMap { UInt8(exactly: $0) }.flatMap { $0 < 10 ? $0 : nil }
    }
  }

  private static func word(for outcome: HostedOutcome) -> String {
    if outcome.feature != nil { return outcome.isDone ? "DONE" : "NOT DONE" }
    switch outcome.status {
    case .busyHere, .busyEverywhere: return "BUSY"
    case .notFound, .addressIncomplete: return "NO SUCH NUMBER"
    case .temporarilyUnavailable: return "NO ANSWER"
    case .decline: return "DECLINED"
    case .forbidden: return "BARRED"
    default: return "FAILED \(outcome.status)"
    }
  }
}

extension DigitalPhone.Party {
  func named(_ number: String) -> Self {
    var changed = self
    changed.number = number
    return changed
  }

  func hearing(_ hearing: DigitalPhone.Hearing, _ number: String?) -> Self {
    var changed = self
    changed.hears = hearing
    changed.number = number ?? changed.number
    return changed
  }
}
