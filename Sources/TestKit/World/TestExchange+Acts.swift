import Kernel

/// What a telephone does, told to the exchange and drawn.
extension TestExchange {
  mutating func dial(_ number: Digits, from party: Party, replacing: LegID = .none) {
    let leg = self.kernel.reserveLeg()
    self.telephones.dial(leg, party)
    self.draw(party, .in, "INVITE", replacing.isNone ? number.description : "\(number) replaces \(replacing)")
    self.receive(.dialled(Origination(leg: leg, caller: party, dialled: number, replacing: replacing)))
  }

  mutating func ring(_ line: Line) {
    self.draw(line.party, .in, "180")
    self.telephones.ring(line.leg)
    self.receive(.alerting(line.leg))
  }

  mutating func answer(_ line: Line) {
    self.draw(line.party, .in, "200")
    self.telephones.answer(line.leg)
    self.receive(.answered(line.leg))
  }

  mutating func refuse(_ line: Line, _ status: Status) {
    self.draw(line.party, .in, status.description)
    self.telephones.leave(line.leg)
    self.receive(.failed(line.leg, status))
  }

  /// Holds, or takes back what it holds.
  mutating func hold(_ line: Line) {
    self.draw(line.party, .in, line.isHolding ? "resume" : "hold")
    self.telephones.hold(line.leg, !line.isHolding)
    self.receive(line.isHolding ? .resumed(line.leg) : .held(line.leg))
  }

  /// Hangs up, gives up, or is lost while it rings.
  mutating func leave(_ line: Line, _ cause: Cause = .normal) {
    self.draw(line.party, .in, line.phase == .dialling ? "CANCEL" : line.phase == .called ? "lost" : "BYE")
    self.telephones.leave(line.leg)
    self.receive(.released(line.leg, line.phase == .dialling && cause == .normal ? .cancelled : cause))
  }

  /// From now on goals are reached by themselves, with those that wait, or not at all.
  mutating func delayMedia(_ joinsByItself: Bool) {
    self.joinsByItself = joinsByItself
    if joinsByItself { self.joinWhatCanBe() }
  }

  /// Asks for its peer to be connected with `number`, in the place of `replacing` if that is a leg.
  mutating func transfer(_ line: Line, to number: Digits, replacing: LegID = .none) {
    self.draw(line.party, .in, "REFER", replacing.isNone ? number.description : "\(number) replaces \(replacing)")
    self.receive(.transferRequested(line.leg, to: number, replacing: replacing))
  }
}
