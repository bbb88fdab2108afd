import Kernel
import SIP
import Testing

@testable import DigitalPhones

@Suite("Digital phone")
struct DigitalPhoneTests {
  private typealias Phone = DigitalPhone
  private static let front = LegID(index: 1, generation: 1)
  private static let back = LegID(index: 2, generation: 1)
  private static let other = LegID(index: 3, generation: 1)

  /// One of each, with and without a party on hold.
  private static var states: [Phone.State] {
    let party = Phone.Party(self.front, "2102")
    return [nil, Phone.Party(self.back, "2103")].flatMap { held -> [Phone.State] in
      [
        .onHook(held: held), .ringing(party, note: "RECALL", held: held), .dialTone(held: held), .dialling("21", held: held),
        .sending("2102", held: held), .calling(party, isRinging: false, held: held), .calling(party, isRinging: true, held: held),
        .talking(party, held: held), .outcome("BUSY", "", held: held),
      ]
    } + [.holding(party)]
  }

  private static var events: [Phone.Event] {
    let outcome = HostedOutcome(status: .busyHere, text: "busy", feature: nil, isDone: false)
    let user: [Phone.Event] = [.offHook, .onHook, .hold, .transfer, .reject, .key("4"), .key("x"), .number("2104"), .pause]
    // The exchange never rings for a leg that is there already.
    return user + [.rings(Phone.Party(self.other, "2104"), note: "")]
      + [self.front, self.back, self.other].flatMap { leg -> [Phone.Event] in
        [
          .dialled(leg), .notDialled("full"), .isRinging(leg), .answered(leg),
          .finished(leg, outcome), .released(leg, .normal), .shows(leg, "2104"), .hears(leg, .music, number: nil),
          .hears(leg, .party, number: "2104"), .unchanged(leg, isHolding: false), .unchanged(leg, isHolding: true),
        ]
      }
  }

  private func legs(_ state: Phone.State) -> [LegID] {
    var legs: [LegID] = state.held.map { [$0.leg] } ?? []
    switch state {
    case .ringing(let party, _, _), .calling(let party, _, _), .talking(let party, _): legs.append(party.leg)
    case .onHook, .dialTone, .dialling, .sending, .holding, .outcome: break
    }
    return legs
  }

  @Test("CALL-8: in no state does any event lose a leg: it stays, or the exchange is told, or has told of its end")
  func noLegLost() {
    var transitions = 0
    for state in Self.states {
      for event in Self.events {
        var phone = Phone(state)
        guard let actions = phone.handle(event) else {
          #expect(phone.state == state)
          continue
        }
        transitions += 1
        var gone: [LegID] = []
        for action in actions {
          switch action {
          case .report(.hungUp, let leg), .report(.refused, let leg): gone.append(leg)
          case .report, .dial, .answer, .startPause: break
          }
        }
        switch event {
        case .released(let leg, _), .finished(let leg, _): gone.append(leg)
        default: break
        }
        let left = self.legs(phone.state)
        for leg in self.legs(state) where !left.contains(leg) {
          #expect(gone.contains(leg), "\(state), \(event): \(leg) is lost")
        }
        for leg in gone { #expect(!left.contains(leg), "\(state), \(event): \(leg) has gone and is still there") }
      }
    }
    // Enough of them lead somewhere for the rest to mean anything.
    #expect(transitions > 150)
  }

  @Test("Every display is two lines of 16 characters, and the lamp flutters while somebody waits")
  func displays() {
    for state in Self.states {
      let phone = Phone(state)
      #expect(phone.display(number: "2101", note: "a note that is longer than the line").map(\.count) == [16, 16], "\(state)")
      let isRinging = if case .ringing = state { true } else { false }
      if state.held != nil, !isRinging { #expect(phone.lamp == .flutter, "\(state)") }
    }
    #expect(Phone().display(number: "2101", note: "DND") == ["2101            ", "DND             "])
    #expect(Phone().lamp == .off)
  }

  @Test(
    "How something came out takes both lines where one is too short",
    arguments: [
      ("parked at 2101", "DONE", "parked at 2101"), ("do not disturb off", "do not disturb", "off"), ("", "DONE", ""),
      ("forward all to 2003 set", "forward all to", "2003 set"), ("Donaudampfschifffahrt", "DONE", "Donaudampfschifffahrt"),
    ])
  func outcomes(text: String, first: String, second: String) {
    let shown = Phone(.outcome("DONE", text, held: nil)).display(number: "2101")
    #expect(shown == Phone.lines(first, second))
  }

  @Test("XFER-3: TRSF goes from one party to the other, and hanging up tells of the one who is talked to")
  func toggling() {
    let (party, held) = (Phone.Party(Self.front, "2102"), Phone.Party(Self.back, "2103"))
    var phone = Phone(.talking(party, held: held))
    #expect(phone.handle(.transfer) == [.report(.held, Self.front), .report(.resumed, Self.back)])
    #expect(phone.state == .talking(held, held: party))
    #expect(phone.handle(.onHook) == [.report(.hungUp, Self.back)])
    #expect(phone.state == .onHook(held: party))
    #expect(phone.handle(.released(Self.front, .normal)) == [])
    #expect(phone.state == .onHook(held: nil))
  }

  @Test("Keys are sent when the user pauses; in a call they go to the party")
  func keys() {
    var phone = Phone()
    #expect(phone.handle(.key("4")) == nil)
    _ = phone.handle(.offHook)
    for key in "401" { #expect(phone.handle(.key(key)) == [.startPause]) }
    #expect(phone.handle(.pause) == [.dial("401")])
    phone = Phone(.talking(Phone.Party(Self.front, "2102"), held: nil))
    #expect(phone.handle(.key("#")) == [.report(.pressed(key: 11, .milliseconds(100)), Self.front)])
    #expect(phone.handle(.key("x")) == nil)
  }

  @Test("A second call finds the phone busy, whatever it does; one that rests rings beside a party on hold")
  func busy() {
    for state in Self.states {
      var phone = Phone(state)
      let actions = phone.handle(.rings(Phone.Party(Self.other, "2104"), note: ""))
      if case .onHook = state {
        #expect(actions == [.report(.alerting, Self.other)])
      } else {
        #expect(actions == [.report(.refused(.busyHere), Self.other)], "\(state)")
        #expect(phone.state == state)
      }
    }
  }
}
