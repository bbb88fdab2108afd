internal import CStrowger
internal import Kernel
internal import ModuleBridge

/// Directives by their numbers in the header.
enum DirectiveKind: UInt32, CaseIterable {
  case progress = 1
  case alert, answer, finish, release, media, present, transfer, verify, recording, record, note, fault

  init(_ directive: Directive) {
    switch directive {
    case .progress: self = .progress
    case .alert: self = .alert
    case .answer: self = .answer
    case .finish: self = .finish
    case .release: self = .release
    case .media: self = .media
    case .present: self = .present
    case .transfer: self = .transfer
    case .verify: self = .verify
    case .recording: self = .recording
    case .record: self = .record
    case .note: self = .note
    case .fault: self = .fault
    }
  }
}

extension HostedExchange {
  /// As the host reads it; what it points to stays until the next call.
  func fill(_ out: inout strowger_directive, _ directive: Directive) {
    out.kind = DirectiveKind(directive).rawValue
    switch directive {
    case .progress(let leg, let progress):
      out.leg = leg.number
      out.progress = progress == .ringing ? STROWGER_PROGRESS_RINGING : STROWGER_PROGRESS_FORWARDED
    case .alert(let leg, let alert):
      out.leg = leg.number
      self.fill(&out, alert)
    case .answer(let leg): out.leg = leg.number
    case .finish(let leg, let status, let note):
      out.leg = leg.number
      out.status = UInt32(status.rawValue)
      self.fill(&out, note)
    case .release(let leg, let cause):
      out.leg = leg.number
      out.cause = cause.number
    case .media(let leg, let goal):
      out.leg = leg.number
      out.goal = strowger_goal(goal)
    case .present(let leg, let number), .verify(let leg, let number):
      out.leg = leg.number
      out.number = strowger_digits(number)
    case .transfer(let leg, let report):
      out.leg = leg.number
      self.fill(&out, report)
    case .recording(let order): self.fill(&out, order)
    case .record(let record): out.record = self.memory.keep(self.outgoing(record))
    case .note(let call, let module, let note):
      out.call = call.number
      out.name = self.name(ofModule: module)
      self.fill(&out, note)
    case .fault(let module, let text):
      out.name = self.name(ofModule: module)
      out.text = self.memory.text(text)
    }
  }

  private func fill(_ out: inout strowger_directive, _ note: Note) {
    out.text = self.memory.text(note.template)
    out.number = strowger_digits(note.digits)
  }

  private func fill(_ out: inout strowger_directive, _ alert: Alert) {
    out.other = alert.peer.number
    out.party = strowger_party(alert.party)
    out.number = strowger_digits(alert.calling)
    out.purpose = alert.purpose.number
    out.by = strowger_digits(alert.transferredBy)
    guard !alert.diversions.isEmpty else { return }
    out.diversions = self.memory.keep(
      alert.diversions.map { strowger_diversion(reason: $0.reason.number, reserved: 0, from: strowger_digits($0.from)) })
    out.diversion_count = alert.diversions.count
  }

  private func fill(_ out: inout strowger_directive, _ report: TransferReport) {
    switch report {
    case .accepted: out.transfer = STROWGER_TRANSFER_ACCEPTED
    case .refused(let status, let note):
      out.transfer = STROWGER_TRANSFER_REFUSED
      out.status = UInt32(status.rawValue)
      self.fill(&out, note)
    case .ringing: out.transfer = STROWGER_TRANSFER_RINGING
    case .done: out.transfer = STROWGER_TRANSFER_DONE
    case .failed(let status):
      out.transfer = STROWGER_TRANSFER_FAILED
      out.status = UInt32(status.rawValue)
    }
  }

  private func fill(_ out: inout strowger_directive, _ order: RecordingOrder) {
    switch order {
    case .begin(let number, let leg, let owner, let caller):
      out.recording = STROWGER_RECORDING_BEGIN
      out.value = number
      out.leg = leg.number
      out.number = strowger_digits(owner)
      out.by = strowger_digits(caller)
    case .heard(let number):
      out.recording = STROWGER_RECORDING_HEARD
      out.value = number
    case .discard(let number):
      out.recording = STROWGER_RECORDING_DISCARD
      out.value = number
    }
  }

  private func outgoing(_ record: CallRecord) -> strowger_record {
    var out = strowger_record()
    out.size = UInt32(MemoryLayout<strowger_record>.size)
    out.cause = record.cause.number
    out.call = record.call.number
    out.status = UInt32(record.status.rawValue)
    out.caller_trunk = record.callerTrunk.map { UInt32($0) } ?? .max
    out.answered_trunk = record.answeredTrunk.map { UInt32($0) } ?? .max
    out.is_answered = record.answer == nil ? 0 : 1
    out.start = record.start.nanoseconds
    out.answer = record.answer?.nanoseconds ?? 0
    out.end = record.end.nanoseconds
    out.caller = strowger_digits(record.caller)
    out.dialled = strowger_digits(record.dialled)
    out.answered_by = strowger_digits(record.answeredBy)
    out.authorization = record.authorization.map { self.memory.passingText($0) }
    guard !record.acts.isEmpty else { return out }
    out.acts = self.memory.keep(
      record.acts.map {
        strowger_act(
          name: self.name(ofModule: $0.module), text: self.memory.text($0.note.template),
          number: strowger_digits($0.note.digits))
      })
    out.act_count = record.acts.count
    return out
  }
}
