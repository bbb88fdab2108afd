/// The originating half: what is dialled, by whom, and what becomes of it.
extension Kernel {
  mutating func dialled(_ origination: Origination) {
    guard let reserved = self.world.legs[origination.leg], reserved.call.isNone else { return }
    let call = self.world.calls.insert(
      Call(
        caller: origination.caller, dialled: self.world.withoutSecrets(origination.dialled), origin: origination.leg, at: self.now
      ))
    self.world.legs.update(origination.leg) {
      $0.call = call
      $0.party = origination.caller
    }
    self.world.add(origination.leg)
    if !origination.replacing.isNone { return self.replace(origination.replacing, call) }
    self.analyse(call, self.inward(origination))
  }

  /// Finds out what `number` is and goes there.
  mutating func analyse(_ id: CallID, _ number: Digits, isTranslated: Bool = false) {
    guard let call = self.world.calls[id] else { return }
    let match = self.world.dispatch.match(number)
    self.world.calls.update(id) { $0.target = number }
    self.touch(id)
    switch match {
    case .code(let code):
      self.hideSecrets(id)
      return self.dialledCode(id, code, isBad: false)
    case .badArgument(let code):
      self.hideSecrets(id)
      return self.dialledCode(id, code, isBad: true)
    case .emergency: if call.caller.station != nil { return self.select(id, match) }
    case .surplusArgument: self.hideSecrets(id)
    case .station, .group, .module, .trunk, .route, .incomplete, .unknown: break
    }
    if call.caller.station == nil, call.sponsor.isNone, !self.isOpenToStrangers(match) {
      return self.finish(id, .notFound, Note("% is nothing that may be called from outside", number), .barred)
    }
    if !isTranslated {
      switch self.ask(.informationAnalysed(id), about: id) {
      case .translate(let other): return self.analyse(id, other, isTranslated: true)
      case .refuse(let status, let note): return self.finish(id, status, note, .refused)
      case .reroute(let other, let reason, let hops): return self.reroute(id, to: other, reason, maximumHops: hops)
      case .own: return
      case .proceed, .fail, .done, .handOver: break
      }
    }
    if case .surplusArgument(let code) = match { return self.dialledCode(id, code, isBad: true) }
    self.select(id, match)
  }

  /// What was called may end up in the record and the store; modules get a code's argument as it is, by itself.
  private mutating func hideSecrets(_ id: CallID) {
    guard let target = self.world.calls[id]?.target else { return }
    let shown = self.world.withoutSecrets(target)
    if shown != target { self.world.calls.update(id) { $0.target = shown } }
  }

  /// Callers from outside reach telephones, groups and what a module has a number for.
  private func isOpenToStrangers(_ match: Match) -> Bool {
    switch match {
    case .station, .group, .module: true
    case .emergency, .code, .badArgument, .surplusArgument, .trunk, .route, .incomplete, .unknown: false
    }
  }

  /// Goes to what the number was found to be; also the way of a forwarded call.
  mutating func select(_ id: CallID, _ match: Match) {
    guard let call = self.world.calls[id] else { return }
    switch match {
    case .station(let station): self.attempt(id, station)
    case .module(let placement): self.callModule(id, placement)
    case .group(let group): self.callGroup(id, group)
    case .emergency, .trunk, .route: self.callOutside(id, match)
    case .incomplete: self.finish(id, .addressIncomplete, Note("% is the beginning of a number", call.target), .numberIncomplete)
    case .code, .badArgument, .surplusArgument, .unknown:
      self.finish(id, .notFound, Note("% is not in the number plan", call.target), .numberUnknown)
    }
  }

  /// A module that serves groups takes the call.
  private mutating func callGroup(_ id: CallID, _ group: Int) {
    guard let call = self.world.calls[id] else { return }
    switch self.ask(.groupCalled(id, group: group), about: id) {
    case .own: break
    case .refuse(let status, let note): self.finish(id, status, note, status == .busyHere ? .busy : .refused)
    case .reroute(let other, let reason, let hops): self.reroute(id, to: other, reason, maximumHops: hops)
    case .proceed, .fail, .translate, .done, .handOver:
      self.finish(id, .temporarilyUnavailable, Note("no module serves group %", call.target), .notReachable)
    }
  }

  /// Who has dialled shall take the place of `old`: a module allows it, or nothing happens to the other call (RFC 3891 §3).
  private mutating func replace(_ old: LegID, _ id: CallID) {
    guard self.world.legs.contains(old) else {
      return self.finish(id, .noSuchCall, Note("the call to be replaced is over"), .refused)
    }
    switch self.ask(.replaceRequested(id, old), about: id) {
    case .own: break
    case .refuse(let status, let note): self.finish(id, status, note, .refused)
    case .proceed, .reroute, .fail, .translate, .done, .handOver:
      guard self.world.legs[self.world.calls[id]?.origin ?? .none]?.phase == .dialling else { return }
      self.finish(id, .noSuchCall, Note("nobody may take this call"), .refused)
    }
  }

  /// The number belongs to a module: it takes the call, refuses it or sends it elsewhere.
  private mutating func callModule(_ id: CallID, _ place: Int) {
    guard let call = self.world.calls[id], self.placements.indices.contains(place), self.placements[place] >= 0 else {
      return self.finish(id, .serverError, Note("the module of this number is not there"), .fault)
    }
    let module = self.placements[place]
    if let payer = StationNumber(call.payer),
      !self.world.may(payer, useModule: self.world.plan.modules[place].module, by: call.authorization)
    {
      return self.finish(id, .forbidden, Note("class of service of % does not allow this number", call.payer), .barred)
    }
    let consult = Consult.called(id, call.target)
    guard let key = self.modules[module].machine(consult, self.world) else {
      return self.finish(id, .temporarilyUnavailable, Note("nobody is at %", call.target), .notReachable)
    }
    switch self.step(MachineID(module: module, key: key), consult, call: id) {
    case .own: break
    case .refuse(let status, let note):
      self.act(id, module, note)
      self.finish(id, status, note, .refused)
    case .reroute(let other, let reason, let hops): self.reroute(id, to: other, reason, maximumHops: hops)
    case .fail(as: .busy): self.finish(id, .busyHere, Note("% is busy", call.target), .busy)
    case .proceed, .translate, .done, .fail, .handOver:
      self.finish(id, .temporarilyUnavailable, Note("nobody is at %", call.target), .notReachable)
    }
  }

  private mutating func dialledCode(_ id: CallID, _ match: CodeMatch, isBad: Bool) {
    guard let call = self.world.calls[id], match.placement < self.placements.count else { return }
    let module = self.placements[match.placement]
    let placement = self.world.plan.modules[match.placement]
    let code = placement.codes[match.code]
    guard module >= 0, case .station(let station, _) = call.caller else {
      return self.finish(id, .notFound, Note("% is a code, which only stations may dial", code.digits), .barred)
    }
    guard self.world.may(station, useModule: placement.module) else {
      return self.finishCode(id, code, module, Note("class of service bars code %", code.digits), .barred, isDone: false)
    }
    guard !isBad else {
      return self.finishCode(
        id, code, module, Note("wrong or missing number behind code %", code.digits), .refused, isDone: false)
    }
    let consult = Consult.code(
      DialledCode(leg: call.origin, by: station, action: code.action, argument: match.argument, isBad: isBad))
    guard let key = self.modules[module].machine(consult, self.world) else {
      return self.finishCode(id, code, module, Note("code % does nothing here", code.digits), .refused, isDone: false)
    }
    let position = self.outbox.directives.count
    let verdict = self.step(MachineID(module: module, key: key), consult, call: id)
    switch verdict {
    case .done(let note):
      self.act(id, module, note)
      self.finishCode(id, code, module, note, .normal, isDone: true)
      self.answerFirst(call.origin, from: position)
    case .refuse(let status, let note):
      self.act(id, module, note)
      if status == .temporarilyUnavailable {
        self.finishCode(id, code, module, note, .refused, isDone: false)
      } else {
        self.finish(id, status, note, .refused)
      }
    case .translate(let other):
      // A code that leads to a code could lead to itself.
      guard !self.world.dispatch.match(other).isCode else {
        return self.finishCode(id, code, module, Note("code % leads to another code", code.digits), .refused, isDone: false)
      }
      self.analyse(id, other, isTranslated: true)
    case .own: break
    case .proceed, .reroute, .fail, .handOver:
      guard self.world.legs[call.origin]?.phase == .dialling, self.world.legs[call.origin]?.owner.isNone == true else { return }
      self.finishCode(id, code, module, Note("code % changed nothing", code.digits), .refused, isDone: false)
    }
  }

  /// Whoever has dialled a code hears of it before the calls end that it has ended, as the manual's figures have it (PARK-1).
  private mutating func answerFirst(_ origin: LegID, from position: Int) {
    func isRelease(_ directive: Directive) -> Bool { if case .release = directive { true } else { false } }
    let answer = self.outbox.directives[position...].firstIndex { if case .finish(origin, _, _) = $0 { true } else { false } }
    guard let answer, self.outbox.directives[position..<answer].contains(where: isRelease) else { return }
    let before = self.outbox.directives[position..<answer]
    let releases = before.filter(isRelease)
    self.outbox.directives.replaceSubrange(
      position...answer, with: before.filter { !isRelease($0) } + [self.outbox.directives[answer]] + releases)
  }

  /// Answers a code as the plan says: 480, or 200 with a confirmation or error tone (DIAL-2).
  private mutating func finishCode(
    _ id: CallID, _ code: Plan.Code, _ module: Int, _ note: Note, _ cause: Cause, isDone: Bool
  ) {
    guard code.outcome == .ok, let origin = self.world.calls[id]?.origin, self.world.legs[origin]?.phase == .dialling else {
      return self.finish(id, .temporarilyUnavailable, note, cause)
    }
    if self.world.calls[id]?.acts.last?.note != note { self.act(id, module, note) }
    self.hear(origin, .tone(isDone ? .confirmation : .error))
    let timer = self.timers.arm(.outcome(id, cause), at: self.now + Self.outcomeTime)
    self.world.calls.update(id) { $0.timer = timer }
  }
}
