import Kernel
import Sessions

/// Whom a telephone shows as the other party (CALL-6; INTEROP 7): what it has been told, and what it is to be told.
enum ConnectedLine: Equatable, Sendable {
  /// The number that it knows; empty where it has been told none.
  case told(Digits)
  /// It is to be told another one, by the next re-INVITE, answer or UPDATE.
  case due(Digits, told: Digits)
  /// A request that names the other one waits for its answer.
  case telling(Digits, told: Digits)

  /// The number to write into whatever goes to the telephone next.
  var number: Digits {
    switch self {
    case .told(let number), .due(let number, _), .telling(let number, _): number
    }
  }

  var isDue: Bool {
    switch self {
    case .due: true
    case .told, .telling: false
    }
  }

  enum Event: Equatable, Sendable {
    /// The telephone shall show this number.
    case show(Digits)
    /// A request, or an answer, with the number has gone out.
    case asked, answered
    /// The request was accepted, or was not.
    case accepted, refused
  }

  mutating func handle(_ event: Event) {
    switch (self, event) {
    case (.told(let told), .show(let number)), (.due(_, let told), .show(let number)):
      self = told == number ? .told(number) : .due(number, told: told)
    case (.telling(let new, let told), .show(let number)):
      self = new == number ? .telling(new, told: told) : .due(number, told: new)
    case (.due(let new, let told), .asked): self = .telling(new, told: told)
    case (.due(let new, _), .answered), (.telling(let new, _), .answered), (.telling(let new, _), .accepted): self = .told(new)
    case (.telling(let new, let told), .refused): self = .due(new, told: told)
    // Requests and answers for other reasons, which repeat what is known; a number that has changed while one was under way.
    case (.told, .asked), (.told, .answered), (.told, .accepted), (.told, .refused), (.due, .accepted), (.due, .refused),
      (.telling, .asked):
      break
    }
  }
}

extension Exchange {
  /// The kernel says whom the leg talks to. It is told at the end of the turn, by whatever goes to the telephone then.
  mutating func present(_ leg: LegID, _ number: Digits) {
    // What a carrier is shown was decided when it was called (TRK-2).
    guard let id = self.dialogID(of: leg), !number.isEmpty, self.kernel.world.leg(leg)?.party.trunk == nil else { return }
    let party = self.goalParty(of: leg)
    self.dialogs.update(id) {
      $0.line.handle(.show(number))
      if let party { $0.lineParty = party }
    }
    self.noteLine(id)
  }

  private func goalParty(of leg: LegID) -> LegID? {
    if case .with(let party)? = self.kernel.world.leg(leg)?.goal { party } else { nil }
  }

  /// A description that joins the leg with another party names that party, before the kernel says that they are joined.
  private mutating func followGoal(_ id: DialogID) {
    guard let dialog = self.dialogs[id], let party = self.goalParty(of: dialog.leg), party != dialog.lineParty,
      let number = self.kernel.world.leg(party)?.party.number
    else { return }
    self.dialogs.update(id) {
      $0.lineParty = party
      if !$0.line.isDue, !number.isEmpty { $0.line.handle(.show(number)) }
    }
  }

  /// Something has happened that may have kept the number from the telephone.
  mutating func noteLine(_ id: DialogID) {
    if self.dialogs[id]?.line.isDue ?? false, !self.dueLines.contains(id) { self.dueLines.append(id) }
  }

  mutating func noteLine(of leg: LegID) {
    if let id = self.dialogID(of: leg) { self.noteLine(id) }
  }

  /// Tells the telephones what no message of this turn has told them. A request of its own goes only to one whose dialog is
  /// at rest: an INVITE that waits for its answer, or a description that is still to come, carries the number itself.
  mutating func tellLines() {
    guard !self.dueLines.isEmpty else { return }
    let due = self.dueLines
    self.dueLines.removeAll(keepingCapacity: true)
    for id in due {
      guard let dialog = self.dialogs[id], dialog.line.isDue, case .confirmed = dialog.phase, dialog.request == nil,
        dialog.update == nil, dialog.reinvite == nil, dialog.refresh == nil, !self.negotiator.isSettling(dialog.leg)
      else { continue }
      if dialog.allows(.update) {
        self.sendUpdate(id)
      } else if !self.negotiator.refresh(dialog.leg, at: self.now, into: &self.sessions) {
        self.tellLater(id)
      }
    }
  }

  /// The telephone did not take it; after the longest wait for a re-INVITE that crossed another one (RFC 3261 §14.1).
  mutating func tellLater(_ id: DialogID) {
    guard let dialog = self.dialogs[id], dialog.lineTimer.isNone else { return }
    let timer = self.timers.arm(.line(id), at: self.now + .seconds(4))
    self.dialogs.update(id) { $0.lineTimer = timer }
  }

  mutating func lineDue(_ id: DialogID) {
    self.dialogs.update(id) { $0.lineTimer = .none }
    self.noteLine(id)
  }

  /// The answer to a request of ours that may have named the number.
  mutating func lineAnswered(_ id: DialogID, _ status: UInt16) {
    guard let dialog = self.dialogs[id] else { return }
    if dialog.line != .told(dialog.line.number) {
      self.dialogs.update(id) { $0.line.handle(status < 300 ? .accepted : .refused) }
      if status == 491 || status == 500 { self.tellLater(id) }
    }
    if status < 300 { self.noteLine(id) }
  }

  // MARK: Header fields

  /// 200 to the first INVITE of a telephone: the party that has answered it.
  mutating func writeFirstLine(_ id: DialogID) {
    guard let dialog = self.dialogs[id] else { return }
    if !dialog.line.isDue {
      guard let number = self.partner(of: dialog.leg), !number.isEmpty else { return }
      self.dialogs.update(id) { $0.line.handle(.show(number)) }
    }
    self.writeLine(id, isAnswer: true)
  }

  /// Who rings, where that is not who was dialled.
  mutating func writeRinging(_ dialog: Dialog) {
    guard let number = self.partner(of: dialog.leg), !number.isEmpty, number != dialog.line.number else { return }
    self.writeLine(number, dialog)
  }

  /// Names the party that the dialog's telephone talks to in the message under way.
  mutating func writeLine(_ id: DialogID, isAnswer: Bool) {
    self.followGoal(id)
    guard let dialog = self.dialogs[id] else { return }
    let number = dialog.line.number
    guard !number.isEmpty else { return }
    if dialog.line != .told(number) { self.dialogs.update(id) { $0.line.handle(isAnswer ? .answered : .asked) } }
    self.writeLine(number, dialog)
  }

  private mutating func writeLine(_ number: Digits, _ dialog: Dialog) {
    // A carrier is not told our internal numbers.
    guard dialog.trunk == nil else { return }
    let shown = self.shown(number, to: dialog.leg)
    let address = self.address(number, shown, host: self.advertised(dialog.flow))
    if shown.isWithheld {
      self.writer.header(.privacy, "id")
    } else {
      self.writer.header(.pAssertedIdentity, address)
    }
    self.writer.begin(.remotePartyID)
    self.writer.octets(address)
    self.writer.text(dialog.isCaller ? ";party=called" : ";party=calling")
    self.writer.text(shown.isWithheld ? ";screen=yes;privacy=full" : ";screen=yes;privacy=off")
    self.writer.endLine()
  }

  /// Who answers the leg's call, or rings for it; empty for several.
  private func partner(of leg: LegID) -> Digits? {
    guard let found = self.kernel.world.leg(leg) else { return nil }
    if let peer = self.kernel.world.peer(of: leg) { return self.kernel.world.leg(peer)?.party.number }
    // While it rings: the station called, be it at several telephones.
    var number: Digits?
    self.kernel.world.forEachLeg(of: found.call) { other, party in
      if other != leg { number = number == nil || number == party.party.number ? party.party.number : Digits() }
    }
    return number
  }

  /// How the number is shown to the telephone of `leg`: as its party wants it, where that is the one the leg talks to.
  private func shown(_ number: Digits, to leg: LegID) -> Presentation {
    var shown = Presentation()
    if let peer = self.kernel.world.peer(of: leg), self.kernel.world.leg(peer)?.party.number == number {
      shown = self.names.of(peer)
    }
    if shown.name.isEmpty, let station = StationNumber(number), let name = self.accounts[station]?.name {
      shown.name = Array(name.utf8)
    }
    return shown
  }
}
