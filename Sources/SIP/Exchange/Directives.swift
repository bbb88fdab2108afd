import Kernel
import Sessions

/// Carries out what kernel and negotiator order.
extension Exchange {
  mutating func carryOut(_ directive: Directive) {
    self.touch(directive.watchedLeg)
    if self.carryOutHosted(directive) { return }
    switch directive {
    case .progress(let leg, let progress):
      guard let id = self.dialogID(of: leg) else { return }
      self.progress(id, progress == .ringing ? 180 : 181, nil)
      if progress == .ringing, let call = self.kernel.world.leg(leg)?.call { self.noteRinging(call) }
    case .alert(let leg, let alert):
      self.touch(alert.station)
      self.alert(leg, alert)
    case .answer(let leg): self.negotiator.answer(leg, at: self.now, into: &self.sessions)
    case .finish(let leg, let status, let note):
      guard let id = self.dialogID(of: leg) else { return }
      self.noteFinished(leg, id, status, note)
      self.refuse(id, status, note)
    case .release(let leg, let cause):
      guard let id = self.dialogID(of: leg) else { return }
      self.leave(id, cause)
    case .media(let leg, let goal):
      guard self.dialogID(of: leg) != nil else { return }
      self.negotiator.goal(leg, goal, at: self.now, into: &self.sessions)
    case .recording(let order): self.carryOut(order)
    case .present(let leg, let number): self.present(leg, number)
    case .transfer(let leg, let report):
      if case .refused = report { self.counters.transfersRefused &+= 1 }
      self.report(leg, report)
    case .verify(let leg, let code): self.tell(.verified(leg, self.authorizationCodes?.owner(of: code)))
    case .record(let record): self.record(record)
    case .note(let call, let module, let note): self.note(call, module, note)
    case .fault(let module, let why):
      self.counters.faults &+= 1
      let name = self.kernel.modules.indices.contains(module) ? self.kernel.modules[module].descriptor.name : "kernel"
      self.outbox.notices.append(.warning("\(name): \(why)"))
    }
  }

  mutating func carryOut(_ order: Negotiator.Order) {
    if self.carryOutHosted(order) { return }
    switch order {
    case .invite(let leg, let sdp): self.withDialog(leg) { $0.sendInvite($1, sdp) }
    case .reinvite(let leg, let sdp): self.withDialog(leg) { $0.sendReinvite($1, sdp) }
    case .accept(let leg, let sdp, _):
      self.withDialog(leg) { $0.acceptSession($1, sdp) }
      self.noteAnswered(leg)
    case .progress(let leg, let status, let sdp, _):
      // Without a body it says no more than the kernel's own progress.
      if let sdp { self.withDialog(leg) { $0.progress($1, status.rawValue, sdp) } }
    case .refuse(let leg, let status, let retryAfter): self.withDialog(leg) { $0.refuseSession($1, status, retryAfter) }
    case .ack(let leg, let sdp):
      self.withDialog(leg) {
        $0.sendACK($1, sdp)
        $0.dialogs.update($1) { $0.reinvite = nil }
      }
    case .held(let leg): self.tell(.held(leg))
    case .resumed(let leg): self.tell(.resumed(leg))
    case .joined(let leg):
      self.noteLine(of: leg)
      self.tell(.joined(leg))
    case .joinFailed(let leg, let cause):
      self.noteLine(of: leg)
      self.tell(.joinFailed(leg, cause))
    case .path(let leg, _, let path):
      if let call = self.kernel.world.leg(leg)?.call { self.paths.set(call, path) }
    case .media(let command): self.outbox.media.append(command)
    case .played(let leg): self.tell(.played(leg))
    case .pressed(let leg, let key): self.tell(.pressed(leg, key: key))
    case .inform(let leg, let key, let duration): self.sendKey(leg, key: key, duration: duration)
    case .recorded(let done): self.recorded(done)
    case .lost(let leg):
      guard let id = self.dialogID(of: leg) else { return }
      self.leave(id, .lost)
      self.tell(.released(leg, .lost))
    }
  }

  private mutating func withDialog(_ leg: LegID, _ body: (inout Exchange, DialogID) -> Void) {
    guard let id = self.dialogID(of: leg) else { return }
    body(&self, id)
  }

  // MARK: What people read

  mutating func noteRinging(_ call: CallID) {
    guard let found = self.kernel.world.call(call) else { return }
    self.outbox.notices.append(.ringing(caller: self.label(found.caller), dialled: found.dialled.description))
  }

  mutating func noteAnswered(_ leg: LegID) {
    guard let call = self.kernel.world.leg(leg)?.call, let found = self.kernel.world.call(call), found.origin == leg,
      let answered = found.answeredAt, answered == self.now
    else { return }
    self.outbox.notices.append(
      .answered(
        caller: self.label(found.caller), answeredBy: self.answerer(leg, found), after: answered - found.startedAt,
        media: self.paths.of(call).name))
  }

  private mutating func noteFinished(_ leg: LegID, _ id: DialogID, _ status: Status, _ note: Note) {
    guard let dialog = self.dialogs[id] else { return }
    self.outbox.notices.append(
      .refused(
        caller: self.party(of: dialog).description, dialled: self.dialled(dialog), status: status.rawValue,
        note: note.description))
  }

  /// What the INVITE's request-URI said.
  private func dialled(_ dialog: Dialog) -> String {
    dialog.request.map { self.withoutSecrets(String(decoding: $0.user(of: $0.requestURI), as: UTF8.self)) } ?? ""
  }

  private mutating func note(_ call: CallID, _ module: Int, _ note: Note) {
    // A call that began and ended within this turn, such as a code, has no dialog any more.
    let origin = self.kernel.world.call(call)?.origin
    let number = origin.flatMap { self.callNumber(of: $0) } ?? self.callNumber(of: call) ?? self.turnCall
    guard number != 0 else { return }
    let name = self.kernel.modules.indices.contains(module) ? self.kernel.modules[module].descriptor.name : ""
    self.ladder.note(name, note, call: number, at: self.now)
  }

  private mutating func record(_ record: CallRecord) {
    if record.answer != nil {
      self.outbox.notices.append(
        .ended(
          caller: self.label(record.caller, record.callerTrunk), answeredBy: self.label(record.answeredBy, record.answeredTrunk),
          after: record.end - (record.answer ?? record.end)))
    }
    self.count(record.cause)
    self.recordNumber &+= 1
    self.outbox.facts.append(
      .call(
        CallDetail(
          id: self.recordNumber, caller: self.label(record.caller, record.callerTrunk), dialled: record.dialled.description,
          answeredBy: self.label(record.answeredBy, record.answeredTrunk), features: self.names(of: record.acts),
          start: record.start,
          answer: record.answer, end: record.end, cause: "\(record.cause.text)", status: record.status.rawValue,
          authorization: record.authorization,
          mediaPath: record.answer == nil ? "" : self.paths.of(record.call).name)))
  }

  func names(of acts: [Act]) -> [String] {
    acts.map { act in
      let name = self.kernel.modules.indices.contains(act.module) ? self.kernel.modules[act.module].descriptor.name : ""
      return "\(name): \(act.note)"
    }
  }
}

/// The media path of each call (CALL-9).
struct MediaPaths: Sendable {
  private var paths: [(call: CallID, path: MediaPath)?] = []

  mutating func set(_ call: CallID, _ path: MediaPath) {
    while self.paths.count <= Int(call.index) { self.paths.append(nil) }
    self.paths[Int(call.index)] = (call, path)
  }

  func of(_ call: CallID) -> MediaPath {
    guard Int(call.index) < self.paths.count, let entry = self.paths[Int(call.index)], entry.call == call else { return .direct }
    return entry.path
  }
}

extension MediaPath {
  var name: String {
    switch self {
    case .direct: "direct"
    case .relay: "relay"
    case .mixed: "mixed"
    }
  }
}
