/// Where a machine puts its answer and its orders during one step. The kernel owns it and uses it again.
public struct Orders: Sendable {
  /// The answer to a detection point or a dialled code.
  public enum Verdict: Sendable, Equatable {
    /// Go on as if this module were not there.
    case proceed
    /// Call another number instead.
    case reroute(Digits, Diversion.Reason, maximumHops: Int)
    /// Go on as if this number had been dialled.
    case translate(Digits)
    case refuse(Status, Note)
    /// Raise that detection point, so that a later module may act.
    case fail(as: Failure)
    /// The code was carried out (or not): answer it as the plan says, 480 or a tone.
    case done(Note)
    /// The machine has taken the call's legs; the kernel does nothing by itself.
    case own
    /// Ask another machine of this module instead (*handedOver*).
    case handOver(MachineKey, Int)
  }

  package enum Order: Sendable, Equatable {
    case finish(LegID, Status, Note, Cause)
    case release(LegID, Cause)
    case hear(LegID, Goal)
    case arm(UInt8, Interval, whileIdle: LegID)
    case disarm(UInt8)
    case alert(StationNumber, peer: LegID, calling: Digits, Purpose)
    case summon(StationNumber, calling: Digits, hearing: Goal)
    case substitute(LegID, for: LegID)
    case connect(LegID, LegID)
    case own(LegID)
    case giveBack(LegID)
    case present(LegID, Digits)
    case watch(LegID)
    case unwatch(LegID)
    case record(LegID, under: Digits)
    case heard(UInt32, of: Digits)
    case discard(UInt32, of: Digits)
    case report(LegID, TransferReport)
    case dial(Digits, for: LegID, payer: Digits)
    case stopDialling(LegID)
    case verify(Digits, for: LegID)
    case proceed(LegID, as: Digits, dialled: Digits)
    case forward(LegID, to: Digits, Diversion.Reason, Purpose)
  }

  public package(set) var verdict: Verdict = .proceed
  package var note: Note?
  package var ringTime: Interval?
  package var shown: Digits?
  package var list: [Order] = []

  package init() {}

  /// Whether anything but the machine itself is changed: that cannot be taken back.
  var movesLegs: Bool {
    self.list.contains { order in
      switch order {
      case .arm, .disarm, .watch, .unwatch: false
      case .finish, .release, .hear, .alert, .summon, .substitute, .connect, .own, .giveBack, .present, .record, .heard, .discard,
        .report,
        .dial,
        .stopDialling, .verify, .proceed, .forward:
        true
      }
    }
  }

  mutating func reset() {
    self.verdict = .proceed
    self.note = nil
    self.ringTime = nil
    self.shown = nil
    self.list.removeAll(keepingCapacity: true)
  }

  /// Sends the call to `number`; it sees a diversion by the called station for `reason`. More hops than `maximumHops`
  /// or a number that the call has visited end it with 486 (FWD-4).
  public mutating func reroute(_ number: Digits, _ reason: Diversion.Reason, maximumHops: Int) {
    self.verdict = .reroute(number, reason, maximumHops: maximumHops)
  }
  public mutating func translate(to number: Digits) { self.verdict = .translate(number) }
  public mutating func refuse(_ status: Status, _ note: Note) { self.verdict = .refuse(status, note) }
  public mutating func fail(as failure: Failure) { self.verdict = .fail(as: failure) }
  public mutating func done(_ note: Note) { self.verdict = .done(note) }
  public mutating func own() { self.verdict = .own }
  /// Lets another machine of this module answer; it hears *handedOver* with `value`.
  public mutating func handOver(to key: MachineKey, _ value: Int) { self.verdict = .handOver(key, value) }

  /// A word for the ladder and the call record.
  public mutating func explain(_ note: Note) { self.note = note }
  /// At *attempt authorised*: no longer than this before *no answer* is raised.
  public mutating func ring(atMost time: Interval) { self.ringTime = time }

  /// At *attempt authorised*: the telephone is shown this number as the caller's.
  public mutating func show(_ number: Digits) { self.shown = number }

  /// Refuses the call of an owned leg that waits for an answer; its record says `cause`.
  public mutating func finish(_ leg: LegID, _ status: Status, _ note: Note, _ cause: Cause = .normal) {
    self.list.append(.finish(leg, status, note, cause))
  }
  public mutating func release(_ leg: LegID, _ cause: Cause) { self.list.append(.release(leg, cause)) }
  /// Lets `leg` hear something, again from the beginning if it is a sound. One that has dialled is answered.
  public mutating func hear(_ leg: LegID, _ goal: Goal) { self.list.append(.hear(leg, goal)) }
  /// Keeps what `leg` says from now on for `owner`, until its goal changes or it is gone. The kernel chooses the number; one that has
  /// dialled is answered.
  public mutating func record(_ leg: LegID, under owner: Digits) { self.list.append(.record(leg, under: owner)) }
  /// A recording of `owner` is new no longer; ``World/recordings(of:)`` says so at once.
  public mutating func heard(_ recording: UInt32, of owner: Digits) { self.list.append(.heard(recording, of: owner)) }
  /// A recording of `owner` is not needed any more; it is gone from ``World/recordings(of:)`` at once.
  public mutating func discard(_ recording: UInt32, of owner: Digits) { self.list.append(.discard(recording, of: owner)) }
  /// Starts the machine's own timer `number`; it belongs to the state that is being entered and dies with it.
  /// With `whileIdle` it stands still while the device of that leg has another conversation (HOLD-3).
  public mutating func arm(_ number: UInt8, after time: Interval, whileIdle leg: LegID = .none) {
    self.list.append(.arm(number, time, whileIdle: leg))
  }
  public mutating func disarm(_ number: UInt8) { self.list.append(.disarm(number)) }
  /// Makes every device of `station` ring for this machine, to talk to `peer`, showing `calling`. Modules are asked whether
  /// that may be (*attempt authorised*, with this purpose); it is not forwarded. The machine hears *legAlerting*,
  /// *legAnswered* and *legFailed* for each; with no leg when none could be called. It has a timer of its own for the rest.
  public mutating func alert(_ station: StationNumber, for peer: LegID, calling: Digits, _ purpose: Purpose) {
    self.list.append(.alert(station, peer: peer, calling: calling, purpose))
  }
  /// Makes every device of `station` ring for this machine alone, showing `calling`; whoever answers hears `goal`, a sound of the
  /// exchange's or nothing, until the machine says otherwise. Modules are asked whether that may be (*attempt authorised*, as for a
  /// recall); it is not forwarded. The machine owns the legs and hears of them as after
  /// ``alert(_:for:calling:_:)``; with no leg when none could be called, with 486 when the station is in a call. It has a timer of its own
  /// for the rest.
  public mutating func summon(_ station: StationNumber, calling: Digits, hearing goal: Goal) {
    self.list.append(.summon(station, calling: calling, hearing: goal))
  }
  /// Puts `new` in the place of `old` in old's call: answered in its stead while it rings, its conversation after.
  public mutating func substitute(_ new: LegID, for old: LegID) { self.list.append(.substitute(new, for: old)) }
  /// Makes one two-party call of both legs; ends in *joined* or *joinFailed* for their owner. One that has dialled is answered
  /// once the other has taken part, and keeps its own call until then, so that it can still be refused. Of one call in which one
  /// was called for the other, this is the answer.
  public mutating func connect(_ a: LegID, _ b: LegID) { self.list.append(.connect(a, b)) }
  /// Takes `leg` over: until it is given back nobody else may move it, and it outlives those it talked to.
  public mutating func own(_ leg: LegID) { self.list.append(.own(leg)) }
  /// This machine wants to be told what happens to `leg`, whoever owns it: held, resumed, released, replaced, taken.
  public mutating func watch(_ leg: LegID) { self.list.append(.watch(leg)) }
  public mutating func unwatch(_ leg: LegID) { self.list.append(.unwatch(leg)) }
  public mutating func giveBack(_ leg: LegID) { self.list.append(.giveBack(leg)) }
  public mutating func present(_ leg: LegID, _ number: Digits) { self.list.append(.present(leg, number)) }
  /// Tells the party of `leg` what becomes of the transfer it has asked for.
  public mutating func report(_ leg: LegID, _ report: TransferReport) { self.list.append(.report(leg, report)) }
  /// Calls `number` for a party that is in conversation already, as if it had dialled: all modules, forwards and ways out act, `payer`
  /// pays. The party leaves whom it talks to and hears the ringing tone. Ends in *dialAnswered* or *dialFailed*, after which the
  /// party is still there and talks to nobody. The party must be nobody's or this machine's, which lets go of it.
  public mutating func dial(_ number: Digits, for leg: LegID, payer: Digits) {
    self.list.append(.dial(number, for: leg, payer: payer))
  }
  /// Gives up what was dialled for `leg`: *dialFailed* follows.
  public mutating func stopDialling(_ leg: LegID) { self.list.append(.stopDialling(leg)) }
  /// Has the host find out whose code this is: *verified* follows. A valid one pays for the call of `leg`, which this machine owns.
  public mutating func verify(_ code: Digits, for leg: LegID) { self.list.append(.verify(code, for: leg)) }
  /// Lets an owned leg that has dialled go on as if it had dialled `number`; its record says `dialled`, without secrets.
  public mutating func proceed(_ leg: LegID, as number: Digits, dialled: Digits) {
    self.list.append(.proceed(leg, as: number, dialled: dialled))
  }
  /// Sends an owned leg that waits for an answer to `number`, and lets go of it: what *reroute* is to a detection point. Counted as a
  /// diversion by the number it waits at, with the same limits (FWD-4).
  public mutating func forward(_ leg: LegID, to number: Digits, _ reason: Diversion.Reason, _ purpose: Purpose = .overflow) {
    self.list.append(.forward(leg, to: number, reason, purpose))
  }
}
