import Kernel

/// What must hold whatever the telephones do: after every turn (``ofSigns(_:)``), in every state (``ofState(_:)``), and whenever
/// somebody hangs up (``conversations(of:)``). Impossible directives, among them a second final answer, are objected to by the
/// telephones themselves.
struct Invariants: Sendable {
  /// Whether a module looks after those who are held.
  let holds: Bool

  init(modules: [Module], plan: Plan) {
    self.holds = plan.modules.contains { $0.module == "Hold" } && modules.contains { $0.descriptor.name == "Hold" }
  }

  /// Whom the exchange has just called, and how.
  func ofSigns(_ exchange: TestExchange) -> [String] {
    var findings: [String] = []
    for entry in exchange.signs {
      guard entry.sign == .alert, let alert = exchange.telephones[entry.leg]?.alert else { continue }
      let number = alert.party.number
      if alert.party.station != nil, alert.purpose != .recall, exchange.kernel.state(of: "DoNotDisturb", .number(number)) == "on"
      {
        findings.append("\(number) wants its peace and is called")
      }
      if alert.diversions.count > Kernel.hopLimit { findings.append("\(number) is called after \(alert.diversions.count) hops") }
      for (index, diversion) in alert.diversions.enumerated() {
        let visitedAgain = alert.diversions[(index + 1)...].contains { $0.from == diversion.from }
        if visitedAgain || diversion.from == number { findings.append("a call visits \(diversion.from) twice") }
      }
      if alert.party.trunk != nil { self.checkPayer(entry.leg, number, exchange, &findings) }
    }
    return findings
  }

  /// DIAL-3: whoever pays for a call to the outside may make it.
  private func checkPayer(_ leg: LegID, _ number: Digits, _ exchange: TestExchange, _ findings: inout [String]) {
    let world = exchange.kernel.world
    guard let call = world.leg(leg).flatMap({ world.call($0.call) }) else { return }
    if world.plan.emergency.contains(where: { $0.digits == call.target }) { return }
    guard let payer = StationNumber(call.payer) else {
      return findings.append("nobody pays for \(number), which is called outside")
    }
    let name = call.authorization?.className ?? world.station(payer)?.settings.className ?? world.entry(of: payer)?.className
    guard let entry = world.plan.classes.first(where: { $0.name == name }),
      entry.trunkCodes.contains(where: { call.target.hasPrefix($0) })
    else { return findings.append("\(payer) pays for \(call.target) and may not") }
    // The next trunk of a group is tried without asking again.
    let then = Instant(nanoseconds: world.localTime.nanoseconds &- Interval.seconds(30).nanoseconds)
    if !entry.hours.contains(world.localTime), !entry.hours.contains(then) {
      findings.append("\(payer) pays for \(call.target) and may not at this hour")
    }
  }

  /// How things stand.
  func ofState(_ exchange: TestExchange) -> [String] {
    var findings = exchange.kernel.audit()
    let lines = exchange.telephones.lines
    let world = exchange.kernel.world
    if world.legCount != lines.count {
      findings.append("the telephones have \(lines.count) lines, the exchange \(world.legCount) legs")
    }
    for line in lines {
      self.checkAgreement(line, exchange, &findings)
      self.checkCompany(line, exchange, &findings)
      self.checkShown(line, exchange, &findings)
      if self.holds { self.checkHearing(line, exchange, &findings) }
    }
    for (index, trunk) in world.trunks.enumerated() {
      let count = lines.count { $0.party.trunk == index }
      if trunk.legCount != count { findings.append("trunk \(trunk.name) counts \(trunk.legCount) calls and has \(count)") }
    }
    return findings
  }

  private func checkAgreement(_ line: Line, _ exchange: TestExchange, _ findings: inout [String]) {
    guard let leg = exchange.kernel.world.leg(line.leg) else {
      return findings.append("\(exchange.name(of: line.party)) has a line that the exchange does not know")
    }
    if (leg.phase == .active) != (line.phase == .talking) {
      findings.append("leg \(line.leg) is \(leg.phase) for the exchange, \(line.phase) for the telephone")
    }
    if leg.isHolding != line.isHolding { findings.append("leg \(line.leg): who holds is not agreed") }
    guard line.phase == .talking, case .with(let other) = line.goal, let far = exchange.telephones[other] else { return }
    guard far.phase == .talking, far.goal != .with(line.leg) else { return }
    // A machine that owns both ends connects others first, and lets go of one of them then.
    guard leg.owner.isNone || leg.owner != exchange.kernel.world.leg(other)?.owner else { return }
    if case .with = far.goal { findings.append("\(exchange.name(of: far.party)) is in two conversations") }
    // While it hears something else, only one may wait for it.
    if exchange.telephones.lines.contains(where: { $0.leg != line.leg && $0.phase == .talking && $0.goal == line.goal }) {
      findings.append("two wait to talk to \(exchange.name(of: far.party))")
    }
  }

  /// A held or parked party has an owner, or a timer that ends its wait; so has one that waits for anything else.
  private func checkCompany(_ line: Line, _ exchange: TestExchange, _ findings: inout [String]) {
    guard line.phase == .talking else { return }
    if exchange.kernel.isLookedAfter(line.leg) { return }
    switch line.goal {
    case .with(let other):
      // Whoever is no station cannot be called back.
      guard self.holds, let far = exchange.telephones[other], far.isHolding, far.station != nil, far.phase == .talking else {
        return
      }
      findings.append("\(exchange.name(of: line.party)) is held, and nothing ends that")
    case .music, .tone(.hold):
      // It may be its partner that hears something else because it is held itself.
      guard self.holds, self.holder(of: line, exchange)?.station != nil else { return }
      findings.append("\(exchange.name(of: line.party)) hears \(line.goal), and nothing ends that")
    case .nothing, .tone, .room, .announcement, .playback, .recording:
      guard self.holder(of: line, exchange) == nil else { return }
      findings.append("\(exchange.name(of: line.party)) hears \(line.goal), and nobody looks after it")
    }
  }

  /// The only other party of its call, if that holds.
  private func holder(of line: Line, _ exchange: TestExchange) -> Line? {
    exchange.kernel.world.peer(of: line.leg).flatMap { exchange.telephones[$0] }.flatMap { $0.isHolding ? $0 : nil }
  }

  /// CALL-6: when all is quiet the party shown is the party heard. Numbers of callers may have been given a code in front (TRK-2).
  private func checkShown(_ line: Line, _ exchange: TestExchange, _ findings: inout [String]) {
    guard line.phase == .talking, line.isJoined, case .with(let other) = line.goal, let far = exchange.telephones[other],
      far.phase == .talking, far.goal == .with(line.leg), !line.shown.isEmpty,
      line.shown.dropFirst(line.shown.count - far.party.number.count) != far.party.number
    else { return }
    findings.append("\(exchange.name(of: line.party)) sees \(line.shown) and talks to \(exchange.name(of: far.party))")
  }

  /// HOLD-2 as a model: of two who talk, each hears the other, or what it is to hear while the other holds.
  private func checkHearing(_ line: Line, _ exchange: TestExchange, _ findings: inout [String]) {
    let world = exchange.kernel.world
    guard line.phase == .talking, let leg = world.leg(line.leg), leg.owner.isNone, let station = line.station else { return }
    var others: [(LegID, Leg)] = []
    world.forEachLeg(of: leg.call) { other, found in
      if other != line.leg, found.phase == .active { others.append((other, found)) }
    }
    guard others.count == 1, others[0].1.owner.isNone else { return }
    let (other, far) = others[0]
    let hearsSystem = far.isHolding && world.station(station)?.settings.toneSource == .system
    let expected: Goal = hearsSystem ? .music : .with(other)
    if line.goal != expected {
      findings.append("\(exchange.name(of: line.party)) hears \(line.goal) and should hear \(expected)")
    }
  }

  /// Those who talk with each other: whoever hangs up ends only a conversation of his own.
  func conversations(of exchange: TestExchange) -> [(a: Line, b: Line)] {
    exchange.telephones.lines.compactMap { line in
      guard line.phase == .talking, case .with(let other) = line.goal, line.leg.index < other.index,
        let far = exchange.telephones[other], far.phase == .talking, far.goal == .with(line.leg)
      else { return nil }
      return (line, far)
    }
  }

  /// `line` has left: all others still talk to whom they talked to. Its own telephone may have joined two lines (XFER-4).
  func ofLeaving(_ line: Line, _ before: [(a: Line, b: Line)], _ exchange: TestExchange) -> [String] {
    let after = self.conversations(of: exchange)
    return before.compactMap { pair in
      guard pair.a.party != line.party, pair.b.party != line.party,
        !after.contains(where: { $0.a.leg == pair.a.leg && $0.b.leg == pair.b.leg })
      else { return nil }
      return
        "\(exchange.name(of: line.party)) left, and \(exchange.name(of: pair.a.party)) and \(exchange.name(of: pair.b.party)) are cut off"
    }
  }
}
